// npm run mutants [-- NAME...]: hunts each mutant in several campaigns of the simulator, and says after how many schedules
// it was found out (the median) and by which invariants. Exits with 1 if one survives.
import { availableParallelism, constants } from 'node:os'
import { huntMutant } from './campaign-process.js'
import { mutants } from './catalogue.js'
import type { Kill } from './hunt.js'
import type { Mutant } from './mutant.js'

const campaigns = 5
const mostSchedules = 20_000

/** Ends every campaign's process; the reason is the signal's name, where it was one. */
const stop = new AbortController()
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => stop.abort(signal))

const asked = process.argv.slice(2)
const unknown = asked.filter((name) => !mutants.some((mutant) => mutant.name === name))
if (unknown.length > 0) {
  process.stderr.write(`no mutant ${unknown.join(', ')}; there are ${mutants.map(({ name }) => name).join(', ')}\n`)
  process.exitCode = 64
} else {
  process.exitCode = await huntAll(asked.length === 0 ? mutants : mutants.filter(({ name }) => asked.includes(name)))
}

/** As many at a time as there are cores. */
async function huntAll(hunted: readonly Mutant[]): Promise<number> {
  const waiting = [...hunted]
  const survivors: string[] = []
  const huntNext = async (): Promise<void> => {
    for (let mutant = waiting.shift(); mutant !== undefined; mutant = waiting.shift()) {
      const kills = await huntMutant(mutant.name, campaigns, mostSchedules, stop.signal)
      const found = kills.filter((kill) => kill !== null)
      if (found.length < campaigns) survivors.push(mutant.name)
      print(describe(mutant, found))
      if (process.stderr.isTTY) process.stderr.write(`${waiting.length} to go\r`)
    }
  }
  try {
    await Promise.all(Array.from({ length: availableParallelism() }, huntNext))
  } catch (thrown) {
    if (!stop.signal.aborted) throw thrown
    return 128 + constants.signals[stop.signal.reason as NodeJS.Signals]
  } finally {
    stop.abort()
  }
  print(
    `${hunted.length} mutants, ${survivors.length} survived${survivors.length > 0 ? `: ${survivors.join(', ')}` : ''}`,
  )
  return survivors.length === 0 ? 0 : 1
}

function describe({ name, origin }: Mutant, kills: readonly Kill[]): string {
  if (kills.length < campaigns) return `${name.padEnd(28)} survived ${mostSchedules} schedules: ${origin}`
  const counts = kills.map(({ schedules }) => schedules).sort((a, b) => a - b)
  const median = String(counts[counts.length >> 1]).padStart(6)
  const invariants = [...new Set(kills.map(({ invariant }) => invariant))].sort().join(' ')
  return `${name.padEnd(28)} ${median}  ${invariants.padEnd(14)}  ${origin}`
}

function print(line: string): void {
  process.stdout.write(`${line}\n`)
}
