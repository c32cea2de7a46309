// Removal of linked code, through the face: while it runs, while others call it, while managers, lookups and dependants are
// concerned.
import { expect } from 'chai'
import { after, afterEach, before, describe, it } from 'mocha'
import type { JITDylib, ResourceKey, ResourceManager } from 'worc'
import { JIT, absoluteSymbols } from 'worc'
import { startThread } from '../worc/other-thread.js'
import { rejection, rootCode, thrownBy } from '../worc/rejection.js'
import { HeldUnit, exported, finish, resolve } from './held-unit.js'

describe('removal, through the face', () => {
  let jit: JIT
  let main: JITDylib
  before(async () => {
    jit = await JIT.start({ compileThreads: 1 })
    main = jit.main
  })
  after(() => jit[Symbol.asyncDispose]())
  afterEach(async () => {
    await main.clear()
    await jit.session.verify()
  })

  it('of code that another thread is inside: it runs to its end, then it is gone, and its memory is back [PC] [S34]', async () => {
    const [code, word] = [main.createResourceTracker(), main.createResourceTracker()]
    await jit.addC('volatile int inside, stop;', { tracker: word })
    await jit.addC('extern volatile int inside, stop; int f(int n) { inside = 1; while (!stop); return n + 1; }', {
      tracker: code,
    })
    const [inside, stop] = await Promise.all(
      ['inside', 'stop'].map(async (name) => (await jit.lookupData(name)).address / 4),
    )
    const before = await jit.stats()
    const thread = await startThread(jit)
    await thread.tell({ do: 'lookup', name: 'f' })
    const running = thread.tell({ do: 'call', name: 'f', args: [41] })
    const words = new Int32Array(jit.memory.buffer)
    while (Atomics.load(words, inside ?? 0) === 0) await new Promise((done) => setImmediate(done))
    await code.remove()
    Atomics.store(words, stop ?? 0, 1)
    expect(await running).to.equal(42)
    await code.remove({ wait: 'reclaimed' })
    expect((await jit.stats()).modules).to.equal(before.modules)
    const again = await thread.tell({ do: 'call', name: 'f', args: [1] }).catch((error: unknown) => error)
    expect(again).to.have.property('message', 'CodeRemoved')
    await thread.end()
  })

  it('of a callee whose caller stays: the call throws CodeRemoved, in every thread, and names it; a call through a pointer stops too [PD] [P12] [S34]', async () => {
    const callee = main.createResourceTracker()
    await jit.addC('int callee(void) { return 1; }', { tracker: callee })
    await jit.addC(
      'int callee(void); int caller(void) { return callee() + 1; } int (*pointer)(void) = callee; int byPointer(void) { return pointer(); }',
    )
    const thread = await startThread(jit)
    await thread.tell({ do: 'lookup', name: 'caller' })
    const [caller, byPointer] = [await jit.lookup('caller'), await jit.lookup('byPointer')]
    expect([caller(), byPointer(), await thread.tell({ do: 'call', name: 'caller', args: [] })]).to.deep.equal([
      2, 1, 2,
    ])
    await callee.remove({ wait: 'reclaimed' })
    expect(thrownBy(() => caller()).message).to.include('callee')
    expect(thrownBy(() => byPointer()).code).to.be.oneOf(['CodeRemoved', 'Trap'])
    const elsewhere = await thread.tell({ do: 'call', name: 'caller', args: [] }).catch((error: unknown) => error)
    expect(elsewhere).to.have.property('message', 'CodeRemoved')
    await thread.end()
  })

  it('what a lookup gives can be called at once, in whatever thread it was asked [S19] [S10]', async () => {
    const thread = await startThread(jit)
    for (let round = 0; round < 3; round += 1) {
      await jit.addC(`int helper${round}(void) { return ${round}; }`)
      await jit.addC(`int helper${round}(void); int fresh${round}(void) { return helper${round}() + 1; }`)
      await thread.tell({ do: 'lookup', name: `fresh${round}` })
      expect(await thread.tell({ do: 'call', name: `fresh${round}`, args: [] })).to.equal(round + 1)
    }
    await thread.end()
  })

  it('racing a lookup: it gets the code or hears that it is gone, and never waits [P36]', async () => {
    const outcomes: string[] = []
    for (let round = 0; round < 30; round += 1) {
      const tracker = main.createResourceTracker()
      const unit = new HeldUnit(['Foo'])
      await main.define(unit, tracker)
      const lookup = jit.lookupData('Foo').then(
        () => 'ok',
        (error: unknown) => (error as { code: string }).code,
      )
      if (round % 3 > 0) {
        const responsibility = await unit.responsibility()
        void finish(responsibility).catch(() => undefined)
      }
      await tracker.remove()
      outcomes.push(await lookup)
    }
    for (const outcome of outcomes) expect(outcome).to.be.oneOf(['ok', 'FailedToMaterialize', 'SymbolsNotFound'])
  })

  it('of what others wait for, resolved but not ready: they fail in the same turn, with the reason [P35] [S29]', async () => {
    const [low, middle, high] = ['Low', 'Middle', 'High'].map((name) => new HeldUnit([name])) as [
      HeldUnit,
      HeldUnit,
      HeldUnit,
    ]
    const tracker = main.createResourceTracker()
    await main.define(low)
    await main.define(middle, tracker)
    await main.define(high)
    const lookup = rejection(jit.lookupData('High'))
    const emit = async (unit: HeldUnit, name: string, needs: string) => {
      const responsibility = await unit.responsibility()
      await resolve(responsibility)
      await responsibility.notifyEmitted([{ symbols: [name], dependencies: new Map([[main, [needs]]]) }])
    }
    await emit(high, 'High', 'Middle')
    await emit(middle, 'Middle', 'Low')
    await tracker.remove()
    expect(rootCode(await lookup)).to.equal('ResourceTrackerDefunct')
    await finish(await low.responsibility())
    expect((await rejection(jit.lookupData('High'))).code).to.equal('FailedToMaterialize')
  })

  it('tells everybody whom it concerns, once: the unit is disposed of, its managers hear of the key [P02] [P19] [P20] [P37] [S05]', async () => {
    const heard: ResourceKey[] = []
    const manager: ResourceManager = {
      handleRemoveResources: (_, key) => void heard.push(key),
      handleTransferResources: () => undefined,
    }
    await jit.session.registerResourceManager(manager)
    const tracker = main.createResourceTracker()
    const unit = new HeldUnit(['Foo', 'Bar'])
    await main.define(unit, tracker)
    const key = await tracker.keyUnsafe()
    await tracker.remove()
    await tracker.remove()
    await jit.session.drain()
    expect(heard).to.deep.equal([key])
    expect([unit.disposed, unit.discarded]).to.deep.equal([1, []])
    await jit.session.deregisterResourceManager(manager)
  })

  it('managers are all asked, last registered first, may use the session meanwhile, and their errors are joined [P01] [P29]', async () => {
    const heard: string[] = []
    const managers = ['first', 'second', 'third'].map((name): ResourceManager => ({
      handleRemoveResources: async (dylib) => {
        heard.push(name)
        await dylib.define(absoluteSymbols({ [`by ${name}`]: { address: 1, flags: exported } }))
        if (name !== 'second') throw new Error(`${name} is stuck`)
      },
      handleTransferResources: () => undefined,
    }))
    for (const manager of managers) await jit.session.registerResourceManager(manager)
    const tracker = main.createResourceTracker()
    await main.define(absoluteSymbols({ Foo: { address: 1, flags: exported } }), tracker)
    const error = await rejection(tracker.remove())
    expect(heard).to.deep.equal(['third', 'second', 'first'])
    expect(error.joined.map(({ message }) => message)).to.deep.equal(['third is stuck', 'first is stuck'])
    expect((await rejection(jit.lookupData('Foo'))).code).to.equal('SymbolsNotFound')
    expect((await jit.lookupData('by second')).address).to.equal(1)
    for (const manager of managers) await jit.session.deregisterResourceManager(manager)
  })

  it('successes and failures are answered in the order in which they happened [P31]', async () => {
    const unit = new HeldUnit(['Foo', 'Bar', 'Baz'])
    await main.define(unit)
    const order: string[] = []
    const lookups = ['Baz', 'Bar', 'Foo'].map((name) =>
      jit.lookupData(name).then(
        () => order.push(`${name} ok`),
        () => order.push(`${name} failed`),
      ),
    )
    const responsibility = await unit.responsibility()
    const [foo, bar] = [await responsibility.delegate(['Foo']), await responsibility.delegate(['Bar'])]
    await Promise.all([finish(foo), bar.failMaterialization(), finish(responsibility)])
    await Promise.all(lookups)
    expect(order).to.deep.equal(['Bar failed', 'Foo ok', 'Baz ok'])
  })

  it('an allocation that is finalized and abandoned at once is one of them; an abandoned one is back when it says so [S10] [S11]', async () => {
    const before = await jit.stats()
    const allocation = await jit.executorMemory.allocate(4096)
    const outcomes = await Promise.allSettled([allocation.finalize(), allocation.abandon()])
    expect(outcomes.map(({ status }) => status)).to.deep.equal(['fulfilled', 'rejected'])
    if (outcomes[0].status === 'fulfilled') await outcomes[0].value.deallocate()
    const second = await jit.executorMemory.allocate(4096)
    await second.abandon()
    expect((await jit.stats()).memoryBytes).to.equal(before.memoryBytes)
  })

  it('a tracker transferred to one that nobody has used: its code goes with the new one, and memory is back [S01]', async () => {
    const empty = await jit.stats()
    const [source, destination] = [main.createResourceTracker(), main.createResourceTracker()]
    await jit.addC('int data[100] = {1}; int moved(void) { return data[0]; }', { tracker: source })
    const moved = await jit.lookup('moved')
    await source.transferTo(destination)
    await source.remove()
    expect(moved()).to.equal(1)
    await destination.remove({ wait: 'reclaimed' })
    expect(thrownBy(() => moved()).code).to.equal('CodeRemoved')
    expect(await jit.stats()).to.deep.equal(empty)
  })

  it('a dylib removed while its archive is being linked fails what is in flight, and leaves nothing [S02] [S03] [S18]', async () => {
    const empty = await jit.stats()
    const lib = await jit.session.createBareJITDylib('lib')
    await jit.addCLibrary({ dylib: lib })
    const lookups = ['malloc', 'printf', 'qsort', 'strtod'].map((name) =>
      jit.lookup(name, { dylib: lib }).then(
        () => 'ok',
        (error: unknown) => (error as { code: string }).code,
      ),
    )
    await jit.session.lookupFlags({ searchOrder: [lib], symbols: ['malloc'] })
    await jit.session.removeJITDylibs([lib])
    for (const outcome of await Promise.all(lookups)) {
      expect(outcome).to.be.oneOf(['ok', 'JITDylibDefunct', 'FailedToMaterialize'])
    }
    for (
      let stats = await jit.stats();
      stats.modules > empty.modules || stats.retiredBytes > 0;
      stats = await jit.stats()
    ) {
      await new Promise((done) => setImmediate(done))
    }
    expect((await jit.stats()).memoryBytes).to.equal(empty.memoryBytes)
  })
})
