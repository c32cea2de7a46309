// Code that was ready and is no more: the link actor that had made it died when no thread held it. Its successor learns from
// the threads what they hold, and tells; what is not among that has failed, with all that was made with it, and can be reset.
// Aliases of what was lost are lost too, each by itself; absolute symbols are their definer's business.
import type { ExecutorAddr, LinkedUnitId, SessionNotification } from '@worc/protocol'
import { isCodeAddress, plainError, unitOfCode } from '@worc/protocol'
import { failSymbols } from './fail-symbols.js'
import { loseSymbol, symbolsOf } from './materialization-unit.js'
import type { MaterializationUnit } from './materialization-unit.js'
import { failQueries } from './queries.js'
import type { Client, SessionState } from './session-state.js'
import { entryState } from './symbol-entry.js'
import type { SymbolEntry } from './symbol-entry.js'

type UnitsHeld = Extract<SessionNotification, { type: 'unitsHeld' }>

/** From a link actor, of what a dead one had made. Each symbol fails with ActorDied, and what waits for it with it. */
export function unitsHeld(state: SessionState, message: UnitsHeld, { role }: Client): void {
  if (role !== 'link') return
  const isLost = lossOf(message)
  const lost: SymbolEntry[] = []
  for (const dylib of state.dylibs.values()) {
    for (const { units } of dylib.trackers) for (const unit of units) lost.push(...lostOf(unit, isLost))
  }
  if (lost.length === 0) return
  const text = 'the link actor that had linked it died, and no thread holds its code: it can be reset, and linked again'
  const cause = plainError('ActorDied', text)
  for (const entry of lost) loseSymbol(entry, cause)
  failQueries(state, failSymbols(state, lost, cause))
}

function lossOf({ last, units, lost }: UnitsHeld): (address: ExecutorAddr) => boolean {
  const held = new Set<LinkedUnitId>(units)
  return (address) => {
    if (!isCodeAddress(address))
      return lost.some(([start, sizeBytes]) => address >= start && address < start + sizeBytes)
    const unit = unitOfCode(address)
    return unit <= last && !held.has(unit)
  }
}

/** A unit is linked whole: with any of its code or data all of it is lost. */
function lostOf(unit: MaterializationUnit, isLost: (address: ExecutorAddr) => boolean): readonly SymbolEntry[] {
  if (unit.source.kind === 'absolute') return []
  const made = symbolsOf(unit).filter(({ state }) => state >= entryState.emitted)
  const lost = made.filter(({ address }) => isLost(address))
  return unit.source.kind === 'aliases' || lost.length === 0 ? lost : made
}
