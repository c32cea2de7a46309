// Who may still be inside removed code, in words that every thread reads without a lock. Each word has one writer at a time.
//
//   linker row:    epoch (its last)            written by the linker
//                  published                   written by the linker: the version whose installs it has posted
//   executor row:  status                      written by the executor; by its supervisor once it is dead
//   and for each   introduced                  written by the linker; cleared by the executor that joins
//   linker:        acknowledged epoch          written by the linker when it introduces, then by the executor
//                  seen version                written by the executor
//
// Removal: the linker takes the next epoch, posts a retract message to each executor it was introduced to, and waits until the
// epoch is quiescent: every one of them has acknowledged it, at depth 0 and after handling that message, or is absent, or parked.
// Epochs are counted for each linker by itself: an executor that has handled one linker's retract may not have drained another's port.
//
// Parking is Dekker's handshake, two stores and two loads of which at least one load must see the other's store:
//
//   linker:    post the retract message     then  load the status
//   executor:  store status = running       then  drain the port, before any call
//
// If the linker's load sees "parked", the executor's store comes after it, so its drain comes after the post and finds the
// message. If it sees "running", it waits for the acknowledgement. So whoever leaves park stores first and drains second, and
// whoever retires posts first and asks second. Both sides use sequentially consistent atomics, and the port's queue has a lock.
//
// Publication: the linker posts the installs, then publishes the version; a thread that is behind drains its port up to it.
import { failure, plainError, success } from '@worc/protocol'
import type { Expected } from '@worc/protocol'
import { invariant } from './invariant.js'

export type ExecutorIndex = number & { readonly executorIndex: unique symbol }
export type LinkerIndex = number & { readonly linkerIndex: unique symbol }
export type ExecutorStatus = 'absent' | 'running' | 'parked'

export interface EpochTableCapacity {
  /** Threads that run JIT'd code, at one time. Default 256. */
  readonly executors?: number
  /** Default 16. */
  readonly linkers?: number
}

const magic = 0x45_50_4f_43
const header = { magic: 0, executors: 1, linkers: 2, words: 4 } as const
const linkerWord = { epoch: 0, published: 1, words: 2 } as const
const pairWord = { introduced: 0, acknowledged: 1, seen: 2, words: 3 } as const
const status = { absent: 0, running: 1, parked: 2 } as const

/** Whether a counter has come to `target`. Epochs and versions are 32 bits wide and wrap: compare them by this, not by >=. */
export function hasReached(counter: number, target: number): boolean {
  return ((counter - target) | 0) >= 0
}

/** Attached to the buffer in this thread. */
export class EpochTable {
  readonly #words: Int32Array
  readonly #executors: number
  readonly #linkers: number

  static createBuffer(capacity: EpochTableCapacity = {}): SharedArrayBuffer {
    const { executors = 256, linkers = 16 } = capacity
    const count = header.words + linkers * linkerWord.words + executors * (1 + linkers * pairWord.words)
    const words = new Int32Array(new SharedArrayBuffer(count * 4))
    words[header.executors] = executors
    words[header.linkers] = linkers
    Atomics.store(words, header.magic, magic)
    return words.buffer
  }

  constructor(buffer: SharedArrayBuffer) {
    this.#words = new Int32Array(buffer)
    invariant(Atomics.load(this.#words, header.magic) === magic, 'the buffer holds no epoch table')
    this.#executors = Atomics.load(this.#words, header.executors)
    this.#linkers = Atomics.load(this.#words, header.linkers)
  }

  /** By the executor: takes an index; running, introduced to nobody. Errors: Overloaded where all are taken. */
  join(): Expected<ExecutorIndex> {
    for (let index = 0; index < this.#executors; index++) {
      const executor = index as ExecutorIndex
      const row = this.#executorRow(executor)
      if (Atomics.compareExchange(this.#words, row, status.absent, status.running) !== status.absent) continue
      for (let linker = 0; linker < this.#linkers; linker++) {
        Atomics.store(this.#words, this.#pair(executor, linker as LinkerIndex) + pairWord.introduced, 0)
      }
      return success(executor)
    }
    return failure(plainError('Overloaded', `all ${this.#executors} executors of the epoch table are taken`))
  }

  /** By the executor when it detaches, or by its supervisor when it has died: it holds nothing back any more. */
  leave(executor: ExecutorIndex): void {
    Atomics.store(this.#words, this.#executorRow(executor), status.absent)
  }

  /** By the executor, outside of all JIT'd code: it may block, and counts as quiescent. */
  enterPark(executor: ExecutorIndex): void {
    const before = Atomics.exchange(this.#words, this.#executorRow(executor), status.parked)
    invariant(before === status.running, `executor ${executor} parks while ${statusName(before)}`)
  }

  /** By the executor. Then, before any call: drain the ports. */
  leavePark(executor: ExecutorIndex): void {
    const before = Atomics.exchange(this.#words, this.#executorRow(executor), status.running)
    invariant(before === status.parked, `executor ${executor} leaves park while ${statusName(before)}`)
  }

  statusOf(executor: ExecutorIndex): ExecutorStatus {
    return statusName(Atomics.load(this.#words, this.#executorRow(executor)))
  }

  /** By the executor at depth 0, after it handled that linker's retract message of that epoch, and so all before it. */
  acknowledge(executor: ExecutorIndex, linker: LinkerIndex, epoch: number): void {
    const word = this.#pair(executor, linker) + pairWord.acknowledged
    if (!hasReached(Atomics.load(this.#words, word), epoch)) Atomics.store(this.#words, word, epoch)
  }

  /** By the executor: it has drained that linker's port up to that version. */
  see(executor: ExecutorIndex, linker: LinkerIndex, version: number): void {
    Atomics.store(this.#words, this.#pair(executor, linker) + pairWord.seen, version)
  }

  seen(executor: ExecutorIndex, linker: LinkerIndex): number {
    return Atomics.load(this.#words, this.#pair(executor, linker) + pairWord.seen) >>> 0
  }

  /** By the linker, before it posts anything to an executor that is new to it: from now on it waits for its acknowledgements. */
  introduce(executor: ExecutorIndex, linker: LinkerIndex): void {
    const pair = this.#pair(executor, linker)
    Atomics.store(this.#words, pair + pairWord.acknowledged, this.currentEpoch(linker))
    Atomics.store(this.#words, pair + pairWord.introduced, 1)
  }

  /** By the linker: post the epoch's retract messages next, then ask whether it is quiescent. */
  nextEpoch(linker: LinkerIndex): number {
    return (Atomics.add(this.#words, this.#linkerRow(linker) + linkerWord.epoch, 1) + 1) >>> 0
  }

  /** A successor that takes over the index of a dead linker goes on from here. */
  currentEpoch(linker: LinkerIndex): number {
    return Atomics.load(this.#words, this.#linkerRow(linker) + linkerWord.epoch) >>> 0
  }

  /**
   * Nobody is inside what was retracted with this epoch or before, or will be. True once is enough: it may read false again
   * while an executor that left park has drained its port and not acknowledged yet.
   */
  allQuiescent(linker: LinkerIndex, epoch: number): boolean {
    for (let index = 0; index < this.#executors; index++) {
      if (!this.#isQuiescent(index as ExecutorIndex, linker, epoch)) return false
    }
    return true
  }

  /** The executors that hold the epoch back. */
  holdouts(linker: LinkerIndex, epoch: number): readonly ExecutorIndex[] {
    const all = Array.from({ length: this.#executors }, (_, index) => index as ExecutorIndex)
    return all.filter((executor) => !this.#isQuiescent(executor, linker, epoch))
  }

  /** By the linker, after it posted that version's installs to every executor. */
  publish(linker: LinkerIndex, version: number): void {
    Atomics.store(this.#words, this.#linkerRow(linker) + linkerWord.published, version)
  }

  published(linker: LinkerIndex): number {
    return Atomics.load(this.#words, this.#linkerRow(linker) + linkerWord.published) >>> 0
  }

  #isQuiescent(executor: ExecutorIndex, linker: LinkerIndex, epoch: number): boolean {
    if (Atomics.load(this.#words, this.#executorRow(executor)) !== status.running) return true
    const pair = this.#pair(executor, linker)
    if (Atomics.load(this.#words, pair + pairWord.introduced) === 0) return true
    return hasReached(Atomics.load(this.#words, pair + pairWord.acknowledged), epoch)
  }

  #linkerRow(linker: LinkerIndex): number {
    invariant(linker >= 0 && linker < this.#linkers, `linker ${linker} is not one of ${this.#linkers}`)
    return header.words + linker * linkerWord.words
  }

  #executorRow(executor: ExecutorIndex): number {
    invariant(executor >= 0 && executor < this.#executors, `executor ${executor} is not one of ${this.#executors}`)
    return header.words + this.#linkers * linkerWord.words + executor * (1 + this.#linkers * pairWord.words)
  }

  #pair(executor: ExecutorIndex, linker: LinkerIndex): number {
    invariant(linker >= 0 && linker < this.#linkers, `linker ${linker} is not one of ${this.#linkers}`)
    return this.#executorRow(executor) + 1 + linker * pairWord.words
  }
}

function statusName(word: number): ExecutorStatus {
  if (word === status.absent) return 'absent'
  return word === status.running ? 'running' : 'parked'
}
