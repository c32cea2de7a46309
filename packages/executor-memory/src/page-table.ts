// Which pages of a memory a guest may read, write and execute: one word for each page, in the house's part of the same
// memory, which no page of the guest is ever given. Harts ask it at every access, so what is stored here holds at once.
//
//   word:   records of the page (a multiple of 32) | changes itself 16 | in change 8 | execute 4 | write 2 | read 1
//   table:  words of all pages below the limit | list of chunks that records are cut from (page-blocks.ts)
//
// 0 is a page that is not mapped, as are all of them in the beginning. No page is ever writable and executable. Whoever owns
// the range of addresses (range-arena.ts) writes the words of its pages, whatever they hold. Threads that run the guest may
// change the protection of what is mapped, one at a time; a page that the owner takes away meanwhile stays away. Zeroed memory
// is an empty table, and a successor of a dead owner finds here what it needs.
import { failure, plainError, success } from '@worc/protocol'
import type { Expected } from '@worc/protocol'
import type { GuestMemory } from './guest-memory.js'
import { invariant } from './invariant.js'
import type { MemProt } from './mapper.js'
import type { RecordLayout } from './page-blocks.js'
import { PageBlocks, blockListBytes } from './page-blocks.js'

export const pageBytes = 0x1000

/** Bits of a page's word. The rest of it, without `pageBits.all`, is the address of its records. */
export const pageBits = { read: 1, write: 2, execute: 4, all: 31 } as const

/** The guest's stores are done for it: then the page is written and executed, though never both by the guest. */
const changesItself = 16

/** Set while a thread changes the page's protection; a death then leaves the page as it is. */
const inChange = 8

const bitsOf: Readonly<Record<MemProt, number>> = {
  r: pageBits.read,
  rw: pageBits.read | pageBits.write,
  rx: pageBits.read | pageBits.execute,
  rwx: pageBits.read | pageBits.execute | changesItself,
}

function isExecuted(prot: MemProt): boolean {
  return (bitsOf[prot] & pageBits.execute) !== 0
}

export interface PageTablePlace {
  /** Of the table, in house memory that is there from the beginning and zero. Multiple of 16. */
  readonly address: number
  /** No address at or above it is ever mapped. A power of two from 64 KiB to 4 GiB. */
  readonly limitBytes: number
}

/** What the table takes of the house's memory. */
export function pageTableBytes(limitBytes: number): number {
  return (limitBytes / pageBytes) * 4 + Math.ceil(blockListBytes / pageBytes) * pageBytes
}

export class PageTable {
  readonly place: PageTablePlace
  readonly #blocks: PageBlocks
  /** As many words as there are pages; the table does not move when the memory grows. */
  readonly #words: Int32Array

  constructor(memory: GuestMemory, place: PageTablePlace, records: RecordLayout) {
    const { address, limitBytes } = place
    invariant(Math.log2(limitBytes) % 1 === 0, `a limit of ${limitBytes} bytes is no power of two`)
    const { buffer } = memory.bytes()
    const end = address + pageTableBytes(limitBytes)
    invariant(end <= buffer.byteLength, `a page table to ${end} lies beyond the ${buffer.byteLength} bytes of memory`)
    this.place = place
    this.#words = new Int32Array(buffer, address, limitBytes / pageBytes)
    this.#blocks = new PageBlocks(memory, address + this.#words.byteLength, records)
  }

  /**
   * Maps whole pages with that protection. Errors: OutOfMemory, where there is no room for the records of executable ones:
   * then none of them is mapped, and `free` is still to be called.
   */
  protect(start: number, end: number, prot: MemProt): Expected<null> {
    if (isExecuted(prot)) {
      for (const page of pagesOf(start, end)) {
        if (!this.#hasRecords(page, (word) => this.#publish(page, word)))
          return failure(plainError('OutOfMemory', `there is no memory for what is decoded of page ${hex(page)}`))
      }
    }
    for (const page of pagesOf(start, end)) this.#publish(page, this.#recordsOf(page) | bitsOf[prot])
    return success(null)
  }

  /**
   * Other protection for pages that are mapped, on behalf of the guest. Errors: BadArgument, where one is not mapped, or is in
   * change by another thread; OutOfMemory as for `protect`. Pages before that one have changed.
   */
  change(start: number, end: number, prot: MemProt): Expected<null> {
    if (end > this.place.limitBytes)
      return failure(plainError('BadArgument', `nothing is mapped at ${end}, beyond ${this.place.limitBytes} bytes`))
    for (const page of pagesOf(start, end)) {
      const word = this.wordOf(page)
      if ((word & pageBits.read) === 0) return failure(plainError('BadArgument', `page ${hex(page)} is not mapped`))
      if ((word & inChange) !== 0 || !this.#replace(page, word, word | inChange))
        return failure(plainError('BadArgument', `page ${hex(page)} is changed by another thread`))
      const changed = this.#change(page, word | inChange, prot)
      if (!changed.ok) return changed
    }
    return success(null)
  }

  /** Not mapped from now on: a hart that runs there traps at its next instruction. What is decoded stays until `free`. */
  retire(start: number, end: number): void {
    for (const page of pagesOf(start, end)) this.#publish(page, this.#recordsOf(page))
  }

  /** Not mapped, and no hart is inside any more: the pages' records are given back. */
  free(start: number, end: number): void {
    for (const page of pagesOf(start, end)) {
      const records = this.#recordsOf(page)
      this.#publish(page, records)
      if (records !== 0) this.#blocks.giveBack(records, page)
      this.#publish(page, 0)
    }
  }

  /** What was decoded of the pages does not count any more. Their contents were changed by whoever calls this. */
  forgetDecoded(start: number, end: number): void {
    for (const page of pagesOf(start, end)) {
      const records = this.#recordsOf(page)
      if (records !== 0 && this.#blocks.owns(records, page)) this.#blocks.clear(records)
    }
  }

  /** The same of some bytes, and of instructions that end in them. */
  forgetDecodedBytes(start: number, end: number): void {
    const begin = Math.max(start - 2, 0)
    for (const page of pagesOf(begin, end)) {
      const records = this.#recordsOf(page)
      if (records === 0 || !this.#blocks.owns(records, page)) continue
      const first = Math.max(begin - page * pageBytes, 0) >> 1
      this.#blocks.clear(records, first, Math.min(Math.ceil((end - page * pageBytes) / 2), pageBytes / 2))
    }
  }

  /** Whether the guest may store there, if not itself. */
  isStorable(address: number, sizeBytes: number): boolean {
    if (!(address >= 0) || !(address + sizeBytes <= this.place.limitBytes)) return false
    for (const page of pagesOf(address, address + sizeBytes))
      if ((this.wordOf(page) & (pageBits.write | changesItself)) === 0) return false
    return true
  }

  /** Whether all bytes of [address, address + sizeBytes) may be accessed so; numbers that are no addresses may not. */
  permits(address: number, sizeBytes: number, access: 'read' | 'write' | 'execute'): boolean {
    if (!(address >= 0) || !(address + sizeBytes <= this.place.limitBytes)) return false
    for (let page = Math.floor(address / pageBytes); page * pageBytes < address + sizeBytes; page++)
      if ((this.wordOf(page) & pageBits[access]) === 0) return false
    return true
  }

  wordOf(page: number): number {
    return Atomics.load(this.#words, page) >>> 0
  }

  /** Pages that are executable, or were and have not been freed yet. */
  get decodedPageCount(): number {
    return this.#blocks.takenCount
  }

  /** `held` is the page's word, with the mark that this thread has set. */
  #change(page: number, held: number, prot: MemProt): Expected<null> {
    let word = held
    const write = (records: number): boolean => {
      const next = records | (word & pageBits.all)
      if (!this.#replace(page, word, next)) return false
      word = next
      return true
    }
    if (isExecuted(prot) && !this.#hasRecords(page, write)) {
      this.#replace(page, word, word & ~inChange)
      return failure(plainError('OutOfMemory', `there is no memory for what is decoded of page ${hex(page)}`))
    }
    const records = word & ~pageBits.all
    if (this.#replace(page, word, records | bitsOf[prot])) return success(null)
    return failure(plainError('BadArgument', `page ${hex(page)} is not mapped`))
  }

  /** Gives the page records, if it has none; `write` puts their address into its word. */
  #hasRecords(page: number, write: (records: number) => boolean): boolean {
    const known = this.#recordsOf(page)
    if (known !== 0 && this.#blocks.owns(known, page)) {
      // It was executable before, and something else in between.
      if ((this.wordOf(page) & pageBits.execute) === 0) this.#blocks.clear(known)
      return true
    }
    return this.#blocks.take(page, write) !== undefined
  }

  #recordsOf(page: number): number {
    return (this.wordOf(page) & ~pageBits.all) >>> 0
  }

  #publish(page: number, word: number): boolean {
    Atomics.store(this.#words, page, word)
    return true
  }

  /** Whether the word was what it should be. */
  #replace(page: number, word: number, next: number): boolean {
    return Atomics.compareExchange(this.#words, page, word | 0, next | 0) === (word | 0)
  }
}

function* pagesOf(start: number, end: number): Generator<number, undefined> {
  for (let page = Math.floor(start / pageBytes); page * pageBytes < end; page++) yield page
}

function hex(page: number): string {
  return `0x${(page * pageBytes).toString(16)}`
}
