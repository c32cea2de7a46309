// What the gateway and one executor of its pool know of each job without a message, so that a job is done once or not at all,
// whenever its thread is ended: a word of shared memory for each says how far it is, and only one end can take it further.
//
//   queued ──begin──► running ──end──► done            the executor's
//   queued ──withdraw──► withdrawn                     the gateway's: it will not be begun
//   running ──condemn──► condemned                     the gateway's: it will not end, its thread will
//
// A plain result lies beside the word, and outlives the thread too.

/** Jobs that an executor may have at once. */
export const slotCount = 64

/** What lies beside the word. `told`: the result is a message. */
type PlainResult = { readonly told: true } | { readonly told: false; readonly value: number | bigint | undefined }

const free = 0
const queued = 1
const running = 2
const done = 3
const withdrawn = 4
const condemned = 5

const nothing = 0
const number = 1
const bigint = 2
const message = 3

/** Of each slot: a word of state, a word of the result's kind, the result, the milliseconds that the job took. */
const wordsBytes = 8 * slotCount
const resultBytes = 8 * slotCount

export class CallSlots {
  readonly buffer: SharedArrayBuffer
  readonly #states: Int32Array
  readonly #kinds: Int32Array
  readonly #numbers: Float64Array
  readonly #bigints: BigInt64Array
  readonly #elapsed: Float64Array

  constructor(buffer: SharedArrayBuffer = new SharedArrayBuffer(wordsBytes + 2 * resultBytes)) {
    this.buffer = buffer
    this.#states = new Int32Array(buffer, 0, slotCount)
    this.#kinds = new Int32Array(buffer, 4 * slotCount, slotCount)
    this.#numbers = new Float64Array(buffer, wordsBytes, slotCount)
    this.#bigints = new BigInt64Array(buffer, wordsBytes, slotCount)
    this.#elapsed = new Float64Array(buffer, wordsBytes + resultBytes, slotCount)
  }

  // ---- the gateway's

  queue(slot: number): void {
    Atomics.store(this.#states, slot, queued)
  }

  /** False: it has begun. */
  withdraw(slot: number): boolean {
    return this.#change(slot, queued, withdrawn)
  }

  /** True: its thread must be ended. False: it has not begun, or has ended. */
  condemn(slot: number): boolean {
    return this.#change(slot, running, condemned)
  }

  isDone(slot: number): boolean {
    return Atomics.load(this.#states, slot) === done
  }

  /** Not begun, whatever happens to its thread. */
  isUntouched(slot: number): boolean {
    const state = Atomics.load(this.#states, slot)
    return state === queued || state === withdrawn
  }

  elapsedMs(slot: number): number {
    return this.#elapsed[slot] ?? 0
  }

  result(slot: number): PlainResult {
    switch (this.#kinds[slot]) {
      case number:
        return { told: false, value: this.#numbers[slot] }
      case bigint:
        return { told: false, value: this.#bigints[slot] }
      case message:
        return { told: true }
      default:
        return { told: false, value: undefined }
    }
  }

  release(slot: number): void {
    Atomics.store(this.#states, slot, free)
  }

  // ---- the executor's

  /** False: it was withdrawn. */
  begin(slot: number): boolean {
    return this.#change(slot, queued, running)
  }

  /** False: it was condemned, and this thread with it. */
  end(slot: number, result: PlainResult, elapsedMs: number): boolean {
    this.#elapsed[slot] = elapsedMs
    if (result.told) this.#kinds[slot] = message
    else if (typeof result.value === 'number') {
      this.#kinds[slot] = number
      this.#numbers[slot] = result.value
    } else if (typeof result.value === 'bigint') {
      this.#kinds[slot] = bigint
      this.#bigints[slot] = result.value
    } else this.#kinds[slot] = nothing
    return this.#change(slot, running, done)
  }

  #change(slot: number, from: number, to: number): boolean {
    return Atomics.compareExchange(this.#states, slot, from, to) === from
  }
}
