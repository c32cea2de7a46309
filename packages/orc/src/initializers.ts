// Constructors. Whoever wants to use a dylib begins an initialization: units with an init symbol, in the dylib and in
// what it links against, are materialized first, as ORC's init-symbol lookup does; then the functions that their
// emissions brought are handed out, dependencies first, by priority and then in order of definition, each once, to be
// run by the asker. One run is under way at a time; those it concerns wait for its end, its own client excepted, whose
// constructors may use what they are part of. Source: Platform::lookupInitSymbols (Core.cpp),
// GenericLLVMIRPlatformSupport::initialize (LLJIT.cpp).
import type {
  ClientId,
  Expected,
  InitializerRun,
  JITDylibId,
  JITErrorData,
  RunId,
  SessionNotification,
  SessionReplies,
  SessionRequest,
} from '@worc/protocol'
import { failure, success } from '@worc/protocol'
import { settleAsk } from './asks.js'
import type { PendingAsk } from './asks.js'
import type { JITDylib } from './jit-dylib.js'
import { openDylib } from './jit-dylib.js'
import { dependenciesFirst } from './link-order.js'
import { symbolsOf } from './materialization-unit.js'
import type { MaterializationUnit } from './materialization-unit.js'
import { startQuery } from './materialize.js'
import { detachQuery } from './queries.js'
import type { Query } from './queries.js'
import { actorDied, dylibDefunct } from './session-errors.js'
import type { Client, SessionState } from './session-state.js'
import { entryState } from './symbol-entry.js'
import type { SymbolEntry } from './symbol-entry.js'

export interface Initialization {
  /** In the order they asked. */
  waiting: readonly InitializeRequest[]
  /** More than one where constructors initialize: then all are one client's. */
  runs: readonly ActiveRun[]
  /** Whether a turn did something that may let somebody go on. */
  changed: boolean
}

export interface InitializeRequest {
  readonly ask: PendingAsk
  readonly dylib: JITDylib
  /** What it waits for before functions can be handed out. */
  query: Query | null
}

interface ActiveRun {
  readonly id: RunId
  readonly client: ClientId
  readonly dylibs: ReadonlySet<JITDylib>
}

export function createInitialization(): Initialization {
  return { waiting: [], runs: [], changed: false }
}

type Begin = Extract<SessionRequest, { type: 'beginInitialize' }>

export function beginInitialize(
  state: SessionState,
  message: Begin,
  ask: PendingAsk,
): Expected<InitializerRun> | undefined {
  const dylib = openDylib(state, message.dylib)
  if (!dylib.ok) return dylib
  const request: InitializeRequest = { ask, dylib: dylib.value, query: null }
  if (advanceRequest(state, request)) return undefined
  state.initialization.waiting = [...state.initialization.waiting, request]
  return undefined
}

/** To be called at the end of a turn that changed something: lets go on whoever can. */
export function advanceInitialization(state: SessionState): void {
  const { initialization } = state
  initialization.changed = false
  const waiting = initialization.waiting
  initialization.waiting = []
  const still = waiting.filter((request) => !advanceRequest(state, request))
  initialization.waiting = [...still, ...initialization.waiting]
}

/** Whether the request is done with: answered, or nobody wants the answer. */
function advanceRequest(state: SessionState, request: InitializeRequest): boolean {
  const { ask, dylib } = request
  if (!ask.open) {
    if (request.query !== null) detachQuery(state, request.query)
    return true
  }
  if (dylib.phase !== 'open') {
    settleAsk(state, ask, failure(dylibDefunct(dylib)))
    return true
  }
  if (request.query !== null) return false
  const dylibs = dependenciesFirst(dylib)
  if (prepare(state, request, dylibs)) return !ask.open
  const pending = dylibs.flatMap((one) => initializersOf(one))
  if (mustWait(state, ask.client, dylibs, pending.length > 0)) return false
  settleAsk(state, ask, success(handOut(state, ask.client, dylibs, pending)))
  return true
}

/** Materializes what has to be first; whether there was anything that is not ready. */
function prepare(state: SessionState, request: InitializeRequest, dylibs: readonly JITDylib[]): boolean {
  const entries = dylibs.flatMap(({ initUnits }) => [...initUnits].flatMap(awaitedOf))
  if (entries.length === 0) return false
  const waiter = { kind: 'initialization', request } as const
  const query: Query = { required: entryState.ready, entries, waiting: 0, attached: false, waiter, onBehalfOf: null }
  request.query = query
  startQuery(state, query)
  return true
}

function awaitedOf(unit: MaterializationUnit): SymbolEntry[] {
  return decisiveFor(unit).filter(({ state }) => state !== entryState.ready && state !== entryState.failed)
}

/** The init symbol; where a unit without one has initializers, all it defines. */
function decisiveFor(unit: MaterializationUnit): SymbolEntry[] {
  return symbolsOf(unit).filter(({ name }) => unit.initSymbol === null || name === unit.initSymbol)
}

function hasFailed(unit: MaterializationUnit): boolean {
  return decisiveFor(unit).some(({ state }) => state === entryState.failed)
}

/** In dylibs as they are named, and units in order of definition. */
export function initSymbols(
  state: SessionState,
  message: Extract<SessionRequest, { type: 'initSymbols' }>,
): Expected<SessionReplies['initSymbols']> {
  const symbols: [JITDylibId, readonly string[]][] = []
  for (const id of message.dylibs) {
    const dylib = openDylib(state, id)
    if (!dylib.ok) return dylib
    const units = [...dylib.value.initUnits].sort((a, b) => a.order - b.order)
    symbols.push([id, units.flatMap(({ initSymbol }) => initSymbol ?? [])])
  }
  return success(symbols)
}

interface PendingInitializer {
  readonly unit: MaterializationUnit
  readonly priority: number
  readonly function: number
}

/** By priority, then by the order in which units were defined and their functions listed. What failed runs nothing. */
function initializersOf({ initUnits }: JITDylib): PendingInitializer[] {
  const units = [...initUnits].filter((unit) => !hasFailed(unit)).sort((a, b) => a.order - b.order)
  const pending = units.flatMap((unit) => unit.initializers.map((initializer) => ({ unit, ...initializer })))
  return pending.sort((a, b) => a.priority - b.priority)
}

function mustWait(state: SessionState, client: Client, dylibs: readonly JITDylib[], hasFunctions: boolean): boolean {
  return state.initialization.runs.some((run) => {
    if (run.client === client.id) return false
    return hasFunctions || dylibs.some((dylib) => run.dylibs.has(dylib))
  })
}

function handOut(
  state: SessionState,
  client: Client,
  dylibs: readonly JITDylib[],
  pending: readonly PendingInitializer[],
): InitializerRun {
  for (const { initUnits } of dylibs) {
    for (const unit of initUnits) unit.initializers = []
    initUnits.clear()
  }
  if (pending.length === 0) return { run: 0 as RunId, functions: [] }
  const id = ++state.last.run as RunId
  const run: ActiveRun = { id, client: client.id, dylibs: new Set(dylibs) }
  state.initialization.runs = [...state.initialization.runs, run]
  return { run: id, functions: pending.map((initializer) => initializer.function) }
}

type End = Extract<SessionNotification, { type: 'endInitialize' }>

/** A constructor that failed has left the dylib half made: those who waited for it are told, and not let in. */
export function endInitialize(state: SessionState, { run: id, error }: End, client: Client): void {
  const { initialization } = state
  const run = initialization.runs.find((candidate) => candidate.id === id && candidate.client === client.id)
  if (run === undefined) return
  initialization.runs = initialization.runs.filter((other) => other !== run)
  initialization.changed = true
  if (error !== null) failWaiting(state, run, error)
}

/** The runner died: what it had not run is lost. */
export function abandonRuns(state: SessionState, client: Client, error: JITErrorData): void {
  for (const { id } of [...state.initialization.runs].filter((run) => run.client === client.id)) {
    endInitialize(state, { type: 'endInitialize', run: id, error: actorDied(client, error) }, client)
  }
}

function failWaiting(state: SessionState, run: ActiveRun, error: JITErrorData): void {
  for (const { ask, dylib } of state.initialization.waiting) {
    const isConcerned = dependenciesFirst(dylib).some((one) => run.dylibs.has(one))
    if (isConcerned) settleAsk(state, ask, failure(error))
  }
}
