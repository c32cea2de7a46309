// Plays everybody around a session by hand: clients, resource managers, link and compile actors. Each message is one
// turn, and after each turn all invariants are checked, so a test that says nothing about them still fails where they
// break.
import type {
  AskId,
  Attachment,
  ClientId,
  Definition,
  DependenceGroup,
  Expected,
  GeneratorId,
  JITDylibId,
  JITErrorData,
  LookupSetEntry,
  ManagerId,
  RequiredState,
  ResponsibilityId,
  SearchOrderEntry,
  SessionAsk,
  SessionEvent,
  SessionNotification,
  SessionReplies,
  SessionRequest,
  TrackerId,
  UnitDescription,
  UnitId,
  UnitSource,
} from '@worc/protocol'
import { clientScopedId, defaultTrackerOf, failure, plainError, success } from '@worc/protocol'
import { Answer } from './answer.js'
import { addressOf, flagsEntries, initOnly, strong } from './unit-fixtures.js'
import type { Symbols } from './unit-fixtures.js'
import { createSessionState, turn, verifySessionState } from '@worc/orc'
import type { ClientRole, Effect, SessionInput, SessionOptions, SessionState } from '@worc/orc'

export type Materialize = Extract<SessionEvent, { type: 'materialize' }>
interface Asked<T extends SessionAsk = SessionAsk> {
  readonly token: number
  readonly message: T
  readonly attachments: readonly Attachment[]
}

export class SessionDriver {
  readonly state: SessionState
  /** Everything the session did, in order. */
  readonly trace: Effect[] = []
  readonly clients = new Map<ClientId, ClientDriver>()
  /** Off where a test measures, or checks by itself. */
  verifying = true
  /** What else has something to say about a turn: what is wrong after it. */
  observer: ((input: SessionInput, effects: readonly Effect[]) => readonly string[]) | undefined
  #lastClient = 0

  constructor(options?: SessionOptions) {
    this.state = createSessionState(options)
  }

  connect(role: ClientRole = 'client'): ClientDriver {
    const id = ++this.#lastClient as ClientId
    const client = new ClientDriver(this, id)
    this.clients.set(id, client)
    this.turn({ type: 'clientConnected', client: id, role })
    return client
  }

  turn(input: SessionInput): readonly Effect[] {
    const effects = turn(this.state, input)
    for (const effect of effects) {
      if (this.verifying) this.trace.push(effect)
      const client = this.clients.get(effect.to)
      if (client === undefined) throw new Error(`an effect for client ${effect.to}, who is gone`)
      client.receive(effect)
    }
    if (!this.verifying) return effects
    const violations = verifySessionState(this.state)
    if (violations.length > 0)
      throw new Error(`after ${describeInput(input)} it does not hold that ${violations.join('; ')}`)
    const wrong = this.observer?.(input, effects) ?? []
    if (wrong.length > 0) throw new Error(`after ${describeInput(input)}: ${wrong.join('; ')}`)
    return effects
  }
}

function describeInput(input: SessionInput): string {
  return 'message' in input ? `${input.message.type} of client ${input.from}` : input.type
}

export class ClientDriver {
  readonly session: SessionDriver
  readonly id: ClientId
  readonly events: SessionEvent[] = []
  readonly attachments = new Map<SessionEvent, readonly Attachment[]>()
  readonly asked: Asked[] = []
  readonly #answers = new Map<AskId, Answer<unknown>>()
  #lastAsk = 0
  #lastId = 0

  constructor(session: SessionDriver, id: ClientId) {
    this.session = session
    this.id = id
  }

  receive(effect: Effect): void {
    switch (effect.type) {
      case 'reply':
        return this.#answer(effect.ask).settle(effect.result)
      case 'send':
        this.events.push(effect.message)
        this.attachments.set(effect.message, effect.attachments)
        return
      case 'ask':
        this.asked.push({ token: effect.token, message: effect.message, attachments: effect.attachments })
    }
  }

  #answer(ask: AskId): Answer<unknown> {
    const answer = this.#answers.get(ask)
    if (answer === undefined) throw new Error(`a reply to ask ${ask}, which client ${this.id} never made`)
    return answer
  }

  get lastAsk(): AskId {
    return this.#lastAsk
  }

  newId(): number {
    return clientScopedId(this.id, ++this.#lastId)
  }

  // ---- any message

  request<T extends SessionRequest>(
    message: T,
    attachments: readonly Attachment[] = [],
  ): Answer<SessionReplies[T['type']]> {
    const ask = ++this.#lastAsk
    const answer = new Answer<SessionReplies[T['type']]>()
    this.#answers.set(ask, answer)
    this.session.turn({ type: 'request', from: this.id, ask, message, attachments })
    if (!this.session.verifying && answer.settled) this.#answers.delete(ask)
    return answer
  }

  tell(message: SessionNotification): void {
    this.session.turn({ type: 'notification', from: this.id, message })
  }

  reply(token: number, result: Expected<unknown>, attachments: readonly Attachment[] = []): void {
    this.session.turn({ type: 'reply', from: this.id, token, result, attachments })
  }

  close(error: JITErrorData = plainError('ActorDied', `client ${this.id} died`)): void {
    this.session.clients.delete(this.id)
    this.session.turn({ type: 'clientClosed', client: this.id, error })
  }

  // ---- what a client does

  createJITDylib(name: string, bare = true): JITDylibId {
    return this.request({ type: 'createJITDylib', name, bare }).value
  }

  createTracker(dylib: JITDylibId): TrackerId {
    const tracker = this.newId() as TrackerId
    this.tell({ type: 'createResourceTracker', tracker, dylib })
    return tracker
  }

  tryDefine(
    dylib: JITDylibId,
    unit: UnitDescription,
    tracker: TrackerId | null = null,
    attachments: readonly Attachment[] = [],
  ): Answer<null> {
    return this.request({ type: 'define', dylib, tracker, unit }, attachments)
  }

  /** Defines a unit of the client's own, which must succeed. */
  define(dylib: JITDylibId, symbols: Symbols, tracker: TrackerId | null = null, more: UnitMore = {}): UnitId {
    const unit = this.unit(symbols, more)
    void this.tryDefine(dylib, unit, tracker, more.attachments).value
    return unit.unit
  }

  unit(symbols: Symbols, { name, initSymbol = null, source = { kind: 'user' } }: UnitMore = {}): UnitDescription {
    const entries = flagsEntries(symbols)
    return {
      unit: this.newId() as UnitId,
      name: name ?? entries.map(([symbol]) => symbol).join('+'),
      symbols: entries,
      initSymbol,
      source,
    }
  }

  lookup(
    where: JITDylibId | readonly SearchOrderEntry[],
    names: readonly (string | LookupSetEntry)[],
    more: LookupMore = {},
  ): Answer<SessionReplies['lookup']> {
    return this.request({
      type: 'lookup',
      kind: more.kind ?? 'static',
      searchOrder: typeof where === 'number' ? [[where, 'all']] : where,
      symbols: names.map((name): LookupSetEntry => (typeof name === 'string' ? [name, true] : name)),
      requiredState: more.state ?? 'ready',
      ...(more.onBehalfOf === undefined ? {} : { onBehalfOf: more.onBehalfOf }),
      ...(more.within === undefined ? {} : { within: more.within }),
    })
  }

  remove(tracker: TrackerId, wait: 'retired' | 'reclaimed' = 'retired'): Answer<null> {
    return this.request({ type: 'removeTracker', tracker, wait })
  }

  removeDefault(dylib: JITDylibId): Answer<null> {
    return this.remove(defaultTrackerOf(dylib))
  }

  transfer(source: TrackerId, destination: TrackerId): Answer<null> {
    return this.request({ type: 'transferTo', source, destination })
  }

  drop(tracker: TrackerId): void {
    this.tell({ type: 'dropResourceTracker', tracker })
  }

  register(): ManagerId {
    const manager = this.newId() as ManagerId
    void this.request({ type: 'registerResourceManager', manager }).value
    return manager
  }

  // ---- what a client is told and asked

  take<T extends SessionEvent['type']>(type: T): Extract<SessionEvent, { type: T }> {
    const event = this.tryTake(type)
    if (event === undefined) throw new Error(`client ${this.id} was not sent ${type}`)
    return event
  }

  tryTake<T extends SessionEvent['type']>(type: T): Extract<SessionEvent, { type: T }> | undefined {
    const index = this.events.findIndex((event) => event.type === type)
    if (index < 0) return undefined
    return this.events.splice(index, 1)[0] as Extract<SessionEvent, { type: T }>
  }

  takeAll<T extends SessionEvent['type']>(type: T): Extract<SessionEvent, { type: T }>[] {
    const taken = []
    for (let event = this.tryTake(type); event !== undefined; event = this.tryTake(type)) taken.push(event)
    return taken
  }

  takeAsk<T extends SessionAsk['type']>(type: T): Asked<Extract<SessionAsk, { type: T }>> {
    const index = this.asked.findIndex(({ message }) => message.type === type)
    if (index < 0) throw new Error(`client ${this.id} was not asked to ${type}`)
    return this.asked.splice(index, 1)[0] as Asked<Extract<SessionAsk, { type: T }>>
  }

  /** As the manager that was asked first and has not answered. */
  removed(reclaimLater = false): Asked {
    const asked = this.takeAsk('handleRemoveResources')
    this.reply(asked.token, success({ reclaimLater }))
    return asked
  }

  refuseToRemove(error: JITErrorData): void {
    this.reply(this.takeAsk('handleRemoveResources').token, failure(error))
  }

  generated(units: readonly UnitDescription[] = [], attachments: readonly Attachment[] = []): void {
    this.reply(this.takeAsk('generate').token, success({ units }), attachments)
  }

  // ---- what a holder of a responsibility does

  resolve(responsibility: ResponsibilityId, addresses: Readonly<Record<string, number>>): Answer<null> {
    const definitions = Object.entries(addresses).map(([name, address]): Definition => [name, address, strong])
    return this.request({ type: 'notifyResolved', responsibility, definitions })
  }

  emit(responsibility: ResponsibilityId, groups: readonly DependenceGroup[] = []): Answer<null> {
    return this.request({ type: 'notifyEmitted', responsibility, groups, initializers: [] })
  }

  fail(responsibility: ResponsibilityId, cause: JITErrorData | null = null): Answer<null> {
    return this.request({ type: 'failMaterialization', responsibility, cause })
  }

  /** Resolves every symbol of an event at an address of its own, and emits. */
  finish(event: Materialize, groups: readonly DependenceGroup[] = []): void {
    this.resolveAll(event)
    void this.emit(event.responsibility, groups).value
  }

  resolveAll({ responsibility, symbols }: Materialize): void {
    const addressed = symbols.filter(([, flags]) => (flags & initOnly) === 0)
    void this.resolve(responsibility, Object.fromEntries(addressed.map(([name]) => [name, addressOf(name)]))).value
  }
}

interface UnitMore {
  readonly name?: string
  readonly initSymbol?: string | null
  readonly source?: UnitSource
  readonly attachments?: readonly Attachment[]
}

interface LookupMore {
  readonly state?: RequiredState
  readonly kind?: 'static' | 'dlsym'
  readonly onBehalfOf?: ResponsibilityId
  readonly within?: GeneratorId
}

/** A session with a client and a bare dylib "main". */
export function openSession(): { session: SessionDriver; client: ClientDriver; main: JITDylibId } {
  const session = new SessionDriver()
  const client = session.connect()
  return { session, client, main: client.createJITDylib('main') }
}
