// What a link actor leaves to the kind of code it links: reading and laying out objects, fixing them up, and what executors need
// to have a unit. Memory, keys, executors and the session are the same for every target.
import type {
  Context,
  Definition,
  Expected,
  ExportedFunction,
  ExecutorAddr,
  FlagsEntry,
  InstalledUnit,
  JITDylibId,
  LinkedUnitId,
  LookupDefinition,
  LookupSetEntry,
  SignatureCode,
} from '@worc/protocol'
import type { Segment } from '@worc/executor-memory'
import type { ObjectContents, SymbolDependenceGroup } from '@worc/jitlink'
import type { FunctionPointers } from './function-pointers.js'
import type { NameFrame } from './symbolizer.js'

export interface LinkTarget {
  /** Code and data are there for all threads as soon as they are written: nobody instantiates anything. */
  readonly sharesCode: boolean
  /** A stub cannot be made before the signature of what it stands for is known. */
  readonly typesStubs: boolean
  /**
   * `symbols` are those that the materialization answers for; `bodies`, by function, those of them that stubs stand before.
   * BadObject, Unsupported, OutOfMemory.
   */
  layOut(
    name: string,
    bytes: Uint8Array,
    symbols: readonly FlagsEntry[],
    bodies: ReadonlyMap<string, string>,
  ): Expected<LaidOutUnit>
  /** Functions behind which JavaScript is. */
  hostFunctions(functions: readonly ExportedFunction[], host: NonNullable<InstalledUnit['host']>): Expected<LaidOutUnit>
  /** Functions that stand for symbols of the dylib, found when they are called. */
  stubs(dylib: JITDylibId, stubs: readonly Stub[]): Expected<LaidOutUnit>
  /** What an object defines and references. BadObject. */
  contentsOf(bytes: Uint8Array): Expected<ObjectContents>
  /** What threads call C function pointers of this signature through, where these are no addresses. */
  dispatcher(signature: SignatureCode, signatureId: number): WebAssembly.Module
  /** The signatures whose dispatchers a unit's module imports. */
  dispatchersOf(module: WebAssembly.Module): readonly SignatureCode[]
}

export interface Stub {
  readonly name: string
  /** Empty where nobody knows it, and the target can do without. */
  readonly signature: SignatureCode
  /** The symbol it stands for. */
  readonly target: string
}

/** What a unit occupies. */
export interface StorageRequest {
  readonly dataSizeBytes: number
  readonly dataAlignmentBytes: number
  readonly threadLocalSizeBytes: number
  readonly threadLocalAlignmentBytes: number
  readonly functions: readonly ExportedFunction[]
  /** Indexes of the functions that need a slot because their address is taken and they have none. */
  readonly addressTaken: readonly number[]
}

/** What the arenas gave. A region of size 0 takes any address. */
export interface StoragePlacement {
  readonly dataAddress: ExecutorAddr
  /** From the base of every thread's block of thread-local variables. */
  readonly threadLocalOffsetBytes: number
  /** Parallel to `addressTaken`. */
  readonly slots: readonly number[]
}

/** What a link may ask of its link actor. */
export interface LinkContext {
  readonly ctx: Context
  readonly pointers: FunctionPointers
}

/** An object that was read, pruned and laid out, or a unit of the linker's own. */
export interface LaidOutUnit {
  readonly storage: StorageRequest
  /** What has to be found before it can be linked: each name once, required unless every use of it is weak. */
  readonly references: readonly LookupSetEntry[]
  /** What it defines, by name, with the address that the session shall know. Flags say of its storage what only the linker knows. */
  allocate(unit: LinkedUnitId, placement: StoragePlacement): Expected<readonly Definition[]>
  /** `found` are definitions of the references; weak ones may be missing. BadObject, OutOfMemory, SymbolsNotFound, NotAFunction. */
  link(
    context: LinkContext,
    unit: LinkedUnitId,
    placement: StoragePlacement,
    found: ReadonlyMap<string, LookupDefinition>,
  ): Expected<LinkedCode>
  dependenceGroups(): readonly SymbolDependenceGroup[]
}

/** A unit as memory and executors get it. */
export interface LinkedCode {
  /** Where a unit's code is a module that every thread instantiates. */
  readonly module: WebAssembly.Module | undefined
  readonly facts: Pick<InstalledUnit, 'plt' | 'functions' | 'threadLocal' | 'host' | 'lazy' | 'code'>
  /** From the start of the unit's data. What lies beside them is zero. */
  readonly segments: readonly Segment[]
  /** Signatures that the unit calls function pointers with. */
  readonly dispatchers: readonly SignatureCode[]
  /** In the order to run them: lower priorities first. */
  readonly initializers: readonly { readonly priority: number; readonly function: ExecutorAddr }[]
  /** For naming the frames of its traps. */
  readonly nameFrame: NameFrame | undefined
}
