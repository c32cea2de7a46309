// Words of a closed list, recognized in the bytes of a message without a string being made: names of messages, of kinds, of
// error codes. They are looked for by their length and their first and last byte, which is enough to leave one or two.

export interface Words<T extends string> {
  readonly list: readonly T[]
  /** The word that these bytes are; undefined where it is none. */
  readonly find: (bytes: Uint8Array, begin: number, end: number) => T | undefined
}

export function wordsOf<T extends string>(list: readonly T[]): Words<T> {
  const buckets: T[][] = Array.from({ length: bucketCount }, () => [])
  for (const word of list) {
    if (word.length === 0) throw new Error('an empty word')
    buckets[bucketOf(word.length, word.charCodeAt(0), word.charCodeAt(word.length - 1))]?.push(word)
  }
  return {
    list,
    find(bytes, begin, end) {
      if (end <= begin) return undefined
      const bucket = buckets[bucketOf(end - begin, bytes[begin] ?? 0, bytes[end - 1] ?? 0)] ?? []
      for (const word of bucket) if (isWord(word, bytes, begin, end)) return word
      return undefined
    },
  }
}

const bucketCount = 256

function bucketOf(length: number, first: number, last: number): number {
  return (length * 31 + first * 7 + last * 13) & (bucketCount - 1)
}

function isWord(word: string, bytes: Uint8Array, begin: number, end: number): boolean {
  if (word.length !== end - begin) return false
  for (let index = 0; index < word.length; index++) if (word.charCodeAt(index) !== bytes[begin + index]) return false
  return true
}
