// A guest's memory for calls that it makes: at the addresses it gives, as far as its pages permit. What they do not is EFAULT,
// before anything is done. Another thread may write while we look; what is decided on is copied first.
import { pageBytes } from '@worc/executor-memory'
import type { MemProt, PageTable } from '@worc/executor-memory'
import { refuse } from '../wasi/errno.js'

/** The most that a single transfer may add up to. */
const largestTransferBytes = 0x7fff_f000
const longestTextBytes = 4096

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

export class HartMemory {
  readonly #pages: PageTable
  readonly #bytes: () => Uint8Array
  readonly #wordBytes: 4 | 8

  /** `bytes` is a view of the whole memory as it is now. */
  constructor(pages: PageTable, bytes: () => Uint8Array, xlen: 32 | 64) {
    this.#pages = pages
    this.#bytes = bytes
    this.#wordBytes = xlen === 64 ? 8 : 4
  }

  /** Valid until this call returns to the guest. */
  bytes(address: bigint, sizeBytes: bigint, access: 'read' | 'write'): Uint8Array {
    const [start, size] = [Number(address), Number(sizeBytes)]
    if (size === 0) return new Uint8Array()
    if (size > largestTransferBytes) return refuse('EINVAL')
    if (!this.#pages.permits(start, size, access)) return refuse('EFAULT')
    return this.#bytes().subarray(start, start + size)
  }

  structure(address: bigint, sizeBytes: number, access: 'read' | 'write'): DataView {
    const bytes = this.bytes(address, BigInt(sizeBytes), access)
    return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  }

  /** A name that a zero ends. */
  text(address: bigint): string {
    const bytes = this.textBytes(address, longestTextBytes)
    try {
      return decoder.decode(bytes)
    } catch {
      return refuse('EILSEQ')
    }
  }

  /** The bytes before a zero. */
  textBytes(address: bigint, longest: number = largestTransferBytes): Uint8Array {
    const codes: number[] = []
    for (let at = Number(address); ; at++) {
      if (!this.#pages.permits(at, 1, 'read')) return refuse('EFAULT')
      if (codes.length > longest) return refuse('ENAMETOOLONG')
      const code = this.#bytes()[at] ?? 0
      if (code === 0) return Uint8Array.from(codes)
      codes.push(code)
    }
  }

  /** Words as wide as registers, unsigned. */
  words(address: bigint, count: number): bigint[] {
    const at = this.structure(address, this.#wordBytes * count, 'read')
    return Array.from({ length: count }, (_, index) =>
      this.#wordBytes === 8 ? at.getBigUint64(8 * index, true) : BigInt(at.getUint32(4 * index, true)),
    )
  }

  /** The buffers of an iovec array, empty ones left out. */
  buffers(address: bigint, count: bigint, access: 'read' | 'write'): Uint8Array[] {
    if (count > 1024n) return refuse('EINVAL')
    const words = this.words(address, 2 * Number(count))
    let total = 0n
    const buffers: Uint8Array[] = []
    for (let at = 0; at < words.length; at += 2) {
      const [start = 0n, size = 0n] = words.slice(at, at + 2)
      total += size
      if (total > BigInt(largestTransferBytes)) return refuse('EINVAL')
      if (size > 0n) buffers.push(this.bytes(start, size, access))
    }
    return buffers
  }

  /** Refuses with EINVAL (no page begins there) or ENOMEM (one is not mapped, or there is no memory). */
  protect(address: bigint, sizeBytes: bigint, prot: MemProt): void {
    const [start, size] = [Number(address), Number(sizeBytes)]
    if (start % pageBytes !== 0) refuse('EINVAL')
    if (!this.#pages.change(start, start + size, prot).ok) refuse('ENOMEM')
  }

  /** Two numbers of 64 bits, as times are. */
  writePair(address: bigint, first: bigint, second: bigint): void {
    const at = this.structure(address, 16, 'write')
    at.setBigInt64(0, first, true)
    at.setBigInt64(8, second, true)
  }

  /** 64 bits. */
  writeDouble(address: bigint, value: bigint): void {
    this.structure(address, 8, 'write').setBigUint64(0, BigInt.asUintN(64, value), true)
  }

  /** The word that a futex is about, in a view of the memory it lies in. */
  futex(address: bigint): readonly [words: Int32Array, index: number] {
    if (address % 4n !== 0n) return refuse('EINVAL')
    this.bytes(address, 4n, 'read')
    return [new Int32Array(this.#bytes().buffer), Number(address) / 4]
  }

  get wordBytes(): 4 | 8 {
    return this.#wordBytes
  }
}
