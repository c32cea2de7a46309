// Somebody answers for every symbol that is on its way, and nobody for any other.
import { responsibleFor } from './responsibility.js'
import type { MaterializationResponsibility } from './responsibility.js'
import { layers } from './session-state.js'
import type { SessionState } from './session-state.js'
import { entryState, isErased } from './symbol-entry.js'
import type { SymbolEntry } from './symbol-entry.js'
import type { Check } from './verify-session-state.js'

export function verifyResponsibilities(state: SessionState, check: Check): void {
  let atWork = 0
  for (const responsibility of state.responsibilities.values()) {
    if (responsibility.holder !== null && responsibility.holder.role !== 'client') atWork++
    verifyResponsibility(state, responsibility, check)
  }
  check(atWork === state.counts.atWork, () => `layers hold ${atWork} responsibilities, not ${state.counts.atWork}`)
  for (const dylib of state.dylibs.values()) {
    for (const entry of dylib.symbols.values()) verifyEntry(state, entry, check)
    for (const tracker of dylib.trackers) {
      for (const unit of tracker.units) {
        for (const { id } of unit.responsibilities) {
          check(state.responsibilities.has(id), () => `unit ${unit.name} lists responsibility ${id}, which is alive`)
        }
      }
    }
  }
}

function verifyResponsibility(state: SessionState, responsibility: MaterializationResponsibility, check: Check): void {
  const { id, unit, holder } = responsibility
  check(!unit.tracker.defunct, () => `responsibility ${id} is under a live tracker`)
  check([...unit.responsibilities].includes(responsibility), () => `responsibility ${id} is listed by its unit`)
  const isOwn = responsibility.source.kind === 'aliases'
  const isWaiting = layers(state).some((layer) => layer.waiting.has(responsibility))
  check((holder === null) === (isOwn || isWaiting), () => `responsibility ${id} is held, or waits for a layer`)
  const isListed = holder === null || holder.connected
  check(isListed, () => `the holder of responsibility ${id} is there`)
  for (const entry of responsibleFor(responsibility)) {
    const { name, state: reached } = entry
    check(!isErased(entry), () => `responsibility ${id} answers for ${name}, which is in its table`)
    const isOnTheWay = reached === entryState.materializing || reached === entryState.resolved
    check(isOnTheWay, () => `${name}, which responsibility ${id} answers for, is not emitted yet`)
  }
}

function verifyEntry(state: SessionState, { name, state: reached, pending, failure }: SymbolEntry, check: Check): void {
  const responsibility = pending?.responsibility ?? null
  const isOnTheWay = reached === entryState.materializing || reached === entryState.resolved
  check(isOnTheWay === (responsibility !== null), () => `somebody answers for ${name} while it is on its way`)
  const isAlive = responsibility === null || state.responsibilities.get(responsibility.id) === responsibility
  check(isAlive, () => `the responsibility for ${name} is alive`)
  const isAtRest = reached === entryState.failed || reached === entryState.neverSearched
  check(!isAtRest || pending === null, () => `nobody waits for ${name}, which failed or was never searched`)
  check(failure === null || reached === entryState.failed, () => `${name} has a failure only if it failed`)
}
