// The contract of every actor: a synchronous state machine. One message in, any number of effects out through `ctx`; it never
// awaits and reads no clock, no randomness and no port of its own. So the same classes run on worker threads and under one
// seed. Slow work (a compiler, V8, a disk) is another peer that answers by message.
import type { AskId, Attachment } from './channel.js'
import type { JITErrorData } from './errors.js'
import type { Expected } from './expected.js'

/** A peer as its neighbour knows it: one channel's other end. */
export type PeerId = number & { readonly peerId: unique symbol }
export type TimerId = number & { readonly timerId: unique symbol }

export interface Context {
  send(to: PeerId, message: object, attachments?: readonly Attachment[], transfer?: readonly Attachment[]): void
  /** `settle` runs as a turn of this actor, in the peer's message order, exactly once: with the reply, or with ActorDied. */
  ask(
    to: PeerId,
    message: object,
    settle: (result: Expected<unknown>, attachments: readonly Attachment[]) => void,
    attachments?: readonly Attachment[],
    transfer?: readonly Attachment[],
  ): void
  /** Answers an ask; a second answer to the same ask is a program error. Ignored where the asker is gone. */
  reply(
    to: PeerId,
    ask: AskId,
    result: Expected<unknown>,
    attachments?: readonly Attachment[],
    transfer?: readonly Attachment[],
  ): void
  /** Hands what was sent to a peer to its transport before this call returns: for what must be on its way before memory says so. */
  flush(to: PeerId): void
  /** A turn of its own, after those that have arisen by now. */
  later(run: () => void): void
  /** Milliseconds of a monotonic clock. */
  now(): number
  timer(milliseconds: number, run: () => void): TimerId
  cancel(timer: TimerId): void
  /** In [0, 1). */
  random(): number
}

export interface Incoming {
  readonly from: PeerId
  readonly message: unknown
  /** Present where an answer is expected. */
  readonly ask: AskId | undefined
  readonly attachments: readonly Attachment[]
}

export interface Actor {
  on(ctx: Context, incoming: Incoming): void
  /** A peer's channel closed. Its asks were settled before this; nothing more comes from it. */
  onPeerClosed(ctx: Context, peer: PeerId, error: JITErrorData): void
  /** Plain data for invariants, hashes and dumps. */
  snapshot(): unknown
}
