// Memory that clients ask for by hand, through the session's doors. It belongs to no unit and stays until it is given back,
// also where the link actor that gave it is dead: the arena knows it.
import type { Expected, JITErrorData, LinkRequest, LinkedUnitId, ResourceKey } from '@worc/protocol'
import { failure, plainError, success } from '@worc/protocol'
import type { Reservation } from '@worc/executor-memory'
import type { Arenas, LinkConfig } from './link-config.js'

const noUnit = 0 as LinkedUnitId

export class DoorAllocations {
  readonly #owner: LinkConfig['linker']
  readonly #arenas: Arenas
  readonly #byAddress = new Map<number, Reservation>()
  /** In flight, and to be executable when they are finalized. */
  readonly #executable = new Set<Reservation>()

  constructor(owner: LinkConfig['linker'], arenas: Arenas) {
    this.#owner = owner
    this.#arenas = arenas
    for (const range of arenas.ranges.rangesOf(owner, 'ready'))
      if (range.unit === noUnit) this.#byAddress.set(range.address, range)
  }

  /** To be written until it is finalized. */
  allocate({ sizeBytes, alignmentBytes, executable }: Extract<LinkRequest, { type: 'allocate' }>): Expected<unknown> {
    const claim = { owner: this.#owner, key: 0 as ResourceKey, unit: noUnit }
    const reserved = this.#arenas.mapper.reserve(sizeBytes, alignmentBytes, claim)
    if (!reserved.ok) return reserved
    const zeroed = this.#arenas.mapper.initialize(reserved.value, [])
    if (!zeroed.ok) return zeroed
    this.#byAddress.set(reserved.value.address, reserved.value)
    if (executable) this.#executable.add(reserved.value)
    return success({ address: reserved.value.address })
  }

  finalize(address: number): Expected<unknown> {
    const reservation = this.#byAddress.get(address)
    if (reservation === undefined) return failure(noAllocation(address))
    if (!this.#executable.delete(reservation)) return success(null)
    return this.#arenas.mapper.protect(reservation, 0, reservation.sizeBytes, 'rx')
  }

  deallocate(address: number, epoch: number): Expected<unknown> {
    const reservation = this.#byAddress.get(address)
    if (reservation === undefined) return failure(noAllocation(address))
    this.#byAddress.delete(address)
    this.#executable.delete(reservation)
    this.#arenas.mapper.deinitialize(reservation, epoch)
    this.#arenas.mapper.release(reservation)
    return success(null)
  }
}

function noAllocation(address: number): JITErrorData {
  return plainError('BadArgument', `no allocation begins at ${address}`)
}
