// Definitions enter a dylib: a whole unit, or nothing. A strong definition takes the place of a weak one that nobody
// asked for yet; a weak one gives way to whatever is there; two strong ones are an error, and then nothing has changed.
// Source: JITDylib::define, JITDylib::defineImpl (Core.cpp).
import type {
  Attachment,
  ClientId,
  Expected,
  FlagsEntry,
  JITErrorData,
  SessionRequest,
  SignatureCode,
  SymbolFlags,
  UnitDescription,
} from '@worc/protocol'
import { failure, formatNames, success, symbolError, symbolFlag } from '@worc/protocol'
import { partsOf } from './aliases.js'
import type { PendingAsk } from './asks.js'
import type { JITDylib } from './jit-dylib.js'
import { openDylib } from './jit-dylib.js'
import { addSymbol, createUnit, eraseSymbol, retireUnit, sendDiscard } from './materialization-unit.js'
import type { MaterializationUnit } from './materialization-unit.js'
import { defaultTracker, findLiveTracker, ownUnit } from './resource-tracker.js'
import type { ResourceTracker } from './resource-tracker.js'
import { wrongDylib } from './session-errors.js'
import type { SessionState } from './session-state.js'
import { entryState, isWeak } from './symbol-entry.js'
import type { SymbolEntry } from './symbol-entry.js'
import { symbolEvent } from './symbol-life.js'
import type { SymbolEvent } from './symbol-life.js'
import type { SymbolPlace } from './symbol-table.js'

type Define = Extract<SessionRequest, { type: 'define' }>

/** JITDylibDefunct, ResourceTrackerDefunct, WrongOwner (a tracker of another dylib), DuplicateDefinition. */
export function define(
  state: SessionState,
  message: Define,
  ask: PendingAsk,
  attachments: readonly Attachment[],
): Expected<null> {
  const dylib = openDylib(state, message.dylib)
  if (!dylib.ok) return dylib
  const tracker = trackerFor(state, dylib.value, message.tracker)
  if (!tracker.ok) return tracker
  const unit = defineUnit(state, tracker.value, { description: message.unit, client: ask.client.id, attachments })
  return unit.ok ? success(null) : unit
}

/** `null` is whatever the dylib's default tracker is in this turn. */
export function trackerFor(state: SessionState, dylib: JITDylib, id: Define['tracker']): Expected<ResourceTracker> {
  if (id === null) return success(defaultTracker(state, dylib))
  const found = findLiveTracker(state, id)
  if (!found.ok || found.value.dylib === dylib) return found
  return failure(wrongDylib(found.value, dylib))
}

interface NewUnit {
  readonly description: UnitDescription
  /** Who materializes it, if the unit is a user's. */
  readonly client: ClientId
  readonly attachments: readonly Attachment[]
}

/** All of it or nothing. Aliases are a unit each. */
export function defineUnit(
  state: SessionState,
  tracker: ResourceTracker,
  added: NewUnit,
): Expected<readonly MaterializationUnit[]> {
  const { dylib } = tracker
  const { description } = added
  const duplicates = duplicatesOf(dylib, description)
  if (duplicates.length > 0) return failure(duplicateDefinition(dylib, description.name, duplicates))
  const names = namesOf(dylib, description)
  const parts = partsOf(description)
  if (parts.length === 1) return success([enter(state, tracker, added, names)])
  return success(parts.map((part) => enter(state, tracker, { ...added, description: part }, namesOf(dylib, part))))
}

/** What it defines and the dylib has already, so that it cannot be defined there. */
export function duplicatesOf(dylib: JITDylib, description: UnitDescription): readonly string[] {
  const duplicates = duplicatesAmong(namesOf(dylib, description))
  if (duplicates.length !== 0) dylib.symbols.sweep()
  return duplicates
}

/** What a unit defines, and where it goes in its dylib's table. */
interface UnitNames {
  readonly symbols: readonly FlagsEntry[]
  readonly places: readonly SymbolPlace[]
}

function namesOf(dylib: JITDylib, description: UnitDescription): UnitNames {
  const symbols = symbolsWithInit(description)
  return { symbols, places: symbols.map(([name]) => dylib.symbols.placeOf(name)) }
}

/** Strong names that are there are there no more; the unit is gone already where all its names gave way. */
function enter(
  state: SessionState,
  tracker: ResourceTracker,
  added: NewUnit,
  { symbols, places }: UnitNames,
): MaterializationUnit {
  const unit = createUnit(state, tracker, originOf(added))
  const entries = places.map((place, index) => {
    const [, flags = 0, signature = null] = symbols[index] ?? []
    return addDefinition(state, unit, place, flags, signature)
  })
  unit.symbols = entries.every(isPresent) ? entries : entries.filter(isPresent)
  if (unit.symbolCount === 0) {
    retireUnit(state, unit)
    return unit
  }
  ownUnit(tracker, unit)
  if (unit.initSymbol !== null) tracker.dylib.initUnits.add(unit)
  return unit
}

/** Null where the name gives way to one that is there. A name that a unit lists twice is defined once. */
function addDefinition(
  state: SessionState,
  unit: MaterializationUnit,
  place: SymbolPlace,
  flags: SymbolFlags,
  signature: SignatureCode | null,
): SymbolEntry | null {
  const { entry: existing } = place
  if (existing !== null) {
    if (existing.unit === unit) return null
    if (isWeak(flags)) {
      sendDiscard(state, unit, place.name)
      return null
    }
    discardSymbol(state, existing, symbolEvent.define)
  }
  return addSymbol(state, unit, place, flags, signature, symbolEvent.define)
}

function isPresent(entry: SymbolEntry | null): entry is SymbolEntry {
  return entry !== null
}

export function originOf({ description, client, attachments }: NewUnit): Parameters<typeof createUnit>[2] {
  const { unit, name, source, initSymbol } = description
  return { id: unit, name, client, source, attachments, initSymbol }
}

/** An init symbol is one of the unit's; where the description does not list it, it has no address. */
export function symbolsWithInit({ symbols, initSymbol }: UnitDescription): readonly FlagsEntry[] {
  if (initSymbol === null || symbols.some(([name]) => name === initSymbol)) return symbols
  return [...symbols, [initSymbol, symbolFlag.sideEffectsOnly]]
}

/** A weak definition that began to materialize counts as strong. */
function duplicatesAmong({ symbols, places }: UnitNames): string[] {
  const duplicates: string[] = []
  let index = 0
  for (const [name, flags] of symbols) {
    const existing = places[index++]?.entry ?? null
    if (existing !== null && !isWeak(flags) && !givesWay(existing)) duplicates.push(name)
  }
  return duplicates
}

function givesWay(entry: SymbolEntry): boolean {
  return isWeak(entry.flags) && entry.state === entryState.neverSearched
}

/** Its unit, and so its tracker, loses the name together with the table. */
export function discardSymbol(state: SessionState, entry: SymbolEntry, event: SymbolEvent): void {
  sendDiscard(state, entry.unit, entry.name)
  eraseSymbol(state, entry, event)
}

export function duplicateDefinition(dylib: JITDylib, unit: string, names: readonly string[]): JITErrorData {
  const message = `unit ${unit} defines ${formatNames(names)}, defined in ${dylib.name} already`
  return symbolError('DuplicateDefinition', message, [[dylib.name, names]])
}
