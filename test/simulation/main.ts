// npm run simulate -- [--schedules N] [--seed N] [--trace]: schedules from a seed on, and what failed.
import { parseArgs } from 'node:util'
import { runSchedule } from './run-schedule.js'

const { values } = parseArgs({
  options: { schedules: { type: 'string' }, seed: { type: 'string' }, trace: { type: 'boolean' } },
})
const first = Number(values.seed ?? 1)
const count = Number(values.schedules ?? 1000)
const start = performance.now()
const failures = new Map<string, number[]>()
let steps = 0
for (let seed = first; seed < first + count; seed++) {
  const outcome = runSchedule(seed, values.trace === true ? { write: (line) => process.stdout.write(`${line}\n`) } : {})
  steps += outcome.steps
  if (outcome.failure === undefined) continue
  const what = outcome.failure.sentence.replaceAll(/\d+/g, '#').slice(0, 200)
  failures.set(what, [...(failures.get(what) ?? []), seed])
}
const seconds = (performance.now() - start) / 1000
process.stdout.write(`${count} schedules, ${steps} steps, ${Math.round(count / seconds)} schedules/s\n`)
for (const [what, seeds] of failures)
  process.stdout.write(`${seeds.length} (${seeds.slice(0, 5).join(', ')}) ${what}\n`)
process.exitCode = failures.size === 0 ? 0 : 1
