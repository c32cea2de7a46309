// A thread that asks for more than may wait: what asks for still more is refused by name, and what gives something back never is.
import { expect } from 'chai'
import { after, before, describe, it } from 'mocha'
import type { JITError, ResourceTracker } from 'worc'
import { JIT } from 'worc'
import { rejection } from './rejection.js'

/** More than lies unhandled at the session and waits here together. */
const flood = 6000

describe('JIT, with a full mailbox', () => {
  let jit: JIT
  before(async () => {
    jit = await JIT.start({ compileThreads: 1 })
  })
  after(() => jit[Symbol.asyncDispose]())

  /** In one turn: nothing is answered before the last was asked. */
  function fill(tracker: ResourceTracker): Promise<readonly PromiseSettledResult<boolean>[]> {
    return Promise.allSettled(Array.from({ length: flood }, () => tracker.isDefunct()))
  }

  it('questions are refused with Overloaded, and all the others answered', async () => {
    const answers = await fill(jit.main.createResourceTracker())
    const refused = answers.flatMap((answer) => (answer.status === 'rejected' ? [answer.reason as JITError] : []))
    expect(refused.length).to.be.within(1, flood - 1)
    expect(new Set(refused.map(({ code }) => code))).to.deep.equal(new Set(['Overloaded']))
  })

  it('what gives something back is taken: a drop, a removal, the end of a lease', async () => {
    const [dropped, removed, leased] = [1, 2, 3].map(() => jit.main.createResourceTracker()) as [
      ResourceTracker,
      ResourceTracker,
      ResourceTracker,
    ]
    // The lease is granted, and released, while the flood is on its way.
    const granted = leased.withResourceKeyDo(() => void fill(leased))
    await granted
    const filled = fill(removed)
    dropped[Symbol.dispose]()
    const removal = removed.remove()
    const removalOfLeased = leased.remove()
    await Promise.all([removal, removalOfLeased, filled])
    expect(await removed.isDefunct()).to.equal(true)
    expect(await leased.isDefunct()).to.equal(true)
    await jit.session.drain()
  })

  it('memory that could not be finalized is still to be given back', async () => {
    const { memoryBytes } = await jit.stats()
    const allocation = await jit.executorMemory.allocate(1000)
    const filled = fill(jit.main.createResourceTracker())
    expect((await rejection(allocation.finalize())).code).to.equal('Overloaded')
    await allocation.abandon()
    await filled
    expect((await jit.stats()).memoryBytes).to.equal(memoryBytes)
    expect((await rejection(allocation.abandon())).code).to.equal('BadArgument')
  })
})
