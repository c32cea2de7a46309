// Other processes for a long time: many clients at once, clients that are killed, servers that are killed, a client that asks for a
// hundred times what can be done. Afterwards the server holds what it held before, and nobody waited for ever.
import type { ChildProcess } from 'node:child_process'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { isDeepStrictEqual } from 'node:util'
import { fileURLToPath } from 'node:url'
import type { RemoteFunction, RemoteJIT } from 'worc'
import { JIT, JITError, absoluteSymbols, connect } from 'worc'

export interface RPCSoak {
  readonly clients: number
  readonly seconds: number
  readonly clientKills: number
  readonly serverKills: number
  readonly signal: AbortSignal
  progress(text: string): void
  say(line: string): void
}

const victims = fileURLToPath(new URL('./rpc-victims.js', import.meta.url))
const worc = fileURLToPath(new URL('../bin/worc.js', import.meta.resolve('worc')))
const victimsAtOnce = 20
const connectionsLimit = 256

/** Throws where something did not come back, or was answered wrongly. */
export async function soakRPC(soak: RPCSoak): Promise<void> {
  const directory = mkdtempSync(join(tmpdir(), 'worc-soak-'))
  try {
    await onOneServer(directory, soak)
    await killServers(join(directory, 'killed.sock'), soak)
  } finally {
    rmSync(directory, { recursive: true, force: true })
  }
}

async function onOneServer(directory: string, soak: RPCSoak): Promise<void> {
  const jit = await JIT.start()
  try {
    await jit.addC('int add(int a, int b) { return a + b; }')
    const listening = await jit.listen({
      path: join(directory, 'served.sock'),
      graceMs: 0,
      limits: { connections: connectionsLimit, executorMs: 1e9 },
    })
    const join_ = (): Promise<RemoteJIT> => connect(listening.url, { token: listening.token, onDisconnect: 'remove' })
    const observer = await join_()
    const add = await observer.lookup('add')
    await add(1, 1)
    const before = await held(jit)
    const cameBack = (): Promise<void> => comeBack(jit, observer, before, soak.signal)
    await manyClients(soak, join_)
    await cameBack()
    await killClients(soak, listening)
    await cameBack()
    await overload(soak, join_, add)
    await cameBack()
    soak.say(`all came back: ${JSON.stringify(await held(jit))}`)
    await observer[Symbol.asyncDispose]()
  } finally {
    await jit[Symbol.asyncDispose]()
  }
}

/** Calls, units that come and go, bytes, all mixed. */
async function manyClients(
  { clients, seconds, signal, progress, say }: RPCSoak,
  join_: () => Promise<RemoteJIT>,
): Promise<void> {
  const end = performance.now() + seconds * 1000
  let done = 0
  const work = async (n: number): Promise<void> => {
    const client = await join_()
    const add = await client.lookup('add')
    for (let round = 0; performance.now() < end && !signal.aborted; round++) {
      const sums = await Promise.all(Array.from({ length: 16 }, (_, i) => add(n, i)))
      if (sums.some((sum, i) => sum !== n + i)) throw new Error(`client ${n}: add(${n}, …) = ${sums.join(' ')}`)
      const name = `unit_${n}_${round}`
      const tracker = client.main.createResourceTracker()
      await client.main.define(absoluteSymbols({ [name]: { address: n + 1, flags: { exported: true } } }), tracker)
      const { address } = await client.lookupData(name)
      if (address !== n + 1) throw new Error(`client ${n}: "${name}" is at ${address}`)
      await tracker.remove()
      tracker[Symbol.dispose]()
      await client.withBuffer(new Uint8Array(256).fill(n), async (at) => {
        const bytes = await client.readBuffer(at, 256)
        if (bytes.some((byte) => byte !== (n & 255))) throw new Error(`client ${n}: another's bytes`)
      })
      done += sums.length + 5
      progress(`${clients} clients, ${done} asks`)
    }
    await client[Symbol.asyncDispose]()
  }
  await Promise.all(Array.from({ length: clients }, (_, n) => work(n)))
  say(`${clients} clients for ${seconds} s: ${done} asks, each answered as it had to be`)
}

async function killClients(
  { clientKills, signal, progress, say }: RPCSoak,
  { url, token }: { readonly url: URL; readonly token: string },
): Promise<void> {
  let killed = 0
  while (killed < clientKills && !signal.aborted) {
    const count = Math.min(victimsAtOnce, clientKills - killed)
    const child = spawn(process.execPath, [victims, url.href, token, String(count), String(killed)], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    await once(child.stdout, 'data')
    child.kill('SIGKILL')
    await once(child, 'exit')
    killed += count
    progress(`${killed} of ${clientKills} clients killed`)
  }
  say(`${killed} clients killed`)
}

/** One client has a hundred times as much under way as is worked on at once; another one's calls are answered nevertheless. */
async function overload(
  { seconds, signal, progress, say }: RPCSoak,
  join_: () => Promise<RemoteJIT>,
  add: RemoteFunction,
): Promise<void> {
  const alone = await latencies(add, 200)
  const flooding = await Promise.all(Array.from({ length: 4 }, join_))
  const end = performance.now() + seconds * 1000
  const resident: number[] = []
  let answered = 0
  let refused = 0
  const flood = async (client: RemoteJIT): Promise<void> => {
    const call = await client.lookup('add')
    const lane = async (): Promise<void> => {
      while (performance.now() < end && !signal.aborted)
        try {
          await call(1, 2)
          answered += 1
        } catch (thrown) {
          if (!(thrown instanceof JITError) || thrown.code !== 'Overloaded') throw thrown
          refused += 1
          await new Promise((resolve) => setImmediate(resolve))
        }
    }
    await Promise.all(Array.from({ length: 6400 }, lane))
  }
  const floods = Promise.all(flooding.map(flood))
  let crowded = alone
  while (performance.now() < end && !signal.aborted) {
    crowded = await latencies(add, 50)
    resident.push(process.memoryUsage.rss())
    progress(`overload: ${answered} answered`)
  }
  await floods
  await Promise.all(flooding.map((client) => client[Symbol.asyncDispose]()))
  const growth = (resident.at(-1) ?? 0) / (resident[Math.floor(resident.length / 4)] ?? 1)
  say(
    `overload for ${seconds} s: ${answered} answered, ${refused} refused here as Overloaded; another client's p99 in the same process ` +
      `${alone.toFixed(1)} ms alone, ${crowded.toFixed(1)} ms beside it; resident × ${growth.toFixed(2)}`,
  )
  if (growth > 2) throw new Error(`the process grew ${growth.toFixed(2)} times under overload`)
}

/** The 99th percentile, in milliseconds. */
async function latencies(add: RemoteFunction, count: number): Promise<number> {
  const taken: number[] = []
  for (let n = 0; n < count; n++) {
    const start = performance.now()
    await add(n, 1)
    taken.push(performance.now() - start)
  }
  return taken.sort((a, b) => a - b)[Math.floor(count * 0.99)] ?? 0
}

async function killServers(path: string, { serverKills, signal, progress, say }: RPCSoak): Promise<void> {
  let killed = 0
  for (; killed < serverKills && !signal.aborted; killed++) {
    const server = await startServe(path)
    const client = await connect(path)
    client.session.onError = () => undefined
    await client.main.define({ name: 'never', symbols: { never: { exported: true } }, materialize: () => undefined })
    const pending = Array.from({ length: 20 }, () => client.lookupData('never'))
    const outcomes = Promise.allSettled(pending)
    await client.stats()
    server.kill('SIGKILL')
    for (const outcome of await outcomes) {
      const code =
        outcome.status === 'rejected' && outcome.reason instanceof JITError ? outcome.reason.code : 'an answer'
      if (code !== 'ConnectionLost') throw new Error(`a server was killed, and a promise got ${code}`)
    }
    progress(`${killed + 1} of ${serverKills} servers killed`)
  }
  say(`${killed} servers killed: every promise rejected with ConnectionLost, every next one took the place`)
}

async function startServe(path: string): Promise<ChildProcess> {
  const server = spawn(process.execPath, [worc, 'serve', '--socket', path, '--log', 'silent'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  await once(server.stdout, 'data')
  return server
}

async function held(jit: JIT): Promise<unknown> {
  const { symbols, units, trackers, modules, functionSlots, tlsBytes } = await jit.stats()
  return { symbols, units, trackers, modules, functionSlots, tlsBytes }
}

const comesBackWithinMs = 30_000

async function comeBack(jit: JIT, observer: RemoteJIT, before: unknown, signal: AbortSignal): Promise<void> {
  const end = performance.now() + comesBackWithinMs
  for (;;) {
    const { connections, blobBytes, bufferBytes, functions, programs } = await observer.status()
    const after = await held(jit)
    const left = { connections, blobBytes, bufferBytes, functions, programs }
    const expected = { connections: 1, blobBytes: 0, bufferBytes: 0, functions: 1, programs: 0 }
    if (isDeepStrictEqual(after, before) && isDeepStrictEqual(left, expected)) return jit.session.verify()
    if (signal.aborted) return
    if (performance.now() > end) throw new Error(`not all came back: ${JSON.stringify({ before, after, left })}`)
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}
