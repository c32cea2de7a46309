// Names leave a dylib one by one; what was materialized for them stays with its tracker. All or nothing. Source:
// JITDylib::remove (Core.cpp); a failed symbol can be removed here, where ORC wants its whole tracker to go.
import type { Expected, SessionRequest } from '@worc/protocol'
import { failure, formatNames, success, symbolError } from '@worc/protocol'
import { discardSymbol } from './define.js'
import { failSymbols } from './fail-symbols.js'
import type { JITDylib } from './jit-dylib.js'
import { openDylib } from './jit-dylib.js'
import { eraseSymbol } from './materialization-unit.js'
import { failQueries } from './queries.js'
import { symbolsNotFound } from './session-errors.js'
import type { SessionState } from './session-state.js'
import { entryState } from './symbol-entry.js'
import type { SymbolEntry } from './symbol-entry.js'
import { symbolEvent } from './symbol-life.js'

type RemoveSymbols = Extract<SessionRequest, { type: 'removeSymbols' }>

/** SymbolsNotFound, or SymbolsCouldNotBeRemoved where some are materializing: nothing has changed. */
export function removeSymbols(state: SessionState, message: RemoveSymbols): Expected<null> {
  const found = openDylib(state, message.dylib)
  if (!found.ok) return found
  const dylib = found.value
  const entries = new Set<SymbolEntry>()
  const missing: string[] = []
  for (const name of message.names) {
    const entry = dylib.symbols.get(name)
    if (entry === undefined) missing.push(name)
    else entries.add(entry)
  }
  if (missing.length > 0) return failure(symbolsNotFound([[dylib.name, missing]]))
  const busy = [...entries].filter(isBusy).map(({ name }) => name)
  if (busy.length > 0) {
    const text = `materializing, not removable: ${formatNames(busy)} in ${dylib.name}`
    return failure(symbolError('SymbolsCouldNotBeRemoved', text, [[dylib.name, busy]]))
  }
  remove(state, dylib, [...entries])
  dylib.symbols.sweep()
  return success(null)
}

function isBusy({ state }: SymbolEntry): boolean {
  return state > entryState.neverSearched && state < entryState.ready
}

/** A query that includes any of the names, ready or not, cannot succeed any more; its error names all that it had. */
function remove(state: SessionState, dylib: JITDylib, entries: readonly SymbolEntry[]): void {
  const awaited = entries.filter(({ pending }) => pending !== null)
  const gone = symbolsNotFound([[dylib.name, awaited.map(({ name }) => name)]])
  const failures = awaited.length === 0 ? [] : failSymbols(state, awaited, gone)
  for (const entry of entries) {
    if (entry.state === entryState.neverSearched) discardSymbol(state, entry, symbolEvent.removeSymbols)
    else eraseSymbol(state, entry, symbolEvent.removeSymbols)
  }
  failQueries(state, failures)
}
