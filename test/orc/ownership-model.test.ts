// Who owns what, once more, in a few lines: a map from names to trackers, and the operations on it. A session that is
// driven by the same random operations must agree after each of them, and in each answer.
import { describe, it } from 'mocha'
import { expect } from 'chai'
import type { TrackerId } from '@worc/protocol'
import { defaultTrackerOf } from '@worc/protocol'
import { RandomSource } from './random-source.js'
import { openSession } from './session-driver.js'
import { absolute, strong, weakly } from './unit-fixtures.js'
import type { Answer } from './answer.js'

interface Definition {
  readonly owner: number
  readonly weak: boolean
  readonly searched: boolean
}

/** Tracker 0 is the default one, which is always live. */
class Model {
  readonly symbols = new Map<string, Definition>()
  readonly live = new Set([0])

  define(owner: number, names: readonly string[], weak: boolean): string {
    if (!this.live.has(owner)) return 'ResourceTrackerDefunct'
    const strongHere = (name: string): boolean => {
      const known = this.symbols.get(name)
      return known !== undefined && !(known.weak && !known.searched)
    }
    if (!weak && names.some(strongHere)) return 'DuplicateDefinition'
    for (const name of names) {
      if (weak && this.symbols.has(name)) continue
      this.symbols.delete(name)
      this.symbols.set(name, { owner, weak, searched: false })
    }
    return 'ok'
  }

  lookup(names: readonly string[], units: ReadonlyMap<string, readonly string[]>): string {
    if (names.some((name) => !this.symbols.has(name))) return 'SymbolsNotFound'
    for (const name of names) for (const mate of units.get(name) ?? [name]) this.search(mate)
    return 'ok'
  }

  search(name: string): void {
    const known = this.symbols.get(name)
    if (known !== undefined) this.symbols.set(name, { ...known, searched: true })
  }

  remove(owner: number): string {
    const wasLive = owner === 0 || this.live.delete(owner)
    if (!wasLive) return 'ok'
    for (const [name, definition] of this.symbols) if (definition.owner === owner) this.symbols.delete(name)
    return 'ok'
  }

  transfer(source: number, destination: number): string {
    if (!this.live.has(source) || !this.live.has(destination)) return 'ResourceTrackerDefunct'
    if (source === destination) return 'ok'
    if (source !== 0) this.live.delete(source)
    for (const [name, known] of this.symbols) {
      if (known.owner === source) this.symbols.set(name, { ...known, owner: destination })
    }
    return 'ok'
  }

  removeNames(names: readonly string[]): string {
    if (names.some((name) => !this.symbols.has(name))) return 'SymbolsNotFound'
    for (const name of names) this.symbols.delete(name)
    return 'ok'
  }

  clear(used: ReadonlySet<number>): string {
    for (const owner of used) this.live.delete(owner)
    this.live.add(0)
    this.symbols.clear()
    return 'ok'
  }
}

const names = ['Foo', 'Bar', 'Baz', 'Qux', 'Quux', 'Corge']

describe('ownership against a model', () => {
  for (let seed = 1; seed <= 30; seed++) {
    it(`agrees after every operation, seed ${seed}`, () => walk(seed))
  }
})

function walk(seed: number): void {
  const random = new RandomSource(seed)
  const { session, client, main } = openSession()
  const model = new Model()
  const trackers: TrackerId[] = [defaultTrackerOf(main)]
  const used = new Set<number>()
  /** Names that were defined together: a lookup of one searches all that are left. */
  const units = new Map<string, readonly string[]>()
  const pick = (): number => random.below(trackers.length)
  const idOf = (index: number): TrackerId => trackers[index] ?? defaultTrackerOf(main)

  const operations: readonly (() => readonly [expected: string, answer: Answer<unknown>])[] = [
    () => {
      const [owner, weak, chosen] = [pick(), random.chance(0.4), random.some(names, 1 + random.below(3))]
      const mates = chosen.filter((name) => !(weak && model.symbols.has(name)))
      const expected = model.define(owner, chosen, weak)
      if (expected === 'ok') for (const name of mates) leaveUnit(units, name)
      if (expected === 'ok') for (const name of mates) units.set(name, mates)
      if (expected === 'ok') used.add(owner)
      const symbols = Object.fromEntries(chosen.map((name) => [name, weak ? weakly : strong]))
      const source = absolute(Object.fromEntries(chosen.map((name) => [name, 1])))
      return [expected, client.tryDefine(main, client.unit(symbols, { source }), idOf(owner))]
    },
    () => {
      const chosen = random.some(names, 1 + random.below(2))
      return [model.lookup(chosen, units), client.lookup(main, chosen)]
    },
    () => {
      const owner = pick()
      if (owner === 0) used.delete(0)
      return [model.remove(owner), client.remove(idOf(owner))]
    },
    () => {
      const [source, destination] = [pick(), pick()]
      if (model.transfer(source, destination) !== 'ok')
        return ['ResourceTrackerDefunct', client.transfer(idOf(source), idOf(destination))]
      if (used.has(source)) used.add(destination)
      if (source === 0 && destination !== 0) used.delete(0)
      return ['ok', client.transfer(idOf(source), idOf(destination))]
    },
    () => {
      const chosen = random.some(names, 1 + random.below(2))
      const expected = model.removeNames(chosen)
      if (expected === 'ok') for (const name of chosen) leaveUnit(units, name)
      return [expected, client.request({ type: 'removeSymbols', dylib: main, names: chosen })]
    },
    () => {
      if (random.chance(0.8)) return ['ok', client.request({ type: 'dump' })]
      const cleared = model.clear(used)
      used.clear()
      return [cleared, client.request({ type: 'clear', dylib: main })]
    },
    () => {
      model.live.add(trackers.push(client.createTracker(main)) - 1)
      return ['ok', client.request({ type: 'dump' })]
    },
    () => {
      const owner = pick()
      if (owner !== 0 && model.live.has(owner)) {
        model.transfer(owner, 0)
        if (used.has(owner)) used.add(0)
      }
      if (owner !== 0) client.drop(idOf(owner))
      if (owner !== 0) trackers[owner] = idOf(owner)
      return ['ok', client.request({ type: 'dump' })]
    },
  ]
  for (let step = 0; step < 300; step++) {
    const operation = random.pick(operations)
    if (operation === undefined) return
    const [expected, answer] = operation()
    // Removing a tracker whose handles were dropped names one that nobody holds.
    const isForgotten = answer.outcome === 'ResourceTrackerDefunct' && expected === 'ok'
    if (!isForgotten) expect(answer.outcome, `step ${step}`).to.equal(expected)
    const actual = [...(session.state.dylibs.get(main)?.symbols.values() ?? [])].map(({ name, unit }) => [
      name,
      trackers.indexOf(unit.tracker.id),
    ])
    const owned = [...model.symbols].map(([name, { owner }]) => [name, owner])
    expect(Object.fromEntries(actual), `step ${step}`).to.deep.equal(Object.fromEntries(owned))
  }
}

function leaveUnit(units: Map<string, readonly string[]>, name: string): void {
  for (const [mate, mates] of units)
    units.set(
      mate,
      mates.filter((other) => other !== name),
    )
}
