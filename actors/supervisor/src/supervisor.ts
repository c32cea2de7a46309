// Starts workers, keeps them running, ends them in the reverse order. What a dead worker held is given back before anybody
// else hears of its death: its locks here, what else it held by those who hear `onExit`.
import type { Clock } from '@worc/mailbox'
import { systemClock } from '@worc/mailbox'
import type { Registry } from 'sharedarraybuffer-lock'
import { recover } from 'sharedarraybuffer-lock'
import type { ControlApi } from './serve-control.js'
import type { WorkerOptions } from './supervised-worker.js'
import { SupervisedWorker } from './supervised-worker.js'

export interface SupervisorOptions {
  /** Where the workers take locks: those of a dead thread are recovered at once. */
  readonly lockRegistries?: readonly Registry[]
  readonly clock?: Clock
}

export class Supervisor implements AsyncDisposable {
  readonly #clock: Clock
  readonly #lockRegistries: readonly Registry[]
  readonly #workers: { stop(): Promise<void> }[] = []
  #closing: Promise<void> | undefined

  constructor(options: SupervisorOptions = {}) {
    this.#clock = options.clock ?? systemClock
    this.#lockRegistries = options.lockRegistries ?? []
  }

  /** `Api` is what the worker's module gives to `serveControl`. */
  startWorker<Api extends ControlApi>(options: WorkerOptions<Api>): SupervisedWorker<Api> {
    if (this.#closing !== undefined) throw new Error(`worker "${options.name}" cannot start: its supervisor is closed`)
    const worker = new SupervisedWorker<Api>(options, this.#clock, (threadId) => this.#recoverLocks(threadId))
    this.#workers.push(worker)
    return worker
  }

  /** Stops every worker, the last started first. Nothing of it is left when this resolves. */
  close(): Promise<void> {
    this.#closing ??= this.#stopAll()
    return this.#closing
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  async #stopAll(): Promise<void> {
    for (const worker of this.#workers.reverse()) await worker.stop()
  }

  #recoverLocks(threadId: number): void {
    for (const registry of this.#lockRegistries) recover(registry, threadId)
  }
}
