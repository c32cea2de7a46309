// How a thread sleeps until it has what it wants. Every lock says the same two things: "try now, or else this is the word
// and the value to sleep on". The loop around it, the time limit and the deadlock check are written once, here.
import type { Agent } from './agent.js'
import type { LockAddress } from './layout.js'
import { LockError } from './lock-error.js'
import { findDeadlock, publishWait, retractWait } from './waits-for.js'

/** A word, and the value that it has for as long as sleeping is right. */
export interface WaitPoint {
  readonly wordIndex: number
  readonly expected: number
}

/** One acquisition on its slow path. */
export interface Waiter {
  readonly address: LockAddress
  /** Whether the deadlock graph can tell who holds it. */
  readonly hasOwner: boolean
  /**
   * Takes it and returns undefined, or says where to sleep. `woken`: this thread slept here before, so the notify that woke it
   * may have been meant for others too, and the flag that promises them a notify must go up again.
   */
  attempt(woken: boolean): WaitPoint | undefined
  /** The wait ends without success: gives back what was taken on the way, where something was. */
  giveUp?(): void
}

/** Guards every call that may sleep, contended or not, so that a wrong call fails in its first test and not under load. */
export function refuseBlockingMain(agent: Agent, address: LockAddress): void {
  if (!agent.mayBlock) throw new LockError({ code: 'WouldBlockMain', address })
}

/** False where `timeoutMs` ran out. Throws LockError Deadlock, and whatever the waiter throws. */
export function blockUntil(agent: Agent, waiter: Waiter, timeoutMs: number): boolean {
  const point = waiter.attempt(false)
  if (point === undefined) return true
  if (timeoutMs === Infinity && waiter.hasOwner) return sleepInGraph(agent, waiter, point)
  return sleepUntil(agent, waiter, point, agent.platform.now() + timeoutMs)
}

/** The wait is published only around the sleep: what an attempt takes for a moment must not look like something held. */
function sleepInGraph(agent: Agent, waiter: Waiter, first: WaitPoint): boolean {
  let point: WaitPoint | undefined = first
  while (point !== undefined) {
    publishWait(agent, waiter.address)
    const cycle = findDeadlock(agent)
    if (cycle === undefined) Atomics.wait(agent.words, point.wordIndex, point.expected)
    retractWait(agent)
    if (cycle !== undefined) {
      waiter.giveUp?.()
      throw new LockError({ code: 'Deadlock', cycle })
    }
    point = waiter.attempt(true)
  }
  return true
}

function sleepUntil(agent: Agent, waiter: Waiter, first: WaitPoint, deadline: number): boolean {
  let point: WaitPoint | undefined = first
  while (point !== undefined) {
    const remaining = deadline === Infinity ? Infinity : Math.max(0, deadline - agent.platform.now())
    if (Atomics.wait(agent.words, point.wordIndex, point.expected, remaining) === 'timed-out') {
      waiter.giveUp?.()
      return false
    }
    point = waiter.attempt(true)
  }
  return true
}
