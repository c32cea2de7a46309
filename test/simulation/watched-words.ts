// The words of an arena that one schedule after the other begins with: it is known which were written, so that a new session
// costs what the one before has touched; and it is known whether any were, so that nothing is checked twice.
import type { Int32Store } from '@worc/executor-memory'

const blockLog2 = 6
const blockWords: number = 1 << blockLog2

export class WatchedWords implements Int32Store {
  readonly buffer: SharedArrayBuffer
  /** Goes up with each word that is written. */
  changes = 0
  readonly #words: Int32Array
  readonly #initial: Int32Array
  /** By block: 1 where a word was written since the last reset. */
  readonly #touched: Uint8Array

  constructor(buffer: SharedArrayBuffer) {
    this.buffer = buffer
    this.#words = new Int32Array(buffer)
    this.#initial = Int32Array.from(this.#words)
    this.#touched = new Uint8Array(Math.ceil(this.#words.length / blockWords))
  }

  /** All words are as they were when this was made. */
  reset(): void {
    const touched = this.#touched
    for (let block = touched.indexOf(1); block >= 0; block = touched.indexOf(1, block)) {
      touched[block] = 0
      const end = Math.min((block + 1) * blockWords, this.#words.length)
      for (let at = block * blockWords; at < end; at++) this.#words[at] = this.#initial[at] as number
    }
    this.changes++
  }

  load(index: number): number {
    return this.#words[index] as number
  }

  store(index: number, value: number): void {
    this.#words[index] = value
    this.#touched[index >>> blockLog2] = 1
    this.changes++
  }

  loadPublished(index: number): number {
    return this.load(index)
  }

  publish(index: number, value: number): void {
    this.store(index, value)
  }
}
