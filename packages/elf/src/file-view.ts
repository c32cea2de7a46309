// Reads numbers and names out of the file's bytes, little endian. Whoever reads has checked that the record lies inside;
// a number that JavaScript cannot hold is malformed. Bytes may be shared memory.
import { Malformed, hex, quoted } from './malformed.js'

export class FileView {
  readonly bytes: Uint8Array
  readonly #view: DataView

  constructor(bytes: Uint8Array) {
    this.bytes = bytes
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  }

  u8(at: number): number {
    return this.#view.getUint8(at)
  }

  u16(at: number): number {
    return this.#view.getUint16(at, true)
  }

  u32(at: number): number {
    return this.#view.getUint32(at, true)
  }

  /** An unsigned word of four or eight bytes. Throws Malformed. */
  word(at: number, wordBytes: number, what: string): number {
    if (wordBytes === 4) return this.u32(at)
    return safe(this.u32(at), this.u32(at + 4), what, at)
  }

  /** A signed word. Throws Malformed. */
  signedWord(at: number, wordBytes: number, what: string): number {
    if (wordBytes === 4) return this.#view.getInt32(at, true)
    return safe(this.u32(at), this.#view.getInt32(at + 4, true), what, at)
  }

  /** Refuses a range that is not inside the file. */
  checkRange(start: number, sizeBytes: number, what: string): void {
    const { length } = this.bytes
    if (start > length || sizeBytes > length - start)
      throw new Malformed(`${what}: ${sizeBytes} bytes at ${hex(start)} are outside the file of ${length} bytes`)
  }
}

function safe(low: number, high: number, what: string, at: number): number {
  const value = high * 2 ** 32 + low
  if (!Number.isSafeInteger(value)) throw new Malformed(`${what} at ${hex(at)} is beyond ±2^53`)
  return value
}

/** Tails of names are shared, so a small table could ask for much text; no tool's tables come near this. */
const namesPerByte = 16

/** Names that end at a NUL, by their offsets in `bytes[start, start + sizeBytes)`. */
export class NameTable {
  readonly #bytes: Uint8Array
  readonly #known = new Map<number, string>()
  #budget: number

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes
    this.#budget = namesPerByte * bytes.length
  }

  /** Throws Malformed; `what` says whose name it is. */
  nameAt(offset: number, what: string): string {
    const known = this.#known.get(offset)
    if (known !== undefined) return known
    const { length } = this.#bytes
    if (offset >= length) {
      // A name that is empty needs no table.
      if (offset === 0) return ''
      throw new Malformed(`${what}: its name is at ${offset}, the table of names has ${length} bytes`)
    }
    const end = this.#bytes.indexOf(0, offset)
    if (end < 0) throw new Malformed(`${what}: its name at ${offset} has no end`)
    this.#budget -= end - offset
    if (this.#budget < 0) throw new Malformed(`${what}: its name shares bytes with too many others`)
    const name = decodeName(this.#bytes.subarray(offset, end))
    if (name === undefined) throw new Malformed(`${what}: its name at ${offset} is not valid UTF-8`)
    this.#known.set(offset, name)
    return name
  }
}

function decodeName(bytes: Uint8Array): string | undefined {
  let text = ''
  let isAscii = true
  for (const byte of bytes) {
    text += String.fromCharCode(byte)
    isAscii &&= byte < 0x80
  }
  if (isAscii) return text
  try {
    // `text` holds one character a byte; the language's strict UTF-8 decoder wants them as %xx.
    return decodeURIComponent(text.replace(/[^]/g, (each) => `%${each.charCodeAt(0).toString(16).padStart(2, '0')}`))
  } catch {
    return undefined
  }
}

export function describeSection(index: number, name: string): string {
  return name === '' ? `section ${index}` : `section ${index} ${quoted(name)}`
}
