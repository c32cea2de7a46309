// Where every word of a registry lies. A registry is one SharedArrayBuffer seen as Int32 words (Atomics.wait takes no other
// view), cut into 64-byte lines so that two locks never share a cache line:
//
//   line 0                 header: what the registry is and how far it is filled
//   lines 1 .. lineCount   the locks; a lock's address is the number of its first line
//   then one row a thread  who it is, what it waits for, and how many read locks it holds on each line
//
// Every word that grants something names the thread that has it, so a death at any instruction leaves nothing unaccounted.

/** The words of a registry: the only view on shared memory that locks use. */
export type Words = Int32Array<SharedArrayBuffer>

/** The number of a lock's first line: a small integer, equal in every thread, to be posted beside the buffer. */
export type LockAddress = number & { readonly lockAddress: unique symbol }

export const wordsPerLine = 16
export const bytesPerWord = 4

/** Header words. `nextLine` and `threadsHigh` only grow; the rest is written once. */
export const header = { magic: 0, lineCount: 1, threadCount: 2, nextLine: 3, threadsHigh: 4 } as const
export const registryMagic = 0x4c4f_434b

/** What the first word of a line says. `permits` lines follow their semaphore's line; 0 is a line that nobody took yet. */
export const kind = { none: 0, mutex: 1, rwLock: 2, condition: 3, semaphore: 4, permits: 5 } as const

/**
 * Words of a lock's first line. `state` is an owned word for mutex and rwLock, a gate for condition and semaphore. Tasks sleep
 * on a gate of their own: a thread that is blocked cannot run its tasks, so they must never be handed a thread's notify.
 */
export const lockWord = { kind: 0, state: 1, taskGate: 2, writerGate: 2, capacity: 3 } as const

/** An owned word: the owner's thread id + 1, or 0, below the flags. */
export const ownerMask = 0x0fff_ffff
/** Mutex: some task may be asleep on the task gate. */
export const tasksWaiting = 0x1000_0000
/** RwLock: some writer may be asleep on the writer gate, so readers stand back. */
export const writersWaiting = 0x1000_0000
/** Some thread may be asleep on this word. */
export const waiting = 0x2000_0000
/** An owner died inside; stays until a later owner says that the data is consistent. */
export const ownerDied = 0x4000_0000
/** The owner that no thread has: the data was given up for good. */
export const abandonedOwner: number = ownerMask

/** Words of a thread's row. `id` is thread id + 1, 0 where the row is free; from `readCounts` on, one count a lock address. */
export const rowWord = { id: 0, waitsFor: 1, readCounts: 16 } as const

/** A permits line keeps its kind in word 0, so that a walk over lines never takes a permit for a kind. */
export const permitsPerLine: number = wordsPerLine - 1

export const maximumLines = 0xffff

export function lineStart(line: number): number {
  return line * wordsPerLine
}

export function rowStride(lineCount: number): number {
  return rowWord.readCounts + Math.ceil((lineCount + 1) / wordsPerLine) * wordsPerLine
}

export function rowsStart(lineCount: number): number {
  return lineStart(lineCount + 1)
}
