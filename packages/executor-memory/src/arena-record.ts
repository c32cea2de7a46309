// The words at the start of every record, of a range or of a slot. A record is named by the index of its first word; 0 is none.
//
//   unused -> free -> in-flight -> ready -> retired -> free
//
// All are written under the arena's lock, through its journal.

export const recordWord = {
  state: 0,
  /** How often the record was claimed: tells an old id from a new one. Kept while the record is unused. */
  generation: 1,
  owner: 2,
  unit: 3,
  /** The key's account. */
  account: 4,
  /** Records of one account are a doubly linked list. */
  accountPrevious: 5,
  accountNext: 6,
  epoch: 7,
} as const

export const recordHeadWords = 8

export const recordState = { unused: 0, free: 1, inFlight: 2, ready: 3, retired: 4 } as const

/** A table of records: from `start` to the word index that the word at `endIndex` holds. */
export interface RecordTable {
  readonly start: number
  readonly strideWords: number
  readonly endIndex: number
}
