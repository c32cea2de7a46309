// From "somebody waits for it" to "somebody works on it". A unit is dispatched whole, once: absolute symbols are
// settled by the session itself in the same turn, aliases are its own work, objects and sources go to the least loaded
// actor of their layer, a user's unit goes to the client that defined it. Source: ExecutionSession::dispatchOutstandingMUs, MaterializationTask
// (Core.cpp).
import type { Attachment, Expected, JITErrorData, SessionRequest, UnitSource } from '@worc/protocol'
import { failure, plainError } from '@worc/protocol'
import type { PendingAsk } from './asks.js'
import { emitAbsolute } from './emission.js'
import { failSymbols } from './fail-symbols.js'
import { searchOrderOf } from './link-order.js'
import { enterPhase, ownerOf, settleUnit, symbolsOf, unitPhase } from './materialization-unit.js'
import type { MaterializationUnit } from './materialization-unit.js'
import { attachQuery, failQueries } from './queries.js'
import type { Query } from './queries.js'
import {
  assignHolder,
  createResponsibility,
  endResponsibility,
  findResponsibility,
  responsibleFor,
} from './responsibility.js'
import type { MaterializationResponsibility } from './responsibility.js'
import { failedToMaterialize } from './session-errors.js'
import type { Client, Layer, SessionState } from './session-state.js'
import { send } from './session-state.js'
import { changeState, entryState } from './symbol-entry.js'
import type { SymbolEntry } from './symbol-entry.js'
import { symbolEvent } from './symbol-life.js'

/** Attaches a query that has something to wait for, and sets to work whatever it waits for and nobody works on. */
export function startQuery(state: SessionState, query: Query): void {
  attachQuery(state, query)
  materializeUnsearched(state, query.entries)
}

/** Dispatches the units of those symbols that nobody has asked for before. */
export function materializeUnsearched(state: SessionState, entries: readonly SymbolEntry[]): void {
  if (!entries.some(isUnsearched)) return
  const units: MaterializationUnit[] = []
  for (const { state: entered, unit } of entries) {
    if (entered !== entryState.neverSearched || unit.phase === unitPhase.materializing) continue
    enterPhase(unit, unitPhase.materializing)
    units.push(unit)
  }
  for (const unit of units) for (const entry of symbolsOf(unit)) changeState(entry, symbolEvent.lookup)
  for (const unit of units) dispatchUnit(state, unit)
}

function isUnsearched({ state }: SymbolEntry): boolean {
  return state === entryState.neverSearched
}

function dispatchUnit(state: SessionState, unit: MaterializationUnit): void {
  if (unit.source.kind !== 'absolute') {
    route(state, createResponsibility(state, unit, symbolsOf(unit), unit.initSymbol))
    return
  }
  const symbols = symbolsOf(unit)
  const defined = emitAbsolute(state, symbols, unit.source.definitions)
  if (!defined.ok) failQueries(state, failSymbols(state, symbols, defined.error))
  settleUnit(state, unit)
}

/** Gives a responsibility to whoever materializes its kind of source. */
function route(state: SessionState, responsibility: MaterializationResponsibility): void {
  const { source, unit } = responsibility
  switch (source.kind) {
    case 'absolute': {
      const defined = emitAbsolute(state, responsibleFor(responsibility), source.definitions)
      if (defined.ok) endResponsibility(state, responsibility, defined)
      else failResponsibility(state, responsibility, defined.error)
      return
    }
    case 'aliases':
      state.ownWork.push({ type: 'lookUpAliasee', responsibility })
      return
    case 'object':
    case 'lazyObject':
    case 'bodies':
    case 'lazyReexports':
      return giveToLayer(state, responsibility, state.layers.link)
    case 'source':
      return giveToLayer(state, responsibility, state.layers.compile)
    case 'host':
      if (unit.client === null) return failOwnerless(state, responsibility)
      return giveToLayer(state, responsibility, state.layers.link)
    case 'user': {
      const owner = ownerOf(state, unit)
      if (owner === undefined) return failOwnerless(state, responsibility)
      return give(state, responsibility, owner)
    }
  }
}

function failOwnerless(state: SessionState, responsibility: MaterializationResponsibility): void {
  const { client, name } = responsibility.unit
  const text =
    client === null
      ? `the client that materializes unit ${name} was told that it is done with, and has let go of it`
      : `client ${client}, which materializes unit ${name}, is gone`
  failResponsibility(state, responsibility, plainError('ActorDied', text))
}

function giveToLayer(state: SessionState, responsibility: MaterializationResponsibility, layer: Layer): void {
  const actor = leastLoaded(layer)
  if (actor === undefined) layer.waiting.add(responsibility)
  else give(state, responsibility, actor)
}

/** Of equals, the one that connected first. */
export function leastLoaded(layer: Layer): Client | undefined {
  let least: Client | undefined
  for (const actor of layer.actors) if (least === undefined || actor.load < least.load) least = actor
  return least
}

/** An actor of the layer has come: what waited for one is dispatched. */
export function dispatchWaiting(state: SessionState, layer: Layer): void {
  for (const responsibility of [...layer.waiting]) {
    layer.waiting.delete(responsibility)
    giveToLayer(state, responsibility, layer)
  }
}

function give(state: SessionState, responsibility: MaterializationResponsibility, holder: Client): void {
  assignHolder(state, responsibility, holder)
  const { id, unit, source, initSymbol, attachments } = responsibility
  const symbols = responsibleFor(responsibility)
  send(
    state,
    holder,
    {
      type: 'materialize',
      responsibility: id,
      dylib: unit.dylib.id,
      dylibName: unit.dylib.name,
      unit: unit.id,
      name: unit.name,
      symbols: symbols.map(({ name, flags }) => [name, flags]),
      initSymbol,
      source,
      searchOrder: searchOrderOf(unit.dylib),
      key: unit.tracker.key,
    },
    attachments,
  )
}

/** Whether a query waits for the symbol. */
export function isRequested({ state, pending }: SymbolEntry): boolean {
  for (const query of pending?.queries ?? []) if (state < query.required) return true
  return false
}

/** Fails what a responsibility still answers for, and ends it. */
export function failResponsibility(
  state: SessionState,
  responsibility: MaterializationResponsibility,
  cause: JITErrorData | null,
): void {
  const symbols = responsibleFor(responsibility)
  const failures = failSymbols(state, symbols, cause)
  endResponsibility(state, responsibility, failure(cause ?? failedToMaterialize(symbols, null)))
  failQueries(state, failures)
}

type Emit = Extract<SessionRequest, { type: 'emit' }>

/**
 * Hands a responsibility on to a layer, which finishes it; settles when it has ended. Source: IRLayer::emit,
 * ObjectLayer::emit.
 */
export function emit(
  state: SessionState,
  message: Emit,
  ask: PendingAsk,
  attachments: readonly Attachment[],
): Expected<null> | undefined {
  const found = findResponsibility(state, ask.client, message.responsibility)
  if (!found.ok) return found
  if (message.source.kind === 'user' || message.source.kind === 'aliases') return failure(notALayer(message.source))
  const responsibility = found.value
  responsibility.source = message.source
  responsibility.attachments = attachments
  responsibility.emitters.push(ask)
  assignHolder(state, responsibility, null)
  route(state, responsibility)
  return undefined
}

function notALayer({ kind }: UnitSource): JITErrorData {
  return plainError('BadArgument', `no layer materializes ${kind} units`)
}
