// A link actor: objects into executor memory, and out again. It is the resource manager of what it links. The switch routes;
// a materialization is a LinkJob, what executors hear goes through Publication, what is held is in LinkedUnits, UnitStorage
// and, for whoever comes after this actor, in the shared arenas.
import type {
  Actor,
  Attachment,
  AskId,
  ClientId,
  Context,
  ExecutorId,
  ExecutorNotification,
  ExecutorRequest,
  Expected,
  GeneratorId,
  HouseReplies,
  Incoming,
  JITErrorData,
  LinkEvent,
  LinkRequest,
  LinkStats,
  LinkedUnitId,
  ManagerId,
  PeerId,
  ResourceKey,
  SessionAsk,
  SessionEvent,
  SessionNotification,
  SessionReplies,
  SessionRequest,
  UnitId,
} from '@worc/protocol'
import { clientScopedId, failure, plainError, success } from '@worc/protocol'
import { releaseHeapLock } from '@worc/executor-memory'
import type { ExecutorIndex } from '@worc/executor-memory'
import type { ArchiveGroup } from './archive-members.js'
import { describeMember, membersFor, openArchiveGroup } from './archive-members.js'
import { DoorAllocations } from './door-allocations.js'
import { ExecutorPlaces } from './executor-places.js'
import { ExecutorRegions } from './executor-regions.js'
import { FunctionPointers } from './function-pointers.js'
import { linkHostFunctions } from './generated-unit.js'
import { linkLazyObject, linkLazyReexports } from './lazy-functions.js'
import { heapLockWord } from './link-config.js'
import type { Arenas, LinkConfig } from './link-config.js'
import type { LinkSite, Materialize } from './link-job.js'
import { LinkJob, payloadOf } from './link-job.js'
import type { LinkedUnitRecord } from './linked-units.js'
import { LinkedUnits } from './linked-units.js'
import type { ModuleBudget } from './module-budget.js'
import type { Dispatcher } from './publication.js'
import { Publication } from './publication.js'
import { Succession } from './succession.js'
import { unknownFrame } from './symbolizer.js'
import type { LinkTarget, LinkedCode } from './target.js'
import { UnitStorage } from './unit-storage.js'

/** What the actor needs of the thread it runs in. */
export interface LinkPorts {
  /** Makes a port's other end a peer of this actor. */
  connect(port: Attachment): PeerId
  /** Closes a port that cannot be served, so that its other end hears why. */
  refuse(port: Attachment, error: JITErrorData): void
  readonly budget: Pick<ModuleBudget, 'watch' | 'pressure' | 'collect'>
  readonly target: LinkTarget
}

type FromSession = SessionEvent | SessionAsk | LinkRequest
type FromExecutor = ExecutorRequest | ExecutorNotification

/** How long a successor waits for threads that may be deep in a call before it goes on with what the others have told. */
const succeedWithinMs = 1000

/** Archive groups whose index is kept. */
const openArchives = 16

export class LinkActor implements Actor {
  readonly #config: LinkConfig
  readonly #arenas: Arenas
  readonly #ports: LinkPorts
  readonly #units = new LinkedUnits()
  readonly #publication: Publication
  readonly #pointers: FunctionPointers
  readonly #storage: UnitStorage
  readonly #allocations: DoorAllocations
  readonly #places: ExecutorPlaces
  readonly #regions: ExecutorRegions
  readonly #succession: Succession | undefined
  readonly #afterSuccession: Incoming[] = []
  /** Executors that have told a successor what they hold. */
  readonly #told = new Set<PeerId>()
  #finishing = false
  #succeeded = false
  #accounted = false
  readonly #executors = new Map<PeerId, ExecutorId>()
  readonly #archives = new Map<GeneratorId, ArchiveGroup>()
  readonly #waiting: { readonly event: Materialize; readonly attachments: readonly object[] }[] = []
  /** How often it was looked whether they can go on. */
  #looks = 0
  #session: PeerId | undefined
  #client: ClientId | undefined
  #manager: ManagerId | undefined
  #nextId = 1

  constructor(config: LinkConfig, arenas: Arenas, ports: LinkPorts) {
    this.#config = config
    this.#arenas = arenas
    this.#ports = ports
    const { linker } = config
    this.#succession = config.adopt === null ? undefined : new Succession(arenas, config.adopt, linker, this.#units)
    this.#publication = new Publication(linker, arenas.epochs, arenas.buffers.memory)
    this.#pointers = new FunctionPointers(arenas, this.#units, this.#publication, linker, ports.target, (module) =>
      ports.budget.watch(module),
    )
    this.#storage = new UnitStorage(linker, arenas, this.#units, this.#pointers)
    this.#allocations = new DoorAllocations(linker, arenas)
    this.#places = new ExecutorPlaces(arenas, linker)
    this.#regions = new ExecutorRegions(arenas, linker)
  }

  /** The session is there: become one of its link actors, and the manager of what is linked. */
  join(ctx: Context, session: PeerId): void {
    this.#session = session
    ctx.ask(session, { type: 'join' }, (result) => {
      if (!result.ok) return
      const { client, executors } = result.value as HouseReplies['join']
      this.#client = client
      this.#manager = this.#id() as ManagerId
      ctx.ask(
        session,
        { type: 'registerResourceManager', manager: this.#manager } satisfies SessionRequest,
        () => undefined,
      )
      // From here on it hears of removals: what it asks of the session's keys is asked after that.
      this.#succession?.expect(executors)
      this.#resumeAfterSuccession(ctx)
      if (this.#succession !== undefined) ctx.timer(succeedWithinMs, () => this.#stopWaiting(ctx))
    })
  }

  on(ctx: Context, incoming: Incoming): void {
    const { from, ask } = incoming
    if (
      from === this.#session &&
      this.#succession !== undefined &&
      !this.#succeeded &&
      !(this.#succession.expecting && (incoming.message as FromSession).type === 'executorAttached')
    ) {
      this.#afterSuccession.push(incoming)
      return
    }
    const answer = from === this.#session ? this.#onSession(ctx, incoming) : this.#onExecutor(ctx, incoming)
    if (ask !== undefined && answer !== undefined) this.#answer(ctx, from, ask, answer)
  }

  onPeerClosed(ctx: Context, peer: PeerId, _error: JITErrorData): void {
    const executor = this.#executors.get(peer)
    if (executor === undefined) return
    this.#executors.delete(peer)
    this.#told.delete(peer)
    releaseHeapLock(new Int32Array(this.#arenas.buffers.memory.buffer), heapLockWord, executor + 1)
    this.#succession?.forget(peer)
    this.#resumeAfterSuccession(ctx)
    this.#places.release(peer, this.#publication.epoch)
    this.#regions.releaseAll(executor, this.#publication.epoch)
    this.#publication.forget(peer)
    this.#settleHeld(ctx)
    this.#account(ctx)
  }

  snapshot(): unknown {
    return { linker: this.#config.linker, ...this.#stats() }
  }

  #onSession(ctx: Context, { message, attachments }: Incoming): Answer | undefined {
    const event = message as FromSession
    switch (event.type) {
      case 'materialize':
        return void this.#materialize(ctx, event, attachments)
      case 'handleRemoveResources':
        return success(this.#remove(ctx, event.key))
      case 'handleTransferResources':
        return void this.#storage.transfer(event.source, event.destination)
      case 'unitTakenBack':
        return void this.#units.installedFor(event.unit).forEach((unit) => this.#takeBack(ctx, unit))
      case 'generate':
        return this.#generate(event, attachments)
      case 'executorAttached':
        return this.#attach(ctx, event.executor, attachments)
      case 'allocate':
        return this.#allocations.allocate(event)
      case 'finalizeAllocation':
        return this.#allocations.finalize(event.address)
      case 'deallocate':
        return this.#allocations.deallocate(event.address, this.#publication.epoch)
      case 'linkStats':
        return success(this.#stats())
      case 'filterReexports':
      case 'discard':
      case 'destroyUnit':
      case 'dependenciesRegistered':
      case 'errorReported':
        return undefined
    }
  }

  #onExecutor(ctx: Context, { from, message: said, attachments }: Incoming): Answer | undefined {
    const message = said as FromExecutor
    switch (message.type) {
      case 'quiescent':
        return void this.#publication.reclaim()
      case 'functionPointer':
        return this.#pointers.pointerTo(ctx, message.function)
      case 'mapRegion':
        return this.#regions.map(this.#executorBehind(from), message.sizeBytes)
      case 'unmapRegion':
        return this.#regions.unmap(this.#executorBehind(from), message.address, this.#publication.epoch)
      case 'symbolize':
        return success(
          message.frames.map(({ unit, functionIndex, moduleOffset }) =>
            (this.#units.get(unit)?.nameFrame ?? unknownFrame)(functionIndex, moduleOffset),
          ),
        )
      case 'holding':
        return void this.#hold(from, message.unit, attachments[0])
      case 'heldAll':
        return void this.#heldAll(ctx, from)
    }
  }

  #executorBehind(peer: PeerId): ExecutorId {
    const executor = this.#executors.get(peer)
    if (executor === undefined) throw new Error('a port speaks as an executor that was not attached')
    return executor
  }

  // ---- materialization

  #materialize(ctx: Context, event: Materialize, attachments: readonly object[]): void {
    if (this.#relievePressure(ctx, this.#waiting.length === 0) === 'hard') {
      if (this.#waiting.push({ event, attachments }) === 1) ctx.timer(10, () => this.#resume(ctx))
      return
    }
    const session = this.#session
    if (session === undefined) return
    const site = this.#site(session)
    if (event.source.kind === 'host') return linkHostFunctions(ctx, site, event, event.source)
    if (event.source.kind === 'lazyReexports') return linkLazyReexports(ctx, site, event, event.source)
    const bytes = payloadOf(event, attachments)
    if (bytes.ok && event.source.kind === 'lazyObject') linkLazyObject(ctx, site, event, bytes.value)
    else if (bytes.ok) new LinkJob(site, event, bytes.value).start(ctx)
    else
      ctx.ask(
        session,
        {
          type: 'failMaterialization',
          responsibility: event.responsibility,
          cause: bytes.error,
        } satisfies SessionRequest,
        () => undefined,
      )
  }

  /**
   * One timer, and one plea to collect, for all that waits: one for each would make as many again, every time. Pleas are made at
   * the 1st, 2nd, 4th, 8th … look: a thread that does not read its port must not find thousands of them.
   */
  #resume(ctx: Context): void {
    const look = ++this.#looks
    if (this.#relievePressure(ctx, (look & (look - 1)) === 0) === 'hard')
      return void ctx.timer(10, () => this.#resume(ctx))
    this.#looks = 0
    for (const { event, attachments } of this.#waiting.splice(0)) this.#materialize(ctx, event, attachments)
  }

  #relievePressure(ctx: Context, pleads: boolean): 'none' | 'soft' | 'hard' {
    const pressure = this.#ports.budget.pressure(this.#units.size)
    if (pressure !== 'none') {
      this.#ports.budget.collect()
      if (pleads) this.#publication.collect(ctx, pressure === 'hard')
    }
    return pressure
  }

  #site(session: PeerId): LinkSite {
    return {
      session,
      pointers: this.#pointers,
      target: this.#ports.target,
      newUnit: () => (Atomics.add(new Int32Array(this.#arenas.buffers.counters), 0, 1) + 1) as LinkedUnitId,
      newSessionUnit: () => this.#id() as UnitId,
      reserve: (unit, request, event) => this.#storage.reserve(unit, request, event.key),
      abandon: (unit) => this.#storage.abandon(unit),
      refile: (unit, key) => {
        if (unit.key !== key) this.#storage.transfer(unit.key, key)
      },
      install: (ctx, unit, event, code) => this.#install(ctx, unit, event, code),
      retract: (ctx, unit) => this.#takeBack(ctx, unit),
    }
  }

  #install(ctx: Context, record: LinkedUnitRecord, event: Materialize, code: LinkedCode): void {
    const { name, dylibName } = event
    record.of = event.unit
    record.module = code.module
    record.nameFrame = code.nameFrame
    const slots = [...record.slots].map(([index, slot]) => [slot, index] as const)
    record.installed = { unit: record.id, name, key: record.key, dylib: dylibName, slots, ...code.facts }
    this.#storage.initialize(record, code.segments)
    if (this.#ports.target.sharesCode && code.facts.threadLocal !== null)
      this.#places.initializeThreadLocal(code.facts.threadLocal)
    if (record.module !== undefined) this.#ports.budget.watch(record.module)
    const signatures = new Set([
      ...code.dispatchers,
      ...[...record.slots.keys()].map((index) => record.signatureOf(index)),
    ])
    const dispatchers: Dispatcher[] = []
    for (const signature of signatures) {
      const dispatcher = this.#pointers.dispatcherFor(signature)
      if (dispatcher.ok) dispatchers.push(dispatcher.value)
    }
    this.#publication.install(ctx, record, dispatchers)
  }

  // ---- removal

  #remove(ctx: Context, key: ResourceKey): { readonly reclaimLater: boolean } {
    this.#succession?.removed(key)
    const units = this.#units.takeInstalled(key)
    this.#succession?.retiring(units)
    if (units.length === 0) return { reclaimLater: false }
    let answered = false
    let reclaimed = false
    this.#retire(ctx, units, () => {
      reclaimed = true
      if (answered) this.#tellReclaimed(ctx, key)
    })
    answered = true
    return { reclaimLater: !reclaimed }
  }

  /** One installed unit, unless a removal has taken it already. */
  #takeBack(ctx: Context, unit: LinkedUnitRecord): void {
    if (this.#units.get(unit.id) === undefined) return
    this.#units.remove(unit)
    this.#retire(ctx, [unit], () => undefined)
  }

  #tellReclaimed(ctx: Context, key: ResourceKey): void {
    if (this.#session === undefined || this.#manager === undefined) return
    ctx.send(this.#session, { type: 'resourcesReclaimed', manager: this.#manager, key } satisfies SessionNotification)
  }

  /** Unreachable at once; given back when no thread can be inside. */
  #retire(ctx: Context, units: readonly LinkedUnitRecord[], reclaimed: () => void): void {
    this.#storage.retire(units, this.#publication.epoch + 1)
    this.#publication.retract(ctx, units, () => {
      this.#storage.releaseRetired(units)
      reclaimed()
    })
  }

  // ---- archives

  #generate(
    { generator, names, kind }: Extract<SessionAsk, { type: 'generate' }>,
    attachments: readonly Attachment[],
  ): Answer {
    const required = names.filter(([, isRequired]) => isRequired).map(([name]) => name)
    if (kind === 'dlsym' || required.length === 0) return success({ units: [] })
    const known = this.#archives.get(generator)
    const group =
      known ??
      openArchiveGroup(attachments as readonly SharedArrayBuffer[], (bytes) => this.#ports.target.contentsOf(bytes))
    if ('code' in group) return failure(group)
    this.#archives.set(generator, group)
    // What nobody asks any more is read again should somebody ask.
    for (const oldest of this.#archives.keys()) if (this.#archives.size > openArchives) this.#archives.delete(oldest)
    const members = membersFor(group, required)
    if ('code' in members) return failure(members)
    const units = []
    for (const member of members) {
      const unit = describeMember(group, member, this.#id() as UnitId)
      if ('code' in unit) return failure(unit)
      units.push(unit)
    }
    return { ...success({ units }), attachments: group.buffers }
  }

  // ---- executors

  #attach(ctx: Context, executor: ExecutorId, attachments: readonly Attachment[]): Answer {
    const [port] = attachments
    if (port === undefined)
      return failure(plainError('BadArgument', `executor ${executor} was introduced without its port`))
    const place = this.#places.place(executor, this.#publication.epoch)
    if (!place.ok) {
      this.#ports.refuse(port, place.error)
      this.#succession?.refused()
      this.#resumeWhenLate(ctx)
      return place
    }
    const peer = this.#ports.connect(port)
    this.#places.hold(peer, place.value)
    if (this.#ports.target.sharesCode && !place.value.inherited) this.#initializeThreadLocals(peer)
    this.#executors.set(peer, executor)
    this.#publication.introduce(peer, executor, this.#succession !== undefined && !this.#succeeded)
    this.#succession?.introduced(peer, this.#arenas.epochs.statusOf(executor as number as ExecutorIndex) === 'running')
    const welcome: LinkEvent = {
      type: 'welcome',
      linker: this.#config.linker,
      ...place.value.place,
      tlsSizeBytes: this.#arenas.buffers.tlsBlockBytes,
      adopt: this.#config.adopt !== null,
    }
    ctx.send(peer, welcome)
    if (this.#succession === undefined || this.#succeeded) this.#giveAll(ctx, peer)
    else this.#resumeWhenLate(ctx)
    return success(null)
  }

  #initializeThreadLocals(executor: PeerId): void {
    for (const { installed } of this.#units.installed()) {
      const threadLocal = installed?.threadLocal ?? null
      if (threadLocal !== null) this.#places.initializeThreadLocal(threadLocal, executor)
    }
  }

  #giveAll(ctx: Context, executor: PeerId): void {
    this.#publication.replay(ctx, executor, this.#units.installed())
    this.#succession?.completed(executor)
  }

  // ---- succession

  #hold(
    executor: PeerId,
    installed: Extract<ExecutorNotification, { type: 'holding' }>['unit'],
    module: Attachment | undefined,
  ): void {
    if (module !== undefined && !(module instanceof WebAssembly.Module)) return
    this.#succession?.hold(executor, installed, module)
    // Threads that attach from now on need the dispatchers that the unit imports and that its pointers go through.
    const imported = module === undefined ? [] : this.#ports.target.dispatchersOf(module)
    for (const signature of imported) this.#pointers.dispatcherFor(signature)
    for (const [, index] of installed.slots) this.#pointers.dispatcherFor(installed.functions[index]?.[1] ?? ':')
  }

  /** What the executor holds is known; which of it is still wanted, only to the session. */
  #heldAll(ctx: Context, executor: PeerId): void {
    const succession = this.#succession
    if (succession === undefined) return
    this.#refile(ctx, succession, succession.keys(), () => {
      succession.answered(executor)
      this.#told.add(executor)
      this.#publication.hasTold(executor)
      this.#resumeAfterSuccession(ctx)
      if (this.#succeeded) this.#complete(ctx, succession)
      this.#account(ctx)
    })
  }

  #stopWaiting(ctx: Context): void {
    this.#succession?.stopWaiting()
    this.#resumeAfterSuccession(ctx)
  }

  /** An introduction that came after the time for answers: it may be what the succession waited for. */
  #resumeWhenLate(ctx: Context): void {
    if (this.#succession?.isPatient === false) this.#resumeAfterSuccession(ctx)
  }

  #resumeAfterSuccession(ctx: Context): void {
    const succession = this.#succession
    if (succession === undefined || succession.waiting || this.#finishing) return
    this.#finishing = true
    const keys = succession.keepLost()
    if (keys.length === 0) this.#finishSuccession(ctx)
    else this.#refile(ctx, succession, keys, () => this.#finishSuccession(ctx))
  }

  #finishSuccession(ctx: Context): void {
    const succession = this.#succession
    if (succession === undefined) return
    this.#complete(ctx, succession)
    this.#publication.retract(ctx, [], succession.takeOrphans())
    this.#succeeded = true
    this.#settleHeld(ctx)
    this.#account(ctx)
    for (const incoming of this.#afterSuccession.splice(0)) this.on(ctx, incoming)
  }

  /** Once, when nobody can hold anything that is not known here. */
  #account(ctx: Context): void {
    const succession = this.#succession
    if (succession === undefined || this.#session === undefined) return
    if (!this.#succeeded || this.#accounted || this.#publication.awaitsWord) return
    this.#accounted = true
    ctx.send(this.#session, succession.account())
  }

  /** A unit that one executor held and another had not heard of yet: it is everybody's. */
  #complete(ctx: Context, succession: Succession): void {
    for (const executor of this.#told) {
      const missing = succession.missingIn(executor)
      this.#publication.replay(ctx, executor, missing)
      succession.completed(executor)
    }
  }

  /** The session says what became of the keys. Where it does not answer any more, none is left. */
  #refile(ctx: Context, succession: Succession, keys: readonly ResourceKey[], done: () => void): void {
    if (this.#session === undefined) return
    ctx.ask(this.#session, { type: 'currentKeys', keys } satisfies SessionRequest, (result) => {
      succession.refile(keys, result.ok ? (result.value as SessionReplies['currentKeys']) : [])
      this.#retireStale(ctx, succession)
      done()
    })
  }

  /** Once all have answered, or will not: an executor may have told of units and ended before it had told all. */
  #settleHeld(ctx: Context): void {
    const succession = this.#succession
    if (succession === undefined || !this.#succeeded) return
    const keys = succession.unaskedKeys()
    if (keys.length === 0) this.#retireStale(ctx, succession)
    else this.#refile(ctx, succession, keys, () => undefined)
  }

  #retireStale(ctx: Context, succession: Succession): void {
    const stale = succession.takeStale()
    if (stale.length > 0) this.#retire(ctx, stale, () => undefined)
  }

  // ---- what it says of itself

  #stats(): LinkStats {
    const ranges = this.#arenas.ranges.stats()
    const slots = this.#arenas.slots.stats()
    const tls = this.#arenas.tls.stats()
    return {
      modules: this.#units.size,
      memoryBytes: ranges.ready,
      retiredBytes: this.#storage.retiredBytes,
      functionSlots: slots.ready,
      tlsBytes: tls.ready,
      executors: this.#executors.size,
    }
  }

  #answer(ctx: Context, to: PeerId, ask: AskId, { attachments, ...result }: Answer): void {
    ctx.reply(to, ask, result, attachments ?? [])
  }

  #id(): number {
    if (this.#client === undefined) throw new Error('the link actor has not joined a session')
    return clientScopedId(this.#client, this.#nextId++)
  }
}

type Answer = Expected<unknown> & { readonly attachments?: readonly Attachment[] }
