// A condition variable: a gate beside a lock. The waiter arms the gate while it still holds the lock, so a notify that comes
// between its unlock and its sleep changes the gate, and the sleep does not begin.
import type { Agent } from './agent.js'
import { refuseBlockingMain } from './block-until.js'
import { armGate, openGate } from './gate.js'
import type { LockAddress, Words } from './layout.js'
import { invariant } from './lock-error.js'
import { stateIndexOf } from './registry.js'
import type { UnlockToken } from './unlock-token.js'

/**
 * One thread's view of a condition. Waking without a notify is possible (after a thread died, or around a timeout), so wait
 * in a loop or with a predicate. After a wait the token may say `owner-died`, as after any lock.
 */
export class Condition {
  readonly agent: Agent
  readonly address: LockAddress
  private readonly words: Words
  private readonly gateIndex: number

  constructor(agent: Agent, address: LockAddress) {
    this.agent = agent
    this.address = address
    this.words = agent.words
    this.gateIndex = stateIndexOf(agent.registry, address, 'condition')
  }

  /** Unlocks, sleeps until a notify, locks again into the same token. Throws like `Mutex.lock`, then with an empty token. */
  static wait(condition: Condition, token: UnlockToken): void {
    condition.sleep(token, Infinity)
  }

  /**
   * Like `wait`, for at most `timeoutMs` plus the time to lock again. With a predicate: sleeps until it holds, and returns its
   * last answer; it is called with the lock held. Without one: whether a notify came in time.
   */
  static waitFor(condition: Condition, token: UnlockToken, timeoutMs: number, predicate?: () => boolean): boolean {
    if (predicate === undefined) return condition.sleep(token, timeoutMs)
    const { platform } = condition.agent
    const deadline = timeoutMs === Infinity ? Infinity : platform.now() + timeoutMs
    for (;;) {
      if (predicate()) return true
      const remaining = deadline === Infinity ? Infinity : deadline - platform.now()
      if (remaining <= 0) return false
      condition.sleep(token, remaining)
    }
  }

  /** Wakes up to `count` waiters and returns how many were asleep. Change what they wait for under the lock first. */
  static notify(condition: Condition, count: number = Infinity): number {
    return openGate(condition.words, condition.gateIndex, count)
  }

  private sleep(token: UnlockToken, timeoutMs: number): boolean {
    const { held } = token
    invariant(held !== undefined, `condition ${this.address} is waited for with a token that holds no lock`)
    refuseBlockingMain(this.agent, this.address)
    const armed = armGate(this.words, this.gateIndex)
    token.unlock()
    const outcome = Atomics.wait(this.words, this.gateIndex, armed, timeoutMs)
    held.acquire()
    token.held = held
    return outcome !== 'timed-out'
  }
}
