// How a task waits without stopping its thread. Each thread has at most one Atomics.waitAsync per lock, however many of its
// tasks want it: they stand in a queue of this thread, and the wait is theirs in common. An engine cannot cancel a waitAsync
// and remembers it until a notify comes, so a task that gives up only leaves the queue, and what is left behind is bounded.
//
// A notify that arrives for a queue which is empty by now, or in a thread that is blocked, must not be one that somebody
// else needed. So tasks never share a word with sleeping threads, and the gate of tasks opens for all its threads at once.
import type { Agent } from './agent.js'
import type { WaitPoint, Waiter } from './block-until.js'
import type { LockAddress } from './layout.js'
import { invariant, LockError } from './lock-error.js'

/** The part of AbortSignal that is used. */
export interface AbortSignalLike {
  readonly aborted: boolean
  readonly reason: unknown
  addEventListener(type: 'abort', listener: () => void): void
  removeEventListener(type: 'abort', listener: () => void): void
}

export interface AsyncLockOptions {
  /** Ends the wait; the promise rejects with the signal's reason. Without effect once the lock is granted. */
  readonly signal?: AbortSignalLike
  /** Ends the wait; the promise rejects with LockError TimedOut. Default: no limit. */
  readonly timeoutMs?: number
}

/** The tasks of one thread that want one lock, first come first served among themselves. */
export interface AsyncQueue {
  readonly tasks: Task[]
  /** A waitAsync is pending. It outlives the tasks it was started for. */
  asleep: boolean
}

interface Task {
  readonly waiter: Waiter
  readonly grant: () => void
  readonly fail: (reason: unknown) => void
}

/** Resolves when the waiter has what it wants, in the turn in which it got it. */
export function queueUntil(agent: Agent, waiter: Waiter, options: AsyncLockOptions = {}): Promise<void> {
  const { signal, timeoutMs = Infinity } = options
  if (signal?.aborted === true) return Promise.reject(signal.reason)
  return new Promise((resolve, reject) => {
    let cancelTimer: (() => void) | undefined
    const finish = (): void => {
      cancelTimer?.()
      signal?.removeEventListener('abort', onAbort)
      countTasks(agent, -1)
    }
    const task: Task = {
      waiter,
      grant: () => {
        finish()
        resolve()
      },
      fail: (reason) => {
        finish()
        reject(reason)
      },
    }
    const onAbort = (): void => leave(agent, task, signal?.reason)
    const onTimeout = (): void =>
      leave(agent, task, new LockError({ code: 'TimedOut', address: waiter.address, timeoutMs }))
    countTasks(agent, 1)
    signal?.addEventListener('abort', onAbort)
    if (timeoutMs !== Infinity) cancelTimer = agent.platform.startTimer(timeoutMs, onTimeout)
    const queue = queueOf(agent, waiter)
    queue.tasks.push(task)
    if (!queue.asleep) serve(agent, queue, waiter.address)
  })
}

function queueOf(agent: Agent, waiter: Waiter): AsyncQueue {
  const queue = agent.queues.get(waiter.address) ?? { tasks: [], asleep: false }
  agent.queues.set(waiter.address, queue)
  return queue
}

/** Grants to the first task as long as that succeeds, then sleeps on behalf of those that remain. */
function serve(agent: Agent, queue: AsyncQueue, address: LockAddress): void {
  for (let task = queue.tasks[0]; task !== undefined; task = queue.tasks[0]) {
    const point = attempt(task)
    if (point === undefined) queue.tasks.shift()
    else if (sleep(agent, queue, address, point)) return
  }
  agent.queues.delete(address)
}

/** Undefined where the task is settled, one way or the other. */
function attempt(task: Task): WaitPoint | undefined {
  try {
    const point = task.waiter.attempt(false)
    if (point === undefined) task.grant()
    return point
  } catch (error) {
    task.fail(error)
    return undefined
  }
}

/** False where the word changed already. */
function sleep(agent: Agent, queue: AsyncQueue, address: LockAddress, point: WaitPoint): boolean {
  const wait = Atomics.waitAsync(agent.words, point.wordIndex, point.expected)
  if (!wait.async) return false
  queue.asleep = true
  void wait.value.then(() => {
    queue.asleep = false
    serve(agent, queue, address)
  })
  return true
}

function leave(agent: Agent, task: Task, reason: unknown): void {
  const tasks = agent.queues.get(task.waiter.address)?.tasks ?? []
  const place = tasks.indexOf(task)
  invariant(place >= 0, `a task that gives up on lock ${task.waiter.address} does not stand in its queue`)
  tasks.splice(place, 1)
  task.waiter.giveUp?.()
  task.fail(reason)
}

/** One switch for the whole agent: the event loop stays alive while any of its tasks waits. */
function countTasks(agent: Agent, change: 1 | -1): void {
  agent.queuedTasks += change
  if (agent.queuedTasks === 0) agent.platform.keepAlive(false)
  if (agent.queuedTasks === 1 && change === 1) agent.platform.keepAlive(true)
}
