// The mapper of the wasm target. Code lives in modules, so what is mapped here is data: reserve cuts a range of guest memory
// (growing it when short), initialize writes the contents and zeroes the rest, deinitialize and release give it back. There
// are no protections. Bookkeeping is in the arena's buffer; a mapper has no state of its own, so a successor makes another.
import { failure, plainError, success } from '@worc/protocol'
import type { Expected, ExecutorAddr } from '@worc/protocol'
import type { Claim } from './claims.js'
import { reserveGrowing } from './growing-arena.js'
import type { GrowthPolicy, GuestMemory } from './guest-memory.js'
import { invariant } from './invariant.js'
import type { Mapper, Reservation, Segment } from './mapper.js'
import type { RangeArena } from './range-arena.js'
import { outside, sizeOfSegment, writeSegments } from './segments.js'

export class WasmMapper implements Mapper {
  readonly pageSizeBytes = 1
  readonly #arena: RangeArena
  readonly #memory: GuestMemory
  readonly #policy: GrowthPolicy

  constructor(arena: RangeArena, memory: GuestMemory, policy: GrowthPolicy) {
    this.#arena = arena
    this.#memory = memory
    this.#policy = policy
  }

  reserve(sizeBytes: number, alignmentBytes: number, claim: Claim): Expected<Reservation> {
    return reserveGrowing(this.#arena, this.#memory, this.#policy, sizeBytes, alignmentBytes, claim)
  }

  prepare(reservation: Reservation, offsetBytes: number, sizeBytes: number): Uint8Array {
    invariant(
      offsetBytes + sizeBytes <= reservation.sizeBytes,
      `working memory reaches beyond ${reservation.sizeBytes} bytes`,
    )
    const start = reservation.address + offsetBytes
    return this.#memory.bytes().subarray(start, start + sizeBytes)
  }

  initialize(reservation: Reservation, segments: readonly Segment[]): Expected<ExecutorAddr> {
    const { address, sizeBytes } = reservation
    if (sizeBytes === 0 && segments.every((segment) => sizeOfSegment(segment) === 0)) return success(address)
    const ordered = segments.toSorted((a, b) => a.offsetBytes - b.offsetBytes)
    const wrong = outside(ordered, sizeBytes)
    if (wrong !== undefined) return failure(plainError('BadArgument', wrong))
    const range = this.#arena.describe(reservation.id)
    invariant(range !== undefined, `reservation ${reservation.id} was released`)
    writeSegments(this.#memory.bytes(), address, ordered, range.dirtyBytes)
    this.#arena.commit(reservation.id)
    return success(address)
  }

  protect(): Expected<null> {
    return success(null)
  }

  deinitialize(reservation: Reservation, epoch: number): void {
    this.#arena.retire(reservation.id, epoch)
  }

  release(reservation: Reservation): void {
    this.#arena.release(reservation.id)
  }
}
