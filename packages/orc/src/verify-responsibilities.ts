// Somebody answers for every symbol that is on its way, and nobody for any other.
import type { MaterializationResponsibility } from './responsibility.js'
import type { SessionState } from './session-state.js'
import { entryState, isErased } from './symbol-entry.js'
import type { SymbolEntry } from './symbol-entry.js'

export function verifyResponsibilities(state: SessionState, violations: string[]): void {
  let atWork = 0
  for (const responsibility of state.responsibilities.values()) {
    if (responsibility.holder !== null && responsibility.holder.role !== 'client') atWork++
    verifyResponsibility(state, responsibility, violations)
  }
  if (atWork !== state.counts.atWork)
    violations.push(`layers hold ${atWork} responsibilities, not ${state.counts.atWork}`)
  for (const dylib of state.dylibs.values()) {
    for (const entry of dylib.symbols.values()) verifyEntry(state, entry, violations)
    for (let tracker = dylib.trackers.first; tracker !== null; tracker = tracker.next) {
      for (let unit = tracker.units.first; unit !== null; unit = unit.next) {
        for (let work = unit.responsibilities.first; work !== null; work = work.next) {
          if (!state.responsibilities.has(work.id))
            violations.push(`unit ${unit.name} lists responsibility ${work.id}, which is alive`)
        }
      }
    }
  }
}

function verifyResponsibility(
  state: SessionState,
  responsibility: MaterializationResponsibility,
  violations: string[],
): void {
  const { id, unit, holder } = responsibility
  if (unit.tracker.defunct) violations.push(`responsibility ${id} is under a live tracker`)
  if (!isListedBy(unit, responsibility)) violations.push(`responsibility ${id} is listed by its unit`)
  const isOwn = responsibility.source.kind === 'aliases'
  const { link, compile } = state.layers
  const isWaiting = link.waiting.has(responsibility) || compile.waiting.has(responsibility)
  if ((holder === null) !== (isOwn || isWaiting)) violations.push(`responsibility ${id} is held, or waits for a layer`)
  if (holder !== null && !holder.connected) violations.push(`the holder of responsibility ${id} is there`)
  for (const entry of responsibility.symbols) {
    const { name, state: reached, pending } = entry
    if (pending?.responsibility !== responsibility) continue
    if (isErased(entry)) violations.push(`responsibility ${id} answers for ${name}, which is in its table`)
    const isOnTheWay = reached === entryState.materializing || reached === entryState.resolved
    if (!isOnTheWay) violations.push(`${name}, which responsibility ${id} answers for, is not emitted yet`)
  }
}

function verifyEntry(
  state: SessionState,
  { name, state: reached, pending, failure }: SymbolEntry,
  violations: string[],
): void {
  const responsibility = pending?.responsibility ?? null
  const isOnTheWay = reached === entryState.materializing || reached === entryState.resolved
  if (isOnTheWay !== (responsibility !== null)) violations.push(`somebody answers for ${name} while it is on its way`)
  const isAlive = responsibility === null || state.responsibilities.get(responsibility.id) === responsibility
  if (!isAlive) violations.push(`the responsibility for ${name} is alive`)
  const isAtRest = reached === entryState.failed || reached === entryState.neverSearched
  if (isAtRest && pending !== null) violations.push(`nobody waits for ${name}, which failed or was never searched`)
  if (failure !== null && reached !== entryState.failed) violations.push(`${name} has a failure only if it failed`)
}

function isListedBy(
  { responsibilities }: MaterializationResponsibility['unit'],
  responsibility: MaterializationResponsibility,
): boolean {
  for (let listed = responsibilities.first; listed !== null; listed = listed.next) {
    if (listed === responsibility) return true
  }
  return false
}
