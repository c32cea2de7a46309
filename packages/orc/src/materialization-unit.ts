// A unit as the session keeps it, from define to removal: what defines its symbols, who materializes it, and, through
// `tracker`, who owns it. Symbols point at their unit and units at their tracker, so that ownership is one pointer and
// a transfer touches units, not symbols. Source: MaterializationUnit (Core.h).
import type {
  Attachment,
  ClientId,
  Initializer,
  JITErrorData,
  SignatureCode,
  SymbolFlags,
  UnitId,
  UnitSource,
} from '@worc/protocol'
import type { ChainItem } from './chain.js'
import { Chain } from './chain.js'
import { noAttachments } from './effects.js'
import type { JITDylib } from './jit-dylib.js'
import type { ResourceTracker } from './resource-tracker.js'
import type { MaterializationResponsibility } from './responsibility.js'
import type { Client, SessionState } from './session-state.js'
import { send } from './session-state.js'
import { changeState, createEntry, entryState, isErased } from './symbol-entry.js'
import type { SymbolEntry } from './symbol-entry.js'
import { symbolEvent } from './symbol-life.js'
import type { SymbolEvent } from './symbol-life.js'
import type { SymbolPlace } from './symbol-table.js'
import { unitLife, unitPhaseCount } from './unit-life.js'

/** What follows on what is in `unit-life.ts`, which is made from the machine in test/model. */
export const unitPhase = {
  unmaterialized: 0,
  /** A unit that failed stays here, with its source. */
  materializing: 1,
  /** All its symbols are ready and nobody answers for any: from here on it only owns. */
  settled: 2,
  gone: 3,
} as const
type UnitPhase = (typeof unitPhase)[keyof typeof unitPhase]

export interface MaterializationUnit extends ChainItem<MaterializationUnit> {
  readonly id: UnitId
  readonly name: string
  /** Who defined it; a 'user' unit is materialized there. Null when it was told that the session is done with the unit. */
  client: ClientId | null
  readonly dylib: JITDylib
  tracker: ResourceTracker
  /** Set by `enterPhase` only. */
  readonly phase: UnitPhase
  source: UnitSource
  /** Kept as long as the unit is: what was linked may be lost, and linked again. */
  attachments: readonly Attachment[]
  initSymbol: string | null
  /** In order of definition. Some may have been erased or have gone to another unit: see `symbolsOf`. */
  symbols: SymbolEntry[]
  symbolCount: number
  /** Of those, how many are not ready. */
  unreadyCount: number
  /** Some symbol of it has been ready once: others may use what was made for it. */
  wasReady: boolean
  /** Symbols that its materialization claimed, beside those it was defined with. */
  claimed: Set<SymbolEntry> | null
  readonly responsibilities: Chain<MaterializationResponsibility>
  /** Functions to be run once, not yet handed out. */
  initializers: readonly Initializer[]
  /** Place in the order of definition of the whole session. */
  readonly order: number
}

interface UnitOrigin {
  readonly id: UnitId
  readonly name: string
  readonly client: ClientId
  readonly source: UnitSource
  readonly attachments: readonly Attachment[]
  readonly initSymbol: string | null
  /** Where the unit takes another one's place. */
  readonly order?: number
}

export function createUnit(state: SessionState, tracker: ResourceTracker, origin: UnitOrigin): MaterializationUnit {
  state.counts.units++
  return {
    id: origin.id,
    name: origin.name,
    client: origin.client,
    dylib: tracker.dylib,
    tracker,
    phase: unitPhase.unmaterialized,
    source: origin.source,
    attachments: origin.attachments,
    initSymbol: origin.initSymbol,
    symbols: [],
    symbolCount: 0,
    unreadyCount: 0,
    wasReady: false,
    claimed: null,
    responsibilities: new Chain(),
    initializers: [],
    order: origin.order ?? ++state.last.unitOrder,
    previous: null,
    next: null,
  }
}

/** A phase that cannot follow is a bug of the session's: that throws. */
export function enterPhase(unit: MaterializationUnit, phase: UnitPhase): void {
  if (((unitLife >>> (unit.phase * unitPhaseCount + phase)) & 1) === 0) {
    throw new Error(`unit ${unit.name}, in phase ${unit.phase}, enters phase ${phase}`)
  }
  const changing: { phase: UnitPhase } = unit
  changing.phase = phase
}

/** Puts a definition of the unit into a place of the table that is empty. Its caller lists it in the unit's symbols. */
export function addSymbol(
  state: SessionState,
  unit: MaterializationUnit,
  place: SymbolPlace,
  flags: SymbolFlags,
  signature: SignatureCode | null,
  event: SymbolEvent,
): SymbolEntry {
  const entry = createEntry(place, flags, signature, unit)
  changeState(entry, event)
  unit.dylib.symbols.enter(entry)
  unit.symbolCount++
  unit.unreadyCount++
  state.counts.symbols++
  return entry
}

/** The unit's symbols now, in order of definition. */
export function symbolsOf(unit: MaterializationUnit): readonly SymbolEntry[] {
  if (unit.symbols.length !== unit.symbolCount) {
    unit.symbols = unit.symbols.filter((entry) => !isErased(entry) && entry.unit === unit)
  }
  return unit.symbols
}

/** Takes a name out of its dylib. The unit goes too when nothing is left of it. */
export function eraseSymbol(state: SessionState, entry: SymbolEntry, event: SymbolEvent): void {
  const { unit } = entry
  leaveUnit(state, entry)
  changeState(entry, event)
  unit.dylib.symbols.erase(entry)
  state.counts.symbols--
  retireIfEmpty(state, unit)
}

/**
 * Gives a symbol to another unit of the same dylib, to be materialized again. Source: ORC's
 * MaterializationResponsibility::replace.
 */
export function moveSymbol(state: SessionState, entry: SymbolEntry, to: MaterializationUnit): void {
  leaveUnit(state, entry)
  entry.unit = to
  to.symbols.push(entry)
  to.symbolCount++
  to.unreadyCount++
}

/** The unit is as it was before it was materialized; nobody answers for it, and none of its symbols is on its way. */
export function takeBack(state: SessionState, unit: MaterializationUnit): void {
  const { dylib, claimed, initSymbol } = unit
  const before = symbolsOf(unit)
  state.counts.symbols -= before.length
  unit.symbols = []
  unit.symbolCount = 0
  unit.unreadyCount = 0
  unit.claimed = null
  unit.initializers = []
  enterPhase(unit, unitPhase.unmaterialized)
  for (const entry of before) {
    changeState(entry, symbolEvent.resetSymbols)
    dylib.symbols.erase(entry)
    if (claimed?.has(entry) === true) continue
    unit.symbols.push(addSymbol(state, unit, entry.place, entry.flags, entry.signature, symbolEvent.define))
  }
  if (initSymbol !== null) dylib.initUnits.add(unit)
  retireIfEmpty(state, unit)
}

function leaveUnit(state: SessionState, entry: SymbolEntry): void {
  const { unit } = entry
  unit.symbolCount--
  if (entry.state !== entryState.ready) unit.unreadyCount--
  settleUnit(state, unit)
}

/** To be called when a symbol became ready or a responsibility ended. */
export function settleUnit(state: SessionState, unit: MaterializationUnit): void {
  if (unit.phase !== unitPhase.materializing || unit.unreadyCount > 0 || unit.responsibilities.size > 0) return
  enterPhase(unit, unitPhase.settled)
  tellDone(state, unit)
}

/** A symbol of it, which was emitted or ready, is no more. */
export function loseSymbol(entry: SymbolEntry, cause: JITErrorData): void {
  const { unit } = entry
  if (entry.state === entryState.ready) unit.unreadyCount++
  changeState(entry, symbolEvent.loseCode)
  entry.failure = cause
  unit.initializers = []
  if (unit.phase === unitPhase.settled) enterPhase(unit, unitPhase.materializing)
}

export function retireIfEmpty(state: SessionState, unit: MaterializationUnit): void {
  if (unit.symbolCount > 0 || unit.responsibilities.size > 0 || unit.phase === unitPhase.gone) return
  unit.tracker.units.unlink(unit)
  retireUnit(state, unit)
}

/** The unit owns nothing any more and is in no list of its tracker. */
export function retireUnit(state: SessionState, unit: MaterializationUnit): void {
  if (unit.phase !== unitPhase.settled) tellDone(state, unit)
  enterPhase(unit, unitPhase.gone)
  unit.attachments = noAttachments
  unit.initializers = []
  unit.dylib.initUnits.delete(unit)
  state.counts.units--
}

/** Once. What the session keeps of a unit itself is there until the unit is gone. */
function tellDone(state: SessionState, unit: MaterializationUnit): void {
  if (!isKeptByOwner(unit.source)) return
  sendToOwner(state, unit, { type: 'destroyUnit', unit: unit.id })
  unit.client = null
}

/** Undefined where it is gone, or has let go of the unit. */
export function ownerOf(state: SessionState, { client }: MaterializationUnit): Client | undefined {
  return client === null ? undefined : state.clients.get(client)
}

/** Whether the client that defined the unit holds a part of it: a user's unit itself, or closures. */
function isKeptByOwner({ kind }: UnitSource): boolean {
  return kind === 'user' || kind === 'host'
}

/** A stronger definition took the name's place, or a removal the name: it is no init symbol of the unit either. */
export function sendDiscard(state: SessionState, unit: MaterializationUnit, name: string): void {
  if (name === unit.initSymbol) {
    unit.initSymbol = null
    unit.dylib.initUnits.delete(unit)
  }
  if (unit.source.kind !== 'user') return
  sendToOwner(state, unit, { type: 'discard', unit: unit.id, dylib: unit.dylib.id, name })
}

function sendToOwner(state: SessionState, unit: MaterializationUnit, message: Parameters<typeof send>[2]): void {
  const owner = ownerOf(state, unit)
  if (owner !== undefined) send(state, owner, message)
}
