// What must be true of a house at rest: nobody waits, nothing is half done, and whatever memory holds belongs to code that is
// there.
import { isCodeAddress, unitOfCode } from '@worc/protocol'
import type { SessionState } from '@worc/orc'
import { entryState } from '@worc/orc'
import { localOfSlot, verifyArena } from '@worc/executor-memory'
import type { LinkerId } from '@worc/protocol'
import type { SimHouse } from './sim-house.js'
import { isReady } from './sim-house.js'
import type { World } from './world.js'

/** Claims of executors' stacks have their thread in the unit's place. */
const firstThreadTag = 0xffff_0000
const linker = 0 as LinkerId

export function verifyRest(world: World, house: SimHouse): void {
  verifyAnswers(world, house)
  if (house.ended) return
  const { state } = house
  if (state === undefined) return
  const keys = liveKeys(state)
  verifyClaims(world, house, keys)
  for (const [manager, key] of house.books.keys())
    if (!keys.has(key))
      world.fail('I2', `manager ${manager} has something under key ${key}, which is no live tracker's`)
  verifyReadySymbols(world, house, state)
  verifyPointers(world, house)
}

/** After all was removed. */
export function verifyEmptied(world: World, house: SimHouse): void {
  verifyAnswers(world, house)
  const { ranges, tls, slots } = house.memory
  if (!house.users.some(({ thread, actor }) => thread.alive && actor.connected)) return
  for (const [name, arena] of [
    ['memory', ranges],
    ['thread-local storage', tls],
  ] as const) {
    const left = arena.rangesOf(linker).filter(({ unit, key }) => unit < firstThreadTag && key !== 0)
    if (left.length > 0) world.fail('I26', `${name} is not empty: ${JSON.stringify(left)}`)
  }
  const left = slots.slotsOf(linker)
  if (left.length > 0) world.fail('I26', `function slots are not empty: ${JSON.stringify(left)}`)
}

function verifyAnswers(world: World, house: SimHouse): void {
  for (const { actor, thread } of house.users) {
    if (!thread.alive || actor.pending.size === 0) continue
    const asks = [...actor.pending].map(([ask, { type }]) => `${type} (${ask})`)
    world.fail('LIVE', `${actor.name} waits for ever for ${asks.join(', ')}`)
  }
}

function liveKeys(state: SessionState): ReadonlySet<number> {
  const keys = new Set<number>()
  for (const { trackers } of state.dylibs.values()) for (const { key } of trackers) keys.add(key)
  return keys
}

function verifyClaims(world: World, house: SimHouse, keys: ReadonlySet<number>): void {
  const { ranges, tls, slots } = house.memory
  for (const arena of [ranges, tls, slots]) {
    const [wrong] = verifyArena(arena)
    if (wrong !== undefined) world.fail('I25', wrong)
  }
  const stacks = ranges.rangesOf(linker).filter(({ unit }) => unit >= firstThreadTag)
  if (new Set(stacks.map(({ unit }) => unit)).size < stacks.length)
    world.fail('I26', 'an executor has two stacks: a link actor was introduced to it twice')
  const claims = [...ranges.rangesOf(linker), ...tls.rangesOf(linker), ...slots.slotsOf(linker)]
  for (const { unit, key, state } of claims) {
    if (unit >= firstThreadTag || key === 0) continue
    if (state !== 'ready') world.fail('I26', `unit ${unit} is ${state} though all is at rest`)
    if (state === 'ready' && !keys.has(key))
      world.fail('I26', `unit ${unit} is filed under key ${key}, which is no live tracker's`)
  }
}

/** A function pointer leads somewhere in a thread that runs code as long as somebody has it, and then nowhere. */
function verifyPointers(world: World, house: SimHouse): void {
  const claimed = new Set<number>(house.memory.slots.slotsOf(linker).map(({ slot }) => localOfSlot(slot)))
  for (const { thread, actor, executor } of house.users) {
    if (!thread.alive) continue
    for (const [local, target] of executor?.code?.pointers.entries() ?? []) {
      if (target !== null && !claimed.has(local))
        world.fail('I32', `slot ${local} is nobody's, and leads somewhere for ${actor.name}`)
    }
  }
}

/** What a lookup would answer can be called in every thread. */
function verifyReadySymbols(world: World, house: SimHouse, state: SessionState): void {
  const executors = house.users.filter((user) => user.thread.alive && isReady(user))
  for (const dylib of state.dylibs.values()) {
    for (const { name, state: reached, address } of dylib.symbols.values()) {
      if (reached !== entryState.ready || !isCodeAddress(address)) continue
      const unit = unitOfCode(address)
      const without = executors.filter(({ executor }) => executor?.actor.units.factsOf(unit) === undefined)
      for (const { actor } of without) {
        world.fail('I30', `${name} of ${dylib.name} is ready, and ${actor.name} has no unit ${unit}`)
      }
    }
  }
}
