// Runs one actor in this thread. Whatever the actor is to hear (a message, an answer, a timer, a peer's end) is a turn, and
// turns happen one after the other, each to its end: what arises during a turn waits for it. A turn that throws is a program
// error: the actor's state can no longer be trusted, so the host tells every peer what happened and never runs it again.
import type {
  Actor,
  AskId,
  Attachment,
  Channel,
  Context,
  Expected,
  JITErrorData,
  PeerId,
  TimerId,
} from '@worc/protocol'
import { JITError, plainError } from '@worc/protocol'
import type { Clock } from './clock.js'
import { systemClock } from './clock.js'
import type { ConnectionOptions, Reply, Settle } from './connection.js'
import { Connection, closePorts } from './connection.js'

export interface ActorHostOptions {
  /** As errors name the actor. */
  readonly name: string
  /** Hears of a turn that threw, after all peers were told. */
  readonly onCrash: (error: JITErrorData) => void
  readonly clock?: Clock
  /** In [0, 1). */
  readonly random?: () => number
  /** What may lie unhandled at each peer, and how much of it is given back at once. Default: a connection's. */
  readonly credits?: number
  readonly creditPortion?: number
}

export class ActorHost implements Context {
  readonly #actor: Actor
  readonly #name: string
  readonly #onCrash: (error: JITErrorData) => void
  readonly #clock: Clock
  readonly #random: () => number
  readonly #limits: ConnectionOptions
  readonly #connections = new Map<PeerId, Connection>()
  readonly #timers = new Map<TimerId, () => void>()
  #turns: (() => void)[] = []
  #inTurn = false
  #ended = false
  #nextPeer = 1
  #nextTimer = 1

  constructor(actor: Actor, options: ActorHostOptions) {
    this.#actor = actor
    this.#name = options.name
    this.#onCrash = options.onCrash
    this.#clock = options.clock ?? systemClock
    this.#random = options.random ?? Math.random
    // A turn's effects cannot be refused halfway: the actor's own limits bound them, credit only paces them.
    this.#limits = {
      clock: this.#clock,
      waiting: Infinity,
      ...(options.credits === undefined ? {} : { credits: options.credits }),
      ...(options.creditPortion === undefined ? {} : { creditPortion: options.creditPortion }),
    }
  }

  /** What comes over the channel is the actor's from now on. */
  connect(channel: Channel): PeerId {
    const from = this.#nextPeer++ as PeerId
    const incoming = (message: unknown, ask: AskId | undefined, attachments: readonly Attachment[]): void =>
      this.#turn(() => this.#actor.on(this, { from, message, ask, attachments }))
    const connection = new Connection(
      channel,
      {
        onTell: (body, attachments) => incoming(body, undefined, attachments),
        onAsk: (body, ask, attachments) => incoming(body, ask, attachments),
        onClose: (error) => {
          this.#connections.delete(from)
          this.#turn(() => this.#actor.onPeerClosed(this, from, error))
        },
      },
      this.#limits,
    )
    this.#connections.set(from, connection)
    return from
  }

  /** Orderly: every peer gets what it was sent, then goodbye with the error. The actor hears nothing more. */
  close(error: JITErrorData): void {
    this.#ended = true
    this.#turns = []
    for (const cancel of this.#timers.values()) cancel()
    this.#timers.clear()
    for (const connection of this.#connections.values()) connection.close(error)
    this.#connections.clear()
  }

  send(to: PeerId, message: object, attachments?: readonly Attachment[], transfer?: readonly Attachment[]): void {
    const connection = this.#connections.get(to)
    if (connection === undefined) closePorts(attachments ?? [])
    else connection.tell(message, attachments, transfer)
  }

  ask(
    to: PeerId,
    message: object,
    settle: Settle,
    attachments: readonly Attachment[] = [],
    transfer: readonly Attachment[] = [],
  ): void {
    const asTurn: Settle = (result, received) => this.#turn(() => settle(result, received))
    const connection = this.#connections.get(to)
    if (connection !== undefined) connection.askThen(message, asTurn, { attachments, transfer })
    else asTurn({ ok: false, error: plainError('ActorDied', `${this.#name} asked peer ${to}, which is gone`) }, [])
  }

  reply(
    to: PeerId,
    ask: AskId,
    result: Expected<unknown>,
    attachments?: readonly Attachment[],
    transfer?: readonly Attachment[],
  ): void {
    const connection = this.#connections.get(to)
    if (connection === undefined) closePorts(attachments ?? [])
    else connection.reply(ask, result, attachments, transfer)
  }

  /** From outside any turn: handles all that has arrived from a peer, as turns, before this returns; whether there was anything. */
  drain(from: PeerId): boolean {
    return this.#connections.get(from)?.drain() ?? false
  }

  /** From outside any turn: blocks this thread until a peer has answered. Throws JITError. */
  askSync(to: PeerId, message: object, options: { readonly timeoutMs?: number } = {}): Reply {
    const connection = this.#connections.get(to)
    if (connection === undefined)
      throw new JITError(plainError('ActorDied', `${this.#name} asked peer ${to}, which is gone`))
    return connection.askSync(message, options)
  }

  flush(to: PeerId): void {
    this.#connections.get(to)?.flush()
  }

  later(run: () => void): void {
    this.#turn(run)
  }

  now(): number {
    return this.#clock.now()
  }

  timer(milliseconds: number, run: () => void): TimerId {
    const timer = this.#nextTimer++ as TimerId
    const cancel = this.#clock.startTimer(milliseconds, () => {
      if (this.#timers.delete(timer)) this.#turn(run)
    })
    this.#timers.set(timer, cancel)
    return timer
  }

  cancel(timer: TimerId): void {
    this.#timers.get(timer)?.()
    this.#timers.delete(timer)
  }

  random(): number {
    return this.#random()
  }

  #turn(run: () => void): void {
    if (this.#ended) return
    this.#turns.push(run)
    if (this.#inTurn) return
    this.#inTurn = true
    try {
      for (let next = this.#turns.shift(); next !== undefined; next = this.#turns.shift()) next()
    } catch (thrown) {
      this.#crash(thrown)
    } finally {
      this.#inTurn = false
    }
  }

  #crash(thrown: unknown): void {
    const [message, stack] = thrown instanceof Error ? [String(thrown), thrown.stack] : [String(thrown), undefined]
    const error = plainError(
      'ActorDied',
      `${this.#name} crashed: ${message}`,
      plainError('UserError', stack ?? message),
    )
    this.close(error)
    this.#onCrash(error)
  }
}
