// Looking names up. Generators are asked first, dylib by dylib, for what is not defined there; each may suspend the
// lookup until it has answered. Then, in one turn, everything is matched anew and waited for: nothing is set in motion
// unless all is found, so a name that vanished meanwhile strands nobody. Source: ExecutionSession::lookup,
// OL_applyQueryPhase1, OL_completeLookup (Core.cpp).
import type {
  Expected,
  FlagsEntry,
  LookupDefinition,
  LookupKind,
  LookupSetEntry,
  ResponsibilityId,
  SessionRequest,
} from '@worc/protocol'
import { failure, success } from '@worc/protocol'
import { settleAsk } from './asks.js'
import type { PendingAsk } from './asks.js'
import type { DefinitionGenerator } from './generators.js'
import { enterGenerator } from './generators.js'
import type { JITDylib, LinkOrderEntry } from './jit-dylib.js'
import { materializeUnsearched, startQuery } from './materialize.js'
import { definitionsOf } from './queries.js'
import type { Query } from './queries.js'
import { findSymbol, findSymbols, notFound, openSearch } from './search.js'
import type { Search } from './search.js'
import { failedToMaterialize } from './session-errors.js'
import type { SessionState } from './session-state.js'
import { send } from './session-state.js'
import { entryState, entryStateOf, isVisible } from './symbol-entry.js'
import type { EntryState, SymbolEntry } from './symbol-entry.js'
import { waitCycle } from './wait-cycle.js'

/** A lookup that generators are asked for, or will be. */
export interface Lookup {
  readonly ask: PendingAsk
  readonly kind: LookupKind
  readonly search: Search
  readonly names: readonly LookupSetEntry[]
  /** Null where only flags are asked for. */
  readonly goal: LookupGoal | null
  /** Index of the dylib that generators are asked for now. */
  position: number
  /** Not found there or before. */
  unmatched: readonly LookupSetEntry[]
  /** There, but not visible to this lookup: its generators are not asked, later dylibs are. */
  hidden: readonly LookupSetEntry[]
  /** The dylib's generators as they were when the lookup came to it, those not yet asked; null before it does. */
  generators: DefinitionGenerator[] | null
}

interface LookupGoal {
  readonly required: EntryState
  readonly onBehalfOf: ResponsibilityId | null
}

type LookupRequest = Extract<SessionRequest, { type: 'lookup' }>
type LookupFlagsRequest = Extract<SessionRequest, { type: 'lookupFlags' }>

export function lookup(
  state: SessionState,
  message: LookupRequest,
  ask: PendingAsk,
): Expected<readonly LookupDefinition[]> | undefined {
  const search = openSearch(state, message.searchOrder)
  if (!search.ok) return search
  const names = eachOnce(message.symbols)
  const goal = { required: entryStateOf[message.requiredState], onBehalfOf: message.onBehalfOf ?? null }
  if (!search.value.order.some(({ dylib }) => dylib.generators.length > 0)) {
    return complete(state, search.value, names, goal, ask)
  }
  advanceLookup(state, createLookup(ask, message.kind, search.value, names, goal))
  return undefined
}

/** Runs generators, materializes nothing. */
export function lookupFlags(
  state: SessionState,
  message: LookupFlagsRequest,
  ask: PendingAsk,
): Expected<readonly FlagsEntry[]> | undefined {
  const search = openSearch(state, message.searchOrder)
  if (!search.ok) return search
  advanceLookup(state, createLookup(ask, message.kind, search.value, eachOnce(message.symbols), null))
  return undefined
}

function createLookup(
  ask: PendingAsk,
  kind: LookupKind,
  search: Search,
  names: readonly LookupSetEntry[],
  goal: LookupGoal | null,
): Lookup {
  return { ask, kind, search, names, goal, position: 0, unmatched: names, hidden: [], generators: null }
}

/** A name given twice is required if it is required once. */
function eachOnce(symbols: readonly LookupSetEntry[]): readonly LookupSetEntry[] {
  if (symbols.length < 2) return symbols
  const names = new Map<string, boolean>()
  for (const [name, required] of symbols) names.set(name, required || names.get(name) === true)
  return names.size === symbols.length ? symbols : [...names]
}

/** Goes on until a generator has to be waited for, or to the end. */
export function advanceLookup(state: SessionState, lookup: Lookup): void {
  if (!lookup.ask.open) return
  const { order } = lookup.search
  for (; lookup.position < order.length; lookup.position++) {
    const at = order[lookup.position]
    if (at !== undefined && at.dylib.phase === 'open' && !askGenerators(state, lookup, at)) return
    lookup.unmatched = [...lookup.unmatched, ...lookup.hidden]
    lookup.hidden = []
    lookup.generators = null
  }
  finish(state, lookup)
}

/** False while a generator of the dylib is waited for. */
function askGenerators(state: SessionState, lookup: Lookup, at: LinkOrderEntry): boolean {
  matchIn(lookup, at)
  lookup.generators ??= [...at.dylib.generators]
  const { generators } = lookup
  for (let next = generators[0]; next !== undefined && lookup.unmatched.length > 0; next = generators[0]) {
    if (next.removed || (next.kind === 'archive' && lookup.kind === 'dlsym')) {
      generators.shift()
      continue
    }
    if (enterGenerator(state, next, lookup)) generators.shift()
    return false
  }
  return true
}

/** Sorts what was unmatched: visible in this dylib, there but hidden, not there. */
function matchIn(lookup: Lookup, { dylib, match }: LinkOrderEntry): void {
  const unmatched: LookupSetEntry[] = []
  const hidden = [...lookup.hidden]
  for (const symbol of lookup.unmatched) {
    const entry = dylib.symbols.get(symbol[0])
    if (entry === undefined) unmatched.push(symbol)
    else if (!isVisible(entry, match)) hidden.push(symbol)
  }
  lookup.unmatched = unmatched
  lookup.hidden = hidden
}

function finish(state: SessionState, { ask, search, names, goal }: Lookup): void {
  const result = goal === null ? flagsOf(search, names) : complete(state, search, names, goal, ask)
  if (result !== undefined) settleAsk(state, ask, result)
}

function flagsOf({ order, gone }: Search, names: readonly LookupSetEntry[]): Expected<readonly FlagsEntry[]> {
  const flags: FlagsEntry[] = []
  const missing: string[] = []
  for (const [name, required] of names) {
    const entry = findSymbol(order, name)
    if (entry !== undefined) flags.push([name, entry.flags])
    else if (required) missing.push(name)
  }
  return missing.length > 0 ? failure(notFound(order, gone, missing)) : success(flags)
}

/** Answers at once where everything has come far enough; otherwise begins to wait. */
function complete(
  state: SessionState,
  search: Search,
  names: readonly LookupSetEntry[],
  { required, onBehalfOf }: LookupGoal,
  ask: PendingAsk,
): Expected<readonly LookupDefinition[]> | undefined {
  const found = findSymbols(search, names)
  if (!found.ok) return found
  const entries = found.value
  const failed = settleAbsolutes(state, entries)
  if (failed.length > 0) return failure(failedToMaterialize(failed, failed[0]?.failure ?? null))
  const unready = entries.filter((entry) => entry.state !== entryState.ready)
  if (unready.length === 0) return success(definitionsOf(entries))
  const behalf = onBehalfOf === null ? null : (state.responsibilities.get(onBehalfOf) ?? null)
  const cycle = behalf === null ? null : waitCycle(behalf, unready, required)
  if (cycle !== null) return failure(cycle)
  reportDependencies(state, ask, unready)
  if (unready.every((entry) => entry.state >= required)) return success(definitionsOf(entries))
  const waiter = { kind: 'ask', ask } as const
  const query: Query = { required, entries, waiting: 0, attached: false, waiter, onBehalfOf: behalf }
  ask.query = query
  startQuery(state, query)
  return undefined
}

/** Absolute symbols need nobody's work, and so no query; those that failed all the same. */
function settleAbsolutes(state: SessionState, entries: readonly SymbolEntry[]): readonly SymbolEntry[] {
  const absolutes = entries.filter(isUnsearchedAbsolute)
  if (absolutes.length === 0) return absolutes
  materializeUnsearched(state, absolutes)
  return absolutes.filter((entry) => entry.state === entryState.failed)
}

function isUnsearchedAbsolute({ state, unit }: SymbolEntry): boolean {
  return state === entryState.neverSearched && unit.source.kind === 'absolute'
}

/** What an emission of whoever asks would have to wait for. Source: RegisterDependenciesFunction. */
function reportDependencies(state: SessionState, ask: PendingAsk, unready: readonly SymbolEntry[]): void {
  const pending = new Map<JITDylib, string[]>()
  for (const { name, unit } of unready) {
    const names = pending.get(unit.dylib)
    if (names === undefined) pending.set(unit.dylib, [name])
    else names.push(name)
  }
  send(state, ask.client, {
    type: 'dependenciesRegistered',
    ask: ask.ask,
    pending: [...pending].map(([dylib, names]) => [dylib.id, names]),
  })
}
