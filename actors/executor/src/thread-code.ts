// The code of one thread, as its executor sees it: whatever kind it is, units come, are given slots and go, and some of them can be
// called from JavaScript.
import type {
  DispatcherDescription,
  ExecutorAddr,
  InstalledUnit,
  JITDylibId,
  LinkedUnitId,
  SignatureCode,
  SlotBinding,
} from '@worc/protocol'
import type { JITFunction } from './jit-function.js'

/** Where a thread's stack and thread-local block lie. */
export interface ThreadPlace {
  readonly stackLow: number
  readonly stackHigh: number
  readonly tlsBase: number
  /** Nonzero; names the thread in locks that guest code takes. */
  readonly threadId: number
}

/** What a thread's code wants of its executor. */
export interface CodeSite {
  /** Applies what linkers have posted and this thread has not seen; synchronous, callable from inside JIT'd code. */
  catchUp(): void
  /** Somebody calls into a parked thread. */
  unpark(): void
}

/** A stub that has not led anywhere in this thread. */
export interface UnresolvedStub {
  readonly dylib: JITDylibId
  readonly symbol: string
  resolve(body: ExecutorAddr): void
}

/** How whole programs are run. Signatures are undefined where the code says them itself. */
export interface ProgramConvention {
  /** Names of what a program begins with: the first that there is. */
  readonly mains: readonly string[]
  /** Where there is no main: what begins as a process does, with everything on its stack; undefined where nothing can. */
  readonly processEntry: string | undefined
  /** What the main at an address is called as: what its code declares goes before what is usual. */
  mainSignature(address: ExecutorAddr): SignatureCode | undefined
  /** What has functions called when the program ends, the last one first; undefined where code needs no such help. */
  readonly atEnd: { readonly name: string; readonly signature: SignatureCode } | undefined
  /** What calls all that was registered so far, without an end; with nothing but zeroes, if it takes anything. */
  readonly runRegistered: { readonly name: string; readonly signature: SignatureCode | undefined }
  /** What ends a program after main, if its C library has it; called with main's result, if it takes one. */
  readonly finish: { readonly name: string; readonly signature: SignatureCode | undefined }
}

export interface ThreadCode {
  readonly pointerBytes: 4 | 8
  readonly program: ProgramConvention
  readonly size: number
  /** One that is here already only learns of slots: a link actor's successor may not know what this thread has. */
  install(facts: InstalledUnit, module: WebAssembly.Module | undefined): void
  addDispatcher(description: DispatcherDescription, module: WebAssembly.Module): void
  installSlot(unit: LinkedUnitId, binding: SlotBinding): void
  /** Makes units unreachable for new calls. What frames on the stack need of them stays until `drop`. */
  retract(units: readonly LinkedUnitId[]): void
  retractAll(): void
  /** Only where no JIT'd frame is on the stack: afterwards nothing in this thread can reach what was retracted. */
  drop(): void
  /** From now on the next call of any handle unparks the thread first. */
  park(): void
  unpark(): void
  /** The thread has applied what was published up to this version. */
  caughtUp(published: number): void
  /** The unit, even while it is leaving. */
  factsOf(unit: number): InstalledUnit | undefined
  /** What this thread holds, for a linker that took a dead one's place. */
  holdings(): Iterable<{ readonly facts: InstalledUnit; readonly module: WebAssembly.Module | undefined }>
  /** Whose code is at the address in this thread; undefined where it is no unit's. */
  unitAt(address: ExecutorAddr): LinkedUnitId | undefined
  /** Whether the address is a function's, in this thread. */
  isFunction(address: ExecutorAddr): boolean
  /**
   * The function at an address as a handle of this thread; one handle each, however often it is asked for. Where the code does
   * not say it, `signature` does. SignatureMismatch, where they differ; CodeRemoved.
   */
  handle(address: ExecutorAddr, symbol: string, signature?: SignatureCode): JITFunction
  /** Runs a function that takes and returns nothing, such as an initializer. */
  callPlain(address: ExecutorAddr): void
  /** Functions that the dylib's units want called before they go, in order. Each is handed out once, in whichever thread. */
  takeFinalizers(dylib: string): readonly ExecutorAddr[]
  /** The first stub on the way from an address whose body this thread does not know; undefined where a call waits for nothing. */
  unresolved(address: ExecutorAddr): UnresolvedStub | undefined
  /** Takes bytes off the top of the stack for good; only where no JIT'd frame is on it. The new top. */
  takeStack(sizeBytes: number): number
}
