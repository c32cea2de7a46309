// The table of what crosses a socket: of each message who says it, its fields in the order of the wire with what each may be,
// and the answer's. What the protocol's unions have and this table has not, or the other way round, or of another type, does not
// compile. protocol/README.md prints it.
import type { GatewayEvent, GatewayNotification, GatewayReplies, GatewayRequest } from '../gateway-messages.js'
import type { HouseEvent, HouseNotification, HouseReplies, HouseRequest } from '../house-messages.js'
import type {
  SessionAsk,
  SessionAskReplies,
  SessionEvent,
  SessionNotification,
  SessionReplies,
  SessionRequest,
} from '../session-messages.js'
import { error, trap } from './error-schema.js'
import { callArgument, gatewayRows } from './gateway-rows.js'
import {
  compiledObject,
  definition,
  dependenceGroup,
  flagsEntry,
  payload,
  searchOrderEntry,
  unitDescription,
  unitSource,
} from './parts.js'
import type { Fields } from './record.js'
import type { NamedSchema, Schema } from './schema.js'
import { sessionRows } from './session-rows.js'

/** What is said inside a house only: by its keeper and its workers, or with ports and memory that no socket carries. */
type InsideOnly =
  | 'furnish'
  | 'attachExecutor'
  | 'allocate'
  | 'finalizeAllocation'
  | 'deallocate'
  | 'linkStats'
  | 'introduceClient'
  | 'linkerReplaced'
  | 'compilersWanted'
  | 'compilerStuck'
  | 'currentKeys'
  | 'unitTakenBack'
  | 'unitsHeld'
  // A client of another process has no thread that could run initializers: it asks for `initialize`.
  | 'beginInitialize'
  | 'endInitialize'
  | 'initSymbols'

type FromClient =
  | Exclude<
      SessionRequest | SessionNotification | Exclude<HouseRequest, { type: 'join' }> | HouseNotification,
      { readonly type: InsideOnly }
    >
  | GatewayRequest
  | GatewayNotification
type FromServer = Exclude<SessionAsk | SessionEvent | HouseEvent, { readonly type: InsideOnly }> | GatewayEvent

/** What crosses a socket, either way. */
export type WireMessage = FromClient | FromServer
export type WireType = WireMessage['type']
export type WireMessageOf<T extends WireType> = Extract<WireMessage, { readonly type: T }>
export type WireReplies = Omit<SessionReplies & HouseReplies, InsideOnly | 'join'> & SessionAskReplies & GatewayReplies

interface TellRow<M> {
  readonly from: M extends FromClient ? 'client' : 'server'
  readonly fields: Fields<Omit<M, 'type'>>
  /** It may bring blobs along. */
  readonly attachments?: true
}

interface AskRow<M, R> extends TellRow<M> {
  readonly reply: Schema<R>
  readonly replyAttachments?: true
}

type WireRow<T extends WireType> = T extends keyof WireReplies
  ? AskRow<WireMessageOf<T>, WireReplies[T]>
  : TellRow<WireMessageOf<T>>

export type WireRows<T extends WireType> = { readonly [K in T]: WireRow<K> }

export const wireTable: WireRows<WireType> = { ...sessionRows, ...gatewayRows }

/** What several rows have, for the documentation. */
export const wireTypes: readonly Pick<NamedSchema<unknown>, 'name' | 'definition'>[] = [
  flagsEntry,
  searchOrderEntry,
  definition,
  payload,
  unitDescription,
  unitSource,
  dependenceGroup,
  compiledObject,
  callArgument,
  error,
  trap,
]
