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
import type { BenchContext } from './bench.js'
import { interleave } from './interleave.js'
import type { Batch, Contender, LockBenchData } from './lock-worker.js'
import { median, medianRatio } from './median.js'
import { quantity } from './row.js'

type Rates = Readonly<Record<string, readonly number[]>>

/** Short turns, as many more of them: a change of the machine's mood meets all subjects. */
const slices = 10
const operationsPerSlice = 200_000
const asyncOperations = 50_000
const sectionsPerThread = 500_000

export async function lockBench(context: BenchContext): Promise<void> {
  const registry = createRegistry()
  const mutex = new Mutex(createAgent(registry, nodePlatform(), { allowBlockingMain: true }), allocate(registry))
  const asyncMutex = new AsyncMutex()
  const scratch = new Int32Array(new SharedArrayBuffer(64))
  const uncontended = await interleave(
    { ...context, rounds: context.rounds * slices },
    {
      'Mutex.lock': () => rateOf(lockAndUnlock, mutex, scratch),
      'Mutex.withLock': () => rateOf(withLock, mutex, scratch),
      'compareExchange+store': () => rateOf(compareExchangeAndStore, mutex, scratch),
    },
  )
  report(context, 'mutex uncontended', 0.85, uncontended, 'Mutex.lock', 'compareExchange+store')
  report(context, 'withLock uncontended', 0.8, uncontended, 'Mutex.withLock', 'compareExchange+store')

  const data: LockBenchData = { buffer: registry.buffer, address: mutex.address, scratch }
  const workers = [1, 2].map(() => new Worker(new URL('./lock-worker.js', import.meta.url), { workerData: data }))
  try {
    const contended = await interleave(context, {
      'Mutex.lock': () => contendedRate(workers, 'mutex'),
      'bare spin': () => contendedRate(workers, 'spin'),
    })
    report(context, 'mutex contended, 2 threads', 0.9, contended, 'Mutex.lock', 'bare spin')
  } finally {
    await Promise.all(workers.map((worker) => worker.terminate()))
  }
  const async = await interleave(context, {
    'Mutex.lockAsync': () => lockAsyncRate(mutex),
    'async-mutex': () => asyncMutexRate(asyncMutex),
  })
  report(context, 'lockAsync uncontended', 5, async, 'Mutex.lockAsync', 'async-mutex')
}

function report(
  context: BenchContext,
  what: string,
  atLeast: number,
  rates: Rates,
  ours: string,
  theirs: string,
): void {
  const [mine = [], reference = []] = [rates[ours], rates[theirs]]
  const figures = [ours, theirs].map((name) => `${quantity(median(rates[name] ?? []) / 1e6, 'M/s')} ${name}`).join(', ')
  context.row({ value: medianRatio(mine, reference), unit: 'x', aim: { atLeast }, heat: 'hot', what, figures })
}

type Uncontended = (mutex: Mutex, scratch: Int32Array) => void

function rateOf(run: Uncontended, mutex: Mutex, scratch: Int32Array): number {
  const start = performance.now()
  run(mutex, scratch)
  return perSecond(operationsPerSlice, start)
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

const bodies = { run: 0 }

function withLock(mutex: Mutex): void {
  for (let i = 0; i < operationsPerSlice; i++) Mutex.withLock(mutex, countBody)
}

function countBody(): void {
  bodies.run++
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
