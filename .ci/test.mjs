// Runs mocha on the built tests and ends with one line that a machine can read: `N passed, N failed`. Arguments go to mocha:
// `npm test -- test/dist/orc` runs a folder. Exits with 0 only if every test passed; interrupted, with 128 and the signal.
import { spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs'
import { createRequire } from 'node:module'
import { constants, tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const here = dirname(fileURLToPath(import.meta.url))
const root = join(here, '..')
const mocha = join(dirname(createRequire(import.meta.url).resolve('mocha/package.json')), 'bin', 'mocha.js')
const folder = mkdtempSync(join(tmpdir(), 'worc-test-'))
const report = join(folder, 'report.json')
const running = `${report}.now`
const reporter = ['--reporter', join(here, 'reporter.cjs'), '--reporter-option', `output=${report}`]
const nodeFlags = ['--enable-source-maps', '--expose-gc']
const asked = process.argv.slice(2).map((argument) => (isFolder(argument) ? `${argument}/**/*.test.js` : argument))
const specs = asked.some((argument) => argument.includes('test/dist')) ? [] : ['test/dist/**/*.test.js']
const child = spawn(process.execPath, [...nodeFlags, mocha, ...reporter, ...asked, ...specs], {
  cwd: root,
  stdio: 'inherit',
})

// A test that blocks mocha's own thread stops mocha's clock too, so the limit on that is kept here.
const standstillMs = 300_000
const watch = setInterval(() => {
  const since = statSync(running, { throwIfNoEntry: false })?.mtimeMs
  if (since === undefined || Date.now() - since < standstillMs) return
  process.stdout.write(`the tests stand still in: ${readFileSync(running, 'utf8')}\n`)
  child.kill('SIGKILL')
}, 5_000)

let interrupted
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
  process.on(signal, () => {
    interrupted ??= signal
    child.kill(signal)
  })
}

child.on('exit', (code, signal) => {
  clearInterval(watch)
  const counts = countsIn(report) ?? unfinished(signal ?? `exit code ${code}`)
  rmSync(folder, { recursive: true, force: true })
  const failures = code === 0 ? counts.failures : Math.max(counts.failures, 1)
  process.stdout.write(`${counts.passes} passed, ${failures} failed\n`)
  const stoppedBy = interrupted ?? signal
  process.exitCode = stoppedBy ? 128 + constants.signals[stoppedBy] : failures === 0 ? 0 : 1
})

/** Of a folder only the tests are loaded: what else is there are workers and fixtures. */
function isFolder(argument) {
  return statSync(join(root, argument), { throwIfNoEntry: false })?.isDirectory() === true
}

function countsIn(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8'))
  } catch {
    return undefined
  }
}

function unfinished(why) {
  process.stdout.write(`mocha ended without a report (${why})\n`)
  return { passes: 0, failures: 1 }
}
