// Lets a unit come and go, in a process of its own, and prints how the process grew as JSON: the slope of RSS over the cycles asked
// for, after as many in which heaps find their size; each sample after a collection of this thread. Ends with an error unless
// the session holds what it held before.
import { isDeepStrictEqual } from 'node:util'
import { JIT } from 'worc'
import type { JITStats } from 'worc'
import { compileC } from './compile-c.js'
import { elapsed } from './interleave.js'
import { linkInProcess, memoryPages } from './in-process-link.js'
import { slope } from './slope.js'

export type Way = 'worc' | 'bare'

export interface Cycled {
  readonly kibPerCycle: number
  readonly microsPerCycle: number
  /** What the session holds before the first cycle and after the last. */
  readonly held: JITStats | null
}

/** Takes something of each arena: data, a function pointer, a thread-local variable. */
const source = `static _Thread_local int calls; static int data[64] = {40}; static int get(void) { return data[calls++]; }
int (*pointer)(void) = get; int value(int n) { return pointer() + n; }`
const expected = 42
const sampleCount = 100

const [way, cycles] = [process.argv[2] as Way, Number(process.argv[3])]
const object = await compileC(source)
console.log(JSON.stringify(await (way === 'worc' ? cycleUnits() : cycleModules())))

async function cycleUnits(): Promise<Cycled> {
  const jit = await JIT.start()
  const unit = async (): Promise<void> => {
    const tracker = jit.main.createResourceTracker()
    await jit.addObject(object, { tracker })
    const value = (await jit.lookup('value'))(2)
    if (value !== expected) throw new Error(`value(2) is ${String(value)}`)
    await tracker.remove({ wait: 'reclaimed' })
  }
  try {
    // What is made once for all units, like the dispatcher of a signature, is there from now on.
    await unit()
    const held = await jit.stats()
    const growth = await growthOver(unit)
    const left = await jit.stats()
    if (!isDeepStrictEqual(left, held)) throw new Error(`${JSON.stringify(held)} became ${JSON.stringify(left)}`)
    return { ...growth, held }
  } finally {
    await jit[Symbol.asyncDispose]()
  }
}

/** The module that a link actor makes of the object, with stand-ins for what its executor provides. */
async function cycleModules(): Promise<Cycled> {
  const memory = new WebAssembly.Memory({ initial: 2, maximum: memoryPages.maximumPages, shared: true })
  const base = new WebAssembly.Global({ value: 'i32', mutable: true }, 0)
  const imports = { env: { memory, __tls_base: base }, ci: { ':i': () => expected - 2 } }
  let made = 0
  const growth = await growthOver(async () => {
    const { moduleBytes, plt, functions } = linkInProcess(object, `u${made++}`)
    const { exports } = new WebAssembly.Instance(new WebAssembly.Module(moduleBytes), imports)
    const value = (exports['t'] as WebAssembly.Table).get(
      plt.length + functions.findIndex(([name]) => name === 'value'),
    ) as (n: number) => number
    if (value(2) !== expected) throw new Error(`value(2) is ${value(2)}`)
  })
  return { ...growth, held: null }
}

declare const gc: () => void

async function growthOver(run: () => Promise<void>): Promise<Pick<Cycled, 'kibPerCycle' | 'microsPerCycle'>> {
  const samples: (readonly [cycle: number, kib: number])[] = []
  const every = Math.max(1, Math.floor(cycles / sampleCount))
  for (let cycle = 0; cycle < cycles; cycle++) await run()
  let busyMs = 0
  for (let cycle = 0; cycle < cycles; cycle++) {
    busyMs += await elapsed(run)
    if (cycle % every !== 0) continue
    gc()
    samples.push([cycle, process.memoryUsage.rss() / 1024])
  }
  return { kibPerCycle: slope(samples), microsPerCycle: (busyMs * 1000) / cycles }
}
