// The executors that call for other processes: threads of the session's, each of which takes the next job when it has room. A job
// that has to be ended is ended with its thread, which is replaced; whatever that thread had not begun, another one does.
import type { Worker } from 'node:worker_threads'
import type { Expected, JITErrorData } from '@worc/protocol'
import { failure, plainError } from '@worc/protocol'
import type { FunctionPlace, JobResults } from './executor-messages.js'
import type { PoolJob } from './pool-executor.js'
import { PoolExecutor } from './pool-executor.js'

export interface PoolOptions {
  readonly executors: number
  /** A new thread that serves these slots. */
  readonly start: (slots: SharedArrayBuffer) => Worker
}

/** Threads that die before they can work, one after the other: then something is wrong that another one will not heal. */
const mostFailedStarts = 5

export class ExecutorPool {
  /** The guest's memory, once an executor is ready. */
  readonly memory: Promise<WebAssembly.Memory>
  readonly #options: PoolOptions
  readonly #executors = new Set<PoolExecutor>()
  #waiting: PoolJob[] = []
  #failedStarts = 0
  #closed: JITErrorData | undefined
  #gotMemory: (memory: WebAssembly.Memory) => void = () => undefined
  #noMemory: (error: Error) => void = () => undefined

  constructor(options: PoolOptions) {
    this.#options = options
    this.memory = new Promise((resolve, reject) => {
      this.#gotMemory = resolve
      this.#noMemory = reject
    })
    this.memory.catch(() => undefined)
    for (let n = 0; n < options.executors; n += 1) this.#start()
  }

  get size(): number {
    return this.#executors.size
  }

  get busy(): number {
    return [...this.#executors].filter(({ load }) => load > 0).length
  }

  /** `settle` is called once. What it returns is for `cancel`. */
  submit<T extends PoolJob['work']>(
    work: T,
    settle: (result: Expected<JobResults[T['type']]>, elapsedMs: number) => void,
  ): PoolJob {
    const job: PoolJob = {
      work,
      settle: (result, elapsedMs) => {
        job.settled = true
        settle(result as Expected<JobResults[T['type']]>, elapsedMs)
      },
      settled: false,
      executor: undefined,
      slot: -1,
    }
    if (this.#closed !== undefined) job.settle(failure(this.#closed), 0)
    else this.#dispatch(job)
    return job
  }

  /**
   * Settles the job with the error, unless its answer is on its way: before it has begun, it is not done at all; after, the
   * thread that does it is ended.
   */
  cancel(job: PoolJob, error: JITErrorData): void {
    if (job.settled) return
    const { executor } = job
    if (executor === undefined) {
      this.#waiting = this.#waiting.filter((waiting) => waiting !== job)
      return job.settle(failure(error), 0)
    }
    if (executor.withdraw(job)) return job.settle(failure(error), 0)
    // Settled by the thread's end.
    executor.condemn(job, error)
  }

  /** No executor needs to know the function any more. */
  forget(place: FunctionPlace): void {
    for (const executor of this.#executors) executor.forget(place)
  }

  async close(deadlineMs: number): Promise<void> {
    const error = plainError('SessionClosed', 'the executors of the pool have ended')
    this.#closed ??= error
    for (const job of this.#waiting.splice(0)) job.settle(failure(error), 0)
    await Promise.all([...this.#executors].map((executor) => executor.close(deadlineMs)))
  }

  #start(): void {
    const executor: PoolExecutor = new PoolExecutor(this.#options.start, {
      onReady: (ready, memory) => {
        this.#failedStarts = 0
        this.#gotMemory(memory)
        this.#feed(ready)
      },
      onIdle: (idle) => this.#feed(idle),
      onReturned: (job) => {
        job.executor = undefined
        if (this.#closed === undefined) this.#dispatch(job)
        else job.settle(failure(this.#closed), 0)
      },
      onExit: (ended, wasReady) => this.#replace(ended, wasReady),
    })
    this.#executors.add(executor)
  }

  #replace(ended: PoolExecutor, wasReady: boolean): void {
    this.#executors.delete(ended)
    if (this.#closed !== undefined) return
    this.#failedStarts = wasReady ? 0 : this.#failedStarts + 1
    if (this.#failedStarts < mostFailedStarts) return this.#start()
    if (this.#executors.size > 0) return
    const error = plainError('ActorDied', `the pool has no executor: ${mostFailedStarts} died before they could work`)
    this.#closed = error
    this.#noMemory(new Error(error.message))
    for (const job of this.#waiting.splice(0)) job.settle(failure(error), 0)
  }

  #dispatch(job: PoolJob): void {
    let best: PoolExecutor | undefined
    for (const executor of this.#executors)
      if (executor.hasRoom && (best === undefined || executor.load < best.load)) best = executor
    if (best === undefined) this.#waiting.push(job)
    else best.give(job)
  }

  /** What waits; or what waits behind something long at another. */
  #feed(executor: PoolExecutor): void {
    let given = 0
    while (given < this.#waiting.length && executor.hasRoom) {
      const job = this.#waiting[given++]
      if (job !== undefined) executor.give(job)
    }
    if (given > 0) this.#waiting.splice(0, given)
    if (executor.load > 0) return
    let busiest: PoolExecutor | undefined
    for (const other of this.#executors)
      if (other.load > 1 && (busiest === undefined || other.load > busiest.load)) busiest = other
    busiest?.returnHalf()
  }
}
