// A channel to another process, over any number of sockets, one after the other: what one end says is numbered and kept until the
// other has heard it, so a socket that breaks loses nothing and repeats nothing that the next one has to make good. What comes is
// read by the wire's strict reader; whoever says anything else is told so and hung up on. Nothing here grows without a bound: what
// is sent and not yet heard has a window, what the other end does not take stops this end from reading its asks, and what waits
// behind that is the other end's to hold.
import type {
  AskId,
  Attachment,
  Channel,
  ChannelReceiver,
  Delivery,
  Frame,
  JITErrorData,
  Side,
  WireFrame,
  WireType,
} from '@worc/protocol'
import { JITError, errorData, failure, packBatch, plainError, readBatch, writeFrame } from '@worc/protocol'
import type { Duplex } from 'node:stream'
import { AskGate } from './ask-gate.js'
import type { BlobLedger } from './blob-table.js'
import { BlobTable, ledgerOf } from './blob-table.js'
import { ClientBlobs } from './client-blobs.js'
import type { Clock } from './clock.js'
import { systemClock } from './clock.js'
import { OutgoingFrames } from './outgoing-frames.js'
import { isCounted } from './outbox.js'
import { SentBatches } from './sent-batches.js'
import { WireSocket } from './wire-socket.js'

export interface SocketChannelOptions {
  /** Which end this is. */
  readonly side: Side
  /** Who is at the other end, as errors name it. */
  readonly peer?: string
  readonly clock?: Clock
  /** Asks of the other end that are worked on at once (256 where this is the server). */
  readonly asksInFlight?: number
  /** What blobs may take (64 MiB), where this is the server. */
  readonly blobs?: BlobLedger
  /** A batch that has begun must end within this time (5,000 ms). */
  readonly partialBatchMs?: number
  /** While so many bytes are on their way and not taken, no asks are read (1 MiB). */
  readonly unsentBytes?: number
}

/** Frames that are not heard yet, all together: as many as make a socket's delay unnoticed. */
const windowBytes = 0x40_0000
/** What waits to be sent may be so many times `unsentBytes` where this is the server; a client that takes nothing is hung up on then. */
const mostUnsent = 64
/** The other end hears how far it was heard after so many frames, so many bytes, or so long: well before its window is full. */
const acknowledgeFrames = 512
const acknowledgeBytes = 0x4_0000
const acknowledgeMs = 20
const defaultBlobBytes = 0x400_0000
const none: readonly Attachment[] = []
const withoutBlobs = { numbers: [], ownNumbers: [] }

export class SocketChannel implements Channel {
  readonly peer: string
  /** The socket is gone. Until somebody attaches another, or ends the channel, it keeps what is said. */
  onDetached: (error: JITErrorData) => void = (error) => this.end(error)
  readonly #side: Side
  readonly #clock: Clock
  readonly #partialBatchMs: number
  readonly #unsentBytes: number
  readonly #blobs: BlobTable
  readonly #clientBlobs: ClientBlobs
  readonly #gate: AskGate
  readonly #outgoing = new OutgoingFrames()
  readonly #sent = new SentBatches()
  /** Types of asks: this end's, by which their answers are read; the other's, by which theirs are written. */
  readonly #asked = new Map<AskId, WireType>()
  readonly #toAnswer = new Map<AskId, WireType>()
  #receiver: ChannelReceiver | undefined
  #socket: WireSocket | undefined
  #heard = 0
  #heardSaid = 0
  /** Bytes that came since then. */
  #heardBytes = 0
  #lastAsk = 0
  /** Frames sent that cost credit, less the credit that came back. */
  #credited = 0
  #holds = 0
  #isFlushDue = false
  #isAlive = false
  #closed: JITErrorData | undefined
  #cancelAcknowledge: (() => void) | undefined

  constructor({ side, peer, clock = systemClock, ...options }: SocketChannelOptions) {
    this.peer = peer ?? (side === 'client' ? 'the server' : 'the client')
    this.#side = side
    this.#clock = clock
    this.#partialBatchMs = options.partialBatchMs ?? 5000
    this.#unsentBytes = options.unsentBytes ?? 0x10_0000
    this.#blobs = new BlobTable(options.blobs ?? ledgerOf(defaultBlobBytes))
    this.#clientBlobs = new ClientBlobs(
      (blob, bytes) => this.#outgoing.addUpload(blob, bytes),
      (blob) => this.#tellDropped(blob),
    )
    this.#gate = new AskGate({
      limit: options.asksInFlight ?? (side === 'server' ? 256 : Infinity),
      clock,
      deliver: (deliveries) => this.#receiver?.onFrames(deliveries),
      refuse: (delivery, error) => this.#refuse(delivery, error),
    })
  }

  /** The number of the last frame heard: what a handshake says to go on with this connection. */
  get heard(): number {
    return this.#heard
  }

  get closed(): JITErrorData | undefined {
    return this.#closed
  }

  /** Asks of the other end that are not answered yet. */
  get asksInFlight(): number {
    return this.#gate.inFlight
  }

  /** Bytes that wait for the other end to take them: the socket's, and what is not in one yet, at most. */
  get unsentBytes(): number {
    return (this.#socket?.unsentBytes ?? 0) + this.#outgoing.sizeBytes
  }

  /**
   * Goes on over a socket whose handshake is done: sends what was not heard yet, and what waits. `rest` is what had come behind the
   * handshake. A socket that was there before is destroyed.
   */
  attach(duplex: Duplex, heardByPeer: number, rest?: Uint8Array): void {
    this.#leaveSocket()?.destroy()
    if (this.#closed !== undefined) return void duplex.destroy()
    const socket = this.#open(duplex)
    this.#socket = socket
    socket.ref(this.#isAlive)
    if (!this.#sent.acknowledge(heardByPeer)) return this.#fail(this.#heardTooMuch(heardByPeer))
    for (const bytes of this.#sent.unacknowledged()) socket.write(bytes)
    socket.begin(rest)
    this.flush()
  }

  /** Stops reading until as many releases have come: what was read has to be dealt with first. */
  hold(): void {
    this.#holds++
    this.#adjustReading()
  }

  release(): void {
    this.#holds--
    this.#adjustReading()
  }

  /** Throws JITError BadArgument or Unsupported where a tell cannot be sent to another process; an ask is answered so. */
  send(frame: Frame, attachments: readonly Attachment[] = none): void {
    if (this.#closed !== undefined) return
    try {
      this.#enqueue(frame, attachments)
    } catch (thrown) {
      this.#answerUnsendable(frame, thrown)
    }
    this.#scheduleFlush()
  }

  #scheduleFlush(): void {
    if (this.#isFlushDue) return
    this.#isFlushDue = true
    queueMicrotask(this.#flushAtEndOfTurn)
  }

  readonly #flushAtEndOfTurn = (): void => {
    this.#isFlushDue = false
    this.#gate.pass()
    this.flush()
    this.#checkUnsent()
  }

  flush(): void {
    const socket = this.#socket
    if (socket === undefined) return
    while (this.#outgoing.count > 0 && this.#sent.sizeBytes < windowBytes && socket.unsentBytes < this.#unsentBytes)
      this.#sendBatch(socket)
    this.#adjustReading()
  }

  receive(receiver: ChannelReceiver): void {
    if (this.#receiver !== undefined) throw new Error(`the channel to ${this.peer} has a receiver already`)
    this.#receiver = receiver
    this.#adjustReading()
  }

  /** Only events bring bytes. */
  drain(): boolean {
    return false
  }

  ref(alive: boolean): void {
    this.#isAlive = alive
    this.#socket?.ref(alive)
  }

  /** Orderly: what was said leaves, then a goodbye. */
  close(error: JITErrorData): void {
    if (this.#closed !== undefined) return
    this.#sayGoodbye(error)
    this.#shut(error)
  }

  /** The connection is over without the other end's hearing of it; the receiver is told. */
  end(error: JITErrorData): void {
    if (this.#closed !== undefined) return
    this.#shut(error)
    this.#receiver?.onClose(error)
  }

  // ---- sending

  #enqueue(frame: Frame, attachments: readonly Attachment[]): void {
    const { numbers, ownNumbers } = this.#numbersOf(attachments)
    const asked = frame.kind === 'reply' ? this.#toAnswer.get(frame.reply) : undefined
    try {
      this.#outgoing.add((to) => writeFrame(frame, numbers, asked, to))
    } catch (thrown) {
      if (this.#side === 'server') for (const number of numbers) this.#blobs.drop(number)
      throw thrown
    } finally {
      for (const number of ownNumbers) this.#tellDropped(number)
    }
    if (isCounted(frame)) this.#credited++
    if (frame.kind === 'ask') this.#asked.set(frame.ask, (frame.body as { readonly type: WireType }).type)
    if (frame.kind === 'reply') this.#forgetAnswered(frame.reply)
  }

  #numbersOf(attachments: readonly Attachment[]): ReturnType<ClientBlobs['upload']> {
    if (attachments.length === 0) return withoutBlobs
    if (this.#side === 'client') return this.#clientBlobs.upload(attachments)
    return { numbers: this.#blobs.keep(attachments), ownNumbers: [] }
  }

  #answerUnsendable(frame: Frame, thrown: unknown): void {
    const error = errorData(thrown)
    if (frame.kind === 'ask') {
      const answer: Frame = { kind: 'reply', reply: frame.ask, result: failure(error), attachments: 0 }
      queueMicrotask(() => this.#receiver?.onFrames([{ frame: answer, attachments: none }]))
    } else if (frame.kind === 'reply' && frame.result.ok)
      this.#enqueue({ ...frame, result: failure(error), attachments: 0 }, none)
    else throw thrown
  }

  #forgetAnswered(ask: AskId): void {
    this.#toAnswer.delete(ask)
    this.#gate.answered()
  }

  #tellDropped(blob: number): void {
    if (this.#closed !== undefined) return
    const body = { type: 'dropBlob', blob }
    this.#outgoing.add((to) => writeFrame({ kind: 'tell', body, attachments: 0, exempt: true }, [], undefined, to))
  }

  #sendBatch(socket: WireSocket): void {
    const { count, bytes } = this.#outgoing.take(this.#sent.last + 1, this.#heard)
    this.#sent.add(count, bytes)
    this.#saidHeard()
    socket.write(bytes)
  }

  /** Somebody who takes nothing is not waited for with ever more in hand. */
  #checkUnsent(): void {
    if (this.#side === 'client' || this.#outgoing.sizeBytes <= this.#unsentBytes * mostUnsent) return
    const limit = this.#unsentBytes * mostUnsent
    const what = `${this.peer} takes nothing: ${this.#outgoing.sizeBytes} bytes wait for it, limit ${limit}`
    this.#fail(plainError('Overloaded', what))
  }

  // ---- the socket

  #open(duplex: Duplex): WireSocket {
    const socket: WireSocket = new WireSocket(duplex, {
      peer: this.peer,
      clock: this.#clock,
      partialBatchMs: this.#partialBatchMs,
      onBatch: (batch) => this.#onBatch(batch),
      onQuiet: () => this.#onQuiet(),
      onDrain: () => this.flush(),
      onFault: (error) => this.#fail(error),
      onGone: () => {
        this.#leaveSocket()
        this.onDetached(plainError('ConnectionLost', `${this.peer} is gone: its socket closed without a goodbye`))
      },
    })
    return socket
  }

  #leaveSocket(): WireSocket | undefined {
    const socket = this.#socket
    this.#socket = undefined
    this.#cancelAcknowledge?.()
    this.#cancelAcknowledge = undefined
    return socket
  }

  #onQuiet(): void {
    const due = this.#heard - this.#heardSaid
    if (due >= acknowledgeFrames || this.#heardBytes >= acknowledgeBytes) this.#acknowledge()
    // What is said anyway brings the acknowledgement along; otherwise it goes alone, soon.
    else if (due > 0) this.#cancelAcknowledge ??= this.#clock.startTimer(acknowledgeMs, () => this.#acknowledge())
    // Acknowledgements may have made room.
    if (this.#outgoing.count > 0 && !this.#isFlushDue) this.flush()
    else this.#adjustReading()
  }

  /** Reading stops while asks wait at the gate, while what was said before is not taken, and while somebody holds it. */
  #adjustReading(): void {
    const socket = this.#socket
    if (socket === undefined) return
    const isBehind = this.#side === 'server' && socket.unsentBytes >= this.#unsentBytes
    socket.read(this.#holds === 0 && !this.#gate.isHolding && !isBehind && this.#receiver !== undefined)
  }

  #acknowledge(): void {
    this.#cancelAcknowledge?.()
    this.#cancelAcknowledge = undefined
    if (this.#heard === this.#heardSaid) return
    this.#saidHeard()
    this.#socket?.write(packBatch(0, this.#heard, []))
  }

  #saidHeard(): void {
    this.#heardSaid = this.#heard
    this.#heardBytes = 0
  }

  /** The other end is told what is wrong, and hung up on. */
  #fail(error: JITErrorData): void {
    if (this.#closed !== undefined) return
    this.#outgoing.clear()
    this.#sayGoodbye(error)
    this.end(error)
  }

  #sayGoodbye(error: JITErrorData): void {
    this.#outgoing.add((to) => writeFrame({ kind: 'goodbye', error, attachments: 0 }, [], undefined, to))
    const socket = this.#socket
    if (socket !== undefined) while (this.#outgoing.count > 0) this.#sendBatch(socket)
  }

  #shut(error: JITErrorData): void {
    this.#closed = error
    this.#leaveSocket()?.end()
    this.#gate.close()
    this.#blobs.clear()
    this.#outgoing.clear()
    this.#asked.clear()
    this.#toAnswer.clear()
  }

  // ---- receiving

  #onBatch(bytes: Uint8Array): void {
    const from = this.#side === 'client' ? 'server' : 'client'
    const takeAsked = (ask: AskId): WireType | undefined => this.#takeAsked(ask)
    const batch = readBatch(bytes, { from, heard: this.#heard, takeAsked })
    if (!this.#sent.acknowledge(batch.acknowledged)) throw new JITError(this.#heardTooMuch(batch.acknowledged))
    this.#heardBytes += bytes.length
    this.#heard = Math.max(this.#heard, batch.first + batch.count - 1)
    const deliveries: Delivery[] = []
    let goodbye: JITErrorData | undefined
    for (const frame of batch.frames) {
      if (frame.kind === 'part') this.#blobs.upload(frame)
      else if (frame.frame.kind === 'goodbye') goodbye = frame.frame.error
      else this.#take(frame, deliveries)
    }
    if (deliveries.length > 0) this.#gate.accept(deliveries)
    if (goodbye !== undefined) return this.end(goodbye)
    if (batch.repeatsAsk) this.#sendAgain()
  }

  #heardTooMuch(heard: number): JITErrorData {
    return plainError('Malformed', `${this.peer} has heard frame ${heard}, of ${this.#sent.last} sent`)
  }

  #take({ frame, blobs, type }: WireFrame, deliveries: Delivery[]): void {
    if (frame.kind === 'credit') this.#takeCredit(frame.count)
    if (frame.kind === 'tell' && type === 'dropBlob') return this.#takeDropped(frame)
    if (frame.kind === 'ask') this.#takeAsk(frame.ask, type)
    let attachments = none
    if (blobs.length > 0) {
      const resolved = this.#resolve(blobs)
      if ('error' in resolved) return this.#takeWithout(frame, resolved.error, deliveries)
      attachments = resolved.attachments
    }
    deliveries.push({ frame, attachments })
  }

  /** Asks are numbered upwards: one that comes again is none that was made again. */
  #takeAsk(ask: AskId, type: WireType | undefined): void {
    if (ask <= this.#lastAsk || type === undefined)
      throw new JITError(plainError('Malformed', `ask ${ask} comes after ask ${this.#lastAsk}`))
    this.#lastAsk = ask
    this.#toAnswer.set(ask, type)
  }

  #takeCredit(count: number): void {
    if (count > this.#credited) {
      const what = `credit for ${count} messages, and ${this.#credited} await it`
      throw new JITError(plainError('Malformed', what))
    }
    this.#credited -= count
  }

  #takeDropped(frame: Frame): void {
    this.#blobs.drop((frame as { readonly body: { readonly blob: number } }).body.blob)
    this.#giveCredit(frame)
  }

  #takeAsked(ask: AskId): WireType | undefined {
    const type = this.#asked.get(ask)
    this.#asked.delete(ask)
    return type
  }

  #resolve(
    blobs: readonly number[],
  ): { readonly attachments: readonly Attachment[] } | { readonly error: JITErrorData } {
    try {
      return { attachments: this.#side === 'client' ? this.#clientBlobs.resolve(blobs) : this.#blobs.resolve(blobs) }
    } catch (thrown) {
      return { error: errorData(thrown) }
    }
  }

  /** A message whose bytes are not here: an ask is refused, an answer is that error. */
  #takeWithout(frame: Frame, error: JITErrorData, deliveries: Delivery[]): void {
    if (frame.kind === 'ask') this.#refuse({ frame, attachments: none }, error)
    else if (frame.kind === 'reply')
      deliveries.push({ frame: { ...frame, result: failure(error), attachments: 0 }, attachments: none })
  }

  /** Answers an ask that nobody was given. */
  #refuse({ frame }: Delivery, error: JITErrorData): void {
    if (frame.kind !== 'ask') return
    this.#toAnswer.delete(frame.ask)
    const answer: Frame = { kind: 'reply', reply: frame.ask, result: failure(error), attachments: 0 }
    this.#outgoing.add((to) => writeFrame(answer, [], undefined, to))
    this.#giveCredit(frame)
    this.#scheduleFlush()
  }

  /** For a message that is dealt with here. */
  #giveCredit(frame: Frame): void {
    if (!isCounted(frame)) return
    this.#outgoing.add((to) => writeFrame({ kind: 'credit', count: 1, attachments: 0 }, [], undefined, to))
    this.#scheduleFlush()
  }

  /** What came twice was sent by somebody who has not heard the answer, or not that it was heard. */
  #sendAgain(): void {
    const socket = this.#socket
    if (socket === undefined || socket.unsentBytes >= this.#unsentBytes) return
    for (const bytes of this.#sent.unacknowledged()) socket.write(bytes)
  }
}
