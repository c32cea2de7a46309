// A promise that did not hold. Its id is the invariant's: shrinking looks for the same one again.

export class Violation extends Error {
  /** I1 to I41 as the suite counts them; CRASH for a turn that threw, LIVE for no progress, GAP for a probe never hit. */
  readonly invariant: string

  constructor(invariant: string, sentence: string) {
    super(`${invariant} ${sentence}`)
    this.invariant = invariant
  }
}
