// An agent is one thread's seat in a registry: its identity in lock words, its row, and the few things of the host that
// locks need and a package may not reach for by itself (clock, timer, event loop). Create one per thread and registry.
import { header, ownerMask, rowStride, rowsStart, rowWord } from './layout.js'
import type { LockAddress, Words } from './layout.js'
import { invariant, LockError } from './lock-error.js'
import type { AsyncQueue } from './queue-until.js'
import type { Registry } from './registry.js'

/** What the host gives. The README has the one for Node. */
export interface Platform {
  /** Unique among the threads of the registry and never used again after a thread's death; 0 or more. */
  readonly threadId: number
  readonly isMainThread: boolean
  /** Milliseconds of a monotonic clock. */
  now(): number
  /** Runs once after `delayMs`; keeps the event loop alive; the result cancels it. */
  startTimer(delayMs: number, run: () => void): () => void
  /** While on, the event loop must not end. Atomics.waitAsync alone does not keep it alive. */
  keepAlive(on: boolean): void
}

export interface AgentOptions {
  /** Lets the main thread sleep in a lock. It freezes every socket and timer of the service meanwhile. Default false. */
  readonly allowBlockingMain?: boolean
}

/** Held by the thread that created it; stale once `recover` was called for that thread. */
export interface Agent {
  readonly registry: Registry
  readonly words: Words
  readonly platform: Platform
  readonly mayBlock: boolean
  /** This thread in a lock word: thread id + 1. */
  readonly self: number
  /** Word index of this thread's row. */
  readonly row: number
  /** Tasks of this thread that wait asynchronously, by lock. */
  readonly queues: Map<LockAddress, AsyncQueue>
  queuedTasks: number
  /** Counts the waits of this thread, so that the deadlock graph can tell one from the next. */
  waitEpisode: number
}

/** Takes a free row. Throws LockError TooManyThreads. */
export function createAgent(registry: Registry, platform: Platform, options: AgentOptions = {}): Agent {
  const { threadId } = platform
  const self = threadId + 1
  invariant(threadId >= 0 && self < ownerMask, `thread id ${threadId} does not fit into a lock word`)
  return {
    registry,
    words: registry.words,
    platform,
    mayBlock: !platform.isMainThread || options.allowBlockingMain === true,
    self,
    row: takeRow(registry, self),
    queues: new Map(),
    queuedTasks: 0,
    waitEpisode: 0,
  }
}

/** The row of a thread, or undefined where it has none. */
export function findRow(registry: Registry, self: number): number | undefined {
  const { words } = registry
  const end = Atomics.load(words, header.threadsHigh)
  for (let slot = 0; slot < end; slot++) {
    const row = rowAt(registry, slot)
    if (Atomics.load(words, row + rowWord.id) === self) return row
  }
  return undefined
}

export function rowAt(registry: Registry, slot: number): number {
  return rowsStart(registry.lineCount) + slot * rowStride(registry.lineCount)
}

function takeRow(registry: Registry, self: number): number {
  const { words, threadCount } = registry
  invariant(findRow(registry, self) === undefined, `thread ${self - 1} already has an agent in this registry`)
  for (let slot = 0; slot < threadCount; slot++) {
    const row = rowAt(registry, slot)
    raiseThreadsHigh(words, slot + 1)
    if (Atomics.compareExchange(words, row + rowWord.id, 0, self) === 0) return row
  }
  throw new LockError({ code: 'TooManyThreads', threadId: self - 1, threadCount })
}

/** Before the row is taken: no recovery and no writer may overlook a row that somebody has. */
function raiseThreadsHigh(words: Words, atLeast: number): void {
  for (;;) {
    const high = Atomics.load(words, header.threadsHigh)
    if (high >= atLeast) return
    if (Atomics.compareExchange(words, header.threadsHigh, high, atLeast) === high) return
  }
}
