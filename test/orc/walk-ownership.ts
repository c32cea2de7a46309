// Steps of a random walk: dylibs, trackers, definitions and lookups, as anybody may do them.
import type { LookupSetEntry, TrackerId } from '@worc/protocol'
import { names } from './walk-world.js'
import type { WalkWorld } from './walk-world.js'

export function define(world: WalkWorld): void {
  const client = world.anybody()
  const dylib = world.dylib()
  const tracker = world.random.chance(0.2) ? null : world.tracker(dylib)
  const defined = new Set(world.definedNames(dylib))
  const free = world.random.chance(0.7) ? names.filter((name) => !defined.has(name)) : names
  const unit = world.unit(client, free.length > 0 ? free : names)
  world.ask(client, { type: 'define', dylib, tracker, unit })
}

export function lookup(world: WalkWorld): void {
  const { random } = world
  const searchOrder = world.searchOrder()
  const known = random.chance(0.8) ? searchOrder.flatMap(([dylib]) => world.definedNames(dylib)) : names
  const symbols = random.some(known, 1 + random.below(3)).map((name): LookupSetEntry => [name, random.chance(0.7)])
  const kind = random.chance(0.7) ? 'static' : 'dlsym'
  if (random.chance(0.1)) {
    world.ask(world.anybody(), { type: 'lookupFlags', kind, searchOrder, symbols })
    return
  }
  const requiredState = random.pick(['resolved', 'emitted', 'ready', 'ready'] as const) ?? 'ready'
  const message = { type: 'lookup', kind, searchOrder, symbols, requiredState } as const
  if (!world.isModelled && random.chance(0.2)) {
    const [, within] = random.pick(world.generators) ?? []
    world.ask(world.anybody(), within === undefined ? message : { ...message, within })
    return
  }
  const work = random.chance(0.2) ? random.pick(world.work) : undefined
  if (work === undefined) world.ask(world.anybody(), message)
  else world.ask(work.holder, { ...message, onBehalfOf: work.responsibility })
}

export function createTracker(world: WalkWorld): void {
  const dylib = world.dylib()
  world.trackers.push([world.anybody().createTracker(dylib), dylib])
  if (world.trackers.length > 12) world.trackers.shift()
}

export function remove(world: WalkWorld): void {
  const wait = world.random.chance(0.3) ? 'reclaimed' : 'retired'
  const tracker = world.tracker()
  world.ask(world.anybody(), { type: 'removeTracker', tracker, wait })
  world.forgetTracker(tracker)
}

export function transfer(world: WalkWorld): void {
  const dylib = world.dylib()
  const source = world.tracker(dylib)
  world.ask(world.anybody(), { type: 'transferTo', source, destination: world.tracker(dylib) })
  world.forgetTracker(source)
}

export function drop(world: WalkWorld): void {
  world.anybody().drop(world.tracker())
}

/** A tracker for another client, which may use it before it is announced. */
export function handOver(world: WalkWorld): void {
  const { random } = world
  const [giver, taker] = random.some(world.people, 2)
  if (giver === undefined || taker === undefined) return
  const early = random.chance(0.5)
  const tracker = giver.newId() as TrackerId
  const token = giver.newId()
  const dylib = world.dylib()
  if (early) world.ask(taker, { type: 'adoptTracker', tracker, token })
  if (early) world.ask(taker, { type: 'define', dylib, tracker, unit: world.unit(taker) })
  giver.tell({ type: 'createResourceTracker', tracker, dylib })
  giver.tell({ type: 'retainTracker', tracker, token })
  if (random.chance(0.5)) giver.drop(tracker)
  if (!early) world.ask(taker, { type: 'adoptTracker', tracker, token })
  world.trackers.push([tracker, dylib])
}

export function removeSymbols(world: WalkWorld): void {
  const removed = world.random.some(names, 1 + world.random.below(2))
  world.ask(world.anybody(), { type: 'removeSymbols', dylib: world.dylib(), names: removed })
}

export function resetSymbols(world: WalkWorld): void {
  const { random } = world
  const some = random.chance(0.5) ? null : random.some(names, 1 + random.below(2))
  world.ask(world.anybody(), { type: 'resetSymbols', dylib: world.dylib(), names: some })
}

export function clear(world: WalkWorld): void {
  world.ask(world.anybody(), { type: 'clear', dylib: world.dylib() })
}

export function editLinkOrder(world: WalkWorld): void {
  const { random } = world
  const dylib = world.dylib()
  const client = world.anybody()
  const order = world.searchOrder()
  if (random.chance(0.3)) world.ask(client, { type: 'removeFromLinkOrder', dylib, entry: world.dylib() })
  else if (random.chance(0.5)) world.ask(client, { type: 'setLinkOrder', dylib, order, selfFirst: true })
  else world.ask(client, { type: 'addToLinkOrder', dylib, entries: order })
}

export function replaceDylib(world: WalkWorld): void {
  const dylib = world.dylib()
  world.ask(world.anybody(), { type: 'removeJITDylibs', dylibs: [dylib] })
  if (world.random.chance(0.9)) world.dylibs.splice(world.dylibs.indexOf(dylib), 1)
  world.createDylib(`lib${world.step}`)
}
