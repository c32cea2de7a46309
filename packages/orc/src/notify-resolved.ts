// Addresses become known. Source: MaterializationResponsibility::notifyResolved, JITDylib::resolve (Core.cpp).
import type { Definition, Expected, JITErrorData, SessionRequest } from '@worc/protocol'
import { failure, formatNames, plainError, success, symbolError } from '@worc/protocol'
import type { PendingAsk } from './asks.js'
import { advanceEntry } from './queries.js'
import { findResponsibility } from './responsibility.js'
import type { MaterializationResponsibility } from './responsibility.js'
import type { SessionState } from './session-state.js'
import { entryState, hasAddress } from './symbol-entry.js'
import type { SymbolEntry } from './symbol-entry.js'

type NotifyResolved = Extract<SessionRequest, { type: 'notifyResolved' }>

/**
 * Any subset, each name once. The table keeps the flags that were declared. Errors leave everything as it was:
 * ResourceTrackerDefunct, UnexpectedSymbolDefinitions (a name the responsibility does not have, or one without an
 * address), BadArgument (resolved before).
 */
export function notifyResolved(state: SessionState, message: NotifyResolved, ask: PendingAsk): Expected<null> {
  const found = findResponsibility(state, ask.client, message.responsibility)
  if (!found.ok) return found
  const resolved = entriesToResolve(found.value, message.definitions)
  if (!resolved.ok) return resolved
  for (const [index, entry] of resolved.value.entries()) {
    entry.address = message.definitions[index]?.[1] ?? 0
    advanceEntry(state, entry, entryState.resolved)
  }
  return success(null)
}

/** One for each definition, in the same order. */
function entriesToResolve(
  responsibility: MaterializationResponsibility,
  definitions: readonly Definition[],
): Expected<readonly SymbolEntry[]> {
  const entries: SymbolEntry[] = []
  const unexpected: string[] = []
  const again: string[] = []
  for (const [name] of definitions) {
    const entry = entryOf(responsibility, name)
    if (entry === undefined || !hasAddress(entry)) unexpected.push(name)
    else if (entry.state !== entryState.materializing) again.push(name)
    else entries.push(entry)
  }
  if (unexpected.length > 0) return failure(unexpectedSymbols(responsibility, unexpected))
  if (again.length > 0) return failure(plainError('BadArgument', `resolved before: ${formatNames(again)}`))
  if (entries.length > 1 && new Set(entries).size < entries.length) {
    return failure(plainError('BadArgument', `unit ${responsibility.unit.name} resolves a name twice`))
  }
  return success(entries)
}

/** The symbol, if the responsibility answers for it. */
export function entryOf(responsibility: MaterializationResponsibility, name: string): SymbolEntry | undefined {
  const entry = responsibility.unit.dylib.symbols.get(name)
  return entry?.pending?.responsibility === responsibility ? entry : undefined
}

export function unexpectedSymbols({ unit }: MaterializationResponsibility, names: readonly string[]): JITErrorData {
  const message = `unit ${unit.name} is not responsible for ${formatNames(names)} in ${unit.dylib.name}`
  return symbolError('UnexpectedSymbolDefinitions', message, [[unit.dylib.name, names]])
}
