// The virtual scheduler's world: threads, the channels between them, and time. It knows what could happen next and makes it
// happen, one event a step; which event is somebody else's choice (strategy.ts, or a recorded plan).
import type { Frame as WireFrame, JITErrorData, LinkEvent } from '@worc/protocol'
import { plainError } from '@worc/protocol'
import type { Clock } from '@worc/mailbox'
import { Probes } from './probes.js'
import type { PromiseName } from './promises.js'
import { SimChannel } from './sim-channel.js'
import type { ChannelWatcher } from './sim-channel.js'
import type { ArmedDeath } from './sim-thread.js'
import { SimThread, SimulatedDeath } from './sim-thread.js'
import type { TraceHash } from './trace.js'
import { Violation } from './violation.js'

interface Timer {
  readonly at: number
  readonly order: number
  readonly thread: SimThread
  readonly run: () => void
}

export class World implements ChannelWatcher {
  readonly probes: Probes = new Probes()
  readonly threads = new Map<string, SimThread>()
  /** Ends with something to deliver, in no order that means anything, but the same for the same seed. */
  readonly pending: SimChannel[] = []
  readonly trace: TraceHash | undefined
  /** Of each end of a channel. */
  credits = Infinity
  /** Units that somebody ran when it was told to forget them, since somebody looked. */
  readonly retractedInCall: number[] = []
  /** The first promise that did not hold. */
  failure: Violation | undefined
  step = 0
  #now = 0
  #timers: Timer[] = []
  #timerOrder = 0
  #channels = 0
  readonly #unflushed: SimChannel[] = []
  #onDeath: (thread: SimThread) => void = () => undefined

  constructor(trace?: TraceHash) {
    this.trace = trace
  }

  get now(): number {
    return this.#now
  }

  /** Hears of each thread that died without having been told to end. */
  onDeath(hear: (thread: SimThread) => void): void {
    this.#onDeath = hear
  }

  fail(invariant: PromiseName, sentence: string): void {
    this.failure ??= new Violation(invariant, sentence)
  }

  expect(holds: boolean, invariant: PromiseName, sentence: () => string): void {
    if (!holds) this.fail(invariant, sentence())
  }

  // ---- threads and channels

  startThread(name: string): SimThread {
    const thread = new SimThread(name, (owner) => this.#clockOf(owner))
    this.threads.set(name, thread)
    return thread
  }

  /** Named by those who will hold the ends; where two pairs would have one name, the later has a number. */
  channel(first: string, second: string): readonly [SimChannel, SimChannel] {
    return SimChannel.pair(this, first, second)
  }

  /** A channel whose ends are named when somebody takes them. */
  anonymousChannel(): readonly [SimChannel, SimChannel] {
    const number = ++this.#channels
    return this.channel(`port ${number}a`, `port ${number}b`)
  }

  /** The end belongs to the thread from now on. */
  bind(end: SimChannel, thread: SimThread): SimChannel {
    end.thread = thread
    thread.ends.push(end)
    return end
  }

  /** Runs something as part of a thread: its death ends it, and whatever it threw is the failure of the schedule. */
  within(thread: SimThread, run: () => void): void {
    if (!thread.alive) return
    try {
      run()
    } catch (thrown) {
      this.#onThrown(thread, thrown)
    }
    this.#turnEnded()
  }

  #onThrown(thread: SimThread, thrown: unknown): void {
    if (!(thrown instanceof SimulatedDeath)) this.#crashed(thread.name, thrown)
  }

  /** For hosts: a turn threw. */
  crashed(thread: SimThread, error: JITErrorData): void {
    if (thread.alive) this.#failed(thread.name, error.message)
  }

  #crashed(name: string, thrown: unknown): void {
    this.#failed(name, thrown instanceof Error ? (thrown.stack ?? thrown.message) : String(thrown))
  }

  /** A check inside an actor's turn says which invariant it is about; anything else is a program error. */
  #failed(name: string, text: string): void {
    const [, invariant = 'CRASH', sentence = text] = /\b(I\d+) ([^\n]*)/.exec(text) ?? ['', 'CRASH', `${name}: ${text}`]
    this.fail(invariant as PromiseName, sentence)
  }

  arm(thread: SimThread, death: ArmedDeath): void {
    thread.death = death
  }

  /** At once, between two turns or in the middle of one: what it said and did not flush may be lost. */
  kill(thread: SimThread, lost = 0): void {
    if (!thread.alive) return
    thread.alive = false
    thread.frames.length = 0
    thread.idle.length = 0
    const error = plainError('ActorDied', `${thread.name} died`)
    for (const end of thread.ends) end.sever(Math.floor(lost * (end.unflushed + 1)), error)
    this.#onDeath(thread)
  }

  /** An orderly end. */
  end(thread: SimThread): void {
    thread.alive = false
    for (const end of thread.ends) end.close(plainError('SessionClosed', `${thread.name} has ended`))
  }

  // ---- what the channels tell

  onPending(end: SimChannel): void {
    end.pendingAt = this.pending.length
    this.pending.push(end)
  }

  onSettled(end: SimChannel): void {
    const last = this.pending.pop()
    if (last !== undefined && last !== end) {
      this.pending[end.pendingAt] = last
      last.pendingAt = end.pendingAt
    }
    end.pendingAt = -1
  }

  onUnflushed(end: SimChannel): void {
    this.#unflushed.push(end)
  }

  onSent(from: SimChannel, frame: WireFrame): void {
    this.trace?.note('sent', from.name, frame)
    if (from.unhandled >= this.credits) this.probes.hit('mailbox-backpressure')
    if (frame.kind === 'tell') this.#onTold(frame.body as LinkEvent)
  }

  #onTold(event: LinkEvent): void {
    if (event.type !== 'retract') return
    const running = [...this.threads.values()].flatMap(({ frames }) => frames.map(({ unit }) => unit))
    const zombies = event.units.filter((unit) => running.includes(unit))
    if (zombies.length > 0) this.probes.hit('code-running-at-retract')
    this.retractedInCall.push(...zombies)
  }

  onDelivered(to: SimChannel, frame: WireFrame): void {
    this.trace?.note('delivered', to.name, frame)
  }

  onLost(): void {
    this.probes.hit('message-to-the-dead')
  }

  beforeSend(thread: SimThread): void {
    const { death } = thread
    if (death === undefined) return
    if (death.when === 'before' && death.sends === 0) this.#die(thread, death)
  }

  afterSend(thread: SimThread): void {
    const { death } = thread
    if (death === undefined) return
    if (death.sends === 0) this.#die(thread, death)
    death.sends--
  }

  /** Somewhere in a turn, where nothing is sent. */
  mayDie(thread: SimThread): void {
    this.beforeSend(thread)
    this.afterSend(thread)
  }

  #die(thread: SimThread, { lost, when }: ArmedDeath): never {
    this.probes.hit(when === 'before' ? 'crash-before-send' : 'crash-after-send')
    this.kill(thread, lost)
    throw new SimulatedDeath(`${thread.name} died`)
  }

  // ---- time

  #clockOf(thread: SimThread): Clock {
    return {
      now: () => this.#now,
      startTimer: (milliseconds, run) => this.#startTimer(thread, milliseconds, run),
      soon: (run) => void this.#startTimer(thread, 0, run),
    }
  }

  #startTimer(thread: SimThread, milliseconds: number, run: () => void): () => void {
    const timer: Timer = { at: this.#now + milliseconds, order: this.#timerOrder++, thread, run }
    let place = this.#timers.length
    while (place > 0 && (this.#timers[place - 1]?.at ?? 0) > timer.at) place--
    this.#timers.splice(place, 0, timer)
    return () => {
      const found = this.#timers.indexOf(timer)
      if (found >= 0) this.#timers.splice(found, 1)
    }
  }

  get hasTimer(): boolean {
    return this.#nextTimer() >= 0
  }

  /** In whose thread the next timer is. */
  get timerThread(): string {
    return this.#timers[this.#nextTimer()]?.thread.name ?? ''
  }

  #nextTimer(): number {
    return this.#timers.findIndex(({ thread }) => thread.canHear || !thread.alive)
  }

  // ---- what can happen

  deliver(end: SimChannel): void {
    const { thread } = end
    if (thread?.alive !== true) return
    try {
      end.deliver()
    } catch (thrown) {
      this.#onThrown(thread, thrown)
    }
    this.#turnEnded()
  }

  /** The earliest timer, whenever it was due: a busy event loop is late. */
  tick(): void {
    const [timer] = this.#timers.splice(this.#nextTimer(), 1)
    if (timer === undefined) return
    this.#now = Math.max(this.#now, timer.at)
    this.trace?.note('timer', timer.thread.name, timer.at)
    this.within(timer.thread, timer.run)
  }

  /** Whether there is such a frame, and somebody hears. */
  repeat(channel: string, back: number): boolean {
    for (const thread of this.threads.values()) {
      const end = thread.ends.find(({ name }) => name === channel)
      const repeated = end === undefined || !thread.canHear ? undefined : end.heardBefore(back)
      if (end === undefined || repeated === undefined) continue
      this.trace?.note('repeated', end.name, repeated.frame)
      if (repeated.frame.kind === 'ask')
        this.probes.hit(end.hasAnswered(repeated.frame.ask) ? 'duplicate-after-reply' : 'duplicate-in-progress')
      this.within(thread, () => end.repeat(repeated))
      return true
    }
    return false
  }

  runIdle(thread: SimThread): void {
    const idle = thread.idle.shift()
    if (idle !== undefined) this.within(thread, idle)
  }

  #turnEnded(): void {
    for (let end = this.#unflushed.pop(); end !== undefined; end = this.#unflushed.pop()) end.unflushed = 0
  }

  /** Who waits for whom, for a schedule that does not end. */
  waitFor(): string {
    const channels = this.pending.map(
      (end) => `${end.name} has ${end.waiting} to deliver${end.deliverable ? '' : ', and nobody hears'}`,
    )
    const busy = [...this.threads.values()].filter(({ frames }) => frames.length > 0)
    const timers = new Set(this.#timers.map(({ thread, at }) => `${thread.name} has a timer at ${at}`))
    return [...channels, ...timers, ...busy.map(({ name }) => `${name} runs code`)].join('; ')
  }
}
