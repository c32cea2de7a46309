// Addresses become known. Source: MaterializationResponsibility::notifyResolved, JITDylib::resolve (Core.cpp).
import type { Definition, Expected, JITErrorData, SessionRequest } from '@worc/protocol'
import { failure, formatNames, plainError, success, symbolError } from '@worc/protocol'
import type { PendingAsk } from './asks.js'
import { resolvedBefore } from './emission.js'
import { advanceEntry } from './queries.js'
import { findResponsibility } from './responsibility.js'
import type { MaterializationResponsibility } from './responsibility.js'
import type { SessionState } from './session-state.js'
import { entryState, hasAddress } from './symbol-entry.js'
import type { SymbolEntry } from './symbol-entry.js'
import { symbolEvent } from './symbol-life.js'

type NotifyResolved = Extract<SessionRequest, { type: 'notifyResolved' }>

/**
 * Any subset, each name once. The table keeps the flags that were declared. Errors leave everything as it was:
 * ResourceTrackerDefunct, UnexpectedSymbolDefinitions (a name the responsibility does not have, or one without an
 * address), BadArgument (resolved before).
 */
export function notifyResolved(state: SessionState, message: NotifyResolved, ask: PendingAsk): Expected<null> {
  const found = findResponsibility(state, ask.client, message.responsibility)
  if (!found.ok) return found
  const resolved = entriesToResolve(state, found.value, message.definitions)
  if (!resolved.ok) return resolved
  let index = 0
  for (const [, address] of message.definitions) {
    const entry = resolved.value[index++]
    if (entry === undefined) break
    entry.address = address
    advanceEntry(state, entry, symbolEvent.notifyResolved)
  }
  return success(null)
}

/** One for each definition, in the same order. */
function entriesToResolve(
  state: SessionState,
  responsibility: MaterializationResponsibility,
  definitions: readonly Definition[],
): Expected<readonly SymbolEntry[]> {
  const naming = ++state.last.naming
  const entries: SymbolEntry[] = []
  const unexpected: string[] = []
  const again: SymbolEntry[] = []
  const twice: string[] = []
  for (const [name] of definitions) {
    const entry = entryOf(responsibility, name, entries.length)
    if (entry === undefined || !hasAddress(entry)) unexpected.push(name)
    else if (entry.state !== entryState.materializing) again.push(entry)
    else if (entry.named === naming) twice.push(name)
    else {
      entry.named = naming
      entries.push(entry)
    }
  }
  if (unexpected.length > 0) return failure(unexpectedSymbols(responsibility, unexpected))
  if (again.length > 0) return failure(resolvedBefore(again))
  if (twice.length > 0) {
    return failure(plainError('BadArgument', `unit ${responsibility.unit.name} resolves a name twice`))
  }
  return success(entries)
}

/**
 * The symbol, if the responsibility answers for it. It is looked for first in the place where it is expected among the
 * responsibility's: whoever materializes mostly keeps to the order in which it was told the names.
 */
export function entryOf(
  responsibility: MaterializationResponsibility,
  name: string,
  expectedIndex = 0,
): SymbolEntry | undefined {
  const expected = responsibility.symbols[expectedIndex]
  if (expected?.name === name && isAnsweredFor(responsibility, expected)) return expected
  const entry = responsibility.unit.dylib.symbols.get(name)
  return entry !== undefined && isAnsweredFor(responsibility, entry) ? entry : undefined
}

function isAnsweredFor(responsibility: MaterializationResponsibility, { pending }: SymbolEntry): boolean {
  return pending?.responsibility === responsibility
}

export function unexpectedSymbols({ unit }: MaterializationResponsibility, names: readonly string[]): JITErrorData {
  const message = `unit ${unit.name} is not responsible for ${formatNames(names)} in ${unit.dylib.name}`
  return symbolError('UnexpectedSymbolDefinitions', message, [[unit.dylib.name, names]])
}
