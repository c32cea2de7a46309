// The words of a range's record: the head that all records share, then these. See address-space.ts for how they hang together.
import { recordHeadWords } from './arena-record.js'

type RangeWord = 'address' | 'size' | 'before' | 'after' | 'freePrevious' | 'freeNext' | 'span' | 'dirty'

export const rangeWord: Readonly<Record<RangeWord, number>> = {
  /** Bytes; read as unsigned. */
  address: recordHeadWords,
  size: recordHeadWords + 1,
  /** The neighbours by address within the span; 0 at its ends. In an unused record `after` links to the next unused one. */
  before: recordHeadWords + 2,
  after: recordHeadWords + 3,
  /** In the list of the size class, while free. */
  freePrevious: recordHeadWords + 4,
  freeNext: recordHeadWords + 5,
  span: recordHeadWords + 6,
  /** Bytes from the start that may hold what an earlier owner left, while claimed. */
  dirty: recordHeadWords + 7,
}

export const rangeRecordWords: number = recordHeadWords + 8
