// The session actor: the session lock, made of mailbox order. Each message is one turn of the pure core in packages/orc, whose
// effects are performed before the next message is looked at. Beside the core's messages it brokers the house's: it is the
// one peer that everybody has.
import type {
  Actor,
  AskId,
  Attachment,
  ClientId,
  Context,
  ExecutorId,
  HouseConfig,
  HouseEvent,
  HouseNotification,
  HouseReplies,
  HouseRequest,
  Incoming,
  JITDylibId,
  JITErrorData,
  LinkRequest,
  PeerId,
  PeerRole,
  SessionNotification,
  SessionRequest,
} from '@worc/protocol'
import { failure, success } from '@worc/protocol'
import type { Effect, SessionInput, SessionState } from '@worc/orc'
import { createSessionState, setDefaultLinkOrder, turn } from '@worc/orc'
import type { EpochTable, ExecutorIndex } from '@worc/executor-memory'
import { CompileBroker } from './compile-broker.js'

/** What the actor needs of the thread it runs in. */
export interface SessionPorts {
  /** Makes a port's other end a peer of this actor. */
  connect(port: Attachment): PeerId
  /** Both ends of a new channel, to introduce two peers to each other. */
  channel(): readonly [Attachment, Attachment]
  /** Hears of each turn of the core before its effects are performed: a journal. */
  onTurn?(input: SessionInput, effects: readonly Effect[], state: SessionState): void
}

export interface SessionSetup {
  readonly config: HouseConfig
  /** Given to executors as it is. */
  readonly executorBuffers: Attachment
  readonly epochs: EpochTable
}

/** An ask that is answered when it can be. */
interface WaitingAsk {
  readonly peer: PeerId
  readonly ask: AskId
}

export class SessionActor implements Actor {
  readonly #setup: SessionSetup
  readonly #ports: SessionPorts
  readonly #state: SessionState = createSessionState()
  readonly #roles = new Map<PeerId, PeerRole>()
  readonly #executors = new Map<PeerId, ExecutorId>()
  /** Those that have joined: before, nobody is introduced to them. */
  #linkers: readonly PeerId[] = []
  /** Their predecessor's port has not ended: what it still says comes before anything that they do. */
  #heirs: WaitingAsk[] = []
  #attaching: WaitingAsk[] = []
  readonly #compilers: CompileBroker
  #main: JITDylibId | null = null

  constructor(setup: SessionSetup, ports: SessionPorts) {
    this.#setup = setup
    this.#ports = ports
    this.#compilers = new CompileBroker({
      onWanted: (ctx) => this.#tellKeepers(ctx, { type: 'compilersWanted' }),
      onStuck: (ctx, worker) => this.#tellKeepers(ctx, { type: 'compilerStuck', worker }),
    })
  }

  /** The peer may join as this. Link and compile actors come from the house only; whoever a client introduces is a client. */
  admit(peer: PeerId, role: PeerRole): void {
    this.#roles.set(peer, role)
  }

  on(ctx: Context, { from, message, ask, attachments }: Incoming): void {
    if (ask === undefined)
      this.#notification(ctx, from, message as SessionNotification | HouseNotification, attachments)
    else this.#request(ctx, from, ask, message as SessionRequest | HouseRequest, attachments)
  }

  onPeerClosed(ctx: Context, peer: PeerId, error: JITErrorData): void {
    const role = this.#roles.get(peer)
    this.#roles.delete(peer)
    this.#attaching = this.#attaching.filter((attaching) => attaching.peer !== peer)
    this.#linkers = this.#linkers.filter((linker) => linker !== peer)
    this.#heirs = this.#heirs.filter((heir) => heir.peer !== peer)
    const executor = this.#executors.get(peer)
    this.#executors.delete(peer)
    if (executor !== undefined) this.#setup.epochs.leave(executor as number as ExecutorIndex)
    if (role === 'compile') this.#compilers.leave(peer)
    else this.#compilers.forget(ctx, peer)
    this.#turn(ctx, { type: 'clientClosed', client: clientOf(peer), error })
    if (this.#linkers.length > 0) return
    const heir = this.#heirs.shift()
    if (heir !== undefined) this.#join(ctx, heir.peer, heir.ask, undefined)
  }

  snapshot(): unknown {
    return { clients: this.#roles.size, executors: this.#executors.size }
  }

  #request(
    ctx: Context,
    from: PeerId,
    ask: AskId,
    message: SessionRequest | HouseRequest,
    attachments: readonly Attachment[],
  ): void {
    switch (message.type) {
      case 'join':
        return this.#join(ctx, from, ask, message.worker)
      case 'furnish':
        setDefaultLinkOrder(this.#state, message.defaultLinkOrder)
        this.#main = message.main
        return ctx.reply(from, ask, success(null))
      case 'attachExecutor':
        this.#attaching.push({ peer: from, ask })
        return this.#attachWaiting(ctx)
      case 'compile':
        return this.#compilers.submit(ctx, { from, ask, message, attachments })
      case 'allocate':
      case 'finalizeAllocation':
      case 'deallocate':
      case 'linkStats':
        return this.#forward(ctx, from, ask, message)
      default:
        return this.#turn(ctx, { type: 'request', from: clientOf(from), ask, message, attachments })
    }
  }

  #notification(
    ctx: Context,
    from: PeerId,
    message: SessionNotification | HouseNotification,
    attachments: readonly Attachment[],
  ): void {
    if (message.type === 'cancelAsk') this.#compilers.cancel(ctx, from, message.ask)
    if (message.type !== 'introduceClient')
      return this.#turn(ctx, { type: 'notification', from: clientOf(from), message })
    const [port] = attachments
    if (port !== undefined) this.admit(this.#ports.connect(port), 'client')
  }

  #join(ctx: Context, from: PeerId, ask: AskId, worker: string | undefined): void {
    const role = this.#roles.get(from) ?? 'client'
    if (role === 'link' && this.#linkers.length > 0) return void this.#heirs.push({ peer: from, ask })
    const reply: HouseReplies['join'] = {
      client: clientOf(from),
      main: this.#main,
      executors: this.#executors.size,
      config: this.#setup.config,
    }
    ctx.reply(from, ask, success(reply))
    if (role === 'link') {
      this.#linkers = [...this.#linkers, from]
      this.#introduceLinker(ctx, from)
    }
    if (role === 'compile' && worker !== undefined) this.#compilers.join(ctx, from, worker)
    this.#turn(ctx, { type: 'clientConnected', client: clientOf(from), role: role === 'keeper' ? 'client' : role })
  }

  // ---- executors and link actors

  /** Every executor and every link actor share a channel of their own. */
  #attachWaiting(ctx: Context): void {
    const linkers = this.#linkers
    if (linkers.length === 0) return
    for (const { peer, ask } of this.#attaching.splice(0)) {
      const joined = this.#setup.epochs.join()
      if (!joined.ok) {
        ctx.reply(peer, ask, joined)
        continue
      }
      const executor = joined.value as number as ExecutorId
      this.#executors.set(peer, executor)
      const ports = linkers.map((linker) => this.#introduce(ctx, linker, executor))
      const reply: HouseReplies['attachExecutor'] = { executor, linkers: linkers.length }
      ctx.reply(peer, ask, success(reply), [this.#setup.executorBuffers, ...ports], ports)
    }
  }

  #introduceLinker(ctx: Context, linker: PeerId): void {
    for (const [peer, executor] of this.#executors) {
      const port = this.#introduce(ctx, linker, executor)
      ctx.send(peer, { type: 'linkerReplaced' } satisfies HouseEvent, [port], [port])
    }
    this.#attachWaiting(ctx)
  }

  /** The end of the channel that the executor gets. A refusal reaches it as the channel's close. */
  #introduce(ctx: Context, linker: PeerId, executor: ExecutorId): Attachment {
    const [ours, theirs] = this.#ports.channel()
    const message: LinkRequest = { type: 'executorAttached', executor }
    ctx.ask(linker, message, () => undefined, [ours], [ours])
    return theirs
  }

  #forward(ctx: Context, from: PeerId, ask: AskId, message: LinkRequest): void {
    const [linker] = this.#linkers
    if (linker === undefined)
      return ctx.reply(
        from,
        ask,
        failure({ code: 'ActorDied', message: 'the session has no link actor at the moment' }),
      )
    ctx.ask(linker, message, (result) => ctx.reply(from, ask, result))
  }

  #peersOf(role: PeerRole): readonly PeerId[] {
    return [...this.#roles].filter(([, its]) => its === role).map(([peer]) => peer)
  }

  #tellKeepers(ctx: Context, event: HouseEvent): void {
    for (const keeper of this.#peersOf('keeper')) ctx.send(keeper, event)
  }

  // ---- the core

  #turn(ctx: Context, input: SessionInput): void {
    const effects = turn(this.#state, input)
    this.#ports.onTurn?.(input, effects, this.#state)
    for (const effect of effects) {
      const to = effect.to as number as PeerId
      switch (effect.type) {
        case 'reply':
          ctx.reply(to, effect.ask, effect.result)
          break
        case 'send':
          ctx.send(to, effect.message, effect.attachments)
          break
        case 'ask':
          ctx.ask(
            to,
            effect.message,
            (result, attachments) =>
              this.#turn(ctx, { type: 'reply', from: effect.to, token: effect.token, result, attachments }),
            effect.attachments,
          )
          break
      }
    }
  }
}

/** A client is known to the core by the number of its peer. */
function clientOf(peer: PeerId): ClientId {
  return peer as number as ClientId
}
