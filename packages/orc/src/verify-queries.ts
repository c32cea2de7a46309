// A query waits for something, and all its symbols know of it.
import type { Query } from './queries.js'
import type { SessionState } from './session-state.js'
import { isErased } from './symbol-entry.js'
import type { Check } from './verify-session-state.js'

export function verifyQueries(state: SessionState, check: Check): void {
  const queries = attachedQueries(state)
  check(queries.size === state.counts.queries, () => `${queries.size} queries wait, not ${state.counts.queries}`)
  for (const query of queries) verifyQuery(query, check)
}

/** Of all symbols in tables, and so all there are, if each query's symbols are in their tables. */
export function attachedQueries(state: SessionState): Set<Query> {
  const queries = new Set<Query>()
  for (const dylib of state.dylibs.values()) {
    for (const { pending } of dylib.symbols.values()) for (const query of pending?.queries ?? []) queries.add(query)
  }
  return queries
}

function verifyQuery(query: Query, check: Check): void {
  const names = query.entries.map(({ name }) => name).join(', ')
  const unreached = query.entries.filter((entry) => entry.state < query.required)
  check(query.attached, () => `the query for ${names} is attached to its symbols`)
  check(
    unreached.length === query.waiting,
    () => `the query for ${names} waits for ${unreached.length}, not ${query.waiting}`,
  )
  const { waiter } = query
  check(waiter.kind !== 'ask' || waiter.ask.open, () => `somebody waits for the query for ${names}`)
  check(query.waiting > 0, () => `the query for ${names} waits for something`)
  for (const entry of query.entries) {
    const { name, pending } = entry
    check(!isErased(entry), () => `the query for ${names} includes ${name}, which is in its table`)
    check(pending?.queries?.includes(query) === true, () => `${name} knows of the query for ${names}`)
  }
}
