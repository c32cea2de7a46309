// Failure of symbols, and of everything that waits for them. Failed symbols keep their names until they are removed;
// what depended on them and was not ready fails in the same turn, with the same cause. Their queries are let go of the
// symbols here and answered by the caller: at once, or after a removal's resource managers. Source:
// ExecutionSession::IL_failSymbols.
import type { JITErrorData } from '@worc/protocol'
import { failure } from '@worc/protocol'
import { detachQuery } from './queries.js'
import type { Query, QueryFailure } from './queries.js'
import { endResponsibility, responsibleFor } from './responsibility.js'
import { failedToMaterialize } from './session-errors.js'
import type { SessionState } from './session-state.js'
import { changeState, entryState } from './symbol-entry.js'
import type { SymbolEntry } from './symbol-entry.js'
import { symbolEvent } from './symbol-life.js'
import type { AliasWaiter } from './waiters.js'
import { withdraw } from './waiting-on-graph.js'

/**
 * A root that is ready stays so and only its queries fail: it is about to be erased. Each query's error names those of
 * its own symbols that failed.
 */
export function failSymbols(
  state: SessionState,
  roots: readonly SymbolEntry[],
  cause: JITErrorData | null,
): readonly QueryFailure[] {
  const failing = [...roots]
  const failedOf = new Map<Query, SymbolEntry[]>()
  let inherited = cause
  for (let index = 0; index < failing.length; index++) {
    const entry = failing[index]
    if (entry === undefined || (entry.state === entryState.failed && entry.pending === null)) continue
    const { pending } = entry
    entry.pending = null
    if (index >= roots.length) inherited ??= failedToMaterialize(roots, null)
    if (entry.state !== entryState.ready) {
      changeState(entry, symbolEvent.fail)
      entry.failure = index < roots.length ? cause : inherited
    }
    if (pending === null) continue
    for (const query of [...(pending.queries ?? [])]) {
      if (query.waiter.kind === 'alias') append(failing, failAlias(state, query.waiter))
      else noteFailed(failedOf, query, entry)
    }
    if (pending.node !== null) append(failing, withdraw(pending.node))
    for (const dependant of pending.dependants ?? []) append(failing, withdraw(dependant))
  }
  return [...failedOf].map(([query, entries]) => {
    detachQuery(state, query)
    return { query, error: failedToMaterialize(entries, entries[0]?.failure ?? inherited) }
  })
}

/** An alias goes in the same turn as what it stands for. */
function failAlias(state: SessionState, { responsibility }: AliasWaiter): readonly SymbolEntry[] {
  const symbols = responsibleFor(responsibility)
  endResponsibility(state, responsibility, failure(failedToMaterialize(symbols, null)))
  return symbols
}

function noteFailed(failedOf: Map<Query, SymbolEntry[]>, query: Query, entry: SymbolEntry): void {
  const known = failedOf.get(query)
  if (known === undefined) failedOf.set(query, [entry])
  else known.push(entry)
}

function append(failing: SymbolEntry[], symbols: readonly SymbolEntry[]): void {
  for (const symbol of symbols) if (symbol.state !== entryState.failed) failing.push(symbol)
}
