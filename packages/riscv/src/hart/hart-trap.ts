// A trap as data: what stopped a hart, where, with which registers, and who had called. Addresses are bigints, since a hart
// may try any of 2^64.
import type { GuestMemory, PageTable } from '@worc/executor-memory'
import { lengthOf } from '../decode.js'
import type { trapCause } from '../interpreter/hart-state.js'
import type { FunctionAt, HartFrame } from './backtrace.js'
import { backtrace } from './backtrace.js'
import type { HartRegisters, RegisterFile } from './hart-registers.js'
import { registerNumber } from './hart-registers.js'

export type TrapCauseName = keyof typeof trapCause

export interface HartTrap {
  readonly hart: number
  readonly pc: bigint
  readonly cause: TrapCauseName
  /** What could not be fetched, loaded or stored; of an illegal instruction, its bits. */
  readonly address: bigint
  /** The bits at pc, 16 or 32 of them; undefined where nothing can be read. */
  readonly instruction: number | undefined
  readonly registers: RegisterFile
  /** The innermost first. */
  readonly frames: readonly HartFrame[]
}

export interface GuestView {
  readonly pages: PageTable
  readonly memory: Pick<GuestMemory, 'bytes'>
}

export function trapOf(
  { hart, cause, address }: Pick<HartTrap, 'hart' | 'cause' | 'address'>,
  registers: HartRegisters,
  guest: GuestView,
  functionAt: FunctionAt,
): HartTrap {
  const { pc, xlen } = registers
  const [x, wordBytes] = [(number: number) => Number(registers.x(number)), xlen === 64 ? 8 : 4] as const
  const frames = backtrace(
    {
      wordBytes,
      readWord: (at) => readWord(guest, at, wordBytes),
      readCode: (at) => (guest.pages.permits(at, 2, 'execute') ? readHalf(guest, at) : undefined),
    },
    { pc: Number(pc), ra: x(registerNumber.ra), fp: x(registerNumber.fp) },
    functionAt,
  )
  return {
    hart,
    pc,
    cause,
    address,
    instruction: readInstruction(guest, Number(pc)),
    registers: registers.all(),
    frames,
  }
}

/** The bits at pc, as many as the instruction has; undefined where nothing can be read. */
export function readInstruction(guest: GuestView, pc: number): number | undefined {
  const low = readHalf(guest, pc)
  if (low === undefined || lengthOf(low) === 2) return low
  const high = readHalf(guest, pc + 2)
  return high === undefined ? undefined : (low | (high << 16)) >>> 0
}

function readHalf({ pages, memory }: GuestView, address: number): number | undefined {
  if (!pages.permits(address, 2, 'read')) return undefined
  const bytes = memory.bytes()
  return (bytes[address] ?? 0) | ((bytes[address + 1] ?? 0) << 8)
}

function readWord({ pages, memory }: GuestView, address: number, wordBytes: 4 | 8): number | undefined {
  if (!pages.permits(address, wordBytes, 'read')) return undefined
  const { buffer } = memory.bytes()
  const view = new DataView(buffer, address, wordBytes)
  return wordBytes === 8 ? Number(view.getBigUint64(0, true)) : view.getUint32(0, true)
}
