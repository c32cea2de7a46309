// Each symbol has exactly one owner: a unit that lists it, and through that a live tracker of its dylib.
import type { JITDylib } from './jit-dylib.js'
import { unitPhase } from './materialization-unit.js'
import type { MaterializationUnit } from './materialization-unit.js'
import type { ResourceTracker } from './resource-tracker.js'
import type { SessionState } from './session-state.js'
import { entryState, isErased } from './symbol-entry.js'
import type { SymbolEntry } from './symbol-entry.js'
import { trackerName } from './tracker-name.js'

export function verifyOwnership(state: SessionState, violations: string[]): void {
  const keys = new Map<number, ResourceTracker>()
  const live = new Set<ResourceTracker>()
  let symbols = 0
  let units = 0
  for (const dylib of state.dylibs.values()) {
    let owned = 0
    for (let tracker = dylib.trackers.first; tracker !== null; tracker = tracker.next) {
      live.add(tracker)
      if (keys.has(tracker.key)) violations.push(`key ${tracker.key} is one tracker's`)
      keys.set(tracker.key, tracker)
      verifyTracker(dylib, tracker, violations)
      for (let unit = tracker.units.first; unit !== null; unit = unit.next) {
        units++
        owned += verifyUnit(tracker, unit, violations)
      }
    }
    if (dylib.defaultTracker !== null && !live.has(dylib.defaultTracker))
      violations.push(`the default tracker of ${dylib.name} is live`)
    symbols += dylib.symbols.size
    if (owned !== dylib.symbols.size)
      violations.push(`the trackers of ${dylib.name} own its ${dylib.symbols.size} symbols, not ${owned}`)
    let listed = 0
    for (const entry of dylib.symbols.values()) {
      listed++
      verifyEntry(dylib, entry, violations)
    }
    if (listed !== dylib.symbols.size)
      violations.push(`${dylib.name} lists ${listed} symbols, not ${dylib.symbols.size}`)
  }
  if (symbols !== state.counts.symbols) violations.push(`there are ${symbols} symbols, not ${state.counts.symbols}`)
  if (units !== state.counts.units) violations.push(`there are ${units} units, not ${state.counts.units}`)
  for (const tracker of state.trackers.values()) verifyHeld(tracker, live, violations)
}

function verifyTracker(dylib: JITDylib, tracker: ResourceTracker, violations: string[]): void {
  if (tracker.defunct) violations.push(`${trackerName(tracker.id)}, listed by ${dylib.name}, is live`)
  if (tracker.dylib !== dylib) violations.push(`${trackerName(tracker.id)} is listed by its own JITDylib`)
  if (tracker.held !== null) violations.push(`${trackerName(tracker.id)} is live, and nothing is done to its key`)
  if (tracker.id >= 0 && tracker.handleCount <= 0)
    violations.push(`${trackerName(tracker.id)} is live, and somebody holds it`)
  if (!tracker.used && tracker.units.size > 0)
    violations.push(`${trackerName(tracker.id)} owns units, and counts as used`)
  for (const generator of tracker.generators) {
    if (generator.tracker !== tracker || generator.removed)
      violations.push(`${trackerName(tracker.id)} lists its own generators`)
  }
}

/** How many symbols it owns. */
function verifyUnit(tracker: ResourceTracker, unit: MaterializationUnit, violations: string[]): number {
  let symbols = 0
  let unready = 0
  for (const entry of unit.symbols) {
    if (isErased(entry) || entry.unit !== unit) continue
    symbols++
    if (entry.state !== entryState.ready) unready++
    const isUntouched = entry.state === entryState.neverSearched
    if (isUntouched !== (unit.phase === unitPhase.unmaterialized))
      violations.push(`${entry.name} is as far as unit ${unit.name}`)
  }
  if (unit.tracker !== tracker) violations.push(`unit ${unit.name} is listed by its tracker`)
  if (unit.dylib !== tracker.dylib) violations.push(`unit ${unit.name} is in its tracker's JITDylib`)
  if (unit.phase === unitPhase.gone) violations.push(`unit ${unit.name}, which is owned, is there`)
  if (symbols !== unit.symbolCount) violations.push(`unit ${unit.name} has ${symbols} symbols, not ${unit.symbolCount}`)
  if (unready !== unit.unreadyCount)
    violations.push(`of unit ${unit.name} ${unready} are not ready, not ${unit.unreadyCount}`)
  const isInUse = symbols > 0 || unit.responsibilities.size > 0
  if (!isInUse) violations.push(`unit ${unit.name} has symbols, or somebody answers for it`)
  const isDone = unready === 0 && unit.responsibilities.size === 0
  if ((unit.phase === unitPhase.settled) !== isDone)
    violations.push(`unit ${unit.name} is settled when all of it is ready`)
  return symbols
}

function verifyEntry(dylib: JITDylib, entry: SymbolEntry, violations: string[]): void {
  const { name } = entry
  if (dylib.symbols.get(name) !== entry) violations.push(`${name} is listed under its name`)
  if (isErased(entry)) violations.push(`${name}, listed in ${dylib.name}, is in its own place`)
  if (entry.state === entryState.removed) violations.push(`${name}, listed in ${dylib.name}, is not removed`)
  if (entry.unit.dylib !== dylib) violations.push(`${name} belongs to a unit of ${dylib.name}`)
}

function verifyHeld(tracker: ResourceTracker, live: ReadonlySet<ResourceTracker>, violations: string[]): void {
  if (tracker.handleCount <= 0) violations.push(`${trackerName(tracker.id)} is remembered while somebody holds it`)
  if (!tracker.defunct) {
    if (!live.has(tracker)) violations.push(`${trackerName(tracker.id)} is listed by its JITDylib`)
    return
  }
  if (tracker.units.size !== 0) violations.push(`${trackerName(tracker.id)}, which is defunct, owns no unit`)
  if (tracker.generators.length !== 0)
    violations.push(`${trackerName(tracker.id)}, which is defunct, owns no generator`)
  if (live.has(tracker)) violations.push(`${trackerName(tracker.id)}, which is defunct, is listed nowhere`)
}
