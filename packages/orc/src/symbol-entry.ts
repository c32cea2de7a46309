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
import type { SymbolPlace } from './symbol-table.js'
import type { WaitingNode } from './waiting-on-graph.js'

/** States only move forward, or to failed. They are numbers, so that "at least resolved" is a comparison. */
export const entryState = {
  failed: -1,
  neverSearched: 0,
  materializing: 1,
  resolved: 2,
  /** In memory, waiting for what it depends on. */
  emitted: 3,
  ready: 4,
} as const
export type EntryState = (typeof entryState)[keyof typeof entryState]

export const entryStateOf: Readonly<Record<RequiredState, EntryState>> = { resolved: 2, emitted: 3, ready: 4 }

export interface SymbolEntry {
  readonly name: string
  readonly place: SymbolPlace
  /** As declared; an alias learns from its aliasee where its address lies. */
  flags: SymbolFlags
  /** Of a function, where its definer said it. */
  readonly signature: SignatureCode | null
  /** The unit that owns it, and through it the tracker. */
  unit: MaterializationUnit
  state: EntryState
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
  /** Emitted groups that wait for the entry to become ready. */
  dependants: Set<WaitingNode> | null
  /** The entry's place in the waiting-on graph, once anything there depends on it or it waits itself. */
  node: WaitingNode | null
}

export function createEntry(
  place: SymbolPlace,
  flags: SymbolFlags,
  signature: SignatureCode | null,
  unit: MaterializationUnit,
  state: EntryState,
): SymbolEntry {
  const { name } = place
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

export function pendingOf(entry: SymbolEntry): PendingInfo {
  entry.pending ??= { responsibility: null, queries: null, dependants: null, node: null }
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
