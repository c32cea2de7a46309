// What a fuzz target is given, and what it gives back. A target runs rounds with consecutive seeds; what goes wrong in one is
// kept as a file that says everything needed to run it again.
import { mkdirSync, writeFileSync } from 'node:fs'

export interface Campaign {
  readonly firstSeed: number
  readonly rounds: number
  /** Aborted when the user, or the clock, has seen enough: a target stops soon and leaves nothing running. */
  readonly signal: AbortSignal
  /** What is being done, for whoever sits at a terminal. */
  progress(text: string): void
  /** A finding, as it is made. */
  found(failure: Failure): void
}

export interface Failure {
  readonly target: string
  readonly seed: number
  readonly problems: readonly string[]
  /** Whatever helps: the shape of what was run, programs, histories. */
  readonly circumstances: unknown
}

export interface Summary {
  readonly rounds: number
  readonly failures: number
  /** For people: what was checked besides, in a line. */
  readonly checked: string
  /** For people: how often each step ended how, a line each. */
  readonly outcomes: readonly string[]
}

export type Target = (campaign: Campaign) => Promise<Summary>

/** The file's path. */
export function keepFailure(failure: Failure, folder = 'failures'): string {
  mkdirSync(folder, { recursive: true })
  const path = `${folder}/${failure.target}-${failure.seed}.json`
  writeFileSync(path, `${JSON.stringify(failure, undefined, 2)}\n`)
  return path
}
