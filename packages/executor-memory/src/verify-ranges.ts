// What must hold in a range arena between two edits, as sentences. Called with the lock held.
import { recordState, recordWord } from './arena-record.js'
import type { AddressSpace, RangeTable } from './address-space.js'
import type { ClaimLedger } from './claim-ledger.js'
import { classCount, classOf, granuleBytes, levelCount, levelOf } from './free-ranges.js'
import type { Journal } from './journal.js'
import { rangeWord } from './range-record.js'
import { verifyClaims } from './verify-claims.js'

export function verifyRanges(
  journal: Journal,
  records: RangeTable,
  space: AddressSpace,
  ledger: ClaimLedger,
): readonly string[] {
  const walked = walkSpans(journal, space)
  return [
    ...walked.broken,
    ...verifyRecords(journal, records, space, walked.ranges),
    ...verifyFreeRanges(journal, space, walked.ranges),
    ...verifyClaims(journal, ledger, (range) => space.sizeOf(range)),
  ]
}

function walkSpans(journal: Journal, space: AddressSpace): { readonly ranges: Set<number>; readonly broken: string[] } {
  const broken: string[] = []
  const ranges = new Set<number>()
  let totalBytes = 0
  for (const span of space.spans()) {
    totalBytes += space.endOf(span) - space.startOf(span)
    broken.push(...walkSpan(journal, space, span, ranges))
  }
  if (totalBytes !== space.totalBytes())
    broken.push(`spans have ${totalBytes} bytes, the total says ${space.totalBytes()}`)
  return { ranges, broken }
}

function walkSpan(journal: Journal, space: AddressSpace, span: number, ranges: Set<number>): string[] {
  const broken: string[] = []
  let expected = space.startOf(span)
  let before = 0
  for (let range = space.firstOf(span); range !== 0; range = journal.load(range + rangeWord.after)) {
    const here = `the range at 0x${space.addressOf(range).toString(16)}`
    if (ranges.has(range)) return [...broken, `${here} is linked twice`]
    ranges.add(range)
    if (space.addressOf(range) !== expected) broken.push(`${here} should begin at 0x${expected.toString(16)}`)
    if (space.sizeOf(range) === 0 || space.sizeOf(range) % granuleBytes !== 0)
      broken.push(`${here} has ${space.sizeOf(range)} bytes`)
    if (journal.load(range + rangeWord.before) !== before) broken.push(`${here} does not link back to its neighbour`)
    if (journal.load(range + rangeWord.span) !== span) broken.push(`${here} names another span`)
    broken.push(...verifyState(journal, space, span, range, before).map((sentence) => `${here} ${sentence}`))
    expected += space.sizeOf(range)
    before = range
  }
  if (expected !== space.endOf(span)) broken.push(`a span's ranges end at 0x${expected.toString(16)}, not at its end`)
  if (space.lastOf(span) !== before)
    broken.push(`the span that ends at 0x${expected.toString(16)} has another last range`)
  return broken
}

function verifyState(journal: Journal, space: AddressSpace, span: number, range: number, before: number): string[] {
  const broken: string[] = []
  const state = journal.load(range + recordWord.state)
  const end = space.addressOf(range) + space.sizeOf(range)
  if (state === recordState.unused) broken.push('is in a span and unused')
  if (state === recordState.free && before !== 0 && journal.load(before + recordWord.state) === recordState.free)
    broken.push('and the one before it are both free')
  if (state >= recordState.inFlight && end > space.virginFrom(span)) broken.push('is claimed above the virgin mark')
  if (state >= recordState.inFlight && space.dirtyBytesOf(range) > space.sizeOf(range))
    broken.push('has more dirty bytes than bytes')
  return broken
}

/** Each record is in a span or in the list of unused ones, and not in both. */
function verifyRecords(
  journal: Journal,
  records: RangeTable,
  space: AddressSpace,
  ranges: ReadonlySet<number>,
): string[] {
  const broken: string[] = []
  let unused = 0
  for (const record of space.unusedRecords()) {
    unused++
    if (unused > records.limit) return [...broken, 'the list of unused records has no end']
    if (journal.load(record + recordWord.state) !== recordState.unused) broken.push(`unused record ${record} is in use`)
    if (ranges.has(record)) broken.push(`unused record ${record} is in a span`)
  }
  const written = (journal.load(records.endIndex) - records.start) / records.strideWords
  if (unused + ranges.size !== written)
    broken.push(`${unused} unused records and ${ranges.size} ranges are not the ${written} records there are`)
  return broken
}

/** The lists by size hold each free range once, in its class, and the bitmaps say which have any. */
function verifyFreeRanges(journal: Journal, space: AddressSpace, ranges: ReadonlySet<number>): string[] {
  const broken: string[] = []
  const listed = new Set<number>()
  const occupiedLevels = new Set<number>()
  for (let index = 0; index < classCount; index++) {
    let previous = 0
    if (space.free.firstOf(index) === 0 && !space.free.isClassMarked(index)) continue
    for (const range of space.free.ofClass(index)) {
      const here = `the free range at 0x${space.addressOf(range).toString(16)}`
      if (listed.has(range)) return [...broken, `${here} is listed twice`]
      listed.add(range)
      if (journal.load(range + recordWord.state) !== recordState.free) broken.push(`${here} is not free`)
      if (classOf(space.sizeOf(range)) !== index) broken.push(`${here} is listed in class ${index}`)
      if (journal.load(range + rangeWord.freePrevious) !== previous)
        broken.push(`${here} does not link back in its list`)
      previous = range
    }
    const isMarked = space.free.isClassMarked(index)
    if (isMarked !== (previous !== 0)) broken.push(`the bitmap of class ${index} says ${isMarked}`)
    if (previous !== 0) occupiedLevels.add(levelOf(index))
  }
  for (let level = 0; level < levelCount; level++) {
    if (space.free.isLevelMarked(level) !== occupiedLevels.has(level))
      broken.push(`the bitmap of levels is wrong about level ${level}`)
  }
  for (const range of ranges) {
    if (journal.load(range + recordWord.state) === recordState.free && !listed.has(range))
      broken.push(`the free range at 0x${space.addressOf(range).toString(16)} is in no list`)
  }
  return broken
}
