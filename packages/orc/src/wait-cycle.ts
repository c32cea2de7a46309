// Units that resolve their symbols only after a lookup (aliases, re-exports) can wait for each other in a ring, and
// would for ever. Whoever looks up on behalf of a responsibility that is stuck until the answer says so; then a ring is
// an error. ORC deadlocks on alias cycles.
import type { JITErrorData } from '@worc/protocol'
import { plainError } from '@worc/protocol'
import type { MaterializationResponsibility } from './responsibility.js'
import type { EntryState, SymbolEntry } from './symbol-entry.js'

/** Whether waiting for these symbols would mean that the responsibility waits for itself: the error that says so. */
export function waitCycle(
  behalf: MaterializationResponsibility,
  entries: readonly SymbolEntry[],
  required: EntryState,
): JITErrorData | null {
  const seen = new Set<MaterializationResponsibility>()
  const pending = awaitedBy(entries, required)
  for (let at = pending.pop(); at !== undefined; at = pending.pop()) {
    if (at === behalf) return wouldDeadlock(behalf, entries)
    if (seen.has(at)) continue
    seen.add(at)
    for (const query of at.queries ?? []) {
      for (const next of awaitedBy(query.entries, query.required)) pending.push(next)
    }
  }
  return null
}

function awaitedBy(entries: readonly SymbolEntry[], required: EntryState): MaterializationResponsibility[] {
  return entries.flatMap(({ state, pending }) => (state < required ? (pending?.responsibility ?? []) : []))
}

function wouldDeadlock({ unit }: MaterializationResponsibility, entries: readonly SymbolEntry[]): JITErrorData {
  const names = entries.map(({ name }) => name).join(', ')
  return plainError('WouldDeadlock', `unit ${unit.name} of ${unit.dylib.name} looks up ${names}, which waits for it`)
}
