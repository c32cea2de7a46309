// Where LLVM's session goes wrong about removal, beside Worc's in the same scenario: a line each, and a column for each LLVM that is
// installed. LLVM's side is a process of its own with a time limit, so that a hang and a crash are results. Worc's must be
// right, or the bench breaks.
import { execFile } from 'node:child_process'
import type { BenchContext } from './bench.js'
import { buildPeer, findLlvms, howToInstall } from './llvm.js'
import { scenarios } from './worc-scenarios.js'

const limitMs = 2000

export async function defectsBench({ note, progress, signal }: BenchContext): Promise<void> {
  const llvms = await findLlvms()
  if (llvms.length === 0) note(howToInstall)
  const programs = await Promise.all(llvms.map((llvm) => buildPeer(llvm, 'defects', signal)))
  const line = (tag: string, theirs: readonly string[], ours: string, what: string): void =>
    note(`${tag.padEnd(5)}${theirs.map((text) => text.padEnd(32)).join('')}${ours.padEnd(38)}${what}`)
  line(
    '',
    llvms.map(({ version }) => `LLVM ${version}`),
    'Worc',
    '',
  )
  for (const { tag, what, right, run } of scenarios) {
    progress(tag)
    const theirs = await Promise.all(programs.map((program) => outcomeOf(program, tag, signal)))
    const ours = run()
    line(tag, theirs, ours, what)
    if (ours !== right) throw new Error(`${tag} comes out as ${ours}, not ${right}`)
  }
}

function outcomeOf(program: string, tag: string, signal: AbortSignal): Promise<string> {
  return new Promise((resolve, reject) => {
    execFile(program, [tag], { timeout: limitMs, signal }, (error, stdout) => {
      if (signal.aborted) reject(error ?? new Error('aborted'))
      else if (error === null) resolve(stdout.trim())
      else if (error.killed === true) resolve(`hangs: ended after ${limitMs} ms`)
      else resolve(`crashes: ${error.signal ?? `exit code ${error.code}`}`)
    })
  })
}
