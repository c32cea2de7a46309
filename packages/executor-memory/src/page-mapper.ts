// The mapper of a target whose code is bytes: memory by pages that harts may read, write or execute. reserve cuts whole pages
// out of the arena, initialize writes the contents and then maps them, deinitialize takes them out of the page table, which
// every hart sees at its next instruction, and release fills them with zeroes, the encoding that is illegal by definition.
//
// W^X holds always: a page is written as long as nobody executes it, by the linker before it is mapped, or by `patch`.
// A guest that writes code asks for its pages to be protected anew. Bookkeeping is in the arena's buffer and in the
// page table, so a successor makes another mapper and goes on.
import { failure, plainError, success } from '@worc/protocol'
import type { Expected, ExecutorAddr } from '@worc/protocol'
import type { Claim } from './claims.js'
import { reserveGrowing } from './growing-arena.js'
import type { GrowthPolicy, GuestMemory } from './guest-memory.js'
import { invariant } from './invariant.js'
import type { Mapper, MemProt, Reservation, Segment } from './mapper.js'
import type { PageTable } from './page-table.js'
import { pageBytes } from './page-table.js'
import type { RangeArena } from './range-arena.js'
import { outside, writeSegments } from './segments.js'

export class PageMapper implements Mapper {
  readonly pageSizeBytes: number = pageBytes
  readonly #arena: RangeArena
  readonly #memory: GuestMemory
  readonly #pages: PageTable
  readonly #policy: GrowthPolicy

  constructor(arena: RangeArena, memory: GuestMemory, pages: PageTable, policy: GrowthPolicy) {
    this.#arena = arena
    this.#memory = memory
    this.#pages = pages
    this.#policy = policy
  }

  /** Whole pages. What a dead owner left mapped there, and its range was given back without a mapper, is unmapped. */
  reserve(sizeBytes: number, alignmentBytes: number, claim: Claim): Expected<Reservation> {
    const size = Math.ceil(sizeBytes / pageBytes) * pageBytes
    const alignment = Math.max(alignmentBytes, pageBytes)
    const reserved = reserveGrowing(this.#arena, this.#memory, this.#policy, size, alignment, claim)
    if (reserved.ok) this.#pages.free(reserved.value.address, endOf(reserved.value))
    return reserved
  }

  prepare(reservation: Reservation, offsetBytes: number, sizeBytes: number): Uint8Array {
    invariant(
      offsetBytes + sizeBytes <= reservation.sizeBytes,
      `working memory reaches beyond ${reservation.sizeBytes} bytes`,
    )
    const start = reservation.address + offsetBytes
    return this.#memory.bytes().subarray(start, start + sizeBytes)
  }

  /**
   * Pages that no segment touches are not mapped; without any segment all are there to be written and read. Errors: BadArgument
   * for segments outside, or of two protections on one page; OutOfMemory, where what is decoded of code has no room.
   */
  initialize(reservation: Reservation, segments: readonly Segment[]): Expected<ExecutorAddr> {
    const { address, sizeBytes } = reservation
    const ordered = segments.filter((segment) => endOfSegment(segment) > segment.offsetBytes)
    ordered.sort((a, b) => a.offsetBytes - b.offsetBytes)
    const wrong = outside(ordered, sizeBytes) ?? mixedPage(ordered)
    if (wrong !== undefined) return failure(plainError('BadArgument', wrong))
    if (sizeBytes === 0) return success(address)
    const range = this.#arena.describe(reservation.id)
    invariant(range !== undefined, `reservation ${reservation.id} was released`)
    writeSegments(this.#memory.bytes(), address, ordered, range.dirtyBytes)
    const parts = ordered.map((each) => ({ from: each.offsetBytes, to: endOfSegment(each), prot: each.prot }))
    for (const { from, to, prot } of parts.length > 0 ? parts : [{ from: 0, to: sizeBytes, prot: 'rw' } as const]) {
      const mapped = this.#pages.protect(address + from, address + to, prot)
      if (!mapped.ok) {
        this.#pages.retire(address, address + sizeBytes)
        return mapped
      }
    }
    this.#arena.commit(reservation.id)
    return success(address)
  }

  deinitialize(reservation: Reservation, epoch: number): void {
    this.#pages.retire(reservation.address, endOf(reservation))
    this.#arena.retire(reservation.id, epoch)
  }

  release(reservation: Reservation): void {
    const end = endOf(reservation)
    this.#pages.free(reservation.address, end)
    this.#memory.bytes().fill(0, reservation.address, end)
    this.#arena.release(reservation.id)
  }

  protect(reservation: Reservation, offsetBytes: number, sizeBytes: number, prot: MemProt): Expected<null> {
    const end = offsetBytes + sizeBytes
    if (offsetBytes % pageBytes !== 0 || end > reservation.sizeBytes)
      return failure(plainError('BadArgument', `bytes ${offsetBytes} to ${end} are no pages of the reservation`))
    return this.#pages.protect(reservation.address + offsetBytes, reservation.address + end, prot)
  }

  /**
   * Writes into what is ready, whatever its protection. A hart executes what was written after its next fence.i at the
   * latest. One that is just executing an instruction which is written over may take parts of both for it.
   */
  patch(reservation: Reservation, offsetBytes: number, content: Uint8Array): void {
    const start = reservation.address + offsetBytes
    this.prepare(reservation, offsetBytes, content.length).set(content)
    // An instruction may begin on the page before.
    this.#pages.forgetDecoded(Math.max(start - 2, reservation.address), start + content.length)
  }
}

function endOf({ address, sizeBytes }: Reservation): number {
  return address + sizeBytes
}

function endOfSegment({ offsetBytes, content, zeroFillBytes }: Segment): number {
  return offsetBytes + content.length + zeroFillBytes
}

function mixedPage(ordered: readonly Segment[]): string | undefined {
  let before: Segment | undefined
  for (const segment of ordered) {
    if (before !== undefined && before.prot !== segment.prot) {
      const lastPage = Math.floor((endOfSegment(before) - 1) / pageBytes)
      if (lastPage * pageBytes === segment.offsetBytes - (segment.offsetBytes % pageBytes))
        return `${before.prot} and ${segment.prot} share the page at offset ${lastPage * pageBytes}`
    }
    before = segment
  }
  return undefined
}
