// How executor memory is had, filled and given back, in the words of ORC's MemoryMapper: reserve, prepare, initialize,
// deinitialize, release. One mapper stands for one kind of memory: a wasm memory without protections (wasm-mapper.ts), or
// pages with R, W and X. Source: llvm/include/llvm/ExecutionEngine/Orc/MemoryMapper.h; JITLink's MemProt in Shared/MemoryFlags.h.
import type { Expected, ExecutorAddr } from '@worc/protocol'
import type { Claim } from './claims.js'
import type { RangeId } from './range-arena.js'

/** `rwx` is code that its guest may change: executed like `rx`, and written by the guest's embedder on its behalf. */
export type MemProt = 'r' | 'rw' | 'rx' | 'rwx'

/** Executor memory that is owned and not yet in use. Plain data: it can wait in a table, or cross a port. */
export interface Reservation {
  readonly id: RangeId
  readonly address: ExecutorAddr
  readonly sizeBytes: number
}

/** A part of a reservation: `content` from `offsetBytes` on, then `zeroFillBytes` of zeroes. */
export interface Segment {
  readonly offsetBytes: number
  readonly prot: MemProt
  readonly content: Uint8Array
  readonly zeroFillBytes: number
}

export interface Mapper {
  /** Segments of different protections must not share a page of this size. 1 where there are no protections. */
  readonly pageSizeBytes: number
  /** Owned by `claim` and in flight. Errors: OutOfMemory; BadArgument for an alignment that is no power of two up to 64 KiB. */
  reserve(sizeBytes: number, alignmentBytes: number, claim: Claim): Expected<Reservation>
  /** Working memory for a segment's content: fill it and pass it to `initialize`. Good until the memory grows. */
  prepare(reservation: Reservation, offsetBytes: number, sizeBytes: number): Uint8Array
  /** Writes the contents, zeroes all else in the reservation, applies protections: it is ready. Errors: BadArgument for a segment outside. */
  initialize(reservation: Reservation, segments: readonly Segment[]): Expected<ExecutorAddr>
  /** Whole pages of what is ready get another protection; nothing, where there are none. Errors: BadArgument, OutOfMemory. */
  protect(reservation: Reservation, offsetBytes: number, sizeBytes: number, prot: MemProt): Expected<null>
  /** Retired: no new call can reach it. A thread may still be inside, until `epoch` is acknowledged by all. */
  deinitialize(reservation: Reservation, epoch: number): void
  /** Given back: what was retired and is quiescent, or what was never initialized. */
  release(reservation: Reservation): void
}
