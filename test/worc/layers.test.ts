// Whoever writes a layer: units, responsibilities, managers and generators of users, and the doors of the house's own layers.
import { expect } from 'chai'
import { after, afterEach, before, describe, it } from 'mocha'
import type { MaterializationResponsibility, ResourceKey, ResourceManager } from 'worc'
import { JIT, JITError, absoluteSymbols } from 'worc'
import { rejection, rootCode } from './rejection.js'

describe('a layer of the user’s own', () => {
  let jit: JIT
  before(async () => {
    jit = await JIT.start({ compileThreads: 1 })
  })
  after(() => jit[Symbol.asyncDispose]())
  afterEach(async () => {
    await jit.main.clear()
    await jit.session.verify()
  })

  function unit(name: string, materialize: (responsibility: MaterializationResponsibility) => void | Promise<void>) {
    return { name: `unit ${name}`, symbols: { [name]: { exported: true } }, materialize }
  }

  it('materialize runs once, when a symbol is looked up, and its address is what the lookup gives', async () => {
    let runs = 0
    await jit.main.define(
      unit('Foo', async (responsibility) => {
        runs += 1
        expect([...(await responsibility.requestedSymbols())]).to.deep.equal(['Foo'])
        await responsibility.notifyResolved({ Foo: { address: 0x1000, flags: { exported: true } } })
        await responsibility.notifyEmitted()
      }),
    )
    await jit.session.drain()
    expect(runs).to.equal(0)
    expect((await jit.lookupData('Foo')).address).to.equal(0x1000)
    expect((await jit.lookupData('Foo')).address).to.equal(0x1000)
    expect(runs).to.equal(1)
  })

  it('compile.emit and objects.emit finish a responsibility', async () => {
    await jit.main.define({
      ...unit('made', (responsibility) =>
        jit.compile.emit(responsibility, { language: 'c', text: 'int made(void) { return 5; }' }),
      ),
      symbols: { made: { exported: true, callable: true } },
    })
    expect((await jit.lookup('made'))()).to.equal(5)
    await jit.main.define(
      unit('broken', (responsibility) => jit.objects.emit(responsibility, new Uint8Array([1, 2, 3]))),
    )
    expect(rootCode(await rejection(jit.lookupData('broken')))).to.equal('BadObject')
  })

  it('remove (while materializing): everything but failMaterialization answers ResourceTrackerDefunct', async () => {
    const tracker = jit.main.createResourceTracker()
    const entered: MaterializationResponsibility[] = []
    await jit.main.define(
      unit('Bar', (responsibility) => void entered.push(responsibility)),
      tracker,
    )
    const looking = rejection(jit.lookupData('Bar'))
    while (entered.length === 0) await new Promise((resolve) => setImmediate(resolve))
    const [responsibility] = entered
    if (responsibility === undefined) throw new Error('not entered')
    await tracker.remove()
    expect((await looking).code).to.equal('FailedToMaterialize')
    const ran: ResourceKey[] = []
    for (const attempt of [
      responsibility.notifyResolved({ Bar: { address: 1, flags: {} } }),
      responsibility.notifyEmitted(),
      responsibility.defineMaterializing({ Baz: {} }),
      responsibility.delegate(['Bar']),
      responsibility.withResourceKeyDo((key) => void ran.push(key)),
    ]) {
      expect((await rejection(attempt)).code).to.equal('ResourceTrackerDefunct')
    }
    expect(ran).to.deep.equal([])
    await responsibility.failMaterialization()
  })

  it('withResourceKeyDo: what is filed under the key is given to the removal, managers last registered first', async () => {
    const heard: string[] = []
    const filed = new Set<ResourceKey>()
    const manager = (name: string): ResourceManager => ({
      handleRemoveResources: (_, key) => {
        heard.push(`${name} ${filed.delete(key)}`)
      },
      handleTransferResources: (_, destination, source) => {
        if (filed.delete(source)) filed.add(destination)
      },
    })
    const managers = [manager('first'), manager('second')]
    for (const each of managers) await jit.session.registerResourceManager(each)
    const tracker = jit.main.createResourceTracker()
    await tracker.withResourceKeyDo((key) => void filed.add(key))
    const destination = jit.main.createResourceTracker()
    await tracker.transferTo(destination)
    expect([...filed]).to.deep.equal([await destination.keyUnsafe()])
    await destination.remove()
    expect(heard).to.deep.equal(['second true', 'first false'])
    for (const each of managers) await jit.session.deregisterResourceManager(each)
  })

  it('a responsibility dropped unfinished fails, once it is collected', async () => {
    await jit.main.define(unit('dropped', () => undefined))
    const looking = rejection(jit.lookupData('dropped'))
    await jit.session.lookupFlags({ searchOrder: [jit.main], symbols: ['dropped'] })
    const collect = (globalThis as { gc?: () => void }).gc
    if (collect === undefined) throw new Error('the tests run with --expose-gc')
    let settled = false as boolean
    void looking.then(() => (settled = true))
    while (!settled) {
      collect()
      await new Promise((resolve) => setImmediate(resolve))
    }
    expect(rootCode(await looking)).to.equal('UserError')
  })

  it('a tracker whose last handle is disposed moves what it holds to the default tracker', async () => {
    const tracker = jit.main.createResourceTracker()
    await jit.addC('int kept(void) { return 6; }', { tracker })
    const kept = await jit.lookup('kept')
    tracker[Symbol.dispose]()
    expect(kept()).to.equal(6)
    await jit.main.defaultResourceTracker.remove()
    expect(kept.alive).to.equal(false)
  })

  it('a generator is asked for what a dylib lacks, and may take its time', async () => {
    const asked: string[][] = []
    const generator = {
      tryToGenerate: async (lookup: { dylib: typeof jit.main; names: ReadonlyMap<string, unknown> }) => {
        asked.push([...lookup.names.keys()])
        await lookup.dylib.define(absoluteSymbols({ generated: { address: 77, flags: { exported: true } } }))
      },
    }
    await jit.main.addGenerator(generator)
    expect((await jit.lookupData('generated')).address).to.equal(77)
    expect(asked).to.deep.equal([['generated']])
    await jit.main.removeGenerator(generator)
    expect((await rejection(jit.lookupData('missing'))).code).to.equal('SymbolsNotFound')
  })

  it('executorMemory: an allocation is finalized or abandoned, once', async () => {
    const before = await jit.stats()
    const allocation = await jit.executorMemory.allocate(100, { alignment: 64 })
    expect(allocation.address % 64).to.equal(0)
    allocation.bytes.fill(7)
    const finalized = await allocation.finalize()
    expect((await rejection(allocation.abandon())).code).to.equal('BadArgument')
    expect((await jit.stats()).memoryBytes).to.be.greaterThan(before.memoryBytes)
    await finalized.deallocate()
    expect(await rejection(finalized.deallocate())).to.be.instanceOf(JITError)
    expect((await jit.stats()).memoryBytes).to.equal(before.memoryBytes)
  })
})
