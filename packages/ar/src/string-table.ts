// Names of an archive, which lie in tables and end at a terminator. Two entries may share a name, but not overlap
// otherwise: so a small file cannot ask for a large amount of text.
import { formatProblem, Malformed } from './malformed.js'

export class StringTable {
  readonly #bytes: Uint8Array
  readonly #start: number
  readonly #end: number
  readonly #terminators: readonly number[]
  readonly #names = new Map<number, string>()
  #bytesRead = 0

  /** `bytes[start..end)`; a name ends before the first of the `terminators`, or at the end of the table. */
  constructor(bytes: Uint8Array, start: number, end: number, terminators: readonly number[]) {
    this.#bytes = bytes
    this.#start = start
    this.#end = end
    this.#terminators = terminators
  }

  get sizeBytes(): number {
    return this.#end - this.#start
  }

  /** The name at `offset`; `what` and `at` say who asks, for messages. Throws Malformed. */
  nameAt(offset: number, what: string, at: number): string {
    const known = this.#names.get(offset)
    if (known !== undefined) return known
    if (offset >= this.sizeBytes)
      throw new Malformed(
        formatProblem(`${what}: name at ${offset} is outside the ${this.sizeBytes} bytes of names`, at),
      )
    const from = this.#start + offset
    let end = from
    while (end < this.#end && !this.#terminators.includes(this.#bytes[end] ?? 0)) end++
    this.#bytesRead += end - from
    if (this.#bytesRead > this.sizeBytes)
      throw new Malformed(formatProblem(`${what}: name at ${offset} overlaps another name`, at))
    const name = decodeName(this.#bytes, from, end, what, at)
    this.#names.set(offset, name)
    return name
  }
}

/** Characters per String.fromCharCode call: its arguments lie on the stack. */
const chunkLength = 1024

/** The UTF-8 name in `bytes[start..end)`. Read byte by byte, since the bytes may be shared memory. Throws Malformed. */
export function decodeName(bytes: Uint8Array, start: number, end: number, what: string, at: number): string {
  const chunks: string[] = []
  let highest = 0
  for (let from = start; from < end; from += chunkLength) {
    const codes = new Array<number>(Math.min(chunkLength, end - from))
    for (let i = 0; i < codes.length; i++) {
      const byte = bytes[from + i] ?? 0
      codes[i] = byte
      highest = Math.max(highest, byte)
    }
    chunks.push(String.fromCharCode.apply(undefined, codes))
  }
  const text = chunks.join('')
  if (highest < 0x80) return text
  try {
    // `text` holds one character a byte; the language's strict UTF-8 decoder wants them as %xx.
    return decodeURIComponent(text.replace(/[^]/g, (character) => `%${hexByte(character.charCodeAt(0))}`))
  } catch {
    throw new Malformed(formatProblem(`${what}: name is not valid UTF-8`, at))
  }
}

function hexByte(byte: number): string {
  return byte.toString(16).padStart(2, '0')
}
