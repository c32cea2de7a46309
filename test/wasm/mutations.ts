// Damaged copies of a file: cut at every offset, and every byte changed several ways. What the fourth change is comes
// from the seed, so a failure names the offset and the value, and the same seed makes it again.
const seed = 20_240_917

export function* truncations(bytes: Uint8Array): Generator<Uint8Array> {
  for (let length = 0; length < bytes.length; length++) yield bytes.subarray(0, length)
}

/** One array, changed in place and restored after each step: the consumer keeps nothing of it. */
export function* mutations(original: Uint8Array): Generator<{ readonly bytes: Uint8Array; readonly change: string }> {
  const bytes = original.slice()
  const random = randomBytes(seed)
  for (let offset = 0; offset < bytes.length; offset++) {
    const before = bytes[offset] ?? 0
    for (const value of [0x00, 0xff, before ^ 0x80, before + 1, random()]) {
      bytes[offset] = value
      yield { bytes, change: `seed ${seed}: byte ${offset} of ${bytes.length} = ${bytes[offset]}` }
    }
    bytes[offset] = before
  }
}

/** xorshift32. */
function randomBytes(start: number): () => number {
  let state = start
  return () => {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    return state & 0xff
  }
}
