// The command: `npm run model`. Has Spin try the model of the removal protocol in every order within two bounds, then each of its
// planted bugs, which must be found. Exits with 0 when all is as it should be, with 1 when the model breaks or a bug is not
// found, with 2 where Spin or a C compiler is missing, with 128 and the signal when interrupted.
import { execFile } from 'node:child_process'
import { copyFile, mkdtemp, rm } from 'node:fs/promises'
import { constants, tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { modelFile, plantedBugs } from './removal-model.js'

const run = promisify(execFile)

/** Two units in every order take ten times as long as one; the link actor's death comes on top. */
const bounds = [
  ['one unit, two threads of two operations, a death of the link actor', ['-DUNITS=1', '-DDEATHS=1']],
  ['two units, two threads of two operations', ['-DUNITS=2', '-DDEATHS=0']],
] as const

const interrupted = new AbortController()
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.once(signal, () => {
    process.exitCode = 128 + constants.signals[signal]
    interrupted.abort()
  })
}

const folder = await mkdtemp(join(tmpdir(), 'worc-model-'))
try {
  process.exitCode = (await areInstalled()) ? await checkAll() : 2
} catch (thrown) {
  if (!interrupted.signal.aborted) throw thrown
} finally {
  await rm(folder, { recursive: true, force: true })
}

async function areInstalled(): Promise<boolean> {
  try {
    await run('spin', ['-V'])
    await run('gcc', ['--version'])
    return true
  } catch {
    console.log('not checked: spin or gcc is missing (apt-get install spin gcc)')
    return false
  }
}

async function checkAll(): Promise<number> {
  // Spin leaves the way to an error beside the model.
  await copyFile(modelFile, join(folder, 'removal.pml'))
  let wrong = 0
  for (const [what, definitions] of bounds) {
    const { errors, states } = await check(definitions)
    console.log(`${errors === 0 ? 'holds' : 'BREAKS'}  ${what}: ${states} states`)
    if (errors > 0) wrong++
  }
  for (const bug of await plantedBugs()) {
    const { errors, states } = await check([`-D${bug}`])
    console.log(`${errors > 0 ? 'found' : 'NOT FOUND'}  ${bug}, after ${states} states`)
    if (errors === 0) wrong++
  }
  return wrong === 0 ? 0 : 1
}

interface Checked {
  readonly errors: number
  readonly states: number
}

/** Builds Spin's verifier for the model and runs it to its end, or to the first error. */
async function check(definitions: readonly string[]): Promise<Checked> {
  const options = { cwd: folder, signal: interrupted.signal }
  await run('spin', ['-a', ...definitions, 'removal.pml'], options)
  await run('gcc', ['-O1', '-DSAFETY', '-DCOLLAPSE', '-DVECTORSZ=1024', '-o', 'pan', 'pan.c'], options)
  const { stdout } = await run(join(folder, 'pan'), ['-m200000', '-w22'], options)
  const [errors, states] = [/errors: (\d+)/, /(\d+) states, stored/].map((pattern) => pattern.exec(stdout)?.[1])
  if (errors === undefined || states === undefined || stdout.includes('max search depth too small')) {
    throw new Error(`Spin did not come to an end:\n${stdout}`)
  }
  return { errors: Number(errors), states: Number(states) }
}
