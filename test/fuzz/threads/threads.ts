// The target `threads`: storms on real threads, round after round, in as many processes at once as there are processors: one
// house alone leaves them idle, since its threads wait for each other most of the time.
import { availableParallelism } from 'node:os'
import type { Campaign, Failure, Summary } from '../campaign.js'
import type { Histories } from './history-round.js'
import { RoundsProcess } from './rounds-process.js'
import type { Block, Tally } from './stage-rounds.js'
import { seedsPerStage } from './stage-rounds.js'

/** A spoiled answer is explainable now and then; a search that explains more than a few of them explains anything. */
const leastRejected = 0.85
const enoughSpoiled = 40

export async function threads({ firstSeed, rounds, signal, progress, found }: Campaign): Promise<Summary> {
  const began = performance.now()
  let begun = 0
  let failures = 0
  const tallies: Tally[] = []
  const fail = (failure: Failure): void => {
    failures++
    found(failure)
  }
  const watcher = {
    begun: () => {
      const rate = Math.round(++begun / ((performance.now() - began) / 1000))
      if (begun % 16 === 0) progress(`round ${begun} of ${rounds}, ${rate}/s, ${failures} failed`)
    },
    found: fail,
  }
  const blocks = blocksOf(firstSeed, rounds)
  const playBlocks = async (): Promise<void> => {
    const player = new RoundsProcess(signal, watcher)
    for (let next = blocks.next(); next.done !== true && !signal.aborted; next = blocks.next())
      tallies.push(...(await player.play(next.value)))
    player.close()
  }
  await Promise.all(Array.from({ length: availableParallelism() }, playBlocks))
  const histories = sumOf(tallies.map((tally) => tally.histories))
  const { judged, unknown, spoiled, rejected } = histories
  if (spoiled >= enoughSpoiled && rejected < spoiled * leastRejected) {
    const problems = [`the search took ${spoiled - rejected} of ${spoiled} spoiled histories for good ones`]
    fail({ target: 'threads', seed: firstSeed, problems, circumstances: histories })
  }
  const checked = `${judged} histories judged, ${unknown} undecided; ${rejected} of ${spoiled} spoiled ones rejected`
  return { rounds: begun, failures, checked, outcomes: outcomesOf(tallies) }
}

/** Seeds that share a stage stay together. */
function* blocksOf(firstSeed: number, rounds: number): Generator<Block, undefined> {
  const end = firstSeed + rounds
  for (let seed = firstSeed; seed < end;) {
    const next = Math.min(end, seed - (seed % seedsPerStage) + seedsPerStage)
    yield { firstSeed: seed, rounds: next - seed }
    seed = next
  }
}

function sumOf(all: readonly Histories[]): Histories {
  const sum = { judged: 0, unknown: 0, spoiled: 0, rejected: 0 }
  for (const each of all) {
    sum.judged += each.judged
    sum.unknown += each.unknown
    sum.spoiled += each.spoiled
    sum.rejected += each.rejected
  }
  return sum
}

function outcomesOf(tallies: readonly Tally[]): readonly string[] {
  const counts = new Map<string, number>()
  for (const [key, count] of tallies.flatMap(({ outcomes }) => [...outcomes]))
    counts.set(key, (counts.get(key) ?? 0) + count)
  return [...counts].sort(([a], [b]) => (a < b ? -1 : 1)).map(([key, count]) => `${count} x ${key}`)
}
