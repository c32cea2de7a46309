/*
 * The guest's memory, read and written at addresses the guest gave. Another thread may grow it between any two calls,
 * so nothing here outlives a call: each access takes the buffer anew, checks the range against it, and refuses with
 * EFAULT what lies outside. Other threads may also write while we look; whatever is decided on is copied first.
 */
import { bufferReaching } from '../reaching-buffer.js'
import { IOVEC } from './abi.js'
import { refuse } from './errno.js'

/** The most a single transfer may add up to, as for a POSIX ssize_t of 32 bits. */
const LARGEST_TRANSFER_BYTES = 0x7fff_ffff

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/** One thread's way into a memory it shares with others. Addresses and sizes are i32 as wasm passes them. */
export class GuestMemory {
  readonly #memory: WebAssembly.Memory

  constructor(memory: WebAssembly.Memory) {
    this.#memory = memory
  }

  /** The bytes themselves, shared with the guest; valid until this call to the host returns. */
  bytes(pointer: number, sizeBytes: number): Uint8Array {
    const { buffer, address, size } = this.#range(pointer, sizeBytes)
    return new Uint8Array(buffer, address, size)
  }

  /** A structure of `sizeBytes` at `pointer`. */
  structure(pointer: number, sizeBytes: number): DataView {
    const { buffer, address, size } = this.#range(pointer, sizeBytes)
    return new DataView(buffer, address, size)
  }

  /** Refuses unless the whole range can be written: asked before a call does what it could not take back. */
  requireRange(pointer: number, sizeBytes: number): void {
    this.#range(pointer, sizeBytes)
  }

  writeU32(pointer: number, value: number): void {
    this.structure(pointer, 4).setUint32(0, value, true)
  }

  writeU64(pointer: number, value: bigint): void {
    this.structure(pointer, 8).setBigUint64(0, value, true)
  }

  /** The UTF-8 text of the given size. TextDecoder takes no shared memory, hence the copy. */
  text(pointer: number, sizeBytes: number): string {
    const copy = this.bytes(pointer, sizeBytes).slice()
    try {
      return decoder.decode(copy)
    } catch {
      return refuse('EILSEQ')
    }
  }

  /** The buffers of an iovec or ciovec array, empty ones left out, in order. */
  buffers(iovs: number, count: number): Uint8Array[] {
    const array = this.structure(iovs, (count >>> 0) * IOVEC.sizeBytes)
    const buffers: Uint8Array[] = []
    let totalBytes = 0
    for (let at = 0; at < array.byteLength; at += IOVEC.sizeBytes) {
      const size = array.getUint32(at + IOVEC.bufLen, true)
      totalBytes += size
      if (totalBytes > LARGEST_TRANSFER_BYTES) refuse('EINVAL')
      if (size > 0) buffers.push(this.bytes(array.getUint32(at + IOVEC.buf, true), size))
    }
    return buffers
  }

  #range(pointer: number, sizeBytes: number): { buffer: ArrayBufferLike; address: number; size: number } {
    const address = pointer >>> 0
    // A size may come as a signed i32 or, for an array, as a product beyond 32 bits.
    const size = sizeBytes < 0 ? sizeBytes >>> 0 : sizeBytes
    const buffer = bufferReaching(this.#memory, address + size)
    if (address + size > buffer.byteLength) refuse('EFAULT')
    return { buffer, address, size }
  }
}

/** How many bytes the buffers hold together. */
export function totalSizeBytes(buffers: readonly Uint8Array[]): number {
  return buffers.reduce((total, buffer) => total + buffer.length, 0)
}

/** Fills the buffers in order from `bytes`; answers how many bytes fitted. */
export function scatter(bytes: Uint8Array, buffers: readonly Uint8Array[]): number {
  let taken = 0
  for (const buffer of buffers) {
    const part = bytes.subarray(taken, taken + buffer.length)
    buffer.set(part)
    taken += part.length
  }
  return taken
}

/** One private copy of what the buffers hold, in order. */
export function gather(buffers: readonly Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(totalSizeBytes(buffers))
  let at = 0
  for (const buffer of buffers) {
    bytes.set(buffer, at)
    at += buffer.length
  }
  return bytes
}
