// Batches: one array of the first frame's number, of the highest number heard from the other end, and of frames. Frames are
// numbered 1, 2, 3, … in each direction for as long as the connection lives, over all of its sockets: one that was heard before
// is passed over, one that is missing ends the connection.
import type { AskId, Frame } from '../channel.js'
import { failure, success } from '../expected.js'
import { JITError } from '../jit-error.js'
import { plainError } from '../errors.js'
import { error } from './error-schema.js'
import { wireLimits } from './limits.js'
import type { MessageRow, Side } from './messages.js'
import { messageRow, readBody, readType, writeBody } from './messages.js'
import { packRows } from './packer.js'
import { Reader } from './reader.js'
import type { RowWriter } from './row-writer.js'
import { binary, list, u53 } from './schema.js'
import type { WireType } from './table.js'

/** The first element of a frame. */
export const frameKinds = {
  tell: 0,
  ask: 1,
  reply: 2,
  error: 3,
  credit: 4,
  goodbye: 5,
  part: 6,
  exemptTell: 7,
  exemptAsk: 8,
} as const

/** Part of a blob that a client uploads. The parts of one come in order; the last ends at `totalBytes`. */
export interface UploadPart {
  readonly kind: 'part'
  readonly blob: number
  readonly offsetBytes: number
  readonly totalBytes: number
  readonly bytes: Uint8Array
}

/** Blobs by number, in the place of attachments. */
export interface WireFrame {
  readonly kind: 'frame'
  readonly frame: Frame
  readonly blobs: readonly number[]
  /** Of an ask: its type; of a reply: that of the ask. */
  readonly type: WireType | undefined
}

export interface Batch {
  readonly first: number
  readonly acknowledged: number
  /** Those that had not been heard before. */
  readonly frames: readonly (WireFrame | UploadPart)[]
  /** How many frames there were in all. */
  readonly count: number
  /** Whether an ask that was heard before came again: its answer may have been lost. */
  readonly repeatsAsk: boolean
}

export interface BatchReading {
  /** Who has sent the batch. */
  readonly from: Side
  /** The number of the last frame heard. */
  readonly heard: number
  /** Of what type the ask was that a reply is to; undefined where it was not made, or is answered. Called once for each reply. */
  readonly takeAsked: (ask: AskId) => WireType | undefined
}

/** Of a batch without its length, as BatchStream gives it. Throws JITError Malformed, whatever the bytes. */
export function readBatch(bytes: Uint8Array, reading: BatchReading): Batch {
  const from = new Reader(bytes)
  const length = from.enter()
  if (length < 2) throw from.fail(`${length} elements, at least 2 are needed`, 0)
  const first = u53.read(from)
  const acknowledged = u53.read(from)
  const count = length - 2
  if (count > 0 && (first === 0 || first > reading.heard + 1))
    throw from.fail(`frame ${first} after frame ${reading.heard}`, 0)
  const frames: (WireFrame | UploadPart)[] = []
  let repeatsAsk = false
  for (let number = first; number < first + count; number++) {
    if (number > reading.heard) frames.push(readFrame(from, reading))
    else repeatsAsk = skipFrame(from) || repeatsAsk
  }
  from.leave()
  from.finish()
  return { first, acknowledged, frames, count, repeatsAsk }
}

function readFrame(from: Reader, { from: side, takeAsked }: BatchReading): WireFrame | UploadPart {
  from.what = 'a frame'
  const begin = from.offset
  const length = from.enter()
  if (length === 0) throw from.fail('without elements', begin)
  const kind = from.integer()
  switch (kind) {
    case frameKinds.tell:
    case frameKinds.exemptTell:
      return readTell(from, side, length, kind === frameKinds.exemptTell)
    case frameKinds.ask:
    case frameKinds.exemptAsk:
      return readAsk(from, side, length, kind === frameKinds.exemptAsk)
    case frameKinds.reply:
      return readReply(from, length, takeAsked)
    case frameKinds.error: {
      expectLength(from, begin, length, 3)
      const [reply, type] = readAsked(from, takeAsked)
      from.what = `the answer to ${type}`
      const frame: Frame = { kind: 'reply', reply, result: failure(error.read(from)), attachments: 0 }
      return left(from, frame, none, type)
    }
    case frameKinds.credit: {
      expectLength(from, begin, length, 2)
      return left(from, { kind: 'credit', count: u53.read(from), attachments: 0 })
    }
    case frameKinds.goodbye: {
      expectLength(from, begin, length, 2)
      return left(from, { kind: 'goodbye', error: error.read(from), attachments: 0 })
    }
    case frameKinds.part:
      if (side === 'client') return readPart(from, begin, length)
  }
  throw from.fail(`of unknown kind ${kind}`, begin)
}

function readTell(from: Reader, side: Side, length: number, isExempt: boolean): WireFrame {
  const begin = from.offset
  const row = expectSpeaker(readType(from), side, from, begin)
  if (row.reply !== undefined) throw from.fail(`${row.type} is an ask, and was told`, begin)
  const isAttached = expectFields(from, begin, length - 2, row)
  const body = readBody(row, from)
  const blobs = isAttached ? readBlobs(from) : none
  const frame: Frame = { kind: 'tell', body, attachments: blobs.length }
  return left(from, isExempt ? { ...frame, exempt: true } : frame, blobs, row.type)
}

function readAsk(from: Reader, side: Side, length: number, isExempt: boolean): WireFrame {
  const ask = u53.read(from)
  const begin = from.offset
  const row = expectSpeaker(readType(from), side, from, begin)
  if (row.reply === undefined) throw from.fail(`${row.type} is a tell, and was asked`, begin)
  const isAttached = expectFields(from, begin, length - 3, row)
  const body = readBody(row, from)
  const blobs = isAttached ? readBlobs(from) : none
  const frame: Frame = { kind: 'ask', ask, body, attachments: blobs.length }
  return left(from, isExempt ? { ...frame, exempt: true } : frame, blobs, row.type)
}

function readReply(from: Reader, length: number, takeAsked: BatchReading['takeAsked']): WireFrame {
  const [reply, type] = readAsked(from, takeAsked)
  const row = messageRow(type)
  from.what = `the answer to ${type}`
  if (length !== 3 && !(length === 4 && row?.replyAttachments === true))
    throw from.fail(`a frame of ${length} elements instead of 3`, from.offset)
  const value = row?.reply?.read(from)
  const blobs = length === 4 ? readBlobs(from) : none
  return left(from, { kind: 'reply', reply, result: success(value), attachments: blobs.length }, blobs, type)
}

function readAsked(from: Reader, takeAsked: BatchReading['takeAsked']): readonly [ask: AskId, type: WireType] {
  const begin = from.offset
  const ask = u53.read(from)
  const type = takeAsked(ask)
  if (type === undefined) throw from.fail(`an answer to ask ${ask}, which was not made or is answered`, begin)
  return [ask, type]
}

function readPart(from: Reader, begin: number, length: number): UploadPart {
  expectLength(from, begin, length, 5)
  from.what = 'a part of an upload'
  const part: UploadPart = {
    kind: 'part',
    blob: u53.read(from),
    offsetBytes: u53.read(from),
    totalBytes: u53.read(from),
    bytes: partBytes.read(from),
  }
  from.leave()
  if (part.offsetBytes + part.bytes.length > part.totalBytes)
    throw from.fail(`${part.bytes.length} bytes at ${part.offsetBytes} of ${part.totalBytes}`, begin)
  return part
}

/** Whether behind the fields there is a list of attachments. */
function expectFields(
  from: Reader,
  begin: number,
  elements: number,
  { type, fields, attachments }: MessageRow,
): boolean {
  if (elements === fields.length) return false
  if (elements === fields.length + 1 && attachments) return true
  throw from.fail(`${type} with ${elements} fields instead of ${fields.length}`, begin)
}

function readBlobs(from: Reader): readonly number[] {
  const begin = from.offset
  const blobs = blobList.read(from)
  if (blobs.length === 0) throw from.fail('an empty list of attachments', begin)
  return blobs
}

const blobList = list(u53, wireLimits.attachments)
const partBytes = binary(wireLimits.partBytes)
const none: readonly number[] = []

function left(from: Reader, frame: Frame, blobs: readonly number[] = none, type?: WireType): WireFrame {
  from.leave()
  return { kind: 'frame', frame, blobs, type }
}

function expectSpeaker(row: MessageRow, side: Side, from: Reader, begin: number): MessageRow {
  if (row.from !== side) throw from.fail(`${row.type} is what a ${row.from} says`, begin)
  return row
}

function expectLength(from: Reader, begin: number, length: number, expected: number): void {
  if (length !== expected) throw from.fail(`${length} elements instead of ${expected}`, begin)
}

/** Whether it is an ask. */
function skipFrame(from: Reader): boolean {
  from.what = 'a frame heard before'
  const begin = from.offset
  const length = from.enter()
  if (length === 0) throw from.fail('without elements', begin)
  const kind = from.integer()
  for (let at = 1; at < length; at++) from.skip()
  from.leave()
  return kind === frameKinds.ask || kind === frameKinds.exemptAsk
}

/** A frame as its row, and what that costs. `asked`: of a reply, the type of its ask. Throws JITError BadArgument. */
export function writeFrame(
  frame: Frame,
  blobs: readonly number[],
  asked: WireType | undefined,
  to: RowWriter,
): readonly unknown[] {
  to.begin('a frame')
  to.array(4)
  switch (frame.kind) {
    case 'tell':
      return [frame.exempt === true ? frameKinds.exemptTell : frameKinds.tell, ...writeMessage(frame.body, blobs, to)]
    case 'ask': {
      const kind = frame.exempt === true ? frameKinds.exemptAsk : frameKinds.ask
      return [kind, frame.ask, ...writeMessage(frame.body, blobs, to)]
    }
    case 'reply': {
      if (!frame.result.ok) return [frameKinds.error, frame.reply, error.write(frame.result.error, to)]
      to.what = `the answer to ${asked ?? 'an unknown ask'}`
      const schema = asked === undefined ? undefined : messageRow(asked)?.reply
      if (schema === undefined) throw to.fail('it has no schema')
      return withBlobs([frameKinds.reply, frame.reply, schema.write(frame.result.value, to)], blobs, to)
    }
    case 'credit':
      return [frameKinds.credit, frame.count]
    case 'goodbye':
      return [frameKinds.goodbye, error.write(frame.error, to)]
  }
}

export function writePart({ blob, offsetBytes, totalBytes, bytes }: UploadPart, to: RowWriter): readonly unknown[] {
  to.begin('a part of an upload')
  to.array(5)
  return [frameKinds.part, blob, offsetBytes, totalBytes, partBytes.write(bytes, to)]
}

function writeMessage(body: unknown, blobs: readonly number[], to: RowWriter): unknown[] {
  const type = typeof body === 'object' && body !== null && 'type' in body ? body.type : undefined
  const row = typeof type === 'string' ? messageRow(type) : undefined
  if (row === undefined) throw unknownMessage(type)
  to.array(row.fields.length)
  to.text(row.type.length)
  if (blobs.length > 0 && !row.attachments) throw to.fail(`${row.type} takes no attachments`)
  return withBlobs(writeBody(row, body as object, to), blobs, to)
}

function withBlobs(row: unknown[], blobs: readonly number[], to: RowWriter): unknown[] {
  if (blobs.length > 0) row.push(blobList.write(blobs, to))
  return row
}

function unknownMessage(type: unknown): Error {
  const what = typeof type === 'string' ? `a message "${type}"` : 'a message without a type'
  return new JITError(plainError('Unsupported', `${what} is not said to another process`))
}

/** The bytes of a batch, with its length before them, as the stream has them. */
export function packBatch(first: number, acknowledged: number, rows: readonly (readonly unknown[])[]): Uint8Array {
  return packRows([first, acknowledged, ...rows])
}
