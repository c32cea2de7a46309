// What a relocatable WebAssembly object says, as plain data: the sections of the core format plus the linking, reloc.*
// and target_features custom sections of tool-conventions; other custom sections are kept as bytes. The reader checks
// every offset, size, index, alignment and count before it uses one, so whoever holds an ObjectFile may index with its
// numbers.
//
// Sources: WebAssembly core specification, chapter 5; tool-conventions Linking.md.

export type ValueType = 'i32' | 'i64' | 'f32' | 'f64' | 'v128' | 'funcref' | 'externref'

export interface FunctionType {
  readonly parameters: readonly ValueType[]
  readonly results: readonly ValueType[]
}

export interface Limits {
  readonly minimum: number
  readonly maximum: number | undefined
  readonly shared: boolean
}

export type ImportDescription =
  | { readonly kind: 'function'; readonly typeIndex: number }
  | { readonly kind: 'table'; readonly elementType: ValueType; readonly limits: Limits }
  | { readonly kind: 'memory'; readonly limits: Limits }
  | { readonly kind: 'global'; readonly valueType: ValueType; readonly mutable: boolean }
  | { readonly kind: 'tag'; readonly typeIndex: number }

export interface Import {
  readonly module: string
  readonly field: string
  readonly description: ImportDescription
}

/**
 * A defined function. `body` holds locals and code without its size prefix; offsets are bytes from the start of the
 * code section's content.
 */
export interface FunctionBody {
  readonly typeIndex: number
  readonly bodyOffset: number
  readonly body: Uint8Array
}

/** A data segment: in an object each is active at some placeholder address; the linker assigns its own. */
export interface DataSegment {
  readonly name: string
  /** log2 of the alignment in bytes. */
  readonly alignmentLog2: number
  readonly flags: SegmentFlags
  /** Bytes from the start of the data section's content to the first content byte. */
  readonly contentOffset: number
  readonly content: Uint8Array
}

export interface SegmentFlags {
  readonly strings: boolean
  readonly threadLocal: boolean
  readonly retain: boolean
}

export type SymbolBinding = 'strong' | 'weak' | 'local'

/** The flags of one symbol table entry (Linking.md, WASM_SYM_*). */
export interface SymbolFlags {
  readonly binding: SymbolBinding
  readonly hidden: boolean
  readonly undefined: boolean
  readonly exported: boolean
  readonly explicitName: boolean
  readonly noStrip: boolean
  readonly threadLocal: boolean
  readonly absolute: boolean
}

/**
 * `index` is in the index space of its kind, imports first; it is an import's exactly where the symbol is undefined. An
 * undefined symbol without an explicit name is named by its import's field, a section symbol by its section. Names that
 * are not local are unique in an object.
 */
export type ObjectSymbol =
  | {
      readonly kind: 'function' | 'global' | 'table' | 'tag'
      readonly name: string
      readonly flags: SymbolFlags
      readonly index: number
    }
  | {
      readonly kind: 'data'
      readonly name: string
      readonly flags: SymbolFlags
      /**
       * Absent where the symbol is undefined. For an absolute symbol, `segment` is meaningless and `offset` the
       * address.
       */
      readonly place: { readonly segment: number; readonly offset: number; readonly size: number } | undefined
    }
  | { readonly kind: 'section'; readonly name: string; readonly flags: SymbolFlags; readonly section: number }

/**
 * One field to patch. `offset` is in bytes from the start of the target section's content, which begins after the
 * section's size, and in a custom section after its name. The field lies inside one function body or data segment,
 * overlaps no other and, where it is an LEB, is padded to its full width.
 */
export interface Relocation {
  readonly type: number
  readonly offset: number
  /** A symbol table index, or a type index for R_WASM_TYPE_INDEX_LEB. */
  readonly index: number
  readonly addend: number
}

/** A defined function symbol without parameters, to run before the object is used; lower priorities first. */
export interface InitFunction {
  readonly priority: number
  readonly symbol: number
}

export type ComdatEntryKind = 'data' | 'function' | 'section'

/**
 * Definitions that a linker takes or drops together: of several groups with one name it takes one. `index` counts
 * segments, functions (imports first) or sections, by kind. An entry is in one group only.
 */
export interface Comdat {
  readonly name: string
  readonly entries: readonly { readonly kind: ComdatEntryKind; readonly index: number }[]
}

export interface CustomSection {
  readonly name: string
  /** The section's position among all sections of the file; relocation sections and section symbols name it. */
  readonly sectionIndex: number
  readonly content: Uint8Array
}

export interface ObjectFile {
  readonly types: readonly FunctionType[]
  readonly imports: readonly Import[]
  /** Defined functions, in order; function index = number of imported functions + position here. */
  readonly functions: readonly FunctionBody[]
  /** Defined globals; `initial` is a constant expression with its `end`. */
  readonly globals: readonly {
    readonly valueType: ValueType
    readonly mutable: boolean
    readonly initial: Uint8Array
  }[]
  readonly tags: readonly { readonly typeIndex: number }[]
  readonly segments: readonly DataSegment[]
  readonly symbols: readonly ObjectSymbol[]
  readonly initFunctions: readonly InitFunction[]
  readonly comdats: readonly Comdat[]
  /** Sorted by offset. Offsets are relative to the code, respectively data, section's content. */
  readonly codeRelocations: readonly Relocation[]
  readonly dataRelocations: readonly Relocation[]
  /**
   * Custom sections other than linking, reloc.* and target_features: .debug_* among them, each with its relocations if
   * any.
   */
  readonly customSections: readonly (CustomSection & { readonly relocations: readonly Relocation[] })[]
  /** From target_features: names prefixed '+' (used) or '-' (disallowed). */
  readonly features: readonly string[]
}
