// What a step may answer. An error that a step cannot have is as much a finding as a hang; deaths excuse more, and only in
// their own round.
import { JITError } from 'worc'
import type { Step } from './program.js'

/** "ok", or codes from the outermost error to its root: `FailedToMaterialize < ResourceTrackerDefunct`. */
export function outcomeOf(thrown: unknown): string {
  if (!(thrown instanceof JITError)) return `not a JITError: ${String(thrown)}`
  return thrown.cause === undefined ? thrown.code : `${thrown.code} < ${outcomeOf(thrown.cause)}`
}

/** Somebody removed, transferred or let go of the tracker. */
const tracker = ['ResourceTrackerDefunct']
const failed = ['FailedToMaterialize']
const absent = ['SymbolsNotFound']
/** A manager's or a generator's thread waits in a sync call, and only its event loop could answer. */
const busy = ['WouldDeadlock']
/** A generator was removed while it was asked. */
const generators = ['Aborted', ...busy]

const expected: Readonly<Record<Step['do'], readonly string[]>> = {
  'add object': [...tracker, 'DuplicateDefinition'],
  define: [...tracker, 'DuplicateDefinition'],
  'define absolute': [...tracker, 'DuplicateDefinition'],
  'define host': [...tracker, 'DuplicateDefinition'],
  'define aliases': [...tracker, 'DuplicateDefinition'],
  're-export': [...tracker, 'DuplicateDefinition'],
  're-export lazily': [...tracker, 'DuplicateDefinition'],
  // A tracker's removal may come between the answer and the handle.
  'look up': [...absent, ...failed, 'Aborted', 'CodeRemoved', 'NotAFunction'],
  'look up and wait': [...absent, ...failed],
  'look up names': [...absent, ...failed, ...generators],
  'look up flags': absent,
  // A stub looks up when it is called; a closure serves its own thread only.
  call: ['CodeRemoved', 'WrongOwner', ...absent, ...failed],
  // The ledgers' own failures.
  remove: [...tracker, ...busy, 'UserError'],
  transfer: tracker,
  'remove names': [...absent, 'SymbolsCouldNotBeRemoved'],
  clear: [...busy, 'UserError'],
  dispose: [],
  forget: [],
  give: tracker,
  'file under the key': tracker,
  'set link order': [],
  generate: [...absent, ...failed, ...generators],
  'pass a dylib by': [...failed, ...busy, 'UserError'],
  allocate: ['OutOfMemory'],
  compile: ['CompilerUnavailable'],
  'collect garbage': [],
  park: [],
  verify: [],
  'register a manager': [],
  flood: [],
}

/** What follows from the death of a thread that had to do with it. */
const ofTheDead = ['ActorDied', 'WrongOwner', 'BadArgument']
/** Anything that asks for more, while too much waits already. */
const ofTheFlooded = ['Overloaded']
const ofTheSession = ['SessionClosed']

export interface Deaths {
  readonly any: boolean
  readonly session: boolean
}

/** `flooded`: this client has asked for more than may wait, and not heard of all of it. */
export function isExpected(step: Step['do'], thrown: unknown, deaths: Deaths, flooded: boolean): boolean {
  if (!(thrown instanceof JITError)) return false
  const { code } = thrown
  if (flooded && ofTheFlooded.includes(code)) return true
  if (deaths.session && (ofTheSession.includes(code) || code === 'ActorDied')) return true
  return expected[step].includes(code) || (deaths.any && (ofTheDead.includes(code) || hasRoot(thrown, 'ActorDied')))
}

export function hasRoot(error: JITError, code: string): boolean {
  return (
    error.code === code ||
    error.joined.some((each) => hasRoot(each, code)) ||
    (error.cause instanceof JITError && hasRoot(error.cause, code))
  )
}
