// What only a client in another process says: it has no memory and no executor of its own, so it asks the gateway to call
// functions, to run programs, to keep bytes. Everything else it says as a thread of the house would, in the session's messages.
import type { ExecutorAddr } from './addresses.js'
import type { JITErrorCode } from './errors.js'
import type { HouseReplies, CompiledObject } from './house-messages.js'
import type { JITDylibId } from './ids.js'
import type { SignatureCode } from './signature.js'

/** A function that a connection has opened. Another connection's number means nothing to it. */
export type RemoteFunctionId = number & { readonly remoteFunctionId: unique symbol }
/** A program that runs, numbered by the client that asked for it: 1, 2, 3, … */
export type ProgramRunId = number & { readonly programRunId: unique symbol }

/**
 * A number by the function's signature; or, for a pointer, bytes that are copied into executor memory before the call (`in`),
 * room of so many bytes that is copied back after it (`out`), or both.
 */
export type CallArgument =
  | number
  | bigint
  | readonly [kind: 'in', bytes: Uint8Array]
  | readonly [kind: 'out', sizeBytes: number]
  | readonly [kind: 'inout', bytes: Uint8Array]

/** What a session holds, in one record. */
export interface JITStats {
  readonly symbols: number
  readonly units: number
  readonly trackers: number
  readonly executors: number
  readonly modules: number
  /** Held by linked code's data, and by threads' stacks and thread-local blocks. */
  readonly memoryBytes: number
  /** Waiting for threads that may still be inside. */
  readonly retiredBytes: number
  readonly functionSlots: number
  readonly tlsBytes: number
}

export interface GatewayStatus {
  readonly uptimeMs: number
  readonly connections: number
  /** Of all connections since the start. */
  readonly connected: number
  readonly asks: number
  readonly asksInFlight: number
  readonly blobBytes: number
  readonly bufferBytes: number
  readonly functions: number
  readonly programs: number
  readonly workers: number
  readonly busyWorkers: number
  /** Answers that refused, by code. */
  readonly refusals: readonly (readonly [code: JITErrorCode, count: number])[]
}

export type GatewayRequest =
  /** First on every connection after its welcome. */
  | { readonly type: 'join' }
  /** The signature where the function's definition need not say it. */
  | {
      readonly type: 'openFunction'
      readonly dylib: JITDylibId
      readonly name: string
      readonly signature: SignatureCode | null
    }
  | {
      readonly type: 'call'
      readonly function: RemoteFunctionId
      readonly arguments: readonly CallArgument[]
      readonly deadlineMs: number | null
    }
  /** The C function pointer of a function; spends a slot the first time. */
  | { readonly type: 'pointerOf'; readonly function: RemoteFunctionId }
  | { readonly type: 'initialize'; readonly dylib: JITDylibId }
  | { readonly type: 'deinitialize'; readonly dylib: JITDylibId }
  /** Answered when the program ends, with its exit code. */
  | {
      readonly type: 'run'
      readonly run: ProgramRunId
      readonly dylib: JITDylibId
      readonly program: string
      readonly args: readonly string[]
      readonly env: readonly (readonly [name: string, value: string])[]
    }
  /** Zeroed where `bytes` is null. */
  | { readonly type: 'allocateBuffer'; readonly sizeBytes: number; readonly bytes: Uint8Array | null }
  | {
      readonly type: 'readBuffer'
      readonly address: ExecutorAddr
      readonly offsetBytes: number
      readonly sizeBytes: number
    }
  | {
      readonly type: 'writeBuffer'
      readonly address: ExecutorAddr
      readonly offsetBytes: number
      readonly bytes: Uint8Array
    }
  | { readonly type: 'freeBuffer'; readonly address: ExecutorAddr }
  | { readonly type: 'stats' }
  | { readonly type: 'status' }
  /** Whoever has the token may adopt the dylib: link against it, define in it, remove it. */
  | { readonly type: 'shareDylib'; readonly dylib: JITDylibId }
  | { readonly type: 'adoptDylib'; readonly token: string }
  /** The object is attachment 0. */
  | { readonly type: 'describeObject' }

export interface GatewayReplies {
  readonly join: HouseReplies['join']
  readonly openFunction: {
    readonly function: RemoteFunctionId
    readonly address: ExecutorAddr
    readonly signature: SignatureCode
  }
  /** `outs` has the bytes of each `out` and `inout` argument, in their order. */
  readonly call: { readonly result: number | bigint | null; readonly outs: readonly Uint8Array[] }
  readonly pointerOf: ExecutorAddr
  readonly initialize: null
  readonly deinitialize: null
  readonly run: number
  readonly allocateBuffer: ExecutorAddr
  readonly readBuffer: Uint8Array
  readonly writeBuffer: null
  readonly freeBuffer: null
  readonly stats: JITStats
  readonly status: GatewayStatus
  readonly shareDylib: string
  readonly adoptDylib: JITDylibId
  readonly describeObject: CompiledObject
}

export type GatewayNotification =
  | { readonly type: 'closeFunction'; readonly function: RemoteFunctionId }
  /** Bytes for the program's standard input. */
  | { readonly type: 'runInput'; readonly run: ProgramRunId; readonly bytes: Uint8Array }
  | { readonly type: 'runInputEnd'; readonly run: ProgramRunId }
  /** So much of the program's output was taken: it may write as much again. */
  | { readonly type: 'runOutputConsumed'; readonly run: ProgramRunId; readonly sizeBytes: number }
  | { readonly type: 'dropBlob'; readonly blob: number }

export type GatewayEvent =
  | {
      readonly type: 'runOutput'
      readonly run: ProgramRunId
      readonly stream: 'stdout' | 'stderr'
      readonly bytes: Uint8Array
    }
  /** So much of the program's input was taken: as much again may be sent. */
  | { readonly type: 'runInputConsumed'; readonly run: ProgramRunId; readonly sizeBytes: number }
