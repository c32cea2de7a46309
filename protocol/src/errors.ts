// Every way an operation can fail, as one closed union of plain data: it crosses ports and sockets, keeps its cause, and says
// in one line which thing, which value and which limit. ORC's names where ORC has one (OrcError.h, Core.h); ours after them.

import type { ExecutorAddr } from './addresses.js'
import type { ResourceKey } from './ids.js'

/** Names by dylib: ORC's SymbolDependenceMap inside its errors, with the dylib's name, which outlives it. */
export type SymbolsByDylib = readonly (readonly [dylib: string, names: readonly string[]])[]

/** Errors that are about symbols. */
export const symbolErrorCodes = [
  'FailedToMaterialize',
  'SymbolsNotFound',
  'SymbolsCouldNotBeRemoved',
  'MissingSymbolDefinitions',
  'UnexpectedSymbolDefinitions',
  'DuplicateDefinition',
  'UnsatisfiedSymbolDependencies',
  'CodeRemoved',
  'SignatureMismatch',
  'NotAFunction',
] as const

export const plainErrorCodes = [
  'ResourceTrackerDefunct',
  'JITDylibDefunct',
  'SessionClosed',
  'StackOverflow',
  'Interrupted',
  'BadArgument',
  'WrongOwner',
  'CompilerUnavailable',
  'BadObject',
  'OutOfMemory',
  'ActorDied',
  'Timeout',
  'Aborted',
  'Overloaded',
  'WouldDeadlock',
  'QuotaExceeded',
  'PermissionDenied',
  'AuthFailed',
  'Malformed',
  'Unsupported',
  'ConnectionLost',
  /** A callback of the user's (a manager, a unit, a generator) threw something of its own. */
  'UserError',
] as const

export type SymbolErrorCode = (typeof symbolErrorCodes)[number]
export type PlainErrorCode = (typeof plainErrorCodes)[number]

interface ErrorBase {
  readonly message: string
  readonly cause?: JITErrorData
  /** Set where several things failed in one operation (managers in a removal): the errors, in the order of the calls. */
  readonly joined?: readonly JITErrorData[]
}

export interface SymbolError extends ErrorBase {
  readonly code: SymbolErrorCode
  readonly symbols: SymbolsByDylib
  /** Of CodeRemoved, where it was met by running into what is gone. */
  readonly trap?: TrapRecord
}

export interface PlainError extends ErrorBase {
  readonly code: PlainErrorCode
  /** Of StackOverflow, where code has addresses. */
  readonly trap?: TrapRecord
}

/** `diagnostics` is what the compiler printed, unchanged. */
export interface CompileError extends ErrorBase {
  readonly code: 'CompileFailed'
  readonly diagnostics: string
}

export interface TrapFrame {
  readonly symbol: string
  readonly file?: string
  readonly line?: number
}

/** Where and how execution stopped, on targets whose code has addresses. */
export interface TrapRecord {
  /** Of the thread that executed: its index in the session. */
  readonly hart: number
  /** Addresses are below 2^53, or rounded: the registers have them exactly. */
  readonly pc: ExecutorAddr
  /** As the privileged specification calls them, in camel case: fetchFault, illegalInstruction, loadFault, … */
  readonly cause: string
  /** What could not be fetched, loaded or stored; the bits of an illegal instruction. */
  readonly address: ExecutorAddr
  /** The bits at pc; null where nothing can be read. */
  readonly instruction: number | null
  /** The function at pc, if it is known, though it may be removed by now. */
  readonly symbol: string | null
  /** Under which tracker's key that code was, or is. */
  readonly tracker: ResourceKey | null
  /** Unsigned; f as bits. */
  readonly registers: { readonly x: readonly bigint[]; readonly f: readonly bigint[]; readonly fcsr: number }
}

/** Execution stopped: `backtrace` begins with the innermost JIT'd function. */
export interface TrapError extends ErrorBase {
  readonly code: 'Trap'
  readonly backtrace: readonly TrapFrame[]
  readonly trap?: TrapRecord
}

export type JITErrorData = SymbolError | PlainError | CompileError | TrapError
export type JITErrorCode = JITErrorData['code']

export function plainError(code: PlainErrorCode, message: string, cause?: JITErrorData): PlainError {
  return cause === undefined ? { code, message } : { code, message, cause }
}

export function symbolError(
  code: SymbolErrorCode,
  message: string,
  symbols: SymbolsByDylib,
  cause?: JITErrorData,
): SymbolError {
  return cause === undefined ? { code, message, symbols } : { code, message, symbols, cause }
}

/** Errors of several steps become one: none stays undefined, one stays itself, more are joined in order. Source: ORC's joinErrors. */
export function joinErrors(errors: readonly JITErrorData[]): JITErrorData | undefined {
  const [first] = errors
  if (first === undefined || errors.length === 1) return first
  const flat = errors.flatMap((error) => error.joined ?? [error])
  return { ...first, message: flat.map((error) => error.message).join('\n'), joined: flat }
}

/** "foo, bar in main; baz in libc", cut where a message would stop being one line. */
export function formatSymbols(symbols: SymbolsByDylib): string {
  return symbols.map(([dylib, names]) => `${formatNames(names)} in ${dylib}`).join('; ')
}

export function formatNames(names: readonly string[]): string {
  const shown = names.slice(0, 8).map((name) => (name.length > 256 ? `${name.slice(0, 253)}...` : name))
  const rest = names.length - shown.length
  return rest > 0 ? `${shown.join(', ')} and ${rest} more` : shown.join(', ')
}
