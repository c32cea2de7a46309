// Stores to code that changes itself. A hart cannot write what it may execute: it stops at the store, which is done for it, by
// whoever embeds it. What was decoded of those bytes does not count from then on, so a fence.i finds nothing left to do.
import { decoderFor } from '../decode.js'
import type { GuestView } from './hart-trap.js'
import { readInstruction } from './hart-trap.js'
import type { HartRegisters } from './hart-registers.js'

/** Whether the instruction at pc is such a store, and is done: then pc is at the next one. Atomic ones are not. */
export function storeToCode(registers: HartRegisters, { pages, memory }: GuestView): boolean {
  const bits = readInstruction({ pages, memory }, registers.pcNumber)
  const decoder = decoderFor(registers.xlen)
  const decoded = bits === undefined ? undefined : decoder.decode(bits)
  if (decoded === undefined) return false
  const { instruction, operands } = decoder.expand(decoded)
  const store = instruction.effects?.find((effect) => effect.kind === 'store')
  const address = Number(registers.trapValue)
  if (store?.kind !== 'store' || !pages.isStorable(address, store.width / 8)) return false
  const { rs2, fs2 = 0 } = operands
  const value = rs2 === undefined ? registers.f(fs2) : registers.x(rs2)
  const bytes = memory.bytes()
  const view = new DataView(bytes.buffer, address, store.width / 8)
  for (let at = 0; at < view.byteLength; at += 1) view.setUint8(at, Number((value >> BigInt(8 * at)) & 0xffn))
  pages.forgetDecodedBytes(address, address + view.byteLength)
  registers.pcNumber += decoded.instruction.lengthBytes
  return true
}
