// From a plan that fails to a small one that fails in the same way: operations and faults are left out one by one, last first,
// then runs of decisions (ddmin: Zeller and Hildebrandt, 2002). Decisions that lose their sense are passed over in replays.
import type { Decision } from './decisions.js'
import type { Outcome, Plan, RunOptions } from './run-schedule.js'
import { planOf, replayPlan } from './run-schedule.js'

interface Shrunk {
  readonly plan: Plan
  readonly replays: number
}

const mostReplays = 3000

/** The outcome's schedule has failed. */
export function shrink(outcome: Outcome, run: RunOptions = {}): Shrunk {
  const { failure } = outcome
  if (failure === undefined) throw new Error(`seed ${outcome.seed} did not fail`)
  let replays = 0
  let plan = planOf(outcome)
  const attempt = (decisions: readonly Decision[]): boolean => {
    if (replays >= mostReplays || decisions.length === plan.decisions.length) return false
    replays++
    const replayed = replayPlan({ ...plan, decisions }, run)
    if (replayed.failure === undefined || kindOf(replayed.failure) !== kindOf(failure)) return false
    plan = planOf(replayed)
    return true
  }
  attempt([])
  for (let before = Infinity; plan.decisions.length < before;) {
    before = plan.decisions.length
    dropActs(() => plan.decisions, attempt)
    dropRuns(() => plan.decisions, attempt)
  }
  return { plan, replays }
}

/** Of two waits for ever one may be right: whoever names a tracker that a smaller plan no longer makes has to wait. */
function kindOf({ invariant, sentence }: { readonly invariant: string; readonly sentence: string }): string {
  return invariant === 'LIVE' ? sentence.replaceAll(/\d+/g, '') : invariant
}

type Attempt = (decisions: readonly Decision[]) => boolean

function dropActs(decisions: () => readonly Decision[], attempt: Attempt): void {
  for (let at = decisions().length - 1; at >= 0; at--) {
    const decision = decisions()[at]
    if (decision !== undefined && (decision[0] === 'operation' || decision[0] === 'fault')) {
      attempt(decisions().toSpliced(at, 1))
    }
  }
}

function dropRuns(decisions: () => readonly Decision[], attempt: Attempt): void {
  for (let length = Math.ceil(decisions().length / 2); length >= 1; length = length === 1 ? 0 : Math.ceil(length / 2)) {
    for (let at = decisions().length - length; at > -length; at -= length) {
      const from = Math.max(0, at)
      attempt(decisions().toSpliced(from, length + Math.min(0, at)))
    }
  }
}
