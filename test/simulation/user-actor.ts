// A thread of a service, as the session knows it: a client that asks whatever the schedule tells it to, manages resources,
// generates definitions and materializes units, by the plans of those units.
import type {
  Actor,
  Attachment,
  ClientId,
  Context,
  Expected,
  GeneratorId,
  HouseEvent,
  HouseReplies,
  HouseRequest,
  Incoming,
  InitializerRun,
  JITDylibId,
  LeaseId,
  LookupDefinition,
  ManagerId,
  PeerId,
  ResourceKey,
  ResponsibilityId,
  SessionAsk,
  SessionAskReplies,
  SessionEvent,
  SessionNotification,
  SessionReplies,
  SessionRequest,
  TrackerId,
} from '@worc/protocol'
import { clientScopedId, failure, isCodeAddress, plainError, success } from '@worc/protocol'
import type { ManagerBooks } from './manager-books.js'
import { UnitScript } from './unit-script.js'
import type { UnitPlan } from './unit-plan.js'
import { payloadOf, sourceOf } from './unit-plan.js'

export type Ask = SessionRequest | HouseRequest

/** How a user's manager answers: as soon as it is asked, or later, or not as it should. */
export interface ManagerHabits {
  readonly answer: 'retired' | 'reclaim-later' | 'fails'
  readonly milliseconds: number
}

export interface UserHouse {
  readonly books: ManagerBooks
  planOf(unit: number): UnitPlan | undefined
  /** The executor's part in a thread: a link actor took a dead one's place. */
  onLinkerReplaced(user: UserActor, port: Attachment): void
  onExecutor(user: UserActor, reply: HouseReplies['attachExecutor'], attachments: readonly Attachment[]): void
  /** What was removed is known to this thread at once. */
  onRetired(user: UserActor): void
  onAnswered(user: UserActor, ask: number, type: Ask['type'], result: Expected<unknown>): void
  onManagerFailed(): void
  onCompilerStuck(worker: string): void
  /** Runs the constructors that the session handed out, in this thread. */
  runInitializers(user: UserActor, functions: readonly number[]): void
}

/** What takes code away: when its answer is here, calls in this thread throw CodeRemoved. */
const retiring: ReadonlySet<string> = new Set(['removeTracker', 'clear', 'removeJITDylibs', 'endSession'])

/** Whose answers bring what must not be dropped: the face has no way to cancel these. */
const uncancellable: ReadonlySet<string> = new Set([
  'join',
  'attachExecutor',
  'claimTrackerKey',
  'claimResourceKey',
  'beginInitialize',
  'allocate',
  'registerResourceManager',
  'deregisterResourceManager',
  'delegate',
])

type SettleAsk = (result: Expected<unknown>, attachments: readonly Attachment[]) => void

interface PendingAsk {
  readonly type: Ask['type']
  readonly settle: SettleAsk
}

export class UserActor implements Actor {
  readonly name: string
  client: ClientId | undefined
  /** By the number of the ask: what was asked and has no answer. */
  readonly pending = new Map<number, PendingAsk>()
  lastAsk = 0
  readonly #cancelled = new Set<number>()
  /** Addresses that lookups found. */
  readonly found = new Map<string, number>()
  readonly allocations: number[] = []
  readonly managers = new Map<ManagerId, ManagerHabits>()
  readonly generators = new Map<GeneratorId, readonly UnitPlan[]>()
  readonly scripts = new Map<ResponsibilityId, UnitScript>()
  readonly #house: UserHouse
  #ctx: Context | undefined
  #session: PeerId | undefined

  constructor(name: string, house: UserHouse) {
    this.name = name
    this.#house = house
  }

  join(ctx: Context, session: PeerId, attach: boolean): void {
    this.#ctx = ctx
    this.#session = session
    this.ask({ type: 'join' }, [], (result) => {
      if (result.ok) this.client = (result.value as HouseReplies['join']).client
    })
    if (!attach) return
    this.ask({ type: 'attachExecutor' }, [], (result, attachments) => {
      if (result.ok) this.#house.onExecutor(this, result.value as HouseReplies['attachExecutor'], attachments)
    })
  }

  get ctx(): Context {
    if (this.#ctx === undefined) throw new Error(`${this.name} has not joined`)
    return this.#ctx
  }

  ask(message: Ask, attachments: readonly Attachment[] = [], settle: SettleAsk = () => undefined): void {
    const session = this.#session
    if (session === undefined) return
    const ask = ++this.lastAsk
    this.pending.set(ask, { type: message.type, settle })
    this.ctx.ask(
      session,
      message,
      (result, received) => {
        if (this.#cancelled.delete(ask)) return
        if (!this.pending.delete(ask))
          throw new Error(`I18 ask ${ask} of ${this.name}, ${message.type}, is answered twice`)
        this.#house.onAnswered(this, ask, message.type, result)
        if (retiring.has(message.type)) this.#house.onRetired(this)
        settle(result, received)
      },
      attachments,
    )
  }

  /** It has its answer, whatever the session will say. */
  cancel(ask: number): void {
    const pending = this.pending.get(ask)
    if (pending === undefined || uncancellable.has(pending.type)) return
    const error = plainError('Aborted', 'cancelled')
    this.pending.delete(ask)
    this.#cancelled.add(ask)
    this.tell({ type: 'cancelAsk', ask, error })
    pending.settle(failure(error), [])
  }

  tell(message: SessionNotification): void {
    if (this.#session !== undefined) this.ctx.send(this.#session, message)
  }

  on(ctx: Context, { from, message, ask, attachments }: Incoming): void {
    const event = message as SessionEvent | SessionAsk | HouseEvent
    switch (event.type) {
      case 'materialize':
        return this.#materialize(event)
      case 'handleRemoveResources':
        if (ask !== undefined) this.#removeResources(event, (result) => ctx.reply(from, ask, result))
        return
      case 'handleTransferResources':
        return this.#house.books.transfer(event.manager, event.source, event.destination)
      case 'generate': {
        if (ask === undefined) return
        const { result, attachments: objects } = this.#generate(event)
        return ctx.reply(from, ask, result, objects)
      }
      case 'filterReexports':
        if (ask !== undefined) ctx.reply(from, ask, success(event.names))
        return
      case 'linkerReplaced': {
        const [port] = attachments
        if (port !== undefined) this.#house.onLinkerReplaced(this, port)
        return
      }
      case 'discard':
      case 'destroyUnit':
      case 'unitTakenBack':
      case 'dependenciesRegistered':
      case 'errorReported':
      case 'compilersWanted':
        return
      case 'compilerStuck':
        return this.#house.onCompilerStuck(event.worker)
    }
  }

  onPeerClosed(): void {
    this.#session = undefined
  }

  snapshot(): unknown {
    return { pending: this.pending.size, scripts: this.scripts.size }
  }

  get connected(): boolean {
    return this.#session !== undefined && this.client !== undefined
  }

  id(n: number): number {
    if (this.client === undefined) throw new Error(`${this.name} has no id yet`)
    return clientScopedId(this.client, n)
  }

  // ---- what the schedule asks it to do

  define(dylib: JITDylibId, tracker: TrackerId | null, plan: UnitPlan): void {
    this.ask({ type: 'define', dylib, tracker, unit: this.#describe(plan) }, [payloadOf(plan)])
  }

  #describe(plan: UnitPlan): Extract<SessionRequest, { type: 'define' }>['unit'] {
    return {
      unit: this.id(plan.number) as never,
      name: `unit ${plan.number}`,
      symbols: plan.symbols,
      initSymbol: plan.initSymbol,
      source: sourceOf(plan),
    }
  }

  /** `use` hears the names of the functions that were found. */
  lookup(message: Extract<SessionRequest, { type: 'lookup' }>, use: (functions: readonly string[]) => void): void {
    this.ask(message, [], (result) => {
      if (!result.ok) return
      const functions = (result.value as readonly LookupDefinition[]).filter(({ address }) => isCodeAddress(address))
      for (const { name, address } of functions) this.found.set(name, address)
      use(functions.map(({ name }) => name))
    })
  }

  register(manager: ManagerId, habits: ManagerHabits): void {
    this.managers.set(manager, habits)
    this.ask({ type: 'registerResourceManager', manager }, [], (result) => {
      if (result.ok) this.#house.books.open(manager)
    })
  }

  deregister(manager: ManagerId): void {
    this.ask({ type: 'deregisterResourceManager', manager }, [], (result) => {
      if (result.ok) this.#house.books.close(manager)
    })
  }

  /** Memory by hand: given back in the end. */
  allocate(sizeBytes: number): void {
    this.ask({ type: 'allocate', sizeBytes, alignmentBytes: 16, executable: false }, [], (result) => {
      if (result.ok) this.allocations.push((result.value as HouseReplies['allocate']).address)
    })
  }

  deallocateAll(): void {
    for (const address of this.allocations.splice(0)) this.ask({ type: 'deallocate', address })
  }

  /** Claims a key for a while, and files something under it with every manager that keeps books. */
  claimTracker(tracker: TrackerId, milliseconds: number): void {
    const managers = this.managersNow
    this.ask({ type: 'claimTrackerKey', tracker }, [], (result) => {
      if (!result.ok) return
      const { key, lease } = result.value as SessionReplies['claimTrackerKey']
      this.hold(managers, key, lease, milliseconds)
    })
  }

  /** With whom something may be filed that is claimed from now on. */
  get managersNow(): readonly ManagerId[] {
    return this.#house.books.managers
  }

  hold(managers: readonly ManagerId[], key: ResourceKey, lease: LeaseId, milliseconds: number): void {
    // A manager on the claimer's own port may hear of a removal as soon as the claimer has its grant.
    this.#house.books.file(
      managers.filter((manager) => this.managers.has(manager)),
      key,
    )
    const others = managers.filter((manager) => !this.managers.has(manager))
    this.ctx.timer(milliseconds, () => {
      this.#house.books.file(others, key)
      this.tell({ type: 'releaseLease', lease })
    })
  }

  initialize(dylib: JITDylibId, milliseconds: number): void {
    this.ask({ type: 'beginInitialize', dylib }, [], (result) => {
      if (!result.ok) return
      const { run, functions } = result.value as InitializerRun
      if (run === 0) return
      this.#house.runInitializers(this, functions)
      this.ctx.timer(milliseconds, () => this.tell({ type: 'endInitialize', run, error: null }))
    })
  }

  // ---- what the session asks

  #materialize(event: Extract<SessionEvent, { type: 'materialize' }>): void {
    const plan = this.#house.planOf(event.unit % 0x1_0000_0000)
    if (plan === undefined) throw new Error(`${this.name} is to materialize a unit it never defined`)
    const script = new UnitScript(this, event, plan)
    this.scripts.set(event.responsibility, script)
    script.start()
  }

  #removeResources(
    { manager, key }: Extract<SessionAsk, { type: 'handleRemoveResources' }>,
    answer: (result: Expected<SessionAskReplies['handleRemoveResources']>) => void,
  ): void {
    const habits = this.managers.get(manager) ?? { answer: 'retired', milliseconds: 0 }
    this.#house.books.remove(manager, key)
    if (habits.answer === 'fails') this.#house.onManagerFailed()
    const reclaimLater = habits.answer === 'reclaim-later'
    const result =
      habits.answer === 'fails'
        ? failure(plainError('UserError', `manager ${manager} could not let go of key ${key}`))
        : success({ reclaimLater })
    const finish = (): void => {
      answer(result)
      if (reclaimLater)
        this.ctx.timer(habits.milliseconds, () => this.tell({ type: 'resourcesReclaimed', manager, key }))
    }
    if (habits.milliseconds === 0) finish()
    else this.ctx.timer(habits.milliseconds, finish)
  }

  #generate({ generator, names }: Extract<SessionAsk, { type: 'generate' }>): {
    readonly result: Expected<SessionAskReplies['generate']>
    readonly attachments: readonly Attachment[]
  } {
    const wanted = new Set(names.map(([name]) => name))
    const plans = this.generators.get(generator) ?? []
    const chosen = plans.filter((plan) => plan.symbols.some(([name]) => wanted.has(name)))
    const units = chosen.map((plan, attachment) => {
      const unit = this.#describe(plan)
      return { ...unit, source: at(unit.source, attachment) }
    })
    return { result: success({ units }), attachments: chosen.map(payloadOf) }
  }
}

type Source = Extract<SessionRequest, { type: 'define' }>['unit']['source']

/** Units that come together have their payloads side by side. */
function at(source: Source, attachment: number): Source {
  if (source.kind !== 'object' && source.kind !== 'source') return source
  return { ...source, payload: { ...source.payload, attachment } }
}
