// A promise that did not hold. Its id is the promise's: shrinking looks for the same one again.
import type { PromiseName } from './promises.js'

export class Violation extends Error {
  readonly invariant: PromiseName

  constructor(invariant: PromiseName, sentence: string) {
    super(`${invariant} ${sentence}`)
    this.invariant = invariant
  }
}

export function violated(invariant: PromiseName, sentence: string): never {
  throw new Violation(invariant, sentence)
}
