// Measures one transport in a process of its own and prints what it found as JSON: neither the compiled code nor the heap of
// another transport is in its way.
import type { Transport, TransportName } from './channel-transports.js'
import { commandOf, startTransport } from './channel-transports.js'
import { median } from './median.js'

export interface Measured {
  readonly asksPerSecond: number
  /** Median of asks made one after the other, hot. */
  readonly askMicros: number
}

const inFlight = 256
const warmUpMs = 500
const measureMs = 400

async function pipelined(ask: Transport['ask'], milliseconds: number): Promise<number> {
  let asked = 0
  const start = performance.now()
  const end = start + milliseconds
  const lane = async (): Promise<void> => {
    while (performance.now() < end) await ask(commandOf(asked++))
  }
  await Promise.all(Array.from({ length: inFlight }, lane))
  return (asked * 1000) / (performance.now() - start)
}

async function oneAtATime(ask: Transport['ask'], count: number): Promise<number> {
  const took: number[] = []
  for (let id = 0; id < count; id++) {
    const start = performance.now()
    await ask(commandOf(id))
    took.push((performance.now() - start) * 1000)
  }
  return median(took)
}

const { worker, ask } = await startTransport(process.argv[2] as TransportName)
await pipelined(ask, warmUpMs)
const asksPerSecond = await pipelined(ask, measureMs)
await oneAtATime(ask, 500)
const askMicros = await oneAtATime(ask, 3000)
console.log(JSON.stringify({ asksPerSecond, askMicros } satisfies Measured))
await worker.terminate()
process.exit()
