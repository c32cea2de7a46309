// What a hart executes, an instruction a line, as it is about to be executed.
import type { PageTable } from '@worc/executor-memory'
import { createDecoder, disassemble, fullIsa, lengthOf } from '@worc/riscv'
import type { FunctionAt, Hart } from '@worc/riscv'

export type WriteTrace = (line: string) => void

interface TracedGuest {
  readonly pages: PageTable
  bytes(): Uint8Array
}

/** Gives the line of the instruction at the hart's pc. What cannot be executed has none. */
export function createTrace(hart: Hart, guest: TracedGuest, functionAt: FunctionAt, write: WriteTrace): () => void {
  const decoder = createDecoder(fullIsa(hart.xlen))
  return () => {
    const { pc } = hart.registers
    const at = Number(pc)
    if (!guest.pages.permits(at, 2, 'execute')) return
    const bytes = guest.bytes()
    const low = (bytes[at] ?? 0) | ((bytes[at + 1] ?? 0) << 8)
    const high = (bytes[at + 2] ?? 0) | ((bytes[at + 3] ?? 0) << 8)
    const word = lengthOf(low) === 2 ? low : (low | (high << 16)) >>> 0
    const decoded = decoder.decode(word)
    const inside = functionAt(at)
    const place = inside === undefined ? '' : ` <${inside.symbol}+0x${(at - inside.start).toString(16)}>`
    const formatTarget = (address: bigint): string => `0x${address.toString(16)}`
    const text =
      decoded === undefined ? 'illegal' : disassemble(decoded, { xlen: hart.xlen, address: pc, formatTarget })
    write(`0x${at.toString(16)}${place}: ${text}`)
  }
}
