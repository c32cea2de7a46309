// Handles in a user's own comlink calls: what arrives in the other thread works there.
import * as Comlink from 'comlink'
import { Worker } from 'node:worker_threads'
import { expect } from 'chai'
import { after, before, describe, it } from 'mocha'
import { JIT, installTransferHandlers } from 'worc'
import { nodeEndpoint } from '@worc/mailbox'
import type { Receiver } from './handle-receiver.js'

describe('installTransferHandlers', () => {
  let jit: JIT
  let worker: Worker
  let receiver: Comlink.Remote<Receiver>
  before(async () => {
    installTransferHandlers(Comlink.transferHandlers)
    jit = await JIT.start({ compileThreads: 1 })
    const port = jit.port()
    worker = new Worker(new URL('./handle-receiver.js', import.meta.url), { workerData: port, transferList: [port] })
    receiver = Comlink.wrap<Receiver>(nodeEndpoint(worker))
  })
  after(async () => {
    await worker.terminate()
    await jit[Symbol.asyncDispose]()
  })

  it('carries a function, a dylib and a tracker, and a function back', async () => {
    const tracker = jit.main.createResourceTracker()
    await jit.addC('int add(int a, int b) { return a + b; }', { tracker })
    const add = await jit.lookup('add')
    expect(await receiver.call(add, 2, 3)).to.equal(5)
    await receiver.add(jit.main, tracker, 'int more(void) { return 8; }')
    const more = await receiver.lookup('more')
    expect((more as unknown as () => number)()).to.equal(8)
    await receiver.remove(tracker)
    expect(add.alive).to.equal(false)
    expect(await tracker.isDefunct()).to.equal(true)
  })
})
