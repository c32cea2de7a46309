// An arena's lock as a Mutex of sharedarraybuffer-lock.
import { Mutex } from 'sharedarraybuffer-lock'
import type { UnlockToken } from 'sharedarraybuffer-lock'
import type { ArenaLock } from './arena-lock.js'

/** `mutex` is this thread's view, made without a `repair` of its own: the arena's journal is the repair. `lock` throws LockError. */
export class MutexLock implements ArenaLock {
  readonly #mutex: Mutex
  readonly #token: UnlockToken = new Mutex.UnlockToken()

  constructor(mutex: Mutex) {
    this.#mutex = mutex
  }

  lock(): 'ok' | 'owner-died' {
    Mutex.lock(this.#mutex, this.#token)
    return this.#token.state === 'owner-died' ? 'owner-died' : 'ok'
  }

  markConsistent(): void {
    this.#token.markConsistent()
  }

  unlock(): void {
    this.#token.unlock()
  }
}
