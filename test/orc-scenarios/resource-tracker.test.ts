// Trackers and resource managers, along the axis before, while and after materializing. The scenarios are those that LLVM pins
// down in ResourceTrackerTest.cpp and ObjectLinkingLayerTest.cpp, and what follows when they are put together.
import { expect } from 'chai'
import { readFileSync } from 'node:fs'
import { after, afterEach, before, beforeEach, describe, it } from 'mocha'
import type { JITDylib, ResourceKey } from 'worc'
import { JIT, absoluteSymbols } from 'worc'
import { HeldUnit, finish } from '../scenarios/held-unit.js'
import { rejection, rootCode } from '../worc/rejection.js'
import { Ledger, defined, definitionsOf, exported, filedUnit, fooAddress, watchLookup } from './core-session.js'

describe('ResourceTracker, as LLVM tests it', () => {
  let jit: JIT
  let main: JITDylib
  let ledger: Ledger
  before(async () => {
    jit = await JIT.start({ compileThreads: 1, inline: true })
    main = jit.main
  })
  after(() => jit[Symbol.asyncDispose]())
  beforeEach(async () => {
    ledger = new Ledger()
    await jit.session.registerResourceManager(ledger)
  })
  afterEach(async () => {
    await main.clear()
    await jit.session.deregisterResourceManager(ledger)
    await jit.session.verify()
  })

  it('remove (before materializing): the name is gone, the unit is disposed of, the manager hears a key it knows nothing of', async () => {
    const tracker = main.createResourceTracker()
    const unit = new HeldUnit(['Foo'])
    await main.define(unit, tracker)
    const key = await tracker.keyUnsafe()
    await tracker.remove()
    expect(await defined(jit.session, main, ['Foo'])).to.deep.equal([])
    expect(ledger.removed).to.deep.equal([key])
    expect(ledger.entries.size).to.equal(0)
    expect([unit.disposed, unit.discarded]).to.deep.equal([1, []])
  })

  it('remove (after materializing): what was filed under the key is given up with it', async () => {
    const tracker = main.createResourceTracker()
    await main.define(filedUnit(ledger, ['Foo']), tracker)
    await jit.lookupData('Foo')
    const key = await tracker.keyUnsafe()
    expect([...ledger.entries]).to.deep.equal([[key, 1]])
    await tracker.remove()
    expect(await defined(jit.session, main, ['Foo'])).to.deep.equal([])
    expect([ledger.removed, ledger.entries.size]).to.deep.equal([[key], 0])
  })

  it('remove (while materializing): the query fails after the managers were told, and the responsibility hears it at its next step', async () => {
    const order: string[] = []
    const tracker = main.createResourceTracker()
    const unit = new HeldUnit(['Foo'])
    await main.define(unit, tracker)
    const lookup = rejection(jit.lookupData('Foo')).then((error) => {
      order.push(`query: ${error.code}`)
      return error
    })
    const responsibility = await unit.responsibility()
    const watching = {
      handleRemoveResources: () => void order.push('manager'),
      handleTransferResources: () => undefined,
    }
    await jit.session.registerResourceManager(watching)
    await tracker.remove()
    expect(rootCode(await lookup)).to.equal('ResourceTrackerDefunct')
    expect(order).to.deep.equal(['manager', 'query: FailedToMaterialize'])
    expect(await defined(jit.session, main, ['Foo'])).to.deep.equal([])
    const entered: ResourceKey[] = []
    expect((await rejection(responsibility.withResourceKeyDo((key) => void entered.push(key)))).code).to.equal(
      'ResourceTrackerDefunct',
    )
    expect(entered).to.deep.equal([])
    expect((await rejection(responsibility.notifyResolved(definitionsOf(['Foo'])))).code).to.equal(
      'ResourceTrackerDefunct',
    )
    await responsibility.failMaterialization()
    await jit.session.deregisterResourceManager(watching)
  })

  it('clear: what two units filed lies under one key, the default tracker’s, and goes', async () => {
    await main.define(filedUnit(ledger, ['Foo']))
    await main.define(filedUnit(ledger, ['Bar']))
    expect(ledger.entries.size).to.equal(0)
    await jit.session.lookup({ searchOrder: [main], symbols: ['Foo', 'Bar'] })
    expect([...ledger.entries]).to.deep.equal([[await main.defaultResourceTracker.keyUnsafe(), 2]])
    await main.clear()
    expect(ledger.entries.size).to.equal(0)
    expect(await defined(jit.session, main, ['Foo', 'Bar'])).to.deep.equal([])
  })

  it('transferTo (before materializing): the manager hears of it, and both units file under the destination', async () => {
    const [foo, bar] = [main.createResourceTracker(), main.createResourceTracker()]
    await main.define(filedUnit(ledger, ['Foo']), foo)
    await main.define(filedUnit(ledger, ['Bar']), bar)
    const [fooKey, barKey] = [await foo.keyUnsafe(), await bar.keyUnsafe()]
    await bar.transferTo(foo)
    expect(ledger.transferred).to.deep.equal([[barKey, fooKey]])
    expect([await foo.isDefunct(), await bar.isDefunct()]).to.deep.equal([false, true])
    await jit.session.lookup({ searchOrder: [main], symbols: ['Foo', 'Bar'] })
    expect([...ledger.entries]).to.deep.equal([[fooKey, 2]])
    await foo.remove()
    expect(await defined(jit.session, main, ['Foo', 'Bar'])).to.deep.equal([])
  })

  it('transferTo (after materializing): what both filed is the destination’s', async () => {
    const [foo, bar] = [main.createResourceTracker(), main.createResourceTracker()]
    await main.define(filedUnit(ledger, ['Foo']), foo)
    await main.define(filedUnit(ledger, ['Bar']), bar)
    await jit.session.lookup({ searchOrder: [main], symbols: ['Foo', 'Bar'] })
    expect(ledger.entries.size).to.equal(2)
    await bar.transferTo(foo)
    expect(await bar.isDefunct()).to.equal(true)
    expect([...ledger.entries]).to.deep.equal([[await foo.keyUnsafe(), 2]])
    await bar.remove()
    expect(ledger.removed).to.deep.equal([])
    expect(await defined(jit.session, main, ['Foo', 'Bar'])).to.deep.equal(['Foo', 'Bar'])
  })

  it('transferTo (while materializing): filed before and after it, everything lies under the destination', async () => {
    const [source, destination] = [main.createResourceTracker(), main.createResourceTracker()]
    const unit = new HeldUnit(['Foo'])
    await main.define(unit, source)
    const lookup = watchLookup(jit.session, main, ['Foo'])
    const responsibility = await unit.responsibility()
    const file = (): Promise<ResourceKey> =>
      responsibility.withResourceKeyDo((key) => {
        ledger.record(key)
        return key
      })
    expect(await file()).to.equal(await source.keyUnsafe())
    await source.transferTo(destination)
    const key = await destination.keyUnsafe()
    expect(await file()).to.equal(key)
    expect([...ledger.entries]).to.deep.equal([[key, 2]])
    await finish(responsibility)
    await lookup.promise
    await destination.remove()
    expect([ledger.removed, ledger.entries.size]).to.deep.equal([[key], 0])
  })

  it('transferTo: 64 trackers that linked something, each to one that its manager has never heard of', async () => {
    const empty = await jit.stats()
    const object = readFileSync(new URL('../../jitlink/fixtures/clang22/data.o', import.meta.url))
    const destinations = []
    for (let n = 0; n < 64; n += 1) {
      const lib = await jit.session.createJITDylib(`lib ${n}`)
      const source = lib.createResourceTracker()
      await lib.define(absoluteSymbols({ shared: { address: 64, flags: exported } }))
      await jit.addObject(object, { dylib: lib, tracker: source })
      expect((await jit.lookupData('origin', { dylib: lib })).address).to.be.greaterThan(0)
      const destination = lib.createResourceTracker()
      await source.transferTo(destination)
      destinations.push(destination)
    }
    expect((await jit.stats()).memoryBytes).to.be.at.least(empty.memoryBytes + 64 * 16)
    await Promise.all(destinations.map((tracker) => tracker.remove({ wait: 'reclaimed' })))
    await jit.session.removeJITDylibs(destinations.map(({ dylib }) => dylib))
    expect((await jit.stats()).memoryBytes).to.equal(empty.memoryBytes)
  })

  it('a key is one tracker’s for good: no later tracker is given that of one that went', async () => {
    const keys = new Set<ResourceKey>()
    for (let n = 0; n < 50; n += 1) {
      const tracker = main.createResourceTracker()
      await main.define(absoluteSymbols(definitionsOf(['Foo'])), tracker)
      keys.add(await tracker.keyUnsafe())
      await tracker.remove()
    }
    expect(keys.size).to.equal(50)
  })

  it('withResourceKeyDo of a tracker: runs with its key, and what the body throws is the caller’s', async () => {
    const tracker = main.createResourceTracker()
    expect(await tracker.withResourceKeyDo((key) => key)).to.equal(await tracker.keyUnsafe())
    const thrown = await tracker
      .withResourceKeyDo((): number => {
        throw new TypeError('mine')
      })
      .catch((error: unknown) => error)
    expect(thrown).to.be.instanceOf(TypeError)
    await tracker.remove()
    expect((await rejection(tracker.withResourceKeyDo((key) => key))).code).to.equal('ResourceTrackerDefunct')
  })

  it('a tracker belongs to its dylib: neither define nor transfer crosses into another', async () => {
    const lib = await jit.session.createBareJITDylib('another')
    const [here, there] = [main.createResourceTracker(), lib.createResourceTracker()]
    expect((await rejection(main.define(absoluteSymbols(definitionsOf(['Foo'])), there))).code).to.equal('WrongOwner')
    expect((await rejection(here.transferTo(there))).code).to.equal('WrongOwner')
    expect(await here.isDefunct()).to.equal(false)
    await jit.session.removeJITDylibs([lib])
  })

  it('one tracker over many units: all of them go, in one call of each manager', async () => {
    const tracker = main.createResourceTracker()
    for (const name of ['Foo', 'Bar', 'Baz']) await main.define(filedUnit(ledger, [name]), tracker)
    await jit.session.lookup({ searchOrder: [main], symbols: ['Foo', 'Baz'] })
    expect([...ledger.entries.values()]).to.deep.equal([2])
    await tracker.remove()
    expect([ledger.removed.length, ledger.entries.size]).to.deep.equal([1, 0])
    expect(await defined(jit.session, main, ['Foo', 'Bar', 'Baz'])).to.deep.equal([])
    await main.define(absoluteSymbols({ Foo: { address: fooAddress, flags: exported } }))
    expect((await jit.lookupData('Foo')).address).to.equal(fooAddress)
  })
})
