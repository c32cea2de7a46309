// The distance of two labels as a LEB: two relocations at one place, of which one sets and the next subtracts. The number
// of bytes is what the assembler has left room for.
//
// Source: RISC-V ELF psABI, R_RISCV_SET_ULEB128 and R_RISCV_SUB_ULEB128
import { hexadecimal } from '../edge-kinds.js'
import { symbolAddress } from '../link-graph.js'
import type { Edge } from '../link-graph.js'
import { riscvEdge } from './edge-table.js'

/** More than any address needs, and still exact. */
const mostLebBytes = 10

/** Says what is wrong; then nothing is written. */
export function writeDifferenceAsLeb(bytes: Uint8Array, set: Edge, subtract: Edge | undefined): string | undefined {
  if (subtract?.kind !== riscvEdge.subUleb128 || subtract.offset !== set.offset) return 'it is not followed by its pair'
  const sizeBytes = lebSizeAt(bytes, set.offset)
  if (sizeBytes === undefined) return `there is no LEB of at most ${mostLebBytes} bytes`
  const value = symbolAddress(set.target) + set.addend - symbolAddress(subtract.target) - subtract.addend
  if (value < 0 || value >= 2 ** Math.min(7 * sizeBytes, 53)) {
    return `${hexadecimal(value)} does not fit the ${sizeBytes} bytes that are there`
  }
  let rest = value
  for (let index = 0; index < sizeBytes; index++) {
    bytes[set.offset + index] = (rest % 128) | (index + 1 < sizeBytes ? 0x80 : 0)
    rest = Math.floor(rest / 128)
  }
  return undefined
}

function lebSizeAt(bytes: Uint8Array, offset: number): number | undefined {
  for (let sizeBytes = 1; sizeBytes <= mostLebBytes; sizeBytes++) {
    const byte = bytes[offset + sizeBytes - 1]
    if (byte === undefined) return undefined
    if (byte < 0x80) return sizeBytes
  }
  return undefined
}
