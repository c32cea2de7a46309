// A hart's registers as JavaScript reads and writes them: views over its state, which lies in house memory and does not move.
// Only the thread that runs the hart uses them while it runs.
import type { Xlen } from '../instruction.js'
import { hartState } from '../interpreter/hart-state.js'

/** All that a program sees of itself. */
export interface RegisterFile {
  /** x0 to x31, unsigned. */
  readonly x: readonly bigint[]
  /** f0 to f31 as bits, singles boxed. */
  readonly f: readonly bigint[]
  readonly fcsr: number
}

/** What a call in the midst of a run saves and restores: x, the place of x0's writes, f, and pc. fcsr belongs to the thread. */
const savedBytes = hartState.cause

const high = 2 ** 32

export class HartRegisters {
  readonly xlen: Xlen
  readonly #bytes: Uint8Array
  readonly #words: Int32Array
  readonly #doubleWords: BigUint64Array
  readonly #singles: Float32Array
  readonly #doubles: Float64Array

  constructor(memory: ArrayBufferLike, address: number, xlen: Xlen) {
    this.xlen = xlen
    this.#bytes = new Uint8Array(memory, address, savedBytes)
    this.#words = new Int32Array(memory, address, hartState.sizeBytes / 4)
    this.#doubleWords = new BigUint64Array(memory, address, hartState.sizeBytes / 8)
    this.#singles = new Float32Array(memory, address, hartState.sizeBytes / 4)
    this.#doubles = new Float64Array(memory, address, hartState.sizeBytes / 8)
  }

  /** Unsigned. */
  x(number: number): bigint {
    return BigInt.asUintN(this.xlen, this.#at(8 * number))
  }

  /** Unsigned; exact below 2^53. */
  xNumber(number: number): number {
    return this.#numberAt(2 * number)
  }

  /** A safe integer of either sign. */
  setXNumber(number: number, value: number): void {
    if (number !== 0) this.#setNumber(2 * number, value)
  }

  /** Its lower 32 bits, with a sign. */
  xWord(number: number): number {
    return this.#words[2 * number] ?? 0
  }

  /** Nothing happens to x0. */
  setX(number: number, value: bigint): void {
    if (number !== 0) this.#set(8 * number, value)
  }

  f(number: number): bigint {
    return this.#at(hartState.floats + 8 * number)
  }

  setF(number: number, bits: bigint): void {
    this.#set(hartState.floats + 8 * number, bits)
  }

  /** The lower half as a single, or NaN where it is no boxed one. */
  single(number: number): number {
    const at = hartState.floats / 4 + 2 * number
    return this.#words[at + 1] === -1 ? (this.#singles[at] ?? NaN) : NaN
  }

  setSingle(number: number, value: number): void {
    const at = hartState.floats / 4 + 2 * number
    this.#singles[at] = value
    this.#words[at + 1] = -1
  }

  double(number: number): number {
    return this.#doubles[hartState.floats / 8 + number] ?? NaN
  }

  setDouble(number: number, value: number): void {
    this.#doubles[hartState.floats / 8 + number] = value
  }

  /** As `pc`; exact below 2^53. */
  get pcNumber(): number {
    return this.#numberAt(hartState.pc / 4)
  }

  set pcNumber(address: number) {
    this.#setNumber(hartState.pc / 4, address - (address % 2))
  }

  get pc(): bigint {
    return BigInt.asUintN(this.xlen, this.#at(hartState.pc))
  }

  /** The lowest bit is dropped, as a jump through a register does. */
  set pc(address: bigint) {
    this.#set(hartState.pc, address & ~1n)
  }

  get fcsr(): number {
    return this.#words[hartState.fcsr / 4] ?? 0
  }

  set fcsr(bits: number) {
    this.#words[hartState.fcsr / 4] = bits
  }

  /** A number of `trapCause`. */
  get cause(): number {
    return this.#words[hartState.cause / 4] ?? 0
  }

  get trapValue(): bigint {
    return BigInt.asUintN(this.xlen, this.#at(hartState.trapValue))
  }

  /** Instructions retired. */
  get retired(): bigint {
    return this.#at(hartState.retired)
  }

  /** A store-conditional fails until something is reserved again. */
  dropReservation(): void {
    this.#set(hartState.reservedAddress, -1n)
  }

  save(): Uint8Array {
    return this.#bytes.slice()
  }

  restore(saved: Uint8Array): void {
    this.#bytes.set(saved)
  }

  all(): RegisterFile {
    const numbers = Array.from({ length: 32 }, (_, number) => number)
    return { x: numbers.map((number) => this.x(number)), f: numbers.map((number) => this.f(number)), fcsr: this.fcsr }
  }

  #numberAt(word: number): number {
    const low = (this.#words[word] ?? 0) >>> 0
    return this.xlen === 32 ? low : ((this.#words[word + 1] ?? 0) >>> 0) * high + low
  }

  #setNumber(word: number, value: number): void {
    this.#words[word] = value
    this.#words[word + 1] = Math.floor(value / high)
  }

  #at(offset: number): bigint {
    return this.#doubleWords[offset / 8] ?? 0n
  }

  #set(offset: number, value: bigint): void {
    this.#doubleWords[offset / 8] = BigInt.asUintN(64, value)
  }
}

/** Registers with a name of their own in the calling convention. */
export const registerNumber = { ra: 1, sp: 2, gp: 3, tp: 4, fp: 8, a0: 10, fa0: 10, a7: 17 } as const
