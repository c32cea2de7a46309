// A registry: the one SharedArrayBuffer in which all locks of a group of threads live, so that recovery and the deadlock
// graph can find each of them. Lines are handed out once and for ever; a lock lives as long as its registry.
import { bytesPerWord, header, kind, lineStart, lockWord, maximumLines, permitsPerLine } from './layout.js'
import { registryMagic, rowStride, rowsStart } from './layout.js'
import type { LockAddress, Words } from './layout.js'
import { invariant, LockError } from './lock-error.js'

export type LockKind = 'mutex' | 'rw-lock' | 'condition' | 'semaphore'

export interface RegistryLimits {
  /** Lines for locks: one each, and one more for every 15 permits of a semaphore. Default 64, at most 65535. */
  readonly lineCount?: number
  /** Threads attached at one time; a dead thread's row is free again after `recover`. Default 64. */
  readonly threadCount?: number
}

/** One thread's view of a registry. Post `buffer` to other threads and open it there. */
export interface Registry {
  readonly buffer: SharedArrayBuffer
  readonly words: Words
  readonly lineCount: number
  readonly threadCount: number
}

const kindWords = {
  mutex: kind.mutex,
  'rw-lock': kind.rwLock,
  condition: kind.condition,
  semaphore: kind.semaphore,
} as const satisfies Record<LockKind, number>

export function createRegistry(limits: RegistryLimits = {}): Registry {
  const { lineCount = 64, threadCount = 64 } = limits
  invariant(lineCount >= 1, `a registry has at least one line, not ${lineCount}`)
  invariant(lineCount <= maximumLines, `a registry has at most ${maximumLines} lines, not ${lineCount}`)
  invariant(threadCount >= 1, `a registry has room for at least one thread, not ${threadCount}`)
  const wordCount = rowsStart(lineCount) + threadCount * rowStride(lineCount)
  const words = new Int32Array(new SharedArrayBuffer(wordCount * bytesPerWord))
  words[header.lineCount] = lineCount
  words[header.threadCount] = threadCount
  words[header.nextLine] = 1
  Atomics.store(words, header.magic, registryMagic)
  return { buffer: words.buffer, words, lineCount, threadCount }
}

export function openRegistry(buffer: SharedArrayBuffer): Registry {
  const words = new Int32Array(buffer)
  invariant(Atomics.load(words, header.magic) === registryMagic, 'the buffer holds no lock registry')
  const lineCount = Atomics.load(words, header.lineCount)
  return { buffer, words, lineCount, threadCount: Atomics.load(words, header.threadCount) }
}

/**
 * Takes fresh, 64-byte aligned lines for one lock, in state "free", and returns its address. `capacity` is the number of
 * permits of a semaphore. Any thread may call it; a thread that dies here loses the lines and harms nothing else.
 * Throws LockError RegistryFull.
 */
export function allocate(registry: Registry, lockKind: LockKind = 'mutex', capacity = 0): LockAddress {
  const { words } = registry
  invariant((lockKind === 'semaphore') === capacity > 0, `a ${lockKind} cannot have ${capacity} permits`)
  const permitLines = Math.ceil(capacity / permitsPerLine)
  const line = takeLines(registry, 1 + permitLines)
  for (let extra = 1; extra <= permitLines; extra++) {
    Atomics.store(words, lineStart(line + extra) + lockWord.kind, kind.permits)
  }
  if (capacity > 0) Atomics.store(words, lineStart(line) + lockWord.capacity, capacity)
  Atomics.store(words, lineStart(line) + lockWord.kind, kindWords[lockKind])
  return line as LockAddress
}

/** The word index of a lock's state, after checking that the address is one of a lock of that kind. */
export function stateIndexOf(registry: Registry, address: LockAddress, lockKind: LockKind): number {
  const inside = Number.isInteger(address) && address >= 1 && address <= registry.lineCount
  invariant(inside, `lock address ${address} is not one of lines 1 to ${registry.lineCount}`)
  const found = Atomics.load(registry.words, lineStart(address) + lockWord.kind)
  invariant(found === kindWords[lockKind], `lock ${address} is not a ${lockKind} (kind word ${found})`)
  return lineStart(address) + lockWord.state
}

function takeLines(registry: Registry, lines: number): number {
  const { words, lineCount } = registry
  for (;;) {
    const next = Atomics.load(words, header.nextLine)
    if (next + lines > lineCount + 1) throw new LockError({ code: 'RegistryFull', linesWanted: lines, lineCount })
    if (Atomics.compareExchange(words, header.nextLine, next, next + lines) === next) return next
  }
}
