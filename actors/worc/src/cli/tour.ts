// `worc` alone: a tour on a C program of our own. Everything it says it has just done; every number is measured.
import { readFileSync } from 'node:fs'
import { Worker } from 'node:worker_threads'
import { once } from 'node:events'
import { JIT } from '../jit.js'
import type { JITStats } from '@worc/protocol'
import type { ResourceTracker } from '../resource-tracker.js'
import type { TourCount, TourWorkerData } from '../workers/tour-worker.js'
import { formatBytes, formatDuration } from './progress.js'

const program = 'collatz.c'
const source = readFileSync(new URL(`../../tour/${program}`, import.meta.url), 'utf8')
const threadCount = 4
/** Calls that each thread makes before the tour goes on. */
const callsPerStep = 20_000

export async function tourCommand(signal: AbortSignal): Promise<number> {
  const startedAt = performance.now()
  await using jit = await JIT.start({ signal })
  say(`A session, a link actor and a pool of compile actors, each in a thread of its own (${since(startedAt)}).`)
  const before = await jit.stats()

  const first = await add(jit, 1, signal)
  const collatz = await jit.lookup('collatz')
  say(`Linked it into this process: ${describe(await jit.stats(), before)}. collatz(27) = ${String(collatz(27))}.`)

  const threads = await Promise.all(Array.from({ length: threadCount }, () => startThread(jit)))
  try {
    for (const thread of threads) thread.announce(1)
    await Promise.all(threads.map((thread) => thread.called(1, callsPerStep)))
    say(
      `${threadCount} threads attached and call it, each locally: ${total(threads, 1)} calls so far, none through a message.`,
    )

    const replacedAt = performance.now()
    await first.remove()
    const second = await add(jit, 2, signal)
    for (const thread of threads) thread.announce(2)
    await Promise.all(threads.map((thread) => thread.called(2, callsPerStep)))
    const answered = `${total(threads, 1)} calls were answered by version 1, ${total(threads, 2)} by version 2, ${wrong(threads)} wrongly`
    say(`Replaced it while they called (${since(replacedAt)}): ${answered}.`)

    const removedAt = performance.now()
    const held = await jit.stats()
    await second.remove({ wait: 'reclaimed' })
    const after = await jit.stats()
    say(
      `Removed it under the ${threadCount} callers; all of it was back after ${since(removedAt)}: ${describe(held, after)}.`,
    )
    say(`Each thread's next call threw ${(await Promise.all(threads.map((thread) => thread.refused()))).join(', ')}.`)
  } finally {
    await Promise.all(threads.map((thread) => thread.stop()))
  }
  say('That is all. Try one of your own: npm start -- run FILE.c')
  return 0
}

async function add(jit: JIT, version: number, signal: AbortSignal): Promise<ResourceTracker> {
  const startedAt = performance.now()
  const tracker = jit.main.createResourceTracker()
  await jit.addC(source, { tracker, name: program, flags: ['-O2', `-DVERSION=${version}`], signal })
  if (version === 1) say(`Compiled ${program} (${since(startedAt)}).`)
  return tracker
}

interface TourThread {
  /** Calls answered, by version; index 0 counts wrong answers. */
  readonly counts: Int32Array
  /** From now on this version can be looked up. */
  announce(version: number): void
  called(version: number, calls: number): Promise<void>
  /** The error that ended its calls of the last version. */
  refused(): Promise<string>
  stop(): Promise<void>
}

async function startThread(jit: JIT): Promise<TourThread> {
  const port = jit.port()
  const counts = new Int32Array(new SharedArrayBuffer(16))
  const data: TourWorkerData = { port, counts }
  const worker = new Worker(new URL('../workers/tour-worker.js', import.meta.url), {
    workerData: data,
    transferList: [port],
  })
  const refusals: string[] = []
  let wake: () => void = () => undefined
  worker.on('message', (message: TourCount) => {
    if (message.refused !== undefined) refusals.push(message.refused)
    wake()
  })
  await once(worker, 'online')
  const until = async <T>(found: () => T | undefined): Promise<T> => {
    for (;;) {
      const value = found()
      if (value !== undefined) return value
      await new Promise<void>((resolve) => (wake = resolve))
    }
  }
  return {
    counts,
    announce: (version) => {
      refusals.length = 0
      worker.postMessage(version)
    },
    called: (version, calls) => until(() => ((counts[version] ?? 0) >= calls ? true : undefined)).then(() => undefined),
    refused: () => until(() => refusals[0]),
    stop: async () => {
      await worker.terminate()
    },
  }
}

function total(threads: readonly TourThread[], version: number): string {
  return threads.reduce((sum, { counts }) => sum + (counts[version] ?? 0), 0).toLocaleString('en')
}

function wrong(threads: readonly TourThread[]): string {
  return total(threads, 0) === '0' ? 'none' : total(threads, 0)
}

function describe(more: JITStats, less: JITStats): string {
  const modules = more.modules - less.modules
  const slots = more.functionSlots - less.functionSlots
  return `${formatBytes(more.memoryBytes - less.memoryBytes)}, ${slots} function slot${slots === 1 ? '' : 's'}, ${modules} module${modules === 1 ? '' : 's'}`
}

function since(start: number): string {
  return formatDuration(performance.now() - start)
}

function say(line: string): void {
  process.stdout.write(`${line}\n`)
}
