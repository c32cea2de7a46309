// What an ask costs between two threads: through a PortChannel, through comlink and through bare postMessage, at one ask in
// flight and at 256. Transports take turns within each round, a fresh process each, so that what else the machine does falls on
// all of them. Ratios count; rates belong to the machine.
import { JITError } from '@worc/protocol'
import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { median } from './channel-numbers.js'
import type { Measured } from './channel-run.js'
import type { TransportName } from './channel-transports.js'
import { commandOf, startTransport, transportNames } from './channel-transports.js'

export async function channelBench(print: (line: string) => void, options: { rounds: number }): Promise<void> {
  const rates: Record<TransportName, number[]> = { PortChannel: [], comlink: [], postMessage: [] }
  const latencies: Record<TransportName, number[]> = { PortChannel: [], comlink: [], postMessage: [] }
  for (let round = 0; round < options.rounds; round++) {
    for (const name of transportNames) {
      const { asksPerSecond, askMicros } = await measure(name)
      rates[name].push(asksPerSecond)
      latencies[name].push(askMicros)
    }
  }
  compare(print, 'ask, 256 in flight', rates, (rate) => `${(rate / 1000).toFixed(0)} k/s`)
  compare(print, 'ask, one at a time', latencies, (micros) => `${micros.toFixed(1)} us`)
  await deathBench(print, options.rounds)
}

async function measure(name: TransportName): Promise<Measured> {
  const script = fileURLToPath(new URL('./channel-run.js', import.meta.url))
  const { stdout } = await promisify(execFile)(process.execPath, [script, name])
  return JSON.parse(stdout) as Measured
}

function compare(
  print: (line: string) => void,
  what: string,
  values: Readonly<Record<TransportName, readonly number[]>>,
  format: (value: number) => string,
): void {
  const [ours, comlink, raw] = [median(values.PortChannel), median(values.comlink), median(values.postMessage)]
  const ratios = `${(ours / comlink).toFixed(2)}x comlink, ${(ours / raw).toFixed(2)}x postMessage`
  print(`${what}: ${ratios} (${format(ours)}, ${format(comlink)}, ${format(raw)})`)
}

/** How long asks stay open after their peer's terminate(), beside Node's own news of the death. */
async function deathBench(print: (line: string) => void, rounds: number): Promise<void> {
  const rejections: number[] = []
  const exits: number[] = []
  for (let round = 0; round < rounds; round++) {
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
  const [rejected, exited] = [median(rejections).toFixed(1), median(exits).toFixed(1)]
  print(`256 pending asks rejected ${rejected} ms after terminate(); 'exit' after ${exited} ms; comlink: never`)
}
