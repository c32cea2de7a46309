// Values to bytes and back: what a batch of frames holds beside its rows, as one MessagePack array, because what a value costs is the
// encoder's start, not its bytes. Shapes that are known to both ends travel as one byte and their values, and what is left is
// written out beside its values, so nothing has to be agreed. Bytes come from our own threads: what a stranger sends passes
// the gateway's strict decoder, never this one.
import { Packr, Unpackr } from 'msgpackr'
import type { PlainError, SymbolError } from './errors.js'
import type { InstalledUnit, LinkEvent } from './link-messages.js'
import type {
  DependenceGroup,
  LookupDefinition,
  PayloadRange,
  SessionAskReplies,
  SessionReplies,
  UnitSource,
} from './session-messages.js'

/** Bytes that are good until the next are written. Throws where a value holds what bytes cannot: a symbol, a cycle, a hostile getter. */
export function encodeValues(values: readonly unknown[]): Uint8Array {
  return packer.encode(values) as Uint8Array
}

/** Gives back scratch memory that large values have taken. To be called when encoded bytes have been copied. */
export function releaseScratch({ length }: Uint8Array): void {
  if (length > largeBytes) packer.useBuffer(scratch)
}

/** Throws where the bytes are no array of values. Nothing in the values refers to the bytes afterwards. */
export function decodeValues(bytes: Uint8Array): readonly unknown[] {
  const values: unknown = unpacker.decode(bytes)
  if (!Array.isArray(values)) throw new Error('the bytes are no values')
  return values
}

const largeBytes = 0x10_0000

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
  keysOf<Omit<PlainError, 'cause' | 'joined' | 'trap'>>({ code: 0, message: 0 }),
  keysOf<Omit<PlainError, 'joined' | 'trap'>>({ code: 0, message: 0, cause: 0 }),
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
