// A responsibility grows, is split, or is given back in part: claims of more names, a second responsibility for some of
// them, another unit in its place. Each checks first and changes after, so that a refusal leaves the responsibility
// whole; in ORC a refused delegate or replace has already taken the names out. Source: MaterializationResponsibility
// (Core.cpp).
import type { Attachment, Expected, ResponsibilityId, SessionRequest } from '@worc/protocol'
import { failure, formatNames, plainError, success } from '@worc/protocol'
import { partsOf } from './aliases.js'
import type { PendingAsk } from './asks.js'
import { duplicateDefinition, originOf, symbolsWithInit } from './define.js'
import { addSymbol, createUnit, moveSymbol, retireUnit } from './materialization-unit.js'
import type { MaterializationUnit } from './materialization-unit.js'
import { isRequested, materializeUnsearched } from './materialize.js'
import { entryOf, unexpectedSymbols } from './notify-resolved.js'
import { ownUnit } from './resource-tracker.js'
import { assignHolder, createResponsibility, endResponsibility, findResponsibility } from './responsibility.js'
import type { MaterializationResponsibility } from './responsibility.js'
import type { SessionState } from './session-state.js'
import { changeState, entryState, isWeak, pendingOf } from './symbol-entry.js'
import type { SymbolEntry } from './symbol-entry.js'
import { symbolEvent } from './symbol-life.js'
import { hasDependants } from './waiting-on-graph.js'

type Request<T extends SessionRequest['type']> = Extract<SessionRequest, { type: T }>

export function requestedSymbols(
  state: SessionState,
  message: Request<'requestedSymbols'>,
  ask: PendingAsk,
): Expected<readonly string[]> {
  const found = findResponsibility(state, ask.client, message.responsibility)
  if (!found.ok) return found
  const responsibility = found.value
  const requested = responsibility.symbols.filter(
    (entry) => entry.pending?.responsibility === responsibility && isRequested(entry),
  )
  return success(requested.map(({ name }) => name))
}

/**
 * Claims names that nobody has; they belong to the responsibility's tracker. A weak name that somebody has is not
 * granted; a strong one is DuplicateDefinition, and then nothing is claimed.
 */
export function defineMaterializing(
  state: SessionState,
  message: Request<'defineMaterializing'>,
  ask: PendingAsk,
): Expected<readonly string[]> {
  const found = findResponsibility(state, ask.client, message.responsibility)
  if (!found.ok) return found
  const responsibility = found.value
  const { unit } = responsibility
  const taken = message.symbols.filter(([name, flags]) => !isWeak(flags) && unit.dylib.symbols.has(name))
  if (taken.length > 0) {
    const names = taken.map(([name]) => name)
    return failure(duplicateDefinition(unit.dylib, unit.name, names))
  }
  const granted: string[] = []
  for (const [name, flags, signature = null] of message.symbols) {
    const place = unit.dylib.symbols.placeOf(name)
    if (place.entry !== null) continue
    const entry = addSymbol(state, unit, place, flags, signature, symbolEvent.defineMaterializing)
    pendingOf(entry).responsibility = responsibility
    unit.symbols.push(entry)
    responsibility.symbols.push(entry)
    unit.claimed ??= new Set()
    unit.claimed.add(entry)
    granted.push(entry.name)
  }
  return success(granted)
}

/** The second responsibility is held by the same client, under the same tracker. */
export function delegate(
  state: SessionState,
  message: Request<'delegate'>,
  ask: PendingAsk,
): Expected<ResponsibilityId> {
  const found = findResponsibility(state, ask.client, message.responsibility)
  if (!found.ok) return found
  const responsibility = found.value
  const symbols = entriesOf(responsibility, message.names)
  if (!symbols.ok) return symbols
  const { initSymbol } = responsibility
  const takesInit = initSymbol !== null && message.names.includes(initSymbol)
  const delegated = createResponsibility(state, responsibility.unit, symbols.value, takesInit ? initSymbol : null)
  if (takesInit) responsibility.initSymbol = null
  assignHolder(state, delegated, ask.client)
  return success(delegated.id)
}

/** Symbols go back to be materialized by another unit: at once where something waits for them. */
export function replace(
  state: SessionState,
  message: Request<'replace'>,
  ask: PendingAsk,
  attachments: readonly Attachment[],
): Expected<null> {
  const found = findResponsibility(state, ask.client, message.responsibility)
  if (!found.ok) return found
  const responsibility = found.value
  const names = symbolsWithInit(message.unit).map(([name]) => name)
  const symbols = entriesOf(responsibility, names)
  if (!symbols.ok) return symbols
  const resolved = symbols.value.filter((entry) => entry.state !== entryState.materializing)
  if (resolved.length > 0) {
    return failure(plainError('BadArgument', `resolved already: ${formatNames(resolved.map(({ name }) => name))}`))
  }
  for (const description of partsOf(message.unit)) {
    takeOver(state, responsibility, { description, client: ask.client.id, attachments })
  }
  if (!responsibility.symbols.some((entry) => entry.pending?.responsibility === responsibility)) {
    endResponsibility(state, responsibility, success(null))
  }
  const awaited = symbols.value.filter(({ pending }) => pending !== null)
  materializeUnsearched(state, awaited)
  return success(null)
}

function takeOver(
  state: SessionState,
  responsibility: MaterializationResponsibility,
  added: Parameters<typeof originOf>[0],
): void {
  const { tracker, order } = responsibility.unit
  const unit = createUnit(state, tracker, { ...originOf(added), order })
  const symbols = symbolsWithInit(added.description).flatMap(([name]) => entryOf(responsibility, name) ?? [])
  if (symbols.length === 0) return retireUnit(state, unit)
  ownUnit(tracker, unit)
  giveBack(state, symbols, unit)
  if (unit.initSymbol === null) return
  unit.dylib.initUnits.add(unit)
  if (responsibility.initSymbol === unit.initSymbol) leaveInit(responsibility)
}

function leaveInit(responsibility: MaterializationResponsibility): void {
  responsibility.initSymbol = null
  responsibility.unit.dylib.initUnits.delete(responsibility.unit)
}

function giveBack(state: SessionState, symbols: readonly SymbolEntry[], unit: MaterializationUnit): void {
  for (const entry of symbols) {
    moveSymbol(state, entry, unit)
    changeState(entry, symbolEvent.replace)
    const { pending } = entry
    if (pending === null) continue
    pending.responsibility = null
    if (pending.queries === null && !hasDependants(pending)) entry.pending = null
  }
}

/** Each name once, all of them the responsibility's. */
function entriesOf(
  responsibility: MaterializationResponsibility,
  names: readonly string[],
): Expected<readonly SymbolEntry[]> {
  const symbols = new Set<SymbolEntry>()
  const unexpected: string[] = []
  for (const name of names) {
    const entry = entryOf(responsibility, name)
    if (entry === undefined) unexpected.push(name)
    else symbols.add(entry)
  }
  return unexpected.length > 0 ? failure(unexpectedSymbols(responsibility, unexpected)) : success([...symbols])
}
