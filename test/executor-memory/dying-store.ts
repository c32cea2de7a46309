// A thread that is terminated leaves a prefix of its stores behind. This store is such a thread: it dies instead of doing its
// nth store, and whatever still runs after that (a catch, a finally: a terminated thread runs neither) stores nothing.
import { SharedInt32Store } from '@worc/executor-memory'
import type { ArenaLock, Int32Store } from '@worc/executor-memory'

class Death extends Error {}

export class DyingStore implements Int32Store {
  stores = 0
  readonly #live: SharedInt32Store
  readonly #diesAt: number

  /** Dies at its `diesAt`th store, counted from 0. */
  constructor(buffer: SharedArrayBuffer, diesAt: number) {
    this.#live = new SharedInt32Store(buffer)
    this.#diesAt = diesAt
  }

  load(index: number): number {
    return this.#live.load(index)
  }

  store(index: number, value: number): void {
    this.#step()
    this.#live.store(index, value)
  }

  loadPublished(index: number): number {
    return this.#live.loadPublished(index)
  }

  publish(index: number, value: number): void {
    this.#step()
    this.#live.publish(index, value)
  }

  #step(): void {
    if (this.stores >= this.#diesAt) throw new Death()
    this.stores++
  }
}

/** Whether it died on the way. */
export function dies(body: () => void): boolean {
  try {
    body()
    return false
  } catch (error) {
    if (error instanceof Death) return true
    throw error
  }
}

/** The lock as the next owner finds it: its first lock() says 'owner-died'. */
export class InheritedLock implements ArenaLock {
  consistent = false

  lock(): 'ok' | 'owner-died' {
    return this.consistent ? 'ok' : 'owner-died'
  }

  markConsistent(): void {
    this.consistent = true
  }

  unlock(): void {}
}

export function copyOf(buffer: SharedArrayBuffer): SharedArrayBuffer {
  const copy = new SharedArrayBuffer(buffer.byteLength)
  new Uint8Array(copy).set(new Uint8Array(buffer))
  return copy
}
