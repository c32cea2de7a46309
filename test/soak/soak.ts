// Units come and go in several threads of one session for a long time. Afterwards the session holds what it held before, exactly;
// how the process grew meanwhile is told.
import { once } from 'node:events'
import { isDeepStrictEqual } from 'node:util'
import { Worker } from 'node:worker_threads'
import { JIT } from 'worc'
import type { JITStats } from 'worc'
import type { CyclingThreadData, CyclingThreadMessage } from './cycling-thread.js'
import type { SoakTarget } from './numbered-units.js'
import { slope } from '../bench/slope.js'

interface Soak {
  readonly target: SoakTarget
  readonly cycles: number
  readonly threads: number
  readonly signal: AbortSignal
  progress(text: string): void
}

export interface Soaked {
  readonly cycles: number
  readonly seconds: number
  /** Of the process, over the second half of the cycles. */
  readonly residentBytesPerCycle: number
  /** What the session held before and after; equal, if all is well. */
  readonly before: JITStats
  readonly after: JITStats
  readonly clean: boolean
}

export async function soak({ target, cycles, threads, signal, progress }: Soak): Promise<Soaked> {
  await using jit = await JIT.start({ target })
  await cycle(jit, { target, count: warmUpCycles, threads, from: 0, signal }, () => undefined)
  const before = await jit.stats()
  const samples: (readonly [cycle: number, bytes: number])[] = []
  const began = performance.now()
  let done = 0
  await cycle(jit, { target, count: cycles, threads, from: warmUpCycles, signal }, (count) => {
    done += count
    const resident = process.memoryUsage.rss()
    if (done > cycles / 2) samples.push([done, resident])
    progress(`${done} of ${cycles} cycles, ${(resident / 2 ** 20).toFixed(0)} MiB`)
  })
  const seconds = (performance.now() - began) / 1000
  await jit.session.drain()
  await jit.session.verify()
  const after = await jit.stats()
  return {
    cycles: done,
    seconds,
    residentBytesPerCycle: slope(samples),
    before,
    after,
    clean: isDeepStrictEqual(before, after),
  }
}

/** What is made once for all units, like the dispatcher of a signature, is there after these. */
const warmUpCycles = 100

interface Share {
  readonly target: SoakTarget
  readonly count: number
  readonly threads: number
  readonly from: number
  readonly signal: AbortSignal
}

async function cycle(jit: JIT, share: Share, counted: (cycles: number) => void): Promise<void> {
  const stop = new Int32Array(new SharedArrayBuffer(4))
  const end = (): void => void Atomics.store(stop, 0, 1)
  if (share.signal.aborted) end()
  share.signal.addEventListener('abort', end)
  const each = Math.ceil(share.count / share.threads)
  try {
    await Promise.all(
      Array.from({ length: share.threads }, (_, thread) => {
        const from = share.from + thread * each
        const count = Math.min(each, Math.max(0, share.count - thread * each))
        return runThread({ port: jit.port(), target: share.target, from, count, stop }, counted)
      }),
    )
  } finally {
    share.signal.removeEventListener('abort', end)
  }
}

async function runThread(data: CyclingThreadData, counted: (cycles: number) => void): Promise<void> {
  const worker = new Worker(new URL('./cycling-thread.js', import.meta.url), {
    workerData: data,
    transferList: [data.port],
  })
  worker.on('message', ({ cycles }: CyclingThreadMessage) => counted(cycles))
  const [code] = (await once(worker, 'exit')) as [number]
  if (code !== 0) throw new Error(`a thread of the soak ended with exit code ${code} in the midst of its cycles`)
}
