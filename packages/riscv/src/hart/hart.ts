// A hart: registers in house memory, and the generated interpreter that runs them. It executes slice by slice, so that
// whoever runs it can look up in between; calls a function by the calling convention with values of JavaScript; hands
// ecalls to its embedder, who may call into the guest again; and gives traps as data. After a trap, or whatever
// else ended a call, its registers are as they were before the call: it lives on.
import type { GuestMemory, PageTable } from '@worc/executor-memory'
import type { Xlen } from '../instruction.js'
import { runExit, trapCause } from '../interpreter/hart-state.js'
import type { Predecoder } from '../interpreter/predecoder.js'
import type { FunctionAt } from './backtrace.js'
import type { HartSignature, HartValue } from './calling-convention.js'
import { argumentPlaces, readArguments, readResult, writeArguments, writeResult } from './calling-convention.js'
import { HartRegisters, registerNumber } from './hart-registers.js'
import type { HartTrap } from './hart-trap.js'
import { trapOf } from './hart-trap.js'
import { storeToCode } from './store-to-code.js'

export interface HartParts {
  readonly index: number
  readonly xlen: Xlen
  /** Of its state, `hartState.sizeBytes` of house memory that was there from the beginning. Multiple of 8. */
  readonly address: number
  /** The interpreter's export `run`. */
  readonly run: (hart: number, fuel: bigint) => number
  readonly predecoder: Predecoder
  readonly pages: PageTable
  readonly memory: Pick<GuestMemory, 'bytes'>
  /**
   * The instruction is done with `resume`, and the call or run with `halt`; `jump` goes on where pc was set to. Registers are as the guest left them, pc at the
   * instruction; it may call the hart. What it throws leaves the call.
   */
  readonly environmentCall: (hart: Hart) => 'resume' | 'halt' | 'jump'
  /** An ebreak that is a call of semihosting: done when this returns. Without it, such an ebreak is a breakpoint. */
  readonly semihostingCall?: (hart: Hart) => void
  /** Called before each slice of a call: what it throws leaves the call. */
  readonly beforeSlice?: () => void
  /** Instructions in one slice of a call. Default: 1,000,000, a few milliseconds. */
  readonly sliceFuel?: bigint
  readonly functionAt?: FunctionAt
}

export type HartStop =
  | { readonly kind: 'out of fuel' }
  /** At the end of the innermost call. */
  | { readonly kind: 'returned' }
  | { readonly kind: 'halted' }
  | { readonly kind: 'trapped'; readonly trap: HartTrap }

export type CallOutcome =
  | { readonly kind: 'returned'; readonly value: HartValue | undefined }
  | Extract<HartStop, { readonly kind: 'halted' | 'trapped' }>

/** Where calls return to: on page 0, which is never mapped, and not where a null pointer leads. */
const haltAddress = 0x800

const { fp, gp, ra, sp, tp } = registerNumber

const semihostingSequence = [0x01f0_1013, 0x0010_0073, 0x4070_5013] as const

export class Hart {
  readonly index: number
  readonly registers: HartRegisters
  readonly #parts: HartParts
  /** Of the innermost call: its return leads to the halt address with this stack pointer, and nothing else does. */
  #returnSp: number | undefined
  /** It is the embedder's turn, and the guest will go on with its registers. */
  #isInside = false

  constructor(parts: HartParts) {
    this.index = parts.index
    this.registers = new HartRegisters(parts.memory.bytes().buffer, parts.address, parts.xlen)
    this.#parts = parts
  }

  get xlen(): Xlen {
    return this.#parts.xlen
  }

  /** A thread begins here: with its stack, whose end is `stackHigh`, and its block of thread-local variables. */
  begin(stackHigh: number, tlsBase: number): void {
    this.registers.setX(sp, BigInt(stackHigh))
    this.registers.setX(tp, BigInt(tlsBase))
    this.registers.dropReservation()
  }

  /** At most that many instructions from pc on. An ecall costs one. */
  run(fuel: bigint): HartStop {
    const { registers } = this
    const { run, predecoder, address } = this.#parts
    for (let left = fuel; ;) {
      const before = registers.retired
      const exit = run(address, left)
      left -= registers.retired - before
      if (exit === runExit.outOfFuel) return { kind: 'out of fuel' }
      if (exit === runExit.undecoded) predecoder.decodeAt(Number(registers.pc))
      else if (registers.cause === trapCause.environmentCall) {
        const next = this.#outside(() => this.#parts.environmentCall(this))
        if (next === 'halt') return { kind: 'halted' }
        if (next === 'resume') registers.pc += 4n
        left -= 1n
      } else if (registers.cause === trapCause.breakpoint && this.#isSemihosting()) {
        this.#outside(() => this.#parts.semihostingCall?.(this))
        registers.pc += 4n
        left -= 1n
      } else if (registers.cause === trapCause.storeFault && storeToCode(registers, this.#parts)) left -= 1n
      else if (this.#hasReturned()) return { kind: 'returned' }
      else return { kind: 'trapped', trap: this.#trap() }
    }
  }

  /**
   * Calls the function at that address. As many arguments as the signature has parameters. The stack begins where the hart's
   * stack pointer is. In the midst of an ecall, or before a slice, all registers are afterwards as they were; otherwise sp, gp and tp are.
   */
  call(entry: number, signature: HartSignature, args: readonly HartValue[]): CallOutcome {
    const { registers } = this
    const isInside = this.#isInside
    const saved = isInside ? registers.save() : undefined
    const [outerSp, stackPointer, globals, thread] = [
      this.#returnSp,
      registers.xNumber(sp),
      registers.xNumber(gp),
      registers.xNumber(tp),
    ]
    try {
      const unwritable = this.#prepareCall(entry, signature, args)
      if (unwritable !== undefined) return { kind: 'trapped', trap: unwritable }
      const stop = this.#runSlices()
      if (stop.kind !== 'returned') return stop
      const [result] = signature.results
      return { kind: 'returned', value: result === undefined ? undefined : readResult(registers, result) }
    } finally {
      this.#returnSp = outerSp
      this.#isInside = isInside
      if (saved === undefined) {
        registers.setXNumber(sp, stackPointer)
        registers.setXNumber(gp, globals)
        registers.setXNumber(tp, thread)
      } else registers.restore(saved)
    }
  }

  /** What the guest passed to the function that it is at the beginning of; undefined, where its stack cannot be read. */
  arguments(signature: HartSignature): HartValue[] | undefined {
    const places = argumentPlaces(signature, this.xlen)
    const { stackBytes } = places
    const stack = stackBytes === 0 ? undefined : this.#stackAt(this.registers.xNumber(sp), stackBytes, 'read')
    if (stackBytes > 0 && stack === undefined) return undefined
    return readArguments(this.registers, places, signature.parameters, stack)
  }

  /** What the function that the guest called gives back. */
  setResult({ results: [type] }: HartSignature, value: HartValue | undefined): void {
    if (type !== undefined) writeResult(this.registers, type, value ?? 0)
  }

  /** The embedder's turn, in the midst of what the guest does. */
  #outside<T>(turn: () => T): T {
    const isInside = this.#isInside
    this.#isInside = true
    try {
      return turn()
    } finally {
      this.#isInside = isInside
    }
  }

  /** Sets registers and stack; a trap, where the stack cannot be written. */
  #prepareCall(entry: number, signature: HartSignature, args: readonly HartValue[]): HartTrap | undefined {
    const { registers } = this
    const places = argumentPlaces(signature, this.xlen)
    const { stackBytes } = places
    const top = registers.xNumber(sp)
    const bottom = top - (top % 16) - stackBytes
    registers.pcNumber = entry
    const stack = stackBytes === 0 ? undefined : this.#stackAt(bottom, stackBytes, 'write')
    if (stackBytes > 0 && stack === undefined) return this.#trapWith('storeFault', BigInt(bottom))
    this.#returnSp = bottom
    registers.setXNumber(sp, bottom)
    registers.setXNumber(ra, haltAddress)
    registers.setXNumber(fp, 0)
    writeArguments(registers, places, signature.parameters, args, stack)
    return undefined
  }

  #runSlices(): Exclude<HartStop, { readonly kind: 'out of fuel' }> {
    const { sliceFuel = 1_000_000n, beforeSlice } = this.#parts
    for (;;) {
      if (beforeSlice !== undefined) this.#outside(beforeSlice)
      const stop = this.run(sliceFuel)
      if (stop.kind !== 'out of fuel') return stop
    }
  }

  /** An ebreak between `slli x0, x0, 0x1f` and `srai x0, x0, 7`, all of 32 bits (RISC-V Semihosting, section 2). */
  #isSemihosting(): boolean {
    const { pages, memory, semihostingCall } = this.#parts
    const begin = this.registers.pcNumber - 4
    if (semihostingCall === undefined || !pages.permits(begin, 12, 'execute')) return false
    const code = new DataView(memory.bytes().buffer, begin, 12)
    return semihostingSequence.every((bits, index) => code.getUint32(4 * index, true) === bits)
  }

  #hasReturned(): boolean {
    const { registers } = this
    return registers.pcNumber === haltAddress && registers.xNumber(sp) === this.#returnSp
  }

  #stackAt(address: number, sizeBytes: number, access: 'read' | 'write'): DataView | undefined {
    const { pages, memory } = this.#parts
    if (!pages.permits(address, sizeBytes, access)) return undefined
    const { buffer } = memory.bytes()
    return new DataView(buffer, address, sizeBytes)
  }

  #trap(): HartTrap {
    const { cause, trapValue } = this.registers
    const name = Object.entries(trapCause).find(([, number]) => number === cause)?.[0] ?? 'illegalInstruction'
    return this.#trapWith(name as keyof typeof trapCause, trapValue)
  }

  #trapWith(cause: keyof typeof trapCause, address: bigint): HartTrap {
    const { pages, memory, functionAt = () => undefined } = this.#parts
    return trapOf({ hart: this.index, cause, address }, this.registers, { pages, memory }, functionAt)
  }
}
