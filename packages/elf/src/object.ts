// A relocatable object without its plumbing: sections with content and relocations, symbols, groups. String tables, symbol
// tables, relocation sections and groups are told apart from content by the reader and made again by the writer, so what
// is written reads as what it was.
//
// Indexes are positions in the arrays here, not ELF's, which count the plumbing too.

export type ElfClass = 32 | 64

export interface ElfObject {
  readonly elfClass: ElfClass
  /** e_flags: of RISC-V the float ABI and whether there are compressed instructions. */
  readonly flags: number
  readonly sections: readonly ElfSection[]
  /** Local symbols come first. */
  readonly symbols: readonly ElfSymbol[]
  readonly groups: readonly ElfGroup[]
}

export interface ElfSection {
  readonly name: string
  /** sh_type; `sectionType` has the names. */
  readonly type: number
  /** sh_flags; `sectionFlag` has the names. */
  readonly flags: number
  readonly alignmentBytes: number
  /** Of the entries that a mergeable section consists of; otherwise 0. */
  readonly entryBytes: number
  /** That of `content`, or what a section without content (`.bss`) takes in memory. */
  readonly sizeBytes: number
  /** A view of what was read; empty where the section has none in the file. */
  readonly content: Uint8Array
  /** In the order of the file, which need not be that of their offsets. */
  readonly relocations: readonly ElfRelocation[]
}

export type SymbolBinding = 'local' | 'global' | 'weak' | 'unique'
export type SymbolType = 'none' | 'object' | 'function' | 'section' | 'file' | 'common' | 'tls' | 'indirect function'
export type SymbolVisibility = 'default' | 'internal' | 'hidden' | 'protected'

export type SymbolPlace =
  | { readonly kind: 'section'; readonly section: number }
  | { readonly kind: 'undefined' }
  | { readonly kind: 'absolute' }
  /** The linker finds room for it: `value` is its alignment. */
  | { readonly kind: 'common' }
  /** In one of the sections that are not kept. */
  | { readonly kind: 'skipped' }

export interface ElfSymbol {
  readonly name: string
  readonly binding: SymbolBinding
  readonly type: SymbolType
  readonly visibility: SymbolVisibility
  readonly place: SymbolPlace
  /** Bytes from the start of its section; of an absolute symbol its signed value. */
  readonly value: number
  readonly sizeBytes: number
}

export interface ElfRelocation {
  /** Bytes from the start of the section that it changes. */
  readonly offset: number
  readonly type: number
  /** Undefined where it is about the place alone. */
  readonly symbol: number | undefined
  readonly addend: number
}

/** Sections that are linked together or not at all; of several COMDAT groups with one signature the first is linked. */
export interface ElfGroup {
  /** The symbol whose name it goes by. */
  readonly signature: number
  readonly isComdat: boolean
  readonly sections: readonly number[]
}
