// What a lookup costs a thread whose session is in a worker, beside one that has it inline: with a small object to link, and
// with nothing left to do.
import { JIT } from 'worc'
import type { BenchContext } from './bench.js'
import { compileC } from './compile-c.js'
import { elapsed, interleave } from './interleave.js'
import { median, medianRatio } from './median.js'
import { quantity } from './row.js'

const repetitions = 50
const source = 'static int counts[16]; int count(int n) { return counts[n & 15]++; }'

export async function serviceBench(context: BenchContext): Promise<void> {
  const object = await compileC(source)
  const sessions: JIT[] = []
  const start = async (inline: boolean): Promise<JIT> => {
    const jit = await JIT.start({ inline })
    sessions.push(jit)
    return jit
  }
  try {
    const [worker, inline] = [await start(false), await start(true)]
    await compare(context, 'lookup after addObject of a small object', worker, inline, (jit) =>
      linkingLookup(jit, object),
    )
    await Promise.all(sessions.map((jit) => jit.addObject(object)))
    await compare(context, 'lookup of a ready symbol', worker, inline, readyLookup)
  } finally {
    await Promise.all(sessions.map((jit) => jit[Symbol.asyncDispose]()))
  }
}

type Measure = (jit: JIT) => Promise<number>

async function compare(context: BenchContext, what: string, worker: JIT, inline: JIT, measure: Measure): Promise<void> {
  const times = await interleave(context, {
    worker: () => medianOf(() => measure(worker)),
    inline: () => medianOf(() => measure(inline)),
  })
  const micros = (milliseconds: readonly number[]): string => quantity(median(milliseconds) * 1000, 'us')
  const figures = `${micros(times.worker)} session in a worker, ${micros(times.inline)} inline`
  context.row({ value: medianRatio(times.worker, times.inline), unit: 'x', heat: 'hot', what, figures })
}

async function linkingLookup(jit: JIT, object: Uint8Array): Promise<number> {
  const tracker = jit.main.createResourceTracker()
  await jit.addObject(object, { tracker })
  const took = await elapsed(() => jit.lookup('count'))
  await tracker.remove({ wait: 'reclaimed' })
  return took
}

function readyLookup(jit: JIT): Promise<number> {
  return elapsed(() => jit.lookup('count'))
}

async function medianOf(measure: () => Promise<number>): Promise<number> {
  const times: number[] = []
  while (times.length < repetitions) times.push(await measure())
  return median(times)
}
