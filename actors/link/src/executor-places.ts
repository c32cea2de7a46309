// The stack and thread-local block of each executor's thread, in executor memory: the executor's until its port closes. Records
// carry its index in the unit's place, so that a successor finds the place of a thread that was there before it.
import type { Expected, ExecutorId, InstalledUnit, LinkedUnitId, LinkerId, PeerId, ResourceKey } from '@worc/protocol'
import { failure, success } from '@worc/protocol'
import type { Reservation, Segment } from '@worc/executor-memory'
import type { Arenas } from './link-config.js'

interface Place {
  readonly executor: ExecutorId
  /** The thread was there before this link actor. */
  readonly inherited: boolean
  readonly reservation: Reservation
  readonly place: { readonly stackLow: number; readonly stackHigh: number; readonly tlsBase: number }
}

/** Claims with such a unit are a thread's. */
export const firstThreadTag = 0xffff_0000
const stackAlignment = 16
/** Below a stack, where there are pages, so many are not mapped: what overflows it traps, and overwrites nobody's variables. */
const guardPages = 16

export class ExecutorPlaces {
  readonly #arenas: Arenas
  readonly #owner: LinkerId
  readonly #held = new Map<PeerId, { readonly executor: ExecutorId; readonly reservation: Reservation }>()
  /** Places of threads that a dead link actor served and this one has not met yet. */
  readonly #inherited = new Map<ExecutorId, Reservation>()

  constructor(arenas: Arenas, owner: LinkerId) {
    this.#arenas = arenas
    this.#owner = owner
    for (const { id, address, sizeBytes, unit } of arenas.ranges.rangesOf(owner, 'ready')) {
      if (unit >= firstThreadTag) this.#inherited.set((unit - firstThreadTag) as ExecutorId, { id, address, sizeBytes })
    }
  }

  /**
   * An index is given again when its thread has left, which may be known here before the end of its port: its place goes then, so
   * that a successor finds one place for each index.
   */
  place(executor: ExecutorId, epoch: number): Expected<Place> {
    for (const [peer, held] of this.#held) if (held.executor === executor) this.release(peer, epoch)
    const { stackBytes } = this.#arenas.buffers
    const inherited = this.#inherited.get(executor)
    this.#inherited.delete(executor)
    const reserved = inherited === undefined ? this.#reserve(executor) : success(inherited)
    if (!reserved.ok) return reserved
    const { address } = reserved.value
    const stackLow = address + this.#stackOffset()
    return success({
      executor,
      inherited: inherited !== undefined,
      reservation: reserved.value,
      place: { tlsBase: address, stackLow, stackHigh: stackLow + stackBytes },
    })
  }

  /** The executor behind this port has it from now on. An index is given again; a port is not. */
  hold(peer: PeerId, { executor, reservation }: Place): void {
    this.#held.set(peer, { executor, reservation })
  }

  /** Gives the thread-local variables of a unit their first values, in the blocks of all threads or of one. */
  initializeThreadLocal({ offsetBytes, template }: NonNullable<InstalledUnit['threadLocal']>, only?: PeerId): void {
    for (const [peer, { reservation }] of this.#held) {
      if (only !== undefined && peer !== only) continue
      this.#arenas.mapper.prepare(reservation, offsetBytes, template.byteLength).set(template)
    }
  }

  release(peer: PeerId, epoch: number): void {
    const held = this.#held.get(peer)
    if (held === undefined) return
    this.#held.delete(peer)
    this.#arenas.mapper.deinitialize(held.reservation, epoch)
    this.#arenas.mapper.release(held.reservation)
  }

  /** Of the stack behind the thread-local block. */
  #stackOffset(): number {
    const { pageSizeBytes } = this.#arenas.mapper
    const { tlsBlockBytes } = this.#arenas.buffers
    if (pageSizeBytes === 1) return tlsBlockBytes
    return (Math.ceil(tlsBlockBytes / pageSizeBytes) + guardPages) * pageSizeBytes
  }

  #reserve(executor: ExecutorId): Expected<Reservation> {
    const { mapper, buffers } = this.#arenas
    const stackOffset = this.#stackOffset()
    const claim = { owner: this.#owner, key: 0 as ResourceKey, unit: (firstThreadTag + executor) as LinkedUnitId }
    const reserved = mapper.reserve(stackOffset + buffers.stackBytes, stackAlignment, claim)
    if (!reserved.ok) return reserved
    const initialized = mapper.initialize(reserved.value, [
      zeroes(0, buffers.tlsBlockBytes),
      zeroes(stackOffset, buffers.stackBytes),
    ])
    return initialized.ok ? reserved : failure(initialized.error)
  }
}

function zeroes(offsetBytes: number, zeroFillBytes: number): Segment {
  return { offsetBytes, prot: 'rw', content: new Uint8Array(), zeroFillBytes }
}
