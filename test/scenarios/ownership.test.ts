// Who owns a symbol, through the face: weak and strong definitions between trackers, names removed one by one, default
// trackers, transfers; and what a session says about itself.
import { expect } from 'chai'
import { after, afterEach, before, describe, it } from 'mocha'
import type { JITDylib, ResourceKey } from 'worc'
import { JIT, absoluteSymbols } from 'worc'
import { rejection, rootCode } from '../worc/rejection.js'
import { HeldUnit, exported, finish, resolve } from './held-unit.js'

const weak = { exported: true, weak: true }

describe('ownership, through the face', () => {
  let jit: JIT
  let main: JITDylib
  before(async () => {
    jit = await JIT.start({ compileThreads: 1, inline: true })
    main = jit.main
  })
  after(() => jit[Symbol.asyncDispose]())
  afterEach(async () => {
    await main.clear()
    await jit.session.verify()
  })

  const at = (address: number) => ({ address, flags: exported })
  async function addressOf(name: string, dylib = main): Promise<number> {
    return (await jit.lookupData(name, { dylib })).address
  }

  it('define: strong over weak under another tracker; the weak one’s tracker no longer has the name [P23] [P24] [S26]', async () => {
    const [weakly, strongly] = [main.createResourceTracker(), main.createResourceTracker()]
    const unit = new HeldUnit({ Foo: weak, Bar: exported })
    await main.define(unit, weakly)
    await main.define(absoluteSymbols({ Foo: at(7) }), strongly)
    expect(unit.discarded).to.deep.equal(['Foo'])
    await weakly.remove()
    expect(await addressOf('Foo')).to.equal(7)
    await strongly.remove()
    expect((await rejection(addressOf('Foo'))).code).to.equal('SymbolsNotFound')
  })

  it('define: weak and common give way to whatever is there; a unit with nothing left is disposed of at once', async () => {
    await main.define(absoluteSymbols({ Foo: at(1), Bar: at(2) }))
    const unit = new HeldUnit({ Foo: weak, Bar: { exported: true, common: true } })
    await main.define(unit)
    expect([unit.discarded, unit.disposed]).to.deep.equal([['Foo', 'Bar'], 1])
    expect(await addressOf('Bar')).to.equal(2)
  })

  it('define: a weak definition that began to materialize is strong', async () => {
    const unit = new HeldUnit({ Foo: weak })
    await main.define(unit)
    const lookup = addressOf('Foo')
    const responsibility = await unit.responsibility()
    expect((await rejection(main.define(absoluteSymbols({ Foo: at(1) })))).code).to.equal('DuplicateDefinition')
    await finish(responsibility)
    expect(await lookup).to.equal(0x100)
  })

  it('remove(names): the name belongs to whoever defines it next, whatever becomes of the old tracker [P25] [S27]', async () => {
    const [old, next] = [main.createResourceTracker(), main.createResourceTracker()]
    const unit = new HeldUnit(['Foo', 'Bar'])
    await main.define(unit, old)
    expect((await rejection(main.remove(['Foo', 'Missing']))).code).to.equal('SymbolsNotFound')
    await main.remove(['Foo'])
    expect(unit.discarded).to.deep.equal(['Foo'])
    await main.define(absoluteSymbols({ Foo: at(3) }), next)
    const lookup = addressOf('Bar')
    const responsibility = await unit.responsibility()
    expect([...responsibility.symbols.keys()]).to.deep.equal(['Bar'])
    const error = await rejection(main.remove(['Foo', 'Bar']))
    expect(error.code).to.equal('SymbolsCouldNotBeRemoved')
    await finish(responsibility)
    await lookup
    await old.remove()
    expect(await addressOf('Foo')).to.equal(3)
  })

  it('symbols for their side effects are materialized, and have no address to be required', async () => {
    const unit = new HeldUnit({ Foo: { ...exported, sideEffectsOnly: true }, Bar: exported })
    await main.define(unit)
    expect((await rejection(addressOf('Foo'))).code).to.equal('SymbolsNotFound')
    const lookup = jit.session.lookup({ searchOrder: [main], symbols: [{ name: 'Foo', required: false }] })
    await finish(await unit.responsibility())
    expect([...(await lookup)]).to.deep.equal([])
  })

  it('the default tracker is whichever it is in that turn: removed or transferred from, the next one is new [P05] [P06] [S21]', async () => {
    const keys: ResourceKey[] = [await main.defaultResourceTracker.keyUnsafe()]
    await main.define(absoluteSymbols({ Foo: at(1) }))
    await main.defaultResourceTracker.remove()
    expect((await rejection(addressOf('Foo'))).code).to.equal('SymbolsNotFound')
    keys.push(await main.defaultResourceTracker.keyUnsafe())
    await main.define(absoluteSymbols({ Foo: at(2) }))
    const tracker = main.createResourceTracker()
    await main.defaultResourceTracker.transferTo(tracker)
    await main.define(absoluteSymbols({ Bar: at(3) }))
    keys.push(await main.defaultResourceTracker.keyUnsafe())
    expect(new Set(keys).size).to.equal(3)
    expect([await addressOf('Foo'), await addressOf('Bar')]).to.deep.equal([2, 3])
    await tracker.remove()
    expect((await rejection(addressOf('Foo'))).code).to.equal('SymbolsNotFound')
    expect(await addressOf('Bar')).to.equal(3)
  })

  it('transfer: from the default tracker to one that owns something keeps both [S20]', async () => {
    const tracker = main.createResourceTracker()
    await main.define(absoluteSymbols({ Foo: at(1) }), tracker)
    await main.define(absoluteSymbols({ Bar: at(2) }))
    await main.defaultResourceTracker.transferTo(tracker)
    expect([await addressOf('Foo'), await addressOf('Bar')]).to.deep.equal([1, 2])
    await tracker.remove()
    expect((await rejection(jit.session.lookup({ searchOrder: [main], symbols: ['Foo', 'Bar'] }))).symbols?.get('main'))
      .to //
      .deep.equal(['Foo', 'Bar'])
  })

  it('transfer and define to a tracker that is gone are refused, and change nothing [P03] [P04] [P18] [S22]', async () => {
    const [gone, tracker] = [main.createResourceTracker(), main.createResourceTracker()]
    await main.define(absoluteSymbols({ Foo: at(1) }), tracker)
    await gone.remove()
    expect((await rejection(tracker.transferTo(gone))).code).to.equal('ResourceTrackerDefunct')
    expect((await rejection(gone.transferTo(tracker))).code).to.equal('ResourceTrackerDefunct')
    expect((await rejection(main.define(absoluteSymbols({ Bar: at(2) }), gone))).code).to.equal(
      'ResourceTrackerDefunct',
    )
    expect(await tracker.isDefunct()).to.equal(false)
    await tracker.transferTo(tracker)
    expect(await addressOf('Foo')).to.equal(1)
  })

  it('lookup: a query over two trackers fails whole with one, and the other goes on [P14] [S25]', async () => {
    const [first, second] = [main.createResourceTracker(), main.createResourceTracker()]
    const [foo, bar] = [new HeldUnit(['Foo']), new HeldUnit(['Bar'])]
    await main.define(foo, first)
    await main.define(bar, second)
    const lookup = rejection(jit.session.lookup({ searchOrder: [main], symbols: ['Foo', 'Bar'] }))
    await finish(await foo.responsibility())
    await first.remove()
    expect(rootCode(await lookup)).to.equal('ResourceTrackerDefunct')
    await finish(await bar.responsibility(), 0x900)
    expect(await addressOf('Bar')).to.equal(0x900)
  })

  it('a query’s error names those of its own symbols that failed, with the root cause [P11]', async () => {
    const unit = new HeldUnit(['Foo', 'Bar'])
    await main.define(unit)
    const lookups = [rejection(addressOf('Foo')), rejection(addressOf('Bar'))] as const
    await (await unit.responsibility()).failMaterialization(new Error('the reason'))
    const [foo, bar] = await Promise.all(lookups)
    expect([...(foo.symbols ?? [])]).to.deep.equal([['main', ['Foo']]])
    expect([...(bar.symbols ?? [])]).to.deep.equal([['main', ['Bar']]])
    expect(foo.cause).to.have.property('message', 'the reason')
  })

  it('onDependenciesRegistered hears what a lookup waits for, before it is answered, and not where it waits for nothing', async () => {
    const unit = new HeldUnit(['Foo', 'Bar'])
    await main.define(unit)
    await main.define(absoluteSymbols({ Baz: at(1) }))
    const heard: [string, readonly string[]][] = []
    const lookUp = () =>
      jit.session.lookup({
        searchOrder: [main],
        symbols: ['Foo', 'Baz'],
        onDependenciesRegistered: (pending) => {
          for (const [dylib, names] of pending) heard.push([dylib.name, names])
        },
      })
    const lookup = lookUp()
    const responsibility = await unit.responsibility()
    expect(heard).to.deep.equal([['main', ['Foo']]])
    await finish(responsibility)
    await lookup
    await lookUp()
    expect(heard).to.have.length(1)
  })

  it('lookup: resolved, emitted and ready are three moments', async () => {
    const [foo, bar] = [new HeldUnit(['Foo']), new HeldUnit(['Bar'])]
    await main.define(foo)
    await main.define(bar)
    const reached: string[] = []
    const lookups = (['resolved', 'emitted', 'ready'] as const).map(async (requiredState) => {
      await jit.session.lookup({ searchOrder: [main], symbols: ['Foo'], requiredState })
      reached.push(requiredState)
    })
    const responsibility = await foo.responsibility()
    await resolve(responsibility)
    await lookups[0]
    await responsibility.notifyEmitted([{ symbols: ['Foo'], dependencies: new Map([[main, ['Bar']]]) }])
    await lookups[1]
    expect(reached).to.deep.equal(['resolved', 'emitted'])
    await finish(await bar.responsibility())
    await lookups[2]
    expect(reached).to.deep.equal(['resolved', 'emitted', 'ready'])
  })

  it('lookupInitSymbols materializes the init symbols of several dylibs and runs nothing; errors are joined', async () => {
    const lib = await jit.session.createBareJITDylib('lib with initializers')
    const units = [main, lib].map((dylib) => ({
      dylib,
      unit: new HeldUnit({ [dylib.name]: exported }, `init of ${dylib.name}`),
    }))
    for (const { dylib, unit } of units) await dylib.define(unit)
    const ready = jit.session.lookupInitSymbols([main, lib])
    for (const { unit } of units) await finish(await unit.responsibility())
    expect([...(await ready).values()]).to.deep.equal([['init of main'], [`init of ${lib.name}`]])
    const broken = [new HeldUnit([], 'init1'), new HeldUnit([], 'init2')] as const
    await main.define(broken[0])
    await lib.define(broken[1])
    const failing = rejection(jit.session.lookupInitSymbols([main, lib]))
    for (const unit of broken)
      await (await unit.responsibility()).failMaterialization(new Error(`${unit.initSymbol} broke`))
    const error = await failing
    expect(error.joined.map(({ cause }) => (cause as Error).message)).to.deep.equal(['init1 broke', 'init2 broke'])
    await jit.session.removeJITDylibs([lib])
  })

  it('a removed dylib leaves every link order, and its name stays readable [P15]', async () => {
    const [lib, other] = [await jit.session.createBareJITDylib('lib'), await jit.session.createBareJITDylib('other')]
    await other.addToLinkOrder([lib, main])
    await lib.addToLinkOrder(main)
    expect((await other.getDFSLinkOrder()).slice(0, 3)).to.deep.equal([other, lib, main])
    const reversed = await jit.session.getReverseDFSLinkOrder([other])
    expect(reversed.at(-1)).to.equal(other)
    await jit.session.removeJITDylibs([lib])
    expect((await other.linkOrder()).map(({ dylib }) => dylib)).to.deep.equal([other, main])
    expect((await other.getDFSLinkOrder()).slice(0, 2)).to.deep.equal([other, main])
    expect(lib.name).to.equal('lib')
    expect((await rejection(lib.getDFSLinkOrder())).code).to.equal('JITDylibDefunct')
    expect((await rejection(lib.define(absoluteSymbols({ Foo: at(1) })))).code).to.equal('JITDylibDefunct')
    await jit.session.removeJITDylibs([other])
  })

  it('linkOrder names dylibs that this thread has never met', async () => {
    const names = (await main.linkOrder()).map(({ dylib }) => dylib.name)
    expect(names).to.deep.equal(['main', 'libc'])
  })

  it('dump tells dylibs, trackers, states and what failed; verify finds nothing', async () => {
    const tracker = main.createResourceTracker()
    const failing = new HeldUnit(['Foo'])
    await main.define(failing, tracker)
    await main.define(new HeldUnit(['Bar']))
    const lookup = rejection(addressOf('Foo'))
    await (await failing.responsibility()).failMaterialization(new Error('the reason'))
    await lookup
    const text = await jit.session.dump()
    expect(text).to.match(/"Foo": .*Failed .*\(the reason\)/)
    expect(text).to.match(/"Bar": <not resolved> \[exported\] Never-Searched \(Materializer unit of Bar\)/)
    await jit.session.verify()
  })
})
