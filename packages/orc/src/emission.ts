// The last step of a symbol's life: its memory holds what it should, and it is ready as soon as what it depends on is.
// Layers come here through notifyEmitted, absolute symbols directly. Source: ExecutionSession::IL_emit.
import type { Definition, Expected, JITErrorData } from '@worc/protocol'
import { failure, formatNames, success, symbolError } from '@worc/protocol'
import { settleUnit } from './materialization-unit.js'
import { advanceEntry, releasePending } from './queries.js'
import type { SessionState } from './session-state.js'
import { entryState, hasAddress } from './symbol-entry.js'
import type { SymbolEntry } from './symbol-entry.js'
import { enterGraph } from './waiting-on-graph.js'
import type { EmittedGroup } from './waiting-on-graph.js'

/** `free` and the groups together are what was emitted; a group waits for its dependencies. */
export function emitSymbols(state: SessionState, free: readonly SymbolEntry[], groups: readonly EmittedGroup[]): void {
  for (const { symbols } of groups) for (const entry of symbols) advanceEntry(state, entry, entryState.emitted)
  enterGraph(free, groups, (entry) => becomeReady(state, entry))
}

function becomeReady(state: SessionState, entry: SymbolEntry): void {
  advanceEntry(state, entry, entryState.ready)
  releasePending(entry)
  entry.unit.unreadyCount--
  settleUnit(state, entry.unit)
}

/** Absolute symbols are ready as soon as anybody asks. All of them need an address, or nothing changes. */
export function emitAbsolute(
  state: SessionState,
  entries: readonly SymbolEntry[],
  definitions: readonly Definition[],
): Expected<null> {
  const addresses = new Map(definitions.map(([name, address]) => [name, address]))
  const missing = entries.filter((entry) => hasAddress(entry) && !addresses.has(entry.name))
  if (missing.length > 0) return failure(missingDefinitions(missing, 'absolute symbols'))
  for (const entry of entries) {
    entry.address = addresses.get(entry.name) ?? 0
    advanceEntry(state, entry, entryState.resolved)
  }
  emitSymbols(state, entries, [])
  return success(null)
}

export function missingDefinitions(entries: readonly SymbolEntry[], where: string): JITErrorData {
  const names = entries.map(({ name }) => name)
  const message = `missing definitions in ${where}: ${formatNames(names)}`
  return symbolError('MissingSymbolDefinitions', message, [[entries[0]?.unit.dylib.name ?? where, names]])
}
