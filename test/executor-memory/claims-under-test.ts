// Short words for arena tests: owners, keys and units as the numbers they are, values out of an Expected, a seeded random.
import { expect } from 'chai'
import type { Expected, LinkedUnitId, LinkerId, ResourceKey } from '@worc/protocol'
import type { Claim } from '@worc/executor-memory'

/** Link actors. */
export const foo = 1 as LinkerId
export const bar = 2 as LinkerId

export function key(n: number): ResourceKey {
  return n as ResourceKey
}

export function claim(owner: LinkerId = foo, ofKey: number = 1, unit: number = 1): Claim {
  return { owner, key: key(ofKey), unit: unit as LinkedUnitId }
}

export function valueOf<T>(expected: Expected<T>): T {
  if (!expected.ok) throw new Error(`expected a value, not ${expected.error.code}: ${expected.error.message}`)
  return expected.value
}

/** The message, after checking the code. */
export function errorOf(expected: Expected<unknown>, code: string): string {
  if (expected.ok) throw new Error(`expected ${code}, not a value`)
  expect(expected.error.code).to.equal(code)
  return expected.error.message
}

/** Integers from 0 to below `limit`; the same for the same seed (mulberry32). */
export function seeded(seed: number): (limit: number) => number {
  let state = seed
  return (limit) => {
    state = (state + 0x6d2b_79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) % limit
  }
}
