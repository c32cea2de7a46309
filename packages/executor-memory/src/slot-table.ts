// The slots of each signature, and which of them is given out next. Slots of a signature are numbered from 0 ("local"), as in
// its dispatcher's table. Their records come in extents that double (16, 32, 64, ...), so that a local's record is found from
// a short directory, and a signature with three slots costs little:
//
//   signature row:  fresh | provisioned | claimed | free head, tail, count | first record of each extent
//   slot record:    the head of all records | slot | next free
//
// Fresh locals come first. A slot that was used waits at the tail of its signature's queue, and the queue is touched only when
// more than `quarantine` wait or nothing else is left: a stale pointer meets an empty slot for as long as may be.
// Written under the arena's lock, inside its edits.
import { maximumSignatures, maximumSlotsPerSignature, slotBits } from '@worc/protocol'
import { recordHeadWords, recordState, recordWord } from './arena-record.js'
import type { Journal } from './journal.js'
import type { SignatureId } from './signature-log.js'

/** A C function pointer: `signature * 2^20 + local`, below 2^32 and never 0. Local 0 is a slot like any other. */
export type FunctionSlot = number & { readonly functionSlot: unique symbol }

const rowWord = { fresh: 0, provisioned: 1, claimed: 2, head: 3, tail: 4, waiting: 5, extents: 6 } as const
const firstExtentLog2 = 4
const extentCount = 17
const rowWords: number = rowWord.extents + extentCount
const slotWord: number = recordHeadWords
const nextFree: number = recordHeadWords + 1

export const slotRecordWords: number = recordHeadWords + 2
export const slotTableWords: number = maximumSignatures * rowWords

/** The record area; `endIndex` holds the index behind the last record, `limit` is the index behind the last possible one. */
export interface SlotRecords {
  readonly start: number
  readonly limit: number
  readonly endIndex: number
}

export function functionSlot(signature: SignatureId, local: number): FunctionSlot {
  return (signature * maximumSlotsPerSignature + local) as FunctionSlot
}

export function signatureOfSlot(slot: FunctionSlot): SignatureId {
  return (slot >>> slotBits) as SignatureId
}

export function localOfSlot(slot: FunctionSlot): number {
  return slot & (maximumSlotsPerSignature - 1)
}

export class SlotTable {
  readonly #journal: Journal
  readonly #rows: number
  readonly #records: SlotRecords
  readonly #quarantine: number

  constructor(journal: Journal, start: number, records: SlotRecords, quarantine: number) {
    this.#journal = journal
    this.#rows = start
    this.#records = records
    this.#quarantine = quarantine
  }

  /** The record of a slot that is nobody's, in no queue; 0 where the signature has none left and cannot have more. */
  take(signature: SignatureId): number {
    const journal = this.#journal
    const row = this.#rowOf(signature)
    const waiting = journal.load(row + rowWord.waiting)
    const fresh = journal.load(row + rowWord.fresh)
    const isFresh =
      fresh < journal.load(row + rowWord.provisioned) || (waiting <= this.#quarantine && this.#extend(row))
    if (!isFresh && waiting === 0) return 0
    const record = isFresh ? this.#recordIn(row, fresh) : this.#dequeue(row)
    if (isFresh) {
      journal.set(row + rowWord.fresh, fresh + 1)
      journal.set(record + slotWord, functionSlot(signature, fresh))
    }
    journal.set(row + rowWord.claimed, journal.load(row + rowWord.claimed) + 1)
    return record
  }

  /** The slot is nobody's: last in its signature's queue. */
  giveBack(record: number): void {
    const journal = this.#journal
    const row = this.#rowOf(signatureOfSlot(this.slotOf(record)))
    const tail = journal.load(row + rowWord.tail)
    journal.set(record + recordWord.state, recordState.free)
    journal.set(record + nextFree, 0)
    if (tail === 0) journal.set(row + rowWord.head, record)
    else journal.set(tail + nextFree, record)
    journal.set(row + rowWord.tail, record)
    journal.set(row + rowWord.waiting, journal.load(row + rowWord.waiting) + 1)
    journal.set(row + rowWord.claimed, journal.load(row + rowWord.claimed) - 1)
  }

  /** undefined where the slot was never given out. */
  recordOf(slot: FunctionSlot): number | undefined {
    const signature = signatureOfSlot(slot)
    if (slot !== slot >>> 0 || signature < 1 || signature >= maximumSignatures) return undefined
    const row = this.#rowOf(signature)
    const local = localOfSlot(slot)
    return local < this.#journal.load(row + rowWord.fresh) ? this.#recordIn(row, local) : undefined
  }

  slotOf(record: number): FunctionSlot {
    return (this.#journal.load(record + slotWord) >>> 0) as FunctionSlot
  }

  claimedOf(signature: SignatureId): number {
    return this.#journal.load(this.#rowOf(signature) + rowWord.claimed)
  }

  /** Locals 0 to this were given out once, or more often. */
  freshOf(signature: SignatureId): number {
    return this.#journal.load(this.#rowOf(signature) + rowWord.fresh)
  }

  waitingOf(signature: SignatureId): number {
    return this.#journal.load(this.#rowOf(signature) + rowWord.waiting)
  }

  tailOf(signature: SignatureId): number {
    return this.#journal.load(this.#rowOf(signature) + rowWord.tail)
  }

  /** Records of free slots, the next to be given out first. */
  *queueOf(signature: SignatureId): Generator<number, undefined> {
    let record = this.#journal.load(this.#rowOf(signature) + rowWord.head)
    while (record !== 0) {
      yield record
      record = this.#journal.load(record + nextFree)
    }
  }

  /** Another extent, cut short where the records end; whether there is one. */
  #extend(row: number): boolean {
    const journal = this.#journal
    const provisioned = journal.load(row + rowWord.provisioned)
    const extent = extentOf(provisioned)
    if (firstLocalOf(extent) !== provisioned) return false
    const end = journal.load(this.#records.endIndex)
    const wanted = Math.min(firstLocalOf(extent + 1), maximumSlotsPerSignature) - provisioned
    const slots = Math.min(wanted, (this.#records.limit - end) / slotRecordWords)
    if (slots <= 0) return false
    journal.set(row + rowWord.extents + extent, end)
    journal.set(row + rowWord.provisioned, provisioned + slots)
    journal.set(this.#records.endIndex, end + slots * slotRecordWords)
    return true
  }

  #dequeue(row: number): number {
    const journal = this.#journal
    const record = journal.load(row + rowWord.head)
    const next = journal.load(record + nextFree)
    journal.set(row + rowWord.head, next)
    if (next === 0) journal.set(row + rowWord.tail, 0)
    journal.set(row + rowWord.waiting, journal.load(row + rowWord.waiting) - 1)
    return record
  }

  #recordIn(row: number, local: number): number {
    const extent = extentOf(local)
    return this.#journal.load(row + rowWord.extents + extent) + (local - firstLocalOf(extent)) * slotRecordWords
  }

  #rowOf(signature: SignatureId): number {
    return this.#rows + signature * rowWords
  }
}

function extentOf(local: number): number {
  return 31 - Math.clz32((local >>> firstExtentLog2) + 1)
}

function firstLocalOf(extent: number): number {
  return ((1 << extent) - 1) << firstExtentLog2
}
