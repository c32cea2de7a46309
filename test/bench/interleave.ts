// Subjects take turns within each round, so that what else the machine does falls on all of them. Rounds alternate between
// forward and backward: nobody always follows the same one.
import { setImmediate as nextTurn } from 'node:timers/promises'
import type { BenchContext } from './bench.js'

/** One turn: the measured value, in whatever unit the caller means. */
type Subject = () => number | Promise<number>

/** Values by subject, in the order of rounds. One round more is made first, for the compilers; its values are left out. */
export async function interleave<Name extends string>(
  { rounds, signal, progress }: Pick<BenchContext, 'rounds' | 'signal' | 'progress'>,
  subjects: Readonly<Record<Name, Subject>>,
): Promise<Readonly<Record<Name, readonly number[]>>> {
  const names = Object.keys(subjects) as Name[]
  const values = Object.fromEntries(names.map((name) => [name, [] as number[]])) as Record<Name, number[]>
  for (let round = 0; round <= rounds; round++) {
    for (const name of round % 2 === 0 ? names : names.toReversed()) {
      progress(`round ${round} of ${rounds}: ${name}`)
      // Where a signal of the process is heard.
      await nextTurn(undefined, { signal })
      const value = await subjects[name]()
      if (round > 0) values[name].push(value)
    }
  }
  return values
}

/** Milliseconds. */
export async function elapsed(run: () => unknown): Promise<number> {
  const start = performance.now()
  await run()
  return performance.now() - start
}
