// One executor of the pool, as the pool knows it: the jobs in its slots, the functions it has been told of, its life. The thread
// is ended where a job of it has to be; what it had not begun goes back to the pool.
import type { Worker } from 'node:worker_threads'
import type { Attachment, Expected, JITErrorData } from '@worc/protocol'
import { failure, plainError, success } from '@worc/protocol'
import { Connection, PortChannel } from '@worc/mailbox'
import { CallSlots, slotCount } from './call-slots.js'
import type { ExecutorJob, FromExecutor, FunctionPlace, ToExecutor } from './executor-messages.js'

/** A job from its submission to its answer. */
export interface PoolJob {
  /** What an executor does; a function is named by where it lies, until an executor has a number for it. */
  readonly work: Exclude<ExecutorJob, { readonly function: number }> | FunctionJob
  readonly settle: (result: Expected<unknown>, elapsedMs: number) => void
  settled: boolean
  /** Where it is; undefined while it waits in the pool. */
  executor: PoolExecutor | undefined
  slot: number
}

type FunctionJob =
  | (Omit<Extract<ExecutorJob, { type: 'call' }>, 'function'> & { readonly place: FunctionPlace })
  | (Omit<Extract<ExecutorJob, { type: 'pointerOf' }>, 'function'> & { readonly place: FunctionPlace })

interface PoolExecutorEvents {
  onReady(executor: PoolExecutor, memory: WebAssembly.Memory): void
  /** It has room for more. */
  onIdle(executor: PoolExecutor): void
  /** The thread has ended. `wasReady`: it had come as far as to have a stack. */
  onExit(executor: PoolExecutor, wasReady: boolean): void
  /** Not begun, and will not be: to be given to another. */
  onReturned(job: PoolJob): void
}

export class PoolExecutor {
  isReady = false
  readonly #worker: Worker
  readonly #connection: Connection
  readonly #slots: CallSlots
  readonly #events: PoolExecutorEvents
  readonly #jobs = new Map<number, PoolJob>()
  readonly #free: number[] = Array.from({ length: slotCount }, (_, slot) => slotCount - 1 - slot)
  readonly #functions = new Map<FunctionPlace, number>()
  #nextFunction = 1
  #end: JITErrorData | undefined

  constructor(start: (slots: SharedArrayBuffer) => Worker, events: PoolExecutorEvents) {
    this.#slots = new CallSlots()
    this.#worker = start(this.#slots.buffer)
    this.#events = events
    this.#connection = new Connection(new PortChannel(this.#worker, { peer: 'an executor of the pool' }), {
      onTell: (body, attachments) => this.#onTell(body as FromExecutor, attachments),
      onAsk: () => {
        throw new Error('an executor of the pool asks nothing')
      },
    })
    this.#worker.on('error', (error) => {
      this.#end ??= plainError('ActorDied', 'an executor of the pool died', plainError('UserError', String(error)))
    })
    this.#worker.once('exit', () => this.#onExit())
  }

  /** Jobs it has not answered. */
  get load(): number {
    return this.#jobs.size
  }

  get hasRoom(): boolean {
    return this.isReady && this.#end === undefined && this.#free.length > 0
  }

  give(job: PoolJob): void {
    const slot = this.#free.pop()
    if (slot === undefined) throw new Error('an executor of the pool has no slot left')
    this.#jobs.set(slot, job)
    job.executor = this
    job.slot = slot
    this.#slots.queue(slot)
    this.#tell({ type: 'job', slot, job: this.#numbered(job.work) })
  }

  /** Not begun: it goes back to the pool when the executor has passed over it. */
  withdraw(job: PoolJob): boolean {
    return this.#slots.withdraw(job.slot)
  }

  /** Begun, and not at its end: the thread is ended with it. */
  condemn(job: PoolJob, error: JITErrorData): boolean {
    if (!this.#slots.condemn(job.slot)) return false
    this.#terminate(error)
    return true
  }

  /** Up to half of what it has not begun, back to the pool. */
  returnHalf(): void {
    const jobs = [...this.#jobs.values()]
    for (const job of jobs.slice(Math.ceil(jobs.length / 2))) if (this.withdraw(job)) this.#comeBack(job)
  }

  forget(place: FunctionPlace): void {
    const id = this.#functions.get(place)
    if (id === undefined) return
    this.#functions.delete(place)
    this.#tell({ type: 'unbind', function: id })
  }

  /** Resolves when the thread has ended: by itself, or by force after the deadline. */
  async close(deadlineMs: number): Promise<void> {
    const ended = new Promise<void>((resolve) => void this.#worker.once('exit', () => resolve()))
    this.#end ??= plainError('SessionClosed', 'the executors of the pool have ended')
    this.#tell({ type: 'leave' })
    const force = setTimeout(() => void this.#worker.terminate(), deadlineMs)
    await ended
    clearTimeout(force)
  }

  #terminate(error: JITErrorData): void {
    this.#end ??= error
    void this.#worker.terminate()
  }

  #numbered(work: PoolJob['work']): ExecutorJob {
    if (work.type === 'call') return { type: 'call', function: this.#numberOf(work.place), arguments: work.arguments }
    if (work.type === 'pointerOf') return { type: 'pointerOf', function: this.#numberOf(work.place) }
    return work
  }

  #numberOf(place: FunctionPlace): number {
    const known = this.#functions.get(place)
    if (known !== undefined) return known
    const id = this.#nextFunction++
    this.#functions.set(place, id)
    this.#tell({ type: 'bind', function: id, place })
    return id
  }

  #tell(message: ToExecutor): void {
    this.#connection.tell(message, [], [], true)
  }

  #onTell(message: FromExecutor, attachments: readonly Attachment[]): void {
    switch (message.type) {
      case 'ready':
        this.isReady = true
        return this.#events.onReady(this, attachments[0] as WebAssembly.Memory)
      case 'settled':
        this.#settle(message.slot, message.result)
        break
      case 'done':
        for (const slot of message.slots) this.#done(slot)
    }
    if (this.hasRoom) this.#events.onIdle(this)
  }

  #done(slot: number): void {
    if (!this.#slots.isDone(slot)) {
      const job = this.#jobs.get(slot)
      this.#release(slot)
      if (job !== undefined && !job.settled) this.#events.onReturned(job)
      return
    }
    const result = this.#slots.result(slot)
    if (result.told) return
    this.#settle(slot, success({ result: result.value ?? null, outs: [] }))
  }

  #settle(slot: number, result: Expected<unknown>): void {
    const job = this.#jobs.get(slot)
    const elapsedMs = this.#slots.elapsedMs(slot)
    this.#release(slot)
    if (job === undefined) return
    job.executor = undefined
    if (!job.settled) job.settle(result, elapsedMs)
  }

  #release(slot: number): void {
    if (!this.#jobs.delete(slot)) return
    this.#slots.release(slot)
    this.#free.push(slot)
  }

  /** The slot stays taken until the executor has passed over it. */
  #comeBack(job: PoolJob): void {
    this.#jobs.set(job.slot, { ...job, settled: true })
    job.executor = undefined
    this.#events.onReturned(job)
  }

  #onExit(): void {
    const wasReady = this.isReady
    this.isReady = false
    const end = (this.#end ??= plainError('ActorDied', 'an executor of the pool ended by itself'))
    for (const [slot, job] of [...this.#jobs]) {
      this.#jobs.delete(slot)
      job.executor = undefined
      if (job.settled) continue
      if (this.#slots.isUntouched(slot)) this.#events.onReturned(job)
      else job.settle(this.#lastWord(slot, end), this.#slots.elapsedMs(slot))
    }
    this.#events.onExit(this, wasReady)
  }

  /** Of a job that had begun when the thread ended. */
  #lastWord(slot: number, end: JITErrorData): Expected<unknown> {
    if (!this.#slots.isDone(slot)) return failure(end)
    const result = this.#slots.result(slot)
    if (!result.told) return success({ result: result.value ?? null, outs: [] })
    return failure(plainError('ActorDied', 'it was done, but its answer was lost with its executor', end))
  }
}
