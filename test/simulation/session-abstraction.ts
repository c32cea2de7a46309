// What of a session's state the reference model speaks of, as lines of text to be compared: nothing of how it is kept.
import { entryState } from '@worc/orc'
import type { SessionState } from '@worc/orc'
import { hasAddress } from './model-state.js'
import type { KnownNumbers } from './known-numbers.js'
import type { ReferenceModel } from './reference-model.js'

/** By what they are about. */
type Facts = ReadonlyMap<string, string>

const stateNames = new Map<number, string>(Object.entries(entryState).map(([name, state]) => [state, name]))

export function factsOfSession(state: SessionState): Facts {
  const facts = new Map<string, string>()
  for (const { id, phase, symbols, trackers } of state.dylibs.values()) {
    if (phase !== 'open') continue
    for (const { name, flags, state: reached, address, unit } of symbols.values()) {
      const at = reached >= entryState.resolved && hasAddress({ flags }) ? address : 'no address'
      const owner = `unit ${unit.id}, key ${unit.tracker.key}`
      facts.set(
        `${name} in dylib ${id}`,
        `${stateNames.get(reached) ?? reached}, flags ${flags}, at ${at}, of ${owner}`,
      )
    }
    for (const { id: tracker, key, used } of trackers)
      if (isFact(tracker, used)) facts.set(`key ${key}`, factOf(tracker, used))
  }
  for (const { id, holder, unit, symbols } of state.responsibilities.values()) {
    if (holder === null) continue
    const answersFor = symbols.filter(({ pending }) => pending?.responsibility?.id === id)
    facts.set(`responsibility ${id}`, describe(holder.id, unit.id, answersFor))
  }
  return facts
}

export function factsOfModel({ symbols, live }: ReferenceModel, numbers: KnownNumbers): Facts {
  const facts = new Map<string, string>()
  for (const { name, flags, dylib, state, address, unit } of symbols.symbols) {
    const hasOne = hasAddress({ flags }) && ['resolved', 'emitted', 'ready'].includes(state)
    const owner = `unit ${unit.description.unit}, key ${numbers.keyOf(unit.tracker)}`
    facts.set(
      `${name} in dylib ${dylib.id}`,
      `${state}, flags ${flags}, at ${hasOne ? address : 'no address'}, of ${owner}`,
    )
  }
  for (const tracker of live) {
    if (isFact(tracker.id, tracker.used)) facts.set(`key ${numbers.keyOf(tracker)}`, factOf(tracker.id, tracker.used))
  }
  for (const [id, work] of numbers.responsibilities) {
    if (!symbols.works.has(work) || work.holder === undefined) continue
    facts.set(`responsibility ${id}`, describe(work.holder, work.unit.description.unit, symbols.symbolsOf(work)))
  }
  return facts
}

/** When a default tracker that owns nothing is made is nobody's business. */
function isFact(tracker: number, used: boolean): boolean {
  return tracker > 0 || used
}

function factOf(tracker: number, used: boolean): string {
  return `tracker ${tracker}, ${used ? 'used' : 'unused'}`
}

function describe(holder: number, unit: number, symbols: readonly { readonly name: string }[]): string {
  const names = symbols.map(({ name }) => name).sort()
  return `client ${holder}, unit ${unit}: ${names.join(' ')}`
}

export function differences(session: Facts, model: Facts): string[] {
  const about = new Set([...session.keys(), ...model.keys()])
  return [...about]
    .filter((key) => session.get(key) !== model.get(key))
    .map((key) => `${key} is ${session.get(key) ?? 'not there'}; should be ${model.get(key) ?? 'gone'}`)
}
