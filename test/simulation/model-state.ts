// What the reference model knows: plain records, and what follows from one of them alone. Source: Core.h.
import type {
  AskId,
  ClientId,
  FlagsEntry,
  JITDylibId,
  JITErrorCode,
  LookupDefinition,
  ManagerId,
  RequiredState,
  SessionRequest,
  TrackerId,
  UnitDescription,
  UnitSource,
} from '@worc/protocol'
import { symbolFlag } from '@worc/protocol'

export type Role = 'client' | 'link' | 'compile'

export interface Ask {
  readonly client: ClientId
  readonly id: AskId
  readonly message: SessionRequest
  open: boolean
}

/** What an operation came to. */
export interface Outcome {
  readonly code: 'ok' | JITErrorCode
  /** What the error is about. */
  readonly names?: readonly string[]
  /** How many errors were joined. */
  readonly joined?: number
  readonly value?: unknown
  /** What must have been answered before. */
  readonly after?: readonly Ask[]
}

export interface ModelTracker {
  readonly id: TrackerId
  readonly dylib: ModelDylib
  live: boolean
  /** Whether anything was ever filed under it. */
  used: boolean
  readonly holders: ClientId[]
  readonly tokens: Map<number, ClientId>
  transferredTo: ModelTracker | undefined
}

export interface ModelManager {
  readonly id: ManagerId
  readonly client: ClientId
  readonly role: Role
}

const rank = { failed: 0, neverSearched: 1, materializing: 2, resolved: 3, emitted: 4, ready: 5 } as const

export interface ModelDylib {
  readonly id: JITDylibId
  readonly name: string
  readonly symbols: Map<string, ModelSymbol>
  open: boolean
}

export interface ModelSymbol {
  readonly name: string
  readonly flags: number
  readonly dylib: ModelDylib
  unit: ModelUnit
  /** Whose materialization claimed it, if it was not defined. */
  claimedBy: ModelUnit | undefined
  state: keyof typeof rank
  address: number
  waitsFor: readonly ModelSymbol[]
  /** Who answers for it while it is on its way. */
  work: Responsibility | undefined
}

export interface ModelUnit {
  readonly description: UnitDescription
  readonly client: ClientId
  readonly dylib: ModelDylib
  tracker: ModelTracker
  /** All of it was ready once: who defined it has let go of it. */
  letGo: boolean
}

export interface Responsibility {
  readonly unit: ModelUnit
  source: UnitSource
  /** The owner of a user's unit; of others, whoever was given it. */
  holder: ClientId | undefined
  readonly emitters: Ask[]
}

export interface Query {
  readonly ask: Ask
  readonly symbols: readonly ModelSymbol[]
  readonly required: RequiredState
  readonly behalf: Responsibility | undefined
}

// ---- outcomes and symbols

export const ok: Outcome = { code: 'ok' }

export function hasReached({ state }: ModelSymbol, required: RequiredState): boolean {
  return rank[state] >= rank[required]
}

export function isFailed({ state }: ModelSymbol): boolean {
  return state === 'failed'
}

export function hasAddress({ flags }: { readonly flags: number }): boolean {
  return (flags & symbolFlag.sideEffectsOnly) === 0
}

export function isWeak(flags: number): boolean {
  return (flags & (symbolFlag.weak | symbolFlag.common)) !== 0
}

/** To a strong definition: nothing there, or a weak one that nobody asked for. */
export function givesWay(symbol: ModelSymbol | undefined): boolean {
  return symbol === undefined || (isWeak(symbol.flags) && symbol.state === 'neverSearched')
}

/** A unit's init symbol is one of its symbols, listed or not. */
export function withInit({ symbols, initSymbol }: UnitDescription): readonly FlagsEntry[] {
  const isListed = initSymbol === null || symbols.some(([name]) => name === initSymbol)
  return isListed ? symbols : [...symbols, [initSymbol, symbolFlag.sideEffectsOnly]]
}

export function definitionsOf(symbols: readonly ModelSymbol[]): LookupDefinition[] {
  return symbols
    .filter(hasAddress)
    .map(({ name, dylib, address, flags }) => ({ name, dylib: dylib.id, address, flags }))
}
