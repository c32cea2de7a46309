// One thread's end of its port to the session: asks and their replies typed by the protocol, ids made here, and what the
// session asks back (materialize, generate, manage resources) led to the user's objects.
import type {
  Attachment,
  Channel,
  ClientId,
  GatewayEvent,
  GatewayNotification,
  GeneratorId,
  HouseEvent,
  HouseNotification,
  HouseReplies,
  HouseRequest,
  JITDylibId,
  JITErrorData,
  ManagerId,
  ResponsibilityId,
  SessionAsk,
  SessionEvent,
  SessionNotification,
  SessionReplies,
  SessionRequest,
  TrackerId,
  UnitDescription,
  UnitId,
} from '@worc/protocol'
import { JITError, clientScopedId, defaultTrackerOf, errorData, failure, plainError, success } from '@worc/protocol'
import type { MessagePort } from 'node:worker_threads'
import { threadId } from 'node:worker_threads'
import type { Settle } from '@worc/mailbox'
import { Connection, PortChannel } from '@worc/mailbox'
import type { ClientRequest, LookupAsker, ReplyOf, RequestOptions } from './client-requests.js'
import { givingBack, retiring } from './client-requests.js'
import type { DefinitionGenerator, LookupState } from './definition-generator.js'
import type { HostClosure } from '@worc/executor'
import { ReexportsGenerator, generate } from './definition-generator.js'
import { generating, insideGenerator, outsideGenerators } from './generation.js'
import { ExecutionSession } from './execution-session.js'
import { closuresOf } from './host-functions.js'
import { JITDylib, dylibIdIn } from './jit-dylib.js'
import type { MaterializationResponsibility, MaterializationUnit, Synchronous } from './materialization-unit.js'
import { isSourced } from './materialization-unit.js'
import type { ResourceManager } from './resource-manager.js'
import { ResourceTracker } from './resource-tracker.js'
import { ResponsibilityProxy, proxyOf } from './responsibility-proxy.js'
import type { SymbolName } from './symbol-records.js'
import { flagsEntries } from './symbol-records.js'

export class SessionClient {
  readonly session: ExecutionSession
  readonly client: ClientId
  /** The session's name: the same in every thread that has joined it. */
  readonly sessionName: string
  /** Set by whoever runs code in this thread: hears of a link actor that took a dead one's place. */
  onLinkerReplaced: (port: Attachment) => void = () => undefined
  /** Set by whoever runs code in this thread: code was installed or retracted everywhere, and this thread should know it at once. */
  onPublished: () => void = () => undefined
  /** Set where the session is in another process: what its gateway tells. */
  onGatewayEvent: (event: GatewayEvent) => void = () => undefined
  /** How long this thread may wait in a sync ask. */
  syncLimitMs: number = Infinity
  /** Set by the keeper of the house: there is something to compile and nobody to do it. */
  onCompilersWanted: () => void = () => undefined
  /** Set by the keeper: this compile actor's worker does not come to an end with what nobody wants. */
  onCompilerStuck: (worker: string) => void = () => undefined
  readonly #connection: Connection
  readonly #inSessionThread: boolean
  /** Sync asks that this thread is in: its event loop stands still. */
  #waits = 0
  /** Whose `materialize`, or `tryToGenerate`, is on this thread's stack. */
  #asker: LookupAsker = {}
  readonly #lookupStates = new WeakMap<LookupState, GeneratorId>()
  #next = 1
  readonly #dylibs = new Map<JITDylibId, JITDylib>()
  readonly #units = new Map<UnitId, MaterializationUnit>()
  readonly #managers = new Map<ManagerId, ResourceManager>()
  readonly #generators = new Map<GeneratorId, DefinitionGenerator>()
  readonly #ids = new WeakMap<object, number>()
  readonly #waitingForDependencies = new Map<number, NonNullable<RequestOptions['onDependenciesRegistered']>>()
  readonly #trackers = new FinalizationRegistry<TrackerId>((tracker) =>
    this.tellIfOpen({ type: 'dropResourceTracker', tracker }),
  )
  readonly #responsibilities = new FinalizationRegistry<ResponsibilityId>((responsibility) =>
    this.#dropped(responsibility),
  )

  private constructor(connection: Connection, { client, config }: HouseReplies['join']) {
    this.#connection = connection
    this.client = client
    this.sessionName = config.sessionName
    this.#inSessionThread = config.inlineThread === threadId
    this.session = new ExecutionSession(this)
  }

  /** Joins the session behind a port; its `join` reply says who this client is. */
  static async join(
    port: MessagePort | Channel,
  ): Promise<{ readonly client: SessionClient; readonly welcome: HouseReplies['join'] }> {
    let joined: SessionClient | undefined
    const known = (): SessionClient => {
      if (joined === undefined) throw new Error('the session speaks to a client that has not joined')
      return joined
    }
    const connection = new Connection('send' in port ? port : new PortChannel(port, { peer: 'the session' }), {
      onTell: (body, attachments) => outsideGenerators(() => known().#onTell(body, attachments)),
      onAsk: (body, ask) => outsideGenerators(() => known().#onAsk(body, ask)),
    })
    const { value } = await connection.ask({ type: 'join' } satisfies HouseRequest)
    const welcome = value as HouseReplies['join']
    joined = new SessionClient(connection, welcome)
    return { client: joined, welcome }
  }

  // ---- messages

  request<T extends ClientRequest>(message: T, options?: RequestOptions): Promise<ReplyOf<T>> {
    return new Promise((resolve, reject) => {
      this.#ask(message, options, (value) => resolve(value as ReplyOf<T>), reject)
    })
  }

  requestWithAttachments<T extends ClientRequest>(
    message: T,
    options?: RequestOptions,
  ): Promise<{ value: ReplyOf<T>; attachments: readonly Attachment[] }> {
    return new Promise((resolve, reject) => {
      this.#ask(message, options, (value, attachments) => resolve({ value: value as ReplyOf<T>, attachments }), reject)
    })
  }

  /** One promise a request: what is asked most is asked thousands of times. */
  #ask(
    message: ClientRequest,
    { onDependenciesRegistered, ...options }: RequestOptions = {},
    resolve: (value: unknown, attachments: readonly Attachment[]) => void,
    reject: (error: unknown) => void,
  ): void {
    let asked: number | undefined
    const onAsk =
      onDependenciesRegistered === undefined
        ? undefined
        : (ask: number) => {
            asked = ask
            this.#waitingForDependencies.set(ask, onDependenciesRegistered)
          }
    const settle: Settle = (result, attachments) => {
      if (asked !== undefined) this.#waitingForDependencies.delete(asked)
      if (!result.ok) return reject(this.#explained(new JITError(result.error)))
      resolve(result.value, attachments)
      if (retiring.has(message.type)) this.onPublished()
    }
    const exempt = givingBack.has(message.type)
    this.#connection.askThen(message, settle, { ...options, exempt, ...(onAsk === undefined ? {} : { onAsk }) })
  }

  /**
   * Waits in this thread, serving what the session asks of it meanwhile. WouldDeadlock where that could never end: the session
   * lives in this thread, or what it asks needs this thread's event loop.
   */
  requestSync<T extends ClientRequest>(message: T): ReplyOf<T> {
    if (this.#inSessionThread) {
      throw new JITError(
        plainError('WouldDeadlock', `${message.type} cannot be waited for: the session is inline in this thread`),
      )
    }
    this.#waits += 1
    try {
      const options = { exempt: givingBack.has(message.type), timeoutMs: this.syncLimitMs }
      return this.#connection.askSync(this.#onBehalf(message), options).value as ReplyOf<T>
    } catch (thrown) {
      throw this.#explained(thrown)
    } finally {
      this.#waits -= 1
    }
  }

  /** A sync lookup from inside a callback says so: the session then sees where it would wait for itself. */
  #onBehalf(message: ClientRequest): ClientRequest {
    return message.type === 'lookup' ? { ...this.#asker, ...message } : message
  }

  /** Who asks, as a lookup's message says it: undefined is whoever is known to. WrongOwner where it is another session's. */
  askerOf(asker: MaterializationResponsibility | LookupState | null | undefined): LookupAsker {
    if (asker === null) return {}
    if (asker === undefined) return insideGenerator()
    if (!('kind' in asker)) return { onBehalfOf: proxyOf(this, asker).id }
    const within = this.#lookupStates.get(asker)
    if (within !== undefined) return { within }
    throw new JITError(plainError('WrongOwner', 'the lookup state belongs to another session'))
  }

  get isOpen(): boolean {
    return this.#connection.closed === undefined
  }

  /** The session actor's death is the session's end, for whoever asks. */
  #explained(thrown: unknown): unknown {
    const end = this.#connection.closed
    if (
      end === undefined ||
      end.code === 'SessionClosed' ||
      !(thrown instanceof JITError) ||
      thrown.code !== 'ActorDied'
    )
      return thrown
    return new JITError(plainError('SessionClosed', 'the session has ended', thrown.data))
  }

  /** The other end of the port becomes a client of its own. */
  introduceClient(port: MessagePort): void {
    const end = this.#connection.closed
    if (end !== undefined) {
      port.close()
      throw new JITError(end.code === 'SessionClosed' ? end : plainError('SessionClosed', 'the session has ended', end))
    }
    this.#connection.tell({ type: 'introduceClient' } satisfies HouseNotification, [port], [port])
  }

  tell(message: SessionNotification | GatewayNotification): void {
    this.#connection.tell(message, [], [], givingBack.has(message.type))
  }

  tellIfOpen(message: SessionNotification | GatewayNotification): void {
    if (this.#connection.closed === undefined) this.tell(message)
  }

  // ---- names

  dylib(id: JITDylibId, name: string): JITDylib {
    const known = this.#dylibs.get(id)
    if (known !== undefined) return known
    const dylib = new JITDylib(this, this.session, id, name)
    this.#dylibs.set(id, dylib)
    return dylib
  }

  /** A dylib that this thread may not have met: it has a name, which a message that brings only the number does not tell. */
  dylibById(id: JITDylibId): JITDylib {
    return this.dylib(id, this.#dylibs.get(id)?.name ?? `JITDylib ${id}`)
  }

  defaultTrackerOf(dylib: JITDylibId): TrackerId {
    return defaultTrackerOf(dylib)
  }

  createTracker(dylib: JITDylib): ResourceTracker {
    const id = this.#newId() as TrackerId
    this.tell({ type: 'createResourceTracker', tracker: id, dylib: dylib.id })
    return this.#trackerHandle(dylib, id)
  }

  /** Takes up a handle that another client has retained under this token. */
  adoptTracker(dylib: JITDylib, tracker: TrackerId, token: number): ResourceTracker {
    this.request({ type: 'adoptTracker', tracker, token }).catch((thrown: unknown) =>
      this.session.report(errorData(thrown)),
    )
    return this.#trackerHandle(dylib, tracker)
  }

  /** A token under which another client may adopt the tracker. */
  retainTracker(tracker: ResourceTracker): number {
    const token = this.#newId()
    this.tell({ type: 'retainTracker', tracker: tracker.id, token })
    return token
  }

  dropTracker(tracker: ResourceTracker): void {
    if (tracker.id < 0 || !this.#trackers.unregister(tracker)) return
    this.tellIfOpen({ type: 'dropResourceTracker', tracker: tracker.id })
  }

  #trackerHandle(dylib: JITDylib, id: TrackerId): ResourceTracker {
    const tracker = new ResourceTracker(this, dylib, id)
    this.#trackers.register(tracker, id, tracker)
    return tracker
  }

  managerId(manager: ResourceManager): ManagerId {
    const id = this.#idOf(manager) as ManagerId
    this.#managers.set(id, manager)
    return id
  }

  forgetManager(manager: ResourceManager): void {
    this.#managers.delete(this.#idOf(manager) as ManagerId)
  }

  generatorId(generator: DefinitionGenerator): GeneratorId {
    const id = this.#idOf(generator) as GeneratorId
    this.#generators.set(id, generator)
    return id
  }

  forgetGenerator(generator: DefinitionGenerator): void {
    this.#generators.delete(this.#idOf(generator) as GeneratorId)
  }

  forgetDylibs(dylibs: readonly JITDylib[]): void {
    for (const { id } of dylibs) this.#dylibs.delete(id)
  }

  #idOf(object: object): number {
    const id = this.#ids.get(object) ?? this.#newId()
    this.#ids.set(object, id)
    return id
  }

  #newId(): number {
    return clientScopedId(this.client, this.#next++)
  }

  // ---- units and responsibilities

  async define(dylib: JITDylib, unit: MaterializationUnit, tracker: ResourceTracker | undefined): Promise<void> {
    if (tracker !== undefined && dylibIdIn(this.session, tracker.dylib) !== dylib.id) {
      throw new JITError(plainError('WrongOwner', `the tracker belongs to ${tracker.dylib.name}, not to ${dylib.name}`))
    }
    const { description, attachments } = this.describe(unit)
    try {
      await this.request(
        { type: 'define', dylib: dylib.id, tracker: tracker?.id ?? null, unit: description },
        { attachments },
      )
    } catch (thrown) {
      this.forgetUnit(description.unit)
      throw thrown
    }
  }

  forgetUnit(unit: UnitId): void {
    this.#units.delete(unit)
  }

  /**
   * The unit as the session knows it. What its client materializes itself, and closures until this thread has them installed,
   * is remembered until the session says it is done with.
   */
  describe(unit: MaterializationUnit): {
    readonly description: UnitDescription
    readonly attachments: readonly Attachment[]
  } {
    const sourced = isSourced(unit)
    if (sourced && unit.from !== undefined) dylibIdIn(this.session, unit.from)
    const id = this.#newId() as UnitId
    if (!sourced || closuresOf(unit) !== undefined) this.#units.set(id, unit)
    const description: UnitDescription = {
      unit: id,
      name: unit.name,
      symbols: flagsEntries(unit.symbols, sourced ? unit.signatures : undefined),
      initSymbol: unit.initSymbol ?? null,
      source: sourced ? unit.source : { kind: 'user' },
    }
    return { description, attachments: sourced ? unit.attachments : [] }
  }

  /** What a unit of this client's has for a name; undefined in every other thread. */
  closureOf(id: UnitId, name: SymbolName): HostClosure | undefined {
    const unit = this.#units.get(id)
    return unit === undefined ? undefined : closuresOf(unit)?.get(name)
  }

  watchResponsibility(responsibility: ResponsibilityProxy): void {
    this.#responsibilities.register(responsibility, responsibility.id, responsibility)
  }

  unwatchResponsibility(responsibility: ResponsibilityProxy): void {
    this.#responsibilities.unregister(responsibility)
  }

  #dropped(responsibility: ResponsibilityId): void {
    const cause = plainError('UserError', 'the responsibility was dropped unfinished')
    this.tellIfOpen({ type: 'responsibilityDropped', responsibility, cause })
  }

  withTrackerKey<T>(tracker: TrackerId, body: Synchronous<T>): Promise<T> {
    return this.#withKey({ type: 'claimTrackerKey', tracker }, body)
  }

  withResponsibilityKey<T>(responsibility: ResponsibilityId, body: Synchronous<T>): Promise<T> {
    return this.#withKey({ type: 'claimResourceKey', responsibility, recorded: false }, body)
  }

  /** The body runs as the grant is decoded: whatever follows on this port, a removal among it, comes after. */
  #withKey<T>(
    claim: Extract<SessionRequest, { type: 'claimTrackerKey' | 'claimResourceKey' }>,
    body: Synchronous<T>,
  ): Promise<T> {
    return new Promise((resolve, reject) => {
      this.#connection.askThen(claim, (result) => {
        if (!result.ok) return reject(new JITError(result.error))
        const { key, lease } = result.value as SessionReplies['claimResourceKey']
        try {
          resolve((body as (granted: typeof key) => T)(key))
        } catch (thrown) {
          reject(thrown instanceof Error ? thrown : new Error(String(thrown)))
        } finally {
          if (lease !== null) this.tell({ type: 'releaseLease', lease })
        }
      })
    })
  }

  // ---- what the session says and asks

  #onTell(body: unknown, attachments: readonly Attachment[]): void {
    const message = body as SessionEvent | HouseEvent | GatewayEvent
    switch (message.type) {
      case 'materialize':
        return this.#materialize(message)
      case 'discard':
        return this.#call(() => this.#units.get(message.unit)?.discard?.(this.dylibById(message.dylib), message.name))
      case 'destroyUnit':
        return this.#destroyUnit(message.unit)
      case 'handleTransferResources':
        return this.#call(() =>
          this.#managers
            .get(message.manager)
            ?.handleTransferResources(this.dylibById(message.dylib), message.destination, message.source),
        )
      case 'dependenciesRegistered': {
        const listener = this.#waitingForDependencies.get(message.ask)
        this.#waitingForDependencies.delete(message.ask)
        return this.#call(() =>
          listener?.(new Map(message.pending.map(([dylib, names]) => [this.dylibById(dylib), names]))),
        )
      }
      case 'errorReported':
        return this.session.report(message.error)
      case 'unitTakenBack':
        // For link actors.
        return
      case 'compilersWanted':
        return this.onCompilersWanted()
      case 'compilerStuck':
        return this.onCompilerStuck(message.worker)
      case 'linkerReplaced': {
        const [port] = attachments
        if (port !== undefined) this.onLinkerReplaced(port)
        return
      }
      case 'runOutput':
      case 'runInputConsumed':
        return this.onGatewayEvent(message)
    }
  }

  #onAsk(body: unknown, ask: number): void {
    const question = body as SessionAsk
    let answer: object | Promise<object>
    try {
      answer = this.#answer(question)
    } catch (thrown) {
      return this.#connection.reply(ask, failure(errorData(thrown)))
    }
    if (!(answer instanceof Promise)) return this.#connection.reply(ask, success(answer))
    if (this.#waits > 0) {
      answer.catch((thrown: unknown) => this.session.report(errorData(thrown)))
      return this.#connection.reply(ask, failure(asynchronous(`${question.type} of this thread's`)))
    }
    answer.then(
      (value) => this.#connection.reply(ask, success(value)),
      (thrown: unknown) => this.#connection.reply(ask, failure(errorData(thrown))),
    )
  }

  #answer(question: SessionAsk): object | Promise<object> {
    switch (question.type) {
      case 'handleRemoveResources':
        return this.#handleRemove(question)
      case 'generate': {
        const generator = this.#generators.get(question.generator)
        if (generator === undefined) return { units: [] }
        const within = question.generator
        const onState = (state: LookupState): unknown => this.#lookupStates.set(state, within)
        const body = (): Promise<void> | undefined => generate(this, generator, question, onState)
        const pending = this.#as({ within }, () => generating(within, body))
        return pending === undefined ? { units: [] } : pending.then(() => ({ units: [] }))
      }
      case 'filterReexports': {
        const generator = this.#generators.get(question.generator)
        const allow = generator instanceof ReexportsGenerator ? generator.allow : undefined
        return allow === undefined ? question.names : question.names.filter((name) => allow(name))
      }
    }
  }

  #handleRemove({
    manager,
    dylib,
    key,
  }: Extract<SessionAsk, { type: 'handleRemoveResources' }>): object | Promise<object> {
    const done = { reclaimLater: false }
    const pending = this.#managers.get(manager)?.handleRemoveResources(this.dylibById(dylib), key)
    return pending === undefined ? done : pending.then(() => done)
  }

  #materialize(message: Extract<SessionEvent, { type: 'materialize' }>): void {
    const unit = this.#units.get(message.unit)
    const responsibility = new ResponsibilityProxy(
      this,
      message.dylib,
      message.responsibility,
      message.symbols,
      message.initSymbol,
    )
    const failed = (thrown: unknown): void => {
      // A layer that took the responsibility over has failed it with this very error.
      if (responsibility.finished && thrown instanceof JITError) return
      if (responsibility.finished) return this.session.report(errorData(thrown))
      responsibility.failMaterialization(new JITError(errorData(thrown))).catch((second: unknown) => {
        // With the session everything has failed.
        if (!(second instanceof JITError && second.code === 'SessionClosed')) this.session.report(errorData(second))
      })
    }
    if (unit === undefined) return failed(new Error(`this thread has no unit ${message.name}`))
    try {
      const pending = this.#as({ onBehalfOf: responsibility.id }, () => unit.materialize(responsibility))
      pending?.catch(failed)
      if (pending !== undefined && this.#waits > 0 && !responsibility.finished)
        failed(new JITError(asynchronous(`unit ${message.name}`)))
    } catch (thrown) {
      failed(thrown)
    }
  }

  /** Sync lookups that the body makes are on that behalf. */
  #as<T>(asker: LookupAsker, body: () => T): T {
    const outer = this.#asker
    this.#asker = asker
    try {
      return body()
    } finally {
      this.#asker = outer
    }
  }

  #destroyUnit(id: UnitId): void {
    const unit = this.#units.get(id)
    // A unit of closures is installed before the session is done with it, but that was said on another port.
    if (unit !== undefined && closuresOf(unit) !== undefined) this.onPublished()
    this.#units.delete(id)
    this.#call(() => unit?.[Symbol.dispose]?.())
  }

  /** A callback of the user's that nobody waits for: what it throws is for onError. */
  #call(callback: () => void): void {
    try {
      callback()
    } catch (thrown) {
      this.session.report(errorData(thrown))
    }
  }

  /** Everything outstanding is rejected with the error; the port is closed. */
  close(error: JITErrorData): void {
    this.#connection.close(error)
  }
}

function asynchronous(what: string): JITErrorData {
  return plainError('WouldDeadlock', `${what} answers asynchronously, and this thread waits in a sync call`)
}
