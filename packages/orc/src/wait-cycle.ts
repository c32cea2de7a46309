// Units that resolve their symbols only after a lookup (aliases, sync lookups inside a unit), and generators that look
// something up before they answer, can wait for each other in a ring, and would for ever. Whoever looks up on behalf of one
// that stands still until the answer says so; then a ring is an error. ORC deadlocks on alias cycles.
import type { JITErrorData } from '@worc/protocol'
import { formatNames, plainError } from '@worc/protocol'
import type { DefinitionGenerator } from './generators.js'
import type { Lookup } from './lookup.js'
import type { Query } from './queries.js'
import type { MaterializationResponsibility } from './responsibility.js'
import type { SessionState } from './session-state.js'
import type { EntryState, SymbolEntry } from './symbol-entry.js'
import { isWaiting } from './waiters.js'

/** What stands still until its lookups are answered. */
export type Asker = MaterializationResponsibility | DefinitionGenerator

/** What an asker waits for. */
export interface Asked {
  queries: Set<Query> | null
  /** Those that a generator holds up. */
  lookups: Set<Lookup> | null
}

/** Whether waiting for these would mean that the asker waits for itself: the error that says so. */
export function waitCycle(
  state: SessionState,
  asker: Asker,
  awaited: readonly Asker[],
  names: readonly string[],
): JITErrorData | null {
  const seen = new Set<Asker>()
  const pending = [...awaited]
  for (let at = pending.pop(); at !== undefined; at = pending.pop()) {
    if (at === asker) return wouldDeadlock(asker, names)
    if (seen.has(at)) continue
    seen.add(at)
    for (const query of at.queries ?? []) pending.push(...responsibleOf(query.entries, query.required))
    for (const { goal, waitsFor } of at.lookups ?? []) {
      if (waitsFor !== null && isWaiting(state, goal.waiter)) pending.push(waitsFor)
    }
  }
  return null
}

/** Who has to bring the symbols to that state. */
export function responsibleOf(
  entries: readonly SymbolEntry[],
  required: EntryState,
): readonly MaterializationResponsibility[] {
  return entries.flatMap(({ state, pending }) => (state < required ? (pending?.responsibility ?? []) : []))
}

function wouldDeadlock(asker: Asker, names: readonly string[]): JITErrorData {
  const who =
    'unit' in asker ? `unit ${asker.unit.name} of ${asker.unit.dylib.name}` : `a generator of ${asker.dylib.name}`
  return plainError('WouldDeadlock', `${who} looks up ${formatNames(names)}, which waits for it`)
}
