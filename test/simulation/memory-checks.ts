// What must hold of executor memory after every step: nothing is lost or counted twice, and no memory is given back while a
// thread runs the code it belongs to.
import type { LinkerId } from '@worc/protocol'
import { verifyArena } from '@worc/executor-memory'
import type { SimHouse } from './sim-house.js'
import { memoryChanges } from './sim-memory.js'
import type { World } from './world.js'

const linker = 0 as LinkerId

/** All of memory is looked at after so many steps, and at rest. */
const contentsEvery = 16

/** Looks again only where something may have changed. */
export class MemoryChecks {
  readonly #world: World
  readonly #house: SimHouse
  #conservedAt = -1
  #heldAt = -1
  #frames = 0
  /** Units that were removed while a thread ran them. */
  readonly #zombies = new Set<number>()

  constructor(world: World, house: SimHouse) {
    this.#world = world
    this.#house = house
  }

  /** After any step. */
  onStep(): void {
    const changes = memoryChanges()
    if (this.#conservedAt !== changes) {
      this.#verifyConservation()
      if (this.#world.step % contentsEvery === 0) this.verifyContents()
    }
    this.#conservedAt = changes
    let frames = 0
    for (const { thread } of this.#house.users) frames += thread.frames.length
    if (frames > 0 && (changes !== this.#heldAt || frames !== this.#frames)) this.#verifyRunningCode()
    if (changes !== this.#heldAt) this.#followZombies()
    this.#heldAt = changes
    this.#frames = frames
  }

  /** What runs while it is removed is given back when its threads have left it. */
  #followZombies(): void {
    for (const unit of this.#world.retractedInCall) this.#zombies.add(unit)
    this.#world.retractedInCall.length = 0
    if (this.#zombies.size === 0) return
    const held = new Set(this.#house.memory.ranges.rangesOf(linker).map(({ unit }) => unit as number))
    for (const unit of this.#zombies) {
      if (held.has(unit)) continue
      this.#zombies.delete(unit)
      this.#world.probes.hit('zombie-freed-at-exit')
    }
  }

  /** Ranges that were given out lie side by side, and in each is what its unit wrote there. */
  verifyContents(): void {
    const { ranges, buffers } = this.#house.memory
    const [wrong] = verifyArena(ranges)
    if (wrong !== undefined) this.#world.fail('I29', wrong)
    const bytes = new Uint8Array(buffers.memory.buffer)
    for (const { unit } of ranges.rangesOf(linker, 'ready')) {
      const written = this.#house.written.get(unit)
      if (written === undefined || written.sizeBytes === 0) continue
      const { address, sizeBytes, value } = written
      const isWhole = bytes[address] === value && bytes[address + sizeBytes - 1] === value
      this.#world.expect(isWhole, 'I29', () => `somebody wrote over the data of unit ${unit} at ${address}`)
    }
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
