// Memory of programs that run in executors' threads, asked for as a program asks its operating system. It is the thread's, and
// goes with it. Records carry the executor's index in the unit's place, for whoever comes after a dead link actor.
import type { ExecutorAddr, ExecutorId, Expected, LinkedUnitId, LinkerId, ResourceKey } from '@worc/protocol'
import { failure, plainError, success } from '@worc/protocol'
import type { Reservation } from '@worc/executor-memory'
import { firstThreadTag } from './executor-places.js'
import type { Arenas } from './link-config.js'

/** Claims with such a unit, below those of threads' places, are for what a thread's program mapped. */
export const firstRegionTag: number = firstThreadTag - 0x1_0000
const regionAlignment = 16

export class ExecutorRegions {
  readonly #arenas: Arenas
  readonly #owner: LinkerId
  readonly #regions = new Map<ExecutorAddr, { readonly executor: ExecutorId; readonly reservation: Reservation }>()

  constructor(arenas: Arenas, owner: LinkerId) {
    this.#arenas = arenas
    this.#owner = owner
    for (const range of arenas.ranges.rangesOf(owner, 'ready')) {
      const { unit, address } = range
      if (unit < firstRegionTag || unit >= firstThreadTag) continue
      this.#regions.set(address, { executor: (unit - firstRegionTag) as ExecutorId, reservation: range })
    }
  }

  map(executor: ExecutorId, sizeBytes: number): Expected<{ readonly address: ExecutorAddr }> {
    const claim = { owner: this.#owner, key: 0 as ResourceKey, unit: (firstRegionTag + executor) as LinkedUnitId }
    const reserved = this.#arenas.mapper.reserve(sizeBytes, regionAlignment, claim)
    if (!reserved.ok) return reserved
    const initialized = this.#arenas.mapper.initialize(reserved.value, [])
    if (!initialized.ok) return initialized
    const { address } = reserved.value
    this.#regions.set(address, { executor, reservation: reserved.value })
    return success({ address })
  }

  unmap(executor: ExecutorId, address: ExecutorAddr, epoch: number): Expected<null> {
    const region = this.#regions.get(address)
    if (region?.executor !== executor)
      return failure(plainError('BadArgument', `no region of executor ${executor} begins at ${address}`))
    this.#release(address, region.reservation, epoch)
    return success(null)
  }

  /** The thread is gone. */
  releaseAll(executor: ExecutorId, epoch: number): void {
    for (const [address, region] of this.#regions)
      if (region.executor === executor) this.#release(address, region.reservation, epoch)
  }

  #release(address: ExecutorAddr, reservation: Reservation, epoch: number): void {
    this.#regions.delete(address)
    this.#arenas.mapper.deinitialize(reservation, epoch)
    this.#arenas.mapper.release(reservation)
  }
}
