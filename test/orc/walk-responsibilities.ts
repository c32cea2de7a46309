// Steps of a random walk: what holders do with the responsibilities they were given.
import type { DependenceGroup, FlagsEntry, UnitDescription, UnitId } from '@worc/protocol'
import { plainError } from '@worc/protocol'
import { absolute, initOnly, object, source, strong, weakly } from './unit-fixtures.js'
import { names } from './walk-world.js'
import type { WalkWorld, Work } from './walk-world.js'

const deeds: readonly (readonly [weight: number, deed: (world: WalkWorld, work: Work) => void])[] = [
  [6, resolve],
  [9, emit],
  [1, fail],
  [1, delegate],
  [1, replace],
  [1, handOn],
  [1, claimNames],
  [1, askWhoWaits],
  [1, forget],
]

export function doWork(world: WalkWorld): void {
  const work = world.random.pick(world.work)
  if (work === undefined) return
  let at = world.random.below(22)
  for (const [weight, deed] of deeds) {
    at -= weight
    if (at < 0) return deed(world, work)
  }
}

function resolve(world: WalkWorld, work: Work): void {
  const addressed = work.symbols.filter(([, flags]) => flags !== initOnly)
  const definitions = addressed.map(([name, flags]) => [name, 0x200, flags] as const)
  world.ask(work.holder, { type: 'notifyResolved', responsibility: work.responsibility, definitions })
  work.resolved = true
}

function emit(world: WalkWorld, work: Work): void {
  if (!work.resolved && world.random.chance(0.9)) resolve(world, work)
  const groups = groupsOf(world, work)
  const succeeded = world.oracle.emission(work.dylib, groups)
  const hasInit = work.symbols.some(([, flags]) => flags === initOnly)
  const initializers = hasInit ? [{ priority: world.random.below(3), function: 1 }] : []
  const { responsibility } = work
  const emitted = world.ask(work.holder, { type: 'notifyEmitted', responsibility, groups, initializers })
  if (emitted.succeeded) succeeded()
  done(world, work)
}

/** Mostly on what is there, in whatever state. */
function groupsOf(world: WalkWorld, work: Work): DependenceGroup[] {
  const { random } = world
  const groups: DependenceGroup[] = []
  for (const [name] of work.symbols) {
    if (random.chance(0.5)) continue
    const other = random.chance(0.8) ? work.dylib : world.dylib()
    const known = random.chance(0.97) ? world.definedNames(other) : names
    groups.push({ symbols: [name], dependencies: [[other, random.some(known, random.below(4))]] })
  }
  return groups
}

export function fail(world: WalkWorld, work: Work): void {
  const cause = world.random.chance(0.5) ? plainError('BadObject', 'a bad object') : null
  world.ask(work.holder, { type: 'failMaterialization', responsibility: work.responsibility, cause })
  done(world, work)
}

function forget(world: WalkWorld, work: Work): void {
  work.holder.tell({ type: 'responsibilityDropped', responsibility: work.responsibility, cause: null })
  done(world, work)
}

function done(world: WalkWorld, work: Work): void {
  world.work = world.work.filter((other) => other !== work)
}

function askWhoWaits(world: WalkWorld, work: Work): void {
  world.ask(work.holder, { type: 'requestedSymbols', responsibility: work.responsibility })
}

function delegate(world: WalkWorld, work: Work): void {
  const taken = world.random.some(work.symbols, 1)
  const { holder, responsibility, dylib, resolved } = work
  const delegated = world.ask(holder, { type: 'delegate', responsibility, names: taken.map(([name]) => name) })
  if (!delegated.succeeded) return
  work.symbols = work.symbols.filter((symbol) => !taken.includes(symbol))
  world.work.push({ holder, responsibility: delegated.value, dylib, symbols: taken, resolved })
}

function replace(world: WalkWorld, work: Work): void {
  const { holder, responsibility } = work
  const back = world.random.some(work.symbols, 2)
  const unit: UnitDescription = {
    unit: holder.newId() as UnitId,
    name: `again${world.step}`,
    symbols: back,
    initSymbol: back.find(([, flags]) => flags === initOnly)?.[0] ?? null,
    source: { kind: 'user' },
  }
  const replaced = world.ask(holder, { type: 'replace', responsibility, unit })
  if (replaced.succeeded) work.symbols = work.symbols.filter((symbol) => !back.includes(symbol))
}

function handOn(world: WalkWorld, work: Work): void {
  const { holder, responsibility } = work
  const anything = absolute(Object.fromEntries(names.map((name) => [name, 0x300])))
  const onward = world.random.pick([object, source, anything]) ?? object
  world.ask(holder, { type: 'emit', responsibility, source: onward })
  done(world, work)
}

function claimNames(world: WalkWorld, work: Work): void {
  const { random } = world
  const { holder, responsibility } = work
  const symbols = random.some(names, 2).map((name): FlagsEntry => [name, random.chance(0.6) ? weakly : strong])
  const claimed = world.ask(holder, { type: 'defineMaterializing', responsibility, symbols })
  if (!claimed.succeeded) return
  work.symbols.push(...symbols.filter(([name]) => claimed.value.includes(name)))
  work.resolved = false
}
