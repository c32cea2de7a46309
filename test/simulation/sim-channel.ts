// A channel of the simulation: two ends, and in each direction a queue that the scheduler empties, one frame a step. Within a
// queue nothing is reordered. What an end says in one turn leaves with the turn, or when it is flushed: a thread that dies in
// the middle may take the rest with it.
import type { Attachment, Channel, ChannelReceiver, Delivery, Frame, JITErrorData } from '@worc/protocol'
import { plainError } from '@worc/protocol'
import type { SimThread } from './sim-thread.js'

/** What the ends tell the world. */
export interface ChannelWatcher {
  /** There is something to deliver at an end that had nothing. */
  onPending(end: SimChannel): void
  /** There is nothing to deliver at an end that had something. */
  onSettled(end: SimChannel): void
  /** The end has said something in this turn that is not flushed. */
  onUnflushed(end: SimChannel): void
  onSent(from: SimChannel, frame: Frame): void
  onDelivered(to: SimChannel, frame: Frame): void
  /** Something was said to somebody who will not hear it any more. */
  onLost(): void
  /** The thread's hour has come: throws if it dies here. */
  beforeSend(thread: SimThread): void
  afterSend(thread: SimThread): void
}

const none: readonly Attachment[] = []

export class SimChannel implements Channel {
  /** As plans and failures name it: who hears what is delivered here, and from whom. */
  name: string
  readonly peer: string
  /** Where frames are delivered; undefined while the end is on its way to somebody. */
  thread: SimThread | undefined
  /** Position among the world's pending ends; -1 where there is nothing to deliver. */
  pendingAt = -1
  /** Frames said in this turn and not flushed. */
  unflushed = 0
  /** Tells and asks that the other end has not handled, as far as this one knows. */
  unhandled = 0
  /** Counted by both ends, each its own: gapless, or something was lost or came twice. */
  sent = 0
  received = 0
  readonly #watcher: ChannelWatcher
  #other: SimChannel = this
  #receiver: ChannelReceiver | undefined
  #arrived: (Delivery & { readonly number: number })[] = []
  #goodbye: JITErrorData | undefined
  #closed = false
  /** Asks and answers that came here, and have no port with them. */
  readonly #heard: Delivery[] = []
  readonly #answered: number[] = []

  constructor(watcher: ChannelWatcher, name: string, peer: string) {
    this.#watcher = watcher
    this.name = name
    this.peer = peer
  }

  static pair(watcher: ChannelWatcher, first: string, second: string): readonly [SimChannel, SimChannel] {
    const ends = [
      new SimChannel(watcher, `${second}>${first}`, second),
      new SimChannel(watcher, `${first}>${second}`, first),
    ] as const
    ends[0].#other = ends[1]
    ends[1].#other = ends[0]
    return ends
  }

  get threadName(): string {
    return this.thread?.name ?? ''
  }

  get closed(): boolean {
    return this.#closed
  }

  /** Whether the scheduler may deliver here now. */
  get deliverable(): boolean {
    return this.#receiver !== undefined && this.thread?.canHear === true
  }

  get waiting(): number {
    return this.#arrived.length + (this.#goodbye === undefined ? 0 : 1)
  }

  /** What is delivered next, for traces. */
  get next(): Frame | 'close' | undefined {
    return this.#arrived[0]?.frame ?? (this.#goodbye === undefined ? undefined : 'close')
  }

  send(frame: Frame, attachments: readonly Attachment[] = none): void {
    const { thread } = this
    if (this.#closed || thread?.alive === false) return closePorts(attachments)
    if (thread !== undefined) this.#watcher.beforeSend(thread)
    this.#watcher.onSent(this, frame)
    if (frame.kind === 'reply') this.#answered.push(frame.reply)
    else if (frame.kind !== 'credit') this.unhandled++
    if (this.unflushed++ === 0) this.#watcher.onUnflushed(this)
    this.#other.#accept({ frame, attachments, number: ++this.sent })
    if (thread !== undefined) this.#watcher.afterSend(thread)
  }

  flush(): void {
    this.unflushed = 0
  }

  receive(receiver: ChannelReceiver): void {
    this.#receiver = receiver
  }

  /** Delivers all that is here, at once. */
  drain(): boolean {
    let any = false
    while (this.waiting > 0 && !this.#closed) {
      any = true
      this.deliver()
    }
    return any
  }

  ref(): void {}

  close(error: JITErrorData = plainError('ActorDied', 'a port was dropped')): void {
    if (this.#closed) return
    this.#closed = true
    this.#forget()
    this.#other.#acceptGoodbye(error)
  }

  /** One frame, or the end of the channel. */
  deliver(): void {
    const delivery = this.#arrived.shift()
    if (this.waiting === 0) this.#settled()
    if (delivery === undefined) return this.#end()
    if (delivery.number !== ++this.received)
      throw new Error(`I36 frame ${delivery.number} of ${this.name} comes as number ${this.received}`)
    this.#watcher.onDelivered(this, delivery.frame)
    const { frame, attachments } = delivery
    if (frame.kind === 'credit') this.unhandled -= frame.count
    if ((frame.kind === 'ask' || frame.kind === 'reply') && attachments.length === 0) this.#heard.push(delivery)
    try {
      this.#receiver?.onFrames([delivery])
    } finally {
      // Who dies over a frame takes with it the ports in it that it has not made its own.
      if (this.thread?.alive === false) closePorts(attachments.filter(isNobodys))
    }
  }

  /** What a wire that is not a port of this process may do. */
  repeat(delivery: Delivery): void {
    if (!this.#closed) this.#receiver?.onFrames([delivery])
  }

  /** The last ask or answer that came here, or one so many before. */
  heardBefore(back: number): Delivery | undefined {
    return this.#closed ? undefined : this.#heard.at(-1 - back)
  }

  hasAnswered(ask: number): boolean {
    return this.#answered.includes(ask)
  }

  /** The thread of this end dies, with the last frames of its turn: `lost` of the unflushed ones never leave. */
  sever(lost: number, error: JITErrorData): void {
    if (this.#closed) return
    this.#other.#loseLast(Math.min(lost, this.unflushed))
    this.close(error)
  }

  #accept(delivery: Delivery & { readonly number: number }): void {
    if (this.#closed) {
      this.#watcher.onLost()
      return closePorts(delivery.attachments)
    }
    this.#arrived.push(delivery)
    if (this.pendingAt < 0) this.#watcher.onPending(this)
  }

  #acceptGoodbye(error: JITErrorData): void {
    if (this.#closed) return
    this.#goodbye = error
    if (this.pendingAt < 0) this.#watcher.onPending(this)
  }

  #loseLast(count: number): void {
    for (const { attachments } of this.#arrived.splice(this.#arrived.length - count, count)) closePorts(attachments)
  }

  #end(): void {
    const error = this.#goodbye
    if (error === undefined || this.#closed) return
    this.#closed = true
    this.#forget()
    this.#receiver?.onClose(error)
  }

  #forget(): void {
    const arrived = this.#arrived
    if (arrived.length > 0) this.#watcher.onLost()
    this.#arrived = []
    this.#goodbye = undefined
    this.#settled()
    for (const { attachments } of arrived) closePorts(attachments)
  }

  #settled(): void {
    if (this.pendingAt >= 0) this.#watcher.onSettled(this)
  }
}

function isNobodys(attachment: Attachment): boolean {
  return attachment instanceof SimChannel && attachment.thread === undefined
}

function closePorts(attachments: readonly Attachment[]): void {
  for (const attachment of attachments) if (attachment instanceof SimChannel) attachment.close()
}
