// Every relocation type of wasm objects, one row each. The reader checks fields, widths and targets by it; the tests
// walk it.
//
// Fixup expressions, with S the target's value, A the addend, B the base global of position-independent code:
//   FUNCTION_INDEX, TYPE_INDEX, GLOBAL_INDEX, TAG_INDEX, TABLE_NUMBER   index(S)
//   TABLE_INDEX                 slot(S)          its REL form: slot(S) - __table_base
//   MEMORY_ADDR                 address(S) + A   its REL form: address(S) + A - __memory_base; TLS: offset(S) + A from
//                               __tls_base; LOCREL: address(S) + A - address of the field
//   FUNCTION_OFFSET             offset of S's body in the code section + A
//   SECTION_OFFSET              A, in the section S
// Sources: tool-conventions Linking.md; LLVM's BinaryFormat/WasmRelocs.def.
import type { ObjectSymbol } from './object-file.js'

/** How the field is written. LEBs are padded to the full width, so that a rewrite keeps every offset. */
export type RelocationEncoding = 'uleb' | 'sleb' | 'i32' | 'i64'

export interface RelocationKind {
  readonly type: number
  readonly name: string
  readonly widthBytes: 4 | 5 | 8 | 10
  readonly encoding: RelocationEncoding
  readonly hasAddend: boolean
  /** Which symbols it may name; 'type' is no symbol but an index of the type section. */
  readonly targets: readonly (ObjectSymbol['kind'] | 'type')[]
}

type Field = 'uleb32' | 'uleb64' | 'sleb32' | 'sleb64' | 'i32' | 'i64'
type Row = readonly [name: string, field: Field, hasAddend: boolean, ...targets: RelocationKind['targets']]

const rows: readonly Row[] = [
  ['R_WASM_FUNCTION_INDEX_LEB', 'uleb32', false, 'function'],
  ['R_WASM_TABLE_INDEX_SLEB', 'sleb32', false, 'function'],
  ['R_WASM_TABLE_INDEX_I32', 'i32', false, 'function'],
  ['R_WASM_MEMORY_ADDR_LEB', 'uleb32', true, 'data'],
  ['R_WASM_MEMORY_ADDR_SLEB', 'sleb32', true, 'data'],
  ['R_WASM_MEMORY_ADDR_I32', 'i32', true, 'data'],
  ['R_WASM_TYPE_INDEX_LEB', 'uleb32', false, 'type'],
  // Of a function or data symbol it means that symbol's entry in the global offset table.
  ['R_WASM_GLOBAL_INDEX_LEB', 'uleb32', false, 'global', 'function', 'data'],
  ['R_WASM_FUNCTION_OFFSET_I32', 'i32', true, 'function', 'section'],
  ['R_WASM_SECTION_OFFSET_I32', 'i32', true, 'section'],
  ['R_WASM_TAG_INDEX_LEB', 'uleb32', false, 'tag'],
  ['R_WASM_MEMORY_ADDR_REL_SLEB', 'sleb32', true, 'data'],
  ['R_WASM_TABLE_INDEX_REL_SLEB', 'sleb32', false, 'function'],
  ['R_WASM_GLOBAL_INDEX_I32', 'i32', false, 'global'],
  ['R_WASM_MEMORY_ADDR_LEB64', 'uleb64', true, 'data'],
  ['R_WASM_MEMORY_ADDR_SLEB64', 'sleb64', true, 'data'],
  ['R_WASM_MEMORY_ADDR_I64', 'i64', true, 'data'],
  ['R_WASM_MEMORY_ADDR_REL_SLEB64', 'sleb64', true, 'data'],
  ['R_WASM_TABLE_INDEX_SLEB64', 'sleb64', false, 'function'],
  ['R_WASM_TABLE_INDEX_I64', 'i64', false, 'function'],
  ['R_WASM_TABLE_NUMBER_LEB', 'uleb32', false, 'table'],
  ['R_WASM_MEMORY_ADDR_TLS_SLEB', 'sleb32', true, 'data'],
  ['R_WASM_FUNCTION_OFFSET_I64', 'i64', true, 'function', 'section'],
  ['R_WASM_MEMORY_ADDR_LOCREL_I32', 'i32', true, 'data'],
  ['R_WASM_TABLE_INDEX_REL_SLEB64', 'sleb64', false, 'function'],
  ['R_WASM_MEMORY_ADDR_TLS_SLEB64', 'sleb64', true, 'data'],
  ['R_WASM_FUNCTION_INDEX_I32', 'i32', false, 'function'],
]

const fields: Readonly<Record<Field, Pick<RelocationKind, 'widthBytes' | 'encoding'>>> = {
  uleb32: { widthBytes: 5, encoding: 'uleb' },
  uleb64: { widthBytes: 10, encoding: 'uleb' },
  sleb32: { widthBytes: 5, encoding: 'sleb' },
  sleb64: { widthBytes: 10, encoding: 'sleb' },
  i32: { widthBytes: 4, encoding: 'i32' },
  i64: { widthBytes: 8, encoding: 'i64' },
}

/** Indexed by relocation type. */
export const relocationTable: readonly RelocationKind[] = rows.map(([name, field, hasAddend, ...targets], type) => ({
  type,
  name,
  ...fields[field],
  hasAddend,
  targets,
}))
