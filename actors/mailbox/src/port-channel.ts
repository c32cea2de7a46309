// A channel over a MessagePort. What is sent during one JS turn leaves as one message at its end: a single encoded batch, the
// attachments of its frames beside it in order, because a post costs microseconds and a frame in a batch a fraction of one.
// A turn that says much leaves in batches of `batchFrames`, so that the other thread works on the first while this one still
// writes the next.
//
// On the wire: bytes (a batch) | [bytes, attachments] | a SharedArrayBuffer (ring it after each post from now on) | 0 (are you
// there?). The port's own queue keeps order, and `drain` takes from its head what the event loop would have taken next.
import type { Attachment, Channel, ChannelReceiver, Delivery, Frame, JITErrorData } from '@worc/protocol'
import { FrameDecoder, FrameEncoder, failure, plainError } from '@worc/protocol'
import type { MessagePort, Transferable } from 'node:worker_threads'
import { Worker, receiveMessageOnPort } from 'node:worker_threads'
import type { Doorbell } from './doorbell.js'
import { createDoorbell, openDoorbell, ring, sleepUntilRung } from './doorbell.js'

export interface PortChannelOptions {
  /** Who is at the other end, as errors name it. */
  readonly peer?: string
}

/** A post costs as much as some tens of frames, both ends together; larger batches keep the other thread waiting for nothing. */
const batchFrames = 256
/** Batches from this size on are moved rather than copied. */
const moveFromBytes = 0x1_0000
/** How long a waiting thread trusts its doorbell before it asks whether anybody is left to ring it. */
const aliveCheckMs = 50
const areYouThere = 0
const none: readonly Attachment[] = []

/** A Worker stands for its parent's end of the worker's `parentPort`; it can be neither drained nor waited on. */
export class PortChannel implements Channel {
  readonly peer: string
  /** Absent over a Worker. */
  readonly wait?: (milliseconds: number) => void
  readonly #port: MessagePort | Worker
  readonly #encoder = new FrameEncoder()
  readonly #decoder = new FrameDecoder()
  #receiver: ChannelReceiver | undefined
  #frames: Frame[] = []
  #attachments: Attachment[] = []
  #transfer: Attachment[] = []
  #flushScheduled = false
  #closed = false
  /** Rung by the other end, for this thread's sleep. */
  #ownBell: Doorbell | undefined
  #peerBell: Doorbell | undefined

  constructor(port: MessagePort | Worker, options: PortChannelOptions = {}) {
    this.#port = port
    this.peer = options.peer ?? 'the peer'
    if (!(port instanceof Worker)) this.wait = (milliseconds) => this.#wait(milliseconds)
  }

  send(frame: Frame, attachments: readonly Attachment[] = none, transfer: readonly Attachment[] = none): void {
    if (this.#closed) return
    this.#frames.push(frame)
    if (attachments.length > 0) this.#attachments.push(...attachments)
    if (transfer.length > 0) this.#transfer.push(...transfer)
    if (this.#frames.length >= batchFrames) return this.flush()
    if (this.#flushScheduled) return
    this.#flushScheduled = true
    queueMicrotask(this.#flushAtEndOfTurn)
  }

  readonly #flushAtEndOfTurn = (): void => {
    this.#flushScheduled = false
    this.flush()
  }

  flush(): void {
    const frames = this.#frames
    if (frames.length === 0) return
    const attachments = this.#attachments
    const transfer = this.#transfer
    this.#frames = []
    if (attachments.length > 0) this.#attachments = []
    if (transfer.length > 0) this.#transfer = []
    try {
      this.#post(frames, attachments, transfer)
    } catch {
      this.#postOneByOne(frames, attachments, transfer)
    }
  }

  receive(receiver: ChannelReceiver): void {
    if (this.#receiver !== undefined) throw new Error(`the channel to ${this.peer} has a receiver already`)
    this.#receiver = receiver
    const port = this.#port
    port.on('message', (message: unknown) => this.#receive(message))
    port.on(port instanceof Worker ? 'exit' : 'close', () => this.#end(this.#died()))
    port.unref()
  }

  drain(): boolean {
    if (this.#port instanceof Worker) return false
    let any = false
    for (;;) {
      const received = receiveMessageOnPort(this.#port)
      if (received === undefined) return any
      this.#receive(received.message)
      any = true
    }
  }

  ref(alive: boolean): void {
    if (alive) this.#port.ref()
    else this.#port.unref()
  }

  close(error: JITErrorData): void {
    if (this.#closed) return
    this.send({ kind: 'goodbye', error, attachments: 0 })
    this.flush()
    this.#shut()
  }

  #post(frames: readonly Frame[], attachments: readonly Attachment[], transfer: readonly Attachment[]): void {
    const bytes = this.#encoder.encode(frames)
    const moved = bytes.length >= moveFromBytes ? [...transfer, bytes.buffer] : transfer
    try {
      this.#port.postMessage(attachments.length === 0 ? bytes : [bytes, attachments], moved as readonly Transferable[])
    } catch (thrown) {
      this.#encoder.batchWasLost()
      throw thrown
    }
    if (this.#peerBell !== undefined) ring(this.#peerBell)
  }

  /** One frame of a batch could not be sent. The others must not suffer, and whoever waits for that one must hear of it. */
  #postOneByOne(frames: readonly Frame[], attachments: readonly Attachment[], transfer: readonly Attachment[]): void {
    const refused: unknown[] = []
    let next = 0
    for (const frame of frames) {
      const own = attachments.slice(next, next + frame.attachments)
      next += frame.attachments
      try {
        this.#post(
          [frame],
          own,
          transfer.filter((moved) => own.includes(moved)),
        )
      } catch (thrown) {
        if (!this.#answerUnsendable(frame, thrown)) refused.push(thrown)
      }
    }
    if (refused.length > 0) throw refused[0]
  }

  #answerUnsendable(frame: Frame, thrown: unknown): boolean {
    const error = plainError('BadArgument', `a message cannot be sent to ${this.peer}: ${String(thrown)}`)
    if (frame.kind === 'ask') {
      const answer: Frame = { kind: 'reply', reply: frame.ask, result: failure(error), attachments: 0 }
      queueMicrotask(() => this.#receiver?.onFrames([{ frame: answer, attachments: none }]))
      return true
    }
    if (frame.kind !== 'reply') return false
    this.#post([{ ...frame, result: failure(error), attachments: 0 }], none, none)
    return true
  }

  #receive(message: unknown): void {
    if (message instanceof Uint8Array) return this.#deliver(message, none)
    if (Array.isArray(message)) return this.#deliver(message[0] as Uint8Array, message[1] as Attachment[])
    if (!(message instanceof SharedArrayBuffer)) return
    this.#peerBell = openDoorbell(message)
    // What was posted before the bell was known has not rung it.
    ring(this.#peerBell)
  }

  #deliver(bytes: Uint8Array, attachments: readonly Attachment[]): void {
    if (this.#closed) return
    let frames: readonly Frame[]
    try {
      frames = this.#decoder.decode(bytes)
    } catch (thrown) {
      return this.#end(plainError('Malformed', `${this.peer} sent what is no batch of frames: ${String(thrown)}`))
    }
    const deliveries: Delivery[] = []
    let next = 0
    let goodbye: JITErrorData | undefined
    for (const frame of frames) {
      if (frame.kind === 'goodbye') goodbye = frame.error
      else if (frame.attachments === 0) deliveries.push({ frame, attachments: none })
      else deliveries.push({ frame, attachments: attachments.slice(next, (next += frame.attachments)) })
    }
    try {
      if (deliveries.length > 0) this.#receiver?.onFrames(deliveries)
    } finally {
      if (goodbye !== undefined) this.#end(goodbye)
    }
  }

  #wait(milliseconds: number): void {
    if (this.#ownBell === undefined) {
      this.#ownBell = createDoorbell()
      this.#port.postMessage(this.#ownBell.buffer)
    }
    this.flush()
    const rungInTime = sleepUntilRung(this.#ownBell, Math.min(milliseconds, aliveCheckMs), () => this.drain())
    if (!rungInTime && !this.#peerIsThere()) {
      this.drain()
      this.#end(this.#died())
    }
  }

  /** The event that would tell cannot come while this thread waits, but Node's postMessage knows: true, or nobody is left. */
  #peerIsThere(): boolean {
    const posted: unknown = this.#port.postMessage(areYouThere)
    return posted === true
  }

  #died(): JITErrorData {
    return plainError('ActorDied', `${this.peer} is gone: its port closed without a goodbye`)
  }

  #end(error: JITErrorData): void {
    if (this.#closed) return
    this.#shut()
    this.#receiver?.onClose(error)
  }

  #shut(): void {
    this.#closed = true
    if (!(this.#port instanceof Worker)) this.#port.close()
  }
}
