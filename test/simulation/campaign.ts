// Many schedules over all cores: what failed, what was never come through, and how fast it went.
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Worker } from 'node:worker_threads'
import type { Block, BlockReport, FailedSchedule } from './campaign-worker.js'
import type { Probe } from './probes.js'
import { Probes, probeNames } from './probes.js'
import { promises } from './promises.js'

interface CampaignOptions {
  readonly firstSeed: number
  readonly schedules: number
  readonly threads: number
}

const blockSize = 250

/** Of a million schedules, so many must come through each probe. */
const leastHitsPerMillion = 100
/** With fewer schedules, chance alone leaves a probe out. */
const leastSchedulesForProbes = 100_000

/** Schedules are short-lived: a larger nursery saves most of collecting them. */
const maxYoungGenerationSizeMb = 96

const exitCode = { passed: 0, failed: 1, interrupted: 130 } as const

export async function runCampaign({ firstSeed, schedules, threads }: CampaignOptions): Promise<number> {
  const start = performance.now()
  const used = process.cpuUsage()
  const progress = new Progress(schedules)
  const blocks = blocksOf(firstSeed, schedules)
  const stopping = new AbortController()
  const stop = (): void => stopping.abort()
  process.once('SIGINT', stop)
  const next = (): Block | undefined => (stopping.signal.aborted ? undefined : blocks.next().value)
  await Promise.all(Array.from({ length: threads }, () => playBlocks(next, (report) => progress.add(report))))
  process.off('SIGINT', stop)
  const { user, system } = process.cpuUsage(used)
  const passed = progress.summarize((performance.now() - start) / 1000, (user + system) / 1_000_000)
  if (stopping.signal.aborted) return exitCode.interrupted
  return passed ? exitCode.passed : exitCode.failed
}

function* blocksOf(firstSeed: number, schedules: number): Generator<Block, undefined> {
  for (let done = 0; done < schedules; done += blockSize)
    yield { firstSeed: firstSeed + done, count: Math.min(blockSize, schedules - done) }
}

/** Resolves when there is no block left. */
function playBlocks(next: () => Block | undefined, report: (report: BlockReport) => void): Promise<void> {
  const worker = new Worker(new URL('./campaign-worker.js', import.meta.url), {
    resourceLimits: { maxYoungGenerationSizeMb },
  })
  return new Promise((resolve, reject) => {
    const goOn = (): void => {
      const block = next()
      if (block === undefined) void worker.terminate().then(() => resolve())
      else worker.postMessage(block)
    }
    worker.on('error', reject)
    worker.on('message', (message: BlockReport) => {
      report(message)
      goOn()
    })
    goOn()
  })
}

class Progress {
  readonly #schedules: number
  readonly #probes = new Probes()
  #done = 0
  #steps = 0
  #failed = 0

  constructor(schedules: number) {
    this.#schedules = schedules
  }

  add({ count, steps, probes, failures }: BlockReport): void {
    this.#done += count
    this.#steps += steps
    this.#probes.add(probes)
    this.#failed += failures.length
    for (const failure of failures) report(failure)
    if (process.stderr.isTTY)
      process.stderr.write(`\r${this.#done} of ${this.#schedules} schedules, ${this.#failed} failed `)
  }

  /** Whether all is well. Processor time, of all threads, tells how fast it went on a machine that others use too. */
  summarize(seconds: number, processorSeconds: number): boolean {
    if (process.stderr.isTTY) process.stderr.write('\r\u001b[K')
    const per = (time: number): string =>
      `${Math.round(this.#done / time)} schedules/s, ${Math.round(this.#steps / time)} steps/s`
    const speed = `${per(seconds)}; of processor time ${per(processorSeconds)}`
    process.stdout.write(`${this.#done} schedules, ${this.#steps} steps, ${this.#failed} failed; ${speed}\n`)
    const gaps = this.#gaps()
    for (const gap of gaps) process.stdout.write(`GAP ${gap}\n`)
    return this.#failed === 0 && gaps.length === 0
  }

  #gaps(): readonly string[] {
    if (this.#done < leastSchedulesForProbes) return []
    const least = (leastHitsPerMillion * this.#done) / 1_000_000
    const hits = (probe: Probe): number => this.#probes.counts.get(probe) ?? 0
    return probeNames
      .filter((probe) => hits(probe) < least)
      .map((probe) => `${probe}: ${hits(probe)} times, at least ${least}`)
  }
}

/** What it was, how to see it again, and the small plan as a file. */
function report({ invariant, sentence, seed, step, decisions, shrunk }: FailedSchedule): void {
  process.stdout.write(
    `\nseed ${seed}, step ${step} of ${decisions}: ${sentence}\n  promised: ${promises[invariant]}\n`,
  )
  process.stdout.write(`  replay: npm run simulate -- --seed ${seed} --trace --step ${Math.max(0, step - 10)}\n`)
  if (shrunk === undefined) return
  const { plan, replays } = shrunk
  mkdirSync('failures', { recursive: true })
  const path = join('failures', `${seed}.json`)
  writeFileSync(path, `${JSON.stringify({ invariant, sentence, plan }, null, 1)}\n`)
  const acts = plan.decisions.filter(([kind]) => kind === 'operation' || kind === 'fault').length
  const size = `${plan.decisions.length} decisions, ${acts} of them operations and faults, after ${replays} replays`
  process.stdout.write(`  shrunk: ${size}\n  replay: npm run simulate -- --replay ${path} --trace\n`)
}
