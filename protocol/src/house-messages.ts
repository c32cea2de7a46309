// What the house itself says: a client joining, an executor being introduced to the link actors, sources going to the
// compile pool. The session actor brokers these beside the core's messages, because it is the one peer everybody has.
import type { ClientId, ExecutorId, JITDylibId } from './ids.js'
import type { LinkReplies, LinkRequest } from './link-messages.js'
import type { FlagsEntry, PayloadRange, SearchOrderEntry } from './session-messages.js'

/** The keeper starts and replaces the house's workers; to the session it is a client like any other. */
export type PeerRole = 'client' | 'keeper' | 'link' | 'compile'

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

export interface CompiledObject {
  readonly sizeBytes: number
  readonly symbols: readonly FlagsEntry[]
  readonly hasInitializers: boolean
  /** Warnings, as the compiler prints them. */
  readonly diagnostics: string
  readonly cached: boolean
}

export type HouseRequest =
  /** First on every port. `worker` is the name under which the keeper knows the thread of a compile actor. */
  | { readonly type: 'join'; readonly worker?: string }
  /** From the house's keeper, before anybody else joins: what later dylibs link against, and which one is main. */
  | {
      readonly type: 'furnish'
      readonly defaultLinkOrder: readonly SearchOrderEntry[]
      readonly main: JITDylibId | null
    }
  | { readonly type: 'attachExecutor' }
  | ({ readonly type: 'compile' } & CompileJob)
  /** For the link actor; the session passes them on. */
  | Extract<LinkRequest, { type: 'allocate' | 'finalizeAllocation' | 'deallocate' | 'linkStats' }>

export interface HouseReplies extends Pick<
  LinkReplies,
  'allocate' | 'finalizeAllocation' | 'deallocate' | 'linkStats'
> {
  /** `main` is null until the house is furnished. `executors` is how many a link actor will be introduced to next. */
  readonly join: {
    readonly client: ClientId
    readonly main: JITDylibId | null
    readonly executors: number
    readonly config: HouseConfig
  }
  readonly furnish: null
  /** Attachment 0: the executor's buffers; then one port for each link actor. */
  readonly attachExecutor: { readonly executor: ExecutorId; readonly linkers: number }
  /** The object's bytes are attachment 0. */
  readonly compile: CompiledObject
}

export type HouseNotification =
  /** Attachment 0: the port of another client. */
  { readonly type: 'introduceClient' }

export type HouseEvent =
  /** To an executor: attachment 0 is the port of a link actor that took a dead one's place. */
  | { readonly type: 'linkerReplaced' }
  /** To the keeper: there is more to compile than its first compile actor can do at once. */
  | { readonly type: 'compilersWanted' }
  /** To the keeper: nobody waits any more for what this compile actor is at, and it does not come to an end. */
  | { readonly type: 'compilerStuck'; readonly worker: string }

export interface HouseConfig {
  /** Tells sessions of one process apart, wherever their handles turn up. */
  readonly sessionName: string
  /** The thread that an inline session lives in; null where it has a worker of its own. */
  readonly inlineThread: number | null
  readonly collect: 'own-workers' | 'all-threads' | 'never'
}
