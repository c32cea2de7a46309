// One connection: another process as a client of the session's. What it says is checked (rights, quotas) and passed on over a port
// of its own, as any thread's; what is meant for the gateway is done here. Numbers are passed on as they are, but for those of asks.
import type {
  AskId,
  Attachment,
  ClientId,
  Expected,
  GatewayEvent,
  GatewayNotification,
  GatewayRequest,
  HouseReplies,
  JITDylibId,
  JITErrorData,
  OnDisconnect,
  SessionEvent,
  SessionNotification,
  SessionReplies,
  SessionRequest,
  TrackerId,
  WireMessage,
  WireType,
} from '@worc/protocol'
import { errorData, failure, plainError, success } from '@worc/protocol'
import type { Settle } from '@worc/mailbox'
import { Connection, PortChannel, SocketChannel } from '@worc/mailbox'
import type { Cancel } from './functions.js'
import { GatewayAsks } from './gateway-asks.js'
import type { GatewayServices } from './gateway-services.js'
import type { MessagePort } from 'node:worker_threads'
import { Holdings } from './holdings.js'
import type { PassedRequest } from './holdings.js'
import { Account } from './quotas.js'
import { presentableError } from './presentable-error.js'
import { Rights } from './rights.js'

interface PeerEvents {
  onDetached(peer: Peer, error: JITErrorData): void
  /** Said goodbye, or was hung up on. */
  onClose(peer: Peer, error: JITErrorData): void
}

/** What a client of another process must not say, though its messages could. */
const denied: ReadonlySet<WireType> = new Set<WireType>(['endSession', 'retainTracker', 'adoptTracker'])
/** Where main, which others share, would suffer. */
const notOfMain: ReadonlySet<WireType> = new Set<WireType>(['clear', 'removeJITDylibs'])
const finishing: ReadonlySet<WireType> = new Set<WireType>(['notifyEmitted', 'failMaterialization', 'replace', 'emit'])

export class Peer {
  readonly channel: SocketChannel
  /** Who it is to the session. */
  readonly joined: HouseReplies['join']
  readonly #services: GatewayServices
  readonly #policy: OnDisconnect
  readonly #events: PeerEvents
  readonly #main: JITDylibId
  readonly #session: Connection
  readonly #connection: Connection
  readonly #rights: Rights
  readonly #account: Account
  readonly #holdings: Holdings
  readonly #asks: GatewayAsks
  /** Of asks that are worked on. */
  readonly #cancels = new Map<AskId, Cancel>()
  /** The client's asks by the session's numbers of them. */
  readonly #clientAsks = new Map<AskId, AskId>()
  /** Trackers that were one too many: whatever names them is refused so. */
  readonly #refusedTrackers = new Map<TrackerId, JITErrorData>()
  #ended: Promise<void> | undefined

  private constructor(
    services: GatewayServices,
    policy: OnDisconnect,
    session: Connection,
    joined: HouseReplies['join'],
    events: PeerEvents,
  ) {
    this.#services = services
    this.#policy = policy
    this.#events = events
    this.#session = session
    this.joined = joined
    const { client } = this
    this.#main = joined.main ?? (0 as JITDylibId)
    this.#account = Account.ofOne(services.limits, services.account)
    this.#rights = new Rights(client, [this.#main])
    this.#holdings = new Holdings(this.#account, services.dylibs, this.#rights, this)
    this.channel = new SocketChannel({
      side: 'server',
      peer: `client ${client}`,
      asksInFlight: services.limits.asksInFlight,
      blobs: {
        reserve: (sizeBytes) => this.#counted(this.#account.take('blobBytes', sizeBytes)),
        release: (sizeBytes) => this.#account.give('blobBytes', sizeBytes),
      },
    })
    this.channel.onDetached = (error) => events.onDetached(this, error)
    this.#connection = new Connection(
      this.channel,
      {
        onTell: (body, attachments) => this.#onTell(body as SessionNotification | GatewayNotification, attachments),
        onAsk: (body, ask, attachments) => this.#onAsk(body as SessionRequest | GatewayRequest, ask, attachments),
        onClose: (error) => events.onClose(this, error),
      },
      { waiting: Infinity },
    )
    this.#asks = new GatewayAsks({
      services,
      rights: this.#rights,
      account: this.#account,
      session,
      joined,
      holder: this,
      send: (event) => this.#tellClient(event),
    })
  }

  get client(): ClientId {
    return this.joined.client
  }

  /** Makes a client of the session's at the port; `channel` is to be attached to its socket. */
  static async join(
    services: GatewayServices,
    policy: OnDisconnect,
    port: MessagePort,
    events: PeerEvents,
  ): Promise<Peer> {
    let peer: Peer | undefined
    const known = (): Peer => {
      if (peer === undefined) throw new Error('the session speaks to a client that has not joined')
      return peer
    }
    const session = new Connection(
      new PortChannel(port, { peer: 'the session' }),
      {
        onTell: (body) => known().#onEvent(body as SessionEvent),
        onAsk: (body, ask) => known().#onSessionAsk(body as WireMessage, ask),
        onClose: (error) => peer?.close(plainError('SessionClosed', 'the session has ended', error)),
      },
      { waiting: Infinity },
    )
    const { value } = await session.ask({ type: 'join' })
    peer = new Peer(services, policy, session, value as HouseReplies['join'], events)
    return peer
  }

  /** Says goodbye to the client. */
  close(error: JITErrorData): void {
    this.#connection.close(presentableError(error))
    this.#events.onClose(this, error)
  }

  /** Everything of the connection's is given back; resolves when it is. */
  end(error: JITErrorData): Promise<void> {
    this.#ended ??= this.#giveBack(error)
    return this.#ended
  }

  async #giveBack(error: JITErrorData): Promise<void> {
    // What follows may say again that it ends.
    await Promise.resolve()
    this.channel.end(error)
    this.#connection.close(error)
    for (const cancel of [...this.#cancels.values()]) cancel(error)
    this.#asks.end(error)
    const { dylibs } = this.#services
    const orphans = dylibs.release(this)
    if (this.#policy === 'remove')
      await Promise.all(
        this.#holdings.trackers.map((tracker) => this.#settled({ type: 'removeTracker', tracker, wait: 'retired' })),
      )
    if (orphans.length > 0) await this.#settled({ type: 'removeJITDylibs', dylibs: orphans })
    for (const dylib of orphans) dylibs.forget(dylib)
    this.#session.close(plainError('ConnectionLost', 'the client is gone', error))
    this.#account.close()
  }

  /** Whatever comes of it. */
  #settled(message: SessionRequest): Promise<void> {
    return new Promise((resolve) => void this.#session.askThen(message, () => resolve(), { exempt: true }))
  }

  // ---- what the client says

  #onTell(message: SessionNotification | GatewayNotification, attachments: readonly Attachment[]): void {
    this.#services.counters.tells += 1
    if (message.type === 'cancelAsk') return this.#cancels.get(message.ask)?.(message.error)
    const refusal = this.#refusal(message as WireMessage)
    if (refusal !== undefined) return this.#refuseTell(refusal)
    switch (message.type) {
      case 'closeFunction':
      case 'runInput':
      case 'runInputEnd':
      case 'runOutputConsumed':
        return this.#asks.onTell(message)
      case 'dropBlob':
        // The channel's.
        return
      case 'createResourceTracker':
        return this.#createTracker(message)
      case 'dropResourceTracker':
        this.#refusedTrackers.delete(message.tracker)
        this.#holdings.dropTracker(message.tracker)
        break
      default:
    }
    this.#session.tell(message, attachments, [], true)
  }

  #createTracker(message: Extract<SessionNotification, { type: 'createResourceTracker' }>): void {
    const refusal = this.#counted(this.#holdings.addTracker(message.tracker, message.dylib))
    if (refusal !== undefined) return void this.#refusedTrackers.set(message.tracker, refusal)
    this.#session.tell(message, [], [], true)
  }

  /** A tell has no answer: the client hears of it as of any error that nobody waits for. */
  #refuseTell(error: JITErrorData): void {
    this.#tellClient({ type: 'errorReported', error })
  }

  #onAsk(message: SessionRequest | GatewayRequest, ask: AskId, attachments: readonly Attachment[]): void {
    this.#services.counters.asks += 1
    const refusal = this.#refusal(message as WireMessage)
    if (refusal !== undefined) return this.#connection.reply(ask, failure(refusal))
    const answer: Settle = (result, own) => {
      this.#cancels.delete(ask)
      if (result.ok) return this.#connection.reply(ask, result, own)
      this.#services.counters.count(result.error)
      this.#connection.reply(ask, failure(presentableError(result.error)))
    }
    // An answer that is there at once takes it away again.
    this.#cancels.set(ask, () => undefined)
    const cancel = this.#asks.onAsk(message, attachments, answer)
    if (cancel === undefined) return this.#pass(message as PassedRequest, ask, attachments, answer)
    if (this.#cancels.has(ask)) this.#cancels.set(ask, cancel)
  }

  /** On to the session, where the quotas allow it. */
  #pass(message: PassedRequest, ask: AskId, attachments: readonly Attachment[], answer: Settle): void {
    const taken = this.#holdings.take(message)
    if (!taken.ok) return answer(taken, [])
    let asked = 0
    const start = performance.now()
    const settle: Settle = (result, own) => {
      this.#clientAsks.delete(asked)
      if (result.ok) this.#holdings.settle(message, result.value, performance.now() - start)
      else taken.value()
      answer(result.ok ? this.#presentable(message, result) : result, own)
    }
    this.#session.askThen(message, settle, {
      attachments,
      exempt: true,
      onAsk: (number) => {
        asked = number
        this.#clientAsks.set(number, ask)
        this.#cancels.set(ask, (error) => this.#session.cancel(number, error))
      },
    })
  }

  #refusal(message: WireMessage): JITErrorData | undefined {
    const refusal =
      this.#rights.refusal(message) ??
      (denied.has(message.type) || this.#harmsMain(message)
        ? plainError('PermissionDenied', `${message.type} is not for clients of other processes`)
        : this.#refusedTracker(message))
    if (refusal !== undefined) this.#services.counters.count(refusal)
    return refusal
  }

  #harmsMain(message: WireMessage): boolean {
    if (!notOfMain.has(message.type)) return false
    return 'dylib' in message
      ? message.dylib === this.#main
      : 'dylibs' in message && message.dylibs.includes(this.#main)
  }

  #refusedTracker(message: WireMessage): JITErrorData | undefined {
    if (this.#refusedTrackers.size === 0 || message.type === 'dropResourceTracker') return undefined
    const named = ['tracker', 'source', 'destination'].map(
      (field) => (message as unknown as Record<string, unknown>)[field],
    )
    return named.map((id) => this.#refusedTrackers.get(id as TrackerId)).find((refusal) => refusal !== undefined)
  }

  /** The answer as this client may have it; it has been given what the answer names. */
  #presentable(message: PassedRequest, result: Expected<unknown>): Expected<unknown> {
    if (!result.ok) return result
    if (message.type === 'getJITDylibByName') {
      const dylib = result.value as SessionReplies['getJITDylibByName']
      return success(dylib !== null && this.#rights.mayUse(dylib) ? dylib : null)
    }
    this.#rights.learnReply(message.type as WireType, result.value)
    if (finishing.has(message.type as WireType) && 'responsibility' in message)
      this.#rights.forgetResponsibility(message.responsibility)
    return result
  }

  #counted(refusal: JITErrorData | undefined): JITErrorData | undefined {
    if (refusal !== undefined) this.#services.counters.count(refusal)
    return refusal
  }

  // ---- what the session says

  #onEvent(event: SessionEvent): void {
    if (event.type === 'unitTakenBack') return
    this.#rights.learnEvent(event)
    if (event.type !== 'dependenciesRegistered') return this.#tellClient(event)
    const ask = this.#clientAsks.get(event.ask)
    if (ask !== undefined) this.#tellClient({ ...event, ask })
  }

  /** What is too large for a batch cannot be told, and cannot be left out: a client that has brought that about has no connection any more. */
  #tellClient(event: SessionEvent | GatewayEvent): void {
    try {
      const told = event.type === 'errorReported' ? { ...event, error: presentableError(event.error) } : event
      this.#connection.tell(told, [], [], true)
    } catch (thrown) {
      this.close(errorData(thrown))
    }
  }

  #onSessionAsk(question: WireMessage, ask: AskId): void {
    if (this.#ended !== undefined)
      return this.#session.reply(ask, failure(plainError('ConnectionLost', 'the client is gone')))
    this.#rights.learnEvent(question)
    this.#connection.askThen(
      question,
      (result) => this.#session.reply(ask, result.ok ? checkedAnswer(question, result) : result),
      { exempt: true },
    )
  }
}

/** A client defines what it generates; it does not hand units over in an answer. */
function checkedAnswer(question: WireMessage, result: Expected<unknown>): Expected<unknown> {
  if (question.type !== 'generate' || !result.ok) return result
  const { units } = result.value as { readonly units: readonly unknown[] }
  return units.length === 0
    ? result
    : failure(plainError('BadArgument', 'a generator of another process defines its units itself'))
}
