// A program error: the caller broke a rule, or the arena did. It throws; an operating error is data instead.

/** For paths where building the sentence would cost more than the work: `if (broken) violated(...)`. */
export function violated(sentence: string): never {
  throw new Error(sentence)
}

export function invariant(holds: boolean, sentence: string): asserts holds {
  if (!holds) throw new Error(sentence)
}
