// A thread of the service that is soaked: takes units of its own in and out, over and over, and tells how many times it has.
import { parentPort, workerData } from 'node:worker_threads'
import type { MessagePort } from 'node:worker_threads'
import { attach } from 'worc'
import type { SoakTarget } from './numbered-units.js'
import { numberedUnits } from './numbered-units.js'

export interface CyclingThreadData {
  readonly port: MessagePort
  readonly target: SoakTarget
  /** Its units' numbers. */
  readonly from: number
  readonly count: number
  /** Not 0: stop. */
  readonly stop: Int32Array
}

export interface CyclingThreadMessage {
  /** Done since the last message. */
  readonly cycles: number
}

const every = 50
const { port, target, from, count, stop } = workerData as CyclingThreadData
const unit = await numberedUnits(target)
const jit = await attach(port)
for (let cycle = 0; cycle < count && Atomics.load(stop, 0) === 0; cycle++) {
  const { name, bytes } = unit(from + cycle)
  const tracker = jit.main.createResourceTracker()
  await jit.addObject(bytes, { tracker })
  const value = await jit.lookup(name, { signature: { parameters: [], results: ['i32'] } })
  if (value() !== from + cycle) throw new Error(`${name}() is ${String(value())}`)
  await tracker.remove({ wait: 'reclaimed' })
  if (cycle % every === every - 1) parentPort?.postMessage({ cycles: every } satisfies CyclingThreadMessage)
}
await jit[Symbol.asyncDispose]()
