// Looking names up. Generators are asked first, dylib by dylib, for what is not defined there; each may suspend the
// lookup until it has answered. Then, in one turn, everything is matched anew and waited for: nothing is set in motion
// unless all is found, so a name that vanished meanwhile strands nobody. Source: ExecutionSession::lookup,
// OL_applyQueryPhase1, OL_completeLookup (Core.cpp).
import type {
  Expected,
  FlagsEntry,
  JITDylibId,
  JITErrorData,
  LookupDefinition,
  LookupKind,
  LookupSetEntry,
  SearchOrderEntry,
  SessionRequest,
} from '@worc/protocol'
import { failure, success } from '@worc/protocol'
import type { PendingAsk } from './asks.js'
import type { DefinitionGenerator, WaitingGeneration } from './generators.js'
import { enterGenerator, isRunning } from './generators.js'
import type { LinkOrderEntry } from './jit-dylib.js'
import { materializeUnsearched, startQuery } from './materialize.js'
import { definitionsOf } from './queries.js'
import type { Query } from './queries.js'
import type { MaterializationResponsibility } from './responsibility.js'
import { findSymbol, findSymbols, notFound, openSearch } from './search.js'
import type { Search } from './search.js'
import { failedToMaterialize } from './session-errors.js'
import type { SessionState } from './session-state.js'
import { send } from './session-state.js'
import { entryState, entryStateOf, flagsEntryOf, isVisible } from './symbol-entry.js'
import type { EntryState, SymbolEntry } from './symbol-entry.js'
import type { Asker } from './wait-cycle.js'
import { responsibleOf, waitCycle } from './wait-cycle.js'
import type { AliasWaiter, AskWaiter, GenerationWaiter } from './waiters.js'
import { isWaiting, settleFlags, settleFound } from './waiters.js'

/** A lookup that generators are asked for, or will be. */
export interface Lookup {
  readonly kind: LookupKind
  readonly search: Search
  readonly names: readonly LookupSetEntry[]
  readonly goal: LookupGoal
  /** Index of the dylib that generators are asked for now. */
  position: number
  /** Not found there or before. */
  unmatched: readonly LookupSetEntry[]
  /** There, but not visible to this lookup: its generators are not asked, later dylibs are. */
  hidden: readonly LookupSetEntry[]
  /** The dylib's generators as they were when the lookup came to it, those not yet asked; null before it does. */
  generators: DefinitionGenerator[] | null
  /** The generator that it is inside of or queues on, by itself or, through re-exports, by a lookup that it needs. */
  waitsFor: DefinitionGenerator | null
}

type LookupGoal = FlagsGoal | DefinitionsGoal

interface FlagsGoal {
  readonly type: 'flags'
  readonly waiter: AskWaiter | GenerationWaiter
  readonly onBehalfOf: Asker | null
}

interface DefinitionsGoal {
  readonly type: 'definitions'
  readonly waiter: AskWaiter | AliasWaiter
  readonly required: EntryState
  /** Whether whoever asked hears what is waited for. */
  readonly reports: boolean
  /** Who will not go on without it, where the asker said so. */
  readonly onBehalfOf: Asker | null
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
  const { symbols } = message
  const required = entryStateOf[message.requiredState]
  const onBehalfOf = askerOf(state, message, ask)
  const reports = message.silent !== true
  const goal: DefinitionsGoal = { type: 'definitions', waiter: { kind: 'ask', ask }, required, reports, onBehalfOf }
  if (search.value.order.some(({ dylib }) => dylib.generators.length > 0)) {
    advanceLookup(state, createLookup(message.kind, search.value, eachOnce(symbols), goal))
    return undefined
  }
  const found = complete(state, search.value, symbols, goal)
  return found?.ok === true ? success(definitionsOf(found.value)) : found
}

function askerOf(
  state: SessionState,
  { onBehalfOf, within }: LookupRequest | LookupFlagsRequest,
  { client }: PendingAsk,
): Asker | null {
  if (onBehalfOf !== undefined) return state.responsibilities.get(onBehalfOf) ?? null
  if (within === undefined) return null
  for (const generator of client.generators) if (generator.id === within && generator.inside.size > 0) return generator
  return null
}

/** The aliasee, as soon as it is resolved. */
export function lookUpForAlias(
  state: SessionState,
  responsibility: MaterializationResponsibility,
  from: SearchOrderEntry,
  names: readonly LookupSetEntry[],
): void {
  const waiter = { kind: 'alias', responsibility } as const
  const search = openSearch(state, [from])
  if (!search.ok) return settleFound(state, waiter, search)
  const required = entryState.resolved
  const goal = { type: 'definitions', waiter, required, reports: false, onBehalfOf: responsibility } as const
  advanceLookup(state, createLookup('static', search.value, names, goal))
}

/** Runs generators, materializes nothing. */
export function lookupFlags(
  state: SessionState,
  message: LookupFlagsRequest,
  ask: PendingAsk,
): Expected<readonly FlagsEntry[]> | undefined {
  const search = openSearch(state, message.searchOrder)
  if (!search.ok) return search
  const goal: FlagsGoal = { type: 'flags', waiter: { kind: 'ask', ask }, onBehalfOf: askerOf(state, message, ask) }
  advanceLookup(state, createLookup(message.kind, search.value, eachOnce(message.symbols), goal))
  return undefined
}

/** Which of the names that a lookup inside a generator misses are there, as far as they may be seen. */
export function lookUpFlagsFor(state: SessionState, generation: WaitingGeneration, from: SearchOrderEntry): void {
  const { kind, unmatched } = generation.lookup
  const waiter = { kind: 'generation', generation } as const
  const search = openSearch(state, [from])
  if (!search.ok) return settleFlags(state, waiter, search)
  const names = unmatched.map(([name]) => [name, false] as const)
  advanceLookup(state, createLookup(kind, search.value, names, { type: 'flags', waiter, onBehalfOf: null }))
}

function createLookup(kind: LookupKind, search: Search, names: readonly LookupSetEntry[], goal: LookupGoal): Lookup {
  const progress = { position: 0, unmatched: names, hidden: [], generators: null, waitsFor: null }
  const lookup: Lookup = { kind, search, names, goal, ...progress }
  const { onBehalfOf: asker } = goal
  if (asker !== null) {
    asker.lookups ??= new Set()
    asker.lookups.add(lookup)
  }
  return lookup
}

/** The lookup that a client, or an alias, has begun, and that this one is needed for. */
export function outermost(lookup: Lookup): Lookup {
  let at = lookup
  while (at.goal.waiter.kind === 'generation') at = at.goal.waiter.generation.lookup
  return at
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
  if (!isWaiting(state, lookup.goal.waiter)) return
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
    if (next.removed || (next.kind === 'archive' && lookup.kind === 'dlsym') || isRunning(next, lookup)) {
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

function finish(state: SessionState, lookup: Lookup): void {
  const { search, names, goal } = lookup
  goal.onBehalfOf?.lookups?.delete(lookup)
  if (goal.type === 'flags') return settleFlags(state, goal.waiter, flagsOf(search, names))
  const found = complete(state, search, names, goal)
  if (found !== undefined) settleFound(state, goal.waiter, found)
}

function flagsOf({ order, gone }: Search, names: readonly LookupSetEntry[]): Expected<readonly FlagsEntry[]> {
  const flags: FlagsEntry[] = []
  const missing: string[] = []
  for (const [name, required] of names) {
    const entry = findSymbol(order, name)
    if (entry !== undefined) flags.push(flagsEntryOf(entry))
    else if (required) missing.push(name)
  }
  return missing.length > 0 ? failure(notFound(order, gone, missing)) : success(flags)
}

/** Answers at once where everything has come far enough; otherwise begins to wait. */
function complete(
  state: SessionState,
  search: Search,
  names: readonly LookupSetEntry[],
  { waiter, required, reports, onBehalfOf }: DefinitionsGoal,
): Expected<readonly SymbolEntry[]> | undefined {
  const found = findSymbols(state, search, names)
  if (!found.ok) return found
  const entries = found.value
  const failed = settleAbsolutes(state, entries)
  if (failed.length > 0) return failure(failedToMaterialize(failed, failed[0]?.failure ?? null))
  const unready = entries.some(isReady) ? entries.filter((entry) => !isReady(entry)) : entries
  if (unready.length === 0) return success(entries)
  const cycle = onBehalfOf === null ? null : cycleThrough(state, onBehalfOf, unready, required)
  if (cycle !== null) return failure(cycle)
  if (reports && waiter.kind === 'ask') reportDependencies(state, waiter.ask, unready)
  if (unready.every((entry) => entry.state >= required)) return success(entries)
  const query: Query = { required, entries, waiting: 0, attached: false, waiter, onBehalfOf }
  if (waiter.kind === 'ask') waiter.ask.query = query
  startQuery(state, query)
  return undefined
}

function cycleThrough(
  state: SessionState,
  asker: Asker,
  entries: readonly SymbolEntry[],
  required: EntryState,
): JITErrorData | null {
  const awaited = responsibleOf(entries, required)
  return waitCycle(
    state,
    asker,
    awaited,
    entries.map(({ name }) => name),
  )
}

function isReady({ state }: SymbolEntry): boolean {
  return state === entryState.ready
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

function namesByDylib(entries: readonly SymbolEntry[]): readonly (readonly [JITDylibId, readonly string[]])[] {
  const first = entries[0]?.unit.dylib
  if (first !== undefined && entries.every(({ unit }) => unit.dylib === first)) {
    return [[first.id, entries.map(({ name }) => name)]]
  }
  const names = new Map<JITDylibId, string[]>()
  for (const { name, unit } of entries) {
    const known = names.get(unit.dylib.id)
    if (known === undefined) names.set(unit.dylib.id, [name])
    else known.push(name)
  }
  return [...names]
}

/** What an emission of whoever asks would have to wait for. Source: RegisterDependenciesFunction. */
function reportDependencies(state: SessionState, ask: PendingAsk, unready: readonly SymbolEntry[]): void {
  send(state, ask.client, { type: 'dependenciesRegistered', ask: ask.ask, pending: namesByDylib(unready) })
}
