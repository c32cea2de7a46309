// Who answers for symbols, through the face: claims, parts given away, parts given back, each also after the tracker is gone.
import { expect } from 'chai'
import { after, afterEach, before, describe, it } from 'mocha'
import type { JITDylib, MaterializationResponsibility, ResourceTracker } from 'worc'
import { JIT, absoluteSymbols } from 'worc'
import { rejection, rootCode } from '../worc/rejection.js'
import { HeldUnit, exported, finish, resolve } from './held-unit.js'

describe('MaterializationResponsibility, through the face', () => {
  let jit: JIT
  let main: JITDylib
  let tracker: ResourceTracker
  before(async () => {
    jit = await JIT.start({ compileThreads: 1, inline: true })
    main = jit.main
  })
  after(() => jit[Symbol.asyncDispose]())
  afterEach(async () => {
    await main.clear()
    await jit.session.verify()
  })

  /** Defined under a tracker, looked up, and given to be materialized. */
  async function materializing(
    unit: HeldUnit,
    wanted: string,
  ): Promise<readonly [MaterializationResponsibility, Promise<number>]> {
    tracker = main.createResourceTracker()
    await main.define(unit, tracker)
    const lookup = addressOf(wanted)
    lookup.catch(() => undefined)
    return [await unit.responsibility(), lookup]
  }

  async function addressOf(name: string): Promise<number> {
    return (await jit.lookupData(name)).address
  }

  it('defineMaterializing: what is granted belongs to the tracker and goes with it [P26] [S28]', async () => {
    const [responsibility, lookup] = await materializing(new HeldUnit(['Foo']), 'Foo')
    const granted = await responsibility.defineMaterializing({ Bar: exported })
    expect([...granted]).to.deep.equal(['Bar'])
    expect([...responsibility.symbols.keys()]).to.deep.equal(['Foo', 'Bar'])
    await finish(responsibility)
    await lookup
    expect(await addressOf('Bar')).to.equal(0x110)
    await tracker.remove()
    expect((await rejection(addressOf('Bar'))).code).to.equal('SymbolsNotFound')
    await main.define(absoluteSymbols({ Bar: { address: 8, flags: exported } }))
    expect(await addressOf('Bar')).to.equal(8)
  })

  it('defineMaterializing: a query for such a name ends with its tracker [P27] [S28]', async () => {
    const [responsibility, lookup] = await materializing(new HeldUnit(['Foo']), 'Foo')
    await responsibility.defineMaterializing({ Bar: exported })
    const waiting = rejection(addressOf('Bar'))
    await tracker.remove()
    expect(rootCode(await waiting)).to.equal('ResourceTrackerDefunct')
    expect(rootCode(await rejection(lookup))).to.equal('ResourceTrackerDefunct')
  })

  it('defineMaterializing: a weak name that is there is not granted, a strong one is an error, and then none is', async () => {
    await main.define(absoluteSymbols({ There: { address: 8, flags: exported } }))
    const [responsibility, lookup] = await materializing(new HeldUnit(['Foo']), 'Foo')
    const granted = await responsibility.defineMaterializing({ There: { exported: true, weak: true }, New: exported })
    expect([...granted]).to.deep.equal(['New'])
    const error = await rejection(responsibility.defineMaterializing({ Newer: exported, There: exported }))
    expect(error.code).to.equal('DuplicateDefinition')
    expect([...(error.symbols?.get('main') ?? [])]).to.deep.equal(['There'])
    await finish(responsibility)
    await lookup
    expect((await rejection(addressOf('Newer'))).code).to.equal('SymbolsNotFound')
  })

  it('delegate: the parts finish by themselves, in any order', async () => {
    const unit = new HeldUnit(['Foo', 'Bar', 'Baz'])
    const [responsibility, foo] = await materializing(unit, 'Foo')
    const bar = addressOf('Bar')
    const part = await responsibility.delegate(['Bar'])
    expect([...part.symbols.keys()]).to.deep.equal(['Bar'])
    expect([...responsibility.symbols.keys()]).to.deep.equal(['Foo', 'Baz'])
    expect([...(await part.requestedSymbols())]).to.deep.equal(['Bar'])
    await finish(responsibility, 0x300)
    expect(await foo).to.equal(0x300)
    expect(unit.disposed).to.equal(0)
    await finish(part, 0x400)
    expect(await bar).to.equal(0x400)
    await jit.session.drain()
    expect(unit.disposed).to.equal(1)
  })

  it('delegate: of everything leaves one that may be emitted or dropped; the init symbol goes along', async () => {
    const unit = new HeldUnit({ Foo: exported, init: { sideEffectsOnly: true } }, 'init')
    const [responsibility, lookup] = await materializing(unit, 'Foo')
    const part = await responsibility.delegate(['Foo', 'init'])
    expect([responsibility.initSymbol, part.initSymbol]).to.deep.equal([undefined, 'init'])
    await responsibility.notifyEmitted()
    await finish(part)
    expect(await lookup).to.equal(0x100)
  })

  it('delegate: what it does not have is refused, and leaves it whole', async () => {
    const [responsibility, lookup] = await materializing(new HeldUnit(['Foo', 'Bar']), 'Foo')
    expect((await rejection(responsibility.delegate(['Foo', 'Qux']))).code).to.equal('UnexpectedSymbolDefinitions')
    expect([...responsibility.symbols.keys()]).to.deep.equal(['Foo', 'Bar'])
    await finish(responsibility)
    await lookup
  })

  it('replace: the new unit has the symbols; it materializes at once where somebody waits, else when somebody does', async () => {
    const [responsibility, lookup] = await materializing(new HeldUnit(['Foo', 'Bar', 'Baz']), 'Foo')
    const [wanted, unwanted] = [new HeldUnit(['Foo']), new HeldUnit(['Bar'])]
    await responsibility.replace(wanted)
    await responsibility.replace(unwanted)
    expect([...responsibility.symbols.keys()]).to.deep.equal(['Baz'])
    await finish(await wanted.responsibility(), 0x500)
    expect(await lookup).to.equal(0x500)
    await finish(responsibility)
    const later = addressOf('Bar')
    await finish(await unwanted.responsibility(), 0x600)
    expect(await later).to.equal(0x600)
    await tracker.remove()
    expect((await rejection(addressOf('Bar'))).code).to.equal('SymbolsNotFound')
  })

  it('replace: by absolute symbols settles them in the same turn; of what was resolved is refused', async () => {
    const [responsibility, lookup] = await materializing(new HeldUnit(['Foo', 'Bar']), 'Foo')
    await responsibility.notifyResolved({ Bar: { address: 4, flags: exported } })
    const again = absoluteSymbols({ Bar: { address: 5, flags: exported } })
    expect((await rejection(responsibility.replace(again))).code).to.equal('BadArgument')
    await responsibility.replace(absoluteSymbols({ Foo: { address: 0x700, flags: exported } }))
    expect(await lookup).to.equal(0x700)
    await responsibility.notifyEmitted()
  })

  it('remove (while materializing): delegate and replace are refused, then failMaterialization is quiet [P07] [P08] [S30]', async () => {
    const [responsibility, lookup] = await materializing(new HeldUnit(['Foo', 'Bar']), 'Foo')
    await tracker.remove()
    expect((await rejection(responsibility.delegate(['Foo']))).code).to.equal('ResourceTrackerDefunct')
    const refused = new HeldUnit(['Foo'])
    expect((await rejection(responsibility.replace(refused))).code).to.equal('ResourceTrackerDefunct')
    expect([...responsibility.symbols.keys()]).to.deep.equal(['Foo', 'Bar'])
    await responsibility.failMaterialization()
    expect(rootCode(await rejection(lookup))).to.equal('ResourceTrackerDefunct')
  })

  it('notifyEmitted: a dependence that cannot be had fails the symbols at once; the query hears why [P13]', async () => {
    const [responsibility, lookup] = await materializing(new HeldUnit(['Foo']), 'Foo')
    await resolve(responsibility)
    const group = { symbols: ['Foo'], dependencies: new Map([[main, ['Missing']]]) }
    expect((await rejection(responsibility.notifyEmitted([group]))).code).to.equal('UnsatisfiedSymbolDependencies')
    expect(rootCode(await rejection(lookup))).to.equal('UnsatisfiedSymbolDependencies')
    await responsibility.failMaterialization()
  })

  it('a unit that returns without finishing fails when its responsibility is collected [P32] [S04] [S31]', async () => {
    await main.define({ name: 'forgetful', symbols: { Foo: exported }, materialize: () => undefined })
    const lookup = rejection(addressOf('Foo'))
    let settled = false as boolean
    void lookup.then(() => (settled = true))
    while (!settled) {
      globalThis.gc?.()
      await new Promise((done) => setImmediate(done))
    }
    expect((await lookup).message).to.include('dropped unfinished')
  })

  it('a lookup on behalf of a responsibility that would wait for itself is refused', async () => {
    const [responsibility, lookup] = await materializing(new HeldUnit(['Foo']), 'Foo')
    const own = jit.session.lookup({ searchOrder: [main], symbols: ['Foo'], onBehalfOf: responsibility })
    expect((await rejection(own)).code).to.equal('WouldDeadlock')
    await finish(responsibility)
    await lookup
  })
})
