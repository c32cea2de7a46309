// Names the frames of a trap: which function, and which line where the object carries .debug_line. Reads the object again
// when somebody asks, since nobody asks of most objects.
import { readElfObject, readLineTable as readElfLineTable } from '@worc/elf'
import { findCode, placeInObject } from '@worc/jitlink'
import type { FunctionMap, ImageCode } from '@worc/jitlink'
import { readLineTable, readObject } from '@worc/wasm'

interface NamedFrame {
  readonly symbol: string
  readonly file: string | null
  readonly line: number | null
}

/** `offset`: of the instruction, in the unit's module; its address where code has addresses. */
export type NameFrame = (functionIndex: number, offset: number) => NamedFrame

export function framesOfModule(bytes: Uint8Array, functions: FunctionMap): NameFrame {
  return (functionIndex, moduleOffset) => {
    const position = findCode(functions, functionIndex, moduleOffset)
    if (position === undefined) return unknownFrame(functionIndex)
    const object = readObject(bytes)
    const at = object.ok ? readLineTable(object.value).lookup(position.objectOffset) : undefined
    return { symbol: position.symbol, file: at?.file ?? null, line: at?.line ?? null }
  }
}

export function framesOfImage(
  bytes: Uint8Array,
  functions: readonly { readonly name: string }[],
  code: readonly ImageCode[],
): NameFrame {
  return (functionIndex, address) => {
    const { symbol } = unknownFrame(functionIndex)
    const place = placeInObject(code, address)
    const object = readElfObject(bytes)
    const at =
      object.ok && place !== undefined ? readElfLineTable(object.value).lookup(place.section, place.offset) : undefined
    return { symbol: functions[functionIndex]?.name ?? symbol, file: at?.file ?? null, line: at?.line ?? null }
  }
}

export function unknownFrame(functionIndex: number): NamedFrame {
  return { symbol: `function ${functionIndex}`, file: null, line: null }
}
