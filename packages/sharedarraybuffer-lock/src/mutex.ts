// A mutual exclusion lock that survives its owners. The owner is in the same word as the lock (as in Linux robust futexes),
// so there is no instant at which a thread has the lock and nobody could know:
//
//   0                      free
//   A                      owned by A; nobody waits, so unlocking is one compareExchange
//   A | waiting            unlocking must notify one sleeping thread
//   A | tasksWaiting       unlocking must open the task gate
//   ownerDied              free, but what it protects may be half done
//
// Lock: compareExchange(0, me). Else raise a flag and sleep. Unlock clears the flags and wakes; a thread that was woken
// raises `waiting` again when it takes the lock, because it cannot know whether it was the last.
import type { Agent } from './agent.js'
import { blockUntil, refuseBlockingMain } from './block-until.js'
import type { WaitPoint, Waiter } from './block-until.js'
import { armGate, openGate } from './gate.js'
import { lineStart, lockWord, ownerDied, tasksWaiting, waiting } from './layout.js'
import type { LockAddress, Words } from './layout.js'
import { invariantOwned, takeOver, tryTake } from './owned-lock.js'
import type { OwnedLock, OwnedLockOptions } from './owned-lock.js'
import { queueUntil } from './queue-until.js'
import type { AsyncLockOptions } from './queue-until.js'
import { stateIndexOf } from './registry.js'
import { emptyToken, UnlockToken } from './unlock-token.js'
import { refuseOwnLock } from './waits-for.js'

/**
 * One thread's view of a mutex; other threads make their own of the same address. Not recursive. The static functions are
 * those of the TC39 structs proposal. Holders are threads for `lock`, tasks for `lockAsync`: both unlock by token.
 */
export class Mutex implements OwnedLock {
  static readonly UnlockToken: typeof UnlockToken = UnlockToken

  readonly words: Words
  readonly stateIndex: number
  readonly self: number
  readonly agent: Agent
  readonly address: LockAddress
  readonly repair: (() => void) | undefined
  readonly taskGateIndex: number
  unrepaired = false
  private readonly mayBlock: boolean
  private readonly scoped: UnlockToken = new UnlockToken()

  constructor(agent: Agent, address: LockAddress, options: OwnedLockOptions = {}) {
    this.words = agent.words
    this.stateIndex = stateIndexOf(agent.registry, address, 'mutex')
    this.self = agent.self
    this.agent = agent
    this.address = address
    this.repair = options.repair
    this.taskGateIndex = lineStart(address) + lockWord.taskGate
    this.mayBlock = agent.mayBlock
  }

  /** Blocks until the lock is this thread's. Throws LockError Deadlock, Abandoned, WouldBlockMain, and what `repair` throws. */
  static lock(mutex: Mutex, token?: UnlockToken): UnlockToken {
    const empty = emptyToken(token)
    mutex.acquire()
    empty.held = mutex
    return empty
  }

  /** Blocks for at most `timeoutMs`, not at all for 0; null where the lock was not available. Throws like `lock`. */
  static lockIfAvailable(mutex: Mutex, timeoutMs: number, token?: UnlockToken): UnlockToken | null {
    const empty = emptyToken(token)
    if (!mutex.acquireWithin(timeoutMs)) return null
    empty.held = mutex
    return empty
  }

  /** Runs `body`, which must be synchronous, with the lock held. The token is lent: it unlocks when `body` returns or throws. */
  static withLock<Result>(mutex: Mutex, body: (token: UnlockToken) => Result): Result {
    mutex.acquire()
    const token = mutex.scoped
    token.held = mutex
    try {
      return body(token)
    } finally {
      token.unlock()
    }
  }

  /**
   * Waits without blocking the thread; allowed on the main thread. Rejects with the signal's reason, LockError TimedOut or
   * Abandoned, and what `repair` throws. Tasks of one thread are served in order; threads that block may overtake them. A
   * task is not part of the deadlock graph.
   */
  static lockAsync(mutex: Mutex, options?: AsyncLockOptions, token?: UnlockToken): Promise<UnlockToken> {
    const empty = emptyToken(token)
    if (options?.signal?.aborted === true) return Promise.reject(options.signal.reason)
    if (Atomics.compareExchange(mutex.words, mutex.stateIndex, 0, mutex.self) === 0) {
      empty.held = mutex
      return Promise.resolve(empty)
    }
    return queueUntil(mutex.agent, new QueuedTask(mutex), options).then(() => {
      takeOver(mutex)
      empty.held = mutex
      return empty
    })
  }

  acquire(): void {
    if (!this.mayBlock) refuseBlockingMain(this.agent, this.address)
    if (Atomics.compareExchange(this.words, this.stateIndex, 0, this.self) !== 0) this.acquireContended(Infinity)
  }

  /** One exchange, where a compareExchange would cost a tenth more: only the owner's tokens come here. */
  release(): void {
    const kept = this.unrepaired ? ownerDied : 0
    const released = Atomics.exchange(this.words, this.stateIndex, kept)
    if (released !== this.self) this.wake(released)
  }

  wakeAll(): void {
    Atomics.notify(this.words, this.stateIndex, Infinity)
    openGate(this.words, this.taskGateIndex, Infinity)
  }

  private wake(released: number): void {
    invariantOwned(this, released)
    this.unrepaired = false
    if ((released & waiting) !== 0) Atomics.notify(this.words, this.stateIndex, 1)
    if ((released & tasksWaiting) !== 0) openGate(this.words, this.taskGateIndex, Infinity)
  }

  private acquireWithin(timeoutMs: number): boolean {
    if (timeoutMs > 0) refuseBlockingMain(this.agent, this.address)
    if (Atomics.compareExchange(this.words, this.stateIndex, 0, this.self) === 0) return true
    return this.acquireContended(timeoutMs)
  }

  private acquireContended(timeoutMs: number): boolean {
    if (timeoutMs > 0) {
      refuseOwnLock(this.agent, this.address, this.stateIndex)
      if (!blockUntil(this.agent, new BlockedThread(this), timeoutMs)) return false
    } else if (tryTake(this, 0) !== 'taken') {
      return false
    }
    takeOver(this)
    return true
  }
}

/** A thread sleeps on the state word itself: one notify, one thread. Giving up leaves its flag: one notify too many, none too few. */
class BlockedThread implements Waiter {
  readonly address: LockAddress
  readonly hasOwner = true
  private readonly mutex: Mutex

  constructor(mutex: Mutex) {
    this.address = mutex.address
    this.mutex = mutex
  }

  attempt(woken: boolean): WaitPoint | undefined {
    const { words, stateIndex } = this.mutex
    for (;;) {
      const state = tryTake(this.mutex, woken ? waiting : 0)
      if (state === 'taken') return undefined
      const expected = state | waiting
      if (expected === state || Atomics.compareExchange(words, stateIndex, state, expected) === state) {
        return { wordIndex: stateIndex, expected }
      }
    }
  }
}

/** A task sleeps on the task gate, which opens after every unlock that sees the flag. */
class QueuedTask implements Waiter {
  readonly address: LockAddress
  readonly hasOwner = false
  private readonly mutex: Mutex

  constructor(mutex: Mutex) {
    this.address = mutex.address
    this.mutex = mutex
  }

  attempt(): WaitPoint | undefined {
    const { words, stateIndex, taskGateIndex } = this.mutex
    for (;;) {
      const state = tryTake(this.mutex, 0)
      if (state === 'taken') return undefined
      const expected = armGate(words, taskGateIndex)
      if (Atomics.compareExchange(words, stateIndex, state, state | tasksWaiting) === state) {
        return { wordIndex: taskGateIndex, expected }
      }
    }
  }
}
