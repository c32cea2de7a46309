// What the house itself says: a client joining, an executor being introduced to the link actors, sources going to the
// compile pool. The session actor brokers these beside the core's messages, because it is the one peer everybody has.
import type { ExecutorAddr } from './addresses.js'
import type { ClientId, ExecutorId, JITDylibId } from './ids.js'
import type { LinkStats } from './link-messages.js'
import type { FlagsEntry, PayloadRange, SessionStats } from './session-messages.js'

export type PeerRole = 'client' | 'link' | 'compile'

export interface CompileJob {
  readonly language: 'c' | 'c++'
  /** As diagnostics name it. */
  readonly name: string
  /** The text, in attachment 0. */
  readonly payload: PayloadRange
  readonly flags: readonly string[]
  /** Relative paths start here. */
  readonly directory: string
}

/** An object's bytes are attachment 0 of the reply. */
export interface CompiledObject {
  readonly sizeBytes: number
  readonly symbols: readonly FlagsEntry[]
  readonly hasInitializers: boolean
  /** Warnings, as the compiler prints them. */
  readonly diagnostics: string
  readonly cached: boolean
}

export type HouseRequest =
  /** First on a client's port. */
  | { readonly type: 'join' }
  | { readonly type: 'attachExecutor' }
  | ({ readonly type: 'compile' } & CompileJob)
  | {
      readonly type: 'allocate'
      readonly sizeBytes: number
      readonly alignmentBytes: number
      readonly executable: boolean
    }
  | { readonly type: 'finalizeAllocation'; readonly address: ExecutorAddr }
  | { readonly type: 'deallocate'; readonly address: ExecutorAddr }
  | { readonly type: 'houseStats' }

export interface HouseReplies {
  readonly join: { readonly client: ClientId; readonly main: JITDylibId; readonly config: HouseConfig }
  /** Attachment 0: the guest's memory; 1: the arenas; then one port for each link actor. */
  readonly attachExecutor: { readonly executor: ExecutorId; readonly linkers: number }
  readonly compile: CompiledObject
  readonly allocate: { readonly address: ExecutorAddr }
  readonly finalizeAllocation: null
  readonly deallocate: null
  readonly houseStats: { readonly session: SessionStats; readonly link: LinkStats }
}

export type HouseNotification =
  /** Attachment 0: the port of another client. */
  | { readonly type: 'introduceClient' }
  /** Attachment 0: the port. From the supervisor, when a worker of the house has started. */
  | { readonly type: 'introduceWorker'; readonly role: 'link' | 'compile' }

/** To a client: attachment 0 is the port of a link actor that took a dead one's place. */
export type HouseEvent = { readonly type: 'linkerReplaced' }

export interface HouseConfig {
  readonly collect: 'own-workers' | 'all-threads' | 'never'
}
