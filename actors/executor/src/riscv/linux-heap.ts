// The memory that a program asks the system for: a break that goes up and down in a region of its own, which is had at the first
// use of it, and mappings, each a region by itself. Regions come from whoever the executor has its memory from.
import { refuse } from '../wasi/errno.js'

/** Zeroed pages to be read and written. */
export interface Regions {
  /** undefined: there is no memory. */
  map(sizeBytes: number): number | undefined
  unmap(address: number): void
}

const pageBytes = 0x1000

export class LinuxHeap {
  readonly #regions: Regions
  readonly #breakBytes: number
  readonly #memory: () => Uint8Array
  readonly #mapped = new Map<number, number>()
  /** null: it could not be had. */
  #start: number | null | undefined
  #break = 0

  /** `breakBytes`: how far the break may go up. */
  constructor(regions: Regions, breakBytes: number, memory: () => Uint8Array) {
    this.#regions = regions
    this.#breakBytes = breakBytes
    this.#memory = memory
  }

  /** The break, after it was moved there if that is possible; 0 where there is none. */
  moveBreak(address: bigint): bigint {
    if (this.#start === undefined) this.#start = this.#begin()
    if (this.#start === null) return 0n
    const wanted = Number(address)
    if (wanted >= this.#start && wanted <= this.#start + this.#breakBytes) {
      // What is given back is zero when it is had again.
      if (wanted < this.#break) this.#memory().fill(0, wanted, this.#break)
      this.#break = wanted
    }
    return BigInt(this.#break)
  }

  /** Refuses with ENOMEM or EINVAL. */
  map(sizeBytes: bigint): bigint {
    if (sizeBytes === 0n) refuse('EINVAL')
    const size = Math.ceil(Number(sizeBytes) / pageBytes) * pageBytes
    const address = this.#regions.map(size) ?? refuse('ENOMEM')
    this.#mapped.set(address, size)
    return BigInt(address)
  }

  /** A mapping as a whole; parts of one stay. */
  unmap(address: bigint, sizeBytes: bigint): void {
    const size = this.#mapped.get(Number(address)) ?? refuse('EINVAL')
    if (Math.ceil(Number(sizeBytes) / pageBytes) * pageBytes < size) return
    this.#mapped.delete(Number(address))
    this.#regions.unmap(Number(address))
  }

  /** The program is over. */
  close(): void {
    for (const address of this.#mapped.keys()) this.#regions.unmap(address)
    this.#mapped.clear()
    if (typeof this.#start === 'number') this.#regions.unmap(this.#start)
    this.#start = undefined
  }

  #begin(): number | null {
    const start = this.#regions.map(this.#breakBytes) ?? null
    this.#break = start ?? 0
    return start
  }
}
