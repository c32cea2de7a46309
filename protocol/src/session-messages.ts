// The session's messages. Requests are asks: their reply is an Expected of the row in SessionReplies. Notifications have no
// reply. `attachments` of a unit (object bytes in SharedArrayBuffers) travel beside the message that brings the unit, and
// again beside `materialize`. Names follow ORC (Core.h); the catalogue says which call each stands for.
import type { ExecutorAddr } from './addresses.js'
import type { JITErrorData } from './errors.js'
import type {
  GeneratorId,
  JITDylibId,
  LeaseId,
  LinkedUnitId,
  ManagerId,
  ResourceKey,
  ResponsibilityId,
  RunId,
  TrackerId,
  UnitId,
} from './ids.js'
import type { ImportedFunction } from './link-messages.js'
import type { SignatureCode } from './signature.js'
import type { LookupKind, MatchKind, RequiredState, SymbolFlags } from './symbol-flags.js'

/** The signature stands with a function's definition where whoever defines it knows it, and in an answer where the definition has it. */
export type FlagsEntry = readonly [name: string, flags: SymbolFlags, signature?: SignatureCode]
export type SearchOrderEntry = readonly [dylib: JITDylibId, match: MatchKind]
export type LookupSetEntry = readonly [name: string, required: boolean]
export type Definition = readonly [name: string, address: ExecutorAddr, flags: SymbolFlags]

/** Bytes inside one of the attachments that came with the unit. */
export interface PayloadRange {
  readonly attachment: number
  readonly offsetBytes: number
  readonly sizeBytes: number
}

/** Who materializes a unit, and from what. */
export type UnitSource =
  | { readonly kind: 'absolute'; readonly definitions: readonly Definition[] }
  | { readonly kind: 'object'; readonly payload: PayloadRange }
  | {
      readonly kind: 'source'
      readonly language: 'c' | 'c++'
      readonly payload: PayloadRange
      readonly flags: readonly string[]
      readonly directory: string
    }
  /**
   * Other names for symbols of a dylib, materialized by the session itself: `aliasees` has one for each symbol of the unit, in
   * their order. `from` null: the unit's own dylib, all of it.
   */
  | { readonly kind: 'aliases'; readonly from: SearchOrderEntry | null; readonly aliasees: readonly string[] }
  /** An object whose functions are linked when one of them is first called: until then each is a stub. */
  | { readonly kind: 'lazyObject'; readonly payload: PayloadRange }
  /** The rest of a lazy object: its data, and its functions under the names that the stubs look up. */
  | {
      readonly kind: 'bodies'
      readonly payload: PayloadRange
      readonly bodies: readonly (readonly [name: string, body: string])[]
    }
  /** Stubs for functions of another dylib; the signature where the aliasee's definition need not say it. */
  | {
      readonly kind: 'lazyReexports'
      readonly from: JITDylibId
      readonly aliases: readonly (readonly [name: string, aliasee: string, signature: SignatureCode | null])[]
    }
  /** Functions of JavaScript: closures of the client that defined the unit, or (`from`) what each thread imports for itself. */
  | {
      readonly kind: 'host'
      readonly functions: readonly (readonly [name: string, signature: SignatureCode, from: ImportedFunction | null])[]
    }
  /** Materialized by the client that defined it, in its own thread. */
  | { readonly kind: 'user' }

export interface UnitDescription {
  readonly unit: UnitId
  readonly name: string
  readonly symbols: readonly FlagsEntry[]
  readonly initSymbol: string | null
  readonly source: UnitSource
}

export interface DependenceGroup {
  readonly symbols: readonly string[]
  readonly dependencies: readonly (readonly [dylib: JITDylibId, names: readonly string[]])[]
}

export interface LookupDefinition {
  readonly name: string
  readonly dylib: JITDylibId
  readonly address: ExecutorAddr
  readonly flags: SymbolFlags
}

export interface Initializer {
  readonly priority: number
  readonly function: ExecutorAddr
}

export interface InitializerRun {
  /** 0 where there is nothing to run. Otherwise the asker runs the functions in order, then sends `endInitialize`. */
  readonly run: RunId
  readonly functions: readonly ExecutorAddr[]
}

export interface SessionStats {
  readonly symbols: number
  readonly units: number
  readonly trackers: number
  readonly dylibs: number
  readonly responsibilities: number
  readonly queries: number
  readonly clients: number
}

export type SessionRequest =
  | { readonly type: 'createJITDylib'; readonly name: string; readonly bare: boolean }
  | { readonly type: 'getJITDylibByName'; readonly name: string }
  | { readonly type: 'removeJITDylibs'; readonly dylibs: readonly JITDylibId[] }
  | { readonly type: 'endSession' }
  | {
      readonly type: 'define'
      readonly dylib: JITDylibId
      readonly tracker: TrackerId | null
      readonly unit: UnitDescription
    }
  | { readonly type: 'removeSymbols'; readonly dylib: JITDylibId; readonly names: readonly string[] }
  /** What failed may be materialized again; null: all of the dylib that failed. */
  | { readonly type: 'resetSymbols'; readonly dylib: JITDylibId; readonly names: readonly string[] | null }
  | { readonly type: 'clear'; readonly dylib: JITDylibId }
  /** Wait 'retired': symbols gone, managers done, queries failed. 'reclaimed': memory and slots are back too. */
  | { readonly type: 'removeTracker'; readonly tracker: TrackerId; readonly wait: 'retired' | 'reclaimed' }
  | { readonly type: 'transferTo'; readonly source: TrackerId; readonly destination: TrackerId }
  | { readonly type: 'isDefunct'; readonly tracker: TrackerId }
  | { readonly type: 'keyUnsafe'; readonly tracker: TrackerId }
  /** From a manager that takes a dead one's place: which key each resource is filed under now; null where it was removed. */
  | { readonly type: 'currentKeys'; readonly keys: readonly ResourceKey[] }
  | { readonly type: 'adoptTracker'; readonly tracker: TrackerId; readonly token: number }
  | { readonly type: 'claimTrackerKey'; readonly tracker: TrackerId }
  | {
      readonly type: 'setLinkOrder'
      readonly dylib: JITDylibId
      readonly order: readonly SearchOrderEntry[]
      readonly selfFirst: boolean
    }
  | { readonly type: 'addToLinkOrder'; readonly dylib: JITDylibId; readonly entries: readonly SearchOrderEntry[] }
  | {
      readonly type: 'replaceInLinkOrder'
      readonly dylib: JITDylibId
      readonly from: JITDylibId
      readonly to: SearchOrderEntry
    }
  | { readonly type: 'removeFromLinkOrder'; readonly dylib: JITDylibId; readonly entry: JITDylibId }
  | { readonly type: 'linkOrder'; readonly dylib: JITDylibId }
  /** The dylibs and all they link against, each once, depth first; `reverse`: the other way round. */
  | { readonly type: 'dfsLinkOrder'; readonly dylibs: readonly JITDylibId[]; readonly reverse: boolean }
  /** An archive's bytes come as attachment 0 and its members are made by a link actor; a user's generator runs in the client. */
  | {
      readonly type: 'addGenerator'
      readonly dylib: JITDylibId
      readonly generator: GeneratorId
      readonly kind: 'archive' | 'user'
      readonly tracker: TrackerId | null
    }
  /** Run by the session itself: what `from` defines is defined as aliases. `filtered`: the client says which names it lets through. */
  | {
      readonly type: 'addReexportsGenerator'
      readonly dylib: JITDylibId
      readonly generator: GeneratorId
      readonly from: SearchOrderEntry
      readonly filtered: boolean
      readonly tracker: TrackerId | null
    }
  | { readonly type: 'removeGenerator'; readonly dylib: JITDylibId; readonly generator: GeneratorId }
  | {
      readonly type: 'lookup'
      readonly kind: LookupKind
      readonly searchOrder: readonly SearchOrderEntry[]
      readonly symbols: readonly LookupSetEntry[]
      readonly requiredState: RequiredState
      /** The asker does not want to hear `dependenciesRegistered`. */
      readonly silent?: boolean
      /** A responsibility that resolves nothing before the answer: if the lookup would wait for it, WouldDeadlock. */
      readonly onBehalfOf?: ResponsibilityId
      /** The same of a generator of the asker's, which does not answer before. */
      readonly within?: GeneratorId
    }
  | {
      readonly type: 'lookupFlags'
      readonly kind: LookupKind
      readonly searchOrder: readonly SearchOrderEntry[]
      readonly symbols: readonly LookupSetEntry[]
      /** As in a lookup: generators are waited for here too. */
      readonly onBehalfOf?: ResponsibilityId
      readonly within?: GeneratorId
    }
  /** Init symbols whose units' initializers were not handed out yet, in order of definition. */
  | { readonly type: 'initSymbols'; readonly dylibs: readonly JITDylibId[] }
  | { readonly type: 'registerResourceManager'; readonly manager: ManagerId }
  | { readonly type: 'deregisterResourceManager'; readonly manager: ManagerId }
  | { readonly type: 'requestedSymbols'; readonly responsibility: ResponsibilityId }
  /** With `recorded`, the grant counts as recorded in that turn and opens no lease: the claimer promises to file at once. */
  | { readonly type: 'claimResourceKey'; readonly responsibility: ResponsibilityId; readonly recorded: boolean }
  | {
      readonly type: 'notifyResolved'
      readonly responsibility: ResponsibilityId
      readonly definitions: readonly Definition[]
    }
  | {
      readonly type: 'notifyEmitted'
      readonly responsibility: ResponsibilityId
      readonly groups: readonly DependenceGroup[]
      readonly initializers: readonly Initializer[]
    }
  | {
      readonly type: 'defineMaterializing'
      readonly responsibility: ResponsibilityId
      readonly symbols: readonly FlagsEntry[]
    }
  | { readonly type: 'delegate'; readonly responsibility: ResponsibilityId; readonly names: readonly string[] }
  | { readonly type: 'replace'; readonly responsibility: ResponsibilityId; readonly unit: UnitDescription }
  /** The doors of the layers: whoever materializes such sources takes the responsibility over and finishes it; settles then. */
  | { readonly type: 'emit'; readonly responsibility: ResponsibilityId; readonly source: UnitSource }
  | {
      readonly type: 'failMaterialization'
      readonly responsibility: ResponsibilityId
      readonly cause: JITErrorData | null
    }
  /** Settles when it is this client's turn to run what is pending in the dylib and what it links against, dependencies first. */
  | { readonly type: 'beginInitialize'; readonly dylib: JITDylibId }
  | { readonly type: 'drain' }
  | { readonly type: 'dump' }
  | { readonly type: 'verify' }
  | { readonly type: 'sessionStats' }

export interface SessionReplies {
  readonly createJITDylib: JITDylibId
  readonly getJITDylibByName: JITDylibId | null
  readonly removeJITDylibs: null
  readonly endSession: null
  readonly define: null
  readonly removeSymbols: null
  readonly resetSymbols: null
  readonly clear: null
  readonly removeTracker: null
  readonly transferTo: null
  readonly isDefunct: boolean
  readonly keyUnsafe: ResourceKey
  readonly currentKeys: readonly (ResourceKey | null)[]
  readonly adoptTracker: JITDylibId
  readonly claimTrackerKey: { readonly key: ResourceKey; readonly lease: LeaseId }
  readonly setLinkOrder: null
  readonly addToLinkOrder: null
  readonly replaceInLinkOrder: null
  readonly removeFromLinkOrder: null
  readonly linkOrder: readonly (readonly [dylib: JITDylibId, match: MatchKind, name: string])[]
  readonly dfsLinkOrder: readonly (readonly [dylib: JITDylibId, name: string])[]
  readonly addGenerator: null
  readonly addReexportsGenerator: null
  readonly removeGenerator: null
  readonly lookup: readonly LookupDefinition[]
  readonly lookupFlags: readonly FlagsEntry[]
  readonly initSymbols: readonly (readonly [dylib: JITDylibId, names: readonly string[]])[]
  readonly registerResourceManager: null
  readonly deregisterResourceManager: null
  readonly requestedSymbols: readonly string[]
  readonly claimResourceKey: { readonly key: ResourceKey; readonly lease: LeaseId | null }
  readonly notifyResolved: null
  readonly notifyEmitted: null
  readonly defineMaterializing: readonly string[]
  readonly delegate: ResponsibilityId
  readonly replace: null
  readonly emit: null
  readonly failMaterialization: null
  readonly beginInitialize: InitializerRun
  readonly drain: null
  readonly dump: string
  readonly verify: null
  readonly sessionStats: SessionStats
}

/** From a client to the session, without a reply. */
export type SessionNotification =
  | { readonly type: 'createResourceTracker'; readonly tracker: TrackerId; readonly dylib: JITDylibId }
  | { readonly type: 'dropResourceTracker'; readonly tracker: TrackerId }
  /** The sender is about to hand the tracker to another client, which will adopt it by this token. */
  | { readonly type: 'retainTracker'; readonly tracker: TrackerId; readonly token: number }
  | { readonly type: 'releaseLease'; readonly lease: LeaseId }
  | { readonly type: 'endInitialize'; readonly run: RunId; readonly error: JITErrorData | null }
  /** From a manager whose answer to handleRemoveResources said that memory was still waiting for other threads. */
  | { readonly type: 'resourcesReclaimed'; readonly manager: ManagerId; readonly key: ResourceKey }
  /**
   * From a link actor, when every thread has told what it holds of what a dead one had made: the linked units up to `last`. What
   * is not among `units` has no code any more; `lost` is the memory that such units still occupy (address, size in bytes).
   */
  | {
      readonly type: 'unitsHeld'
      readonly last: LinkedUnitId
      readonly units: readonly LinkedUnitId[]
      readonly lost: readonly (readonly [address: ExecutorAddr, sizeBytes: number])[]
    }
  /** The client's proxy of a responsibility was dropped unfinished: collected, or its unit returned without finishing. */
  | {
      readonly type: 'responsibilityDropped'
      readonly responsibility: ResponsibilityId
      readonly cause: JITErrorData | null
    }
  | { readonly type: 'cancelAsk'; readonly ask: number; readonly error: JITErrorData }

/** From the session to a client, a compile actor or a link actor, without a reply. */
export type SessionEvent =
  | {
      readonly type: 'materialize'
      readonly responsibility: ResponsibilityId
      readonly dylib: JITDylibId
      readonly dylibName: string
      readonly unit: UnitId
      readonly name: string
      readonly symbols: readonly FlagsEntry[]
      readonly initSymbol: string | null
      readonly source: UnitSource
      /** The dylib's link order: where the unit's references are to be looked up. */
      readonly searchOrder: readonly SearchOrderEntry[]
      /** The tracker's key in this turn. A hint for filing what is in flight: the claim's grant is the truth. */
      readonly key: ResourceKey
    }
  | { readonly type: 'discard'; readonly unit: UnitId; readonly dylib: JITDylibId; readonly name: string }
  /** The unit was dispatched to its end, removed or discarded whole: its client may forget it. */
  | { readonly type: 'destroyUnit'; readonly unit: UnitId }
  /** To link actors: it failed before any of it was ready, and will be materialized anew. Nobody uses what was linked for it. */
  | { readonly type: 'unitTakenBack'; readonly unit: UnitId }
  | {
      readonly type: 'handleTransferResources'
      readonly manager: ManagerId
      readonly dylib: JITDylibId
      readonly destination: ResourceKey
      readonly source: ResourceKey
    }
  /** An ask of this client's has a lookup whose symbols depend on these, not yet ready. */
  | {
      readonly type: 'dependenciesRegistered'
      readonly ask: number
      readonly pending: readonly (readonly [dylib: JITDylibId, names: readonly string[]])[]
    }
  | { readonly type: 'errorReported'; readonly error: JITErrorData }

/** From the session to a client or a link actor; each is answered. */
export type SessionAsk =
  | {
      readonly type: 'handleRemoveResources'
      readonly manager: ManagerId
      readonly dylib: JITDylibId
      readonly key: ResourceKey
    }
  | {
      readonly type: 'generate'
      readonly generator: GeneratorId
      readonly dylib: JITDylibId
      readonly kind: LookupKind
      readonly names: readonly LookupSetEntry[]
    }
  | {
      readonly type: 'filterReexports'
      readonly generator: GeneratorId
      readonly dylib: JITDylibId
      readonly names: readonly string[]
    }

export interface SessionAskReplies {
  /** `retired` names what was unreachable at once; with `reclaimLater`, a `resourcesReclaimed` follows. */
  readonly handleRemoveResources: { readonly reclaimLater: boolean }
  /** Units to be defined in the asking lookup's turn, under the generator's tracker; members already defined are skipped by `name`. Their payloads come as attachments. */
  readonly generate: { readonly units: readonly UnitDescription[] }
  /** Those of the names that the generator may define. */
  readonly filterReexports: readonly string[]
}
