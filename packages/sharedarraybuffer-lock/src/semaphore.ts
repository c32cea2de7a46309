// A counting semaphore whose permits know their holders. Each permit is a word of its own, 0 or thread id + 1: taking one and
// saying who took it is one compareExchange, so the permits of a dead thread can be found and given back. The price: a permit
// is returned by the one who took it, and acquire looks at up to `capacity` words.
import type { Agent } from './agent.js'
import { blockUntil, refuseBlockingMain } from './block-until.js'
import type { WaitPoint, Waiter } from './block-until.js'
import { armGate, openGate } from './gate.js'
import { lineStart, lockWord, permitsPerLine, wordsPerLine } from './layout.js'
import type { LockAddress, Words } from './layout.js'
import { invariant } from './lock-error.js'
import { queueUntil } from './queue-until.js'
import type { AsyncLockOptions } from './queue-until.js'
import { stateIndexOf } from './registry.js'

/** One unit of a semaphore, held. */
export class Permit {
  private semaphore: Semaphore | undefined = undefined
  private permitIndex = 0

  get held(): boolean {
    return this.semaphore !== undefined
  }

  /** True if it gave a unit back, false if the permit was empty. */
  release(): boolean {
    const { semaphore } = this
    if (semaphore === undefined) return false
    this.semaphore = undefined
    semaphore.give(this.permitIndex)
    return true
  }

  [Symbol.dispose](): void {
    this.release()
  }

  /** Called by the semaphore only: `permitIndex` is the word that was just taken. */
  fill(semaphore: Semaphore, permitIndex: number): void {
    this.semaphore = semaphore
    this.permitIndex = permitIndex
  }
}

/** One thread's view of a semaphore. Waiters are not told who died: a permit protects a number, not data. */
export class Semaphore {
  readonly agent: Agent
  readonly address: LockAddress
  readonly capacity: number
  private readonly words: Words
  private readonly threadGateIndex: number
  private readonly taskGateIndex: number

  constructor(agent: Agent, address: LockAddress) {
    this.agent = agent
    this.address = address
    this.words = agent.words
    this.threadGateIndex = stateIndexOf(agent.registry, address, 'semaphore')
    this.taskGateIndex = lineStart(address) + lockWord.taskGate
    this.capacity = Atomics.load(this.words, lineStart(address) + lockWord.capacity)
  }

  /** Blocks until a unit is free. Throws LockError WouldBlockMain. */
  static acquire(semaphore: Semaphore, permit?: Permit): Permit {
    const granted = Semaphore.acquireIfAvailable(semaphore, Infinity, permit)
    invariant(granted !== null, `an acquire of semaphore ${semaphore.address} without a time limit timed out`)
    return granted
  }

  /** Blocks for at most `timeoutMs`, not at all for 0; null where no unit was free. */
  static acquireIfAvailable(semaphore: Semaphore, timeoutMs: number, permit: Permit = new Permit()): Permit | null {
    invariant(!permit.held, 'the permit still holds a unit')
    if (timeoutMs > 0) refuseBlockingMain(semaphore.agent, semaphore.address)
    if (semaphore.take(permit)) return permit
    if (timeoutMs <= 0) return null
    const waiter = new PermitWaiter(semaphore, permit, semaphore.threadGateIndex)
    return blockUntil(semaphore.agent, waiter, timeoutMs) ? permit : null
  }

  /** Waits without blocking the thread. Rejects with the signal's reason or LockError TimedOut. */
  static acquireAsync(
    semaphore: Semaphore,
    options?: AsyncLockOptions,
    permit: Permit = new Permit(),
  ): Promise<Permit> {
    invariant(!permit.held, 'the permit still holds a unit')
    const waiter = new PermitWaiter(semaphore, permit, semaphore.taskGateIndex)
    return queueUntil(semaphore.agent, waiter, options).then(() => permit)
  }

  /** Units that are free at this instant. */
  static available(semaphore: Semaphore): number {
    let free = 0
    for (let unit = 0; unit < semaphore.capacity; unit++) {
      if (Atomics.load(semaphore.words, semaphore.permitIndexOf(unit)) === 0) free++
    }
    return free
  }

  take(permit: Permit): boolean {
    const { words, capacity, agent } = this
    for (let unit = 0; unit < capacity; unit++) {
      const permitIndex = this.permitIndexOf(unit)
      if (Atomics.compareExchange(words, permitIndex, 0, agent.self) !== 0) continue
      permit.fill(this, permitIndex)
      return true
    }
    return false
  }

  /** One thread, and the tasks of every thread: a task's thread may be blocked and let the notify lie. */
  give(permitIndex: number): void {
    const { words, agent } = this
    const holder = Atomics.compareExchange(words, permitIndex, agent.self, 0)
    invariant(
      holder === agent.self,
      `thread ${agent.self - 1} returns a permit of semaphore ${this.address} it does not hold`,
    )
    openGate(words, this.threadGateIndex, 1)
    openGate(words, this.taskGateIndex, Infinity)
  }

  private permitIndexOf(unit: number): number {
    const line = this.address + 1 + Math.floor(unit / permitsPerLine)
    return lineStart(line) + (wordsPerLine - permitsPerLine) + (unit % permitsPerLine)
  }
}

class PermitWaiter implements Waiter {
  readonly address: LockAddress
  readonly hasOwner = false
  private readonly semaphore: Semaphore
  private readonly permit: Permit
  private readonly gateIndex: number

  constructor(semaphore: Semaphore, permit: Permit, gateIndex: number) {
    this.address = semaphore.address
    this.semaphore = semaphore
    this.permit = permit
    this.gateIndex = gateIndex
  }

  attempt(): WaitPoint | undefined {
    if (this.semaphore.take(this.permit)) return undefined
    const expected = armGate(this.semaphore.agent.words, this.gateIndex)
    if (this.semaphore.take(this.permit)) return undefined
    return { wordIndex: this.gateIndex, expected }
  }
}
