// What locks cost, as ratios to the barest thing that could do the same job, measured in turn within each round:
//
//   uncontended   Mutex.lock + unlock             versus  compareExchange + store
//   contended     two threads, four increments    versus  the same under a bare spin lock
//   async         lockAsync + unlock              versus  the async-mutex package (one thread only)
//
// Rates depend on the machine and its load; the ratios of one run are what to look at.
import { Worker } from 'node:worker_threads'
import { Mutex as AsyncMutex } from 'async-mutex'
import { allocate, createAgent, createRegistry, Mutex } from 'sharedarraybuffer-lock'
import { nodePlatform } from '../sharedarraybuffer-lock/node-platform.js'
import type { Batch, Contender, LockBenchData } from './lock-worker.js'

interface Measurement {
  readonly name: string
  readonly goal: number
  readonly ours: string
  readonly theirs: string
  /** Operations per second, [ours, theirs], one pair a round. */
  readonly pairs: (readonly [number, number])[]
}

export async function lockBench(print: (line: string) => void, options: { rounds: number }): Promise<void> {
  const registry = createRegistry()
  const mutex = new Mutex(createAgent(registry, nodePlatform(), { allowBlockingMain: true }), allocate(registry))
  const scratch = new Int32Array(new SharedArrayBuffer(64))
  const data: LockBenchData = { buffer: registry.buffer, address: mutex.address, scratch }
  const workers = [1, 2].map(() => new Worker(new URL('./lock-worker.js', import.meta.url), { workerData: data }))
  const uncontended = measurement('mutex uncontended', 0.85, 'Mutex.lock', 'compareExchange+store')
  const scoped = measurement('withLock uncontended', 0.8, 'Mutex.withLock', 'compareExchange+store')
  const contended = measurement('mutex contended, 2 threads', 0.9, 'Mutex.lock', 'bare spin')
  const async = measurement('lockAsync uncontended', 5, 'Mutex.lockAsync', 'async-mutex')
  try {
    const asyncMutex = new AsyncMutex()
    // The first round warms up the compilers of all threads.
    for (let round = -1; round < options.rounds; round++) {
      const [locked = NaN, scopedly = NaN, bare = NaN] = inTurns(
        [lockAndUnlock, withLock, compareExchangeAndStore],
        mutex,
        scratch,
      )
      const pairs = [
        [uncontended, locked, bare],
        [scoped, scopedly, bare],
        [contended, await contendedRate(workers, 'mutex'), await contendedRate(workers, 'spin')],
        [async, await lockAsyncRate(mutex), await asyncMutexRate(asyncMutex)],
      ] as const
      if (round >= 0) for (const [into, ours, theirs] of pairs) into.pairs.push([ours, theirs])
    }
  } finally {
    await Promise.all(workers.map((worker) => worker.terminate()))
  }
  for (const measured of [uncontended, scoped, contended, async]) print(report(measured))
}

function measurement(name: string, goal: number, ours: string, theirs: string): Measurement {
  return { name, goal, ours, theirs, pairs: [] }
}

function report({ name, goal, ours, theirs, pairs }: Measurement): string {
  const ratio = median(pairs.map(([mine, reference]) => mine / reference))
  const rates = [median(pairs.map(([mine]) => mine)), median(pairs.map(([, reference]) => reference))]
  const [mine, reference] = rates.map((rate) => `${(rate / 1e6).toFixed(2)} M/s`)
  return `${ratio.toFixed(2)}x  ${name} (goal ${goal}x): ${ours} ${mine}, ${theirs} ${reference}`
}

const slices = 10
const operationsPerSlice = 200_000
const asyncOperations = 50_000
const sectionsPerThread = 500_000

type Uncontended = (mutex: Mutex, scratch: Int32Array) => void

/** Operations a second of each, slice by slice in turn, so that a change of the machine's mood meets all of them. */
function inTurns(contenders: readonly Uncontended[], mutex: Mutex, scratch: Int32Array): readonly number[] {
  const elapsedMs = contenders.map(() => 0)
  for (let slice = 0; slice < slices; slice++) {
    contenders.forEach((run, contender) => {
      const start = performance.now()
      run(mutex, scratch)
      elapsedMs[contender] = (elapsedMs[contender] ?? 0) + performance.now() - start
    })
  }
  return elapsedMs.map((ms) => (slices * operationsPerSlice * 1000) / ms)
}

function compareExchangeAndStore(_mutex: Mutex, scratch: Int32Array): void {
  for (let i = 0; i < operationsPerSlice; i++) {
    if (Atomics.compareExchange(scratch, 2, 0, 1) === 0) Atomics.store(scratch, 2, 0)
  }
}

const token = new Mutex.UnlockToken()

function lockAndUnlock(mutex: Mutex): void {
  for (let i = 0; i < operationsPerSlice; i++) {
    Mutex.lock(mutex, token)
    token.unlock()
  }
}

let bodies = 0

function withLock(mutex: Mutex): void {
  for (let i = 0; i < operationsPerSlice; i++) Mutex.withLock(mutex, countBody)
}

function countBody(): void {
  bodies++
}

async function lockAsyncRate(mutex: Mutex): Promise<number> {
  const start = performance.now()
  for (let i = 0; i < asyncOperations; i++) (await Mutex.lockAsync(mutex)).unlock()
  return perSecond(asyncOperations, start)
}

async function asyncMutexRate(mutex: AsyncMutex): Promise<number> {
  const start = performance.now()
  for (let i = 0; i < asyncOperations; i++) (await mutex.acquire())()
  return perSecond(asyncOperations, start)
}

/** Critical sections a second, of both threads together. */
async function contendedRate(workers: readonly Worker[], contender: Contender): Promise<number> {
  const start = performance.now()
  const batch: Batch = { contender, sections: sectionsPerThread }
  await Promise.all(workers.map((worker) => finished(worker, batch)))
  return perSecond(sectionsPerThread * workers.length, start)
}

function finished(worker: Worker, batch: Batch): Promise<void> {
  return new Promise((resolve, reject) => {
    worker.once('error', reject)
    worker.once('message', () => {
      worker.off('error', reject)
      resolve()
    })
    worker.postMessage(batch)
  })
}

function perSecond(operations: number, start: number): number {
  return (operations * 1000) / (performance.now() - start)
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[Math.floor(sorted.length / 2)] ?? NaN
}
