// The one place where input bytes are looked at: a cursor over a range, which checks every step against the end of that
// range. Offsets in messages are offsets in the file. A failed check throws Malformed, which `reading` turns into an
// error value.
import { hex, Malformed } from './malformed.js'
import { decodeUtf8 } from './utf8.js'

export class ByteReader {
  readonly bytes: Uint8Array
  readonly start: number
  readonly end: number
  /** What the range is, for messages: "code section". */
  readonly where: string
  position: number

  /** `start` and `end` are offsets into `bytes` and must lie inside it. */
  constructor(bytes: Uint8Array, start: number, end: number, where: string) {
    this.bytes = bytes
    this.start = start
    this.end = end
    this.where = where
    this.position = start
  }

  get remaining(): number {
    return this.end - this.position
  }

  get atEnd(): boolean {
    return this.position === this.end
  }

  /** `problem` says what is wrong with which value and what the limit is; the place is added. */
  fail(problem: string, offset: number = this.position): never {
    throw new Malformed(`${problem} (${this.where}, offset ${hex(offset)})`)
  }

  u8(what: string): number {
    if (this.position >= this.end) this.#truncated(what, 1)
    return this.bytes[this.position++] ?? 0
  }

  /** An unsigned LEB128 of at most 32 bits. */
  u32(what: string): number {
    const first = this.u8(what)
    if (first < 0x80) return first
    const start = this.position - 1
    let value = first & 0x7f
    for (let shift = 7; shift < 28; shift += 7) {
      const byte = this.u8(what)
      value |= (byte & 0x7f) << shift
      if (byte < 0x80) return value
    }
    const last = this.u8(what)
    if (last > 0x7f) this.fail(`${what}: LEB128 is longer than 5 bytes`, start)
    if (last > 0x0f) this.fail(`${what}: LEB128 does not fit 32 bits`, start)
    return (value | (last << 28)) >>> 0
  }

  /** A signed LEB128 of at most 32 bits. */
  s32(what: string): number {
    const start = this.position
    let value = 0
    for (let shift = 0; shift < 28; shift += 7) {
      const byte = this.u8(what)
      value |= (byte & 0x7f) << shift
      if (byte < 0x80) return (value << (25 - shift)) >> (25 - shift)
    }
    const last = this.u8(what)
    if (last > 0x7f) this.fail(`${what}: LEB128 is longer than 5 bytes`, start)
    const sign = last & 0x78
    if (sign !== 0 && sign !== 0x78) this.fail(`${what}: LEB128 does not fit 32 bits`, start)
    return value | (last << 28)
  }

  /** An unsigned LEB128 of at most 64 bits whose value a number holds exactly. */
  u64(what: string): number {
    return this.#leb64(what, false)
  }

  /** A signed LEB128 of at most 64 bits whose value a number holds exactly. */
  s64(what: string): number {
    return this.#leb64(what, true)
  }

  /** Passes over an LEB128 of at most `bits` bits without its value. */
  skipLeb(what: string, bits: 32 | 64): void {
    const limit = bits === 32 ? 5 : 10
    const start = this.position
    for (let length = 1; ; length++) {
      const byte = this.u8(what)
      if (byte < 0x80) return
      if (length === limit) this.fail(`${what}: LEB128 is longer than ${limit} bytes`, start)
    }
  }

  /** Four bytes, little endian, unsigned. */
  fixed32(what: string): number {
    if (this.remaining < 4) this.#truncated(what, 4)
    const at = this.position
    this.position += 4
    return (
      ((this.bytes[at] ?? 0) |
        ((this.bytes[at + 1] ?? 0) << 8) |
        ((this.bytes[at + 2] ?? 0) << 16) |
        ((this.bytes[at + 3] ?? 0) << 24)) >>>
      0
    )
  }

  skip(sizeBytes: number, what: string): void {
    if (sizeBytes > this.remaining) this.#truncated(what, sizeBytes)
    this.position += sizeBytes
  }

  /** The next bytes as a view. */
  view(sizeBytes: number, what: string): Uint8Array {
    const from = this.position
    this.skip(sizeBytes, what)
    return this.bytes.subarray(from, this.position)
  }

  /** A cursor over the next bytes; this one moves past them. */
  range(sizeBytes: number, what: string, where: string = this.where): ByteReader {
    const from = this.position
    this.skip(sizeBytes, what)
    return new ByteReader(this.bytes, from, this.position, where)
  }

  /**
   * How many entries follow: refused where the bytes left could not hold that many, so that it is safe to allocate for
   * them.
   */
  count(what: string, minimumEntryBytes: number): number {
    const at = this.position
    const count = this.u32(what)
    if (count > this.remaining / minimumEntryBytes)
      this.fail(`${what} ${count} is more than the ${this.remaining} bytes left can hold`, at)
    return count
  }

  name(what: string): string {
    const at = this.position
    const sizeBytes = this.u32(what)
    const from = this.position
    this.skip(sizeBytes, what)
    const text = decodeUtf8(this.bytes, from, this.position)
    if (text === undefined) this.fail(`${what} is not valid UTF-8`, at)
    return text
  }

  /** Refuses bytes that nothing has read. */
  expectEnd(): void {
    if (!this.atEnd) this.fail(`${this.remaining} bytes are left over after the last entry`)
  }

  /** Refuses an index that is not below `limit`. */
  checkIndex(index: number, limit: number, what: string, space: string, at: number): number {
    if (index >= limit) this.fail(`${what} ${index} is out of range: there are ${limit} ${space}`, at)
    return index
  }

  #leb64(what: string, signed: boolean): number {
    const start = this.position
    let low = 0
    let scale = 1
    for (let length = 1; length <= 7; length++) {
      const byte = this.u8(what)
      low += (byte & 0x7f) * scale
      scale *= 128
      if (byte < 0x80) return signed && (byte & 0x40) !== 0 ? low - scale : low
    }
    let value = BigInt(low)
    for (let shift = 49n; shift <= 63n; shift += 7n) {
      const byte = this.u8(what)
      value |= BigInt(byte & 0x7f) << shift
      if (byte > 0x7f) continue
      const fits = shift < 63n || (signed ? byte === 0 || byte === 0x7f : byte <= 1)
      if (!fits) this.fail(`${what}: LEB128 does not fit 64 bits`, start)
      const exact = Number(signed ? BigInt.asIntN(Number(shift) + 7, value) : value)
      if (!Number.isSafeInteger(exact)) this.fail(`${what} is beyond ±2^53`, start)
      return exact
    }
    return this.fail(`${what}: LEB128 is longer than 10 bytes`, start)
  }

  #truncated(what: string, sizeBytes: number): never {
    return this.fail(`truncated: ${what} needs ${sizeBytes} bytes, ${this.remaining} are left`)
  }
}
