// What each resource key has in an arena: a list of records and three amounts. Accounts are found by a hash table with chains;
// one exists exactly as long as something is filed under its key.
//
//   counters:  high water | first unused account
//   buckets:   first account of the chain, or 0            a power of two of them
//   accounts:  key low, key high | first record | in-flight, ready, retired amounts | next in chain, or next unused
//
// Written under the arena's lock, through its journal. An account is named by the index of its first word; 0 is none.
import type { ResourceKey } from '@worc/protocol'
import { recordState } from './arena-record.js'
import type { Usage } from './claims.js'
import { violated } from './invariant.js'
import type { Journal } from './journal.js'

const counterWords = 2
const accountWords = 8
const keyLow = 0
const keyHigh = 1
const firstRecord = 2
const amounts = 3
const next = 6

export function keyAccountsWords(capacity: number): number {
  return counterWords + bucketCount(capacity) + capacity * accountWords
}

export class KeyAccounts {
  readonly capacity: number
  readonly #journal: Journal
  readonly #highWater: number
  readonly #firstUnused: number
  readonly #buckets: number
  readonly #mask: number
  readonly #accounts: number

  constructor(journal: Journal, start: number, capacity: number) {
    this.capacity = capacity
    this.#journal = journal
    this.#highWater = start
    this.#firstUnused = start + 1
    this.#buckets = start + counterWords
    this.#mask = bucketCount(capacity) - 1
    this.#accounts = this.#buckets + bucketCount(capacity)
  }

  find(key: ResourceKey): number {
    const journal = this.#journal
    let account = journal.load(this.#bucketOf(key))
    while (account !== 0 && this.keyOf(account) !== key) account = journal.load(account + next)
    return account
  }

  /** The account of a key that has none yet; 0 where all are taken. */
  open(key: ResourceKey): number {
    const journal = this.#journal
    let account = journal.load(this.#firstUnused)
    if (account !== 0) journal.set(this.#firstUnused, journal.load(account + next))
    else {
      const used = journal.load(this.#highWater)
      if (used === this.capacity) return 0
      journal.set(this.#highWater, used + 1)
      account = this.#accounts + used * accountWords
    }
    this.#file(account, key)
    return account
  }

  /** The account has no record any more. */
  close(account: number): void {
    const journal = this.#journal
    this.#unfile(account)
    journal.set(account + next, journal.load(this.#firstUnused))
    journal.set(this.#firstUnused, account)
  }

  /** All that was filed under the account's key is filed under `key`, which had no account. */
  rename(account: number, key: ResourceKey): void {
    this.#unfile(account)
    this.#file(account, key)
  }

  keyOf(account: number): ResourceKey {
    const low = this.#journal.load(account + keyLow) >>> 0
    return ((this.#journal.load(account + keyHigh) >>> 0) * 0x1_0000_0000 + low) as ResourceKey
  }

  firstRecord(account: number): number {
    return this.#journal.load(account + firstRecord)
  }

  setFirstRecord(account: number, record: number): void {
    this.#journal.set(account + firstRecord, record)
  }

  /** `state` is one of the three claimed states of a record. */
  add(account: number, state: number, amount: number): void {
    const word = account + amounts + state - recordState.inFlight
    this.#journal.set(word, (this.#journal.load(word) >>> 0) + amount)
  }

  usage(account: number): Usage {
    const word = account + amounts
    return {
      inFlight: this.#journal.load(word) >>> 0,
      ready: this.#journal.load(word + 1) >>> 0,
      retired: this.#journal.load(word + 2) >>> 0,
    }
  }

  /** Every open account, bucket by bucket. */
  *all(): Generator<number, undefined> {
    for (let bucket = 0; bucket <= this.#mask; bucket++) {
      let account = this.#journal.load(this.#buckets + bucket)
      while (account !== 0) {
        yield account
        account = this.#journal.load(account + next)
      }
    }
  }

  #file(account: number, key: ResourceKey): void {
    const journal = this.#journal
    const bucket = this.#bucketOf(key)
    journal.set(account + keyLow, key)
    journal.set(account + keyHigh, Math.floor(key / 0x1_0000_0000))
    journal.set(account + next, journal.load(bucket))
    journal.set(bucket, account)
  }

  #unfile(account: number): void {
    const journal = this.#journal
    let link = this.#bucketOf(this.keyOf(account))
    while (journal.load(link) !== account) {
      if (journal.load(link) === 0) violated(`the account of key ${this.keyOf(account)} is not in its bucket`)
      link = journal.load(link) + next
    }
    journal.set(link, journal.load(account + next))
  }

  #bucketOf(key: ResourceKey): number {
    const mixed = Math.imul(key, 0x9e37_79b1) ^ Math.floor(key / 0x1_0000_0000)
    return this.#buckets + ((mixed >>> 15) & this.#mask)
  }
}

function bucketCount(capacity: number): number {
  return 1 << Math.max(0, 32 - Math.clz32(capacity - 1) - 1)
}
