// A gateway's own thread dies, or its session does: no client waits for ever, and what they held is given back.
import { expect } from 'chai'
import { startHouse } from 'worc/house'
import type { House } from 'worc/house'
import { absoluteSymbols, attach, connect } from 'worc'
import type { JITDylib, RemoteJIT } from 'worc'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setImmediate as turn } from 'node:timers/promises'
import { rejection } from '../worc/rejection.js'

describe('a gateway that dies', function () {
  let directory: string
  let house: House
  let url = ''
  before(async () => {
    directory = mkdtempSync(join(tmpdir(), 'worc-gateway-death-'))
    house = await startHouse({ compileThreads: 1 })
    const limits = {
      connections: 4,
      asksInFlight: 256,
      blobBytes: 1e6,
      definedBytes: 1e6,
      units: 100,
      trackers: 100,
      dylibs: 10,
      functions: 100,
      bufferBytes: 1e6,
      programs: 1,
      compileMs: 60_000,
      executorMs: 60_000,
    }
    const address = { path: join(directory, 'worc.sock') }
    const settings = {
      address,
      token: 'secret',
      limits,
      graceMs: 0,
      drainMs: 1000,
      executors: 1,
      log: 'silent',
    } as const
    url = (await house.startGateway(settings)).url
  })
  after(async () => {
    await house.close()
    rmSync(directory, { recursive: true, force: true })
  })

  it('its clients hear ConnectionLost, the session is as it was, and a successor serves in the same place', async () => {
    const inside = await attach(house.clientPort())
    const before = await inside.stats()
    const client = await connect(url, { token: 'secret' })
    const tracker = client.main.createResourceTracker()
    await client.main.define(absoluteSymbols({ here: { address: 16, flags: { exported: true } } }), tracker)
    const pending = rejection(client.session.lookup({ searchOrder: [await waitingDylib(client)], symbols: ['never'] }))
    const [name = ''] = [...house.workers.keys()].filter((worker) => worker.startsWith('gateway'))
    house.workers.get(name)?.kill({ code: 'Aborted', message: 'for a test' })
    expect((await pending).code).to.equal('ConnectionLost')
    expect((await rejection(client.stats())).code).to.equal('ConnectionLost')
    tracker[Symbol.dispose]()

    const again = await reconnected(url)
    // What the lost client had under its tracker, the default one has: a handle that nobody holds any more.
    expect((await again.lookupData('here')).address).to.equal(16)
    await again.main.remove(['here'])
    await again[Symbol.asyncDispose]()
    // Its dylibs nobody counts any more: they stay, for whoever knows their names.
    const left = await inside.session.getJITDylibByName('waiting 1')
    if (left !== undefined) await inside.session.removeJITDylibs([left])
    expect((await inside.stats()).symbols).to.equal(before.symbols)
    await inside.session.verify()
    await inside[Symbol.asyncDispose]()
  })

  it('with the session, everybody hears that it has ended', async () => {
    const client = await reconnected(url)
    const dylib = await waitingDylib(client)
    const pending = rejection(client.session.lookup({ searchOrder: [dylib], symbols: ['never'] }))
    house.workers.get('session')?.kill({ code: 'Aborted', message: 'for a test' })
    expect((await pending).code).to.be.oneOf(['SessionClosed', 'ConnectionLost', 'ActorDied'])
  })
})

let dylibs = 0

/** Whoever looks up what it has, waits. */
async function waitingDylib(client: RemoteJIT): Promise<JITDylib> {
  const dylib = await client.session.createJITDylib(`waiting ${(dylibs += 1)}`)
  await dylib.define({ name: 'never', symbols: { never: { exported: true } }, materialize: () => undefined })
  return dylib
}

/** The successor needs a moment to listen. */
async function reconnected(url: string): Promise<RemoteJIT> {
  for (;;)
    try {
      return await connect(url, { token: 'secret' })
    } catch {
      await turn()
    }
}
