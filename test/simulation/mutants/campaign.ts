// The process that hunts one mutant: plants it before anything else is loaded, then plays schedules until one of them
// fails, campaign after campaign. What comes of each it says on its standard output, a line of JSON. Whether a schedule
// fails without the mutant too is found out by the control, which is this again with a seed in the mutant's place.
import { spawnSync } from 'node:child_process'
import { register } from 'node:module'
import { fileURLToPath } from 'node:url'
import { setFlagsFromString } from 'node:v8'
import { mutantNamed } from './catalogue.js'
import type { Planting } from './mutating-loader.js'

/** As in the simulator's campaigns: schedules are short-lived. */
setFlagsFromString('--no-allocation-site-pretenuring')

const [subject = '', campaigns = '1', most = '20000'] = process.argv.slice(2)
if (Number.isInteger(Number(subject))) {
  const { failureOf } = await import('./hunt.js')
  process.exitCode = failureOf(Number(subject)) === undefined ? 0 : 1
} else {
  await huntMutant(subject)
}

/** Campaigns begin far enough apart that none plays another's seeds. One that comes to nothing is the last. */
async function huntMutant(name: string): Promise<void> {
  const mutant = mutantNamed(name)
  const planting: Planting = { mutant, url: new URL(`../../../../${mutant.file}`, import.meta.url).href }
  register(new URL('./mutating-loader.js', import.meta.url), { data: planting })
  const { hunt } = await import('./hunt.js')
  for (let campaign = 0; campaign < Number(campaigns); campaign++) {
    const kill = hunt(1 + campaign * 1_000_000, Number(most), failsWithoutIt)
    process.stdout.write(`${JSON.stringify(kill)}\n`)
    if (kill === null) return
  }
}

function failsWithoutIt(seed: number): boolean {
  return spawnSync(process.execPath, [fileURLToPath(import.meta.url), String(seed)]).status !== 0
}
