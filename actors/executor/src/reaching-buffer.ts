// Guest memory is one, but each thread has a buffer of its own over it. When another thread grows the memory, V8 lets this
// thread's `buffer` be the short one a while longer: until the thread comes to its next interrupt check. An address that a message
// brought may by then lie beyond its end.

interface GrowingMemory {
  readonly buffer: ArrayBufferLike
  /** Absent where the memory is a stand-in, which has one length. */
  grow?(pageCount: number): number
}

/** The memory's buffer, up to `endAddress` if the memory goes so far. To ask it to grow by nothing brings it up to date. */
export function bufferReaching(memory: GrowingMemory, endAddress: number): ArrayBufferLike {
  const { buffer } = memory
  if (buffer.byteLength >= endAddress || buffer instanceof ArrayBuffer) return buffer
  memory.grow?.(0)
  return memory.buffer
}
