// The lock around the packaged libc's heap, seen from outside: a word of guest memory that names the thread inside. A trap
// unwinds past the code that would have released it. What the thread was doing to the heap stays half done, as after a
// longjmp out of malloc; what must not stay is every other thread waiting.

const ownerMask = 0x7fff_ffff

/** Releases the lock if that thread, which has left all guest code, still has it. `words` are guest memory's, from address 0. */
export function releaseHeapLock(words: Int32Array, wordAddress: number, threadId: number): void {
  const index = wordAddress / 4
  if ((Atomics.load(words, index) & ownerMask) !== threadId) return
  Atomics.store(words, index, 0)
  Atomics.notify(words, index)
}
