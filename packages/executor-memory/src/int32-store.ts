// The words that an arena lives in. A seam for one purpose: a test puts a store here that dies at the nth write.

export interface Int32Store {
  load(index: number): number
  store(index: number, value: number): void
  /** Atomic, for the few words that are read without the lock. */
  loadPublished(index: number): number
  /** Atomic: whoever reads the value with `loadPublished` sees all that was stored before. */
  publish(index: number, value: number): void
}

/**
 * Plain loads and stores. The arena's lock orders them between threads; and a thread is terminated only where V8 polls for
 * it, at a loop's end or a function's entry, when all its earlier stores are done.
 */
export class SharedInt32Store implements Int32Store {
  readonly #words: Int32Array

  constructor(buffer: SharedArrayBuffer) {
    this.#words = new Int32Array(buffer)
  }

  load(index: number): number {
    return this.#words[index] as number
  }

  store(index: number, value: number): void {
    this.#words[index] = value
  }

  loadPublished(index: number): number {
    return Atomics.load(this.#words, index)
  }

  publish(index: number, value: number): void {
    Atomics.store(this.#words, index, value)
  }
}
