// Functions that are linked when they are first called: whichever thread calls first has the body linked, once; stubs and bodies
// are their tracker's, and go with it whether they were called or not.
import { expect } from 'chai'
import { after, afterEach, before, describe, it } from 'mocha'
import type { JITDylib, LazyAlias, MaterializationResponsibility, MaterializationUnit } from 'worc'
import { JIT, JITError, absoluteSymbols, lazyReexports } from 'worc'
import type { OtherThread } from './other-thread.js'
import { startThread } from './other-thread.js'
import { rejection, rootCode, thrownBy } from './rejection.js'

const flags = { exported: true, callable: true }
const toI32 = { parameters: [], results: ['i32'] } as const
const i32ToI32 = { parameters: ['i32'], results: ['i32'] } as const

describe('lazy functions', () => {
  let jit: JIT
  let threads: OtherThread[] = []
  let dylibs = 0
  before(async () => {
    jit = await JIT.start({ compileThreads: 1 })
  })
  after(() => jit[Symbol.asyncDispose]())
  afterEach(async () => {
    await Promise.all(threads.map((thread) => thread.end()))
    threads = []
    await jit.main.clear()
    await jit.session.verify()
  })

  async function start(count: number): Promise<OtherThread[]> {
    threads = await Promise.all(Array.from({ length: count }, () => startThread(jit)))
    return threads
  }

  /** A dylib whose functions lie elsewhere than in main. */
  async function source(): Promise<JITDylib> {
    dylibs += 1
    return jit.session.createJITDylib(`source ${dylibs}`)
  }

  function alias(aliasee: string, signature?: LazyAlias['signature']): LazyAlias {
    return signature === undefined ? { aliasee, flags } : { aliasee, flags, signature }
  }

  /** Compiles `text` for its one function when that is looked up, and counts how often. */
  function counted(name: string, text: string, runs: string[]): MaterializationUnit {
    const materialize = (responsibility: MaterializationResponsibility): Promise<void> => {
      runs.push(name)
      return jit.compile.emit(responsibility, { language: 'c', text })
    }
    return { name: `unit of ${name}`, symbols: { [name]: flags }, materialize }
  }

  describe('addC({ lazy })', () => {
    it('looking a function up links its stub; calling it links its object, with the same arguments', async () => {
      await jit.addC(
        `static int calls; double mixed(int i, long long l, float f, double d) { calls++; return i + (double)l + f + d; }
int count(void) { return calls; }`,
        { lazy: true },
      )
      const mixed = await jit.lookup('mixed')
      const linked = (await jit.stats()).modules
      expect(mixed(1, 1n << 40n, 0.5, 0.25)).to.equal(1 + 2 ** 40 + 0.75)
      expect((await jit.stats()).modules).to.equal(linked + 1)
      expect(mixed(1, 2n, 0.5, 0.5)).to.equal(4)
      expect((await jit.lookup('count'))()).to.equal(2)
      expect((await jit.stats()).modules).to.equal(linked + 1)
    })

    it('a caller in another unit is linked without it', async () => {
      await jit.addC('int missing(void); int callee(int a) { return a ? missing() : 1; }', { lazy: true })
      await jit.addC('int callee(int); int caller(int a) { return a < 0 ? 0 : callee(a) + 1; }')
      const caller = await jit.lookup('caller')
      expect(caller(-1)).to.equal(0)
      const error = thrownBy(() => caller(0))
      expect(error.code).to.equal('FailedToMaterialize')
      expect(rootCode(error)).to.equal('SymbolsNotFound')
      expect(thrownBy(() => caller(0)).message).to.equal(error.message)
      await jit.addC('int missing(void) { return 5; }')
      await jit.main.reset()
      expect(caller(0)).to.equal(2)
      expect(caller(3)).to.equal(6)
    })

    it('its data is shared by whoever looks it up, called or not', async () => {
      await jit.addC('int level = 3; int raise(void) { return ++level; }', { lazy: true })
      const { address } = await jit.lookupData('level')
      expect(new Int32Array(jit.memory.buffer)[address / 4]).to.equal(3)
      expect((await jit.lookup('raise'))()).to.equal(4)
      expect(new Int32Array(jit.memory.buffer)[address / 4]).to.equal(4)
    })

    it('a function has one address, whoever takes it, before and after its first call', async () => {
      await jit.addC(
        `typedef int (*f)(int); int twice(int a) { return 2 * a; } f inside(void) { return twice; } f table[] = {twice};`,
        { lazy: true },
      )
      await jit.addC(`typedef int (*f)(int); int twice(int); f inside(void); extern f table[]; f taken = twice;
int call(int a) { return taken(a); } int same(void) { return taken == twice && taken == inside() && taken == table[0]; }`)
      expect((await jit.lookup('call'))(21)).to.equal(42)
      expect((await jit.lookup('same'))()).to.equal(1)
      expect((await jit.lookup('twice')).address()).to.equal(
        new Int32Array(jit.memory.buffer)[(await jit.lookupData('taken')).address / 4],
      )
    })

    it('C++: of one inline function in two lazy objects one prevails, with its statics', async () => {
      const shared = 'inline int next() { static int n; return ++n; }'
      await jit.addCxx(`${shared} extern "C" int one() { return next(); }`, { lazy: true })
      await jit.addCxx(`${shared} extern "C" int two() { return next(); }`, { lazy: true })
      expect([(await jit.lookup('one'))(), (await jit.lookup('two'))(), (await jit.lookup('one'))()]).to.deep.equal([
        1, 2, 3,
      ])
    })

    it('constructors run before the first call', async () => {
      await jit.addCxx(`int make() { return 7; } int made = make(); extern "C" int get() { return made; }`, {
        lazy: true,
      })
      expect((await jit.lookup('get'))()).to.equal(7)
    })

    it('a trap names the function, not its body’s symbol', async () => {
      await jit.addC('void fall(void) { __builtin_trap(); }', { lazy: true, name: 'fall.c' })
      const error = thrownBy(await jit.lookup('fall'))
      expect(error.backtrace?.map(({ symbol }) => symbol)).to.include('fall')
    })
  })

  describe('lazyReexports', () => {
    it('four threads and their starter call at once: it is compiled once', async () => {
      const runs: string[] = []
      const from = await source()
      await from.define(counted('body', 'int body(int a) { return a + 100; }', runs))
      await jit.main.define(lazyReexports(from, { stub: alias('body', i32ToI32) }))
      await jit.addC('int stub(int); int through(int a) { return stub(a); }')
      const all = await start(4)
      await Promise.all(all.map((thread) => thread.tell({ do: 'lookup', name: 'through' })))
      const through = await jit.lookup('through')
      expect(runs).to.deep.equal([])
      const answers = all.map((thread, n) => thread.tell({ do: 'call', name: 'through', args: [n] }))
      expect(through(4)).to.equal(104)
      expect(await Promise.all(answers)).to.deep.equal([100, 101, 102, 103])
      expect(runs).to.deep.equal(['body'])
    })

    it('a thread’s unit is materialized by that thread, also while it waits in the call', async () => {
      const runs: string[] = []
      const from = await source()
      await from.define(counted('inner', 'int inner(void) { return 3; }', runs))
      await from.define(counted('outer', 'int inner(void); int outer(void) { return inner() + 1; }', runs))
      await jit.main.define(lazyReexports(from, { stub: alias('outer', toI32) }))
      expect((await jit.lookup('stub'))()).to.equal(4)
      expect(runs).to.deep.equal(['outer', 'inner'])
    })

    it('the aliasee’s definition says the signature, where it is an object; otherwise the alias has to', async () => {
      const from = await source()
      await from.define(counted('made', 'int made(void) { return 1; }', []))
      await from.define(absoluteSymbols({ number: { address: 64, flags: { exported: true } } }))
      await jit.addC('int known(void) { return 2; } int lazily(void) { return 3; }', { dylib: from, lazy: true })
      const aliases = { known: alias('known'), chained: alias('lazily') }
      await jit.main.define(lazyReexports(from, aliases))
      expect((await jit.lookup('known'))()).to.equal(2)
      expect((await jit.lookup('chained'))()).to.equal(3)
      for (const [name, code] of [
        ['made', 'BadArgument'],
        ['number', 'NotAFunction'],
        ['nowhere', 'SymbolsNotFound'],
      ] as const) {
        await jit.main.define(lazyReexports(from, { [name]: alias(name) }))
        expect(rootCode(await rejection(jit.lookup(name))), name).to.equal(code)
      }
      await jit.main.define(lazyReexports(from, { wrong: alias('known', i32ToI32) }))
      const wrong = await jit.lookup('wrong')
      expect(thrownBy(() => wrong(1)).code).to.equal('SignatureMismatch')
    })

    it('an aliasee that failed, or was removed, and is defined anew is found by the next call', async () => {
      const from = await source()
      const broken = (responsibility: MaterializationResponsibility): Promise<void> =>
        jit.compile.emit(responsibility, { language: 'c', text: 'int body(void) { return }' })
      await from.define({ name: 'broken', symbols: { body: flags }, materialize: broken })
      await jit.main.define(lazyReexports(from, { stub: alias('body', toI32) }))
      await jit.addC('int stub(void); int through(void) { return stub(); }')
      const through = await jit.lookup('through')
      const failed = thrownBy(through)
      expect(failed.code).to.equal('FailedToMaterialize')
      expect(rootCode(failed)).to.equal('CompileFailed')
      await from.remove(['body'])
      expect(thrownBy(through).code).to.equal('SymbolsNotFound')
      for (const version of [1, 2, 3]) {
        const tracker = from.createResourceTracker()
        await jit.addC(`int body(void) { return ${version}; }`, { dylib: from, tracker })
        expect([through(), through(), (await jit.lookup('stub'))()]).to.deep.equal([version, version, version])
        await tracker.remove({ wait: 'reclaimed' })
      }
      expect(thrownBy(through).code).to.equal('SymbolsNotFound')
    })

    it('pending constructors of its dylib run before the first call', async () => {
      const from = await source()
      await jit.addCxx(`int make() { return 8; } int made = make(); extern "C" int get() { return made; }`, {
        dylib: from,
      })
      await jit.main.define(lazyReexports(from, { stub: alias('get') }))
      expect((await jit.lookup('stub'))()).to.equal(8)
    })

    it('a ring of stubs is an error of the call', async () => {
      await jit.main.define(lazyReexports(jit.main, { here: alias('there', toI32), there: alias('here', toI32) }))
      const error = thrownBy(await jit.lookup('here'))
      expect(error.code).to.equal('WouldDeadlock')
      expect(error.message).to.match(/"here" .*leads back to itself/)
    })

    it('a thread that attaches later, and one that has only a pointer, find it too', async () => {
      const runs: string[] = []
      const from = await source()
      await from.define(counted('body', 'int body(int a) { return a + 7; }', runs))
      await jit.main.define(lazyReexports(from, { stub: alias('body', i32ToI32) }))
      await jit.addC('int stub(int); int (*pointer)(int) = stub; int through(int a) { return pointer(a); }')
      expect((await jit.lookup('stub'))(1)).to.equal(8)
      const [thread] = (await start(1)) as [OtherThread]
      await thread.tell({ do: 'lookup', name: 'through' })
      expect(await thread.tell({ do: 'call', name: 'through', args: [2] })).to.equal(9)
      expect(runs).to.deep.equal(['body'])
    })
  })

  describe('remove', () => {
    it('(before the first call): a stub that is still held throws CodeRemoved and compiles nothing; the name is free [PA] [S33]', async () => {
      const runs: string[] = []
      const from = await source()
      await from.define(counted('body', 'int body(void) { return 1; }', runs))
      for (const lazily of ['object', 're-export']) {
        const tracker = jit.main.createResourceTracker()
        if (lazily === 'object') await jit.addC('int stub(void) { return 1; }', { tracker, lazy: true })
        else await jit.main.define(lazyReexports(from, { stub: alias('body', toI32) }), tracker)
        await jit.addC(
          'int stub(void); int (*pointer)(void) = stub; int by_name(void) { return stub(); } int by_pointer(void) { return pointer(); }',
          {
            name: `callers of ${lazily}`,
            tracker: jit.main.defaultResourceTracker,
          },
        )
        const callers = [await jit.lookup('stub'), await jit.lookup('by_name'), await jit.lookup('by_pointer')]
        await tracker.remove({ wait: 'reclaimed' })
        expect(callers.map((call) => thrownBy(call).code)).to.deep.equal(['CodeRemoved', 'CodeRemoved', 'CodeRemoved'])
        expect(runs).to.deep.equal([])
        await jit.main.clear()
      }
    })

    it('(while the first call waits, its body under the same tracker): CodeRemoved, in that call; the name is free [PB] [S33]', async () => {
      const tracker = jit.main.createResourceTracker()
      const asked = once()
      await jit.main.define({ name: 'slow', symbols: { needed: flags }, materialize: () => asked.settle() })
      await jit.addC('int needed(void); int stub(void) { return needed(); }', { tracker, lazy: true })
      const [thread] = (await start(1)) as [OtherThread]
      await thread.tell({ do: 'lookup', name: 'stub' })
      const call = answerOf(thread.tell({ do: 'call', name: 'stub', args: [] }))
      await asked.promise
      await tracker.remove()
      expect(await call).to.equal('CodeRemoved')
      await jit.addC('int stub(void) { return 2; }', { lazy: true })
      await thread.tell({ do: 'lookup', name: 'stub' })
      expect(await thread.tell({ do: 'call', name: 'stub', args: [] })).to.equal(2)
    })

    it('(while the first call waits, its body in another dylib): no code of it runs', async () => {
      const from = await source()
      const tracker = jit.main.createResourceTracker()
      const entered = once<MaterializationResponsibility>()
      await from.define({ name: 'slow', symbols: { body: flags }, materialize: (one) => entered.settle(one) })
      await jit.main.define(lazyReexports(from, { stub: alias('body', toI32) }), tracker)
      const [thread] = (await start(1)) as [OtherThread]
      await thread.tell({ do: 'lookup', name: 'stub' })
      const call = answerOf(thread.tell({ do: 'call', name: 'stub', args: [] }))
      const responsibility = await entered.promise
      await tracker.remove()
      await jit.compile.emit(responsibility, {
        language: 'c',
        text: 'static int ran; int body(void) { return ++ran; }',
      })
      expect(await call).to.equal('CodeRemoved')
      expect((await jit.lookup('body', { dylib: from }))()).to.equal(1)
    })

    it('(after calls, from four threads): CodeRemoved everywhere; arenas, slots and symbols are as before', async () => {
      const all = await start(4)
      const before = await jit.stats()
      for (let cycle = 0; cycle < 3; cycle += 1) {
        const tracker = jit.main.createResourceTracker()
        await jit.addC('int table[100]; int other(int); int stub(int a) { return other(a) + table[1]++ * 0; }', {
          tracker,
          lazy: true,
        })
        await jit.addC(
          `_Thread_local int mine = 5; int other(int a) { return a + mine; }
int stub(int); int through(int a) { int (*volatile f)(int) = stub; return f(a) + stub(a); }`,
          { tracker, lazy: true },
        )
        await Promise.all(all.map((thread) => thread.tell({ do: 'lookup', name: 'through' })))
        const answers = all.map((thread, n) => thread.tell({ do: 'call', name: 'through', args: [n] }))
        expect(await Promise.all(answers)).to.deep.equal([10, 12, 14, 16])
        await tracker.remove({ wait: 'reclaimed' })
        const refused = all.map((thread) => answerOf(thread.tell({ do: 'call', name: 'through', args: [0] })))
        expect(new Set(await Promise.all(refused))).to.deep.equal(new Set(['CodeRemoved']))
        expect(await jit.stats()).to.deep.equal(before)
      }
    })

    it('(of one unit of stubs among several that one caller passes): the caller’s way is cut', async () => {
      const from = await source()
      await jit.addC('int body(void) { return 1; }', { dylib: from })
      const tracker = jit.main.createResourceTracker()
      await jit.main.define(lazyReexports(from, { second: alias('body') }), tracker)
      await jit.main.define(lazyReexports(jit.main, { first: alias('second', toI32) }))
      await jit.addC('int first(void); int through(void) { return first(); }')
      const through = await jit.lookup('through')
      expect(through()).to.equal(1)
      await tracker.remove()
      expect(thrownBy(through).code).to.equal('SymbolsNotFound')
      await jit.addC('int second(void) { return 2; }')
      expect(through()).to.equal(2)
    })
  })

  it('transferTo (before the first call): stubs and bodies go together', async () => {
    const before = await jit.stats()
    const [from, to] = [jit.main.createResourceTracker(), jit.main.createResourceTracker()]
    await jit.addC('int data = 4; int stub(void) { return data; }', { tracker: from, lazy: true })
    const stub = await jit.lookup('stub')
    await from.transferTo(to)
    expect(stub()).to.equal(4)
    await to.remove({ wait: 'reclaimed' })
    expect(thrownBy(stub).code).to.equal('CodeRemoved')
    expect(await jit.stats()).to.deep.equal(before)
  })

  it('the thread of an inline session cannot wait: WouldDeadlock, unless lookup has done it all', async () => {
    const inline = await JIT.start({ compileThreads: 1, inline: true })
    try {
      await inline.addC('int stub(void) { return 6; }', { lazy: true })
      const stub = await inline.lookup('stub')
      const error = thrownBy(stub)
      expect(error.code).to.equal('WouldDeadlock')
      expect(error.message).to.include('await lookup("stub", { lazy: false }) before')
      expect((await inline.lookup('stub', { lazy: false }))()).to.equal(6)
      expect(stub()).to.equal(6)
      const missing = lazyReexports(inline.main, { gone: alias('nowhere', toI32) })
      await inline.main.define(missing)
      expect((await rejection(inline.lookup('gone', { lazy: false }))).code).to.equal('SymbolsNotFound')
    } finally {
      await inline[Symbol.asyncDispose]()
    }
  })
})

/** What another thread answers, or the code of what it throws. */
function answerOf(answer: Promise<unknown>): Promise<unknown> {
  return answer.catch((thrown: unknown) => (thrown instanceof JITError ? thrown.code : (thrown as Error).message))
}

function once<T = void>(): { readonly promise: Promise<T>; readonly settle: (value: T) => void } {
  let settle: (value: T) => void = () => undefined
  const promise = new Promise<T>((resolve) => (settle = resolve))
  return { promise, settle }
}
