// The target `threads`: storms on real threads, round after round.
import type { Campaign, Summary } from '../campaign.js'
import { programOf } from './program.js'
import type { RoundPlan, RoundResult } from './round.js'
import { planRound, playRound } from './round.js'
import { Stage, stageShape } from './stage.js'

/** Consecutive seeds of which the stage is the same, so that one of them can be run again by itself. */
const seedsPerStage = 1024

/** A spoiled answer is explainable now and then; a search that explains more than a few of them explains anything. */
const leastRejected = 0.85
const enoughSpoiled = 40

export async function threads({ firstSeed, rounds, signal, progress, found }: Campaign): Promise<Summary> {
  const outcomes = new Map<string, number>()
  const histories = { judged: 0, unknown: 0, spoiled: 0, rejected: 0 }
  let stage: Stage | undefined
  let stageSeed: number | undefined
  let failures = 0
  let played = 0
  const began = performance.now()
  try {
    for (; played < rounds && !signal.aborted; played++) {
      const seed = firstSeed + played
      const wantedStage = Math.floor(seed / seedsPerStage)
      if (wantedStage !== stageSeed) {
        await stage?.close()
        stage = undefined
        stageSeed = wantedStage
      }
      stage ??= await Stage.start(stageShape(wantedStage))
      const plan = planRound(seed, stage.shape.clients)
      const result = await playRound(stage, plan, histories)
      for (const [key, count] of result.outcomes) outcomes.set(key, (outcomes.get(key) ?? 0) + count)
      if (result.problems.length > 0) {
        failures++
        found({ target: 'threads', seed, problems: result.problems, circumstances: circumstances(stage, plan, result) })
      }
      if (result.over) {
        await stage.close()
        stage = undefined
      }
      const rate = Math.round((played + 1) / ((performance.now() - began) / 1000))
      if (played % 16 === 0) progress(`round ${played + 1} of ${rounds}, ${rate}/s, ${failures} failed`)
    }
  } finally {
    await stage?.close()
  }
  const { judged, unknown, spoiled, rejected } = histories
  if (spoiled >= enoughSpoiled && rejected < spoiled * leastRejected) {
    failures++
    const problems = [`the search took ${spoiled - rejected} of ${spoiled} spoiled histories for good ones`]
    found({ target: 'threads', seed: firstSeed, problems, circumstances: histories })
  }
  const checked = `${judged} histories judged, ${unknown} undecided; ${rejected} of ${spoiled} spoiled ones rejected`
  const lines = [...outcomes].sort(([a], [b]) => (a < b ? -1 : 1)).map(([key, count]) => `${count} x ${key}`)
  return { rounds: played, failures, checked, outcomes: lines }
}

function circumstances({ shape }: Stage, plan: RoundPlan, { recorded }: RoundResult): unknown {
  if (plan.kind === 'history') return { shape, plan, history: recorded?.history }
  const steps = Math.ceil(plan.stepsOfAll / shape.clients)
  const programs = Array.from({ length: shape.clients }, (_, client) =>
    programOf({ seed: plan.seed, client, clients: shape.clients, steps }),
  )
  return { shape, plan, programs }
}
