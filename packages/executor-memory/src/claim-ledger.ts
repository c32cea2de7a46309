// Who holds which record, in which state, and how much that is by key and in all. Both arenas file their records here.
//
//   words:  in-flight, ready, retired amounts | transfer: source account, destination account | the key accounts
//
// Written under the arena's lock, inside its edits. A transfer of many records goes in steps, each committed by itself; the two
// transfer words say that one is under way, and the next owner of the lock finishes it.
import type { LinkedUnitId, LinkerId, ResourceKey } from '@worc/protocol'
import { recordState, recordWord } from './arena-record.js'
import type { RecordTable } from './arena-record.js'
import type { Claim, ClaimState, Usage } from './claims.js'
import { violated } from './invariant.js'
import type { Journal } from './journal.js'
import { KeyAccounts, keyAccountsWords } from './key-accounts.js'

const transferSource = 3
const transferDestination = 4
const headWords = 5
const limit = 0x1_0000_0000

export function claimLedgerWords(keys: number): number {
  return headWords + keyAccountsWords(keys)
}

export class ClaimLedger {
  readonly accounts: KeyAccounts
  readonly #journal: Journal
  readonly #start: number
  readonly #records: RecordTable
  readonly #amountOf: (record: number) => number

  /** `amountOf` is what a record counts for in the accounts; it does not change while the record is claimed. */
  constructor(
    journal: Journal,
    start: number,
    keys: number,
    records: RecordTable,
    amountOf: (record: number) => number,
  ) {
    this.accounts = new KeyAccounts(journal, start + headWords, keys)
    this.#journal = journal
    this.#start = start
    this.#records = records
    this.#amountOf = amountOf
    journal.onEnter(() => this.#finishTransfer())
  }

  /** The account to claim under, made if need be; 0 where there is no room for one more key. */
  accountFor(claim: Claim): number {
    const { owner, key, unit } = claim
    if (!(owner >= 0 && owner < limit)) violated(`owner ${owner} does not fit into 32 bits`)
    if (!(unit >= 0 && unit < limit)) violated(`unit ${unit} does not fit into 32 bits`)
    if (!(Number.isSafeInteger(key) && key >= 0)) violated(`resource key ${key} is no safe integer`)
    const account = this.accounts.find(key)
    return account === 0 ? this.accounts.open(key) : account
  }

  /** The record, which was nobody's, is in flight. */
  claim(record: number, account: number, claim: Claim): void {
    const journal = this.#journal
    journal.set(record + recordWord.state, recordState.inFlight)
    journal.set(record + recordWord.generation, journal.load(record + recordWord.generation) + 1)
    journal.set(record + recordWord.owner, claim.owner)
    journal.set(record + recordWord.unit, claim.unit)
    this.#link(record, account)
    this.#count(account, recordState.inFlight, this.#amountOf(record))
  }

  /** in-flight to ready. */
  commit(record: number): void {
    const state = this.#journal.load(record + recordWord.state)
    if (state !== recordState.inFlight) violated(`only what is in flight is committed, not what is ${stateName(state)}`)
    this.#move(record, recordState.ready)
  }

  /** Any claimed state to retired; a later epoch replaces the one before. */
  retire(record: number, epoch: number): void {
    this.#move(record, recordState.retired)
    this.#journal.set(record + recordWord.epoch, epoch)
  }

  /** in-flight or retired to nobody's; the caller says what becomes of the record. */
  release(record: number): void {
    const journal = this.#journal
    const state = journal.load(record + recordWord.state)
    if (state === recordState.ready) violated('what is ready is retired before it is released')
    const account = journal.load(record + recordWord.account)
    this.#count(account, state, -this.#amountOf(record))
    this.#unlink(record, account)
    if (this.accounts.firstRecord(account) === 0) this.accounts.close(account)
  }

  /** Files all of `source` under `destination`. Commits in between. */
  transfer(source: ResourceKey, destination: ResourceKey): void {
    const from = this.accounts.find(source)
    if (from === 0 || source === destination) return
    const to = this.accounts.find(destination)
    if (to === 0) return this.accounts.rename(from, destination)
    this.#journal.set(this.#start + transferSource, from)
    this.#journal.set(this.#start + transferDestination, to)
    this.#journal.checkpoint()
    this.#finishTransfer()
  }

  /** All that `from` owned is `to`'s; how many records. Each is one store, so a death in between leaves the rest for the next call. */
  adopt(from: LinkerId, to: LinkerId): number {
    let adopted = 0
    for (const record of this.claimed()) {
      if (this.ownerOf(record) !== from) continue
      this.#journal.set(record + recordWord.owner, to)
      this.#journal.checkpoint()
      adopted++
    }
    return adopted
  }

  /** Every claimed record, in the order of the table. */
  *claimed(): Generator<number, undefined> {
    const { start, strideWords, endIndex } = this.#records
    const end = this.#journal.load(endIndex)
    for (let record = start; record < end; record += strideWords) {
      if (this.isClaimed(record)) yield record
    }
  }

  countClaimed(): number {
    const { start, strideWords, endIndex } = this.#records
    const end = this.#journal.load(endIndex)
    let count = 0
    for (let record = start; record < end; record += strideWords) if (this.isClaimed(record)) count++
    return count
  }

  *claimedUnder(key: ResourceKey): Generator<number, undefined> {
    const account = this.accounts.find(key)
    let record = account === 0 ? 0 : this.accounts.firstRecord(account)
    while (record !== 0) {
      yield record
      record = this.#journal.load(record + recordWord.accountNext)
    }
  }

  isClaimed(record: number): boolean {
    return this.#journal.load(record + recordWord.state) >= recordState.inFlight
  }

  ownerOf(record: number): LinkerId {
    return (this.#journal.load(record + recordWord.owner) >>> 0) as LinkerId
  }

  claimOf(record: number): Claim & { readonly state: ClaimState; readonly epoch: number } {
    const journal = this.#journal
    return {
      state: stateName(journal.load(record + recordWord.state)) as ClaimState,
      owner: this.ownerOf(record),
      key: this.accounts.keyOf(journal.load(record + recordWord.account)),
      unit: (journal.load(record + recordWord.unit) >>> 0) as LinkedUnitId,
      epoch: journal.load(record + recordWord.epoch) >>> 0,
    }
  }

  usageOf(key: ResourceKey): Usage {
    const account = this.accounts.find(key)
    return account === 0 ? { inFlight: 0, ready: 0, retired: 0 } : this.accounts.usage(account)
  }

  total(): Usage {
    const journal = this.#journal
    return {
      inFlight: journal.load(this.#start) >>> 0,
      ready: journal.load(this.#start + 1) >>> 0,
      retired: journal.load(this.#start + 2) >>> 0,
    }
  }

  #move(record: number, to: number): void {
    const journal = this.#journal
    const account = journal.load(record + recordWord.account)
    const amount = this.#amountOf(record)
    this.#count(account, journal.load(record + recordWord.state), -amount)
    this.#count(account, to, amount)
    journal.set(record + recordWord.state, to)
  }

  #count(account: number, state: number, amount: number): void {
    const word = this.#start + state - recordState.inFlight
    this.#journal.set(word, (this.#journal.load(word) >>> 0) + amount)
    this.accounts.add(account, state, amount)
  }

  #finishTransfer(): void {
    const journal = this.#journal
    const from = journal.load(this.#start + transferSource)
    if (from === 0) return
    const to = journal.load(this.#start + transferDestination)
    for (let record: number; (record = this.accounts.firstRecord(from)) !== 0; journal.checkpoint()) {
      const state = journal.load(record + recordWord.state)
      const amount = this.#amountOf(record)
      this.#unlink(record, from)
      this.#link(record, to)
      this.accounts.add(from, state, -amount)
      this.accounts.add(to, state, amount)
    }
    journal.set(this.#start + transferSource, 0)
    journal.set(this.#start + transferDestination, 0)
    this.accounts.close(from)
  }

  #link(record: number, account: number): void {
    const journal = this.#journal
    const first = this.accounts.firstRecord(account)
    journal.set(record + recordWord.account, account)
    journal.set(record + recordWord.accountPrevious, 0)
    journal.set(record + recordWord.accountNext, first)
    if (first !== 0) journal.set(first + recordWord.accountPrevious, record)
    this.accounts.setFirstRecord(account, record)
  }

  #unlink(record: number, account: number): void {
    const journal = this.#journal
    const previous = journal.load(record + recordWord.accountPrevious)
    const next = journal.load(record + recordWord.accountNext)
    if (previous === 0) this.accounts.setFirstRecord(account, next)
    else journal.set(previous + recordWord.accountNext, next)
    if (next !== 0) journal.set(next + recordWord.accountPrevious, previous)
  }
}

function stateName(state: number): ClaimState | 'free' {
  if (state === recordState.inFlight) return 'in-flight'
  if (state === recordState.ready) return 'ready'
  return state === recordState.retired ? 'retired' : 'free'
}
