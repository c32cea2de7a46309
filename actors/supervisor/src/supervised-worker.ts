// A worker that is kept running. Its name stays; thread, control plane and Worker are those of the present incarnation, and
// stale once its end was reported. The statechart decides, this file does.
import type { Clock } from '@worc/mailbox'
import type { JITErrorData } from '@worc/protocol'
import { JITError, plainError } from '@worc/protocol'
import type { Remote } from 'comlink'
import type { ResourceLimits, Worker } from 'node:worker_threads'
import type { Incarnation } from './incarnation.js'
import { startIncarnation } from './incarnation.js'
import type { RestartPolicy } from './restart-policy.js'
import { defaultRestartPolicy } from './restart-policy.js'
import type { ControlApi } from './serve-control.js'
import type { WorkerExit } from './worker-exit.js'
import type { WorkerState } from './worker-life.js'
import { WorkerLife } from './worker-life.js'

export interface WorkerOptions<Api> {
  readonly name: string
  /** A module that calls `serveControl`. */
  readonly url: URL
  /** Cloned for each incarnation. What can be given only once (a port) goes over the control plane, from `onReady`. */
  readonly workerData?: unknown
  readonly resourceLimits?: ResourceLimits
  readonly restart?: Partial<RestartPolicy>
  /** From the start to `serveControl`. Default 30 s. */
  readonly bootTimeoutMs?: number
  /** From the request to the end, before it is terminated. Default 2 s. */
  readonly stopTimeoutMs?: number
  /** Each incarnation, when it can work: the place to introduce it to others. */
  readonly onReady?: (worker: SupervisedWorker<Api>) => void
  /** Each incarnation's end, once, after its calls were rejected and its locks recovered, before the next starts. */
  readonly onExit?: (exit: WorkerExit) => void
  /** It died too often and stays dead. */
  readonly onGiveUp?: (error: JITErrorData) => void
}

/** A ready worker, or the end of all incarnations. */
type Milestone = 'ready' | 'ended'

interface Waiter {
  readonly milestone: Milestone
  readonly resolve: () => void
  readonly reject: (error: JITError) => void
}

export class SupervisedWorker<Api> {
  readonly name: string
  readonly #options: WorkerOptions<Api>
  readonly #bootTimeoutMs: number
  readonly #stopTimeoutMs: number
  readonly #recoverLocks: (threadId: number) => void
  readonly #waiters = new Set<Waiter>()
  readonly #life: WorkerLife
  #incarnation: Incarnation<Api>
  #endOnPurpose = false
  /** Of the last incarnation that ended. */
  #lastError: JITErrorData | undefined

  /** Starts it. `recoverLocks` is given each dead thread. */
  constructor(options: WorkerOptions<Api>, clock: Clock, recoverLocks: (threadId: number) => void) {
    this.name = options.name
    this.#options = options
    this.#bootTimeoutMs = options.bootTimeoutMs ?? 30_000
    this.#stopTimeoutMs = options.stopTimeoutMs ?? 2000
    this.#recoverLocks = recoverLocks
    this.#incarnation = this.#start()
    this.#life = new WorkerLife(
      {
        startAgain: () => (this.#incarnation = this.#start()),
        bootTimedOut: () => this.#condemn(`it was not ready within ${this.#bootTimeoutMs} ms`),
        askToStop: () => void this.#askToStop(),
        stopTimedOut: () => this.#condemn(`it did not stop within ${this.#stopTimeoutMs} ms`),
      },
      {
        restart: { ...defaultRestartPolicy, ...options.restart },
        bootTimeoutMs: this.#bootTimeoutMs,
        stopTimeoutMs: this.#stopTimeoutMs,
        clock,
      },
      (state) => this.#onState(state),
    )
  }

  get state(): WorkerState {
    return this.#life.state
  }

  /** Calls reject with JITError ActorDied once this incarnation has ended. */
  get control(): Remote<Api> {
    return this.#incarnation.control
  }

  /** Remembered past the thread's end; -1 where Node refused to start it. */
  get threadId(): number {
    return this.#incarnation.threadId
  }

  get worker(): Worker | undefined {
    return this.#incarnation.worker
  }

  /** Resolves when it is ready, now or after restarts; rejects with its last error where it has stopped or failed for good. */
  ready(): Promise<void> {
    return this.#reach('ready')
  }

  /** Ends this incarnation in the middle of its work, for a reason that the next one should not suffer for. */
  kill(reason: JITErrorData): void {
    this.#endOnPurpose = true
    this.#life.send({ type: 'condemned' })
    this.#incarnation.condemn(reason)
  }

  /** Resolves when it has ended for good: by its own `stop`, or by force after the deadline. */
  async stop(): Promise<void> {
    this.#life.send({ type: 'stop' })
    await this.#reach('ended')
  }

  #start(): Incarnation<Api> {
    const { name, url, workerData, resourceLimits } = this.#options
    this.#endOnPurpose = false
    return startIncarnation(
      name,
      url,
      { workerData, ...(resourceLimits === undefined ? {} : { resourceLimits }) },
      { onReady: () => this.#life.send({ type: 'ready' }), onEnd: (error) => this.#onEnd(error) },
    )
  }

  #onEnd(error: JITErrorData): void {
    const { threadId } = this.#incarnation
    this.#lastError = error
    try {
      if (threadId >= 0) this.#recoverLocks(threadId)
      this.#options.onExit?.({ name: this.name, threadId, error, orderly: this.state === 'stopping' })
    } finally {
      this.#life.send({ type: 'died', onPurpose: this.#endOnPurpose })
    }
  }

  #onState(state: WorkerState): void {
    if (state === 'ready') {
      this.#options.onReady?.(this)
      this.#settle('ready', undefined)
    }
    if (state !== 'failed' && state !== 'stopped') return
    const error = this.#lastError ?? plainError('ActorDied', `worker "${this.name}" was stopped`)
    this.#settle('ended', undefined)
    this.#settle('ready', error)
    if (state === 'failed') this.#options.onGiveUp?.(error)
  }

  async #askToStop(): Promise<void> {
    const incarnation = this.#incarnation
    const control = incarnation.control as unknown as Remote<Required<ControlApi>>
    // A worker whose `stop` fails, or that has none, has nothing left to say.
    await control.stop().catch(() => undefined)
    incarnation.condemn(plainError('Aborted', 'it was asked to stop'))
  }

  #condemn(reason: string): void {
    this.#incarnation.condemn(plainError('Timeout', reason))
  }

  /** Waiting for a worker is work: it keeps the process alive, through pauses between incarnations too. */
  #reach(milestone: Milestone): Promise<void> {
    const { state } = this
    const ended = state === 'failed' || state === 'stopped'
    if (milestone === 'ready' ? state === 'ready' : ended) return Promise.resolve()
    if (ended && this.#lastError !== undefined) return Promise.reject(new JITError(this.#lastError))
    const keepAlive = setInterval(() => undefined, 0x7fff_ffff)
    return new Promise<void>((resolve, reject) => this.#waiters.add({ milestone, resolve, reject })).finally(() =>
      clearInterval(keepAlive),
    )
  }

  #settle(milestone: Milestone, error: JITErrorData | undefined): void {
    for (const waiter of this.#waiters) {
      if (waiter.milestone !== milestone) continue
      this.#waiters.delete(waiter)
      if (error === undefined) waiter.resolve()
      else waiter.reject(new JITError(error))
    }
  }
}
