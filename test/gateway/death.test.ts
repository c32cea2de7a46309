// Processes that die: of a client nothing is left but what it chose to leave, of a server no promise is left open.
import type { ChildProcess } from 'node:child_process'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setImmediate as turn } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { expect } from 'chai'
import type { RemoteJIT } from 'worc'
import { connect } from 'worc'
import { rejection } from '../worc/rejection.js'
import { cuttingProxy } from './cutting-proxy.js'
import type { Server } from './server.js'
import { startServer } from './server.js'

const clientProcess = fileURLToPath(new URL('./client-process.js', import.meta.url))
const worc = fileURLToPath(new URL('../bin/worc.js', import.meta.resolve('worc')))

describe('a client that dies', function () {
  let server: Server
  let observer: RemoteJIT
  before(async () => {
    server = await startServer({ graceMs: 0 })
    observer = await server.connect()
  })
  after(async () => {
    await observer[Symbol.asyncDispose]()
    await server[Symbol.asyncDispose]()
  })

  it('leaves nothing where it said remove: its code, dylib, buffer and calls are gone', async () => {
    const before = await held(server)
    await killedClient(server, 'remove', 'removed')
    await until(async () => (await observer.status()).connections === 1)
    await until(async () => JSON.stringify(await held(server)) === JSON.stringify(before))
    expect((await rejection(observer.lookup('removed'))).code).to.equal('SymbolsNotFound')
    await server.jit.session.verify()
  })

  it('leaves its code with the default tracker where it said transfer', async () => {
    await killedClient(server, 'transfer', 'transferred')
    await until(async () => (await observer.status()).connections === 1)
    expect(await (await observer.lookup('transferred'))()).to.equal(11)
    expect((await server.jit.lookup('transferred'))()).to.equal(11)
    expect(await server.jit.session.getJITDylibByName('dylib of transferred')).to.equal(undefined)
    await server.jit.session.verify()
  })
})

describe('a connection whose socket breaks', function () {
  let server: Server
  before(async () => (server = await startServer({ graceMs: 10_000 })))
  after(() => server[Symbol.asyncDispose]())

  it('goes on over another one: every call is answered once', async () => {
    const { proxy, url, cut } = await cuttingProxy(server)
    const client = await connect(url, { token: server.listening.token })
    await client.addC('static int n; int next(void) { return ++n; }')
    const next = await client.lookup('next')
    const answers: (number | bigint | undefined)[] = []
    for (let round = 0; round < 5; round++) {
      const calls = Array.from({ length: 40 }, () => next())
      setImmediate(cut)
      answers.push(...(await Promise.all(calls)))
    }
    expect(answers.map(Number).sort((a, b) => a - b)).to.deep.equal(Array.from({ length: 200 }, (_, n) => n + 1))
    expect((await client.status()).connected).to.equal(1)
    await client[Symbol.asyncDispose]()
    proxy.close()
  })
})

describe('a server that dies', function () {
  let directory: string
  before(() => (directory = mkdtempSync(join(tmpdir(), 'worc-death-'))))
  after(() => rmSync(directory, { recursive: true, force: true }))

  it('every promise rejects with ConnectionLost, and the next server takes the place', async () => {
    const path = join(directory, 'worc.sock')
    const first = await startServe(path)
    const client = await connect(path)
    await client.addC('int forever(void) { volatile int go = 1; while (go) ; return 0; }')
    const forever = await client.lookup('forever')
    const pending = [forever(), client.session.lookup({ searchOrder: [client.main], symbols: ['never'] }), forever()]
    const settled = Promise.all(pending.map(rejection))
    await client.stats()
    first.kill('SIGKILL')
    const codes = (await settled).map(({ code }) => code)
    expect([codes[0], codes[2]]).to.deep.equal(['ConnectionLost', 'ConnectionLost'])
    expect((await rejection(client.addC('int x;'))).code).to.equal('ConnectionLost')
    expect(forever.alive).to.equal(false)

    const second = await startServe(path)
    const again = await connect(path)
    await again.addC('int one(void) { return 1; }')
    expect(await (await again.lookup('one'))()).to.equal(1)
    // Drained, with a goodbye: the client hears of it.
    second.kill('SIGTERM')
    const [code] = (await once(second, 'exit')) as [number | null]
    expect(code).to.equal(0)
    expect((await rejection(again.stats())).code).to.equal('ConnectionLost')
  })
})

async function killedClient({ listening }: Server, policy: string, name: string): Promise<void> {
  const args = [clientProcess, listening.url.href, listening.token, policy, name]
  const client = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] })
  await once(client.stdout, 'data')
  client.kill('SIGKILL')
  await once(client, 'exit')
}

async function startServe(path: string): Promise<ChildProcess> {
  const server = spawn(process.execPath, [worc, 'serve', '--socket', path, '--log', 'silent'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  await once(server.stdout, 'data')
  return server
}

async function held({ jit }: Server): Promise<unknown> {
  const { symbols, units, trackers, modules, functionSlots, tlsBytes } = await jit.stats()
  return { symbols, units, trackers, modules, functionSlots, tlsBytes }
}

/** What follows a death takes a while; a test that waits in vain is ended by its limit. */
async function until(holds: () => Promise<boolean>): Promise<void> {
  while (!(await holds())) await turn()
}
