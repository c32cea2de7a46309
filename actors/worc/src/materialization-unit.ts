// What defines symbols, and who answers for defining them: the two interfaces between the session and whoever writes a layer.
// Source: MaterializationUnit.h, MaterializationResponsibility in Core.h.
import type { MatchKind, ResourceKey, SearchOrderEntry, SignatureCode, UnitSource } from '@worc/protocol'
import { symbolFlag } from '@worc/protocol'
import type { JITDylib } from './jit-dylib.js'
import type { ByName, ExecutorSymbolDef, JITSymbolFlags, SymbolName } from './symbol-records.js'
import { definitionEntries, entriesOf } from './symbol-records.js'

/** Defines symbols. `materialize` runs in the thread that defined the unit, once, when one of its symbols is looked up. */
export interface MaterializationUnit {
  /** What errors and dumps call it. */
  readonly name: string
  readonly symbols: ByName<JITSymbolFlags>
  /** Looked up when the dylib is initialized. One that is not among `symbols` is added, without an address. */
  readonly initSymbol?: SymbolName
  /** Finishes the responsibility, now or later; what it throws fails it. */
  materialize(responsibility: MaterializationResponsibility): void | Promise<void>
  /** A stronger definition took the name's place before it was materialized. */
  discard?(dylib: JITDylib, name: SymbolName): void
  /** The session is done with the unit: materialized to its end, removed, or left without symbols. */
  [Symbol.dispose]?(): void
}

/** Runs as the grant is decoded, before any later message of the port; a body that returns a promise does not type-check. */
export type Synchronous<T> = T extends PromiseLike<unknown> ? never : (key: ResourceKey) => T

/** Symbols with the same dependencies. A symbol is ready when it is emitted and its dependencies are ready. */
export interface SymbolDependenceGroup {
  readonly symbols: readonly SymbolName[]
  readonly dependencies: ReadonlyMap<JITDylib, readonly SymbolName[]>
}

/**
 * Answers for symbols being materialized. Every method rejects with ResourceTrackerDefunct once the tracker is removed;
 * failMaterialization alone stays legal. Dropped unfinished, it fails.
 */
export interface MaterializationResponsibility {
  readonly dylib: JITDylib
  readonly symbols: ReadonlyMap<SymbolName, JITSymbolFlags>
  readonly initSymbol: SymbolName | undefined
  /** Those that a lookup waits for. */
  requestedSymbols(): Promise<ReadonlySet<SymbolName>>
  /** Runs the body with the key of the unit's tracker as it is then: what is filed under it goes or moves with the tracker. */
  withResourceKeyDo<T>(body: Synchronous<T>): Promise<T>
  /** Addresses are known: of all symbols or of some at a time. UnexpectedSymbolDefinitions names those that are not its own. */
  notifyResolved(definitions: ByName<ExecutorSymbolDef>): Promise<void>
  /**
   * Memory holds what it should, and the responsibility is over. A symbol in no group depends on nothing. MissingSymbolDefinitions
   * where not all is resolved: it can be tried again. UnsatisfiedSymbolDependencies where a dependence cannot be had: then the
   * symbols have failed.
   */
  notifyEmitted(groups?: readonly SymbolDependenceGroup[]): Promise<void>
  /** Claims more names for this responsibility; resolves with those granted. A weak name somebody else has is not granted. */
  defineMaterializing(symbols: ByName<JITSymbolFlags>): Promise<ReadonlySet<SymbolName>>
  /** Splits off a second responsibility for some of the symbols; either finishes by itself. */
  delegate(names: readonly SymbolName[]): Promise<MaterializationResponsibility>
  /** Gives symbols back, to be materialized by another unit: at once where a lookup waits, else when one comes. */
  replace(unit: MaterializationUnit): Promise<void>
  /** All that is left of it fails, with what waits for it; lookups tell the cause. Quiet where the tracker is gone. */
  failMaterialization(cause?: Error): Promise<void>
  /** The sync forms wait in Atomics.wait: for worker threads. */
  notifyResolvedSync(definitions: ByName<ExecutorSymbolDef>): void
  notifyEmittedSync(groups?: readonly SymbolDependenceGroup[]): void
  failMaterializationSync(cause?: Error): void
}

/** A unit whose materialization the house does: `source` says from what. */
export interface SourcedUnit extends MaterializationUnit {
  readonly source: Exclude<UnitSource, { kind: 'user' }>
  readonly attachments: readonly object[]
  /** The dylib that the source names: of the session that the unit is defined in. */
  readonly from?: JITDylib
  /** Of its functions, as far as they are known. */
  readonly signatures?: ReadonlyMap<SymbolName, SignatureCode>
}

export function isSourced(unit: MaterializationUnit): unit is SourcedUnit {
  return 'source' in unit
}

/** Symbols whose addresses are known: nothing is left to materialize. Throws BadArgument where an address is none. */
export function absoluteSymbols(definitions: ByName<ExecutorSymbolDef>): MaterializationUnit {
  const resolved = definitionEntries(definitions)
  const unit: SourcedUnit = {
    name: 'absolute symbols',
    symbols: new Map(entriesOf(definitions).map(([name, { flags }]) => [name, { ...flags, absolute: true }])),
    source: {
      kind: 'absolute',
      definitions: resolved.map(([name, address, flags]) => [name, address, flags | symbolFlag.absolute]),
    },
    attachments: [],
    materialize: settledBySession,
  }
  return unit
}

/** Another name for a symbol. `flags` are the alias's own; what the aliasee's say does not matter. */
export interface SymbolAlias {
  readonly aliasee: SymbolName
  readonly flags: JITSymbolFlags
}

/**
 * Other names for symbols of the dylib that the unit is defined in, hidden ones too. Each alias is looked up, and ready,
 * independently of the others. One that leads back to itself fails with WouldDeadlock as the cause. Source: symbolAliases (Core.h).
 */
export function symbolAliases(aliases: ByName<SymbolAlias>): MaterializationUnit {
  return aliasesUnit('aliases', aliases, null)
}

/** Names for symbols of another dylib. Source: reexports (Core.h). */
export function reexports(
  source: JITDylib,
  aliases: ByName<SymbolAlias>,
  match: MatchKind = 'exported',
): MaterializationUnit {
  const unit: SourcedUnit = {
    ...aliasesUnit(`re-exports of ${source.name}`, aliases, [source.id, match]),
    from: source,
  }
  return unit
}

function aliasesUnit(name: string, aliases: ByName<SymbolAlias>, from: SearchOrderEntry | null): SourcedUnit {
  const entries = entriesOf(aliases)
  return {
    name,
    symbols: new Map(entries.map(([alias, { flags }]) => [alias, flags])),
    source: { kind: 'aliases', from, aliasees: entries.map(([, { aliasee }]) => aliasee) },
    attachments: [],
    materialize: settledBySession,
  }
}

export function settledBySession(): never {
  throw new Error('the session materializes this unit itself')
}
