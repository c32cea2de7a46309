// npm run simulate -- [--schedules N] [--seed N] [--threads N] [--step K] [--trace] [--replay FILE] [--explore N]: schedules of the
// real actors, from a seed on, over all cores; or all those of scripted operations with up to N departures from a usual order. One
// seed alone, or a plan that failed, is played in this thread; --trace tells what happens, from step K on.
import { readFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { parseArgs } from 'node:util'
import { runCampaign } from './campaign.js'
import { explore } from './explore.js'
import type { Outcome, Plan, RunOptions } from './run-schedule.js'
import { replayPlan, runSchedule } from './run-schedule.js'
import { scripted } from './scripted.js'

const usage =
  'npm run simulate -- [--schedules N] [--seed N] [--threads N] [--step K] [--trace] [--replay FILE] [--explore N]'

interface Arguments {
  readonly schedules: number | undefined
  readonly seed: number | undefined
  readonly threads: number | undefined
  readonly step: number
  readonly trace: boolean
  readonly replay: string | undefined
  readonly explore: number | undefined
}

function argumentsOf(args: readonly string[]): Arguments {
  const { values } = parseArgs({
    args: [...args],
    options: {
      schedules: { type: 'string' },
      seed: { type: 'string' },
      threads: { type: 'string' },
      step: { type: 'string' },
      trace: { type: 'boolean', default: false },
      replay: { type: 'string' },
      explore: { type: 'string' },
    },
  })
  return {
    schedules: wholeNumber('schedules', values.schedules),
    seed: wholeNumber('seed', values.seed),
    threads: wholeNumber('threads', values.threads),
    step: wholeNumber('step', values.step) ?? 0,
    trace: values.trace,
    replay: values.replay,
    explore: wholeNumber('explore', values.explore),
  }
}

function wholeNumber(name: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined
  const value = Number(text)
  if (!Number.isSafeInteger(value) || value < 0) throw new Error(`--${name} ${text}: expected a whole number`)
  return value
}

async function main(): Promise<number> {
  const { schedules, seed, threads, step, trace, replay, explore: departures } = argumentsOf(process.argv.slice(2))
  const run: RunOptions = trace ? { write: linesFrom(step) } : {}
  if (departures !== undefined) return exploreAll(departures)
  if (replay !== undefined) return judge(replayPlan(readPlan(replay), run))
  if (seed !== undefined && schedules === undefined) return judge(runSchedule(seed, run))
  return runCampaign({
    firstSeed: seed ?? 1,
    schedules: schedules ?? 100_000,
    threads: threads ?? availableParallelism(),
  })
}

function exploreAll(departures: number): number {
  let failed = 0
  for (const one of scripted) {
    for (const order of ['acts-first', 'acts-last'] as const) {
      const { schedules, pruned, failure } = explore(one, order, departures)
      const verdict = failure?.failure?.sentence ?? 'all promises kept'
      process.stdout.write(`${one.name}, ${order}: ${schedules} schedules, ${pruned} of them left early: ${verdict}\n`)
      if (failure !== undefined) failed++
    }
  }
  return failed === 0 ? 0 : 1
}

function readPlan(path: string): Plan {
  const { plan } = JSON.parse(readFileSync(path, 'utf8')) as { readonly plan: Plan }
  return plan
}

/** Lines of the steps from K on; each step begins with its decision. */
function linesFrom(step: number): (line: string) => void {
  let at = -1
  return (line) => {
    if (line.startsWith('decided')) at++
    if (at >= step) process.stdout.write(`${at} ${line}\n`)
  }
}

function judge({ seed, steps, failure }: Outcome): number {
  const verdict = failure === undefined ? 'all promises kept' : `step ${failure.step}: ${failure.sentence}`
  process.stdout.write(`seed ${seed}, ${steps} steps: ${verdict}\n`)
  return failure === undefined ? 0 : 1
}

try {
  process.exitCode = await main()
} catch (thrown) {
  process.stderr.write(`${thrown instanceof Error ? thrown.message : String(thrown)}\n${usage}\n`)
  process.exitCode = 64
}
