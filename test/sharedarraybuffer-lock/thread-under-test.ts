// Real threads for lock tests. Threads meet through words of a scratch buffer instead of through time: a thread marks a word,
// the test waits for the mark. Every thread is counted until it has ended.
import { Worker } from 'node:worker_threads'
import { createAgent, createRegistry, recover } from 'sharedarraybuffer-lock'
import type { Agent, LockAddress, RecoveredLock, Registry } from 'sharedarraybuffer-lock'
import type { Assignment } from './lock-worker.js'
import { nodePlatform } from './node-platform.js'

export interface Stage {
  readonly registry: Registry
  readonly scratch: Int32Array<SharedArrayBuffer>
  /** The test's own agent, allowed to block. */
  readonly agent: Agent
  /** An agent of a thread that exists in lock words only: it can die at any instruction. */
  pretend(threadId: number): Agent
}

interface ThreadUnderTest {
  readonly worker: Worker
  readonly threadId: number
  readonly messages: unknown[]
  /** Resolves after the thread ended, with what recovery found. */
  readonly ended: Promise<readonly RecoveredLock[]>
  /** Uncaught errors of the thread. */
  readonly errors: Error[]
}

const living = new Set<Worker>()

export function createStage(): Stage {
  const registry = createRegistry({ lineCount: 16, threadCount: 8 })
  const pretend = (threadId: number): Agent =>
    createAgent(registry, nodePlatform(threadId), { allowBlockingMain: true })
  return {
    registry,
    scratch: new Int32Array(new SharedArrayBuffer(256)),
    agent: createAgent(registry, nodePlatform(), { allowBlockingMain: true }),
    pretend,
  }
}

/** `recovers: false` leaves the recovery to the test. */
export function startThread(
  stage: Stage,
  script: Assignment['script'],
  addresses: readonly LockAddress[],
  options: { readonly rounds?: number; readonly recovers?: boolean } = {},
): ThreadUnderTest {
  const { registry, scratch } = stage
  const assignment: Assignment = { script, addresses, rounds: options.rounds ?? 1, buffer: registry.buffer, scratch }
  const worker = new Worker(new URL('./lock-worker.js', import.meta.url), { workerData: assignment })
  const { threadId } = worker
  const messages: unknown[] = []
  const errors: Error[] = []
  living.add(worker)
  worker.on('message', (message) => messages.push(message))
  worker.on('error', (error) => errors.push(error))
  const ended = new Promise<readonly RecoveredLock[]>((resolve) => {
    worker.on('exit', () => {
      living.delete(worker)
      resolve(options.recovers === false ? [] : recover(registry, threadId))
    })
  })
  return { worker, threadId, messages, ended, errors }
}

/** For an `afterEach`: what a failed test left behind is ended, and reported. */
export async function endThreadsLeft(): Promise<void> {
  const left = [...living]
  await Promise.all(left.map((worker) => worker.terminate()))
  if (left.length > 0) throw new Error(`${left.length} thread(s) left behind`)
}

/** Looks again on every turn of the event loop. The test's time limit is the limit. */
export async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise((resolve) => setImmediate(resolve))
}

export function marked(stage: Stage, word: number, value: number = 1): Promise<void> {
  return until(() => Atomics.load(stage.scratch, word) >= value)
}

/** Lets a thread go on that stands at this word. */
export function mark(stage: Stage, word: number): void {
  Atomics.add(stage.scratch, word, 1)
  Atomics.notify(stage.scratch, word)
}
