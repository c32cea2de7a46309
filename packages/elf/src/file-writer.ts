// A growing file, little endian, and a table of names for it.

export class FileWriter {
  #bytes = new Uint8Array(1024)
  #length = 0

  get length(): number {
    return this.#length
  }

  /** What was written, in a buffer of its own. */
  bytes(): Uint8Array<ArrayBuffer> {
    return this.#bytes.slice(0, this.#length)
  }

  u8(value: number): void {
    const at = this.#grow(1)
    this.#bytes[at] = value
  }

  u16(value: number): void {
    this.u8(value & 0xff)
    this.u8(value >>> 8)
  }

  u32(value: number): void {
    this.u16(value & 0xffff)
    this.u16((value >>> 16) & 0xffff)
  }

  /** Four or eight bytes; negative numbers in two's complement. */
  word(value: number, wordBytes: number): void {
    this.u32((value % 2 ** 32) | 0)
    if (wordBytes === 8) this.u32(Math.floor(value / 2 ** 32) | 0)
  }

  zeros(sizeBytes: number): void {
    this.#grow(sizeBytes)
  }

  align(alignmentBytes: number): void {
    this.zeros((alignmentBytes - (this.#length % alignmentBytes)) % alignmentBytes)
  }

  append(source: Uint8Array): void {
    const at = this.#grow(source.length)
    this.#bytes.set(source, at)
  }

  patch(at: number, source: Uint8Array): void {
    this.#bytes.set(source, at)
  }

  #grow(sizeBytes: number): number {
    const at = this.#length
    this.#length += sizeBytes
    if (this.#length > this.#bytes.length) {
      const larger = new Uint8Array(Math.max(this.#length, 2 * this.#bytes.length))
      larger.set(this.#bytes.subarray(0, at))
      this.#bytes = larger
    }
    return at
  }
}

/** Names one after the other, each once. */
export class StringTable {
  readonly #writer = new FileWriter()
  readonly #offsets = new Map<string, number>([['', 0]])

  constructor() {
    this.#writer.u8(0)
  }

  /** Where the name is in the table. */
  add(name: string): number {
    const known = this.#offsets.get(name)
    if (known !== undefined) return known
    const offset = this.#writer.length
    for (const byte of utf8Bytes(name)) this.#writer.u8(byte)
    this.#writer.u8(0)
    this.#offsets.set(name, offset)
    return offset
  }

  bytes(): Uint8Array {
    return this.#writer.bytes()
  }
}

function utf8Bytes(text: string): readonly number[] {
  return (encodeURIComponent(text).match(/%..|[^]/g) ?? []).map((part) =>
    part.length === 3 ? parseInt(part.slice(1), 16) : part.charCodeAt(0),
  )
}
