// Frames to bytes and back, a batch at a time. A batch is words, and after them the values that are no words, encoded as one:
//
//    count of words │ frame │ frame │ … │ values
//
// A frame begins with what it is and its number; the rest is its row, where its message is one that is sent often, or one value. Each
// end of a channel has one encoder and one decoder, since names are said once in each direction (see `row-writer.ts`).
import type { Frame } from './channel.js'
import { decodeValues, encodeValues, releaseScratch } from './codec.js'
import type { JITErrorData } from './errors.js'
import { failure, success } from './expected.js'
import { flatMessage, flatMessageNumbered } from './flat-messages.js'
import { RowReader } from './row-reader.js'
import { RowWriter } from './row-writer.js'
import type { LookupDefinition } from './session-messages.js'

/** Kinds of frames, and what is added to a kind. */
const wire = {
  tell: 0,
  exemptTell: 1,
  ask: 2,
  exemptAsk: 3,
  value: 4,
  /** The answer is null, as most are. */
  done: 5,
  /** The answer to a lookup. */
  found: 6,
  error: 7,
  credit: 8,
  goodbye: 9,
  /** No frame: names are announced anew from here on. */
  forgetNames: 10,
  /** It has attachments. */
  attached: 16,
  /** Times the number of the flat message that the body is. */
  flat: 32,
} as const

const wordBytes = Float64Array.BYTES_PER_ELEMENT

export class FrameEncoder {
  readonly #row = new RowWriter()
  /** Whether the other end may not know all names that were announced. */
  #namesAreLost = false

  /** A batch as bytes that own their buffer. Throws where a body holds what bytes cannot; the next batch is unharmed. */
  encode(frames: readonly Frame[]): Uint8Array<ArrayBuffer> {
    try {
      this.#row.word(0)
      for (const frame of frames) this.#frame(frame)
      const { words, values } = this.#row.take()
      words[0] = words.length
      return join(words, values)
    } catch (thrown) {
      this.#row.take()
      this.batchWasLost()
      throw thrown
    }
  }

  /** What was encoded last did not leave. */
  batchWasLost(): void {
    this.#namesAreLost = true
  }

  #frame(frame: Frame): void {
    if (this.#namesAreLost || this.#row.knowsMany) this.#forgetNames()
    switch (frame.kind) {
      case 'tell':
        return this.#message(frame.exempt ? wire.exemptTell : wire.tell, 0, frame)
      case 'ask':
        return this.#message(frame.exempt ? wire.exemptAsk : wire.ask, frame.ask, frame)
      case 'reply':
        return this.#reply(frame)
      case 'credit':
        return this.#head(wire.credit, frame.count, 0)
      case 'goodbye':
        this.#head(wire.goodbye, 0, 0)
        this.#row.value(frame.error)
    }
  }

  #forgetNames(): void {
    this.#row.word(wire.forgetNames)
    this.#row.forgetNames()
    this.#namesAreLost = false
  }

  #head(kind: number, number: number, attachments: number): void {
    this.#row.word(attachments === 0 ? kind : kind + wire.attached)
    this.#row.word(number)
    if (attachments !== 0) this.#row.word(attachments)
  }

  #message(
    kind: number,
    number: number,
    { body, attachments }: { readonly body: unknown; readonly attachments: number },
  ): void {
    const flat = flatMessage(body)
    if (flat !== undefined) {
      const write = (): void => {
        this.#head(kind + flat.number * wire.flat, number, attachments)
        flat.write(body as object, this.#row)
      }
      if (this.#row.fits(write)) return
    }
    this.#head(kind, number, attachments)
    this.#row.value(body)
  }

  #reply({ reply, result, attachments }: Extract<Frame, { kind: 'reply' }>): void {
    if (!result.ok) {
      this.#head(wire.error, reply, attachments)
      return this.#row.value(result.error)
    }
    const { value } = result
    if (value === null) return this.#head(wire.done, reply, attachments)
    if (isFound(value)) {
      const write = (): void => {
        this.#head(wire.found, reply, attachments)
        this.#row.found(value)
      }
      if (this.#row.fits(write)) return
    }
    this.#head(wire.value, reply, attachments)
    this.#row.value(value)
  }
}

/** At least the first of them looks like it. */
function isFound(value: unknown): value is readonly LookupDefinition[] {
  if (!Array.isArray(value)) return false
  const first: unknown = value[0]
  return typeof first === 'object' && first !== null && 'name' in first && 'dylib' in first && 'address' in first
}

function join(words: Float64Array, values: readonly unknown[]): Uint8Array<ArrayBuffer> {
  const wordsSize = words.length * wordBytes
  const encoded = values.length === 0 ? none : encodeValues(values)
  const bytes = new Uint8Array(wordsSize + encoded.length)
  new Float64Array(bytes.buffer, 0, words.length).set(words)
  bytes.set(encoded, wordsSize)
  releaseScratch(encoded)
  return bytes
}

const none = new Uint8Array()

export class FrameDecoder {
  readonly #row = new RowReader()

  /** Batches in the order in which they were encoded. Throws where the bytes are none. Nothing in the frames refers to `bytes` afterwards. */
  decode(bytes: Uint8Array): Frame[] {
    // Strings are read an order of magnitude slower from shared memory, and its writer may be at work on it.
    const isOwn = bytes.buffer instanceof ArrayBuffer && bytes.byteOffset % wordBytes === 0
    const own = isOwn ? bytes : new Uint8Array(bytes)
    const words = wordsOf(own)
    const rest = own.subarray(words.byteLength)
    this.#row.begin(words, rest.length === 0 ? [] : decodeValues(rest))
    this.#row.number()
    const frames: Frame[] = []
    while (!this.#row.isAtEnd) this.#frame(frames)
    return frames
  }

  #frame(frames: Frame[]): void {
    const row = this.#row
    const head = row.number()
    if (head === wire.forgetNames) return row.forgetNames()
    const number = row.number()
    const attachments = (head & wire.attached) === 0 ? 0 : row.number()
    const flat = flatMessageNumbered(Math.floor(head / wire.flat))
    frames.push(this.#frameOf(head & (wire.attached - 1), number, attachments, flat))
  }

  #frameOf(kind: number, number: number, attachments: number, flat: ReturnType<typeof flatMessageNumbered>): Frame {
    const row = this.#row
    const body = (): unknown => (flat === undefined ? row.value() : flat.read(row))
    switch (kind) {
      case wire.tell:
        return { kind: 'tell', body: body(), attachments }
      case wire.exemptTell:
        return { kind: 'tell', body: body(), attachments, exempt: true }
      case wire.ask:
        return { kind: 'ask', ask: number, body: body(), attachments }
      case wire.exemptAsk:
        return { kind: 'ask', ask: number, body: body(), attachments, exempt: true }
      case wire.value:
        return { kind: 'reply', reply: number, result: success(row.value()), attachments }
      case wire.done:
        return { kind: 'reply', reply: number, result: success(null), attachments }
      case wire.found:
        return { kind: 'reply', reply: number, result: success(row.found()), attachments }
      case wire.error:
        return { kind: 'reply', reply: number, result: failure(row.value() as JITErrorData), attachments }
      case wire.credit:
        return { kind: 'credit', count: number, attachments: 0 }
      case wire.goodbye:
        return { kind: 'goodbye', error: row.value() as JITErrorData, attachments: 0 }
    }
    throw new Error(`a frame of unknown kind ${kind}`)
  }
}

/** The words at the beginning, whose first is their count. */
function wordsOf(bytes: Uint8Array): Float64Array {
  const most = Math.floor(bytes.length / wordBytes)
  const count = most === 0 ? 0 : new Float64Array(bytes.buffer, bytes.byteOffset, 1)[0]
  if (count === undefined || !Number.isInteger(count) || count < 1 || count > most)
    throw new Error('the bytes are no batch of frames')
  return new Float64Array(bytes.buffer, bytes.byteOffset, count)
}
