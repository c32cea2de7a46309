// What can go wrong with a lock, as data inside one Error class: callers switch on `failure.code`. Misuse (a token used twice,
// an address of another kind) is a program error instead, and fails an invariant.
import type { LockAddress } from './layout.js'

/** One edge of the waits-for graph: this thread cannot go on until somebody else lets go of that lock. */
export interface WaitLink {
  readonly threadId: number
  readonly waitsFor: LockAddress
}

export type LockFailure =
  /** Each thread waits for a lock that the next one holds, the last one for a lock of the first. */
  | { readonly code: 'Deadlock'; readonly cycle: readonly WaitLink[] }
  /** An owner called `abandon`: what the lock protected cannot be repaired. */
  | { readonly code: 'Abandoned'; readonly address: LockAddress }
  | { readonly code: 'WouldBlockMain'; readonly address: LockAddress }
  | { readonly code: 'TimedOut'; readonly address: LockAddress; readonly timeoutMs: number }
  | { readonly code: 'RegistryFull'; readonly linesWanted: number; readonly lineCount: number }
  | { readonly code: 'TooManyThreads'; readonly threadId: number; readonly threadCount: number }

export class LockError extends Error {
  readonly failure: LockFailure

  constructor(failure: LockFailure) {
    super(describe(failure))
    this.name = 'LockError'
    this.failure = failure
  }
}

/** A broken promise of the program itself. Not for anything that another thread's death or load can cause. */
export function invariant(holds: boolean, broken: string): asserts holds {
  if (!holds) throw new Error(`invariant: ${broken}`)
}

function describe(failure: LockFailure): string {
  switch (failure.code) {
    case 'Deadlock':
      return `deadlock: ${describeCycle(failure.cycle)}`
    case 'Abandoned':
      return `lock ${failure.address} was abandoned by an owner that could not repair what it protects`
    case 'WouldBlockMain':
      return `lock ${failure.address} may block the main thread: use lockAsync, or create the agent with allowBlockingMain`
    case 'TimedOut':
      return `lock ${failure.address} was not available within ${failure.timeoutMs} ms`
    case 'RegistryFull':
      return `registry has no room for ${failure.linesWanted} more of its ${failure.lineCount} lines`
    case 'TooManyThreads':
      return `thread ${failure.threadId} has no row in a registry for ${failure.threadCount} threads at once`
  }
}

function describeCycle(cycle: readonly WaitLink[]): string {
  const links = cycle.map((link, position) => {
    const holder = cycle[(position + 1) % cycle.length] ?? link
    return `thread ${link.threadId} waits for lock ${link.waitsFor} held by thread ${holder.threadId}`
  })
  return links.join(', ')
}
