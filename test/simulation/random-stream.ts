// Chance, by seed: sfc32 (Chris Doty-Humphrey, PractRand), one stream for each concern, so that another draw of one concern
// does not change what the others draw.

export class RandomStream {
  #a: number
  #b: number
  #c: number
  #counter = 1

  /** `concern` tells apart the streams of one seed. */
  constructor(seed: number, concern: number) {
    this.#a = Math.imul(concern + 1, 0x9e37_79b1)
    this.#b = seed | 0
    this.#c = Math.floor(seed / 0x1_0000_0000) | 0
    for (let round = 0; round < 12; round++) this.next()
  }

  /** In [0, 1), a multiple of 2^-32. */
  next(): number {
    const sum = (((this.#a + this.#b) | 0) + this.#counter) | 0
    this.#counter = (this.#counter + 1) | 0
    this.#a = this.#b ^ (this.#b >>> 9)
    this.#b = (this.#c + (this.#c << 3)) | 0
    this.#c = ((this.#c << 21) | (this.#c >>> 11)) + sum
    return (sum >>> 0) / 0x1_0000_0000
  }

  /** An integer in [0, limit). */
  below(limit: number): number {
    return Math.floor(this.next() * limit)
  }

  chance(probability: number): boolean {
    return this.next() < probability
  }

  pick<T>(from: readonly T[]): T | undefined {
    return from[this.below(from.length)]
  }

  /** Up to `count` different ones, in any order. */
  some<T>(from: readonly T[], count: number): T[] {
    const left = [...from]
    const taken: T[] = []
    while (taken.length < count && left.length > 0) taken.push(...left.splice(this.below(left.length), 1))
    return taken
  }
}
