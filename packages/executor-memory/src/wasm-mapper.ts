// The mapper of the wasm target. Code lives in modules, so what is mapped here is data: reserve cuts a range of guest memory
// (growing it when short), initialize writes the contents and zeroes the rest, deinitialize and release give it back. There
// are no protections. Bookkeeping is in the arena's buffer; a mapper has no state of its own, so a successor makes another.
import { failure, plainError, success } from '@worc/protocol'
import type { Expected, ExecutorAddr } from '@worc/protocol'
import type { Claim } from './claims.js'
import { pagesToGrow, wasmPageBytes } from './guest-memory.js'
import type { GrowthPolicy, GuestMemory } from './guest-memory.js'
import { invariant } from './invariant.js'
import type { Mapper, Reservation, Segment } from './mapper.js'
import type { RangeArena } from './range-arena.js'

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

  /** Grows the memory when the arena is short, and only then. A death between grow and addSpan loses those pages, nothing else. */
  reserve(sizeBytes: number, alignmentBytes: number, claim: Claim): Expected<Reservation> {
    for (;;) {
      const allocated = this.#arena.allocate(sizeBytes, alignmentBytes, claim)
      if (allocated.ok || allocated.error.code !== 'OutOfMemory') return allocated
      if (this.#arena.stats().largestFreeBytes >= sizeBytes + alignmentBytes) return allocated
      const grown = this.#grow(sizeBytes)
      if (!grown.ok) return failure(plainError('OutOfMemory', grown.error.message, allocated.error))
    }
  }

  prepare(reservation: Reservation, offsetBytes: number, sizeBytes: number): Uint8Array {
    invariant(
      offsetBytes + sizeBytes <= reservation.sizeBytes,
      `working memory reaches beyond ${reservation.sizeBytes} bytes`,
    )
    const start = reservation.address + offsetBytes
    return this.#memory.bytes().subarray(start, start + sizeBytes)
  }

  /** Contents that were made in `prepare`'s view are in place already. Zeroes are written only where memory may not be zero. */
  initialize(reservation: Reservation, segments: readonly Segment[]): Expected<ExecutorAddr> {
    const { address, sizeBytes } = reservation
    if (sizeBytes === 0 && segments.every((segment) => sizeOf(segment) === 0)) return success(address)
    const ordered = segments.toSorted((a, b) => a.offsetBytes - b.offsetBytes)
    const wrong = outside(ordered, sizeBytes)
    if (wrong !== undefined) return failure(plainError('BadArgument', wrong))
    const range = this.#arena.describe(reservation.id)
    invariant(range !== undefined, `reservation ${reservation.id} was released`)
    const bytes = this.#memory.bytes()
    let written = 0
    for (const { offsetBytes, content } of ordered) {
      zero(bytes, address, written, Math.min(offsetBytes, range.dirtyBytes))
      if (content.length > 0) bytes.set(content, address + offsetBytes)
      written = offsetBytes + content.length
    }
    zero(bytes, address, written, range.dirtyBytes)
    this.#arena.commit(reservation.id)
    return success(address)
  }

  deinitialize(reservation: Reservation, epoch: number): void {
    this.#arena.retire(reservation.id, epoch)
  }

  release(reservation: Reservation): void {
    this.#arena.release(reservation.id)
  }

  #grow(sizeBytes: number): Expected<null> {
    const { totalBytes } = this.#arena.stats()
    const pages = pagesToGrow(sizeBytes, totalBytes, this.#policy)
    const fewest = Math.ceil(sizeBytes / wasmPageBytes)
    for (const count of pages > fewest ? [pages, fewest] : [pages]) {
      const before = count === 0 ? undefined : this.#memory.grow(count)
      if (before !== undefined) return this.#arena.addSpan(before * wasmPageBytes, (before + count) * wasmPageBytes)
    }
    const limit =
      pages === 0
        ? `its limit is ${this.#policy.limitBytes} bytes`
        : `the memory cannot grow by ${fewest * wasmPageBytes} bytes`
    const has = `executor memory has ${totalBytes} bytes, too few for ${sizeBytes} more`
    return failure(plainError('OutOfMemory', `${has}: ${limit}`))
  }
}

function zero(bytes: Uint8Array, address: ExecutorAddr, fromOffset: number, toOffset: number): void {
  if (toOffset > fromOffset) bytes.fill(0, address + fromOffset, address + toOffset)
}

function sizeOf(segment: Segment): number {
  return segment.content.length + segment.zeroFillBytes
}

function outside(ordered: readonly Segment[], sizeBytes: number): string | undefined {
  let end = 0
  for (const segment of ordered) {
    const { offsetBytes } = segment
    if (offsetBytes < end) return `a segment at offset ${offsetBytes} overlaps the one that ends at ${end}`
    end = offsetBytes + sizeOf(segment)
    if (end > sizeBytes)
      return `a segment at offset ${offsetBytes} ends at ${end}, beyond the ${sizeBytes} bytes reserved`
  }
  return undefined
}
