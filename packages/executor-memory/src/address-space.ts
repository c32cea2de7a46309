// The addresses that an arena manages, cut into ranges. A span is a stretch of addresses that was added at once (or grown at
// its end); its ranges cover it without gap or overlap and are linked both ways by address, so that a range that becomes free
// melts into its free neighbours without a search:
//
//   span   start                        virginFrom              end
//   ranges | claimed | free | claimed | free                    |        no two free ones side by side
//
// Above `virginFrom` nothing was ever given out, so there the memory is as it came: zero. A range keeps its record when it is
// cut (the upper part gets another) and when it melts (the lower one stays), so the first record of a span is always the same.
//
//   words:  total bytes | first unused record | span count | spans | free ranges by size
//
// Written under the arena's lock, inside its edits.
import type { ExecutorAddr } from '@worc/protocol'
import { recordState, recordWord } from './arena-record.js'
import type { RecordTable } from './arena-record.js'
import { FreeRanges, freeRangesWords, granuleBytes } from './free-ranges.js'
import { invariant } from './invariant.js'
import type { Journal } from './journal.js'
import { rangeRecordWords, rangeWord } from './range-record.js'

const headWords = 3
const spanWords = 5
const spanWord = { start: 0, end: 1, virginFrom: 2, first: 3, last: 4 } as const

export function addressSpaceWords(spans: number): number {
  return headWords + spans * spanWords + freeRangesWords
}

/** The first word after the last record that there is room for. */
export interface RangeTable extends RecordTable {
  readonly limit: number
}

export class AddressSpace {
  readonly free: FreeRanges
  readonly #journal: Journal
  readonly #start: number
  readonly #spanCapacity: number
  readonly #records: RangeTable

  constructor(journal: Journal, start: number, spanCapacity: number, records: RangeTable) {
    this.free = new FreeRanges(journal, start + headWords + spanCapacity * spanWords)
    this.#journal = journal
    this.#start = start
    this.#spanCapacity = spanCapacity
    this.#records = records
  }

  totalBytes(): number {
    return this.#journal.load(this.#start) >>> 0
  }

  /** Takes over [startAddress, endAddress), multiples of the granule. What is missing, where it cannot: nothing was changed. */
  add(startAddress: ExecutorAddr, endAddress: ExecutorAddr): 'spans' | 'records' | undefined {
    const journal = this.#journal
    for (const span of this.spans()) {
      const disjoint = startAddress >= this.endOf(span) || endAddress <= this.startOf(span)
      invariant(
        disjoint,
        `addresses 0x${startAddress.toString(16)} to 0x${endAddress.toString(16)} are in the arena already`,
      )
    }
    const sizeBytes = endAddress - startAddress
    const grown = this.#spanThatEndsAt(startAddress)
    if (grown === 0) return this.#open(startAddress, endAddress)
    const last = journal.load(grown + spanWord.last)
    if (journal.load(last + recordWord.state) === recordState.free) {
      this.free.remove(last)
      journal.set(last + rangeWord.size, this.sizeOf(last) + sizeBytes)
      this.free.insert(last)
    } else {
      const range = this.#newRecord()
      if (range === 0) return 'records'
      this.#place(range, startAddress, sizeBytes, grown)
      this.#linkAfter(last, range)
      this.#markFree(range)
    }
    journal.set(grown + spanWord.end, endAddress)
    journal.set(this.#start, this.totalBytes() + sizeBytes)
    return undefined
  }

  /** A free range from which `sizeBytes` can be cut at a multiple of the alignment; 0 if there is none. */
  find(sizeBytes: number, alignmentBytes: number): number {
    const slack = alignmentBytes - granuleBytes
    const found = this.free.atLeast(sizeBytes + slack)
    if (found !== 0) return found
    const fits = (range: number): boolean => {
      const address = this.addressOf(range)
      return alignUp(address, alignmentBytes) + sizeBytes <= address + this.sizeOf(range)
    }
    return this.free.firstThat(fits, sizeBytes)
  }

  /** Cuts what `find` was asked for out of what it found. The range cut, in no list; 0 where records are missing. */
  cut(found: number, sizeBytes: number, alignmentBytes: number): number {
    const address = this.addressOf(found)
    const gap = alignUp(address, alignmentBytes) - address
    const rest = this.sizeOf(found) - gap - sizeBytes
    if (!this.#hasRecords(Number(gap > 0) + Number(rest > 0))) return 0
    this.free.remove(found)
    const range = gap === 0 ? found : this.#split(found, gap)
    if (gap > 0) this.#markFree(found)
    if (rest > 0) this.#markFree(this.#split(range, sizeBytes))
    this.#touch(range)
    return range
  }

  /** The range, in no list, is free and melts into its free neighbours. */
  giveBack(range: number): void {
    const journal = this.#journal
    const after = journal.load(range + rangeWord.after)
    if (this.#isFree(after)) this.#melt(range, after)
    const before = journal.load(range + rangeWord.before)
    if (!this.#isFree(before)) return this.#markFree(range)
    this.free.remove(before)
    this.#join(before, range)
    this.free.insert(before)
  }

  addressOf(range: number): ExecutorAddr {
    return this.#journal.load(range + rangeWord.address) >>> 0
  }

  sizeOf(range: number): number {
    return this.#journal.load(range + rangeWord.size) >>> 0
  }

  /** Bytes from the start that may not be zero. */
  dirtyBytesOf(range: number): number {
    return this.#journal.load(range + rangeWord.dirty) >>> 0
  }

  spanCount(): number {
    return this.#journal.load(this.#start + 2)
  }

  *spans(): Generator<number, undefined> {
    const count = this.spanCount()
    for (let nth = 0; nth < count; nth++) yield this.#start + headWords + nth * spanWords
  }

  *unusedRecords(): Generator<number, undefined> {
    let record = this.#journal.load(this.#start + 1)
    while (record !== 0) {
      yield record
      record = this.#journal.load(record + rangeWord.after)
    }
  }

  startOf(span: number): ExecutorAddr {
    return this.#journal.load(span + spanWord.start) >>> 0
  }

  endOf(span: number): ExecutorAddr {
    return this.#journal.load(span + spanWord.end) >>> 0
  }

  virginFrom(span: number): ExecutorAddr {
    return this.#journal.load(span + spanWord.virginFrom) >>> 0
  }

  firstOf(span: number): number {
    return this.#journal.load(span + spanWord.first)
  }

  lastOf(span: number): number {
    return this.#journal.load(span + spanWord.last)
  }

  #open(startAddress: ExecutorAddr, endAddress: ExecutorAddr): 'spans' | 'records' | undefined {
    const journal = this.#journal
    const count = journal.load(this.#start + 2)
    if (count === this.#spanCapacity) return 'spans'
    const range = this.#newRecord()
    if (range === 0) return 'records'
    const span = this.#start + headWords + count * spanWords
    journal.set(span + spanWord.start, startAddress)
    journal.set(span + spanWord.end, endAddress)
    journal.set(span + spanWord.virginFrom, startAddress)
    journal.set(span + spanWord.first, range)
    journal.set(span + spanWord.last, range)
    journal.set(this.#start + 2, count + 1)
    this.#place(range, startAddress, endAddress - startAddress, span)
    journal.set(range + rangeWord.before, 0)
    journal.set(range + rangeWord.after, 0)
    this.#markFree(range)
    journal.set(this.#start, this.totalBytes() + endAddress - startAddress)
    return undefined
  }

  #spanThatEndsAt(address: ExecutorAddr): number {
    for (const span of this.spans()) if (this.endOf(span) === address) return span
    return 0
  }

  #isFree(range: number): boolean {
    return range !== 0 && this.#journal.load(range + recordWord.state) === recordState.free
  }

  #markFree(range: number): void {
    this.#journal.set(range + recordWord.state, recordState.free)
    this.free.insert(range)
  }

  /** Notes how much of the range was given out before, and that all of it is now. */
  #touch(range: number): void {
    const journal = this.#journal
    const span = journal.load(range + rangeWord.span)
    const address = this.addressOf(range)
    const sizeBytes = this.sizeOf(range)
    const virginFrom = this.virginFrom(span)
    journal.set(range + rangeWord.dirty, Math.min(Math.max(virginFrom - address, 0), sizeBytes))
    if (address + sizeBytes > virginFrom) journal.set(span + spanWord.virginFrom, address + sizeBytes)
  }

  /** The first `sizeBytes` stay the range's; the rest is a range of its own, in no list. Two records were seen to be there. */
  #split(range: number, sizeBytes: number): number {
    const upper = this.#newRecord()
    const span = this.#journal.load(range + rangeWord.span)
    this.#place(upper, this.addressOf(range) + sizeBytes, this.sizeOf(range) - sizeBytes, span)
    this.#linkAfter(range, upper)
    this.#journal.set(range + rangeWord.size, sizeBytes)
    return upper
  }

  #melt(range: number, freeAfter: number): void {
    this.free.remove(freeAfter)
    this.#join(range, freeAfter)
  }

  /** `upper`, in no list, becomes part of its neighbour; its record is unused. */
  #join(lower: number, upper: number): void {
    const journal = this.#journal
    const after = journal.load(upper + rangeWord.after)
    journal.set(lower + rangeWord.size, this.sizeOf(lower) + this.sizeOf(upper))
    journal.set(lower + rangeWord.after, after)
    if (after === 0) journal.set(journal.load(lower + rangeWord.span) + spanWord.last, lower)
    else journal.set(after + rangeWord.before, lower)
    journal.set(upper + recordWord.state, recordState.unused)
    journal.set(upper + rangeWord.after, journal.load(this.#start + 1))
    journal.set(this.#start + 1, upper)
  }

  #linkAfter(lower: number, upper: number): void {
    const journal = this.#journal
    const after = journal.load(lower + rangeWord.after)
    journal.set(upper + rangeWord.before, lower)
    journal.set(upper + rangeWord.after, after)
    journal.set(lower + rangeWord.after, upper)
    if (after === 0) journal.set(journal.load(lower + rangeWord.span) + spanWord.last, upper)
    else journal.set(after + rangeWord.before, upper)
  }

  #place(range: number, address: ExecutorAddr, sizeBytes: number, span: number): void {
    const journal = this.#journal
    journal.set(range + rangeWord.address, address)
    journal.set(range + rangeWord.size, sizeBytes)
    journal.set(range + rangeWord.span, span)
  }

  #hasRecords(wanted: number): boolean {
    const journal = this.#journal
    const { endIndex, strideWords, limit } = this.#records
    let missing = wanted
    for (let unused = journal.load(this.#start + 1); unused !== 0 && missing > 0; missing--) {
      unused = journal.load(unused + rangeWord.after)
    }
    return journal.load(endIndex) + missing * strideWords <= limit
  }

  /** An unused record; 0 where all are used. */
  #newRecord(): number {
    const journal = this.#journal
    const unused = journal.load(this.#start + 1)
    if (unused !== 0) {
      journal.set(this.#start + 1, journal.load(unused + rangeWord.after))
      return unused
    }
    const { endIndex, limit } = this.#records
    const end = journal.load(endIndex)
    if (end + rangeRecordWords > limit) return 0
    journal.set(endIndex, end + rangeRecordWords)
    return end
  }
}

function alignUp(address: ExecutorAddr, alignmentBytes: number): ExecutorAddr {
  return Math.ceil(address / alignmentBytes) * alignmentBytes
}
