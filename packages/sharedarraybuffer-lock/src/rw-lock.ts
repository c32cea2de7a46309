// Many readers or one writer; writers go first. The writer's word is an owned word like a mutex's. Readers have no shared
// count (a thread that dies right after counting itself in could not be told from one that dies right before): each thread
// counts its own read locks in its own row, and a writer looks at all rows.
//
//   reader: count up in my row, then look at the word; not free: count down again, tell the writer, sleep on the word
//   writer: take the word, then wait for every row that has readers, sleeping on that row's count
//
// Each side writes before it looks, so at least one of the two sees the other. While a writer waits, `writersWaiting` stays
// in the word even when nobody owns it, and readers stand back. (The word and its gate follow the futex RwLock of Rust's std.)
import { rowAt } from './agent.js'
import type { Agent } from './agent.js'
import { blockUntil, refuseBlockingMain } from './block-until.js'
import type { WaitPoint, Waiter } from './block-until.js'
import { abandonedOwner, header, lineStart, lockWord, ownerDied, ownerMask, rowWord } from './layout.js'
import { waiting, writersWaiting } from './layout.js'
import type { LockAddress, Words } from './layout.js'
import { invariant, LockError } from './lock-error.js'
import { hasOwnerDied, invariantOwned, takeOver, tryTake } from './owned-lock.js'
import type { OwnedLock, OwnedLockOptions } from './owned-lock.js'
import { stateIndexOf } from './registry.js'
import { emptyToken, ReadToken } from './unlock-token.js'
import type { ReadLock, UnlockToken } from './unlock-token.js'
import { refuseOwnLock } from './waits-for.js'

/**
 * One thread's view of a lock for many readers or one writer. A reader that finds a dead writer's traces, and has a `repair`,
 * takes the write lock to repair first. To write while reading, or to read while writing, is a deadlock and reported as one.
 */
export class RwLock implements OwnedLock, ReadLock {
  readonly words: Words
  readonly stateIndex: number
  readonly self: number
  readonly agent: Agent
  readonly address: LockAddress
  readonly repair: (() => void) | undefined
  unrepaired = false
  readonly writerGateIndex: number
  /** This thread's count of read locks: a thread may read several times at once, in several tasks. */
  readonly readCountIndex: number

  constructor(agent: Agent, address: LockAddress, options: OwnedLockOptions = {}) {
    this.words = agent.words
    this.stateIndex = stateIndexOf(agent.registry, address, 'rw-lock')
    this.self = agent.self
    this.agent = agent
    this.address = address
    this.repair = options.repair
    this.writerGateIndex = lineStart(address) + lockWord.writerGate
    this.readCountIndex = agent.row + rowWord.readCounts + address
  }

  /** Blocks until no writer owns or wants it. Throws LockError Deadlock, Abandoned, WouldBlockMain, and what `repair` throws. */
  static read(lock: RwLock, token?: ReadToken): ReadToken {
    const granted = RwLock.readIfAvailable(lock, Infinity, token)
    invariant(granted !== null, `a read of lock ${lock.address} without a time limit timed out`)
    return granted
  }

  /** Blocks for at most `timeoutMs`, not at all for 0 (again for the write lock, where it has to repair); null after that. */
  static readIfAvailable(lock: RwLock, timeoutMs: number, token: ReadToken = new ReadToken()): ReadToken | null {
    invariant(!token.locked, 'the token still holds a lock')
    if (timeoutMs > 0) refuseBlockingMain(lock.agent, lock.address)
    if (!lock.enterRead(timeoutMs)) return null
    if (lock.repair !== undefined && hasOwnerDied(lock)) {
      lock.leaveRead()
      if (!lock.own(timeoutMs)) return null
      lock.release()
      if (!lock.enterRead(timeoutMs)) return null
    }
    token.held = lock
    token.state = hasOwnerDied(lock) ? 'owner-died' : 'consistent'
    return token
  }

  /** Blocks until this thread is the only one inside. Throws like `read`. */
  static write(lock: RwLock, token?: UnlockToken): UnlockToken {
    const empty = emptyToken(token)
    lock.acquire()
    empty.held = lock
    return empty
  }

  /** Blocks for at most `timeoutMs`, not at all for 0; null where others were inside all the time. */
  static writeIfAvailable(lock: RwLock, timeoutMs: number, token?: UnlockToken): UnlockToken | null {
    const empty = emptyToken(token)
    if (timeoutMs > 0) refuseBlockingMain(lock.agent, lock.address)
    if (!lock.own(timeoutMs)) return null
    empty.held = lock
    return empty
  }

  acquire(): void {
    refuseBlockingMain(this.agent, this.address)
    this.own(Infinity)
  }

  release(): void {
    if (Atomics.compareExchange(this.words, this.stateIndex, this.self, 0) !== this.self) this.releaseContended()
  }

  wakeAll(): void {
    this.wakeWriter(Infinity)
    Atomics.notify(this.words, this.stateIndex, Infinity)
  }

  leaveRead(): void {
    const wasLast = Atomics.sub(this.words, this.readCountIndex, 1) === 1
    if (wasLast && Atomics.load(this.words, this.stateIndex) !== 0) Atomics.notify(this.words, this.readCountIndex, 1)
  }

  /** 'entered', or the state that keeps readers out. Throws LockError Abandoned. */
  tryEnterRead(): number | 'entered' {
    Atomics.add(this.words, this.readCountIndex, 1)
    const state = Atomics.load(this.words, this.stateIndex)
    if ((state & (ownerMask | writersWaiting)) === 0) return 'entered'
    this.leaveRead()
    if ((state & ownerMask) === abandonedOwner) throw new LockError({ code: 'Abandoned', address: this.address })
    return state
  }

  /** The first row that has readers, as the word for the owner to sleep on. */
  firstReader(): WaitPoint | undefined {
    const { registry, words } = this.agent
    const end = Atomics.load(words, header.threadsHigh)
    for (let slot = 0; slot < end; slot++) {
      const wordIndex = rowAt(registry, slot) + rowWord.readCounts + this.address
      const expected = Atomics.load(words, wordIndex)
      if (expected !== 0) return { wordIndex, expected }
    }
    return undefined
  }

  private enterRead(timeoutMs: number): boolean {
    if (this.tryEnterRead() === 'entered') return true
    if (timeoutMs <= 0) return false
    refuseOwnLock(this.agent, this.address, this.stateIndex)
    return blockUntil(this.agent, new BlockedReader(this), timeoutMs)
  }

  private own(timeoutMs: number): boolean {
    if (Atomics.compareExchange(this.words, this.stateIndex, 0, this.self) === 0) {
      if (this.firstReader() === undefined) return true
      if (!this.ownContended(timeoutMs, true)) return false
    } else if (!this.ownContended(timeoutMs, false)) {
      return false
    }
    takeOver(this)
    return true
  }

  private ownContended(timeoutMs: number, ownsWord: boolean): boolean {
    const writer = new BlockedWriter(this, ownsWord)
    if (timeoutMs > 0) {
      if (!ownsWord) refuseOwnLock(this.agent, this.address, this.stateIndex)
      return blockUntil(this.agent, writer, timeoutMs)
    }
    if (writer.attempt(false) === undefined) return true
    writer.giveUp()
    return false
  }

  private releaseContended(): void {
    const { words, stateIndex } = this
    let owned = Atomics.load(words, stateIndex)
    for (;;) {
      invariantOwned(this, owned)
      const kept = owned & ((owned & writersWaiting) === 0 ? ownerDied : ownerDied | writersWaiting | waiting)
      const found = Atomics.compareExchange(words, stateIndex, owned, kept)
      if (found === owned) break
      owned = found
    }
    this.unrepaired = false
    if ((owned & writersWaiting) === 0) {
      if ((owned & waiting) !== 0) Atomics.notify(words, stateIndex, Infinity)
    } else if (this.wakeWriter() === 0) {
      this.letReadersIn()
    }
  }

  private wakeWriter(count: number = 1): number {
    Atomics.add(this.words, this.writerGateIndex, 1)
    return Atomics.notify(this.words, this.writerGateIndex, count)
  }

  /** No writer was asleep: the flag that keeps readers out is stale, unless a new owner has taken it over by now. */
  private letReadersIn(): void {
    const { words, stateIndex } = this
    for (;;) {
      const state = Atomics.load(words, stateIndex)
      if ((state & ownerMask) !== 0) return
      if (Atomics.compareExchange(words, stateIndex, state, state & ownerDied) !== state) continue
      Atomics.notify(words, stateIndex, Infinity)
      return
    }
  }
}

/** Readers are woken all together, so nobody relies on one that gave up. */
class BlockedReader implements Waiter {
  readonly address: LockAddress
  readonly hasOwner = true
  private readonly lock: RwLock

  constructor(lock: RwLock) {
    this.address = lock.address
    this.lock = lock
  }

  attempt(): WaitPoint | undefined {
    const { words, stateIndex } = this.lock
    for (;;) {
      const state = this.lock.tryEnterRead()
      if (state === 'entered') return undefined
      const expected = state | waiting
      if (Atomics.compareExchange(words, stateIndex, state, expected) === state)
        return { wordIndex: stateIndex, expected }
    }
  }
}

/** First the word, then the readers that were inside. */
class BlockedWriter implements Waiter {
  readonly address: LockAddress
  readonly hasOwner = true
  private readonly lock: RwLock
  private ownsWord: boolean

  constructor(lock: RwLock, ownsWord: boolean) {
    this.address = lock.address
    this.lock = lock
    this.ownsWord = ownsWord
  }

  attempt(woken: boolean): WaitPoint | undefined {
    const { words, stateIndex, writerGateIndex } = this.lock
    while (!this.ownsWord) {
      const expected = Atomics.load(words, writerGateIndex)
      const state = tryTake(this.lock, woken ? writersWaiting : 0)
      if (state === 'taken') this.ownsWord = true
      else if (Atomics.compareExchange(words, stateIndex, state, state | writersWaiting) === state) {
        return { wordIndex: writerGateIndex, expected }
      }
    }
    return this.lock.firstReader()
  }

  giveUp(): void {
    if (this.ownsWord) this.lock.release()
    this.ownsWord = false
  }
}
