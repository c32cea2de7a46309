// Sync calls in a worker thread: it waits, and meanwhile serves what the session asks of it. What could never end is refused.
import { expect } from 'chai'
import { once } from 'node:events'
import { after, afterEach, before, describe, it } from 'mocha'
import { Worker } from 'node:worker_threads'
import { JIT } from 'worc'
import { thrownBy } from '../worc/rejection.js'
import type { ScenarioName } from './waiting-thread.js'

describe('sync calls', () => {
  let jit: JIT
  let worker: Worker
  before(async () => {
    jit = await JIT.start({ compileThreads: 1 })
    const port = jit.port()
    worker = new Worker(new URL('./waiting-thread.js', import.meta.url), { workerData: port, transferList: [port] })
  })
  after(async () => {
    await worker.terminate()
    await jit[Symbol.asyncDispose]()
  })
  afterEach(async () => {
    await jit.main.clear()
    await jit.session.verify()
  })

  async function inThread(scenario: ScenarioName): Promise<unknown> {
    worker.postMessage(scenario)
    const [answer] = (await once(worker, 'message')) as [unknown]
    return answer
  }

  it('notifyResolvedSync, notifyEmittedSync: a unit of the thread that waits for it [S08]', async () => {
    expect(await inThread('finishing')).to.equal(0x10)
  })

  it('failMaterializationSync: the lookup that waits hears why', async () => {
    expect(await inThread('failing')).to.deep.equal(['FailedToMaterialize', 'UserError'])
  })

  it('lookupSync inside a unit, of another unit of the thread', async () => {
    expect(await inThread('nested')).to.equal(0x21)
  })

  it('lookupSync in a ring of units is WouldDeadlock, through an alias too [P33]', async () => {
    expect(await inThread('ring')).to.equal('WouldDeadlock')
    expect(await inThread('aliasRing')).to.equal('WouldDeadlock')
  })

  it('what needs the waiting thread’s event loop is WouldDeadlock: a unit that awaits, a generator that suspends', async () => {
    expect(await inThread('asynchronousUnit')).to.equal('WouldDeadlock')
    expect(await inThread('suspendingGenerator')).to.deep.equal(['WouldDeadlock'])
  })

  it('lookupSync inside a generator that waits for that generator is WouldDeadlock, through a unit too', async () => {
    const refused = ['WouldDeadlock']
    expect(await inThread('askingGenerator')).to.deep.equal([['SymbolsNotFound'], [refused, refused], 1])
  })

  it('a generator and a filter that answer at once are served', async () => {
    expect(await inThread('generator')).to.deep.equal([0x40, ['SymbolsNotFound']])
  })

  it('a resource manager is served, so that a removal goes on', async () => {
    expect(await inThread('manager')).to.deep.equal([['SymbolsNotFound'], 1])
  })

  it('after the tracker is gone: refused, failMaterializationSync apart', async () => {
    const refused = ['ResourceTrackerDefunct']
    expect(await inThread('refused')).to.deep.equal([refused, refused, ['ok'], 'FailedToMaterialize'])
  })

  it('in the thread of an inline session: WouldDeadlock', async () => {
    const inline = await JIT.start({ compileThreads: 1, inline: true })
    const request = { searchOrder: [inline.main], symbols: ['Foo'] }
    expect(thrownBy(() => inline.session.lookupSync(request)).code).to.equal('WouldDeadlock')
    await inline[Symbol.asyncDispose]()
  })
})
