// Rounds with consecutive seeds, one after the other in this process, on one stage for as long as their seeds share it.
import type { Failure } from '../campaign.js'
import type { Histories } from './history-round.js'
import { programOf } from './program.js'
import type { RoundPlan, RoundResult } from './round.js'
import { planRound, playRound } from './round.js'
import { Stage, stageShape } from './stage.js'

/** Consecutive seeds of which the stage is the same, so that one of them can be run again by itself. */
export const seedsPerStage = 2048

export interface Block {
  readonly firstSeed: number
  readonly rounds: number
}

export interface RoundsWatcher {
  /** A round with this seed has begun. */
  begun(seed: number): void
  found(failure: Failure): void
}

export interface Tally {
  readonly rounds: number
  readonly histories: Histories
  /** How often each step had which outcome. */
  readonly outcomes: ReadonlyMap<string, number>
}

/** Stops between two rounds when it is told to. */
export async function playRounds(
  { firstSeed, rounds }: Block,
  stop: { readonly aborted: boolean },
  watcher: RoundsWatcher,
): Promise<Tally> {
  const outcomes = new Map<string, number>()
  const histories = { judged: 0, unknown: 0, spoiled: 0, rejected: 0 }
  let stage: Stage | undefined
  let stageSeed: number | undefined
  let played = 0
  try {
    for (; played < rounds && !stop.aborted; played++) {
      const seed = firstSeed + played
      watcher.begun(seed)
      if (stageSeedOf(seed) !== stageSeed) {
        await stage?.close()
        stage = undefined
        stageSeed = stageSeedOf(seed)
      }
      stage ??= await Stage.start(stageShape(stageSeed))
      const plan = planRound(seed, stage.shape.clients)
      const result = await playRound(stage, plan, histories)
      for (const [key, count] of result.outcomes) outcomes.set(key, (outcomes.get(key) ?? 0) + count)
      if (result.problems.length > 0) watcher.found(failureOf(plan, result))
      if (result.over) {
        await stage.close()
        stage = undefined
      }
    }
  } finally {
    await stage?.close()
  }
  return { rounds: played, histories, outcomes }
}

/** A round's, with whatever helps to understand it. */
function failureOf(plan: RoundPlan, { problems, recorded }: Pick<RoundResult, 'problems' | 'recorded'>): Failure {
  const shape = stageShape(stageSeedOf(plan.seed))
  const steps = Math.ceil(plan.stepsOfAll / shape.clients)
  const programs = Array.from({ length: shape.clients }, (_, client) =>
    programOf({ seed: plan.seed, client, clients: shape.clients, steps }),
  )
  const circumstances =
    plan.kind === 'history' ? { shape, plan, history: recorded?.history } : { shape, plan, programs }
  return { target: 'threads', seed: plan.seed, problems, circumstances }
}

/** Of a round in which everything ended. */
export function fatalFailure(seed: number, problem: string): Failure {
  const { clients } = stageShape(stageSeedOf(seed))
  return failureOf(planRound(seed, clients), { problems: [problem], recorded: undefined })
}

function stageSeedOf(seed: number): number {
  return Math.floor(seed / seedsPerStage)
}
