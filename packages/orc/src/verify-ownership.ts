// Each symbol has exactly one owner: a unit that lists it, and through that a live tracker of its dylib.
import type { JITDylib } from './jit-dylib.js'
import { unitPhase } from './materialization-unit.js'
import type { MaterializationUnit } from './materialization-unit.js'
import type { ResourceTracker } from './resource-tracker.js'
import type { SessionState } from './session-state.js'
import { entryState, isErased } from './symbol-entry.js'
import type { SymbolEntry } from './symbol-entry.js'
import { trackerName } from './tracker-name.js'
import type { Check } from './verify-session-state.js'

export function verifyOwnership(state: SessionState, check: Check): void {
  const keys = new Map<number, ResourceTracker>()
  const live = new Set<ResourceTracker>()
  let symbols = 0
  let units = 0
  for (const dylib of state.dylibs.values()) {
    let owned = 0
    for (const tracker of dylib.trackers) {
      live.add(tracker)
      check(!keys.has(tracker.key), () => `key ${tracker.key} is one tracker's`)
      keys.set(tracker.key, tracker)
      verifyTracker(dylib, tracker, check)
      for (const unit of tracker.units) {
        units++
        owned += verifyUnit(tracker, unit, check)
      }
    }
    check(
      dylib.defaultTracker === null || live.has(dylib.defaultTracker),
      () => `the default tracker of ${dylib.name} is live`,
    )
    symbols += dylib.symbols.size
    check(
      owned === dylib.symbols.size,
      () => `the trackers of ${dylib.name} own its ${dylib.symbols.size} symbols, not ${owned}`,
    )
    let listed = 0
    for (const entry of dylib.symbols.values()) {
      listed++
      verifyEntry(dylib, entry, check)
    }
    check(listed === dylib.symbols.size, () => `${dylib.name} lists ${listed} symbols, not ${dylib.symbols.size}`)
  }
  check(symbols === state.counts.symbols, () => `there are ${symbols} symbols, not ${state.counts.symbols}`)
  check(units === state.counts.units, () => `there are ${units} units, not ${state.counts.units}`)
  for (const tracker of state.trackers.values()) verifyHeld(tracker, live, check)
}

function verifyTracker(dylib: JITDylib, tracker: ResourceTracker, check: Check): void {
  const name = trackerName(tracker.id)
  check(!tracker.defunct, () => `${name}, listed by ${dylib.name}, is live`)
  check(tracker.dylib === dylib, () => `${name} is listed by its own JITDylib`)
  check(tracker.held === null, () => `${name} is live, and nothing is done to its key`)
  check(tracker.id < 0 || tracker.handleCount > 0, () => `${name} is live, and somebody holds it`)
  check(tracker.used || tracker.units.size === 0, () => `${name} owns units, and counts as used`)
  for (const generator of tracker.generators) {
    check(generator.tracker === tracker && !generator.removed, () => `${name} lists its own generators`)
  }
}

/** How many symbols it owns. */
function verifyUnit(tracker: ResourceTracker, unit: MaterializationUnit, check: Check): number {
  const symbols = unit.symbols.filter((entry) => !isErased(entry) && entry.unit === unit)
  const unready = symbols.filter((entry) => entry.state !== entryState.ready)
  check(unit.tracker === tracker, () => `unit ${unit.name} is listed by its tracker`)
  check(unit.dylib === tracker.dylib, () => `unit ${unit.name} is in its tracker's JITDylib`)
  check(unit.phase !== unitPhase.gone, () => `unit ${unit.name}, which is owned, is there`)
  check(
    symbols.length === unit.symbolCount,
    () => `unit ${unit.name} has ${symbols.length} symbols, not ${unit.symbolCount}`,
  )
  check(
    unready.length === unit.unreadyCount,
    () => `of unit ${unit.name} ${unready.length} are not ready, not ${unit.unreadyCount}`,
  )
  const isInUse = symbols.length > 0 || unit.responsibilities.size > 0
  check(isInUse, () => `unit ${unit.name} has symbols, or somebody answers for it`)
  const isDone = unready.length === 0 && unit.responsibilities.size === 0
  check((unit.phase === unitPhase.settled) === isDone, () => `unit ${unit.name} is settled when all of it is ready`)
  for (const entry of symbols) {
    const isUntouched = entry.state === entryState.neverSearched
    check(
      isUntouched === (unit.phase === unitPhase.unmaterialized),
      () => `${entry.name} is as far as unit ${unit.name}`,
    )
  }
  return symbols.length
}

function verifyEntry(dylib: JITDylib, entry: SymbolEntry, check: Check): void {
  const { name } = entry
  check(dylib.symbols.get(name) === entry, () => `${name} is listed under its name`)
  check(!isErased(entry), () => `${name}, listed in ${dylib.name}, is in its own place`)
  check(entry.state !== entryState.removed, () => `${name}, listed in ${dylib.name}, is not removed`)
  check(entry.unit.dylib === dylib, () => `${name} belongs to a unit of ${dylib.name}`)
}

function verifyHeld(tracker: ResourceTracker, live: ReadonlySet<ResourceTracker>, check: Check): void {
  const name = trackerName(tracker.id)
  check(tracker.handleCount > 0, () => `${name} is remembered while somebody holds it`)
  if (!tracker.defunct) return check(live.has(tracker), () => `${name} is listed by its JITDylib`)
  check(tracker.units.size === 0, () => `${name}, which is defunct, owns no unit`)
  check(tracker.generators.length === 0, () => `${name}, which is defunct, owns no generator`)
  check(!live.has(tracker), () => `${name}, which is defunct, is listed nowhere`)
}
