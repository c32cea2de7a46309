// A failure keeps its reason until it is reset, and then the same units are compiled and linked again under their trackers.
import { expect } from 'chai'
import { after, afterEach, before, describe, it } from 'mocha'
import { JIT } from 'worc'
import { rejection, rootCode } from '../worc/rejection.js'
import { HeldUnit } from './held-unit.js'

describe('reset, through the face', () => {
  let jit: JIT
  before(async () => {
    jit = await JIT.start({ compileThreads: 1 })
  })
  after(() => jit[Symbol.asyncDispose]())
  afterEach(async () => {
    await jit.main.clear()
    await jit.session.verify()
  })

  it('a unit that referenced what was missing links when it is there [P10]', async () => {
    const empty = await jit.stats()
    const tracker = jit.main.createResourceTracker()
    await jit.addC('int later(void); int early(void) { return later() + 1; }', { tracker })
    const error = await rejection(jit.lookup('early'))
    expect(rootCode(error)).to.equal('SymbolsNotFound')
    expect((await rejection(jit.lookup('early'))).message).to.equal(error.message)
    await jit.addC('int later(void) { return 41; }', { tracker })
    expect((await rejection(jit.lookup('early'))).message).to.equal(error.message)
    await jit.main.reset(['early'])
    expect((await jit.lookup('early'))()).to.equal(42)
    await tracker.remove({ wait: 'reclaimed' })
    expect(await jit.stats()).to.deep.equal(empty)
  })

  it('whoever failed with it is reset too where no name is given; ready neighbours get new code', async () => {
    const empty = await jit.stats()
    const [first, second] = [jit.main.createResourceTracker(), jit.main.createResourceTracker()]
    await jit.addC('int missing(void); int middle(void) { return missing(); }', { tracker: first })
    await jit.addC('int middle(void); int outer(void) { return middle() + 1; } int aside(void) { return 5; }', {
      tracker: second,
    })
    expect((await rejection(jit.lookup('outer'))).code).to.equal('FailedToMaterialize')
    const aside = await jit.lookup('aside').catch(() => undefined)
    await jit.addC('int missing(void) { return 1; }', { tracker: first })
    await jit.main.reset()
    expect((await jit.lookup('outer'))()).to.equal(2)
    expect((await jit.lookup('aside'))()).to.equal(5)
    if (aside !== undefined) expect(aside()).to.equal(5)
    for (const tracker of [first, second]) await tracker.remove({ wait: 'reclaimed' })
    expect(await jit.stats()).to.deep.equal(empty)
  })

  it('what was linked and failed with what it waited for is given back, where none of it was ready', async () => {
    const empty = await jit.stats()
    const tracker = jit.main.createResourceTracker()
    const held = new HeldUnit({ later: { exported: true, callable: true } })
    await jit.main.define(held)
    const text = 'static int words[1000] = {7}; extern char later[]; int early(int n) { return words[n] + later[n]; }'
    await jit.addC(text, { tracker })
    const memoryBytes: number[] = []
    for (let attempt = 0; attempt < 3; attempt += 1) {
      const lookup = rejection(jit.lookup('early'))
      const responsibility = await held.responsibility()
      await responsibility.notifyResolved({ later: { address: 64, flags: { exported: true } } })
      await jit.session.lookup({ searchOrder: [jit.main], symbols: ['early'], requiredState: 'emitted' })
      memoryBytes.push((await jit.stats()).memoryBytes)
      await responsibility.failMaterialization(new Error('not yet'))
      expect((await lookup).code).to.equal('FailedToMaterialize')
      await jit.main.reset()
    }
    expect(memoryBytes[0]).to.be.at.least(empty.memoryBytes + 4000)
    expect(memoryBytes).to.deep.equal(Array(3).fill(memoryBytes[0]))
    await jit.session.drain()
    while ((await jit.stats()).memoryBytes > empty.memoryBytes) await new Promise((done) => setImmediate(done))
    expect((await jit.stats()).modules).to.equal(empty.modules)
    await tracker.remove()
  })

  it('a user’s unit that failed once is asked again', async () => {
    let attempts = 0
    await jit.main.define({
      name: 'flaky',
      symbols: { flaky: { exported: true } },
      materialize: async (responsibility) => {
        attempts += 1
        if (attempts === 1) throw new Error('not the first time')
        await responsibility.notifyResolved({ flaky: { address: 48, flags: { exported: true } } })
        await responsibility.notifyEmitted()
      },
    })
    expect((await rejection(jit.lookupData('flaky'))).message).to.include('not the first time')
    expect((await rejection(jit.lookupData('flaky'))).message).to.include('not the first time')
    expect(attempts).to.equal(1)
    await jit.main.reset(['flaky'])
    expect((await jit.lookupData('flaky')).address).to.equal(48)
    expect((await rejection(jit.main.reset(['nowhere']))).code).to.equal('SymbolsNotFound')
  })
})
