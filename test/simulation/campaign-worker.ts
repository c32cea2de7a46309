// A thread of a campaign: plays the seeds it is given, makes failures small, and plays one seed in a hundred twice.
import { setFlagsFromString } from 'node:v8'
import { parentPort } from 'node:worker_threads'
import type { Probe } from './probes.js'
import { Probes } from './probes.js'
import type { PromiseName } from './promises.js'
import type { Outcome, Plan } from './run-schedule.js'
import { runSchedule } from './run-schedule.js'
import { shrink } from './shrink.js'

export interface Block {
  readonly firstSeed: number
  readonly count: number
}

export interface FailedSchedule {
  readonly invariant: PromiseName
  readonly sentence: string
  readonly seed: number
  readonly step: number
  readonly decisions: number
  readonly shrunk: { readonly plan: Plan; readonly replays: number } | undefined
}

export interface BlockReport extends Block {
  readonly steps: number
  readonly probes: ReadonlyMap<Probe, number>
  readonly failures: readonly FailedSchedule[]
}

/** Failures of a block that are made small: the others are likely to be the same. */
const mostShrunk = 3

const playedTwice = 100

/**
 * What is allocated where things often live long goes to the old generation at once, and keeps all of its schedule alive there
 * until that is collected: a third of the time.
 */
setFlagsFromString('--no-allocation-site-pretenuring')

/** A sentence is enough, and stacks cost time: whoever replays a failure has them. */
Error.stackTraceLimit = 0

/** Promises that were settled hold on to their schedule until the event loop has had a turn. */
const schedulesATurn = 25

async function play({ firstSeed, count }: Block): Promise<BlockReport> {
  const probes = new Probes()
  const failures: FailedSchedule[] = []
  let steps = 0
  for (let seed = firstSeed; seed < firstSeed + count; seed++) {
    if (seed % schedulesATurn === 0) await new Promise(setImmediate)
    const outcome = seed % playedTwice === 0 ? playTwice(seed) : runSchedule(seed)
    steps += outcome.steps
    probes.add(outcome.probes)
    if (outcome.failure !== undefined) failures.push(failed(outcome, failures.length < mostShrunk))
  }
  return { firstSeed, count, steps, probes: probes.counts, failures }
}

function failed(outcome: Outcome, shrinks: boolean): FailedSchedule {
  const { seed, decisions } = outcome
  const { invariant, sentence, step } = outcome.failure ?? { invariant: 'CRASH', sentence: '', step: 0 }
  const shrunk = shrinks && invariant !== 'I39' ? shrink(outcome) : undefined
  return { invariant, sentence, seed, step, decisions: decisions.length, shrunk }
}

function playTwice(seed: number): Outcome {
  const [first, second] = [runSchedule(seed, { trace: true }), runSchedule(seed, { trace: true })]
  if (first.traceHash === second.traceHash) return first
  const sentence = `I39 seed ${seed} has trace ${first.traceHash}, and then ${second.traceHash}`
  return { ...first, failure: { invariant: 'I39', sentence, step: 0 } }
}

parentPort?.on('message', (block: Block) => {
  void play(block).then((report) => parentPort?.postMessage(report))
})
