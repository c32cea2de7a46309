// What a value on the wire may be: a schema reads it from bytes, writes it as rows, visits the things it names, and says in words
// what it is. A schema of a type is invariant in it: one that reads less than the type allows, or writes more, does not compile
// as a schema of that type, which is what keeps the wire's table and the protocol's messages the same.
import { wireLimits } from './limits.js'
import { NegativeZero } from './packer.js'
import type { Reader } from './reader.js'
import type { Claim, ReferenceVisitor, Thing } from './references.js'
import type { RowWriter } from './row-writer.js'

export interface Schema<T> {
  readonly read: (from: Reader) => T
  /** A value that the packer knows: nothing but numbers, bigints, strings, booleans, null, bytes and arrays of such. Throws JITError BadArgument. */
  readonly write: (value: T, to: RowWriter) => unknown
  /** Absent where nothing is named. */
  readonly visit?: ((value: T, visitor: ReferenceVisitor) => void) | undefined
  /** As the tables of the documentation show it. */
  readonly text: string
}

/** Of a field that may be missing: nil on the wire. */
export interface OptionalSchema<T> extends Schema<T | undefined> {
  readonly isOptional: true
}

/** One that the documentation describes once, by a name. */
export interface NamedSchema<T> extends Schema<T> {
  readonly name: string
  readonly definition: string
}

export function named<T>(name: string, schema: Schema<T>): NamedSchema<T> {
  return { ...schema, text: name, name, definition: schema.text }
}

export const boolean: Schema<boolean> = {
  read: (from) => from.boolean(),
  write: (value, to) => (typeof value === 'boolean' ? value : refuse(to, value, 'a boolean')),
  text: 'bool',
}

/** Integers from `minimum` to `maximum`, both safe. */
function integers<T extends number>(text: string, minimum: number, maximum: number): Schema<T> {
  return {
    read(from) {
      const begin = from.offset
      const value = from.integer()
      if (value < minimum || value > maximum)
        throw from.fail(`${value} is out of range (${minimum} to ${maximum})`, begin)
      return value as T
    },
    write: (value, to) =>
      Number.isSafeInteger(value) && value >= minimum && value <= maximum
        ? value + 0
        : refuse(to, value, `an integer from ${minimum} to ${maximum}`),
    text,
  }
}

/** 0 to 2^53 - 1. */
export const u53: Schema<number> = integers('u53', 0, Number.MAX_SAFE_INTEGER)
const i53: Schema<number> = integers('i53', Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER)
export const u32: Schema<number> = integers('u32', 0, 0xffff_ffff)

/** A number that names something without a claim to it. */
export function idNumber<T extends number>(): Schema<T> {
  return integers<T>('u53', 0, Number.MAX_SAFE_INTEGER)
}

/** Any double, -0 and NaN too. */
export const f64: Schema<number> = {
  read: (from) => from.float(),
  write: (value, to) => (typeof value === 'number' ? floatOf(value) : refuse(to, value, 'a number')),
  text: 'f64',
}

/** 0 to 2^64 - 1. */
export const u64: Schema<bigint> = {
  read(from) {
    const begin = from.offset
    const value = from.bigint()
    if (value < 0n) throw from.fail(`${value} is out of range (0 to 2^64 - 1)`, begin)
    return value
  },
  write: (value, to) =>
    typeof value === 'bigint' && value >= 0n && value < 1n << 64n ? value : refuse(to, value, 'an integer of 64 bits'),
  text: 'u64',
}

/** A number of any kind; a bigint from -2^63 to 2^64 - 1 stays one. */
export const scalar: Schema<number | bigint> = {
  read: (from) => from.scalar(),
  write(value, to) {
    if (typeof value === 'number') return floatOf(value)
    if (typeof value === 'bigint' && value >= -(1n << 63n) && value < 1n << 64n) return value
    return refuse(to, value, 'a number, or an integer of 64 bits')
  },
  text: 'f64 or i64 or u64',
}

/** At most so many bytes of UTF-8. */
export function string(maximumBytes: number = wireLimits.stringBytes): Schema<string> {
  return {
    read: (from) => from.string(maximumBytes),
    write(value, to) {
      if (typeof value !== 'string') return refuse(to, value, 'a string')
      if (value.length * 3 > maximumBytes && utf8Bytes(value) > maximumBytes)
        throw to.fail(`a string of ${utf8Bytes(value)} bytes, limit ${maximumBytes}`)
      if (hasLoneSurrogate(value)) throw to.fail('a string with half of a surrogate pair')
      to.text(value.length)
      return value
    },
    text: maximumBytes === wireLimits.stringBytes ? 'str' : `str ≤ ${maximumBytes}`,
  }
}

/** For people: whoever sends it makes it fit, so that an error is never lost for its length. */
export function prose(maximumBytes: number): Schema<string> {
  const exact = string(maximumBytes)
  return {
    ...exact,
    write(value, to) {
      const cut = value.length * 3 <= maximumBytes ? value : cutTo(value, maximumBytes)
      return exact.write(hasLoneSurrogate(cut) ? cut.replaceAll(loneSurrogate, '\ufffd') : cut, to)
    },
  }
}

export function binary(maximumBytes: number = wireLimits.binaryBytes): Schema<Uint8Array> {
  return {
    read: (from) => from.binary(maximumBytes),
    write(value, to) {
      if (!(value instanceof Uint8Array)) return refuse(to, value, 'bytes')
      if (value.length > maximumBytes) throw to.fail(`${value.length} bytes, limit ${maximumBytes}`)
      to.binary(value.length)
      // The packer copies them before anybody else can change what it was given, but not from shared memory.
      return value.buffer instanceof ArrayBuffer ? value : new Uint8Array(value)
    },
    text: `bin ≤ ${maximumBytes}`,
  }
}

/** Nothing: the answer of what is just done. */
export const nothing: Schema<null> = {
  read(from) {
    if (!from.nil()) throw from.fail('something instead of nil', from.offset)
    return null
  },
  write: () => null,
  text: 'nil',
}

/** One of a list, as its place there: 0, 1, … */
export function choice<T extends string>(...list: readonly T[]): Schema<T> {
  return {
    read(from) {
      const begin = from.offset
      const chosen = list[from.integer()]
      if (chosen === undefined) throw from.fail(`a choice that is none of 0 to ${list.length - 1}`, begin)
      return chosen
    },
    write(value, to) {
      const place = list.indexOf(value)
      return place < 0 ? refuse(to, value, `one of ${list.join(', ')}`) : place
    },
    text: `{${list.map((word, place) => `${place} ${word}`).join(', ')}}`,
  }
}

export function nullable<T>(schema: Schema<T>): Schema<T | null> {
  return {
    read: (from) => (from.nil() ? null : schema.read(from)),
    write: (value, to) => (value === null ? null : schema.write(value, to)),
    visit: schema.visit && ((value, visitor) => (value === null ? undefined : schema.visit?.(value, visitor))),
    text: `${schema.text} or nil`,
  }
}

export function optional<T>(schema: Schema<T>): OptionalSchema<T> {
  return {
    read: (from) => (from.nil() ? undefined : schema.read(from)),
    write: (value, to) => (value === undefined ? null : schema.write(value, to)),
    visit: schema.visit && ((value, visitor) => (value === undefined ? undefined : schema.visit?.(value, visitor))),
    text: `${schema.text} or nil`,
    isOptional: true,
  }
}

export function list<T>(schema: Schema<T>, maximum: number = wireLimits.batchNodes): Schema<readonly T[]> {
  const { visit } = schema
  return {
    read(from) {
      const begin = from.offset
      const length = from.enter()
      if (length > maximum) throw from.fail(`a list of ${length}, limit ${maximum}`, begin)
      const values: T[] = []
      for (let left = length; left > 0; left--) values.push(schema.read(from))
      from.leave()
      return values
    },
    write(values, to) {
      if (!Array.isArray(values)) return refuse(to, values, 'a list')
      if (values.length > maximum) throw to.fail(`a list of ${values.length}, limit ${maximum}`)
      to.array(values.length)
      return values.map((value: T) => schema.write(value, to))
    },
    visit:
      visit &&
      ((values, visitor) => {
        for (const value of values) visit(value, visitor)
      }),
    text: `list of ${schema.text}`,
  }
}

/** A number that names something. */
export function reference<T extends number>(thing: Thing, claim: Claim): Schema<T> {
  const ids = thing === 'tracker' ? i53 : u53
  return {
    read: (from) => ids.read(from) as T,
    write: (id, to) => ids.write(id, to),
    visit: (id, visitor) => visitor(thing, id, claim),
    text: thing,
  }
}

function floatOf(value: number): number | NegativeZero {
  return Object.is(value, -0) ? new NegativeZero() : value
}

function refuse(to: RowWriter, value: unknown, wanted: string): never {
  const shown = typeof value === 'object' && value !== null ? 'an object' : String(value).slice(0, 80)
  throw to.fail(`${shown} instead of ${wanted}`)
}

// ---- strings

const loneSurrogate = /[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g
const anySurrogate = /[\ud800-\udfff]/

function hasLoneSurrogate(text: string): boolean {
  if (!anySurrogate.test(text)) return false
  loneSurrogate.lastIndex = 0
  const found = loneSurrogate.test(text)
  loneSurrogate.lastIndex = 0
  return found
}

function utf8Bytes(text: string): number {
  let bytes = 0
  for (let index = 0; index < text.length; index++) {
    const unit = text.charCodeAt(index)
    // Each half of a pair has two of the pair's four bytes.
    bytes += unit < 0x80 ? 1 : unit < 0x800 || (unit >= 0xd800 && unit <= 0xdfff) ? 2 : 3
  }
  return bytes
}

const cutMark = '\n[cut]'

/** As much of the text's beginning as surely fits with the mark. */
function cutTo(text: string, maximumBytes: number): string {
  if (utf8Bytes(text) <= maximumBytes) return text
  let bytes = cutMark.length
  let end = 0
  for (; end < text.length; end++) {
    bytes += utf8Bytes(text[end] ?? '')
    if (bytes > maximumBytes) break
  }
  return text.slice(0, end) + cutMark
}
