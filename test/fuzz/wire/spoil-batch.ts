// Batches for the fuzzer: frames that honest ends say, some of them with something else in one of their places, and the bytes of the
// whole perhaps spoiled as well. A seed says which.
import type { Frame, Side, WireType } from '@worc/protocol'
import { RowWriter, packBatch, writeFrame, writePart } from '@worc/protocol'
import type { RandomSource } from '../../orc/random-source.js'
import { everyError, messages } from '../../protocol/wire/sample-messages.js'

const writer = new RowWriter()

/** The asks that answers are to: each type has its number. */
const types: readonly WireType[] = [...messages.keys()]

export function askedType(ask: number): WireType | undefined {
  return types[ask]
}

const takesBlobs: ReadonlySet<WireType> = new Set(['define', 'compile', 'addGenerator', 'replace', 'emit'])

const serverSays: ReadonlySet<WireType> = new Set([
  'dependenciesRegistered',
  'materialize',
  'discard',
  'destroyUnit',
  'generate',
  'filterReexports',
  'handleRemoveResources',
  'handleTransferResources',
  'errorReported',
  'runInputConsumed',
  'runOutput',
])

interface HonestFrame {
  readonly bytes: Uint8Array
  readonly row: unknown
}

const honest: Readonly<Record<Side, readonly HonestFrame[]>> = {
  client: framesOf('client'),
  server: framesOf('server'),
}

export interface SpoiledBatch {
  readonly from: Side
  readonly bytes: Uint8Array
  /** Up to the first one that is surely spoiled: a reader that refuses the batch has read fewer. */
  readonly frames: number
}

const mostFrames = 48

export function spoiledBatch(random: RandomSource): SpoiledBatch {
  const from = random.chance(0.7) ? 'client' : 'server'
  const count = 1 + random.below(mostFrames)
  const pieces: Uint8Array[] = []
  // Near the end, more often than not: a reader goes no further than the first thing that is wrong.
  const spoiledFrame = random.chance(0.9) ? count - 1 - random.below(random.chance(0.7) ? 2 : count) : -1
  for (let index = 0; index < count; index++) {
    const frame = random.pick(honest[from])
    if (frame === undefined) continue
    pieces.push(index === spoiledFrame ? packed(spoiledValue(frame.row, random, 0)) : frame.bytes)
  }
  const whole = Buffer.concat([batchHead(count), ...pieces])
  const frames = spoiledFrame < 0 ? count : spoiledFrame + 1
  return { from, bytes: random.chance(0.15) ? spoiledBytes(whole, random) : whole, frames }
}

function framesOf(side: Side): readonly HonestFrame[] {
  const said: (readonly unknown[])[] = []
  for (const [number, [type, { message, reply }]] of [...messages].entries()) {
    const blobs = takesBlobs.has(type) ? [1, 2] : []
    const told: Frame = { kind: 'tell', body: message, attachments: 0 }
    const asked: Frame = { kind: 'ask', ask: number, body: message, attachments: 0 }
    said.push(writeFrame(reply === undefined ? told : { ...asked, exempt: true }, blobs, undefined, writer))
    if (reply === undefined) continue
    const answer: Frame = { kind: 'reply', reply: number, result: { ok: true, value: reply }, attachments: 0 }
    said.push(writeFrame(asked, blobs, undefined, writer), writeFrame(answer, [], type, writer))
  }
  for (const error of everyError) {
    said.push(
      writeFrame({ kind: 'reply', reply: 1, result: { ok: false, error }, attachments: 0 }, [], undefined, writer),
    )
    said.push(writeFrame({ kind: 'goodbye', error, attachments: 0 }, [], undefined, writer))
  }
  said.push(writeFrame({ kind: 'credit', count: 64, attachments: 0 }, [], undefined, writer))
  if (side === 'client')
    said.push(writePart({ kind: 'part', blob: 1, offsetBytes: 0, totalBytes: 9, bytes: new Uint8Array(9) }, writer))
  return said.map((row) => ({ bytes: packed(row), row })).filter(({ row }) => isSaidBy(side, row))
}

/** Answers are anybody's. */
function isSaidBy(side: Side, row: unknown): boolean {
  const [kind, first, second] = row as readonly unknown[]
  const type = kind === 1 || kind === 8 ? second : kind === 0 || kind === 7 ? first : undefined
  return type === undefined || serverSays.has(type as WireType) === (side === 'server')
}

function batchHead(frames: number): Uint8Array {
  return Uint8Array.of(0xdc, 0, frames + 2, 1, 0)
}

/** Whatever the wire's packer makes of it, which looks at nothing. */
function packed(value: unknown): Uint8Array {
  // Behind the batch's length, its head, its two numbers, and the head of an array of one.
  return Uint8Array.from(packBatch(1, 0, [[value]]).subarray(4 + 3 + 1))
}

/** The value with something else in one of its places. */
function spoiledValue(value: unknown, random: RandomSource, depth: number): unknown {
  if (!Array.isArray(value) || (depth > 0 && random.chance(0.25))) return otherThan(value, random)
  const places: unknown[] = [...(value as readonly unknown[])]
  const place = random.below(places.length + 1)
  const change = random.next()
  if (change < 0.7 && place < places.length) places[place] = spoiledValue(places[place], random, depth + 1)
  else if (change < 0.8) places.splice(place, 1)
  else if (change < 0.9) places.splice(place, 0, anything(random))
  else places.splice(place, 1, ...places.slice(0, random.below(4)))
  return places
}

function otherThan(value: unknown, random: RandomSource): unknown {
  if (typeof value === 'number' && random.chance(0.6))
    return value + (random.pick([1, -1, 0.5, 256, 2 ** 32, -(2 ** 53)]) ?? 0)
  if (typeof value === 'string' && random.chance(0.5))
    return value.slice(random.below(2)) + (random.pick(['x', '\0', '😀', '']) ?? '')
  return anything(random)
}

function anything(random: RandomSource): unknown {
  switch (random.below(12)) {
    case 0:
      return null
    case 1:
      return random.chance(0.5)
    case 2:
      return random.below(300) - 40
    case 3:
      return random.pick([NaN, Infinity, -0, 0.1, 2 ** 53, -(2 ** 53), 2 ** 31, 1e300])
    case 4:
      return random.pick([0n, -1n, 2n ** 63n, 2n ** 64n - 1n, -(2n ** 63n)])
    case 5:
      return random.pick(['', '__proto__', 'constructor', 'lookup', 'drain', 'user', 'Foo'])
    case 6:
      return 'x'.repeat(random.below(2) * 70_000)
    case 7:
      return new Uint8Array(random.below(40))
    case 8:
      return { ['__proto__']: 1, type: 'drain', [String(random.below(9))]: null }
    case 9:
      return new Date(random.below(1e9))
    case 10:
      return nested(random.below(24))
    default:
      return Array<unknown>(random.below(30)).fill(random.below(200))
  }
}

function nested(depth: number): unknown {
  let value: unknown = 0
  for (let level = 0; level < depth; level++) value = [value]
  return value
}

function spoiledBytes(bytes: Uint8Array, random: RandomSource): Uint8Array {
  const spoiled = Uint8Array.from(bytes)
  const at = random.below(spoiled.length)
  switch (random.below(5)) {
    case 0:
      return spoiled.subarray(0, at)
    case 1:
      return Buffer.concat([spoiled, Uint8Array.of(random.below(256))])
    case 2:
      spoiled[at] = random.below(256)
      return spoiled
    case 3:
      // A length of four bytes, of what is not there.
      spoiled.set(
        [random.pick([0xdb, 0xc6, 0xdd, 0xdf, 0xc9]) ?? 0, 0xff, 0xff, 0xff].slice(0, spoiled.length - at),
        at,
      )
      return spoiled
    default:
      return Buffer.concat([spoiled.subarray(0, at), spoiled.subarray(random.below(spoiled.length))])
  }
}
