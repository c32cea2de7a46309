// What must hold of executor memory after every step: nothing is lost or counted twice, and no memory is given back while a
// thread runs the code it belongs to.
import type { LinkerId } from '@worc/protocol'
import type { SimHouse } from './sim-house.js'
import { memoryChanges } from './sim-memory.js'
import type { World } from './world.js'

const linker = 0 as LinkerId

/** Looks again only where something may have changed. */
export class MemoryChecks {
  readonly #world: World
  readonly #house: SimHouse
  #conservedAt = -1
  #heldAt = -1
  #frames = 0

  constructor(world: World, house: SimHouse) {
    this.#world = world
    this.#house = house
  }

  /** After any step. */
  onStep(): void {
    const changes = memoryChanges()
    if (this.#conservedAt !== changes) this.#verifyConservation()
    this.#conservedAt = changes
    let frames = 0
    for (const { thread } of this.#house.users) frames += thread.frames.length
    if (frames > 0 && (changes !== this.#heldAt || frames !== this.#frames)) this.#verifyRunningCode()
    this.#heldAt = changes
    this.#frames = frames
  }

  #verifyConservation(): void {
    const { ranges, tls } = this.#house.memory
    for (const arena of [ranges, tls]) {
      const { totalBytes, freeBytes, inFlight, ready, retired } = arena.stats()
      this.#world.expect(
        freeBytes + inFlight + ready + retired === totalBytes,
        'I25',
        () =>
          `${freeBytes} free, ${inFlight} in flight, ${ready} ready, ${retired} retired bytes are not ${totalBytes}`,
      )
    }
  }

  #verifyRunningCode(): void {
    const held = new Set(this.#house.memory.ranges.rangesOf(linker).map(({ unit }) => unit as number))
    for (const { thread } of this.#house.users) {
      for (const { unit, dataBytes } of thread.frames) {
        const isHeld = dataBytes === 0 || held.has(unit)
        this.#world.expect(
          isHeld,
          'I31',
          () => `the memory of unit ${unit} was given back while ${thread.name} runs it`,
        )
      }
    }
  }
}
