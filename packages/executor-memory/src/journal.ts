// What makes an edit whole or nothing, whoever dies in it. All words of an arena are written through `set`, which first notes
// the old value in the journal:
//
//   journal:  count | index, old | index, old | ...        in the arena's own buffer, `count` pairs are valid
//   set:      write the pair behind the last, then count + 1, then the word itself
//   commit:   count = 0, one store
//
// A thread that is terminated leaves a prefix of its stores. Whichever prefix, the next owner of the lock writes the old values
// back, newest first, and the edit has never begun; after the commit it has happened. Writing back twice does no harm, so the
// repairer may die as well. The count alone tells whether there is something to mend, so it is looked at in each lock(), and
// one lock may guard several arenas: the first of them to hear 'owner-died' need not know the others.
//
// A rule that a list is free to be half linked, or counters rebuilt from records, would need its own proof for each operation
// and each store; this needs one proof. It costs three plain stores more for each word.
import type { ArenaLock } from './arena-lock.js'
import { violated } from './invariant.js'
import type { Int32Store } from './int32-store.js'

const maximumPairs = 192

/** Words that a journal takes in its arena's buffer. */
export const journalWords: number = 1 + 2 * maximumPairs

export class Journal {
  readonly #store: Int32Store
  readonly #lock: ArenaLock
  readonly #start: number
  #pairs = 0
  #resume: (() => void) | undefined = undefined

  /** `start`: the word index at which `journalWords` words are the journal's. */
  constructor(store: Int32Store, start: number, lock: ArenaLock) {
    this.#store = store
    this.#start = start
    this.#lock = lock
  }

  /** Goes on with what a dead owner had committed half of, in steps. Runs in each critical section, before its body. */
  onEnter(resume: () => void): void {
    this.#resume = resume
  }

  /** Runs `body` with the lock held. What it sets is kept when it returns and undone when it throws. Not recursive. */
  edit<Result>(body: () => Result): Result {
    this.#enter()
    try {
      const result = body()
      this.checkpoint()
      return result
    } catch (error) {
      this.#undo()
      throw error
    } finally {
      this.#lock.unlock()
    }
  }

  /** Inside an edit: what was set so far is kept, whatever comes after. The arena must be whole here. */
  checkpoint(): void {
    if (this.#pairs === 0) return
    this.#pairs = 0
    this.#store.store(this.#start, 0)
  }

  load(index: number): number {
    return this.#store.load(index)
  }

  /** The low 32 bits of an integer; read them back with `>>> 0` where they are unsigned. */
  set(index: number, value: number): void {
    const store = this.#store
    const old = store.load(index)
    const word = value | 0
    if (old === word) return
    const pairs = this.#pairs
    if (pairs === maximumPairs) violated(`an edit sets more than ${maximumPairs} words`)
    const pair = this.#start + 1 + 2 * pairs
    store.store(pair, index)
    store.store(pair + 1, old)
    store.store(this.#start, pairs + 1)
    this.#pairs = pairs + 1
    store.store(index, word)
  }

  #enter(): void {
    const state = this.#lock.lock()
    try {
      this.#undo()
      this.#resume?.()
      this.checkpoint()
    } catch (error) {
      this.#lock.unlock()
      throw error
    }
    if (state === 'owner-died') this.#lock.markConsistent()
  }

  #undo(): void {
    const store = this.#store
    const pairs = store.load(this.#start)
    for (let pair = pairs - 1; pair >= 0; pair--) {
      const at = this.#start + 1 + 2 * pair
      store.store(store.load(at), store.load(at + 1))
    }
    if (pairs !== 0) store.store(this.#start, 0)
    this.#pairs = 0
  }
}
