// What the gateway and the executors of its pool say to each other. It stays between these two threads.
import type { CallArgument, Expected, ExecutorAddr, JITDylibId, LinkedUnitId, SignatureCode } from '@worc/protocol'

/** A function as it was when it was opened: its unit tells it from whatever is at its address later. */
export interface FunctionPlace {
  readonly address: ExecutorAddr
  readonly name: string
  readonly signature: SignatureCode | null
  readonly unit: LinkedUnitId | null
}

export interface DylibPlace {
  readonly dylib: JITDylibId
  readonly name: string
}

/** Each is a job: its slot says how far it is. */
export type ExecutorJob =
  /** Where a function lies, for calls from every executor. */
  | { readonly type: 'open'; readonly place: FunctionPlace }
  /** `function` is this executor's number of it: see `bind`. */
  | { readonly type: 'call'; readonly function: number; readonly arguments: readonly CallArgument[] }
  | { readonly type: 'pointerOf'; readonly function: number }
  | { readonly type: 'initialize'; readonly place: DylibPlace }
  | { readonly type: 'deinitialize'; readonly place: DylibPlace }

export interface JobResults {
  readonly open: { readonly signature: SignatureCode; readonly unit: LinkedUnitId | null }
  readonly call: { readonly result: number | bigint | null; readonly outs: readonly Uint8Array[] }
  readonly pointerOf: ExecutorAddr
  readonly initialize: null
  readonly deinitialize: null
}

export type ToExecutor =
  | { readonly type: 'job'; readonly slot: number; readonly job: ExecutorJob }
  /** Gives a function a number, once, before it is called there. */
  | { readonly type: 'bind'; readonly function: number; readonly place: FunctionPlace }
  | { readonly type: 'unbind'; readonly function: number }
  | { readonly type: 'leave' }

export type FromExecutor =
  /** It has its stack; attachment 0 is the guest's memory. */
  | { readonly type: 'ready' }
  /** Jobs whose plain results lie in their slots, or that had been withdrawn. */
  | { readonly type: 'done'; readonly slots: readonly number[] }
  | { readonly type: 'settled'; readonly slot: number; readonly result: Expected<unknown> }

/** What an executor's thread is started with; beside it, the port to its session. */
export interface ExecutorSetup {
  readonly slots: SharedArrayBuffer
  /** For the bytes that one call's arguments may bring along, all together. */
  readonly roomBytes: number
}
