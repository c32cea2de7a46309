// What an ask costs between two threads: through a PortChannel, through comlink and through bare postMessage, at one ask in
// flight and at 256. Transports take turns within each round, a fresh process each, so that what else the machine does falls on
// all of them. Ratios count; rates belong to the machine.
import { JITError } from '@worc/protocol'
import { once } from 'node:events'
import type { BenchContext } from './bench.js'
import type { Measured } from './channel-run.js'
import type { TransportName } from './channel-transports.js'
import { commandOf, startTransport, transportNames } from './channel-transports.js'
import { inFreshProcess } from './fresh-process.js'
import { median, medianRatio } from './median.js'
import { quantity } from './row.js'
import type { Unit } from './row.js'

type Values = Record<TransportName, number[]>

export async function channelBench(context: BenchContext): Promise<void> {
  const rates: Values = { PortChannel: [], comlink: [], postMessage: [] }
  const latencies: Values = { PortChannel: [], comlink: [], postMessage: [] }
  for (let round = 1; round <= context.rounds; round++) {
    for (const name of transportNames) {
      context.progress(`round ${round} of ${context.rounds}: ${name}`)
      const { asksPerSecond, askMicros } = await measure(name, context.signal)
      rates[name].push(asksPerSecond / 1000)
      latencies[name].push(askMicros)
    }
  }
  compare(context, 'rate of asks, 256 in flight', rates, 'k/s')
  compare(context, 'time of an ask, one at a time', latencies, 'us')
  await deathBench(context)
}

async function measure(name: TransportName, signal: AbortSignal): Promise<Measured> {
  return (await inFreshProcess(new URL('./channel-run.js', import.meta.url), [name], signal)) as Measured
}

function compare(context: BenchContext, what: string, values: Values, unit: Unit): void {
  const ours = values.PortChannel
  for (const name of ['comlink', 'postMessage'] as const) {
    const figures = `${quantity(median(ours), unit)}, ${quantity(median(values[name]), unit)} ${name}`
    const value = medianRatio(ours, values[name])
    context.row({ value, unit: 'x', heat: 'hot', what: `${what}, of ${name}'s`, figures })
  }
}

/** How long asks stay open after their peer's terminate(), beside Node's own news of the death. */
async function deathBench({ rounds, signal, row, progress }: BenchContext): Promise<void> {
  const rejections: number[] = []
  const exits: number[] = []
  for (let round = 1; round <= rounds; round++) {
    progress(`round ${round} of ${rounds}: death`)
    signal.throwIfAborted()
    const { worker, ask } = await startTransport('PortChannel')
    const pending = Array.from({ length: 256 }, () => ask(commandOf(-1)))
    await ask(commandOf(1))
    const start = performance.now()
    const exited = once(worker, 'exit').then(() => exits.push(performance.now() - start))
    void worker.terminate()
    const settled = await Promise.allSettled(pending)
    rejections.push(performance.now() - start)
    await exited
    const died = settled.filter((result) => result.status === 'rejected' && result.reason instanceof JITError)
    if (died.length !== pending.length) throw new Error(`${pending.length - died.length} asks survived their peer`)
  }
  const figures = `terminate() to rejection; 'exit' after ${quantity(median(exits), 'ms')}; comlink: never`
  row({ value: median(rejections), unit: 'ms', heat: 'hot', what: '256 pending asks of a peer that dies', figures })
}
