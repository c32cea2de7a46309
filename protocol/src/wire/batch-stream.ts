// A stream of bytes cut into batches: four bytes of length, big end first, then so many bytes. A length that is over the limit
// is refused before anything is kept of what follows it; what is kept is at most one batch that has begun.
import { wireLimits } from './limits.js'
import { malformed } from './malformed.js'

const headBytes = 4

export class BatchStream {
  readonly #limit: number
  #head = 0
  #headSize = 0
  /** Of the batch that has begun, once its length is known. */
  #body: Uint8Array | undefined
  #bodySize = 0

  constructor(limitBytes: number = wireLimits.batchBytes) {
    this.#limit = limitBytes
  }

  /** Whether a batch has begun and not ended. */
  get isPartial(): boolean {
    return this.#headSize > 0
  }

  /** Gives each batch that `chunk` ends to `take`, which must not keep it. Throws JITError Malformed; the stream is of no use then. */
  push(chunk: Uint8Array, take: (batch: Uint8Array) => void): void {
    for (let rest = chunk; rest.length > 0;) {
      const taken = this.pushFirst(rest)
      if (taken === undefined) return
      take(taken.batch)
      rest = taken.rest
    }
  }

  /** The batch that `chunk` ends, and what of it is behind that; undefined where it ends none. */
  pushFirst(chunk: Uint8Array): { readonly batch: Uint8Array; readonly rest: Uint8Array } | undefined {
    let at = 0
    while (this.#headSize < headBytes) {
      if (at === chunk.length) return undefined
      this.#head = this.#head * 256 + (chunk[at++] ?? 0)
      if (++this.#headSize === headBytes) this.#checkLength()
    }
    const wanted = this.#head - this.#bodySize
    const piece = chunk.subarray(at, at + wanted)
    if (piece.length === wanted) return { batch: this.#end(piece), rest: chunk.subarray(at + wanted) }
    this.#keep(piece)
    return undefined
  }

  #checkLength(): void {
    if (this.#head === 0 || this.#head > this.#limit)
      throw malformed(`a batch of ${this.#head} bytes, limit ${this.#limit}`, 0)
  }

  #keep(piece: Uint8Array): void {
    if (piece.length === 0) return
    this.#body = this.#withRoom(this.#bodySize + piece.length)
    this.#body.set(piece, this.#bodySize)
    this.#bodySize += piece.length
  }

  /** No more than twice what has come is held for a batch that only says that it will be large. */
  #withRoom(sizeBytes: number): Uint8Array {
    const body = this.#body
    if (body !== undefined && body.length >= sizeBytes) return body
    const larger = new Uint8Array(Math.min(this.#head, Math.max(sizeBytes * 2, 4096)))
    if (body !== undefined) larger.set(body.subarray(0, this.#bodySize))
    return larger
  }

  #end(piece: Uint8Array): Uint8Array {
    let batch = piece
    if (this.#bodySize > 0) {
      this.#keep(piece)
      batch = (this.#body ?? piece).subarray(0, this.#bodySize)
    }
    this.#head = 0
    this.#headSize = 0
    this.#body = undefined
    this.#bodySize = 0
    return batch
  }
}
