// Capabilities to unlock, as in the TC39 structs proposal (Atomics.Mutex.UnlockToken), and here also the place where a new
// owner learns that an earlier one died. A token is an ordinary object of one thread; allocate it once and use it again.
import { invariant } from './lock-error.js'
import { abandon, markConsistent } from './owned-lock.js'
import type { OwnedLock } from './owned-lock.js'

/**
 * `owner-died`: the token holds the lock, but an owner died inside and nobody has said since that the data is whole. Repair
 * it and call `markConsistent`; unlocking without that tells the next owner the same.
 */
export type TokenState = 'unlocked' | 'consistent' | 'owner-died'

/** Unlocks a mutex, or the write side of an RwLock. */
export class UnlockToken {
  /** What this token unlocks. Written by the locks only. */
  held: OwnedLock | undefined = undefined

  get locked(): boolean {
    return this.held !== undefined
  }

  get state(): TokenState {
    if (this.held === undefined) return 'unlocked'
    return this.held.unrepaired ? 'owner-died' : 'consistent'
  }

  /** True if it unlocked, false if the token was empty. */
  unlock(): boolean {
    const { held } = this
    if (held === undefined) return false
    this.held = undefined
    held.release()
    return true
  }

  [Symbol.dispose](): void {
    this.unlock()
  }

  /** The owner has repaired what an earlier owner left half done. */
  markConsistent(): void {
    invariant(this.held !== undefined, 'markConsistent on a token that holds no lock')
    markConsistent(this.held)
  }

  /** The owner cannot repair it: everybody who waits or ever comes gets LockError Abandoned. The token is empty then. */
  abandon(): void {
    const { held } = this
    invariant(held !== undefined, 'abandon on a token that holds no lock')
    this.held = undefined
    abandon(held)
  }
}

/** What a read token gives back. */
export interface ReadLock {
  leaveRead(): void
}

/** Ends a read lock. `owner-died` here means: a writer died inside, what you read may be half written; repair as a writer. */
export class ReadToken {
  /** What this token unlocks. Written by RwLock only. */
  held: ReadLock | undefined = undefined
  /** As of the moment the read lock was granted. */
  state: TokenState = 'unlocked'

  get locked(): boolean {
    return this.held !== undefined
  }

  unlock(): boolean {
    const { held } = this
    if (held === undefined) return false
    this.held = undefined
    this.state = 'unlocked'
    held.leaveRead()
    return true
  }

  [Symbol.dispose](): void {
    this.unlock()
  }
}

/** The given token, which must be empty, or a new one. */
export function emptyToken(token: UnlockToken | undefined): UnlockToken {
  if (token === undefined) return new UnlockToken()
  if (token.held !== undefined) invariant(false, 'the token still holds a lock')
  return token
}
