// What a client asks: types of requests and of their answers, and which of them take code away or make room.
import type {
  Attachment,
  GatewayReplies,
  GatewayRequest,
  HouseReplies,
  HouseRequest,
  SessionNotification,
  SessionReplies,
  SessionRequest,
} from '@worc/protocol'
import type { JITDylib } from './jit-dylib.js'
import type { SymbolName } from './symbol-records.js'

export interface RequestOptions {
  readonly attachments?: readonly Attachment[]
  readonly transfer?: readonly Attachment[]
  readonly signal?: AbortSignal
  readonly timeoutMs?: number
  readonly onDependenciesRegistered?: (pending: ReadonlyMap<JITDylib, readonly SymbolName[]>) => void
}

export type ClientRequest = SessionRequest | HouseRequest | GatewayRequest
export type LookupAsker = Pick<Extract<SessionRequest, { type: 'lookup' }>, 'onBehalfOf' | 'within'>
export type ReplyOf<T extends ClientRequest> = T['type'] extends keyof SessionReplies
  ? SessionReplies[T['type']]
  : T['type'] extends keyof HouseReplies
    ? HouseReplies[T['type']]
    : T['type'] extends keyof GatewayReplies
      ? GatewayReplies[T['type']]
      : never

/** What takes code away: when its answer is here, calls in this thread throw CodeRemoved. */
export const retiring: ReadonlySet<string> = new Set([
  'removeTracker',
  'clear',
  'removeJITDylibs',
  'endSession',
] satisfies SessionRequest['type'][])

/**
 * What makes room, or ends what others wait for. However much waits for the session, it is not refused: a lease that could not be
 * released would hold a removal back for ever, and of a collected handle nobody would hear the error.
 */
export const givingBack: ReadonlySet<string> = new Set([
  'removeTracker',
  'clear',
  'removeSymbols',
  'removeJITDylibs',
  'removeGenerator',
  'deregisterResourceManager',
  'endSession',
  'adoptTracker',
  'dropResourceTracker',
  'releaseLease',
  'failMaterialization',
  'responsibilityDropped',
  'endInitialize',
  'deallocate',
] satisfies (ClientRequest | SessionNotification)['type'][])
