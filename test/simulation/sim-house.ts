// A whole house in one thread: the session, a link actor, compile actors and users, each the class that lives in life, hosted as
// in life, over channels and clocks of the simulation. What stands in for life: a keeper that restarts the dead after a while,
// compilers and linkers that know the plan of each unit, code that runs for as many steps as it is given.
import type {
  Attachment,
  Expected,
  HouseReplies,
  JITDylibId,
  LinkedUnitId,
  LinkerId,
  PeerId,
  PeerRole,
} from '@worc/protocol'
import { JITError, failure, plainError, success } from '@worc/protocol'
import { CompileActor } from '@worc/compile'
import { ExecutorActor, wasmCode } from '@worc/executor'
import type { WasmCodeOptions } from '@worc/executor'
import type { ExecutorIndex } from '@worc/executor-memory'
import { EpochTable } from '@worc/executor-memory'
import type { Arenas } from '@worc/link'
import { LinkActor, WasmTarget } from '@worc/link'
import { ActorHost } from '@worc/mailbox'
import type { SessionInput, Effect, SessionState } from '@worc/orc'
import { SessionActor } from '@worc/session'
import { ManagerBooks } from './manager-books.js'
import { SimChannel } from './sim-channel.js'
import { SimCode } from './sim-code.js'
import type { WrittenUnit } from './sim-linker.js'
import { simulatedLinker } from './sim-linker.js'
import { createSimMemory, heapLockWord, publishedWord } from './sim-memory.js'
import type { SimThread } from './sim-thread.js'
import type { UnitPlan } from './unit-plan.js'
import { numberIn } from './unit-plan.js'
import type { Ask, UserHouse } from './user-actor.js'
import { UserActor } from './user-actor.js'
import type { World } from './world.js'

export interface HouseOptions {
  readonly users: number
  readonly executors: number
  readonly compilers: number
  readonly arenaBytes: number
  /** Deaths of one kind of worker that the house survives. */
  readonly restarts: number
  /** Until the keeper has started a successor. */
  readonly restartMs: number
  /** Tells and asks that may lie unhandled at a peer. */
  readonly credits: number
}

export interface HouseWatcher {
  onTurn(input: SessionInput, effects: readonly Effect[], state: SessionState): void
  onAnswered(user: UserActor, ask: number, type: Ask['type'], result: Expected<unknown>): void
}

/** A user's thread: its client, and the executor it may have. */
export interface User {
  readonly actor: UserActor
  readonly thread: SimThread
  readonly host: ActorHost
  executor: SimExecutor | undefined
}

interface SimExecutor {
  /** Undefined until a link actor has given the thread its stack. */
  code: SimCode | undefined
  readonly actor: ExecutorActor
  readonly host: ActorHost
  readonly links: PeerId[]
  readonly index: number
}

const onlyLinker = 0 as LinkerId

/** In which credit comes back where mailboxes have room for more. */
const largestPortion = 64

export class SimHouse implements UserHouse {
  readonly books: ManagerBooks = new ManagerBooks()
  readonly users: User[] = []
  readonly memory: Arenas
  readonly dylibs: JITDylibId[] = []
  readonly plans = new Map<number, UnitPlan>()
  /** What each linked unit has in guest memory. */
  readonly written = new Map<number, WrittenUnit>()
  /** How badly link actors think a collection is wanted. */
  pressure: 'none' | 'soft' | 'hard' = 'none'
  /** Compilers never finish what hangs, until somebody ends their threads. */
  readonly hanging = new Set<SimThread>()
  linker: { readonly actor: LinkActor; readonly thread: SimThread } | undefined
  state: SessionState | undefined
  ended = false
  readonly #world: World
  readonly #options: HouseOptions
  readonly #watcher: HouseWatcher
  readonly #session: { readonly actor: SessionActor; readonly host: ActorHost; readonly thread: SimThread }
  readonly #keeper: SimThread
  readonly #linked: Set<number>
  readonly #deaths = { link: 0, compile: 0 }
  #started = 0

  /** `linked` learns which plans a link actor has come to the end of. */
  constructor(world: World, options: HouseOptions, watcher: HouseWatcher, linked: Set<number>) {
    this.#world = world
    this.#linked = linked
    this.#options = options
    this.#watcher = watcher
    this.memory = createSimMemory(options.arenaBytes)
    world.credits = options.credits
    this.#session = this.#startSession()
    this.#keeper = world.startThread('keeper')
    this.#startKeeper()
    this.#startLinker(null)
    for (let n = 0; n < options.compilers; n++) this.#startCompiler()
    for (let n = 0; n < options.users; n++) this.addUser(n < options.executors)
    world.onDeath((thread) => this.#onDeath(thread))
  }

  // ---- the session and its keeper

  #startSession(): { actor: SessionActor; host: ActorHost; thread: SimThread } {
    const thread = this.#world.startThread('session')
    const { buffers, epochs } = this.memory
    const executorBuffers = { memory: buffers.memory, epochs: buffers.epochs, publishedWord, heapLockWord }
    const actor = new SessionActor(
      { config: { sessionName: 'simulated', inlineThread: null, collect: 'never' }, executorBuffers, epochs },
      {
        connect: (port) => host.connect(this.#take(port, thread, 'a client')),
        channel: () => this.#world.anonymousChannel(),
        onTurn: (input, effects, state) => {
          this.state = state
          this.#watcher.onTurn(input, effects, state)
        },
      },
    )
    const host = this.#host(thread, actor)
    return { actor, host, thread }
  }

  #host(thread: SimThread, actor: ConstructorParameters<typeof ActorHost>[0]): ActorHost {
    return new ActorHost(actor, {
      name: thread.name,
      clock: thread.clock,
      random: () => 0.5,
      credits: this.#options.credits,
      creditPortion: Math.min(this.#options.credits, largestPortion),
      onCrash: (error) => this.#world.crashed(thread, error),
    })
  }

  /** A port that somebody was given. */
  #take(port: Attachment, thread: SimThread, peer: string): SimChannel {
    if (!(port instanceof SimChannel)) throw new Error('not a port of the simulation')
    port.name = `${peer}>${thread.name} (${port.name})`
    return this.#world.bind(port, thread)
  }

  /** A channel to the session, for somebody who may join as this. */
  #connect(thread: SimThread, role: PeerRole): SimChannel {
    const [ours, theirs] = this.#world.channel(thread.name, 'session')
    const { actor, host } = this.#session
    actor.admit(host.connect(this.#world.bind(theirs, this.#session.thread)), role)
    return this.#world.bind(ours, thread)
  }

  #startKeeper(): void {
    const keeper = new UserActor('keeper', this)
    const host = this.#host(this.#keeper, keeper)
    keeper.join(host, host.connect(this.#connect(this.#keeper, 'keeper')), false)
    const dylib = (name: string, then: (id: JITDylibId) => void): void =>
      keeper.ask({ type: 'createJITDylib', name, bare: name === 'lib' }, [], (result) => {
        if (result.ok) then(result.value as JITDylibId)
      })
    dylib('lib', (lib) => {
      const defaultLinkOrder = [[lib, 'exported']] as const
      keeper.ask({ type: 'furnish', defaultLinkOrder, main: null })
      dylib('main', (main) => {
        this.dylibs.push(main, lib)
        keeper.ask({ type: 'furnish', defaultLinkOrder, main })
      })
    })
  }

  // ---- link and compile actors

  #startLinker(adopt: LinkerId | null): void {
    const thread = this.#world.startThread(`link ${++this.#started}`)
    const objects = simulatedLinker(this.plans, {
      onLink: () => this.#world.mayDie(thread),
      onLinked: (unit, { number }, written) => {
        this.written.set(unit, written)
        this.#linked.add(number)
      },
    })
    const actor = new LinkActor({ linker: onlyLinker, adopt, mayCollect: false }, this.memory, {
      connect: (port) => host.connect(this.#take(port, thread, 'an executor')),
      refuse: (port, error) => this.#take(port, thread, 'an executor').close(error),
      budget: {
        watch: () => undefined,
        collect: () => undefined,
        pressure: () => {
          if (this.pressure === 'hard') this.#world.probes.hit('hard-pressure')
          return this.pressure
        },
      },
      target: new WasmTarget(this.memory.buffers, objects),
    })
    const host: ActorHost = this.#host(thread, actor)
    this.linker = { actor, thread }
    this.#world.within(thread, () => actor.join(host, host.connect(this.#connect(thread, 'link'))))
  }

  #startCompiler(): void {
    const thread = this.#world.startThread(`compile ${++this.#started}`)
    const actor = new CompileActor({
      compile: ({ source = new Uint8Array() }, settle) => {
        const plan = this.plans.get(numberIn(source))
        if (plan === undefined) throw new Error('no source of this schedule')
        const { outcome, milliseconds } = plan.compile
        if (outcome === 'hang') return void this.hanging.add(thread)
        thread.clock.startTimer(milliseconds, () => {
          if (outcome === 'ok') return settle(success({ object: source, diagnostics: '', fromCache: false }))
          const message = `unit ${plan.number} does not compile`
          settle(failure({ code: 'CompileFailed', message, diagnostics: 'error' }))
        })
      },
      interfaceSymbols: (object) => {
        const plan = this.plans.get(numberIn(object))
        return success({ symbols: plan?.symbols ?? [], hasInitializers: false })
      },
    })
    const host = this.#host(thread, actor)
    this.#world.within(thread, () => actor.join(host, host.connect(this.#connect(thread, 'compile')), thread.name))
  }

  #onDeath(thread: SimThread): void {
    this.hanging.delete(thread)
    const user = this.users.find((candidate) => candidate.thread === thread)
    if (user !== undefined) this.#forget(user)
    const kind = thread.name.startsWith('link') ? 'link' : thread.name.startsWith('compile') ? 'compile' : undefined
    if (kind === undefined) return
    if (++this.#deaths[kind] > this.#options.restarts) {
      this.#world.probes.hit('restart-intensity-exceeded')
      return void this.#keeper.clock.startTimer(0, () => this.end())
    }
    this.#keeper.clock.startTimer(this.#options.restartMs, () => {
      if (this.ended) return
      if (kind === 'compile') this.#startCompiler()
      else {
        this.#world.probes.hit('succession-adopts')
        this.#startLinker(onlyLinker)
      }
    })
  }

  /** The house is given up, or its work is done: the session's host tells everybody. */
  end(): void {
    if (this.ended) return
    this.ended = true
    const { host, thread } = this.#session
    this.#world.within(thread, () => host.close(plainError('SessionClosed', 'the session has ended')))
  }

  // ---- users

  addUser(attach: boolean): User {
    const thread = this.#world.startThread(`user ${this.users.length + 1}`)
    const actor = new UserActor(thread.name, this)
    const host = this.#host(thread, actor)
    const user: User = { actor, thread, host, executor: undefined }
    this.users.push(user)
    this.#world.within(thread, () => actor.join(host, host.connect(this.#connect(thread, 'client')), attach))
    return user
  }

  userOf(actor: UserActor): User {
    const user = this.users.find((candidate) => candidate.actor === actor)
    if (user === undefined) throw new Error(`${actor.name} is no user`)
    return user
  }

  /** A thread leaves in good order. */
  leave(user: User): void {
    this.#world.within(user.thread, () => {
      user.executor?.actor.close()
      const error = plainError('SessionClosed', 'this thread has left the session')
      user.executor?.host.close(error)
      user.host.close(error)
    })
    user.thread.alive = false
    this.#forget(user)
  }

  #forget({ actor }: User): void {
    for (const manager of actor.managers.keys()) this.books.close(manager)
  }

  /** Nobody waits any more for what it compiles. */
  onCompilerStuck(worker: string): void {
    const thread = this.#world.threads.get(worker)
    if (thread === undefined) return
    this.#world.probes.hit('hung-compile-killed')
    this.#world.kill(thread)
  }

  planOf(unit: number): UnitPlan | undefined {
    return this.plans.get(unit)
  }

  onAnswered(user: UserActor, ask: number, type: Ask['type'], result: Expected<unknown>): void {
    this.#watcher.onAnswered(user, ask, type, result)
  }

  onManagerFailed(): void {
    this.#world.probes.hit('manager-failed')
  }

  // ---- executors

  onExecutor(actor: UserActor, { executor }: HouseReplies['attachExecutor'], attachments: readonly Attachment[]): void {
    const user = this.userOf(actor)
    const { thread } = user
    const [, ...ports] = attachments
    const index = executor as number as ExecutorIndex
    const links: PeerId[] = []
    const executorActor = new ExecutorActor({
      index,
      memory: this.memory.buffers.memory,
      epochs: new EpochTable(this.memory.buffers.epochs),
      collector: { watch: () => undefined, collect: () => undefined },
      createCode: (place, site) => wasmCode(place, site, this.#codeOf(user, index)),
      publishedWord,
      drain: () => {
        for (const peer of links) host.drain(peer)
      },
      atDepthZero: (run) => void thread.idle.push(run),
    })
    executorActor.ready.catch(() => undefined)
    const host = this.#host(thread, executorActor)
    user.executor = { actor: executorActor, host, links, index, code: undefined }
    for (const port of ports) this.#addLinker(user, port)
  }

  #codeOf(user: User, index: ExecutorIndex): WasmCodeOptions {
    const refuseToBlock = (): never => {
      throw new JITError(plainError('Unsupported', 'a thread of the simulation does not block'))
    }
    return {
      createThread: (place) => {
        const code = new SimCode(this.#world, user.thread, this.memory.buffers.memory, place)
        if (user.executor !== undefined) user.executor.code = code
        return code
      },
      session: 'simulated',
      publishedWord,
      heapLockWord,
      askLinker: refuseToBlock,
      convert: (thrown) => thrown,
      hostFunctions: { threadId: index + 1, closureOf: () => undefined, importFunction: () => () => undefined },
      lookupBody: refuseToBlock,
    }
  }

  onLinkerReplaced(actor: UserActor, port: Attachment): void {
    this.#addLinker(this.userOf(actor), port)
  }

  #addLinker({ executor, thread }: User, port: Attachment): void {
    if (executor === undefined) return this.#take(port, thread, 'link').close()
    executor.links.push(executor.host.connect(this.#take(port, thread, 'link')))
  }

  onRetired(actor: UserActor): void {
    const user = this.users.find((candidate) => candidate.actor === actor)
    if (user?.executor !== undefined && isReady(user)) user.executor.actor.catchUp()
  }

  runInitializers(actor: UserActor, functions: readonly number[]): void {
    const user = this.users.find((candidate) => candidate.actor === actor)
    if (user?.executor === undefined || !isReady(user)) return
    user.executor.actor.catchUp()
    try {
      for (const address of functions) {
        user.executor.actor.unpark()
        user.executor.actor.units.callPlain(address)
      }
    } catch (thrown) {
      if (!(thrown instanceof JITError)) throw thrown
    }
  }

  /** Whether some thread has the unit's code. */
  isHeld(unit: LinkedUnitId): boolean {
    return this.users.some(
      (user) => user.thread.alive && isReady(user) && user.executor?.actor.units.factsOf(unit) !== undefined,
    )
  }

  get hasLostLinkers(): boolean {
    return this.#deaths.link > 0
  }

  get sessionThread(): SimThread {
    return this.#session.thread
  }
}

/** Whether a link actor has given the thread its stack. */
export function isReady({ executor }: User): boolean {
  if (executor === undefined) return false
  try {
    void executor.actor.units
    return true
  } catch {
    return false
  }
}
