// What may be done wrong through the face, and what comes of it: an error that says so, and nothing else.
import { expect } from 'chai'
import { after, afterEach, before, beforeEach, describe, it } from 'mocha'
import type { JITDylib, ResourceManager, JITError } from 'worc'
import {
  JIT,
  absoluteSymbols,
  archiveGenerator,
  attach,
  lazyReexports,
  reexports,
  reexportsGenerator,
  symbolAliases,
} from 'worc'
import { rejection, thrownBy } from '../worc/rejection.js'
import { HeldUnit, exported } from './held-unit.js'

const callable = { exported: true, callable: true }
const signature = { parameters: [], results: ['i32'] } as const

describe('misuse, through the face', () => {
  let jit: JIT
  let main: JITDylib
  let heard: JITError[]
  before(async () => {
    jit = await JIT.start({ compileThreads: 1, inline: true })
    main = jit.main
  })
  after(() => jit[Symbol.asyncDispose]())
  beforeEach(() => {
    heard = []
    jit.session.onError = (error) => void heard.push(error)
  })
  afterEach(async () => {
    await main.clear()
    await jit.session.verify()
  })

  const foo = () => absoluteSymbols({ Foo: { address: 16, flags: exported } })

  it('a handle of another session’s is WrongOwner wherever it is given, and what has its number here is left alone', async () => {
    const other = await JIT.start({ compileThreads: 1, inline: true })
    const { session } = jit
    const stranger = other.main
    const flags = exported
    const uses: Readonly<Record<string, () => Promise<unknown>>> = {
      removeJITDylibs: () => session.removeJITDylibs([stranger]),
      getDFSLinkOrder: () => session.getDFSLinkOrder([stranger]),
      lookupInitSymbols: () => session.lookupInitSymbols([stranger]),
      'session.lookup': () => session.lookup({ searchOrder: [stranger], symbols: ['Foo'] }),
      lookupFlags: () => session.lookupFlags({ searchOrder: [{ dylib: stranger, match: 'all' }], symbols: ['Foo'] }),
      setLinkOrder: () => main.setLinkOrder([stranger]),
      addToLinkOrder: () => main.addToLinkOrder(stranger),
      replaceInLinkOrder: () => main.replaceInLinkOrder(main, stranger),
      removeFromLinkOrder: () => main.removeFromLinkOrder(stranger),
      'define under a tracker': () => main.define(foo(), stranger.createResourceTracker()),
      transferTo: () => main.createResourceTracker().transferTo(stranger.createResourceTracker()),
      reexports: () => main.define(reexports(stranger, { Bar: { aliasee: 'Foo', flags } })),
      lazyReexports: () => main.define(lazyReexports(stranger, { Bar: { aliasee: 'Foo', flags, signature } })),
      reexportsGenerator: () => main.addGenerator(reexportsGenerator(stranger)),
      lookup: () => jit.lookup('Foo', { dylib: stranger }),
      lookupData: () => jit.lookupData('Foo', { dylib: stranger }),
      initialize: () => jit.initialize(stranger),
      addC: () => jit.addC('int f;', { dylib: stranger }),
      addCLibrary: () => jit.addCLibrary({ dylib: stranger }),
    }
    await main.define(foo())
    for (const [use, attempt] of Object.entries(uses)) {
      const error = await rejection(attempt())
      expect(`${use}: ${error.code}`).to.equal(`${use}: WrongOwner`)
      expect(error.message).to.include('another session')
    }
    expect((await jit.lookupData('Foo')).address).to.equal(16)
    await other[Symbol.asyncDispose]()
  })

  it('a handle that another client of the session has, in the same thread, is as good as one’s own', async () => {
    const second = await attach(jit.port())
    const [own, others] = [main.createResourceTracker(), second.main.createResourceTracker()]
    await main.define(foo(), own)
    await own.transferTo(others)
    await main.define(absoluteSymbols({ Bar: { address: 48, flags: exported } }), others)
    await main.addToLinkOrder(second.main)
    await others.remove()
    expect((await rejection(jit.lookupData('Bar', { dylib: second.main }))).code).to.equal('SymbolsNotFound')
    await second[Symbol.asyncDispose]()
  })

  it('a group of dependences in another session’s dylib is refused, and the unit can still be emitted', async () => {
    const other = await JIT.start({ compileThreads: 1, inline: true })
    const unit = new HeldUnit(['Foo'])
    await main.define(unit)
    const lookup = jit.lookupData('Foo')
    const responsibility = await unit.responsibility()
    await responsibility.notifyResolved({ Foo: { address: 32, flags: exported } })
    const group = { symbols: ['Foo'], dependencies: new Map([[other.main, ['Bar']]]) }
    expect((await rejection(responsibility.notifyEmitted([group]))).code).to.equal('WrongOwner')
    await responsibility.notifyEmitted()
    expect((await lookup).address).to.equal(32)
    await other[Symbol.asyncDispose]()
  })

  it('what a callback throws that nobody waits for is told to onError, and what it was called for goes on', async () => {
    const throwing = (what: string) => () => {
      throw new Error(what)
    }
    const manager: ResourceManager = {
      handleRemoveResources: () => undefined,
      handleTransferResources: throwing('transfer'),
    }
    await jit.session.registerResourceManager(manager)
    const [source, destination] = [main.createResourceTracker(), main.createResourceTracker()]
    const unit = {
      name: 'weak',
      symbols: { Foo: { ...exported, weak: true }, Bar: exported },
      materialize: () => undefined,
      discard: throwing('discard'),
      [Symbol.dispose]: throwing('dispose'),
    }
    await main.define(unit, source)
    await main.define(foo())
    await source.transferTo(destination)
    await destination.remove()
    await main.define(new HeldUnit(['Baz']))
    const lookup = jit.session.lookup({
      searchOrder: [main],
      symbols: ['Baz'],
      onDependenciesRegistered: throwing('dependencies'),
    })
    lookup.catch(() => undefined)
    await jit.session.drain()
    expect(heard.map(({ message }) => message)).to.deep.equal(['discard', 'transfer', 'dispose', 'dependencies'])
    expect((await jit.lookupData('Foo')).address).to.equal(16)
    await jit.session.deregisterResourceManager(manager)
  })

  it('a unit that is in flight when the session ends is not reported', async () => {
    const ending = await JIT.start({ compileThreads: 1, inline: true })
    const reported: JITError[] = []
    ending.session.onError = (error) => void reported.push(error)
    await ending.main.define({
      name: 'waits',
      symbols: { Foo: exported },
      materialize: async (responsibility) => {
        await ending.session.lookup({ searchOrder: [ending.main], symbols: ['Foo'], requiredState: 'ready' })
        await responsibility.failMaterialization()
      },
    })
    const lookup = rejection(ending.lookupData('Foo'))
    await ending.session.drain()
    await ending[Symbol.asyncDispose]()
    await lookup
    expect(reported).to.deep.equal([])
  })

  it('bytes that are no archive are refused before anybody asks for a member', async () => {
    expect((await rejection(jit.addArchive(new Uint8Array(4)))).code).to.equal('BadObject')
    expect(thrownBy(() => archiveGenerator(new Uint8Array(4))).code).to.equal('BadObject')
    expect((await rejection(jit.lookupData('Foo'))).code).to.equal('SymbolsNotFound')
  })

  it('two sources of one name may both have constructors', async () => {
    for (const n of [1, 2])
      await jit.addC(
        `static int x${n}; __attribute__((constructor)) static void begin(void) { x${n} = ${n}; } int get${n}(void) { return x${n}; }`,
        { name: 'same.c' },
      )
    expect([(await jit.lookup('get1'))(), (await jit.lookup('get2'))()]).to.deep.equal([1, 2])
  })

  it('an alias of data that is called a function is told so when it is looked up as one', async () => {
    await jit.addC('int data = 1;')
    await main.define(symbolAliases({ alias: { aliasee: 'data', flags: callable } }))
    expect((await rejection(jit.lookup('alias'))).code).to.equal('NotAFunction')
  })
})
