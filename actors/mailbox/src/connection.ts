// What an actor's thread says over a channel: tells, asks and their answers. A Connection numbers asks and settles each exactly
// once, whatever happens: by its answer, by the asker's signal or patience, or by the end of the channel. It bounds what may
// lie unhandled at either end, and holds the port's reference while an answer is awaited, so that an idle port keeps no
// process alive.
import type {
  AskId,
  Attachment,
  Channel,
  Delivery,
  Expected,
  Frame,
  JITErrorData,
  SessionNotification,
} from '@worc/protocol'
import { JITError, failure, plainError } from '@worc/protocol'
import type { AskLimits } from './ask-limits.js'
import { aborted, timedOut, watchLimits } from './ask-limits.js'
import { AskTable } from './ask-table.js'
import type { Clock } from './clock.js'
import { systemClock } from './clock.js'
import { Inbox } from './inbox.js'
import type { OutboxLimits, Ticket } from './outbox.js'
import { Outbox, isCounted, usualCreditPortion } from './outbox.js'

/** Runs in the order of the frames, as each is decoded. What it throws is a program error and reaches the event loop. */
export interface ConnectionHandler {
  onTell(body: unknown, attachments: readonly Attachment[]): void
  /** To be answered once, now or later, by `reply`. */
  onAsk(body: unknown, ask: AskId, attachments: readonly Attachment[]): void
  /** The other end is gone; all asks were settled with this error before. Not called after a `close` of this end. */
  onClose?(error: JITErrorData): void
}

export interface AskOptions extends AskLimits {
  readonly attachments?: readonly Attachment[]
  /** Those attachments that move instead of being shared. */
  readonly transfer?: readonly Attachment[]
  /** Spends no credit and is never refused: for what makes room at the other end. */
  readonly exempt?: boolean
  /** Hears the ask's number before it leaves: events about it name that number. */
  readonly onAsk?: (ask: AskId) => void
}

export interface Reply {
  readonly value: unknown
  readonly attachments: readonly Attachment[]
}

export type Settle = (result: Expected<unknown>, attachments: readonly Attachment[]) => void

export interface ConnectionOptions extends Partial<OutboxLimits> {
  readonly clock?: Clock
}

interface PendingAsk {
  readonly settle: Settle
  readonly ticket: Ticket
}

const none: readonly Attachment[] = []

export class Connection {
  readonly #channel: Channel
  readonly #handler: ConnectionHandler
  readonly #clock: Clock
  readonly #peer: string
  readonly #waitingLimit: number
  readonly #outbox: Outbox
  readonly #inbox: Inbox
  readonly #pending = new AskTable<PendingAsk>()
  /** Of the other end's asks. */
  readonly #unanswered = new AskTable<true>()
  #nextAsk = 1
  /** Asks come in the order of their numbers: one that does not come after this one has come before, and is heard once. */
  #lastHeard = 0
  readonly #creditPortion: number
  /** Counted frames handled and not yet given back as credit. */
  #handled = 0
  #closed: JITErrorData | undefined

  /**
   * `credits` (1024) bounds what lies unhandled at the other end, `waiting` (4096) what waits here for room there. Both ends
   * have the same `creditPortion` (64).
   */
  constructor(channel: Channel, handler: ConnectionHandler, options: ConnectionOptions = {}) {
    const { clock = systemClock, credits = 1024, waiting = 4096, creditPortion = usualCreditPortion } = options
    this.#channel = channel
    this.#handler = handler
    this.#clock = clock
    this.#peer = channel.peer ?? 'the peer'
    this.#waitingLimit = waiting
    this.#creditPortion = creditPortion
    this.#outbox = new Outbox(channel, { credits, creditPortion, waiting })
    this.#inbox = new Inbox(
      (delivery) => this.#handle(delivery),
      (run) => clock.soon(run),
    )
    channel.receive({
      onFrames: (deliveries) => {
        this.#inbox.accept(deliveries)
        this.#inbox.handleInTurn()
      },
      onClose: (error) => this.#onClose(error),
    })
  }

  /** Why nothing can be said any more. */
  get closed(): JITErrorData | undefined {
    return this.#closed
  }

  /** Lost without a word where the other end is gone: its `onClose` tells. Throws JITError Overloaded. */
  tell(
    body: unknown,
    attachments: readonly Attachment[] = none,
    transfer: readonly Attachment[] = none,
    exempt = false,
  ): void {
    if (this.#closed !== undefined) return closePorts(attachments)
    if (!exempt && this.#outbox.isFull) throw new JITError(this.#overloaded(`tell ${nameOf(body)}`))
    this.#outbox.send(tellFrame(body, attachments.length, exempt), attachments, transfer)
  }

  /** Rejects with JITError: the answer's own, Aborted, Timeout, Overloaded, or the error with which the channel ended. */
  ask(body: unknown, options?: AskOptions): Promise<Reply> {
    return new Promise((resolve, reject) => {
      this.askThen(
        body,
        (result, attachments) =>
          result.ok ? resolve({ value: result.value, attachments }) : reject(new JITError(result.error)),
        options,
      )
    })
  }

  /** `settle` runs as the answer is decoded, before any later frame of this channel is handled; perhaps before this returns. */
  askThen(body: unknown, settle: Settle, options: AskOptions = {}): AskId {
    const { attachments = none, transfer = none, exempt = false, signal, timeoutMs } = options
    const ask = this.#nextAsk++
    options.onAsk?.(ask)
    const refusal = this.#refusal(body, exempt, signal)
    if (refusal !== undefined) {
      settle(failure(refusal), none)
      return ask
    }
    if (this.#pending.size === 0) this.#channel.ref(true)
    const ticket = this.#outbox.send(askFrame(ask, body, attachments.length, exempt), attachments, transfer)
    if (signal === undefined && timeoutMs === undefined) this.#pending.set(ask, { settle, ticket })
    else this.#pending.set(ask, { settle: this.#settleWithin(ask, body, settle, options), ticket })
    return ask
  }

  /**
   * Blocks this thread until the answer is here, handling whatever else comes on this port meanwhile: the other end may need
   * this one to go on. Throws what `ask` rejects with, and WouldDeadlock where nothing could come while the thread waits.
   */
  askSync(body: unknown, options: Omit<AskOptions, 'signal'> = {}): Reply {
    const channel = this.#channel
    const what = this.#what(body)
    if (channel.wait === undefined)
      throw new JITError(plainError('WouldDeadlock', `${what} cannot be waited for: it needs this thread to go on`))
    const { timeoutMs = Infinity, ...rest } = options
    const deadline = this.#clock.now() + timeoutMs
    const answers: { result: Expected<unknown>; attachments: readonly Attachment[] }[] = []
    const ask = this.askThen(body, (result, attachments) => answers.push({ result, attachments }), rest)
    for (;;) {
      if (answers.length === 0) this.drain()
      const [answer] = answers
      if (answer !== undefined) {
        if (answer.result.ok) return { value: answer.result.value, attachments: answer.attachments }
        throw new JITError(answer.result.error)
      }
      const left = deadline - this.#clock.now()
      if (left > 0) channel.wait(left)
      else this.cancel(ask, timedOut(what, timeoutMs))
    }
  }

  /** Settles an ask with the error at once and tells the other end; its answer, should it come, is dropped. */
  cancel(ask: AskId, error: JITErrorData): void {
    const pending = this.#takePending(ask)
    if (pending === undefined) return
    if (!this.#outbox.withdraw(pending.ticket)) {
      const cancelAsk: SessionNotification = { type: 'cancelAsk', ask, error }
      this.tell(cancelAsk, none, none, true)
    }
    pending.settle(failure(error), none)
  }

  /** A second answer to the same ask is a program error. One to a peer that is gone is dropped. */
  reply(
    ask: AskId,
    result: Expected<unknown>,
    attachments: readonly Attachment[] = none,
    transfer: readonly Attachment[] = none,
  ): void {
    if (this.#closed !== undefined) return closePorts(attachments)
    if (this.#unanswered.take(ask) === undefined)
      throw new Error(`ask ${ask} of ${this.#peer} is answered already, or was never made`)
    this.#outbox.send({ kind: 'reply', reply: ask, result, attachments: attachments.length }, attachments, transfer)
  }

  /** All that was said is on its way when this returns, credit or not. */
  flush(): void {
    this.#outbox.overdraw()
    this.#channel.flush()
  }

  /** Handles all that has arrived; whether there was anything. Callable from within a handler: order is kept. */
  drain(): boolean {
    const came = this.#channel.drain()
    return this.#inbox.handleAll() || came
  }

  /** Orderly: all that was said is on its way, then goodbye with the error, which settles what is pending at both ends. */
  close(error: JITErrorData): void {
    if (this.#closed !== undefined) return
    this.#outbox.overdraw()
    this.#channel.close(error)
    this.#end(error)
  }

  #handle({ frame, attachments }: Delivery): void {
    if (this.#closed !== undefined) return closePorts(attachments)
    if (frame.kind === 'ask' && frame.ask <= this.#lastHeard) return
    if (isCounted(frame) && ++this.#handled === this.#creditPortion) this.#giveCredit()
    switch (frame.kind) {
      case 'tell':
        return this.#handler.onTell(frame.body, attachments)
      case 'ask':
        this.#lastHeard = frame.ask
        this.#unanswered.set(frame.ask, true)
        return this.#handler.onAsk(frame.body, frame.ask, attachments)
      case 'reply': {
        const pending = this.#takePending(frame.reply)
        if (pending === undefined) return closePorts(attachments)
        return pending.settle(frame.result, attachments)
      }
      case 'credit':
        return this.#outbox.grant(frame.count)
      case 'goodbye':
        // Channels turn it into their close.
        return
    }
  }

  #refusal(body: unknown, exempt: boolean, signal: AbortSignal | undefined): JITErrorData | undefined {
    if (this.#closed !== undefined) return this.#closed
    if (signal?.aborted === true) return aborted(this.#what(body), signal)
    return !exempt && this.#outbox.isFull ? this.#overloaded(`ask ${nameOf(body)}`) : undefined
  }

  #settleWithin(ask: AskId, body: unknown, settle: Settle, limits: AskLimits): Settle {
    const release = watchLimits(this.#what(body), limits, this.#clock, (error) => this.cancel(ask, error))
    return (result, attachments) => {
      release()
      settle(result, attachments)
    }
  }

  #takePending(ask: AskId): PendingAsk | undefined {
    const pending = this.#pending.take(ask)
    if (pending !== undefined && this.#pending.size === 0) this.#channel.ref(false)
    return pending
  }

  #giveCredit(): void {
    this.#channel.send({ kind: 'credit', count: this.#handled, attachments: 0 })
    this.#handled = 0
  }

  /** What had arrived before the end was sent by the living, and counts. */
  #onClose(error: JITErrorData): void {
    try {
      this.#inbox.handleAll()
    } finally {
      if (this.#closed === undefined) {
        this.#end(error)
        this.#handler.onClose?.(error)
      }
    }
  }

  #end(error: JITErrorData): void {
    this.#closed = error
    closePorts(this.#outbox.clear())
    this.#unanswered.takeAll()
    for (const { settle } of this.#pending.takeAll()) settleRegardless(settle, error)
  }

  #what(body: unknown): string {
    return `ask ${nameOf(body)} of ${this.#peer}`
  }

  #overloaded(what: string): JITErrorData {
    const limit = this.#waitingLimit
    return plainError('Overloaded', `${what} is refused: ${limit} of ${limit} messages already wait for ${this.#peer}`)
  }
}

function tellFrame(body: unknown, attachments: number, exempt: boolean): Frame {
  return exempt ? { kind: 'tell', body, attachments, exempt } : { kind: 'tell', body, attachments }
}

function askFrame(ask: AskId, body: unknown, attachments: number, exempt: boolean): Frame {
  return exempt ? { kind: 'ask', ask, body, attachments, exempt } : { kind: 'ask', ask, body, attachments }
}

function nameOf(body: unknown): string {
  const named = typeof body === 'object' && body !== null && 'type' in body && typeof body.type === 'string'
  return named ? `"${(body as { type: string }).type}"` : 'without a type'
}

/** One asker's fault must not leave the others waiting for ever. */
function settleRegardless(settle: Settle, error: JITErrorData): void {
  try {
    settle(failure(error), none)
  } catch (thrown) {
    queueMicrotask(() => {
      throw thrown
    })
  }
}

/** Nobody will hear of these; a port that is only forgotten would stay open at its other end. */
export function closePorts(attachments: readonly Attachment[]): void {
  for (const attachment of attachments) if (isPort(attachment)) attachment.close()
}

function isPort(attachment: Attachment): attachment is { close(): void } {
  return 'close' in attachment && typeof attachment.close === 'function'
}
