// Frames to bytes and back, a batch at a time: one MessagePack array with four places a frame (kind, number, body, count of
// attachments), because what a message costs is the encoder's start, not its bytes. Message shapes that are sent often are
// known to both ends and travel as one byte; any other shape is written out beside its values, so nothing has to be agreed.
// Bytes come from our own threads: what a stranger sends passes the gateway's strict decoder, never this one.
import { Packr, RESET_BUFFER_MODE, Unpackr } from 'msgpackr'
import type { Frame } from './channel.js'
import type { JITErrorData, PlainError, SymbolError } from './errors.js'
import type { InstalledUnit, LinkEvent } from './link-messages.js'
import type {
  DependenceGroup,
  LookupDefinition,
  PayloadRange,
  SessionAsk,
  SessionAskReplies,
  SessionEvent,
  SessionNotification,
  SessionReplies,
  SessionRequest,
  UnitDescription,
  UnitSource,
} from './session-messages.js'

/** A batch as bytes that own their buffer. Throws where a body holds what bytes cannot: a symbol, a cycle, a hostile getter. */
export function encodeFrames(frames: readonly Frame[]): Uint8Array<ArrayBuffer> {
  const places: unknown[] = new Array(frames.length * placesPerFrame)
  let place = 0
  for (const frame of frames) {
    switch (frame.kind) {
      case 'tell':
        places[place] = frame.exempt ? wire.exemptTell : wire.tell
        places[place + 1] = 0
        places[place + 2] = frame.body
        break
      case 'ask':
        places[place] = frame.exempt ? wire.exemptAsk : wire.ask
        places[place + 1] = frame.ask
        places[place + 2] = frame.body
        break
      case 'reply':
        places[place] = frame.result.ok ? wire.value : wire.error
        places[place + 1] = frame.reply
        places[place + 2] = frame.result.ok ? frame.result.value : frame.result.error
        break
      case 'credit':
        places[place] = wire.credit
        places[place + 1] = frame.count
        places[place + 2] = null
        break
      case 'goodbye':
        places[place] = wire.goodbye
        places[place + 1] = 0
        places[place + 2] = frame.error
        break
    }
    places[place + 3] = frame.attachments
    place += placesPerFrame
  }
  const encoded = packer.encode(places, RESET_BUFFER_MODE) as Uint8Array
  const bytes = new Uint8Array(encoded)
  if (bytes.length > largeBatchBytes) packer.useBuffer(scratch)
  return bytes
}

/** Throws where the bytes are no batch. Nothing in the frames refers to `bytes` afterwards. */
export function decodeFrames(bytes: Uint8Array): Frame[] {
  // Strings are read an order of magnitude slower from shared memory, and its writer may be at work on it.
  const own = bytes.buffer instanceof SharedArrayBuffer ? new Uint8Array(bytes) : bytes
  const places: unknown = unpacker.decode(own)
  if (!Array.isArray(places) || places.length % placesPerFrame !== 0)
    throw new Error('the bytes are no batch of frames')
  const frames = new Array<Frame>(places.length / placesPerFrame)
  for (let place = 0, index = 0; place < places.length; place += placesPerFrame, index++) {
    frames[index] = frameOf(places[place], places[place + 1], places[place + 2], places[place + 3])
  }
  return frames
}

function frameOf(kind: unknown, number: unknown, body: unknown, attachments: unknown): Frame {
  if (typeof number !== 'number' || typeof attachments !== 'number') throw new Error('a frame without its numbers')
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
    case wire.credit:
      return { kind: 'credit', count: number, attachments: 0 }
    case wire.goodbye:
      return { kind: 'goodbye', error: body as JITErrorData, attachments: 0 }
  }
  throw new Error(`a frame of unknown kind ${String(kind)}`)
}

const placesPerFrame = 4
/** Past this, the encoder's scratch memory goes back after the batch. */
const largeBatchBytes = 0x10_0000

const wire = {
  tell: 0,
  ask: 1,
  value: 2,
  error: 3,
  credit: 4,
  goodbye: 5,
  exemptTell: 6,
  exemptAsk: 7,
} as const

type Request<T extends SessionRequest['type']> = Extract<SessionRequest, { type: T }>
type Event<T extends SessionEvent['type']> = Extract<SessionEvent, { type: T }>
type Notification<T extends SessionNotification['type']> = Extract<SessionNotification, { type: T }>
type Source<T extends UnitSource['kind']> = Extract<UnitSource, { kind: T }>

/** The order of keys is the order in which senders write them; another order is only slower. At most 32. */
const shapes: readonly string[][] = [
  keysOf<UnitDescription>({ unit: 0, name: 0, symbols: 0, initSymbol: 0, source: 0 }),
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
  keysOf<Request<'define'>>({ type: 0, dylib: 0, tracker: 0, unit: 0 }),
  keysOf<Request<'removeTracker'>>({ type: 0, tracker: 0, wait: 0 }),
  keysOf<Request<'transferTo'>>({ type: 0, source: 0, destination: 0 }),
  keysOf<Omit<Request<'lookup'>, 'onBehalfOf' | 'within'>>({
    type: 0,
    kind: 0,
    searchOrder: 0,
    symbols: 0,
    requiredState: 0,
  }),
  keysOf<Request<'claimResourceKey'>>({ type: 0, responsibility: 0, recorded: 0 }),
  keysOf<Request<'notifyResolved'>>({ type: 0, responsibility: 0, definitions: 0 }),
  keysOf<Request<'notifyEmitted'>>({ type: 0, responsibility: 0, groups: 0, initializers: 0 }),
  keysOf<Request<'failMaterialization'>>({ type: 0, responsibility: 0, cause: 0 }),
  keysOf<SessionReplies['claimResourceKey']>({ key: 0, lease: 0 }),
  keysOf<Notification<'createResourceTracker'>>({ type: 0, tracker: 0, dylib: 0 }),
  keysOf<Notification<'dropResourceTracker'>>({ type: 0, tracker: 0 }),
  keysOf<Notification<'releaseLease'>>({ type: 0, lease: 0 }),
  keysOf<Event<'materialize'>>({
    type: 0,
    responsibility: 0,
    dylib: 0,
    dylibName: 0,
    unit: 0,
    name: 0,
    symbols: 0,
    initSymbol: 0,
    requested: 0,
    source: 0,
    searchOrder: 0,
    key: 0,
  }),
  keysOf<Event<'destroyUnit'>>({ type: 0, unit: 0 }),
  keysOf<Event<'handleTransferResources'>>({ type: 0, manager: 0, dylib: 0, destination: 0, source: 0 }),
  keysOf<Extract<SessionAsk, { type: 'handleRemoveResources' }>>({ type: 0, manager: 0, dylib: 0, key: 0 }),
  keysOf<SessionAskReplies['handleRemoveResources']>({ reclaimLater: 0 }),
  keysOf<Omit<PlainError, 'cause' | 'joined'>>({ code: 0, message: 0 }),
  keysOf<Omit<PlainError, 'joined'>>({ code: 0, message: 0, cause: 0 }),
  keysOf<Omit<SymbolError, 'cause' | 'joined'>>({ code: 0, message: 0, symbols: 0 }),
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
