// The last step of a symbol's life: its memory holds what it should, and it is ready as soon as what it depends on is.
// Layers come here through notifyEmitted, absolute symbols directly. Source: ExecutionSession::IL_emit.
import type { Definition, Expected, JITErrorData } from '@worc/protocol'
import { failure, formatNames, plainError, success, symbolError } from '@worc/protocol'
import { settleUnit } from './materialization-unit.js'
import { advanceEntry, releasePending } from './queries.js'
import type { SessionState } from './session-state.js'
import { entryState, hasAddress } from './symbol-entry.js'
import type { SymbolEntry } from './symbol-entry.js'
import { symbolEvent } from './symbol-life.js'
import { enterGraph } from './waiting-on-graph.js'
import type { EmittedGroup } from './waiting-on-graph.js'

/** `free` and the groups together are what was emitted; a group waits for its dependencies. */
export function emitSymbols(state: SessionState, free: readonly SymbolEntry[], groups: readonly EmittedGroup[]): void {
  for (const { symbols } of groups) for (const entry of symbols) advanceEntry(state, entry, symbolEvent.notifyEmitted)
  enterGraph(free, groups, (entry) => becomeReady(state, entry))
}

function becomeReady(state: SessionState, entry: SymbolEntry): void {
  const hasWaited = entry.state === entryState.emitted
  advanceEntry(state, entry, hasWaited ? symbolEvent.dependenciesReady : symbolEvent.notifyEmittedFree)
  releasePending(entry)
  entry.unit.unreadyCount--
  entry.unit.wasReady = true
  settleUnit(state, entry.unit)
}

/**
 * Absolute symbols are ready as soon as anybody asks. All of them need an address, and none may have another one from a
 * responsibility that was handed on half resolved; or nothing changes.
 */
export function emitAbsolute(
  state: SessionState,
  entries: readonly SymbolEntry[],
  definitions: readonly Definition[],
): Expected<null> {
  const addresses = new Map(definitions.map(([name, address]) => [name, address]))
  const missing = entries.filter((entry) => hasAddress(entry) && !addresses.has(entry.name))
  if (missing.length > 0) return failure(missingDefinitions(missing, 'absolute symbols'))
  const again = entries.filter((entry) => entry.state !== entryState.materializing)
  if (again.length > 0) return failure(resolvedBefore(again))
  for (const entry of entries) {
    entry.address = addresses.get(entry.name) ?? 0
    advanceEntry(state, entry, symbolEvent.notifyResolved)
  }
  emitSymbols(state, entries, [])
  return success(null)
}

export function resolvedBefore(entries: readonly SymbolEntry[]): JITErrorData {
  return plainError('BadArgument', `resolved before: ${formatNames(entries.map(({ name }) => name))}`)
}

export function missingDefinitions(entries: readonly SymbolEntry[], where: string): JITErrorData {
  const names = entries.map(({ name }) => name)
  const message = `missing definitions in ${where}: ${formatNames(names)}`
  return symbolError('MissingSymbolDefinitions', message, [[entries[0]?.unit.dylib.name ?? where, names]])
}
