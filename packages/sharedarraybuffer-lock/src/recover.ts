// What a supervisor runs when a thread has ended, in whatever way. The dead cannot unlock, and may have died between any two
// instructions: holding, about to notify, or just notified and unable to pass it on. So every word that names the dead
// thread is given up on its behalf, and every sleeper that might have waited for it is woken to look for itself.
//
//   mutex, write lock   free | ownerDied; the next owner is told. The supervisor repairs nothing: it does not know the data.
//   read locks          its row's counts go to zero; a waiting writer looks again
//   permits             free again
//   conditions          waiters wake once without a notify
//
// Idempotent, and safe to run twice at once; a supervisor that dies in here is followed by another that starts over.
import { findRow } from './agent.js'
import { forceGateOpen } from './gate.js'
import { header, kind, lineStart, lockWord, ownerDied, ownerMask, rowWord, wordsPerLine } from './layout.js'
import type { LockAddress, Words } from './layout.js'
import type { Registry } from './registry.js'

/** What the dead thread held. `permit` addresses are those of the semaphore. */
export interface RecoveredLock {
  readonly address: LockAddress
  readonly held: 'mutex' | 'write' | 'read' | 'permit'
}

/**
 * Call it after the thread's end is certain (in Node: its worker's 'exit' event; remember `threadId`, it is -1 by then), for
 * every thread that had an agent, and once more for a thread that died in `recover`. Never for a living thread.
 */
export function recover(registry: Registry, deadThreadId: number): readonly RecoveredLock[] {
  const { words } = registry
  const dead = deadThreadId + 1
  const row = findRow(registry, dead)
  const end = Atomics.load(words, header.nextLine)
  const recovered: RecoveredLock[] = []
  let semaphore = 0
  for (let line = 1; line < end; line++) {
    const found = Atomics.load(words, lineStart(line) + lockWord.kind)
    if (found === kind.semaphore) semaphore = line
    const held = recoverLine(words, line, found, dead, row)
    const address = (found === kind.permits ? semaphore : line) as LockAddress
    recovered.push(...held.map((what) => ({ address, held: what })))
  }
  // Sleepers look for permits, so they are woken after all permits are free again.
  for (let line = 1; line < end; line++) {
    if (Atomics.load(words, lineStart(line) + lockWord.kind) === kind.semaphore) openBothGates(words, line)
  }
  if (row !== undefined) freeRow(words, row, dead)
  return recovered
}

function recoverLine(
  words: Words,
  line: number,
  found: number,
  dead: number,
  row: number | undefined,
): readonly RecoveredLock['held'][] {
  const stateIndex = lineStart(line) + lockWord.state
  switch (found) {
    case kind.mutex:
      return recoverMutex(words, line, stateIndex, dead)
    case kind.rwLock:
      return [...recoverReads(words, line, row), ...recoverWriter(words, line, stateIndex, dead)]
    case kind.condition:
      forceGateOpen(words, stateIndex)
      return []
    case kind.permits:
      return recoverPermits(words, line, dead)
    default:
      return []
  }
}

/** One sleeping thread is enough: it raises the flag for the others. */
function recoverMutex(words: Words, line: number, stateIndex: number, dead: number): readonly 'mutex'[] {
  const owned = disown(words, stateIndex, dead)
  Atomics.notify(words, stateIndex, 1)
  forceGateOpen(words, lineStart(line) + lockWord.taskGate)
  return owned ? ['mutex'] : []
}

function recoverReads(words: Words, line: number, row: number | undefined): readonly 'read'[] {
  if (row === undefined) return []
  const countIndex = row + rowWord.readCounts + line
  const count = Atomics.exchange(words, countIndex, 0)
  Atomics.notify(words, countIndex, Infinity)
  return count > 0 ? ['read'] : []
}

/** A free word loses its flags, since the writer that `writersWaiting` kept readers out for may be the dead one. */
function recoverWriter(words: Words, line: number, stateIndex: number, dead: number): readonly 'write'[] {
  const owned = disown(words, stateIndex, dead)
  for (;;) {
    const state = Atomics.load(words, stateIndex)
    if ((state & ownerMask) !== 0) break
    if (Atomics.compareExchange(words, stateIndex, state, state & ownerDied) === state) break
  }
  forceGateOpen(words, lineStart(line) + lockWord.writerGate)
  Atomics.notify(words, stateIndex, Infinity)
  return owned ? ['write'] : []
}

function recoverPermits(words: Words, line: number, dead: number): readonly 'permit'[] {
  const held: 'permit'[] = []
  for (let word = 1; word < wordsPerLine; word++) {
    if (Atomics.compareExchange(words, lineStart(line) + word, dead, 0) === dead) held.push('permit')
  }
  return held
}

/** Puts `ownerDied` in the dead owner's place. The flags go too: everybody they were for is woken, and raises them again. */
function disown(words: Words, stateIndex: number, dead: number): boolean {
  for (;;) {
    const state = Atomics.load(words, stateIndex)
    if ((state & ownerMask) !== dead) return false
    if (Atomics.compareExchange(words, stateIndex, state, ownerDied) === state) return true
  }
}

function openBothGates(words: Words, line: number): void {
  forceGateOpen(words, lineStart(line) + lockWord.state)
  forceGateOpen(words, lineStart(line) + lockWord.taskGate)
}

/** Last, so that a second recovery after a death in here still finds the row. */
function freeRow(words: Words, row: number, dead: number): void {
  Atomics.store(words, row + rowWord.waitsFor, 0)
  Atomics.compareExchange(words, row + rowWord.id, dead, 0)
}
