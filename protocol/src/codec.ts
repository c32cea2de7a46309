// Frames to bytes and back, a batch at a time: one MessagePack array with the frames' places one after the other (kind, number,
// count of attachments if there are any, then the body), because what a message costs is the encoder's start, not its bytes.
// Messages that are sent often are rows of places; other shapes that are known to both ends travel as one byte and their values,
// and what is left is written out beside its values, so nothing has to be agreed. Bytes come from our own threads: what a
// stranger sends passes the gateway's strict decoder, never this one.
import { Packr, RESET_BUFFER_MODE, Unpackr } from 'msgpackr'
import type { Frame } from './channel.js'
import type { JITErrorData, PlainError, SymbolError } from './errors.js'
import { flatMessage, flatMessageNumbered } from './flat-messages.js'
import type { InstalledUnit, LinkEvent } from './link-messages.js'
import type {
  DependenceGroup,
  LookupDefinition,
  PayloadRange,
  SessionAskReplies,
  SessionReplies,
  UnitSource,
} from './session-messages.js'

/** A batch as bytes that own their buffer. Throws where a body holds what bytes cannot: a symbol, a cycle, a hostile getter. */
export function encodeFrames(frames: readonly Frame[]): Uint8Array<ArrayBuffer> {
  const places: unknown[] = []
  for (const frame of frames) writeFrame(frame, places)
  const encoded = packer.encode(places, RESET_BUFFER_MODE) as Uint8Array
  const bytes = new Uint8Array(encoded)
  if (bytes.length > largeBatchBytes) packer.useBuffer(scratch)
  return bytes
}

function writeFrame(frame: Frame, places: unknown[]): void {
  switch (frame.kind) {
    case 'tell':
      return writeMessage(frame.exempt ? wire.exemptTell : wire.tell, 0, frame, places)
    case 'ask':
      return writeMessage(frame.exempt ? wire.exemptAsk : wire.ask, frame.ask, frame, places)
    case 'reply': {
      const { result } = frame
      writeHead(result.ok ? wire.value : wire.error, frame.reply, frame.attachments, places)
      places.push(result.ok ? result.value : result.error)
      return
    }
    case 'credit':
      return writeHead(wire.credit, frame.count, 0, places)
    case 'goodbye':
      writeHead(wire.goodbye, 0, 0, places)
      places.push(frame.error)
  }
}

function writeMessage(
  kind: number,
  number: number,
  { body, attachments }: { readonly body: unknown; readonly attachments: number },
  places: unknown[],
): void {
  const flat = flatMessage(body)
  writeHead(flat === undefined ? kind : kind + flat.number * wire.flat, number, attachments, places)
  if (flat === undefined) places.push(body)
  else flat.write(body as object, places)
}

function writeHead(kind: number, number: number, attachments: number, places: unknown[]): void {
  if (attachments === 0) places.push(kind, number)
  else places.push(kind + wire.attached, number, attachments)
}

/** Throws where the bytes are no batch. Nothing in the frames refers to `bytes` afterwards. */
export function decodeFrames(bytes: Uint8Array): Frame[] {
  // Strings are read an order of magnitude slower from shared memory, and its writer may be at work on it.
  const own = bytes.buffer instanceof SharedArrayBuffer ? new Uint8Array(bytes) : bytes
  const places: unknown = unpacker.decode(own)
  if (!Array.isArray(places)) throw new Error('the bytes are no batch of frames')
  const frames: Frame[] = []
  for (let at = 0; at < places.length;) at = readFrame(places, at, frames)
  return frames
}

/** Reads the frame that begins at a place; where the next one begins. */
function readFrame(places: readonly unknown[], begin: number, frames: Frame[]): number {
  const [head, number] = [places[begin], places[begin + 1]]
  if (typeof head !== 'number' || typeof number !== 'number') throw new Error('a frame without its numbers')
  const isAttached = (head & wire.attached) !== 0
  const attachments = isAttached ? places[begin + 2] : 0
  if (typeof attachments !== 'number') throw new Error('a frame without its count of attachments')
  const at = begin + (isAttached ? 3 : 2)
  const kind = head & (wire.attached - 1)
  if (kind === wire.credit) {
    frames.push({ kind: 'credit', count: number, attachments: 0 })
    return at
  }
  const flat = flatMessageNumbered(Math.floor(head / wire.flat))
  const end = at + (flat === undefined ? 1 : flat.places)
  if (end > places.length) throw new Error('a frame without its body')
  const body = flat === undefined ? places[at] : flat.read(places, at)
  frames.push(frameOf(kind, number, body, attachments))
  return end
}

function frameOf(kind: number, number: number, body: unknown, attachments: number): Frame {
  switch (kind) {
    case wire.tell:
      return { kind: 'tell', body, attachments }
    case wire.exemptTell:
      return { kind: 'tell', body, attachments, exempt: true }
    case wire.ask:
      return { kind: 'ask', ask: number, body, attachments }
    case wire.exemptAsk:
      return { kind: 'ask', ask: number, body, attachments, exempt: true }
    case wire.value:
      return { kind: 'reply', reply: number, result: { ok: true, value: body }, attachments }
    case wire.error:
      return { kind: 'reply', reply: number, result: { ok: false, error: body as JITErrorData }, attachments }
    case wire.goodbye:
      return { kind: 'goodbye', error: body as JITErrorData, attachments: 0 }
  }
  throw new Error(`a frame of unknown kind ${kind}`)
}

/** Past this, the encoder's scratch memory goes back after the batch. */
const largeBatchBytes = 0x10_0000

/** Kinds of frames, and what is added to a kind. */
const wire = {
  tell: 0,
  ask: 1,
  value: 2,
  error: 3,
  credit: 4,
  goodbye: 5,
  exemptTell: 6,
  exemptAsk: 7,
  /** It has attachments. */
  attached: 8,
  /** Times the number of the flat message that the body is. */
  flat: 16,
} as const

type Source<T extends UnitSource['kind']> = Extract<UnitSource, { kind: T }>

/** The order of keys is the order in which senders write them; another order is only slower. At most 32. */
const shapes: readonly string[][] = [
  keysOf<Source<'absolute'>>({ kind: 0, definitions: 0 }),
  keysOf<Source<'object'>>({ kind: 0, payload: 0 }),
  keysOf<Source<'user'>>({ kind: 0 }),
  keysOf<PayloadRange>({ attachment: 0, offsetBytes: 0, sizeBytes: 0 }),
  keysOf<DependenceGroup>({ symbols: 0, dependencies: 0 }),
  keysOf<LookupDefinition>({ name: 0, dylib: 0, address: 0, flags: 0 }),
  keysOf<InstalledUnit>({
    unit: 0,
    name: 0,
    key: 0,
    dylib: 0,
    plt: 0,
    functions: 0,
    slots: 0,
    threadLocal: 0,
    host: 0,
    lazy: 0,
    code: 0,
  }),
  keysOf<Extract<LinkEvent, { type: 'install' }>>({ type: 0, version: 0, unit: 0, dispatchers: 0 }),
  keysOf<Extract<LinkEvent, { type: 'retract' }>>({ type: 0, version: 0, epoch: 0, units: 0 }),
  keysOf<SessionReplies['claimResourceKey']>({ key: 0, lease: 0 }),
  keysOf<SessionAskReplies['handleRemoveResources']>({ reclaimLater: 0 }),
  keysOf<Omit<PlainError, 'cause' | 'joined'>>({ code: 0, message: 0 }),
  keysOf<Omit<PlainError, 'joined'>>({ code: 0, message: 0, cause: 0 }),
  keysOf<Omit<SymbolError, 'cause' | 'joined' | 'trap'>>({ code: 0, message: 0, symbols: 0 }),
]

/** The compiler counts the keys: a field added to a message is missing here until its shape has it too. */
function keysOf<T>(keys: Readonly<Record<keyof T, 0>>): string[] {
  return Object.keys(keys)
}

/** Each side has its own copy of the shapes, which it marks in its own way; `maxSharedStructures` keeps both from learning more. */
function options(): ConstructorParameters<typeof Packr>[0] & object {
  return {
    structures: shapes.map((keys) => [...keys]),
    maxSharedStructures: shapes.length,
    maxOwnStructures: 32,
    moreTypes: true,
    copyBuffers: true,
  }
}

const packer = new Packr(options())
const unpacker = new Unpackr(options())
const scratch = packer.encode('.'.repeat(8000)) as Uint8Array
