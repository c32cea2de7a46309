// A second try for what failed, without removing its tracker. A unit is materialized whole, so it is taken back whole: its
// failed symbols, and the ready ones beside them, are defined anew under the tracker they have, and the next lookup sets
// the unit to work again. What was linked before is given back, unless some of it was ready, and so may be in use: then it
// stays with the tracker, as it does where names are removed. ORC has no such thing: there a failed name is free again when its
// tracker is gone.
import type { Expected, SessionRequest } from '@worc/protocol'
import { failure, formatNames, plainError, success, symbolError } from '@worc/protocol'
import { failSymbols } from './fail-symbols.js'
import type { JITDylib } from './jit-dylib.js'
import { openDylib } from './jit-dylib.js'
import { takeBack, symbolsOf } from './materialization-unit.js'
import type { MaterializationUnit } from './materialization-unit.js'
import { failQueries } from './queries.js'
import { symbolsNotFound } from './session-errors.js'
import type { SessionState } from './session-state.js'
import { send } from './session-state.js'
import { entryState } from './symbol-entry.js'
import type { SymbolEntry } from './symbol-entry.js'

type ResetSymbols = Extract<SessionRequest, { type: 'resetSymbols' }>

/**
 * Null names all of the dylib; those that did not fail are left alone. SymbolsNotFound, or SymbolsCouldNotBeRemoved where
 * other parts of such a unit are still materializing: nothing has changed.
 */
export function resetSymbols(state: SessionState, message: ResetSymbols): Expected<null> {
  const found = openDylib(state, message.dylib)
  if (!found.ok) return found
  const entries = namedIn(found.value, message.names)
  if (!entries.ok) return entries
  const failed = entries.value.filter((entry) => entry.state === entryState.failed)
  const units = [...new Set(failed.map(({ unit }) => unit))]
  const busy = units.flatMap((unit) => symbolsOf(unit).filter(isOnTheWay)).map(({ name }) => name)
  if (busy.length > 0) {
    const text = `parts of the same unit are materializing: ${formatNames(busy)} in ${found.value.name}`
    return failure(symbolError('SymbolsCouldNotBeRemoved', text, [[found.value.name, busy]]))
  }
  for (const unit of units) reset(state, unit)
  return success(null)
}

function namedIn(dylib: JITDylib, names: readonly string[] | null): Expected<readonly SymbolEntry[]> {
  if (names === null) return success([...dylib.symbols.values()])
  const missing = names.filter((name) => !dylib.symbols.has(name))
  if (missing.length > 0) return failure(symbolsNotFound([[dylib.name, missing]]))
  return success(names.flatMap((name) => dylib.symbols.get(name) ?? []))
}

function isOnTheWay({ state }: SymbolEntry): boolean {
  return state > entryState.neverSearched && state < entryState.ready
}

/** A query that includes a ready symbol, and waits for another, must not hand out the old address. */
function reset(state: SessionState, unit: MaterializationUnit): void {
  const awaited = symbolsOf(unit).filter(({ pending }) => pending !== null)
  const again = plainError('Aborted', `unit ${unit.name} of ${unit.dylib.name} is to be materialized again`)
  const failures = failSymbols(state, awaited, again)
  takeBack(state, unit)
  failQueries(state, failures)
  if (unit.wasReady) return
  for (const actor of state.layers.link.actors) send(state, actor, { type: 'unitTakenBack', unit: unit.id })
}
