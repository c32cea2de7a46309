// What a client has to say about a round: how its steps ended, and what was wrong.
import type { JITError } from 'worc'
import { managerFails } from './ledger.js'
import type { Deaths } from './outcomes.js'
import { isExpected, outcomeOf } from './outcomes.js'
import type { Step } from './program.js'
import { unitFails } from './user-units.js'

export interface StormReport {
  readonly problems: readonly string[]
  /** How often each step had which outcome. */
  readonly outcomes: ReadonlyMap<string, number>
}

const nobody: Deaths = { any: false, session: false }
/** What units and managers throw that were told to. */
const deliberate: ReadonlySet<string> = new Set([unitFails, managerFails])

export class Judge {
  /** Those planned for the round: they excuse what follows from them. */
  deaths: Deaths = nobody
  /** This client has asked for more than may wait. */
  flooded = false
  #problems: string[] = []
  #outcomes = new Map<string, number>()

  problem(text: string): void {
    this.#problems.push(text)
  }

  count(step: Step['do'] | 'report', outcome: string): void {
    const key = `${step}: ${outcome}`
    this.#outcomes.set(key, (this.#outcomes.get(key) ?? 0) + 1)
  }

  failed(step: Step['do'], thrown: unknown): void {
    this.count(step, outcomeOf(thrown))
    if (isExpected(step, thrown, this.deaths, this.flooded)) return
    const detail = thrown instanceof Error ? (thrown.stack ?? thrown.message) : String(thrown)
    this.problem(`${step} failed with ${outcomeOf(thrown)}: ${detail}`)
  }

  /** Errors that nobody waited for: of units that were told to fail, or whose tracker went while they worked. */
  reported(error: JITError): void {
    this.count('report', outcomeOf(error))
    const known = ['ResourceTrackerDefunct', 'JITDylibDefunct'].includes(error.code) || deliberate.has(error.message)
    if (!known && !this.deaths.any && !this.flooded) this.problem(`reported: ${outcomeOf(error)}: ${error.message}`)
  }

  /** Of the round that ends here. */
  close(): StormReport {
    const report = { problems: this.#problems, outcomes: this.#outcomes }
    this.#problems = []
    this.#outcomes = new Map()
    this.deaths = nobody
    this.flooded = false
    return report
  }
}
