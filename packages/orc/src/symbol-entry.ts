// One definition of one name in one dylib: an incarnation, which is never used again once it is erased from its table.
// What only a definition on its way to Ready needs lies apart, so that a Ready symbol is small. Source:
// SymbolTableEntry and MaterializingInfo (Core.h).
import type {
  ExecutorAddr,
  FlagsEntry,
  JITErrorData,
  MatchKind,
  RequiredState,
  SignatureCode,
  SymbolFlags,
} from '@worc/protocol'
import { symbolFlag } from '@worc/protocol'
import type { MaterializationResponsibility } from './responsibility.js'
import type { MaterializationUnit } from './materialization-unit.js'
import type { Query } from './queries.js'
import { bitsOfState, stateMask, symbolEvent } from './symbol-life.js'
import type { SymbolEvent } from './symbol-life.js'
import type { SymbolPlace } from './symbol-table.js'
import type { WaitingNode } from './waiting-on-graph.js'

/**
 * They are numbers, so that "at least resolved" is a comparison. What may follow on what is in `symbol-life.ts`, which
 * is written from the machine in test/model.
 */
export const entryState = {
  /** Not in its table yet. */
  absent: 0,
  failed: 1,
  neverSearched: 2,
  materializing: 3,
  resolved: 4,
  /** In memory, waiting for what it depends on. */
  emitted: 5,
  ready: 6,
  /** Not in its table any more, for ever. */
  removed: 7,
} as const
export type EntryState = (typeof entryState)[keyof typeof entryState]

export const entryStateOf: Readonly<Record<RequiredState, EntryState>> = {
  resolved: entryState.resolved,
  emitted: entryState.emitted,
  ready: entryState.ready,
}

export interface SymbolEntry {
  readonly name: string
  readonly place: SymbolPlace
  /** As declared; an alias learns from its aliasee where its address lies. */
  flags: SymbolFlags
  /** Of a function, where its definer said it. */
  readonly signature: SignatureCode | null
  /** The unit that owns it, and through it the tracker. */
  unit: MaterializationUnit
  /** Set by `changeState` only. */
  readonly state: EntryState
  /** The last message that named it, by `last.naming`: what a message names twice is met once. */
  named: number
  /** Meaningful from resolved on. */
  address: ExecutorAddr
  /** Why it failed, where anybody said. */
  failure: JITErrorData | null
  pending: PendingInfo | null
}

export interface PendingInfo {
  responsibility: MaterializationResponsibility | null
  /** Unfinished queries that include the entry, satisfied by it or not: a removal must fail either. */
  queries: Query[] | null
  /** Emitted groups that wait for the entry to become ready, and some that were withdrawn: so many. */
  dependants: WaitingNode[] | null
  withdrawnDependants: number
  /** The entry's place in the waiting-on graph, once anything there depends on it or it waits itself. */
  node: WaitingNode | null
}

export function createEntry(
  place: SymbolPlace,
  flags: SymbolFlags,
  signature: SignatureCode | null,
  unit: MaterializationUnit,
): SymbolEntry {
  const { name } = place
  const state = entryState.absent
  return { name, place, flags, signature, unit, state, named: 0, address: 0, failure: null, pending: null }
}

/** Out of its table: its place is empty, or another incarnation's. */
export function isErased(entry: SymbolEntry): boolean {
  return entry.place.entry !== entry
}

/** As it was defined. */
export function flagsEntryOf({ name, flags, signature }: SymbolEntry): FlagsEntry {
  return signature === null ? [name, flags] : [name, flags, signature]
}

/** What happens to a symbol that cannot happen to it is a bug of the session's: that throws. */
export function changeState(entry: SymbolEntry, event: SymbolEvent): EntryState {
  const to = (event >>> (entry.state * bitsOfState)) & stateMask
  if (to === entryState.absent) throw impossibleEvent(entry, event)
  const changing: { state: EntryState } = entry
  changing.state = to as EntryState
  return changing.state
}

function impossibleEvent({ name, state }: SymbolEntry, event: SymbolEvent): Error {
  return new Error(`${nameIn(symbolEvent, event)} happens to ${name}, which is ${nameIn(entryState, state)}`)
}

function nameIn(names: Readonly<Record<string, number>>, value: number): string {
  return Object.keys(names).find((name) => names[name] === value) ?? String(value)
}

export function pendingOf(entry: SymbolEntry): PendingInfo {
  entry.pending ??= { responsibility: null, queries: null, dependants: null, withdrawnDependants: 0, node: null }
  return entry.pending
}

/** Weak and common definitions give way to others; a weak one that began to materialize does not. */
export function isWeak(flags: SymbolFlags): boolean {
  return (flags & (symbolFlag.weak | symbolFlag.common)) !== 0
}

export function hasAddress(entry: SymbolEntry): boolean {
  return (entry.flags & symbolFlag.sideEffectsOnly) === 0
}

export function isVisible(entry: SymbolEntry, match: MatchKind): boolean {
  return match === 'all' || (entry.flags & symbolFlag.exported) !== 0
}
