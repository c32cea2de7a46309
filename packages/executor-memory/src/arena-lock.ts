// The lock that an arena holds around each edit, as a seam: a Mutex of sharedarraybuffer-lock in life (see mutex-lock.ts),
// nothing at all where one thread has the arena to itself.

export interface ArenaLock {
  /** Blocks until the lock is held. 'owner-died': its last owner died inside; whoever holds it now must mend what it left. */
  lock(): 'ok' | 'owner-died'
  /** After mending: later owners hear 'ok' again. */
  markConsistent(): void
  unlock(): void
}

/** For an arena that one thread alone uses: a simulation, a test. */
export const unsharedLock: ArenaLock = {
  lock: () => 'ok',
  markConsistent: () => undefined,
  unlock: () => undefined,
}
