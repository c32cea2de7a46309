// What must hold among records, accounts and totals of any arena between two edits, as sentences. Called with the lock held.
import { recordState, recordWord } from './arena-record.js'
import type { ClaimLedger } from './claim-ledger.js'
import type { Usage } from './claims.js'
import type { Journal } from './journal.js'

export function verifyClaims(journal: Journal, ledger: ClaimLedger, amountOf: (record: number) => number): string[] {
  const broken: string[] = []
  const filed = new Set<number>()
  const total = { inFlight: 0, ready: 0, retired: 0 }
  const accounts = new Set<number>()
  for (const account of ledger.accounts.all()) {
    if (accounts.has(account)) return [...broken, `account ${account} is in the hash table twice`]
    accounts.add(account)
    const key = ledger.accounts.keyOf(account)
    const sum = { inFlight: 0, ready: 0, retired: 0 }
    let previous = 0
    for (const record of ledger.claimedUnder(key)) {
      if (filed.has(record)) return [...broken, `record ${record} is filed twice, last under key ${key}`]
      filed.add(record)
      if (journal.load(record + recordWord.account) !== account)
        broken.push(`record ${record} names another key than ${key}`)
      if (journal.load(record + recordWord.accountPrevious) !== previous)
        broken.push(`record ${record} does not link back under key ${key}`)
      if (!ledger.isClaimed(record)) broken.push(`record ${record} is filed under key ${key} and nobody's`)
      else count(sum, journal.load(record + recordWord.state), amountOf(record))
      previous = record
    }
    if (previous === 0) broken.push(`key ${key} has an account and nothing in it`)
    compare(broken, `key ${key}`, ledger.accounts.usage(account), sum)
    for (const state of ['inFlight', 'ready', 'retired'] as const) total[state] += sum[state]
  }
  for (const record of ledger.claimed()) if (!filed.has(record)) broken.push(`record ${record} is filed under no key`)
  compare(broken, 'the arena', ledger.total(), total)
  return broken
}

function count(sum: { inFlight: number; ready: number; retired: number }, state: number, amount: number): void {
  if (state === recordState.inFlight) sum.inFlight += amount
  else if (state === recordState.ready) sum.ready += amount
  else sum.retired += amount
}

function compare(broken: string[], what: string, written: Usage, found: Usage): void {
  for (const state of ['inFlight', 'ready', 'retired'] as const) {
    if (written[state] !== found[state])
      broken.push(`${what} is said to have ${written[state]} ${state}, and has ${found[state]}`)
  }
}
