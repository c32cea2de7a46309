// A cursor over a range of one debug section, little endian, which checks every step against the end of that range. Offsets
// in messages are offsets in the section.
import { hex, Malformed } from './malformed.js'

export class DebugReader {
  readonly bytes: Uint8Array
  readonly end: number
  /** The section's name, for messages. */
  readonly where: string
  position: number

  /** `start` and `end` are offsets into `bytes` and must lie inside it. */
  constructor(bytes: Uint8Array, start: number, end: number, where: string) {
    this.bytes = bytes
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

  u16(what: string): number {
    if (this.remaining < 2) this.#truncated(what, 2)
    return this.u8(what) | (this.u8(what) << 8)
  }

  u32(what: string): number {
    if (this.remaining < 4) this.#truncated(what, 4)
    const low = this.u16(what)
    return low + this.u16(what) * 0x1_0000
  }

  /** Eight bytes; undefined where a number cannot hold them exactly. */
  u64(what: string): number | undefined {
    if (this.remaining < 8) this.#truncated(what, 8)
    const low = this.u32(what)
    const value = low + this.u32(what) * 2 ** 32
    return Number.isSafeInteger(value) ? value : undefined
  }

  /** An unsigned LEB128 of at most 64 bits whose value a number holds exactly. */
  uleb(what: string): number {
    const start = this.position
    return this.#leb(what, false) ?? this.fail(`${what} is beyond 2^53`, start)
  }

  /** A signed one. */
  sleb(what: string): number {
    const start = this.position
    return this.#leb(what, true) ?? this.fail(`${what} is beyond ±2^53`, start)
  }

  /** An unsigned one of any value; undefined where a number cannot hold it exactly. */
  anyUleb(what: string): number | undefined {
    return this.#leb(what, false)
  }

  /** Passes over an LEB128 of at most 64 bits without its value. */
  skipLeb(what: string): void {
    const start = this.position
    for (let length = 1; ; length++) {
      if (this.u8(what) < 0x80) return
      if (length === longestLeb) this.fail(`${what}: LEB128 is longer than ${longestLeb} bytes`, start)
    }
  }

  skip(sizeBytes: number, what: string): void {
    if (sizeBytes > this.remaining) this.#truncated(what, sizeBytes)
    this.position += sizeBytes
  }

  /** A cursor over the next bytes; this one moves past them. */
  range(sizeBytes: number, what: string): DebugReader {
    const from = this.position
    this.skip(sizeBytes, what)
    return new DebugReader(this.bytes, from, this.position, this.where)
  }

  /** A cursor over the unit that begins here, after its length; this one moves past it. */
  unit(what: string): DebugReader {
    const at = this.position
    const sizeBytes = this.u32('unit length')
    if (sizeBytes >= 0xffff_fff0) this.fail('64-bit DWARF is not supported', at)
    return this.range(sizeBytes, what)
  }

  /** The offset of the bytes before the next NUL, and that of the NUL; the cursor moves past it. */
  terminated(what: string): readonly [start: number, end: number] {
    const start = this.position
    const nul = this.bytes.indexOf(0, start)
    if (nul < 0 || nul >= this.end) this.fail(`truncated: ${what} has no NUL before the end`)
    this.position = nul + 1
    return [start, nul]
  }

  #leb(what: string, signed: boolean): number | undefined {
    const start = this.position
    let value = 0n
    for (let length = 1, shift = 0n; length <= longestLeb; length++, shift += 7n) {
      const byte = this.u8(what)
      // Nearly all of them are one byte long.
      if (length === 1 && byte < 0x80) return signed && byte > 0x3f ? byte - 0x80 : byte
      value |= BigInt(byte & 0x7f) << shift
      if (byte > 0x7f) continue
      const exact = Number(signed && (byte & 0x40) !== 0 ? value - (1n << (shift + 7n)) : value)
      return Number.isSafeInteger(exact) ? exact : undefined
    }
    return this.fail(`${what}: LEB128 is longer than ${longestLeb} bytes`, start)
  }

  #truncated(what: string, sizeBytes: number): never {
    return this.fail(`truncated: ${what} needs ${sizeBytes} bytes, ${this.remaining} are left`)
  }
}

const longestLeb = 10
