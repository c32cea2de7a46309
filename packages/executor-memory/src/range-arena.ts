// Executor memory by ranges: allocate, commit, retire, release. All bookkeeping is in one SharedArrayBuffer that JIT'd code
// cannot address; any number of link actors, each in its own thread, attach to it by making a RangeArena over the buffer. An
// edit holds the lock and is whole or nothing, at whatever instruction its thread is terminated (journal.ts). A range carries
// its owner, key and unit, so that a successor sees what a dead link actor held: `rangesOf(dead)`, then release or `adopt`.
//
//   buffer:  magic, capacities, end of records | journal | claim ledger | address space | records
import { failure, plainError, success } from '@worc/protocol'
import type { Expected, ExecutorAddr, LinkerId, ResourceKey } from '@worc/protocol'
import { AddressSpace, addressSpaceWords } from './address-space.js'
import type { RangeTable } from './address-space.js'
import type { ArenaLock } from './arena-lock.js'
import { recordWord } from './arena-record.js'
import { ClaimLedger, claimLedgerWords } from './claim-ledger.js'
import type { Claim, ClaimState, Usage } from './claims.js'
import { granuleBytes } from './free-ranges.js'
import { SharedInt32Store } from './int32-store.js'
import type { Int32Store } from './int32-store.js'
import { invariant, violated } from './invariant.js'
import { Journal, journalWords } from './journal.js'
import { rangeRecordWords } from './range-record.js'
import { verifyRanges } from './verify-ranges.js'

/** Names one allocation for ever: a range that is released and given out again has another id. A safe integer. */
export type RangeId = number & { readonly rangeId: unique symbol }

export interface AllocatedRange {
  readonly id: RangeId
  readonly address: ExecutorAddr
  /** What was asked for, rounded up to 16. */
  readonly sizeBytes: number
  /** So many bytes from the start may hold what an earlier owner left; all after them are as the memory came: zero. 0 is a virgin range. */
  readonly dirtyBytes: number
}

export interface RangeDescription extends AllocatedRange, Claim {
  readonly state: ClaimState
  /** Of the last `retire`; meaningless in another state. */
  readonly epoch: number
}

export interface RangeArenaCapacity {
  /** Ranges, free ones included. Default 65,536; at most 1,048,575. 64 bytes each, touched when used. */
  readonly ranges?: number
  /** Keys that have a range at one time. Default 16,384; at most 262,144. */
  readonly keys?: number
  /** Stretches of addresses that do not touch. Default 256. */
  readonly spans?: number
}

export interface RangeArenaOptions {
  /** What messages call it. Default: executor memory. */
  readonly name?: string
  /** Instead of plain words over the buffer. */
  readonly store?: Int32Store
}

/** In bytes, but for the two counts. Free, in-flight, ready and retired bytes add up to the total. */
export interface RangeArenaStats extends Usage {
  readonly totalBytes: number
  readonly freeBytes: number
  readonly largestFreeBytes: number
  readonly claimedRanges: number
  readonly spans: number
}

/** The range of size zero: at address 0, nobody's. commit, retire and release of it do nothing. */
export const nullRange: RangeId = 0 as RangeId

export const maximumAlignmentBytes = 0x1_0000

const magic = 0x52_41_4e_47
const header = { magic: 0, ranges: 1, keys: 2, spans: 3, recordsEnd: 4, words: 8 } as const
const maximumRanges = 0xf_ffff
const indexRange = 0x10_0000
const addressLimit = 0x1_0000_0000

/** Attached to the buffer in this thread. Program errors throw: a stale id, a release of what is ready, addresses added twice. */
export class RangeArena {
  readonly #name: string
  readonly #journal: Journal
  readonly #ledger: ClaimLedger
  readonly #space: AddressSpace
  readonly #records: RangeTable

  /** The buffer for an arena, empty: `addSpan` gives it addresses. */
  static createBuffer(capacity: RangeArenaCapacity = {}): SharedArrayBuffer {
    const { ranges = 0x1_0000, keys = 0x4000, spans = 0x100 } = capacity
    invariant(ranges >= 1 && ranges <= maximumRanges, `an arena has 1 to ${maximumRanges} ranges, not ${ranges}`)
    invariant(keys >= 1 && keys <= 0x4_0000, `an arena has 1 to 262144 keys, not ${keys}`)
    const start = recordsStart(keys, spans)
    const words = new Int32Array(new SharedArrayBuffer((start + ranges * rangeRecordWords) * 4))
    words[header.ranges] = ranges
    words[header.keys] = keys
    words[header.spans] = spans
    words[header.recordsEnd] = start
    Atomics.store(words, header.magic, magic)
    return words.buffer
  }

  constructor(buffer: SharedArrayBuffer, lock: ArenaLock, options: RangeArenaOptions = {}) {
    const store = options.store ?? new SharedInt32Store(buffer)
    invariant(store.loadPublished(header.magic) === magic, 'the buffer holds no range arena')
    const keys = store.load(header.keys)
    const spans = store.load(header.spans)
    const start = recordsStart(keys, spans)
    const limit = start + store.load(header.ranges) * rangeRecordWords
    this.#name = options.name ?? 'executor memory'
    this.#journal = new Journal(store, header.words, lock)
    this.#records = { start, limit, strideWords: rangeRecordWords, endIndex: header.recordsEnd }
    const ledgerStart = header.words + journalWords
    this.#space = new AddressSpace(this.#journal, ledgerStart + claimLedgerWords(keys), spans, this.#records)
    const amountOf = (range: number): number => this.#space.sizeOf(range)
    this.#ledger = new ClaimLedger(this.#journal, ledgerStart, keys, this.#records, amountOf)
  }

  /**
   * [startAddress, endAddress) is the arena's from now on; it must be zero. Addresses need not touch earlier ones; where they
   * begin at the end of those, ranges may reach across. Errors: OutOfMemory where the table of spans or of ranges is full.
   */
  addSpan(startAddress: ExecutorAddr, endAddress: ExecutorAddr): Expected<null> {
    const start = roundUp(startAddress)
    const end = Math.min(endAddress - (endAddress % granuleBytes), addressLimit - granuleBytes)
    if (end <= start) return success(null)
    return this.#journal.edit(() => {
      const missing = this.#space.add(start, end)
      return missing === undefined ? success(null) : this.#fullTable(missing, end - start)
    })
  }

  /**
   * In flight for `claim`. `alignmentBytes` is a power of two up to 64 KiB; size 0 gives the null range. Errors: OutOfMemory
   * (no free range is large enough, or a table is full), BadArgument (size or alignment is impossible).
   */
  allocate(sizeBytes: number, alignmentBytes: number, claim: Claim): Expected<AllocatedRange> {
    if (sizeBytes === 0) return success({ id: nullRange, address: 0, sizeBytes: 0, dirtyBytes: 0 })
    const wrong = wrongRequest(sizeBytes, alignmentBytes)
    if (wrong !== undefined) return failure(plainError('BadArgument', `${this.#name}: ${wrong}`))
    const size = roundUp(sizeBytes)
    const alignment = Math.max(alignmentBytes, granuleBytes)
    return this.#journal.edit(() => {
      const found = this.#space.find(size, alignment)
      if (found === 0) return this.#noRoom(sizeBytes, alignmentBytes)
      const range = this.#space.cut(found, size, alignment)
      if (range === 0) return this.#fullTable('records', sizeBytes)
      const account = this.#ledger.accountFor(claim)
      if (account === 0) {
        this.#space.giveBack(range)
        return this.#fullTable('keys', sizeBytes)
      }
      this.#ledger.claim(range, account, claim)
      return success(this.#allocated(range))
    })
  }

  /** in-flight to ready. */
  commit(id: RangeId): void {
    if (id !== nullRange) this.#journal.edit(() => this.#ledger.commit(this.#recordOf(id)))
  }

  /** No new call reaches it: any state to retired. A range that is retired already gets the later epoch. */
  retire(id: RangeId, epoch: number): void {
    if (id !== nullRange) this.#journal.edit(() => this.#ledger.retire(this.#recordOf(id), epoch))
  }

  /** in-flight or retired to free: for a retired one, its epoch must have been acknowledged by all. */
  release(id: RangeId): void {
    if (id === nullRange) return
    this.#journal.edit(() => {
      const range = this.#recordOf(id)
      this.#ledger.release(range)
      this.#space.giveBack(range)
    })
  }

  /** All that is filed under `source`, in any state, is filed under `destination`; a death in the middle does not divide it. */
  transfer(source: ResourceKey, destination: ResourceKey): void {
    this.#journal.edit(() => this.#ledger.transfer(source, destination))
  }

  /** All that `from` owned is owned by `to`; how many ranges. */
  adopt(from: LinkerId, to: LinkerId): number {
    return this.#journal.edit(() => this.#ledger.adopt(from, to))
  }

  /** What a link actor holds, in no order. A walk over the table: for successors and reports. */
  rangesOf(owner: LinkerId, state?: ClaimState): readonly RangeDescription[] {
    const described = this.#journal.edit(() => Array.from(this.#ledger.claimed(), (range) => this.#describe(range)))
    return described.filter((range) => range.owner === owner && (state === undefined || range.state === state))
  }

  rangesOfKey(key: ResourceKey): readonly RangeDescription[] {
    return this.#journal.edit(() => Array.from(this.#ledger.claimedUnder(key), (range) => this.#describe(range)))
  }

  /** undefined once it was released. */
  describe(id: RangeId): RangeDescription | undefined {
    return this.#journal.edit(() => {
      const range = this.#find(id)
      return range === undefined ? undefined : this.#describe(range)
    })
  }

  /** Bytes by state. */
  usageOf(key: ResourceKey): Usage {
    return this.#journal.edit(() => this.#ledger.usageOf(key))
  }

  stats(): RangeArenaStats {
    return this.#journal.edit(() => {
      const { inFlight, ready, retired } = this.#ledger.total()
      return {
        inFlight,
        ready,
        retired,
        totalBytes: this.#space.totalBytes(),
        freeBytes: this.#freeBytes(),
        largestFreeBytes: this.#space.free.largestBytes(),
        claimedRanges: this.#ledger.countClaimed(),
        spans: this.#space.spanCount(),
      }
    })
  }

  /** Takes the lock and mends what a dead owner left. Every other method does so too; this one does nothing else. */
  repair(): void {
    this.#journal.edit(() => undefined)
  }

  /** See verifyArena. */
  verify(): readonly string[] {
    return this.#journal.edit(() => verifyRanges(this.#journal, this.#records, this.#space, this.#ledger))
  }

  #allocated(range: number): AllocatedRange {
    const index = (range - this.#records.start) / rangeRecordWords + 1
    const generation = this.#journal.load(range + recordWord.generation) >>> 0
    return {
      id: (generation * indexRange + index) as RangeId,
      address: this.#space.addressOf(range),
      sizeBytes: this.#space.sizeOf(range),
      dirtyBytes: this.#space.dirtyBytesOf(range),
    }
  }

  #describe(range: number): RangeDescription {
    const { id, address, sizeBytes, dirtyBytes } = this.#allocated(range)
    const { state, owner, key, unit, epoch } = this.#ledger.claimOf(range)
    return { id, address, sizeBytes, dirtyBytes, state, owner, key, unit, epoch }
  }

  #recordOf(id: RangeId): number {
    const range = this.#find(id)
    if (range === undefined) violated(`${this.#name}: range ${id} was released, or never allocated`)
    return range
  }

  #find(id: RangeId): number | undefined {
    const generation = Math.floor(id / indexRange)
    const range = this.#records.start + (id - generation * indexRange - 1) * rangeRecordWords
    if (range < this.#records.start || range >= this.#journal.load(header.recordsEnd)) return undefined
    if (this.#journal.load(range + recordWord.generation) >>> 0 !== generation) return undefined
    return this.#ledger.isClaimed(range) ? range : undefined
  }

  #freeBytes(): number {
    const { inFlight, ready, retired } = this.#ledger.total()
    return this.#space.totalBytes() - inFlight - ready - retired
  }

  #noRoom(sizeBytes: number, alignmentBytes: number): Expected<never> {
    const largest = this.#space.free.largestBytes()
    const free = `${this.#freeBytes()} of ${this.#space.totalBytes()} bytes are free, the largest free range has ${largest}`
    const wanted = `${sizeBytes} bytes aligned to ${alignmentBytes}`
    return failure(plainError('OutOfMemory', `${this.#name} has no room for ${wanted}: ${free}`))
  }

  #fullTable(table: 'spans' | 'records' | 'keys', sizeBytes: number): Expected<never> {
    const limit = this.#journal.load({ spans: header.spans, records: header.ranges, keys: header.keys }[table])
    const what = { spans: 'spans', records: 'ranges', keys: 'resource keys' }[table]
    return failure(
      plainError('OutOfMemory', `${this.#name} has no record for ${sizeBytes} bytes: all ${limit} ${what} are taken`),
    )
  }
}

function recordsStart(keys: number, spans: number): number {
  return header.words + journalWords + claimLedgerWords(keys) + addressSpaceWords(spans)
}

function roundUp(bytes: number): number {
  return Math.ceil(bytes / granuleBytes) * granuleBytes
}

function wrongRequest(sizeBytes: number, alignmentBytes: number): string | undefined {
  if (!Number.isInteger(sizeBytes) || sizeBytes < 0 || sizeBytes >= addressLimit)
    return `a size of ${sizeBytes} bytes is not an integer from 0 to ${addressLimit - 1}`
  const power = Number.isInteger(alignmentBytes) && (alignmentBytes & (alignmentBytes - 1)) === 0
  if (!power || alignmentBytes < 1 || alignmentBytes > maximumAlignmentBytes)
    return `an alignment of ${alignmentBytes} bytes is not a power of two from 1 to ${maximumAlignmentBytes}`
  return undefined
}
