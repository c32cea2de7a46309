// What an area's bench is given, and where its rows go.
import type { Row } from './row.js'

export interface BenchContext {
  /** How often each subject has its turn. */
  readonly rounds: number
  /** How often a unit comes and goes where memory is watched. */
  readonly cycles: number
  /** Aborted when the user has seen enough: a bench rejects soon and leaves nothing running. */
  readonly signal: AbortSignal
  row(row: Row): void
  /** A line that is no measurement: what was left out and why, what else was found. */
  note(text: string): void
  /** What is being done, for whoever sits at a terminal. */
  progress(text: string): void
}

export type Bench = (context: BenchContext) => Promise<void>
