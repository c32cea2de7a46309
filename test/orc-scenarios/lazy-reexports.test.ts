// Functions that are found when they are called, and functions that become others. The scenarios are those of LLVM's
// LazyCallThroughAndReexportsTest.cpp, JITLinkRedirectionManagerTest.cpp, IndirectionUtilsTest.cpp and ReOptimizeLayerTest.cpp.
// A stub here finds its aliasee anew after that was removed: so redirecting is removing one definition and giving another.
import { expect } from 'chai'
import { after, afterEach, before, describe, it } from 'mocha'
import type { JITDylib, ResourceTracker } from 'worc'
import { JIT, hostFunctions, lazyReexports } from 'worc'
import { rejection, thrownBy } from '../worc/rejection.js'
import { defined } from './core-session.js'

const flags = { exported: true, callable: true }
const signature = { parameters: [], results: ['i32'] } as const

describe('lazy re-exports, as LLVM tests them', () => {
  let jit: JIT
  let bodies: JITDylib
  before(async () => {
    jit = await JIT.start({ compileThreads: 1 })
    bodies = await jit.session.createJITDylib('bodies')
  })
  after(() => jit[Symbol.asyncDispose]())
  afterEach(async () => {
    await jit.main.clear()
    await bodies.clear()
    await jit.session.verify()
  })

  const stubFor = (aliasee: string) => lazyReexports(bodies, { stub: { aliasee, flags, signature } })

  async function body(name: string, value: number): Promise<ResourceTracker> {
    const tracker = bodies.createResourceTracker()
    await jit.addC(`int ${name}(void) { return ${value}; }`, { dylib: bodies, tracker })
    return tracker
  }

  it('the first call materializes the target, once; a second call goes there', async () => {
    let runs = 0
    await bodies.define({
      name: 'target',
      symbols: { target: flags },
      materialize: (responsibility) => {
        runs += 1
        return jit.compile.emit(responsibility, { language: 'c', text: 'int target(void) { return 42; }' })
      },
    })
    await jit.main.define(stubFor('target'))
    const stub = await jit.lookup('stub')
    expect(runs).to.equal(0)
    expect([stub(), stub(), runs]).to.deep.equal([42, 42, 1])
  })

  it('flags of a stub are there before anything is linked; removed without a call, nothing is left', async () => {
    const tracker = jit.main.createResourceTracker()
    await jit.main.define(stubFor('nowhere'), tracker)
    const found = await jit.session.lookupFlags({ searchOrder: [jit.main], symbols: ['stub'] })
    expect([...found]).to.deep.equal([['stub', flags]])
    const empty = await jit.stats()
    await tracker.remove()
    expect(await defined(jit.session, jit.main, ['stub'])).to.deep.equal([])
    expect((await jit.stats()).modules).to.equal(empty.modules)
  })

  it('redirected twice while its address stays: 42, then 13, then 53', async () => {
    await jit.main.define(stubFor('target'))
    await jit.addC('extern int stub(void); int through(void) { return stub(); } int (*pointer)(void) = stub;')
    const [stub, through] = [await jit.lookup('stub'), await jit.lookup('through')]
    const address = stub.address()
    const seen: unknown[] = []
    for (const value of [42, 13, 53]) {
      const tracker = await body('target', value)
      seen.push([stub(), through(), stub.address() === address])
      await tracker.remove()
    }
    expect(seen).to.deep.equal([42, 13, 53].map((value) => [value, value, true]))
    expect(thrownBy(() => stub()).message).to.include('target')
  })

  it('several stubs of one table are found by name; each has its own target', async () => {
    const names = ['a', 'b', 'c']
    for (const [index, name] of names.entries()) await body(`${name}_body`, index)
    await jit.main.define(
      lazyReexports(
        bodies,
        Object.fromEntries(names.map((name) => [name, { aliasee: `${name}_body`, flags, signature }])),
      ),
    )
    const stubs = await Promise.all(names.map((name) => jit.lookup(name)))
    expect(new Set(stubs.map((stub) => stub.address())).size).to.equal(3)
    expect(stubs.map((stub) => stub())).to.deep.equal([0, 1, 2])
  })

  it('a function that counts its calls is compiled again when there were enough, and its callers notice nothing', async () => {
    const enough = 10
    let calls = 0
    await jit.main.define(hostFunctions({ count: { parameters: [], results: [], call: () => void (calls += 1) } }))
    const slow = bodies.createResourceTracker()
    await jit.addC('void count(void); int work(void) { count(); return 42; }', {
      dylib: jit.main,
      tracker: jit.main.createResourceTracker(),
    })
    await jit.addC('int body(void) { return 42; }', { dylib: bodies, tracker: slow })
    await jit.main.define(stubFor('body'))
    await jit.addC('void count(void); int stub(void); int hot(void) { count(); return stub(); }')
    const hot = await jit.lookup('hot')
    for (let n = 0; n < enough; n += 1) expect(hot()).to.equal(42)
    expect(calls).to.equal(enough)
    await slow.remove()
    await body('body', 53)
    expect(hot()).to.equal(53)
  })

  it('a call that finds nothing throws what is missing, and the session goes on', async () => {
    await jit.main.define(stubFor('nowhere'))
    const stub = await jit.lookup('stub')
    for (let n = 0; n < 2; n += 1) expect(thrownBy(() => stub()).message).to.include('nowhere')
    await body('nowhere', 1)
    expect(stub()).to.equal(1)
    expect((await rejection(jit.lookup('elsewhere'))).code).to.equal('SymbolsNotFound')
  })
})
