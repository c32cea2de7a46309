// Whole programs, linked and run as a user would have them, against what a native build of each did: through the face, all in
// one session, and some through the command. Each has a C library of its own, so that what one leaves behind reaches no other.
import { createHash } from 'node:crypto'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect } from 'chai'
import { after, before, describe, it } from 'mocha'
import { JIT, JITError } from 'worc'
import type { JITStats } from 'worc'
import { worc } from '../worc/command-line.js'
import { readCorpus } from './corpus.js'
import type { Program } from './corpus.js'

const corpus = readCorpus()
/** More would have each executor hold more programs' code at once, to no gain. */
const programsAtOnce = 2

interface Outcome {
  /** Of a program that came to its end. */
  readonly code: number | undefined
  /** What ended one that did not. */
  readonly death: string
  readonly stdout: Buffer
}

describe('a program, through the face', function () {
  this.timeout(120_000)
  let jit: JIT
  let furnished: JITStats
  let outcomes: ReadonlyMap<Program, Promise<Outcome>>
  before(async () => {
    jit = await JIT.start()
    furnished = await jit.stats()
    outcomes = inLanes(corpus, programsAtOnce, (program) => inDirectory((path) => runInSession(jit, program, path)))
  })
  after(() => jit[Symbol.asyncDispose]())

  for (const program of corpus) {
    it(`${program.name} does what a native build does`, async () => {
      const outcome = await outcomes.get(program)
      expectOutput(program, outcome?.stdout ?? Buffer.alloc(0))
      const death = deaths.get(program.exitCode)
      if (death === undefined) expect(outcome).to.include({ code: program.exitCode, death: '' })
      else expect(outcome?.death).to.match(death)
    })
  }

  it('leaves nothing behind', async () => {
    await Promise.allSettled(outcomes.values())
    const { symbols, units, modules, functionSlots, memoryBytes, tlsBytes } = await jit.stats()
    expect({ symbols, units, modules, functionSlots, memoryBytes, tlsBytes }).to.deep.include({
      symbols: furnished.symbols,
      units: furnished.units,
      modules: furnished.modules,
      functionSlots: furnished.functionSlots,
      memoryBytes: furnished.memoryBytes,
      tlsBytes: furnished.tlsBytes,
    })
  })
})

describe('a program, through the command', function () {
  this.timeout(60_000)
  const names = ['arguments', 'environment', 'archive-members', 'stdin-calculator', 'stdio-freopen', 'assert-fails']
  for (const program of corpus.filter(({ name }) => names.includes(name))) {
    it(`${program.name}: its output, and exit code ${program.exitCode}`, async () => {
      const { code, stdout, stderr } = await inDirectory((path) =>
        worc(commandLine(program, path), { cwd: process.cwd(), stdin: program.stdin.toString() }),
      )
      expect(code, stderr).to.equal(program.exitCode)
      expectOutput(program, Buffer.from(stdout))
    })
  }

  it('stdin-echo: answers a line before the next one is written', async () => {
    const [echo] = corpus.filter(({ name }) => name === 'stdin-echo')
    const command = fileURLToPath(new URL('../bin/worc.js', import.meta.resolve('worc')))
    const child = spawn(process.execPath, [command, ...commandLine(echo as Program, tmpdir())])
    const answers: string[] = []
    child.stdout.setEncoding('utf8')
    for (const line of ['first\n', 'second\n', 'third\n']) {
      child.stdin.write(line)
      const [answer] = (await once(child.stdout, 'data')) as [string]
      answers.push(answer)
    }
    child.stdin.end()
    const [code] = (await once(child, 'close')) as [number]
    expect(answers).to.deep.equal(['6: first\n', '13: second\n', '19: third\n'])
    expect(code).to.equal(19)
  })
})

/** By exit code: how a program dies of what is a signal elsewhere. */
const deaths: ReadonlyMap<number, RegExp> = new Map([
  [134, /^Trap: unreachable\n {4}at abort/],
  [136, /^Trap: divide by zero/],
  [139, /^StackOverflow|^Trap: call through a pointer/],
])

/** Everything of the program goes under one tracker, and is given back with it. */
async function runInSession(jit: JIT, program: Program, path: string): Promise<Outcome> {
  const { name, language, sources, archive, flags, args, env, stdin } = program
  const dylib = await jit.session.createBareJITDylib(name)
  const tracker = dylib.createResourceTracker()
  try {
    for (const source of sources) {
      const options = { dylib, tracker, name: source, flags }
      const text = readFileSync(source)
      await (language === 'c' ? jit.addC(text, options) : jit.addCxx(text, options))
    }
    if (archive !== undefined) await jit.addArchive(readFileSync(archive), { dylib, tracker })
    await jit.addCLibrary({ dylib, tracker })
    const stdout: Uint8Array[] = []
    const collect = (bytes: Uint8Array): void => void stdout.push(bytes)
    const running = jit.run({
      ...{ dylib, args, env, stdin, directories: { '.': path } },
      stdout: collect,
      stderr: () => undefined,
    })
    const ended = await running.then((code) => ({ code, death: '' }), died)
    return { ...ended, stdout: Buffer.concat(stdout) }
  } finally {
    await tracker.remove({ wait: 'reclaimed' })
    await jit.session.removeJITDylibs([dylib])
  }
}

function died(thrown: unknown): Pick<Outcome, 'code' | 'death'> {
  if (!(thrown instanceof JITError)) throw thrown
  return { code: undefined, death: `${thrown.code}: ${thrown.message}` }
}

function commandLine({ sources, archive, flags, args, env }: Program, path: string): readonly string[] {
  const variables = Object.entries(env).flatMap(([name, value]) => ['--env', `${name}=${value}`])
  const inputs = archive === undefined ? sources : [...sources, archive]
  return ['run', ...flags, ...variables, '--dir', `.::${path}`, ...inputs, '--', ...args]
}

function expectOutput({ expected }: Program, stdout: Buffer): void {
  if ('output' in expected) expect(stdout.toString()).to.equal(expected.output)
  else expect(createHash('sha256').update(stdout).digest('hex')).to.equal(expected.digest)
}

/** In as many lanes, each in order; every outcome can be awaited by itself. */
function inLanes<T, R>(items: readonly T[], laneCount: number, task: (item: T) => Promise<R>): Map<T, Promise<R>> {
  const lanes: Promise<unknown>[] = []
  const outcomes = new Map<T, Promise<R>>()
  for (const [position, item] of items.entries()) {
    const outcome = Promise.resolve(lanes[position % laneCount]).then(() => task(item))
    lanes[position % laneCount] = outcome.catch(() => undefined)
    outcomes.set(item, outcome)
  }
  return outcomes
}

async function inDirectory<T>(body: (path: string) => Promise<T>): Promise<T> {
  const path = mkdtempSync(join(tmpdir(), 'worc-programs-'))
  try {
    return await body(path)
  } finally {
    rmSync(path, { recursive: true, force: true })
  }
}
