// Batches that were sent and may have been lost with their socket: kept until the other end says that it has heard them, and sent
// again on the next socket as they were. What is kept is bounded by whoever fills it: it sends no more while the window is full.

interface SentBatch {
  /** Number of its last frame. */
  readonly last: number
  readonly bytes: Uint8Array
}

export class SentBatches {
  #batches: SentBatch[] = []
  #begin = 0
  #sizeBytes = 0
  #last = 0

  get sizeBytes(): number {
    return this.#sizeBytes
  }

  /** Number of the last frame that was sent. */
  get last(): number {
    return this.#last
  }

  add(count: number, bytes: Uint8Array): void {
    this.#last += count
    this.#sizeBytes += bytes.length
    this.#batches.push({ last: this.#last, bytes })
  }

  /** Frames up to this number have been heard. False where so many were not sent. */
  acknowledge(heard: number): boolean {
    if (heard > this.#last) return false
    for (;;) {
      const first = this.#batches[this.#begin]
      if (first === undefined || first.last > heard) break
      this.#sizeBytes -= first.bytes.length
      this.#begin++
    }
    if (this.#begin > 64 && this.#begin * 2 > this.#batches.length) {
      this.#batches = this.#batches.slice(this.#begin)
      this.#begin = 0
    }
    return true
  }

  unacknowledged(): readonly Uint8Array[] {
    return this.#batches.slice(this.#begin).map(({ bytes }) => bytes)
  }
}
