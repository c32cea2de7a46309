// Between a link actor and the executors it installs code in, and between the house and a link actor. An executor hears of
// every unit on the port of the linker that made it, in one order: installed, given slots, retracted. Whoever asks an executor
// to call something first lets it come that far in that order (Linker promises: post, then bump the published version, then
// let the symbol become known).
import type { ExecutorAddr } from './addresses.js'
import type { ExecutorId, JITDylibId, LinkedUnitId, LinkerId, ResourceKey, UnitId } from './ids.js'
import type { SignatureCode } from './signature.js'

/** A slot of a unit's private table that stands for a function of another unit. `target` 0: a weak symbol nobody defines. */
export type PLTBinding = readonly [name: string, signature: SignatureCode, target: ExecutorAddr]
/** The signature is empty where the object does not say. */
export type ExportedFunction = readonly [name: string, signature: SignatureCode]
/** A C function pointer and the function of the unit it stands for. */
export type SlotBinding = readonly [slot: number, index: number]

/** A function of JavaScript that each thread imports for itself: the URL of its module, and which export it is. */
export type ImportedFunction = readonly [module: string, field: string]

/** The functions of JavaScript behind a unit's wasm functions, by index: null where it is a closure of the thread that defined `unit`. */
export interface HostFunctions {
  readonly unit: UnitId
  readonly functions: readonly (ImportedFunction | null)[]
}

/** Whom a unit of stubs stands for: slot and function n are symbol n of the dylib, looked up at the first call. */
export interface LazyTargets {
  readonly dylib: JITDylibId
  readonly symbols: readonly string[]
}

/** Where a unit's code lies, on targets where code has addresses. */
export interface CodePlace {
  /** All that is executable of it: from here, this many bytes. */
  readonly address: ExecutorAddr
  readonly sizeBytes: number
  /** Parallel to the unit's functions. */
  readonly functions: readonly (readonly [address: ExecutorAddr, sizeBytes: number])[]
  /** Where pointers lie to what is to be called when the program ends, in this order. Whoever calls one leaves 0 in its place. */
  readonly finalizers: readonly ExecutorAddr[]
}

/** What an executor needs to have a unit, beside its Module (attachment 0) where it is one. */
export interface InstalledUnit {
  readonly unit: LinkedUnitId
  readonly name: string
  readonly key: ResourceKey
  readonly dylib: string
  readonly plt: readonly PLTBinding[]
  readonly functions: readonly ExportedFunction[]
  readonly slots: readonly SlotBinding[]
  /** Initial bytes of the unit's thread-local variables, at an offset of every thread's block. */
  readonly threadLocal: { readonly offsetBytes: number; readonly template: Uint8Array } | null
  /** Set where the unit's functions are JavaScript's. */
  readonly host: HostFunctions | null
  /** Set where the unit's functions are stubs. Its PLT's targets are 0. */
  readonly lazy: LazyTargets | null
  /** Null where the unit is a Module. */
  readonly code: CodePlace | null
}

/** A dispatcher's Module is an attachment of the message that brings it, after the unit's own. */
export interface DispatcherDescription {
  readonly signature: SignatureCode
  readonly signatureId: number
}

export type LinkEvent =
  /** First on the port. The thread's stack and thread-local block lie in executor memory. */
  | {
      readonly type: 'welcome'
      readonly linker: LinkerId
      readonly stackLow: number
      readonly stackHigh: number
      readonly tlsBase: number
      readonly tlsSizeBytes: number
      /** Set where a successor speaks: it wants to hear what this executor holds. */
      readonly adopt: boolean
    }
  /** All that was installed before this executor attached has been sent: from now on it has what others are told of. */
  | { readonly type: 'replayed' }
  | {
      readonly type: 'install'
      readonly version: number
      readonly unit: InstalledUnit
      readonly dispatchers: readonly DispatcherDescription[]
    }
  | {
      readonly type: 'installSlot'
      readonly version: number
      readonly unit: LinkedUnitId
      readonly binding: SlotBinding
      readonly dispatchers: readonly DispatcherDescription[]
    }
  | {
      readonly type: 'retract'
      readonly version: number
      readonly epoch: number
      readonly units: readonly LinkedUnitId[]
    }
  /** The process holds many modules that nobody can call any more: collect, where the policy lets this thread. */
  | { readonly type: 'collect'; readonly urgent: boolean }

export type ExecutorRequest =
  /** The C function pointer of a function; spends a slot the first time. */
  | { readonly type: 'functionPointer'; readonly function: ExecutorAddr }
  | {
      readonly type: 'symbolize'
      readonly frames: readonly {
        readonly unit: LinkedUnitId
        readonly functionIndex: number
        readonly moduleOffset: number
      }[]
    }
  /** Zeroed memory for the program that runs in the thread, as its operating system would give it. */
  | { readonly type: 'mapRegion'; readonly sizeBytes: number }
  | { readonly type: 'unmapRegion'; readonly address: ExecutorAddr }

export interface ExecutorReplies {
  readonly functionPointer: number
  readonly symbolize: readonly { readonly symbol: string; readonly file: string | null; readonly line: number | null }[]
  readonly mapRegion: { readonly address: ExecutorAddr }
  readonly unmapRegion: null
}

export type ExecutorNotification =
  | { readonly type: 'quiescent'; readonly epoch: number }
  /** Answer to a successor: one message a unit, its Module as attachment 0. */
  | { readonly type: 'holding'; readonly unit: InstalledUnit }
  | { readonly type: 'heldAll' }

/** From the house (session's broker) to a link actor. */
export type LinkRequest =
  /** Attachment 0: the port on which the executor will be heard. */
  | { readonly type: 'executorAttached'; readonly executor: ExecutorId }
  | {
      readonly type: 'allocate'
      readonly sizeBytes: number
      readonly alignmentBytes: number
      readonly executable: boolean
    }
  | { readonly type: 'finalizeAllocation'; readonly address: ExecutorAddr }
  | { readonly type: 'deallocate'; readonly address: ExecutorAddr }
  | { readonly type: 'linkStats' }

export interface LinkStats {
  readonly modules: number
  readonly memoryBytes: number
  readonly retiredBytes: number
  readonly functionSlots: number
  readonly tlsBytes: number
  readonly executors: number
}

export interface LinkReplies {
  readonly executorAttached: null
  readonly allocate: { readonly address: ExecutorAddr }
  readonly finalizeAllocation: null
  readonly deallocate: null
  readonly linkStats: LinkStats
}
