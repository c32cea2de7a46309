// The executor of one thread: applies what link actors post (installed, given a slot, retracted) to this thread's units, and
// says when the thread can be inside nothing that was retracted. Messages that the event loop delivers arrive with no JIT'd
// frame on the stack, since JIT'd code cannot be suspended; those that `catchUp` pulls in may arrive below one, so what needs
// an empty stack waits for the event loop.
import type {
  Actor,
  Attachment,
  Context,
  ExecutorNotification,
  Incoming,
  JITErrorData,
  LinkEvent,
  PeerId,
} from '@worc/protocol'
import { JITError, plainError } from '@worc/protocol'
import type { EpochTable, ExecutorIndex, LinkerIndex } from '@worc/executor-memory'
import type { Collector } from './collector.js'
import type { CodeSite, ThreadCode, ThreadPlace } from './thread-code.js'

export interface ExecutorSetup {
  readonly index: ExecutorIndex
  readonly memory: Pick<WebAssembly.Memory, 'buffer'>
  readonly epochs: EpochTable
  readonly collector: Pick<Collector, 'watch' | 'collect'>
  /** The thread's code, once its stack is known. */
  readonly createCode: (place: ThreadPlace, site: CodeSite) => ThreadCode
  /** Guest address of the word that each publication increments. */
  readonly publishedWord: number
  /** Delivers what is queued on the link actors' ports, now. */
  readonly drain: () => void
  /** Runs soon from the event loop, with no JIT'd frame on the stack. */
  readonly atDepthZero: (run: () => void) => void
}

type Retract = Extract<LinkEvent, { type: 'retract' }>

export class ExecutorActor implements Actor {
  readonly #setup: ExecutorSetup
  readonly #published: () => number
  #units: ThreadCode | undefined
  readonly #linkers = new Map<PeerId, LinkerIndex>()
  /** Retractions whose acknowledgement waits for an empty stack. */
  readonly #unacknowledged: { readonly from: PeerId; readonly epoch: number }[] = []
  #catchingUp = false
  /** Successors that have yet to hear what this thread holds: before, it lets go of nothing. */
  #untold = 0
  #parked = false
  #closed = false
  #place: { readonly given: () => void; readonly refused: (error: JITError) => void } | undefined
  /** Settles when a link actor has given this thread its stack and all that is installed, or cannot. */
  readonly ready: Promise<void> = new Promise((given, refused) => (this.#place = { given, refused }))

  constructor(setup: ExecutorSetup) {
    this.#setup = setup
    let words = new Int32Array(setup.memory.buffer)
    this.#published = () => {
      if (words.length === 0) words = new Int32Array(setup.memory.buffer)
      return Atomics.load(words, setup.publishedWord / 4)
    }
  }

  get units(): ThreadCode {
    if (this.#units === undefined)
      throw new JITError(plainError('ActorDied', 'this thread has no executor yet: no link actor has given it a stack'))
    return this.#units
  }

  on(ctx: Context, { from, message, attachments }: Incoming): void {
    const event = message as LinkEvent
    switch (event.type) {
      case 'welcome':
        return this.#welcome(ctx, from, event)
      case 'replayed':
        return this.#place?.given()
      case 'install': {
        const modules = attachments as readonly WebAssembly.Module[]
        const own = modules.length - event.dispatchers.length
        this.#addDispatchers(event.dispatchers, modules.slice(own))
        const module = own === 0 ? undefined : modules[0]
        if (module !== undefined) this.#setup.collector.watch(module)
        this.units.install(event.unit, module)
        return this.#see(from, event.version)
      }
      case 'installSlot':
        this.#addDispatchers(event.dispatchers, attachments)
        this.units.installSlot(event.unit, event.binding)
        return this.#see(from, event.version)
      case 'retract':
        return this.#retract(ctx, from, event)
      case 'collect':
        return this.#setup.atDepthZero(() => this.#setup.collector.collect(event.urgent))
    }
  }

  onPeerClosed(_ctx: Context, peer: PeerId, error: JITErrorData): void {
    this.#linkers.delete(peer)
    this.#place?.refused(new JITError(error))
  }

  snapshot(): unknown {
    return { units: this.#units?.size ?? 0, unacknowledged: this.#unacknowledged.length }
  }

  /** Applies everything that was published before this call. */
  catchUp(): void {
    const published = this.#published()
    this.#catchingUp = true
    try {
      this.#setup.drain()
    } finally {
      this.#catchingUp = false
    }
    this.units.caughtUp(published)
  }

  /** "This thread is outside JIT'd code and may block": it holds nothing back until its next call. */
  park(): void {
    if (this.#parked || this.#closed) return
    this.#setup.drain()
    this.#parked = true
    this.units.park()
    this.#setup.epochs.enterPark(this.#setup.index)
  }

  /** Before a call from JavaScript: a parked thread comes back and catches up. */
  unpark(): void {
    if (this.#parked && !this.#closed) this.#unpark()
  }

  /**
   * Every handle throws from now on, and nothing is held back. The index stays taken until the session hears that the thread
   * has left: only then can nobody's late acknowledgement be another's.
   */
  close(): void {
    if (this.#closed) return
    this.#closed = true
    this.#units?.retractAll()
    this.#linkers.clear()
    this.#unacknowledged.length = 0
    if (!this.#parked) this.#setup.epochs.enterPark(this.#setup.index)
  }

  #unpark(): void {
    this.#parked = false
    this.units.unpark()
    this.#setup.epochs.leavePark(this.#setup.index)
    this.catchUp()
  }

  #welcome(ctx: Context, from: PeerId, event: Extract<LinkEvent, { type: 'welcome' }>): void {
    this.#linkers.set(from, event.linker as number as LinkerIndex)
    if (this.#units === undefined) {
      const { stackLow, stackHigh, tlsBase } = event
      const place = { stackLow, stackHigh, tlsBase, threadId: this.#setup.index + 1 }
      this.#units = this.#setup.createCode(place, { catchUp: () => this.catchUp(), unpark: () => this.unpark() })
    }
    if (!event.adopt) return
    // What the dead link actor had said is here by now, and may come after this: it belongs to what this thread holds.
    this.#untold++
    this.#setup.drain()
    ctx.later(() => {
      this.#untold--
      this.#tellHoldings(ctx, from)
    })
  }

  #tellHoldings(ctx: Context, linker: PeerId): void {
    for (const { facts, module } of this.units.holdings())
      ctx.send(
        linker,
        { type: 'holding', unit: facts } satisfies ExecutorNotification,
        module === undefined ? [] : [module],
      )
    ctx.send(linker, { type: 'heldAll' } satisfies ExecutorNotification)
  }

  #addDispatchers(
    descriptions: Extract<LinkEvent, { type: 'install' }>['dispatchers'],
    modules: readonly Attachment[],
  ): void {
    for (const [index, description] of descriptions.entries())
      this.#units?.addDispatcher(description, modules[index] as WebAssembly.Module)
  }

  #retract(ctx: Context, from: PeerId, { epoch, units, version }: Retract): void {
    this.units.retract(units)
    this.#see(from, version)
    this.#unacknowledged.push({ from, epoch })
    if (this.#catchingUp) this.#setup.atDepthZero(() => this.#acknowledge(ctx))
    else if (this.#untold > 0) ctx.later(() => this.#acknowledge(ctx))
    else this.#acknowledge(ctx)
  }

  #acknowledge(ctx: Context): void {
    this.units.drop()
    for (const { from, epoch } of this.#unacknowledged.splice(0)) {
      const linker = this.#linkers.get(from)
      if (linker === undefined) continue
      this.#setup.epochs.acknowledge(this.#setup.index, linker, epoch)
      ctx.send(from, { type: 'quiescent', epoch } satisfies ExecutorNotification)
    }
  }

  #see(from: PeerId, version: number): void {
    const linker = this.#linkers.get(from)
    if (linker !== undefined) this.#setup.epochs.see(this.#setup.index, linker, version)
  }
}
