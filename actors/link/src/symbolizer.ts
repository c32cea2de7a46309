// Names the frames of a trap: which function, and which line where the object carries .debug_line. Reads the object again
// when somebody asks, since nobody asks of most objects.
import { findCode } from '@worc/jitlink'
import type { FunctionMap } from '@worc/jitlink'
import { readLineTable, readObject } from '@worc/wasm'

export interface UnitSymbols {
  readonly object: Uint8Array
  readonly functions: FunctionMap
}

interface SymbolizedFrame {
  readonly symbol: string
  readonly file: string | null
  readonly line: number | null
}

export function symbolize(unit: UnitSymbols, functionIndex: number, moduleOffset: number): SymbolizedFrame {
  const position = findCode(unit.functions, functionIndex, moduleOffset)
  if (position === undefined) return { symbol: `function ${functionIndex}`, file: null, line: null }
  const object = readObject(unit.object)
  const lines = object.ok ? readLineTable(object.value) : undefined
  const at = lines?.lookup(position.objectOffset)
  return { symbol: position.symbol, file: at?.file ?? null, line: at?.line ?? null }
}
