// Function pointers that C code can hold: a slot is spent only when an address is taken or asked for. Slots are numbered per
// signature, because each signature's dispatcher has a table of its own; the numbers are the same in every thread. Bookkeeping,
// locking and death are as in range-arena.ts.
//
//   buffer:  magic, capacities, end of records | journal | signatures | claim ledger | slot table | records
import { failure, plainError, success } from '@worc/protocol'
import type { Expected, LinkerId, ResourceKey, SignatureCode } from '@worc/protocol'
import type { ArenaLock } from './arena-lock.js'
import { recordWord } from './arena-record.js'
import { ClaimLedger, claimLedgerWords } from './claim-ledger.js'
import type { Claim, ClaimState, Usage } from './claims.js'
import { SharedInt32Store } from './int32-store.js'
import type { Int32Store } from './int32-store.js'
import { invariant, violated } from './invariant.js'
import { Journal, journalWords } from './journal.js'
import { SignatureLog } from './signature-log.js'
import type { SignatureId } from './signature-log.js'
import { slotRecordWords, SlotTable, slotTableWords } from './slot-table.js'
import type { FunctionSlot, SlotRecords } from './slot-table.js'
import { verifySlots } from './verify-slots.js'

export interface SlotDescription extends Claim {
  readonly slot: FunctionSlot
  readonly state: ClaimState
  /** Of the last `retire`; meaningless in another state. */
  readonly epoch: number
  /** How often the slot was given out, this time included. */
  readonly generation: number
}

export interface SlotArenaCapacity {
  /** Of all signatures together. Default 65,536. 40 bytes each, touched when used. */
  readonly slots?: number
  /** Keys that have a slot at one time. Default 16,384; at most 262,144. */
  readonly keys?: number
  /** Characters of all signature codes, and one more for each. Default 65,536. */
  readonly signatureWords?: number
  /** While at most so many used slots of a signature wait, a fresh one is given out, if there is any. Default 64. */
  readonly quarantine?: number
}

export interface SlotArenaOptions {
  /** What messages call it. Default: function slots. */
  readonly name?: string
  /** Instead of plain words over the buffer. */
  readonly store?: Int32Store
}

export interface SlotArenaStats extends Usage {
  readonly signatures: number
  /** Slots that have a record, used or not. A signature keeps what it was provisioned with. */
  readonly provisioned: number
  /** The most that can be provisioned. */
  readonly limit: number
}

const magic = 0x53_4c_4f_54
const header = { magic: 0, slots: 1, keys: 2, signatureWords: 3, quarantine: 4, recordsEnd: 5, words: 8 } as const

/** Attached to the buffer in this thread. Program errors throw: a slot that is nobody's, a release of what is ready. */
export class SlotArena {
  readonly #name: string
  readonly #journal: Journal
  readonly #signatures: SignatureLog
  readonly #ledger: ClaimLedger
  readonly #table: SlotTable
  readonly #records: SlotRecords

  static createBuffer(capacity: SlotArenaCapacity = {}): SharedArrayBuffer {
    const { slots = 0x1_0000, keys = 0x4000, signatureWords = 0x1_0000, quarantine = 64 } = capacity
    invariant(slots >= 1 && slots <= 0x100_0000, `an arena has 1 to 16777216 slots, not ${slots}`)
    invariant(keys >= 1 && keys <= 0x4_0000, `an arena has 1 to 262144 keys, not ${keys}`)
    const start = layout(keys, signatureWords).records
    const words = new Int32Array(new SharedArrayBuffer((start + slots * slotRecordWords) * 4))
    words[header.slots] = slots
    words[header.keys] = keys
    words[header.signatureWords] = signatureWords
    words[header.quarantine] = quarantine
    words[header.recordsEnd] = start
    Atomics.store(words, header.magic, magic)
    return words.buffer
  }

  constructor(buffer: SharedArrayBuffer, lock: ArenaLock, options: SlotArenaOptions = {}) {
    const store = options.store ?? new SharedInt32Store(buffer)
    invariant(store.loadPublished(header.magic) === magic, 'the buffer holds no slot arena')
    const keys = store.load(header.keys)
    const signatureWords = store.load(header.signatureWords)
    const at = layout(keys, signatureWords)
    const limit = at.records + store.load(header.slots) * slotRecordWords
    this.#name = options.name ?? 'function slots'
    this.#journal = new Journal(store, header.words, lock)
    this.#signatures = new SignatureLog(store, at.signatures, signatureWords)
    this.#records = { start: at.records, limit, endIndex: header.recordsEnd }
    this.#table = new SlotTable(this.#journal, at.table, this.#records, store.load(header.quarantine))
    const records = { ...this.#records, strideWords: slotRecordWords }
    this.#ledger = new ClaimLedger(this.#journal, at.ledger, keys, records, () => 1)
  }

  /** The number of a signature, given now if it has none. Errors: OutOfMemory (4,095 signatures, or their characters, are all). */
  intern(code: SignatureCode): Expected<SignatureId> {
    const known = this.#signatures.find(code)
    if (known !== undefined) return success(known)
    const id = this.#journal.edit(() => this.#signatures.find(code) ?? this.#signatures.append(code))
    if (id !== undefined) return success(id)
    const full = `the table of signatures is full with ${this.#signatures.count}`
    return failure(plainError('OutOfMemory', `${this.#name}: signature "${code.slice(0, 64)}" has no number: ${full}`))
  }

  /** Takes no lock: for executors too. undefined where nobody has interned it. */
  signatureCodeOf(signature: SignatureId): SignatureCode | undefined {
    return this.#signatures.codeOf(signature)
  }

  /** In flight for `claim`. Errors: OutOfMemory (no slot of that signature is left, or the table of keys is full). */
  allocate(signature: SignatureId, claim: Claim): Expected<FunctionSlot> {
    const code = this.#signatures.codeOf(signature)
    if (code === undefined) violated(`${this.#name}: signature ${signature} was never interned`)
    return this.#journal.edit(() => {
      const account = this.#ledger.accountFor(claim)
      if (account === 0) return this.#fullKeys()
      const record = this.#table.take(signature)
      if (record === 0) {
        if (this.#ledger.accounts.firstRecord(account) === 0) this.#ledger.accounts.close(account)
        return this.#noSlot(signature, code)
      }
      this.#ledger.claim(record, account, claim)
      return success(this.#table.slotOf(record))
    })
  }

  /** in-flight to ready. */
  commit(slot: FunctionSlot): void {
    this.#journal.edit(() => this.#ledger.commit(this.#recordOf(slot)))
  }

  /** No new call reaches it: any state to retired. A slot that is retired already gets the later epoch. */
  retire(slot: FunctionSlot, epoch: number): void {
    this.#journal.edit(() => this.#ledger.retire(this.#recordOf(slot), epoch))
  }

  /** in-flight or retired to free: for a retired one, its epoch must have been acknowledged by all. */
  release(slot: FunctionSlot): void {
    this.#journal.edit(() => {
      const record = this.#recordOf(slot)
      this.#ledger.release(record)
      this.#table.giveBack(record)
    })
  }

  /** All that is filed under `source`, in any state, is filed under `destination`; a death in the middle does not divide it. */
  transfer(source: ResourceKey, destination: ResourceKey): void {
    this.#journal.edit(() => this.#ledger.transfer(source, destination))
  }

  /** All that `from` owned is owned by `to`; how many slots. */
  adopt(from: LinkerId, to: LinkerId): number {
    return this.#journal.edit(() => this.#ledger.adopt(from, to))
  }

  /** What a link actor holds, in no order. A walk over the table: for successors and reports. */
  slotsOf(owner: LinkerId, state?: ClaimState): readonly SlotDescription[] {
    const described = this.#journal.edit(() => Array.from(this.#ledger.claimed(), (record) => this.#describe(record)))
    return described.filter((slot) => slot.owner === owner && (state === undefined || slot.state === state))
  }

  slotsOfKey(key: ResourceKey): readonly SlotDescription[] {
    return this.#journal.edit(() => Array.from(this.#ledger.claimedUnder(key), (record) => this.#describe(record)))
  }

  /** undefined while it is nobody's. */
  describe(slot: FunctionSlot): SlotDescription | undefined {
    return this.#journal.edit(() => {
      const record = this.#find(slot)
      return record === undefined ? undefined : this.#describe(record)
    })
  }

  /** Slots by state. */
  usageOf(key: ResourceKey): Usage {
    return this.#journal.edit(() => this.#ledger.usageOf(key))
  }

  /** Slots of one signature that are somebody's, in any state. */
  claimedSlots(signature: SignatureId): number {
    return this.#journal.edit(() => this.#table.claimedOf(signature))
  }

  stats(): SlotArenaStats {
    const { start, limit, endIndex } = this.#records
    return this.#journal.edit(() => ({
      ...this.#ledger.total(),
      signatures: this.#signatures.count,
      provisioned: (this.#journal.load(endIndex) - start) / slotRecordWords,
      limit: (limit - start) / slotRecordWords,
    }))
  }

  /** Takes the lock and mends what a dead owner left. Every other method that takes it does so too. */
  repair(): void {
    this.#journal.edit(() => undefined)
  }

  /** See verifyArena. */
  verify(): readonly string[] {
    return this.#journal.edit(() => verifySlots(this.#journal, this.#signatures.count, this.#table, this.#ledger))
  }

  #describe(record: number): SlotDescription {
    const generation = this.#journal.load(record + recordWord.generation) >>> 0
    const { state, owner, key, unit, epoch } = this.#ledger.claimOf(record)
    return { slot: this.#table.slotOf(record), generation, state, owner, key, unit, epoch }
  }

  #recordOf(slot: FunctionSlot): number {
    const record = this.#find(slot)
    if (record === undefined) violated(`${this.#name}: slot 0x${slot.toString(16)} is nobody's`)
    return record
  }

  #find(slot: FunctionSlot): number | undefined {
    const record = this.#table.recordOf(slot)
    return record !== undefined && this.#ledger.isClaimed(record) ? record : undefined
  }

  #noSlot(signature: SignatureId, code: SignatureCode): Expected<never> {
    const { start, limit, endIndex } = this.#records
    const provisioned = (this.#journal.load(endIndex) - start) / slotRecordWords
    const of = `${provisioned} of ${(limit - start) / slotRecordWords} slots are provisioned`
    const taken = `${this.#table.claimedOf(signature)} are taken, ${of}`
    return failure(plainError('OutOfMemory', `${this.#name}: none is left for signature "${code}": ${taken}`))
  }

  #fullKeys(): Expected<never> {
    const { capacity } = this.#ledger.accounts
    return failure(plainError('OutOfMemory', `${this.#name}: all ${capacity} resource keys are taken`))
  }
}

function layout(
  keys: number,
  signatureWords: number,
): { readonly signatures: number; readonly ledger: number; readonly table: number; readonly records: number } {
  const signatures = header.words + journalWords
  const ledger = signatures + signatureWords
  const table = ledger + claimLedgerWords(keys)
  return { signatures, ledger, table, records: table + slotTableWords }
}
