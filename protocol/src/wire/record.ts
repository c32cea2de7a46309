// Records as rows: the fields in the order in which their schema lists them, without names. And unions of records, told apart by
// the word that begins the row. The compiler compares the list with the record: a field too many, too few or of another type is
// an error there.
import type { Reader } from './reader.js'
import type { ReferenceVisitor } from './references.js'
import type { RowWriter } from './row-writer.js'
import type { OptionalSchema, Schema } from './schema.js'
import { wordsOf } from './words.js'

/** A schema for each field; a field that may be absent in the record has one that may be nil. */
export type Fields<T> = {
  readonly [K in keyof T]-?: Partial<Pick<T, K>> extends Pick<T, K>
    ? OptionalSchema<Exclude<T[K], undefined>>
    : Schema<T[K]>
}

export interface Field {
  readonly name: string
  readonly schema: Schema<unknown>
  readonly isOptional: boolean
}

export function fieldsOf(fields: Readonly<Record<string, unknown>>): readonly Field[] {
  return Object.entries(fields).map(([name, schema]) => ({
    name,
    schema: schema as Schema<unknown>,
    isOptional: (schema as Partial<OptionalSchema<unknown>>).isOptional === true,
  }))
}

export function readFields(fields: readonly Field[], record: Record<string, unknown>, from: Reader): void {
  for (const { name, schema, isOptional } of fields) {
    const value = schema.read(from)
    if (!isOptional || value !== undefined) record[name] = value
  }
}

export function writeFields(
  fields: readonly Field[],
  record: Readonly<Record<string, unknown>>,
  row: unknown[],
  to: RowWriter,
): void {
  for (const { name, schema } of fields) row.push(schema.write(record[name], to))
}

export function visitFields(
  fields: readonly Field[],
  record: Readonly<Record<string, unknown>>,
  visitor: ReferenceVisitor,
): void {
  for (const { name, schema } of fields) if (record[name] !== undefined) schema.visit?.(record[name], visitor)
}

function namesReferences(fields: readonly Field[]): boolean {
  return fields.some(({ schema }) => schema.visit !== undefined)
}

function textOf(fields: readonly Field[]): string {
  return fields.map(({ name, schema }) => `${name}: ${schema.text}`).join(', ')
}

export function record<T extends object>(schemas: Fields<T>): Schema<T> {
  const fields = fieldsOf(schemas)
  return {
    read(from) {
      from.enterExactly(fields.length)
      const value: Record<string, unknown> = {}
      readFields(fields, value, from)
      from.leave()
      return value as T
    },
    write(value, to) {
      const given: unknown = value
      if (typeof given !== 'object' || given === null) throw to.fail(`${String(given)} instead of a record`)
      to.array(fields.length)
      const row: unknown[] = []
      writeFields(fields, value as Readonly<Record<string, unknown>>, row, to)
      return row
    },
    visit: namesReferences(fields)
      ? (value, visitor) => visitFields(fields, value as Readonly<Record<string, unknown>>, visitor)
      : undefined,
    text: `[${textOf(fields)}]`,
  }
}

/** Of a kind that stays in the process where it was made. */
export const stays = 'stays'

type Kinds<T extends { readonly kind: string }> = {
  readonly [K in T['kind']]: Fields<Omit<Extract<T, { readonly kind: K }>, 'kind'>> | typeof stays
}

/** A union of records with a `kind`. */
export function variants<T extends { readonly kind: string }>(kinds: Kinds<T>): Schema<T> {
  const rows = new Map<string, readonly Field[]>()
  for (const [kind, schemas] of Object.entries<unknown>(kinds))
    if (schemas !== stays) rows.set(kind, fieldsOf(schemas as Readonly<Record<string, unknown>>))
  const words = wordsOf([...rows.keys()])
  return {
    read(from) {
      const begin = from.offset
      const length = from.enter()
      if (length === 0) throw from.fail('an empty array instead of a kind and its fields', begin)
      const kind = from.word(words)
      const fields = rows.get(kind) ?? []
      if (length !== fields.length + 1)
        throw from.fail(`${length - 1} fields of kind ${kind} instead of ${fields.length}`, begin)
      const value: Record<string, unknown> = { kind }
      readFields(fields, value, from)
      from.leave()
      return value as T
    },
    write(value, to) {
      const fields = rows.get(value.kind)
      if (fields === undefined) throw to.fail(`of kind "${value.kind}"`)
      to.array(fields.length + 1)
      to.text(value.kind.length)
      const row: unknown[] = [value.kind]
      writeFields(fields, value, row, to)
      return row
    },
    visit: [...rows.values()].some(namesReferences)
      ? (value, visitor) => visitFields(rows.get(value.kind) ?? [], value, visitor)
      : undefined,
    text: [...rows]
      .map(([kind, fields]) => `["${kind}"${fields.length > 0 ? `, ${textOf(fields)}` : ''}]`)
      .join(' or '),
  }
}

type Places<T extends readonly unknown[]> = { readonly [K in keyof T]: Schema<T[K]> }

/** An array with a schema for each place. The last `optionalPlaces` may be missing. */
export function tuple<T extends readonly unknown[]>(
  schemas: Places<Required<T>>,
  names: readonly string[],
  optionalPlaces = 0,
): Schema<T> {
  const places = schemas as readonly Schema<unknown>[]
  const least = places.length - optionalPlaces
  const isVisited = places.some(({ visit }) => visit !== undefined)
  return {
    read(from) {
      const begin = from.offset
      const length = from.enter()
      if (length < least || length > places.length)
        throw from.fail(
          `${length} elements instead of ${least === places.length ? least : `${least} to ${places.length}`}`,
          begin,
        )
      const values: unknown[] = []
      for (let place = 0; place < length; place++) values.push(places[place]?.read(from))
      from.leave()
      return values as readonly unknown[] as T
    },
    write(values, to) {
      if (!Array.isArray(values) || values.length < least || values.length > places.length)
        throw to.fail(`not an array of ${places.length} elements`)
      to.array(values.length)
      return values.map((value, place) => places[place]?.write(value, to))
    },
    visit: isVisited
      ? (values, visitor) => values.forEach((value, place) => places[place]?.visit?.(value, visitor))
      : undefined,
    text: `[${places.map(({ text }, place) => `${names[place] ?? ''}: ${text}${place < least ? '' : ' (may be missing)'}`).join(', ')}]`,
  }
}
