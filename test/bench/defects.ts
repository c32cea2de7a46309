// Where LLVM's session goes wrong about removal, beside Worc's in the same scenario: a line each. LLVM's side is a process of its
// own with a time limit, so that a hang and a crash are results. Worc's must be right, or the bench breaks.
import { execFile } from 'node:child_process'
import type { BenchContext } from './bench.js'
import { buildPeer, findLlvm, howToInstall } from './llvm.js'
import { scenarios } from './worc-scenarios.js'

const limitMs = 2000

export async function defectsBench({ note, progress, signal }: BenchContext): Promise<void> {
  const llvm = await findLlvm()
  if (llvm === undefined) note(howToInstall)
  const program = llvm === undefined ? undefined : await buildPeer(llvm, 'defects', signal)
  note(`${''.padEnd(5)}${'LLVM '.concat(llvm?.version ?? 'is not here').padEnd(34)}Worc`)
  for (const { tag, what, right, run } of scenarios) {
    progress(tag)
    const theirs = program === undefined ? '' : await outcomeOf(program, tag, signal)
    const ours = run()
    note(`${tag.padEnd(5)}${theirs.padEnd(34)}${ours.padEnd(38)}${what}`)
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
