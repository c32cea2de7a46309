// From a place in an emitted module back to the object: an engine reports a trap as function index and byte offset in the
// module; debug sections speak of offsets in the object's code section. Bodies keep their size and inner offsets when they
// are linked, so one pair of offsets for each function is enough.
import { existing } from './existing.js'

/** Rows are the functions that came from the object, by consecutive function index. Plain data. */
export interface FunctionMap {
  /** Function index of row 0: the number of functions that the module imports. */
  readonly firstIndex: number
  readonly names: readonly string[]
  /** Module offset of the first byte of each body. */
  readonly moduleOffsets: Uint32Array
  /** The same byte's offset from the start of the content of the object's code section. */
  readonly objectOffsets: Uint32Array
}

export interface CodePosition {
  readonly symbol: string
  /** Bytes from the start of the content of the object's code section. */
  readonly objectOffset: number
}

/** Undefined for functions that the linker made. */
export function findCode(map: FunctionMap, functionIndex: number, moduleOffset: number): CodePosition | undefined {
  const row = functionIndex - map.firstIndex
  const symbol = map.names[row]
  if (symbol === undefined) return undefined
  const into = moduleOffset - existing(map.moduleOffsets[row], `row ${row}`)
  return { symbol, objectOffset: existing(map.objectOffsets[row], `row ${row}`) + into }
}
