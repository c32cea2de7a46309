// The second half of a schedule: faults are over, whoever hangs is replaced, calls return, and whatever is still to happen
// happens in a fixed order. All must be quiet before long, with no ask unanswered; then everything is removed, and executor
// memory must be empty.
import type { Stage } from './decisions.js'
import { verifyRest, verifyEmptied } from './rest.js'
import { isReady } from './sim-house.js'

/** Steps in which a house must come to rest. */
const patience = 2000

/** Reports to the world what does not hold. */
export function bringToRest(stage: Stage, seed: number): void {
  const { world, house } = stage
  house.pressure = 'none'
  for (const thread of world.threads.values()) thread.death = undefined
  for (const thread of house.hanging) {
    world.probes.hit('hung-compile-killed')
    world.kill(thread)
  }
  settle(stage)
  if (hasFailed(stage)) return
  stage.memory.verifyContents()
  // What is ready can be called in a thread that comes now, whoever made it.
  if (house.hasLostLinkers && !house.ended) {
    house.addUser(true)
    settle(stage)
    if (hasFailed(stage)) return
  }
  verifyRest(world, house)
  if (hasFailed(stage) || house.ended) return
  emptyHouse(stage)
  settle(stage)
  if (hasFailed(stage)) return
  verifyEmptied(world, house)
  if (!hasFailed(stage) && seed % 2 === 0) {
    house.end()
    settle(stage)
  }
}

function hasFailed({ world }: Stage): boolean {
  return world.failure !== undefined
}

function settle(stage: Stage): void {
  const { world, house } = stage
  for (let steps = 0; steps < patience; steps++) {
    if (hasFailed(stage)) return
    for (const thread of house.hanging) world.kill(thread)
    const [lane] = stage.lanes()
    if (lane === undefined) return
    stage.do(stage.decisionOn(lane, () => 0))
    world.step++
  }
  world.fail('LIVE', `no rest after ${patience} steps: ${world.waitFor()}`)
}

/** Somebody removes everything that is left, and gives back what was allocated by hand. */
function emptyHouse({ world, house }: Stage): void {
  const here = house.users.filter(({ thread, actor }) => thread.alive && actor.connected)
  for (const user of here) world.within(user.thread, () => user.actor.deallocateAll())
  for (const user of here) if (isReady(user)) world.within(user.thread, () => user.executor?.actor.unpark())
  const [somebody] = here.length > 0 ? here : []
  const { state } = house
  if (somebody === undefined || state === undefined) return
  for (const dylib of state.dylibs.keys())
    world.within(somebody.thread, () => somebody.actor.ask({ type: 'clear', dylib }))
}
