// A query waits until each of its symbols has reached the state that was asked for, and completes once: with all of
// them, or with an error. It stays with all its symbols until then, also with those that have come far enough: if one
// of these is removed meanwhile, its address must not be handed out. Source: AsynchronousSymbolQuery (Core.h).
import type { JITErrorData, LookupDefinition } from '@worc/protocol'
import { failure, success } from '@worc/protocol'
import { settleAsk } from './asks.js'
import type { SessionState } from './session-state.js'
import { changeState, entryState, hasAddress, pendingOf } from './symbol-entry.js'
import type { EntryState, SymbolEntry } from './symbol-entry.js'
import type { SymbolEvent } from './symbol-life.js'
import type { Asker } from './wait-cycle.js'
import type { AliasWaiter, AskWaiter, InitializationWaiter } from './waiters.js'
import { settleFound } from './waiters.js'

export interface Query {
  readonly required: EntryState
  /** Each once. */
  readonly entries: readonly SymbolEntry[]
  /** How many have not reached the state. */
  waiting: number
  /** Attached to its entries; a removal detaches it and fails it when the resource managers have answered. */
  attached: boolean
  readonly waiter: AskWaiter | AliasWaiter | InitializationWaiter
  /** Who will not go on without it, where the asker said so. */
  readonly onBehalfOf: Asker | null
}

export interface QueryFailure {
  readonly query: Query
  readonly error: JITErrorData
}

export function attachQuery(state: SessionState, query: Query): void {
  query.attached = true
  state.counts.queries++
  const { onBehalfOf } = query
  if (onBehalfOf !== null) {
    onBehalfOf.queries ??= new Set()
    onBehalfOf.queries.add(query)
  }
  for (const entry of query.entries) {
    const pending = pendingOf(entry)
    if (pending.queries === null) pending.queries = [query]
    else pending.queries.push(query)
    if (entry.state < query.required) query.waiting++
  }
}

export function detachQuery(state: SessionState, query: Query): void {
  if (!query.attached) return
  query.attached = false
  state.counts.queries--
  query.onBehalfOf?.queries?.delete(query)
  for (const entry of query.entries) leaveEntry(query, entry)
}

function leaveEntry(query: Query, entry: SymbolEntry): void {
  const queries = entry.pending?.queries ?? null
  if (entry.pending === null || queries === null) return
  const index = queries.indexOf(query)
  if (index < 0) return
  if (queries.length > 1) return void queries.splice(index, 1)
  entry.pending.queries = null
  releasePending(entry)
}

/** Moves a symbol forward, and completes the queries that waited for that. */
export function advanceEntry(state: SessionState, entry: SymbolEntry, event: SymbolEvent): void {
  const from = entry.state
  const to = changeState(entry, event)
  const queries = entry.pending?.queries ?? null
  if (queries === null) return
  for (let index = 0; index < queries.length;) {
    const query = queries[index]
    if (query === undefined) return
    if (from < query.required && to >= query.required && --query.waiting === 0) completeQuery(state, query)
    // A query that is complete has left the list.
    if (queries[index] === query) index++
  }
}

/** A ready symbol needs no more than its table entry. */
export function releasePending(entry: SymbolEntry): void {
  const { pending } = entry
  if (pending !== null && pending.queries === null && entry.state === entryState.ready) entry.pending = null
}

function completeQuery(state: SessionState, query: Query): void {
  detachQuery(state, query)
  const { waiter } = query
  if (waiter.kind !== 'initialization') return settleFound(state, waiter, success(query.entries))
  waiter.request.query = null
  state.initialization.changed = true
}

/** Symbols that have no address are materialized by a lookup and left out of its result. */
export function definitionsOf(entries: readonly SymbolEntry[]): LookupDefinition[] {
  const definitions: LookupDefinition[] = []
  for (const entry of entries) {
    if (!hasAddress(entry)) continue
    const { name, address, flags } = entry
    definitions.push({ name, dylib: entry.unit.dylib.id, address, flags })
  }
  return definitions
}

function failQuery(state: SessionState, { query, error }: QueryFailure): void {
  detachQuery(state, query)
  const { waiter } = query
  if (waiter.kind !== 'initialization') return settleFound(state, waiter, failure(error))
  waiter.request.query = null
  state.initialization.changed = true
  if (query.entries.some(isFailed)) settleAsk(state, waiter.request.ask, failure(error))
}

/** What failed is why an initialization fails; what was removed needs none. */
function isFailed({ state }: SymbolEntry): boolean {
  return state === entryState.failed
}

export function failQueries(state: SessionState, failures: readonly QueryFailure[]): void {
  for (const failed of failures) failQuery(state, failed)
}
