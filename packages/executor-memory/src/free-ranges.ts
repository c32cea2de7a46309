// Free ranges by size, so that a fit is found in constant time: TLSF (Masmano and others, "TLSF: a new dynamic memory allocator
// for real-time systems", 2004). Sizes fall into 16 classes for each power of two; a class is a doubly linked list, and two
// levels of bitmaps say which classes have something:
//
//   words:  bitmap of levels | one bitmap of 16 classes for each level | first range of each class
//
// Written under the arena's lock, inside its edits.
import { rangeWord } from './range-record.js'
import type { Journal } from './journal.js'

/** Addresses and sizes are multiples of this. */
export const granuleBytes = 16

const levels = 26
const classesLog2 = 4
const classes: number = 1 << classesLog2

export const levelCount: number = levels
export const classCount: number = levels * classes

export const freeRangesWords: number = 1 + levels + classCount

export class FreeRanges {
  readonly #journal: Journal
  readonly #levelMap: number
  readonly #classMaps: number
  readonly #heads: number

  constructor(journal: Journal, start: number) {
    this.#journal = journal
    this.#levelMap = start
    this.#classMaps = start + 1
    this.#heads = this.#classMaps + levels
  }

  insert(range: number): void {
    const journal = this.#journal
    const index = classOf(journal.load(range + rangeWord.size) >>> 0)
    const head = this.#heads + index
    const first = journal.load(head)
    journal.set(range + rangeWord.freePrevious, 0)
    journal.set(range + rangeWord.freeNext, first)
    journal.set(head, range)
    if (first !== 0) journal.set(first + rangeWord.freePrevious, range)
    else this.#mark(index)
  }

  /** Before its size changes. */
  remove(range: number): void {
    const journal = this.#journal
    const previous = journal.load(range + rangeWord.freePrevious)
    const next = journal.load(range + rangeWord.freeNext)
    if (next !== 0) journal.set(next + rangeWord.freePrevious, previous)
    if (previous !== 0) {
      journal.set(previous + rangeWord.freeNext, next)
      return
    }
    const index = classOf(journal.load(range + rangeWord.size) >>> 0)
    journal.set(this.#heads + index, next)
    if (next === 0) this.#unmark(index)
  }

  /** A range of at least so many bytes, from the smallest class all of whose ranges are; 0 if there is none. */
  atLeast(sizeBytes: number): number {
    const index = this.#occupiedFrom(classOf(roundedUp(sizeBytes)))
    return index < 0 ? 0 : this.#journal.load(this.#heads + index)
  }

  /** The first range that fits, among classes from the one of `sizeBytes` on. For when `atLeast` has none: slow, and exact. */
  firstThat(fits: (range: number) => boolean, sizeBytes: number): number {
    for (let index = this.#occupiedFrom(classOf(sizeBytes)); index >= 0; index = this.#occupiedFrom(index + 1)) {
      for (const range of this.ofClass(index)) if (fits(range)) return range
    }
    return 0
  }

  largestBytes(): number {
    const levelMap = this.#journal.load(this.#levelMap)
    if (levelMap === 0) return 0
    const level = 31 - Math.clz32(levelMap)
    const highest = 31 - Math.clz32(this.#journal.load(this.#classMaps + level))
    let largest = 0
    for (const range of this.ofClass(level * classes + highest)) {
      largest = Math.max(largest, this.#journal.load(range + rangeWord.size) >>> 0)
    }
    return largest
  }

  /** What the bitmap of levels says of one. */
  isLevelMarked(level: number): boolean {
    return (this.#journal.load(this.#levelMap) & (1 << level)) !== 0
  }

  /** What its level's bitmap says of a class. */
  isClassMarked(index: number): boolean {
    return (this.#journal.load(this.#classMaps + levelOf(index)) & (1 << (index & (classes - 1)))) !== 0
  }

  /** 0 if there is none. */
  firstOf(index: number): number {
    return this.#journal.load(this.#heads + index)
  }

  *ofClass(index: number): Generator<number, undefined> {
    let range = this.firstOf(index)
    while (range !== 0) {
      yield range
      range = this.#journal.load(range + rangeWord.freeNext)
    }
  }

  #occupiedFrom(index: number): number {
    const level = levelOf(index)
    if (level >= levels) return -1
    const here = this.#journal.load(this.#classMaps + level) & (-1 << (index & (classes - 1)))
    if (here !== 0) return level * classes + lowestBit(here)
    const above = this.#journal.load(this.#levelMap) & (-2 << level)
    if (above === 0) return -1
    const next = lowestBit(above)
    return next * classes + lowestBit(this.#journal.load(this.#classMaps + next))
  }

  #mark(index: number): void {
    const journal = this.#journal
    const level = levelOf(index)
    const map = this.#classMaps + level
    journal.set(map, journal.load(map) | (1 << (index & (classes - 1))))
    journal.set(this.#levelMap, journal.load(this.#levelMap) | (1 << level))
  }

  #unmark(index: number): void {
    const journal = this.#journal
    const level = levelOf(index)
    const map = this.#classMaps + level
    journal.set(map, journal.load(map) & ~(1 << (index & (classes - 1))))
    if (journal.load(map) === 0) journal.set(this.#levelMap, journal.load(this.#levelMap) & ~(1 << level))
  }
}

/** Below 16 granules each size is a class of its own; above, the four bits after the highest choose one of 16. */
export function classOf(sizeBytes: number): number {
  const granules = sizeBytes / granuleBytes
  if (granules < classes) return granules
  const log2 = 31 - Math.clz32(granules)
  return (log2 - classesLog2 + 1) * classes + ((granules >>> (log2 - classesLog2)) & (classes - 1))
}

export function levelOf(index: number): number {
  return index >>> classesLog2
}

/** The least size at which a class begins that is not below this one. */
function roundedUp(sizeBytes: number): number {
  const granules = sizeBytes / granuleBytes
  if (granules < classes) return sizeBytes
  const step = 1 << (31 - Math.clz32(granules) - classesLog2)
  return Math.ceil(granules / step) * step * granuleBytes
}

function lowestBit(map: number): number {
  return 31 - Math.clz32(map & -map)
}
