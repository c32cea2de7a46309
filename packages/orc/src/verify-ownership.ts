// Each symbol has exactly one owner: a unit that lists it, and through that a live tracker of its dylib.
import type { JITDylib } from './jit-dylib.js'
import type { MaterializationUnit } from './materialization-unit.js'
import { unitsOf } from './resource-tracker.js'
import type { ResourceTracker } from './resource-tracker.js'
import type { SessionState } from './session-state.js'
import { entryState } from './symbol-entry.js'
import type { SymbolEntry } from './symbol-entry.js'
import { trackerName } from './tracker-name.js'
import type { Check } from './verify-session-state.js'

export function verifyOwnership(state: SessionState, check: Check): void {
  const keys = new Map<number, ResourceTracker>()
  let symbols = 0
  let units = 0
  for (const dylib of state.dylibs.values()) {
    let owned = 0
    verifyDefault(dylib, check)
    for (const tracker of dylib.trackers) {
      check(!keys.has(tracker.key), () => `key ${tracker.key} is one tracker's`)
      keys.set(tracker.key, tracker)
      verifyTracker(dylib, tracker, check)
      for (const unit of unitsOf(tracker)) {
        units++
        owned += verifyUnit(tracker, unit, check)
      }
    }
    symbols += dylib.symbols.size
    check(
      owned === dylib.symbols.size,
      () => `the trackers of ${dylib.name} own its ${dylib.symbols.size} symbols, not ${owned}`,
    )
    for (const [name, entry] of dylib.symbols) verifyEntry(dylib, name, entry, check)
  }
  check(symbols === state.counts.symbols, () => `there are ${symbols} symbols, not ${state.counts.symbols}`)
  check(units === state.counts.units, () => `there are ${units} units, not ${state.counts.units}`)
  for (const tracker of state.trackers.values()) verifyHeld(tracker, check)
}

function verifyDefault({ defaultTracker, trackers, name }: JITDylib, check: Check): void {
  check(defaultTracker === null || trackers.has(defaultTracker), () => `the default tracker of ${name} is live`)
}

function verifyTracker(dylib: JITDylib, tracker: ResourceTracker, check: Check): void {
  const name = trackerName(tracker.id)
  check(!tracker.defunct, () => `${name}, listed by ${dylib.name}, is live`)
  check(tracker.dylib === dylib, () => `${name} is listed by its own JITDylib`)
  check(tracker.held === null, () => `${name} is live, and nothing is done to its key`)
  check(tracker.id < 0 || tracker.handleCount > 0, () => `${name} is live, and somebody holds it`)
  check(tracker.used || tracker.firstUnit === null, () => `${name} owns units, and counts as used`)
  for (const generator of tracker.generators) {
    check(generator.tracker === tracker && !generator.removed, () => `${name} lists its own generators`)
  }
}

/** How many symbols it owns. */
function verifyUnit(tracker: ResourceTracker, unit: MaterializationUnit, check: Check): number {
  const symbols = unit.symbols.filter((entry) => !entry.erased && entry.unit === unit)
  const unready = symbols.filter((entry) => entry.state !== entryState.ready)
  check(unit.tracker === tracker, () => `unit ${unit.name} is listed by its tracker`)
  check(unit.dylib === tracker.dylib, () => `unit ${unit.name} is in its tracker's JITDylib`)
  check(unit.phase !== 'gone', () => `unit ${unit.name}, which is owned, is there`)
  check(
    symbols.length === unit.symbolCount,
    () => `unit ${unit.name} has ${symbols.length} symbols, not ${unit.symbolCount}`,
  )
  check(
    unready.length === unit.unreadyCount,
    () => `of unit ${unit.name} ${unready.length} are not ready, not ${unit.unreadyCount}`,
  )
  const isInUse = symbols.length > 0 || unit.responsibilities.length > 0
  check(isInUse, () => `unit ${unit.name} has symbols, or somebody answers for it`)
  const isDone = unready.length === 0 && unit.responsibilities.length === 0
  check((unit.phase === 'settled') === isDone, () => `unit ${unit.name} is settled when all of it is ready`)
  for (const entry of symbols) {
    const isUntouched = entry.state === entryState.neverSearched
    check(isUntouched === (unit.phase === 'unmaterialized'), () => `${entry.name} is as far as unit ${unit.name}`)
  }
  return symbols.length
}

function verifyEntry(dylib: JITDylib, name: string, entry: SymbolEntry, check: Check): void {
  check(entry.name === name, () => `${name} is listed under its name`)
  check(!entry.erased, () => `${name}, listed in ${dylib.name}, is not erased`)
  check(entry.unit.dylib === dylib, () => `${name} belongs to a unit of ${dylib.name}`)
}

function verifyHeld(tracker: ResourceTracker, check: Check): void {
  const name = trackerName(tracker.id)
  check(tracker.handleCount > 0, () => `${name} is remembered while somebody holds it`)
  if (!tracker.defunct) return check(tracker.dylib.trackers.has(tracker), () => `${name} is listed by its JITDylib`)
  check(tracker.firstUnit === null, () => `${name}, which is defunct, owns no unit`)
  check(tracker.generators.length === 0, () => `${name}, which is defunct, owns no generator`)
  check(!tracker.dylib.trackers.has(tracker), () => `${name}, which is defunct, is listed nowhere`)
}
