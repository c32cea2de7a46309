// House memory beside executable pages: each of them owns a block, in which whoever executes it keeps what it decoded. Blocks
// lie in chunks that are cut from the same memory as they are needed and never unmapped as guest pages, so no guest can
// address them. A block's first words say which page owns it:
//
//   block:   page + 1, or 0 where it is free | chunk | 24 bytes of nothing | records
//
// Taking one needs no lock and loses none to a death: the page first writes down which block it means to take, then takes
// it. A page whose block says another owner has none.
import type { GuestMemory } from './guest-memory.js'
import { wasmPageBytes } from './guest-memory.js'

const headerBytes = 32
/** Of a block's records: the bits below are the page's. */
const alignmentBytes = 32
const chunkBytes = 0x10_0000
const maximumChunks = 0x1000

/** What the list of chunks takes of the house's memory: a hint, where to look first, and their addresses. */
export const blockListBytes: number = (1 + maximumChunks) * 4

/** Records of one size, all zero in a block that was just taken. */
export interface RecordLayout {
  /** Multiple of 16. The first word of a record says whether there is one. */
  readonly recordBytes: number
  readonly recordCount: number
}

type Intend = (records: number) => boolean

export class PageBlocks {
  readonly #memory: GuestMemory
  /** Word index of the list. */
  readonly #list: number
  readonly #records: RecordLayout
  readonly #blockBytes: number
  #words: Int32Array

  constructor(memory: GuestMemory, listAddress: number, records: RecordLayout) {
    this.#memory = memory
    this.#list = listAddress / 4
    this.#records = records
    const sizeBytes = headerBytes + records.recordBytes * records.recordCount
    this.#blockBytes = Math.ceil(sizeBytes / alignmentBytes) * alignmentBytes
    this.#words = new Int32Array(memory.bytes().buffer)
  }

  /**
   * The address of the records of a block that is now the page's; undefined where memory has no room for one more.
   * `intend` has to write down that the page means to take the block, before it is taken; nothing is taken if it cannot.
   */
  take(page: number, intend: Intend): number | undefined {
    const hint = Atomics.load(this.#words, this.#list)
    return this.#takeFrom(hint, page, intend) ?? (hint === 0 ? undefined : this.#takeFrom(0, page, intend))
  }

  /** Makes all records of the block zero, and the block free; nothing, if it is not the page's. */
  giveBack(records: number, page: number): void {
    const words = this.#wordsTo(records + this.#blockBytes)
    const owner = (records - headerBytes) / 4
    if (Atomics.load(words, owner) !== page + 1) return
    words.fill(0, records / 4, owner + this.#blockBytes / 4)
    const chunk = words[owner + 1] ?? 0
    Atomics.store(words, owner, 0)
    if (Atomics.load(words, this.#list) > chunk) Atomics.store(words, this.#list, chunk)
  }

  owns(records: number, page: number): boolean {
    return Atomics.load(this.#wordsTo(records), (records - headerBytes) / 4) === page + 1
  }

  /** No record of the block counts any more, from the first on to before the end; harts may be reading them. */
  clear(records: number, first: number = 0, end: number = this.#records.recordCount): void {
    const { recordBytes } = this.#records
    const words = this.#wordsTo(records + this.#blockBytes)
    for (let index = first; index < end; index++) Atomics.store(words, (records + index * recordBytes) / 4, 0)
  }

  /** Blocks that pages own. */
  get takenCount(): number {
    let count = 0
    for (let chunk = 0; chunk < maximumChunks; chunk++) {
      const start = this.#chunkAt(chunk)
      if (start === 0) break
      for (const block of this.#blocksOf(start)) if (Atomics.load(this.#words, block / 4) !== 0) count++
    }
    return count
  }

  #takeFrom(hint: number, page: number, intend: Intend): number | undefined {
    for (let chunk = hint; chunk < maximumChunks; chunk++) {
      const start = this.#chunkAt(chunk)
      if (start === 0 && !this.#addChunk(chunk)) return undefined
      for (const block of this.#blocksOf(this.#chunkAt(chunk))) {
        if (Atomics.load(this.#words, block / 4) !== 0) continue
        if (!intend(block + headerBytes)) return undefined
        if (Atomics.compareExchange(this.#words, block / 4, 0, page + 1) === 0) return block + headerBytes
      }
      // Another thread may have freed one just now: then `take` looks from the beginning once more.
      Atomics.compareExchange(this.#words, this.#list, chunk, chunk + 1)
    }
    return undefined
  }

  /** Addresses of the blocks of a chunk, which this thread's view then reaches. */
  *#blocksOf(start: number): Generator<number, undefined> {
    this.#wordsTo(start + chunkBytes)
    const end = start + chunkBytes - this.#blockBytes
    for (let block = start; block <= end; block += this.#blockBytes) yield block
  }

  #chunkAt(chunk: number): number {
    return Atomics.load(this.#words, this.#list + 1 + chunk) >>> 0
  }

  /** Where another thread was faster, its chunk is taken; a death in between loses the new one, nothing else. */
  #addChunk(wanted: number): boolean {
    const grownFrom = this.#memory.grow(chunkBytes / wasmPageBytes)
    if (grownFrom === undefined) return false
    const start = grownFrom * wasmPageBytes
    for (let chunk = wanted; chunk < maximumChunks; chunk++) {
      const words = this.#wordsTo(start + chunkBytes)
      for (const block of this.#blocksOf(start)) words[block / 4 + 1] = chunk
      if (Atomics.compareExchange(words, this.#list + 1 + chunk, 0, start | 0) === 0) return true
    }
    return false
  }

  #wordsTo(end: number): Int32Array {
    if (this.#words.byteLength < end) this.#words = new Int32Array(this.#memory.bytes().buffer)
    return this.#words
  }
}
