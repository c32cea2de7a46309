// The first half of a removal, one turn: the tracker is defunct, its symbols are gone, what depended on them and was
// not ready has failed, their queries are detached, and whoever materializes any of them will be refused. What the
// managers do comes after, in `removal.ts`. Source: JITDylib::IL_removeTracker (Core.cpp).
import type { Expected, JITErrorData, SessionRequest } from '@worc/protocol'
import { failure, success } from '@worc/protocol'
import type { PendingAsk } from './asks.js'
import { failSymbols } from './fail-symbols.js'
import { addPart, closeGathering, openGathering } from './gathering.js'
import type { Gathering } from './gathering.js'
import { removeGenerator } from './generators.js'
import type { JITDylib } from './jit-dylib.js'
import { openDylib } from './jit-dylib.js'
import { retireUnit, symbolsOf } from './materialization-unit.js'
import type { MaterializationUnit } from './materialization-unit.js'
import type { QueryFailure } from './queries.js'
import { beginRemoval, joinRemoval } from './removal.js'
import { findTracker, leaveDylib, refusalOf } from './resource-tracker.js'
import type { ResourceTracker } from './resource-tracker.js'
import { refuseResponsibility } from './responsibility.js'
import { trackerDefunct } from './session-errors.js'
import type { SessionState } from './session-state.js'
import { changeState } from './symbol-entry.js'
import type { SymbolEntry } from './symbol-entry.js'
import { symbolEvent } from './symbol-life.js'

type RemoveTracker = Extract<SessionRequest, { type: 'removeTracker' }>

/** Removed before, or transferred from: there is nothing left to do, and no manager is asked again. */
export function removeTracker(
  state: SessionState,
  message: RemoveTracker,
  ask: PendingAsk,
): Expected<null> | undefined {
  const found = findTracker(state, message.tracker)
  if (!found.ok) return found
  const tracker = found.value
  const waiter = { type: 'ask', ask, wait: message.wait } as const
  if (!tracker.defunct) {
    beginRemoval(state, tracker, eraseTracker(state, tracker), waiter)
    tracker.dylib.symbols.sweep()
    return undefined
  }
  const removal = state.removals.get(tracker.key)
  if (removal === undefined) return success(null)
  joinRemoval(state, removal, waiter)
  return undefined
}

/** Takes everything the tracker owns out of the session. The queries that fail with it are detached, and returned. */
function eraseTracker(state: SessionState, tracker: ResourceTracker): readonly QueryFailure[] {
  leaveDylib(tracker)
  for (const generator of tracker.generators) removeGenerator(state, generator, whyErased(tracker))
  tracker.generators = []
  const awaited: SymbolEntry[] = []
  for (let unit = tracker.units.first; unit !== null; unit = unit.next) {
    for (const entry of symbolsOf(unit)) if (entry.pending !== null) awaited.push(entry)
  }
  const failures = awaited.length === 0 ? noFailures : failSymbols(state, awaited, whyErased(tracker))
  for (let unit = tracker.units.first; unit !== null; unit = unit.next) eraseUnit(state, unit)
  tracker.units.forget()
  return failures
}

function whyErased(tracker: ResourceTracker): JITErrorData {
  return refusalOf(tracker) ?? trackerDefunct(tracker)
}

const noFailures: readonly QueryFailure[] = []

function eraseUnit(state: SessionState, unit: MaterializationUnit): void {
  for (let at = unit.responsibilities.first; at !== null; at = at.next) {
    refuseResponsibility(state, at, whyErased(unit.tracker))
  }
  const { symbols } = unit.dylib
  for (const entry of symbolsOf(unit)) {
    changeState(entry, symbolEvent.removeTracker)
    symbols.erase(entry)
  }
  state.counts.symbols -= unit.symbolCount
  unit.symbols = []
  unit.symbolCount = 0
  unit.unreadyCount = 0
  retireUnit(state, unit)
}

type Clear = Extract<SessionRequest, { type: 'clear' }>

/**
 * Removes every tracker that owns anything or may have resources, in order of creation, the default one last, in one
 * turn.
 */
export function clear(state: SessionState, message: Clear, ask: PendingAsk): Expected<null> | undefined {
  const dylib = openDylib(state, message.dylib)
  if (!dylib.ok) return failure(dylib.error)
  const gathering = openGathering(ask)
  clearDylib(state, dylib.value, gathering)
  closeGathering(state, gathering)
  return undefined
}

export function clearDylib(state: SessionState, dylib: JITDylib, gathering: Gathering): void {
  const trackers = [...dylib.trackers].filter((tracker) => tracker.used && tracker !== dylib.defaultTracker)
  if (dylib.defaultTracker?.used === true) trackers.push(dylib.defaultTracker)
  for (const tracker of trackers) {
    const part = { type: 'part', gathering, index: addPart(gathering) } as const
    beginRemoval(state, tracker, eraseTracker(state, tracker), part)
  }
  dylib.symbols.sweep()
}
