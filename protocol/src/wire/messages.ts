// The table made ready for use: messages and replies read, written and visited by the name of their type.
import type { Field } from './record.js'
import { fieldsOf, readFields, visitFields, writeFields } from './record.js'
import type { Reader } from './reader.js'
import type { ReferenceVisitor } from './references.js'
import type { RowWriter } from './row-writer.js'
import type { Schema } from './schema.js'
import type { WireMessage, WireType } from './table.js'
import { wireTable } from './table.js'
import { wordsOf } from './words.js'

/** Who speaks. */
export type Side = 'client' | 'server'

export interface MessageRow {
  readonly type: WireType
  readonly from: Side
  readonly fields: readonly Field[]
  readonly attachments: boolean
  /** Undefined: it is a tell. */
  readonly reply: Schema<unknown> | undefined
  readonly replyAttachments: boolean
}

const rows: ReadonlyMap<string, MessageRow> = new Map(
  Object.entries(wireTable).map(([type, row]) => {
    const { from, fields, attachments, reply, replyAttachments } = row as {
      readonly from: Side
      readonly fields: Readonly<Record<string, unknown>>
      readonly attachments?: true
      readonly reply?: Schema<unknown>
      readonly replyAttachments?: true
    }
    const messageRow: MessageRow = {
      type: type as WireType,
      from,
      fields: fieldsOf(fields),
      attachments: attachments === true,
      reply,
      replyAttachments: replyAttachments === true,
    }
    return [type, messageRow]
  }),
)
const types = wordsOf([...rows.values()].map(({ type }) => type))

/** Undefined where nothing of that name crosses a socket. */
export function messageRow(type: string): MessageRow | undefined {
  return rows.get(type)
}

/** The type of a message that begins here. */
export function readType(from: Reader): MessageRow {
  from.what = 'a message'
  const begin = from.offset
  const row = rows.get(from.word(types))
  if (row === undefined) throw from.fail('of no known type', begin)
  return row
}

export function readBody(row: MessageRow, from: Reader): WireMessage {
  from.what = row.type
  const body: Record<string, unknown> = { type: row.type }
  readFields(row.fields, body, from)
  return body as unknown as WireMessage
}

export function writeBody(row: MessageRow, body: object, to: RowWriter): unknown[] {
  to.what = row.type
  const places: unknown[] = [row.type]
  writeFields(row.fields, body as Readonly<Record<string, unknown>>, places, to)
  return places
}

/** Calls the visitor for each thing that the message names, in the order of its fields. Attachments are not among them. */
export function visitMessage(message: WireMessage, visitor: ReferenceVisitor): void {
  visitFields(rows.get(message.type)?.fields ?? [], message as unknown as Readonly<Record<string, unknown>>, visitor)
}

/** The same of the reply to a message of that type. */
export function visitReply(type: WireType, value: unknown, visitor: ReferenceVisitor): void {
  rows.get(type)?.reply?.visit?.(value, visitor)
}
