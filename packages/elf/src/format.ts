// The numbers of the ELF format, and the layouts of its records for both classes.
//
// Sources: System V gABI, chapters 4 and 5; RISC-V ELF psABI.
import type { ElfClass, SymbolBinding, SymbolType, SymbolVisibility } from './object.js'

export const magic: readonly number[] = [0x7f, 0x45, 0x4c, 0x46]
export const littleEndian = 1
export const currentVersion = 1
export const relocatable = 1
export const machineRiscV = 243

/** sh_type. */
export const sectionType = {
  null: 0,
  progbits: 1,
  symtab: 2,
  strtab: 3,
  rela: 4,
  note: 7,
  nobits: 8,
  rel: 9,
  initArray: 14,
  finiArray: 15,
  preinitArray: 16,
  group: 17,
  symtabShndx: 18,
  riscvAttributes: 0x7000_0003,
} as const

/** sh_flags. */
export const sectionFlag = {
  write: 0x1,
  alloc: 0x2,
  execinstr: 0x4,
  merge: 0x10,
  strings: 0x20,
  infoLink: 0x40,
  linkOrder: 0x80,
  group: 0x200,
  tls: 0x400,
  compressed: 0x800,
} as const

/** Section indexes from here up are no indexes. */
export const reservedIndexes = 0xff00
export const absoluteIndex = 0xfff1
export const commonIndex = 0xfff2
/** The index is in a table of its own. */
export const extendedIndex = 0xffff

export const comdatFlag = 1

export const bindings: ReadonlyMap<number, SymbolBinding> = new Map([
  [0, 'local'],
  [1, 'global'],
  [2, 'weak'],
  [10, 'unique'],
])

export const symbolTypes: ReadonlyMap<number, SymbolType> = new Map([
  [0, 'none'],
  [1, 'object'],
  [2, 'function'],
  [3, 'section'],
  [4, 'file'],
  [5, 'common'],
  [6, 'tls'],
  [10, 'indirect function'],
])

export const visibilities: readonly SymbolVisibility[] = ['default', 'internal', 'hidden', 'protected']

/** Sizes of the records, in bytes. */
export interface RecordSizes {
  readonly header: number
  readonly sectionHeader: number
  readonly symbol: number
  readonly rela: number
  /** Of an address or offset. */
  readonly word: number
}

export const recordSizes: Readonly<Record<ElfClass, RecordSizes>> = {
  32: { header: 52, sectionHeader: 40, symbol: 16, rela: 12, word: 4 },
  64: { header: 64, sectionHeader: 64, symbol: 24, rela: 24, word: 8 },
}
