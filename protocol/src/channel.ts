// The one seam between an actor and what carries its messages. A channel joins two actors, both ways, and keeps order: the
// frames of one direction arrive in the order sent, each with its attachments. Whatever promises the actors make to each
// other rest on that, and on nothing that holds between two channels.
import type { JITErrorData } from './errors.js'
import type { Expected } from './expected.js'

/** Things that cross a port as themselves, not as bytes: a Module, a SharedArrayBuffer, a Memory, a port. Opaque here. */
export type Attachment = object

export type AskId = number

/**
 * One message on the wire. A request carries `ask`; its reply carries the same number in `reply`. Tells and asks spend the
 * sender's credit, one each, unless `exempt`: what makes room at the receiver (a cancellation, a removal) must always pass.
 */
export type Frame =
  | { readonly kind: 'tell'; readonly body: unknown; readonly attachments: number; readonly exempt?: true }
  | {
      readonly kind: 'ask'
      readonly ask: AskId
      readonly body: unknown
      readonly attachments: number
      readonly exempt?: true
    }
  | { readonly kind: 'reply'; readonly reply: AskId; readonly result: Expected<unknown>; readonly attachments: number }
  /** The receiver has handled this many more of the sender's counted frames. */
  | { readonly kind: 'credit'; readonly count: number; readonly attachments: 0 }
  /** Last frame of an orderly close; what follows is lost. */
  | { readonly kind: 'goodbye'; readonly error: JITErrorData; readonly attachments: 0 }

export interface Delivery {
  readonly frame: Frame
  readonly attachments: readonly Attachment[]
}

export interface ChannelReceiver {
  /** Frames in order, as many as had come. A receiver that drains while it handles one first handles those it already has. */
  onFrames(deliveries: readonly Delivery[]): void
  /** The other end is gone: nothing more will come, and what was sent may be lost. Not called for a close from this end. */
  onClose(error: JITErrorData): void
}

export interface Channel {
  /** Who is at the other end, as errors name it. */
  readonly peer?: string
  /** Queues a frame. `transfer` lists those attachments that move (ports) rather than being shared. */
  send(frame: Frame, attachments?: readonly Attachment[], transfer?: readonly Attachment[]): void
  /** Hands queued frames to the transport now; otherwise they go at the end of the current JS turn. */
  flush(): void
  receive(receiver: ChannelReceiver): void
  /** Delivers, synchronously, what has arrived and not been delivered; whether there was anything. */
  drain(): boolean
  /**
   * Flushes, then blocks this thread until something has come, the other end is found dead, or the time is up, whichever is
   * first, or for no reason. Absent where it could never end: the other end lives in this thread, or only events bring frames.
   */
  wait?(milliseconds: number): void
  /** Whether the port alone keeps the process alive: true from an ask's start to its end, otherwise false. */
  ref(alive: boolean): void
  close(error: JITErrorData): void
}
