// The numbers of the binary format, each written once: readers, writers and messages all take them from here.
//
// Sources: WebAssembly core specification, chapter 5; tool-conventions Linking.md; LLVM's BinaryFormat/Wasm.h.
import type { ObjectSymbol, ValueType } from './object-file.js'

/** `\0asm`, then version 1: the eight bytes every module begins with. */
export const moduleHeader: readonly number[] = [0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00]

export const sectionId = {
  custom: 0,
  type: 1,
  import: 2,
  function: 3,
  table: 4,
  memory: 5,
  global: 6,
  export: 7,
  start: 8,
  element: 9,
  code: 10,
  data: 11,
  dataCount: 12,
  tag: 13,
} as const

export type SectionName = keyof typeof sectionId

/**
 * The order in which the known sections must come. It is not the order of their numbers: tag and dataCount came later.
 */
export const sectionOrder: readonly SectionName[] = [
  'type',
  'import',
  'function',
  'table',
  'memory',
  'tag',
  'global',
  'export',
  'start',
  'element',
  'dataCount',
  'code',
  'data',
]

export const valueTypeCode: Readonly<Record<ValueType, number>> = {
  i32: 0x7f,
  i64: 0x7e,
  f32: 0x7d,
  f64: 0x7c,
  v128: 0x7b,
  funcref: 0x70,
  externref: 0x6f,
}

export const valueTypeOfCode: ReadonlyMap<number, ValueType> = new Map(
  Object.entries(valueTypeCode).map(([type, code]) => [code, type as ValueType]),
)

export const functionTypeCode = 0x60

/** The kind byte of imports and exports. */
export const externalKind = { function: 0, table: 1, memory: 2, global: 3, tag: 4 } as const
export type ExternalKind = keyof typeof externalKind

export const limitsFlag = { maximum: 1, shared: 2, memory64: 4 } as const

/** Version of the linking section this reader knows (Linking.md, "Linking Metadata Section"). */
export const linkingVersion = 2

export const linkingSubsection = { segmentInfo: 5, initFunctions: 6, comdat: 7, symbolTable: 8 } as const

/** Symbol kinds in the order of their numbers in the symbol table. */
export const symbolKinds: readonly ObjectSymbol['kind'][] = ['function', 'data', 'global', 'section', 'tag', 'table']

export const symbolFlagBit = {
  weak: 0x1,
  local: 0x2,
  hidden: 0x4,
  undefined: 0x10,
  exported: 0x20,
  explicitName: 0x40,
  noStrip: 0x80,
  threadLocal: 0x100,
  absolute: 0x200,
} as const

export const segmentFlagBit = { strings: 0x1, threadLocal: 0x2, retain: 0x4 } as const

export const nameSubsection = { module: 0, function: 1 } as const
