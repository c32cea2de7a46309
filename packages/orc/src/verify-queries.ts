// A query waits for something, and all its symbols know of it.
import type { Query } from './queries.js'
import type { SessionState } from './session-state.js'
import { isErased } from './symbol-entry.js'

export function verifyQueries(state: SessionState, queries: ReadonlySet<Query>, violations: string[]): void {
  if (queries.size !== state.counts.queries)
    violations.push(`${queries.size} queries wait, not ${state.counts.queries}`)
  for (const query of queries) verifyQuery(query, violations)
}

/** Of all symbols in tables, and so all there are, if each query's symbols are in their tables. */
export function attachedQueries(state: SessionState): Set<Query> {
  const queries = new Set<Query>()
  for (const dylib of state.dylibs.values()) {
    for (const { pending } of dylib.symbols.values()) {
      if (pending !== null && pending.queries !== null) for (const query of pending.queries) queries.add(query)
    }
  }
  return queries
}

function verifyQuery(query: Query, violations: string[]): void {
  let unreached = 0
  for (const { state } of query.entries) if (state < query.required) unreached++
  if (!query.attached) violations.push(`${nameOf(query)} is attached to its symbols`)
  if (unreached !== query.waiting) violations.push(`${nameOf(query)} waits for ${unreached}, not ${query.waiting}`)
  const { waiter } = query
  if (waiter.kind === 'ask' && !waiter.ask.open) violations.push(`somebody waits for ${nameOf(query)}`)
  if (query.waiting <= 0) violations.push(`${nameOf(query)} waits for something`)
  for (const entry of query.entries) {
    const { name, pending } = entry
    if (isErased(entry)) violations.push(`${nameOf(query)} includes ${name}, which is in its table`)
    if (pending?.queries?.includes(query) !== true) violations.push(`${name} knows of ${nameOf(query)}`)
  }
}

function nameOf({ entries }: Query): string {
  return `the query for ${entries.map(({ name }) => name).join(', ')}`
}
