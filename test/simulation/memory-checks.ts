// What must hold of executor memory after every step: nothing is lost or counted twice, and no memory is given back while a
// thread runs the code it belongs to.
import type { LinkerId } from '@worc/protocol'
import type { Arenas } from '@worc/link'
import type { SimHouse } from './sim-house.js'
import type { SimThread } from './sim-thread.js'
import type { World } from './world.js'

const linker = 0 as LinkerId

/** After a turn of a link actor. */
export function verifyConservation(world: World, { ranges, tls }: Arenas): void {
  for (const arena of [ranges, tls]) {
    const { totalBytes, freeBytes, inFlight, ready, retired } = arena.stats()
    world.expect(
      freeBytes + inFlight + ready + retired === totalBytes,
      'I25',
      () => `${freeBytes} free, ${inFlight} in flight, ${ready} ready, ${retired} retired bytes are not ${totalBytes}`,
    )
  }
}

/** After any step, where code runs. */
export function verifyRunningCode(world: World, { users, memory }: SimHouse): void {
  for (const { thread } of users) if (thread.frames.length > 0) verifyThread(world, thread, memory)
}

function verifyThread(world: World, { name, frames }: SimThread, { ranges }: Arenas): void {
  const held = new Set(ranges.rangesOf(linker).map(({ unit }) => unit as number))
  for (const { unit, dataBytes } of frames) {
    const isHeld = dataBytes === 0 || held.has(unit)
    world.expect(isHeld, 'I31', () => `the memory of unit ${unit} was given back while ${name} runs it`)
  }
}
