// The stack and thread-local block of each executor's thread, in executor memory. They are the executor's until it leaves;
// records carry its index in the unit's place, so that a successor can tell whose they are.
import type { Expected, ExecutorId, LinkedUnitId, LinkerId, ResourceKey } from '@worc/protocol'
import { failure, success } from '@worc/protocol'
import type { Reservation } from '@worc/executor-memory'
import type { Arenas } from './link-config.js'

export interface ThreadPlace {
  readonly stackLow: number
  readonly stackHigh: number
  readonly tlsBase: number
}

const firstThreadTag = 0xffff_0000
const stackAlignment = 16

export class ExecutorPlaces {
  readonly #arenas: Arenas
  readonly #owner: LinkerId
  readonly #places = new Map<ExecutorId, Reservation>()

  constructor(arenas: Arenas, owner: LinkerId) {
    this.#arenas = arenas
    this.#owner = owner
    for (const range of arenas.ranges.rangesOf(owner, 'ready')) {
      if (range.unit >= firstThreadTag)
        this.#places.set((range.unit - firstThreadTag) as ExecutorId, {
          id: range.id,
          address: range.address,
          sizeBytes: range.sizeBytes,
        })
    }
  }

  place(executor: ExecutorId): Expected<ThreadPlace> {
    const { stackBytes, tlsBlockBytes } = this.#arenas.buffers
    const known = this.#places.get(executor)
    const reserved = known === undefined ? this.#reserve(executor, tlsBlockBytes + stackBytes) : success(known)
    if (!reserved.ok) return reserved
    const { address } = reserved.value
    const stackLow = address + tlsBlockBytes
    return success({ tlsBase: address, stackLow, stackHigh: stackLow + stackBytes })
  }

  release(executor: ExecutorId, epoch: number): void {
    const place = this.#places.get(executor)
    if (place === undefined) return
    this.#places.delete(executor)
    this.#arenas.mapper.deinitialize(place, epoch)
    this.#arenas.mapper.release(place)
  }

  #reserve(executor: ExecutorId, sizeBytes: number): Expected<Reservation> {
    const claim = { owner: this.#owner, key: 0 as ResourceKey, unit: (firstThreadTag + executor) as LinkedUnitId }
    const reserved = this.#arenas.mapper.reserve(sizeBytes, stackAlignment, claim)
    if (!reserved.ok) return reserved
    const initialized = this.#arenas.mapper.initialize(reserved.value, [])
    if (!initialized.ok) return failure(initialized.error)
    this.#places.set(executor, reserved.value)
    return reserved
  }
}
