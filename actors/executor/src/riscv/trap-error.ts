// A hart's trap as an error: what happened, in terms of functions, with the registers beside it. Running into code that is gone
// is CodeRemoved, as it is on every target; anything else is Trap.
import type { InstalledUnit, JITErrorData, TrapFrame, TrapRecord } from '@worc/protocol'
import { plainError, symbolError } from '@worc/protocol'
import { createDecoder, disassemble, fullIsa } from '@worc/riscv'
import type { Decoder, FunctionBounds, HartTrap, TrapCauseName, Xlen } from '@worc/riscv'
import { withBacktrace } from '../code-frame.js'

/** What the executor knows of the code at pc. */
interface TrapPlace {
  readonly facts: InstalledUnit | undefined
  readonly isGone: boolean
  /** What the stack would grow into, and is not mapped, begins there and ends where the stack begins. */
  readonly guard: { readonly start: number; readonly end: number }
  readonly function: FunctionBounds | undefined
}

const explanations: Readonly<Record<TrapCauseName, (address: string) => string>> = {
  fetchFault: (address) => `execution of ${address}, where no code is`,
  illegalInstruction: () => 'an illegal instruction',
  breakpoint: () => 'a breakpoint',
  loadMisaligned: (address) => `a misaligned atomic load from ${address}`,
  loadFault: (address) => `a load from ${address}, which may not be read`,
  storeMisaligned: (address) => `a misaligned atomic store to ${address}`,
  storeFault: (address) => `a store to ${address}, which may not be written`,
  environmentCall: () => 'an environment call',
}

/** `backtrace`: the trap's frames, named. */
export function trapError(trap: HartTrap, place: TrapPlace, xlen: Xlen, backtrace: readonly TrapFrame[]): JITErrorData {
  const { facts } = place
  const symbol = place.function?.symbol ?? null
  const record: TrapRecord = {
    hart: trap.hart,
    pc: Number(trap.pc),
    cause: trap.cause,
    address: Number(trap.address),
    instruction: trap.instruction ?? null,
    symbol,
    tracker: facts?.key ?? null,
    registers: trap.registers,
  }
  if (place.isGone && facts !== undefined && trap.cause === 'fetchFault') {
    const what = `"${symbol ?? hex(trap.pc)}" of ${facts.name} was removed from ${facts.dylib}, and executed`
    return {
      ...symbolError('CodeRemoved', withBacktrace(what, backtrace), [[facts.dylib, [symbol ?? '']]]),
      trap: record,
    }
  }
  const where = `at ${hex(trap.pc)}${instructionText(trap, xlen)}`
  if (isStackOverflow(trap, place.guard)) {
    const message = `the thread's stack in guest memory is exhausted ${where}`
    return { ...plainError('StackOverflow', withBacktrace(message, backtrace)), trap: record }
  }
  return {
    code: 'Trap',
    message: withBacktrace(`${explanations[trap.cause](hex(trap.address))} ${where}`, backtrace),
    backtrace,
    trap: record,
  }
}

function isStackOverflow({ cause, address }: HartTrap, { start, end }: TrapPlace['guard']): boolean {
  return (cause === 'storeFault' || cause === 'loadFault') && address >= BigInt(start) && address < BigInt(end)
}

const decoders = new Map<Xlen, Decoder>()

function instructionText({ instruction, pc }: HartTrap, xlen: Xlen): string {
  if (instruction === undefined) return ''
  const decoder = decoders.get(xlen) ?? createDecoder(fullIsa(xlen))
  decoders.set(xlen, decoder)
  const decoded = decoder.decode(instruction)
  return decoded === undefined ? '' : ` (${disassemble(decoded, { xlen, address: pc })})`
}

function hex(address: bigint): string {
  return `0x${address.toString(16)}`
}
