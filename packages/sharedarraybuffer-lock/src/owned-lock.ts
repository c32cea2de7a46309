// What a mutex and the write side of an RwLock have in common: a word that holds its owner, and so survives it.
import { abandonedOwner, ownerDied, ownerMask } from './layout.js'
import type { LockAddress, Words } from './layout.js'
import { invariant, LockError } from './lock-error.js'

export interface OwnedLock {
  readonly words: Words
  readonly stateIndex: number
  readonly address: LockAddress
  /** This thread as the owner: thread id + 1. */
  readonly self: number
  readonly repair: (() => void) | undefined
  /** This thread owns the lock, `ownerDied` is in its word, and nobody has repaired the data yet. */
  unrepaired: boolean
  /** Blocks until this thread is the owner, and repairs where it can. */
  acquire(): void
  /** Keeps `ownerDied` where unrepaired, and wakes whom the word's flags promise it. */
  release(): void
  /** Wakes everybody who sleeps here. */
  wakeAll(): void
}

export interface OwnedLockOptions {
  /**
   * Makes the protected data whole again after an owner died inside. Runs with the lock held, before the new owner gets it,
   * and marks the lock consistent when it returns. Without it, look at `token.state`.
   */
  readonly repair?: () => void
}

/**
 * Takes a free word with all its flags and `extraFlags` and returns 'taken', or returns the owned state it saw.
 * Throws LockError Abandoned.
 */
export function tryTake(lock: OwnedLock, extraFlags: number): number | 'taken' {
  const { words, stateIndex, self } = lock
  for (;;) {
    const state = Atomics.load(words, stateIndex)
    const owner = state & ownerMask
    if (owner === abandonedOwner) throw new LockError({ code: 'Abandoned', address: lock.address })
    if (owner !== 0) return state
    if (Atomics.compareExchange(words, stateIndex, state, state | self | extraFlags) === state) return 'taken'
  }
}

export function hasOwnerDied(lock: OwnedLock): boolean {
  return (Atomics.load(lock.words, lock.stateIndex) & ownerDied) !== 0
}

/** For the owner: what an earlier owner left half done is whole again. */
export function markConsistent(lock: OwnedLock): void {
  lock.unrepaired = false
  Atomics.and(lock.words, lock.stateIndex, ~ownerDied)
}

/** For the owner: nobody can make it whole. Everybody who waits or ever comes gets LockError Abandoned. */
export function abandon(lock: OwnedLock): void {
  lock.unrepaired = false
  Atomics.store(lock.words, lock.stateIndex, abandonedOwner)
  lock.wakeAll()
}

/** For a new owner that took the word with flags. A repair that throws gives the lock back, and the next owner tries again. */
export function takeOver(lock: OwnedLock): void {
  lock.unrepaired = hasOwnerDied(lock)
  if (!lock.unrepaired || lock.repair === undefined) return
  try {
    lock.repair()
  } catch (error) {
    lock.release()
    throw error
  }
  markConsistent(lock)
}

/** The state that this thread released. Another owner in it is a program error: recovery was run for a living thread. */
export function invariantOwned(lock: OwnedLock, state: number): void {
  const owner = state & ownerMask
  invariant(owner === lock.self, `thread ${lock.self - 1} unlocks lock ${lock.address}, which thread ${owner - 1} owns`)
}
