// Runs mocha on the built tests and ends with one line that a machine can read: `N passed, N failed`.
import { spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'

const mocha = join(dirname(createRequire(import.meta.url).resolve('mocha/package.json')), 'bin', 'mocha.js')
const folder = mkdtempSync(join(tmpdir(), 'worc-test-'))
const report = join(folder, 'report.json')
const reporter = join(import.meta.dirname ?? dirname(new URL(import.meta.url).pathname), 'reporter.cjs')
const child = spawn(process.execPath, ['--enable-source-maps', '--expose-gc', mocha, '--reporter', reporter, '--reporter-option', `output=${report}`, ...process.argv.slice(2)], { stdio: 'inherit' })
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => child.kill(signal))
child.on('exit', (code, signal) => {
  let counts = { passes: 0, failures: code === 0 ? 0 : 1 }
  try {
    counts = JSON.parse(readFileSync(report, 'utf8'))
  } catch {
    process.stdout.write(`mocha ended without a report (${signal ?? `exit code ${code}`})\n`)
  }
  rmSync(folder, { recursive: true, force: true })
  process.stdout.write(`${counts.passes} passed, ${counts.failures} failed\n`)
  process.exitCode = code === 0 && counts.failures === 0 ? 0 : 1
})
