// A channel within one thread: what the two ends say to each other is neither encoded nor copied, so a message is frozen from
// the moment it is sent. It arrives in a later microtask, never inside the sender's call, in the order sent.
import type { Attachment, Channel, ChannelReceiver, Delivery, Frame, JITErrorData } from '@worc/protocol'

/** Each end is named as the other knows it. */
export function createLocalChannels(first: string, second: string): readonly [Channel, Channel] {
  const ends = [new LocalChannel(second), new LocalChannel(first)] as const
  ends[0].join(ends[1])
  ends[1].join(ends[0])
  return ends
}

const none: readonly Attachment[] = []

class LocalChannel implements Channel {
  readonly peer: string
  #other: LocalChannel | undefined
  #receiver: ChannelReceiver | undefined
  #arrived: Delivery[] = []
  #goodbye: JITErrorData | undefined
  #deliveryScheduled = false
  #closed = false

  constructor(peer: string) {
    this.peer = peer
  }

  join(other: LocalChannel): void {
    this.#other = other
  }

  send(frame: Frame, attachments: readonly Attachment[] = none): void {
    if (!this.#closed) this.#other?.accept(frame, attachments)
  }

  /** What was sent is at the other end already. */
  flush(): void {}

  receive(receiver: ChannelReceiver): void {
    if (this.#receiver !== undefined) throw new Error(`the channel to ${this.peer} has a receiver already`)
    this.#receiver = receiver
    this.#schedule()
  }

  drain(): boolean {
    if (this.#receiver === undefined || this.#closed) return false
    const deliveries = this.#arrived
    this.#arrived = []
    try {
      if (deliveries.length > 0) this.#receiver.onFrames(deliveries)
    } finally {
      if (this.#goodbye !== undefined) this.#end(this.#goodbye)
    }
    return deliveries.length > 0
  }

  /** Whoever works in this thread keeps it alive. */
  ref(): void {}

  close(error: JITErrorData): void {
    if (this.#closed) return
    this.send({ kind: 'goodbye', error, attachments: 0 })
    this.#closed = true
    this.#arrived = []
  }

  accept(frame: Frame, attachments: readonly Attachment[]): void {
    if (this.#closed) return
    if (frame.kind === 'goodbye') this.#goodbye = frame.error
    else this.#arrived.push({ frame, attachments })
    this.#schedule()
  }

  #end(error: JITErrorData): void {
    if (this.#closed) return
    this.#closed = true
    this.#receiver?.onClose(error)
  }

  #schedule(): void {
    if (this.#deliveryScheduled || this.#receiver === undefined) return
    this.#deliveryScheduled = true
    queueMicrotask(() => {
      this.#deliveryScheduled = false
      this.drain()
    })
  }
}
