// Schedules from a seed on, until one of them fails that would not without the mutant.
import { runSchedule } from '../run-schedule.js'

/** How a mutant was found out, and after how many schedules. */
export interface Kill {
  readonly schedules: number
  readonly seed: number
  readonly invariant: string
  readonly sentence: string
}

/** Null if none of so many fails. */
export function hunt(firstSeed: number, most: number, failsAnyhow: (seed: number) => boolean): Kill | null {
  for (let schedules = 1; schedules <= most; schedules++) {
    const seed = firstSeed + schedules - 1
    const failure = failureOf(seed)
    if (failure !== undefined && !failsAnyhow(seed)) return { schedules, seed, ...failure }
  }
  return null
}

/** A crash outside of any actor is a failure too. */
export function failureOf(seed: number): Pick<Kill, 'invariant' | 'sentence'> | undefined {
  try {
    const { failure } = runSchedule(seed)
    return failure && { invariant: failure.invariant, sentence: failure.sentence }
  } catch (thrown) {
    return { invariant: 'CRASH', sentence: String(thrown) }
  }
}
