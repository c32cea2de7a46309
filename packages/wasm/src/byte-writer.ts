// A growing byte buffer with the encodings of the binary format. Writing never fails; a value outside its encoding's
// range is a program error. Padded LEBs have a fixed width, so that a later value can be patched over them.
import { encodeUtf8, isAscii } from './utf8.js'

/** Bytes of a padded 32-bit LEB, the form relocatable objects use for every field a linker rewrites. */
export const paddedLeb32Bytes = 5

export class ByteWriter {
  #bytes: Uint8Array
  #length = 0

  constructor(initialCapacityBytes = 256) {
    this.#bytes = new Uint8Array(initialCapacityBytes)
  }

  get length(): number {
    return this.#length
  }

  /** What was written so far: a view, stale after the next write. */
  get written(): Uint8Array {
    return this.#bytes.subarray(0, this.#length)
  }

  u8(value: number): void {
    const at = this.#grow(1)
    this.#bytes[at] = value
  }

  /** An unsigned LEB128 in its shortest form. */
  u32(value: number): void {
    let rest = checkedU32(value)
    while (rest > 0x7f) {
      this.u8((rest & 0x7f) | 0x80)
      rest >>>= 7
    }
    this.u8(rest)
  }

  /** A signed LEB128 in its shortest form. */
  s32(value: number): void {
    let rest = checkedS32(value)
    while (rest < -64 || rest > 63) {
      this.u8((rest & 0x7f) | 0x80)
      rest >>= 7
    }
    this.u8(rest & 0x7f)
  }

  /** A signed 64-bit LEB128 in its shortest form. */
  s64(value: bigint): void {
    let rest = BigInt.asIntN(64, value)
    if (rest !== value) throw new RangeError(`${value} does not fit a signed 64-bit LEB`)
    while (rest < -64n || rest > 63n) {
      this.u8(Number(rest & 0x7fn) | 0x80)
      rest >>= 7n
    }
    this.u8(Number(rest & 0x7fn))
  }

  paddedU32(value: number): void {
    const at = this.#grow(paddedLeb32Bytes)
    this.patchPaddedU32(at, value)
  }

  paddedS32(value: number): void {
    const at = this.#grow(paddedLeb32Bytes)
    this.patchPaddedS32(at, value)
  }

  /** Four bytes, little endian; negative numbers in two's complement. */
  fixed32(value: number): void {
    const at = this.#grow(4)
    this.patchFixed32(at, value)
  }

  bytes(source: ArrayLike<number>): void {
    const at = this.#grow(source.length)
    this.#bytes.set(source, at)
  }

  /** A vector of bytes holding the name in UTF-8. */
  name(text: string): void {
    if (!isAscii(text)) {
      const encoded = encodeUtf8(text)
      this.u32(encoded.length)
      this.bytes(encoded)
      return
    }
    this.u32(text.length)
    const at = this.#grow(text.length)
    for (let i = 0; i < text.length; i++) this.#bytes[at + i] = text.charCodeAt(i)
  }

  /** An instruction's opcode as the opcode table numbers it: one byte, or a prefix byte and a LEB. */
  opcode(code: number): void {
    if (code <= 0xff) return this.u8(code)
    this.u8(code >>> 16)
    this.u32(code & 0xffff)
  }

  patchU8(offset: number, value: number): void {
    this.#bytes[this.#written(offset, 1)] = value
  }

  patchPaddedU32(offset: number, value: number): void {
    this.#patchPadded(offset, checkedU32(value), (value >>> 28) & 0x0f)
  }

  patchPaddedS32(offset: number, value: number): void {
    this.#patchPadded(offset, checkedS32(value), (value >> 28) & 0x7f)
  }

  patchFixed32(offset: number, value: number): void {
    const at = this.#written(offset, 4)
    this.#bytes[at] = value
    this.#bytes[at + 1] = value >>> 8
    this.#bytes[at + 2] = value >>> 16
    this.#bytes[at + 3] = value >>> 24
  }

  #patchPadded(offset: number, value: number, last: number): void {
    const at = this.#written(offset, paddedLeb32Bytes)
    this.#bytes[at] = value | 0x80
    this.#bytes[at + 1] = (value >>> 7) | 0x80
    this.#bytes[at + 2] = (value >>> 14) | 0x80
    this.#bytes[at + 3] = (value >>> 21) | 0x80
    this.#bytes[at + 4] = last
  }

  #written(offset: number, sizeBytes: number): number {
    if (offset < 0 || offset + sizeBytes > this.#length)
      throw new RangeError(`patch of ${sizeBytes} bytes at ${offset} is outside the ${this.#length} bytes written`)
    return offset
  }

  #grow(sizeBytes: number): number {
    const at = this.#length
    const needed = at + sizeBytes
    if (needed > this.#bytes.length) {
      const larger = new Uint8Array(Math.max(needed, this.#bytes.length * 2))
      larger.set(this.#bytes)
      this.#bytes = larger
    }
    this.#length = needed
    return at
  }
}

function checkedU32(value: number): number {
  if (value !== value >>> 0) throw new RangeError(`${value} does not fit an unsigned 32-bit LEB`)
  return value
}

function checkedS32(value: number): number {
  if (value !== (value | 0)) throw new RangeError(`${value} does not fit a signed 32-bit LEB`)
  return value
}
