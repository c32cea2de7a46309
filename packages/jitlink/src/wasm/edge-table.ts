// The edges of wasm objects. A relocation says which field it fills; what the instruction around the field becomes depends on
// the opcode before it, so where that matters the graph builder turns one relocation type into several kinds: R_WASM_FUNCTION_INDEX_LEB
// behind a `call` is a Call, behind a `return_call` a ReturnCall. Every field in code is five bytes wide, padded LEB.
//
// Letters of the expressions: S, A, P as everywhere (S of a function is its C pointer, of a thread-local variable its offset
// in each thread's block); F, T, G, X: index of a function, type, global, tag in the emitted module.
//
// Sources: tool-conventions Linking.md, "Relocation Sections"; llvm/BinaryFormat/WasmRelocs.def
import type { Architecture, EdgeKind, EdgeKindRow } from '../edge-kinds.js'

export const wasmEdge = {
  call: 1,
  returnCall: 2,
  callIndirect: 3,
  returnCallIndirect: 4,
  callIndirectWide: 5,
  returnCallIndirectWide: 6,
  blockType: 7,
  globalIndex: 8,
  stackPointerSet: 9,
  gotGlobal: 10,
  tagIndex: 11,
  tableIndexSLEB: 12,
  tableIndexI32: 13,
  tableIndexRelSLEB: 14,
  memoryAddrLEB: 15,
  memoryAddrSLEB: 16,
  memoryAddrI32: 17,
  memoryAddrRelSLEB: 18,
  memoryAddrLocRelI32: 19,
  memoryAddrTLSSLEB: 20,
} as const

const keepAliveRow: EdgeKindRow = {
  name: 'KeepAlive',
  expression: 'none',
  widthBytes: 0,
  minimum: -Infinity,
  maximum: Infinity,
  limits: 'any',
  error: 'BadObject',
  write: () => undefined,
}

/** An index or an unsigned address: what an unsigned LEB holds. */
function unsigned(name: string, expression: string): EdgeKindRow {
  const limits = '0 to 0xffffffff'
  const fits = { minimum: 0, maximum: 0xffff_ffff, limits, error: 'BadObject' } as const
  return { name, expression, widthBytes: 5, ...fits, write: writePaddedU32 }
}

/** An i32 that code computes with: an address below 2^32 or, with a negative addend, one before it; both wrap to 32 bits. */
function wrapping(name: string, expression: string, widthBytes: 4 | 5): EdgeKindRow {
  const limits = '-0x80000000 to 0xffffffff'
  const fits = { minimum: -0x8000_0000, maximum: 0xffff_ffff, limits, error: 'BadObject' } as const
  return { name, expression, widthBytes, ...fits, write: widthBytes === 4 ? writeFixed32 : writePaddedS32 }
}

/** A distance: its sign matters. */
function signed(name: string, expression: string, widthBytes: 4 | 5): EdgeKindRow {
  const limits = '±2 GiB'
  const fits = { minimum: -0x8000_0000, maximum: 0x7fff_ffff, limits, error: 'BadObject' } as const
  return { name, expression, widthBytes, ...fits, write: widthBytes === 4 ? writeFixed32 : writePaddedS32 }
}

const rows = {
  call: unsigned('Call', 'F, or the PLT slot of an external'),
  returnCall: unsigned('ReturnCall', 'F, or the PLT slot of an external'),
  callIndirect: unsigned('CallIndirect', 'F of the dispatcher of T'),
  returnCallIndirect: unsigned('ReturnCallIndirect', 'F of the dispatcher of T'),
  callIndirectWide: unsigned('CallIndirectWide', 'F of the dispatcher of T'),
  returnCallIndirectWide: unsigned('ReturnCallIndirectWide', 'F of the dispatcher of T'),
  blockType: unsigned('R_WASM_TYPE_INDEX_LEB', 'T'),
  globalIndex: unsigned('R_WASM_GLOBAL_INDEX_LEB', 'G'),
  stackPointerSet: unsigned('StackPointerSet', 'F of the stack check'),
  gotGlobal: unsigned('GOT', 'G of a constant that holds S'),
  tagIndex: unsigned('R_WASM_TAG_INDEX_LEB', 'X'),
  tableIndexSLEB: wrapping('R_WASM_TABLE_INDEX_SLEB', 'S', 5),
  tableIndexI32: wrapping('R_WASM_TABLE_INDEX_I32', 'S', 4),
  tableIndexRelSLEB: wrapping('R_WASM_TABLE_INDEX_REL_SLEB', 'S - __table_base (0)', 5),
  memoryAddrLEB: unsigned('R_WASM_MEMORY_ADDR_LEB', 'S + A'),
  memoryAddrSLEB: wrapping('R_WASM_MEMORY_ADDR_SLEB', 'S + A', 5),
  memoryAddrI32: wrapping('R_WASM_MEMORY_ADDR_I32', 'S + A', 4),
  memoryAddrRelSLEB: wrapping('R_WASM_MEMORY_ADDR_REL_SLEB', 'S + A - __memory_base (0)', 5),
  memoryAddrLocRelI32: signed('R_WASM_MEMORY_ADDR_LOCREL_I32', 'S + A - P', 4),
  memoryAddrTLSSLEB: signed('R_WASM_MEMORY_ADDR_TLS_SLEB', 'S + A', 5),
} satisfies Record<keyof typeof wasmEdge, EdgeKindRow>

export const wasmArchitecture: Architecture = { name: 'wasm32', pointerBytes: 4, edgeKinds: tableOf(rows) }

function tableOf(named: Readonly<Record<keyof typeof wasmEdge, EdgeKindRow>>): readonly EdgeKindRow[] {
  const table: EdgeKindRow[] = [keepAliveRow]
  for (const [name, kind] of Object.entries(wasmEdge)) table[kind] = named[name as keyof typeof wasmEdge]
  return table
}

/** The row of one of `wasmEdge`'s kinds. */
export function rowOf(kind: EdgeKind): EdgeKindRow {
  const row = wasmArchitecture.edgeKinds[kind]
  if (row === undefined) throw new Error(`edge kind ${kind} is not in the table of ${wasmArchitecture.name}`)
  return row
}

export function writePaddedU32(bytes: Uint8Array, at: number, value: number): void {
  bytes[at] = (value & 0x7f) | 0x80
  bytes[at + 1] = ((value >>> 7) & 0x7f) | 0x80
  bytes[at + 2] = ((value >>> 14) & 0x7f) | 0x80
  bytes[at + 3] = ((value >>> 21) & 0x7f) | 0x80
  bytes[at + 4] = (value >>> 28) & 0x0f
}

/** The low 32 bits of the value as a signed LEB. */
export function writePaddedS32(bytes: Uint8Array, at: number, value: number): void {
  writePaddedU32(bytes, at, value)
  bytes[at + 4] = (value >> 28) & 0x7f
}

function writeFixed32(bytes: Uint8Array, at: number, value: number): void {
  bytes[at] = value
  bytes[at + 1] = value >>> 8
  bytes[at + 2] = value >>> 16
  bytes[at + 3] = value >>> 24
}
