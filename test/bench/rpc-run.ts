// Measures one way to ask another process, in two processes of its own, and prints what it found as JSON.
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { median } from './median.js'
import type { RPCTransport } from './rpc-transports.js'
import { rpcTransports } from './rpc-transports.js'

export interface MeasuredRPC {
  /** With 256 in flight; 0 where only one at a time makes sense. */
  readonly asksPerSecond: number
  /** Median of asks made one after the other, hot. */
  readonly askMicros: number
}

const inFlight = 256
const warmUpMs = 1500
const measureMs = 700

type Ask = () => Promise<unknown>

async function pipelined(ask: Ask, milliseconds: number): Promise<number> {
  let asked = 0
  const start = performance.now()
  const end = start + milliseconds
  const lane = async (): Promise<void> => {
    for (; performance.now() < end; asked++) await ask()
  }
  await Promise.all(Array.from({ length: inFlight }, lane))
  return (asked * 1000) / (performance.now() - start)
}

async function oneAtATime(ask: Ask, count: number): Promise<number> {
  const took: number[] = []
  for (let index = 0; index < count; index++) {
    const start = performance.now()
    await ask()
    took.push((performance.now() - start) * 1000)
  }
  return median(took)
}

async function measure(name: RPCTransport, path: string): Promise<MeasuredRPC> {
  const server = fork(fileURLToPath(new URL('./rpc-server.js', import.meta.url)), [name, path])
  try {
    await once(server, 'message')
    const ask = await rpcTransports[name].connect(path)
    if (name !== 'echo') await pipelined(ask, warmUpMs)
    const asksPerSecond = name === 'echo' ? 0 : await pipelined(ask, measureMs)
    await oneAtATime(ask, 2000)
    return { asksPerSecond, askMicros: await oneAtATime(ask, 4000) }
  } finally {
    server.kill()
  }
}

const folder = mkdtempSync(join(tmpdir(), 'worc-rpc-'))
try {
  console.log(JSON.stringify(await measure(process.argv[2] as RPCTransport, join(folder, 'socket'))))
} finally {
  rmSync(folder, { recursive: true })
}
process.exit()
