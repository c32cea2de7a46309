// Errors on the wire: a row that begins with the code, which says what stands behind message, cause and joined errors. Nothing of
// an error is lost; what is too long for a line is cut, and causes beyond a depth are left out, so that an error can always be told.
import type {
  CompileError,
  JITErrorData,
  PlainError,
  SymbolError,
  SymbolsByDylib,
  TrapError,
  TrapRecord,
} from '../errors.js'
import { plainErrorCodes, symbolErrorCodes } from '../errors.js'
import { wireLimits } from './limits.js'
import type { Reader } from './reader.js'
import { record, tuple } from './record.js'
import type { RowWriter } from './row-writer.js'
import type { NamedSchema, Schema } from './schema.js'
import { f64, list, named, nullable, optional, prose, reference, string, u32, u64 } from './schema.js'
import { wordsOf } from './words.js'

const longestMessageBytes = 0x4000
const mostJoined = 64
/** Causes of causes, joined errors of joined errors. Each is an array within another, beside what else a batch needs. */
const deepest = 5

const message = prose(longestMessageBytes)
const symbols: Schema<SymbolsByDylib> = list(
  tuple<SymbolsByDylib[number]>([string(), list(string())], ['dylib', 'names']),
)
const number53 = f64
export const trap: NamedSchema<TrapRecord> = named(
  'Trap',
  record<TrapRecord>({
    hart: u32,
    pc: number53,
    cause: string(),
    address: number53,
    instruction: nullable(u32),
    symbol: nullable(string()),
    tracker: nullable(reference('key', 'use')),
    registers: record<TrapRecord['registers']>({ x: list(u64, 32), f: list(u64, 32), fcsr: u32 }),
  }),
)
const backtrace: Schema<TrapError['backtrace']> = list(
  record<TrapError['backtrace'][number]>({ symbol: string(), file: optional(string()), line: optional(u32) }),
  1024,
)
const maybeTrap = optional(trap)
const diagnostics = prose(wireLimits.textBytes)

/** What stands behind code, message, cause and joined. */
type Extra = 'symbols' | 'plain' | 'diagnostics' | 'trap' | 'stack'
const extraPlaces: Readonly<Record<Extra, number>> = { plain: 0, symbols: 2, diagnostics: 1, trap: 2, stack: 1 }
const ownPlaces = 4

const extras: ReadonlyMap<string, Extra> = new Map<JITErrorData['code'], Extra>([
  ...symbolErrorCodes.map((code) => [code, 'symbols'] as const),
  ...plainErrorCodes.map((code) => [code, 'plain'] as const),
  ['StackOverflow', 'stack'],
  ['CompileFailed', 'diagnostics'],
  ['Trap', 'trap'],
])
const codes = wordsOf([...symbolErrorCodes, ...plainErrorCodes, 'CompileFailed', 'Trap'] as const)

export const errorCode: Schema<JITErrorData['code']> = {
  read: (from) => from.word(codes),
  write(code, to) {
    to.text(code.length)
    return extras.has(code) ? code : 'UserError'
  },
  text: 'code',
}

/** By what stands behind the four that every error has. */
const errorForms =
  '[code, message: str, cause: Error or nil, joined: list of Error or nil], behind which an error about symbols has ' +
  `symbols: ${symbols.text}, trap: Trap or nil; CompileFailed has diagnostics: str ≤ ${wireLimits.textBytes}; ` +
  `Trap has backtrace: ${backtrace.text}, trap: Trap or nil`

export const error: NamedSchema<JITErrorData> = named('Error', {
  read: (from) => readError(from, 0),
  write: (value, to) => writeError(value, to, 0),
  text: errorForms,
})

function readError(from: Reader, depth: number): JITErrorData {
  const begin = from.offset
  if (depth > deepest) throw from.fail(`an error within errors, limit ${deepest}`, begin)
  const length = from.enter()
  const code = length === 0 ? undefined : from.word(codes)
  const extra = extras.get(code ?? '')
  if (code === undefined || extra === undefined || length !== ownPlaces + extraPlaces[extra])
    throw from.fail(`${length} elements of an error ${code ?? ''}`, begin)
  const text = message.read(from)
  const cause = from.nil() ? undefined : readError(from, depth + 1)
  const joined = from.nil() ? undefined : readJoined(from, depth + 1)
  const base = { message: text, ...(cause && { cause }), ...(joined && { joined }) }
  const read = { code, ...base, ...readExtra(extra, from) } as JITErrorData
  from.leave()
  return read
}

function readJoined(from: Reader, depth: number): readonly JITErrorData[] {
  const begin = from.offset
  const length = from.enter()
  if (length > mostJoined) throw from.fail(`${length} joined errors, limit ${mostJoined}`, begin)
  const joined: JITErrorData[] = []
  for (let left = length; left > 0; left--) joined.push(readError(from, depth))
  from.leave()
  return joined
}

function readExtra(extra: Extra, from: Reader): Partial<SymbolError> | Partial<CompileError> | Partial<TrapError> {
  switch (extra) {
    case 'plain':
      return {}
    case 'diagnostics':
      return { diagnostics: diagnostics.read(from) }
    case 'stack':
      return readTrap(from)
    case 'symbols':
      return { symbols: symbols.read(from), ...readTrap(from) }
    case 'trap':
      return { backtrace: backtrace.read(from), ...readTrap(from) }
  }
}

function readTrap(from: Reader): { readonly trap?: TrapRecord } {
  const read = maybeTrap.read(from)
  return read === undefined ? {} : { trap: read }
}

function writeError(value: JITErrorData, to: RowWriter, depth: number): unknown[] {
  const known = extras.has(value.code) ? value : ({ ...value, code: 'UserError' } satisfies PlainError)
  const extra = writeExtra(known, to)
  to.array(ownPlaces + extra.length)
  const { cause, joined } = value
  const isDeepest = depth === deepest
  const rest = joined?.slice(0, mostJoined).map((each) => (isDeepest ? undefined : writeError(each, to, depth + 1)))
  if (rest !== undefined) to.array(rest.length)
  return [
    errorCode.write(known.code, to),
    message.write(value.message, to),
    cause === undefined || isDeepest ? null : writeError(cause, to, depth + 1),
    rest === undefined || isDeepest ? null : rest,
    ...extra,
  ]
}

function writeExtra(value: JITErrorData, to: RowWriter): readonly unknown[] {
  if ('symbols' in value) return [symbols.write(value.symbols, to), maybeTrap.write(value.trap, to)]
  if ('diagnostics' in value) return [diagnostics.write(value.diagnostics, to)]
  if ('backtrace' in value) return [backtrace.write(value.backtrace, to), maybeTrap.write(value.trap, to)]
  return value.code === 'StackOverflow' ? [maybeTrap.write(value.trap, to)] : []
}
