// Bounded depth-first search: all schedules of a few operations that leave the usual order at no more than so many points (delay
// bounding: Emmi, Qadeer and Rakamarić, POPL 2011). Schedules are played again from their beginning; where one comes to a state
// from which as much was searched before, it is left. A state is known by what each thread has heard, in its order: threads that
// heard the same are in the same state, however the others' events lay between.
import type { Decision, Stage } from './decisions.js'
import type { Operation } from './operations.js'
import type { Outcome, RunOptions } from './run-schedule.js'
import { steerSchedule } from './run-schedule.js'
import type { HouseOptions } from './sim-house.js'

export interface Scripted {
  readonly name: string
  readonly house: HouseOptions
  /** In this order; each may come at any time after the one before. */
  readonly acts: readonly (Operation | Extract<Decision, readonly ['fault', unknown]>)[]
}

interface Exploration {
  readonly schedules: number
  readonly pruned: number
  readonly failure: Outcome | undefined
}

/** Choices at the steps where there was one, and where the schedule is to go another way. */
interface Branch {
  readonly choices: readonly number[]
  readonly departures: number
}

/** The usual order: acts come as soon as they may, or when nothing else is left to happen. */
type Order = 'acts-first' | 'acts-last'

export function explore(scripted: Scripted, order: Order, mostDepartures: number, run: RunOptions = {}): Exploration {
  const seen = new Map<string, number>()
  const branches: Branch[] = [{ choices: [], departures: 0 }]
  let schedules = 0
  let pruned = 0
  for (let branch = branches.pop(); branch !== undefined; branch = branches.pop()) {
    const played = play(scripted, order, branch, mostDepartures - branch.departures, seen, run)
    schedules++
    if (played.outcome === undefined) pruned++
    else if (played.outcome.failure !== undefined) return { schedules, pruned, failure: played.outcome }
    if (branch.departures === mostDepartures) continue
    for (const { at, width } of played.forks) {
      const before = [...branch.choices, ...new Array<number>(at - branch.choices.length).fill(0)]
      for (let choice = 1; choice < width; choice++)
        branches.push({ choices: [...before, choice], departures: branch.departures + 1 })
    }
  }
  return { schedules, pruned, failure: undefined }
}

interface Fork {
  readonly at: number
  readonly width: number
}

/** Follows the branch, then the usual order. No outcome where it was left. */
function play(
  { house, acts }: Scripted,
  order: Order,
  { choices }: Branch,
  departuresLeft: number,
  seen: Map<string, number>,
  run: RunOptions,
): { readonly outcome: Outcome | undefined; readonly forks: readonly Fork[] } {
  const forks: Fork[] = []
  const left = { isLeft: false }
  const outcome = steerSchedule(house, run, (stage, act) => {
    const heard = new HeardByThreads()
    let next = 0
    settle(stage, act)
    for (let step = 0; ; step++) {
      const lanes = [...stage.lanes()].sort((a, b) => (a.name < b.name ? -1 : 1))
      const mayAct = next < acts.length
      const width = lanes.length + (mayAct ? 1 : 0)
      if (width === 0) return true
      if (step >= choices.length) {
        const state = `${heard.state} ${next}`
        if ((seen.get(state) ?? -1) >= departuresLeft) {
          left.isLeft = true
          return false
        }
        seen.set(state, departuresLeft)
        if (width > 1) forks.push({ at: step, width })
      }
      const choice = choices[step] ?? 0
      const lane = lanes[mayAct && order === 'acts-first' ? choice - 1 : choice]
      if (lane === undefined) {
        heard.note(`act ${next}`, 'user 1')
        act(decisionOf(acts[next++]))
      } else {
        heard.note(lane.name, lane.threadName === 'time' ? stage.world.timerThread : lane.threadName)
        act(stage.decisionOn(lane, () => 0))
      }
    }
  })
  return { outcome: left.isLeft ? undefined : outcome, forks }
}

function decisionOf(act: Scripted['acts'][number] | undefined): Decision {
  if (act === undefined) throw new Error('no act is left')
  return 'type' in act ? ['operation', act] : act
}

/** Everybody has joined before the search begins. */
function settle(stage: Stage, act: (decision: Decision) => void): void {
  for (let [lane] = stage.lanes(); lane !== undefined; [lane] = stage.lanes()) act(stage.decisionOn(lane, () => 0))
}

class HeardByThreads {
  readonly #byThread = new Map<string, number>()

  note(what: string, threadName: string): void {
    let hash = this.#byThread.get(threadName) ?? 0x811c_9dc5
    for (let at = 0; at < what.length; at++) hash = Math.imul(hash ^ what.charCodeAt(at), 0x0100_0193)
    this.#byThread.set(threadName, hash)
  }

  get state(): string {
    return [...this.#byThread].sort(([a], [b]) => (a < b ? -1 : 1)).join()
  }
}
