// C code calls JavaScript: closures of the thread that defines them, and exports that every thread imports for itself. They are
// symbols like any other: under a tracker, callable through pointers, gone when it is removed.
import { expect } from 'chai'
import { after, afterEach, before, describe, it } from 'mocha'
import type { HostFunction, JITValue } from 'worc'
import { JIT, hostFunctions } from 'worc'
import type { OtherThread } from './other-thread.js'
import { startThread } from './other-thread.js'
import { rejection, rootCode, thrownBy } from './rejection.js'

const imported = new URL('../../worc/imported-by-threads.mjs', import.meta.url)
const toI32 = { parameters: [], results: ['i32'] } as const
const i32ToI32 = { parameters: ['i32'], results: ['i32'] } as const

describe('hostFunctions', () => {
  let jit: JIT
  let threads: OtherThread[] = []
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

  it('a closure is called with every type, and gives every type; i64 is bigint', async () => {
    const heard: unknown[] = []
    const note = (...args: JITValue[]): void => void heard.push(...args)
    await jit.main.define(
      hostFunctions({
        note: { parameters: ['i32', 'i64', 'f32', 'f64'], results: [], call: note },
        half: { parameters: ['i64'], results: ['i64'], call: (value) => BigInt(value) / 2n },
        third: { parameters: ['f64'], results: ['f64'], call: (value) => Number(value) / 3 },
      }),
    )
    await jit.addC(`void note(int, long long, float, double); long long half(long long); double third(double);
double go(int i) { note(i, half(1LL << 62), 0.5f, third(6)); return third(12); }`)
    expect((await jit.lookup('go'))(-3)).to.equal(4)
    expect(heard).to.deep.equal([-3, 1n << 61n, 0.5, 2])
  })

  it('a pointer to one is a C function pointer', async () => {
    const order = (a: JITValue, b: JITValue): number => {
      const words = new Int32Array(jit.memory.buffer)
      return (words[Number(b) / 4] ?? 0) - (words[Number(a) / 4] ?? 0)
    }
    await jit.main.define(hostFunctions({ order: { parameters: ['i32', 'i32'], results: ['i32'], call: order } }))
    await jit.addC(`#include <stdlib.h>
int order(const void *, const void *); static int all[] = {3, 1, 4, 1, 5};
int (*taken)(const void *, const void *) = order;
int go(void) { qsort(all, 5, 4, order); return all[0] * 1000 + all[1] * 100 + all[2] * 10 + (taken == order); }`)
    expect((await jit.lookup('go'))()).to.equal(5431)
    const direct = await jit.lookup('order')
    expect(direct.address()).to.equal(new Int32Array(jit.memory.buffer)[(await jit.lookupData('taken')).address / 4])
    expect(direct(0, 0)).to.equal(0)
  })

  it('what it throws passes through C as it is, and leaves nothing behind on the stack', async () => {
    class Mine extends Error {}
    const thrown = [new Mine('mine'), new WebAssembly.RuntimeError('of another instance'), 'a string', undefined]
    let next = 0
    const call = (): never => {
      throw thrown[next] as Error
    }
    await jit.main.define(hostFunctions({ fail: { parameters: [], results: [], call } }))
    await jit.addC(
      `void fail(void); void deep(volatile char *p) { char big[10000]; big[p[0]] = 1; fail(); p[1] = big[5]; }`,
    )
    await jit.addC(`void deep(volatile char *); void go(void) { char a[2] = {0}; deep(a); }`)
    const go = await jit.lookup('go')
    for (let attempt = 0; attempt < 2000; attempt += 1) {
      next = attempt % thrown.length
      let caught: unknown = 'nothing'
      try {
        go()
      } catch (error) {
        caught = error
      }
      expect(caught === thrown[next], `attempt ${attempt}`).to.equal(true)
    }
  })

  it('it may call back; a trap in there that it catches leaves its caller as it was', async () => {
    let caught = 0
    const call = (): number => {
      caught += thrownBy(() => trap(1)).code === 'Trap' ? 1 : 0
      return Number(add(3, 4))
    }
    await jit.main.define(hostFunctions({ back: { ...toI32, call } }))
    await jit.addC(`int back(void); int add(int a, int b) { return a + b; }
int trap(int n) { char big[5000]; volatile char *p = big; p[n] = 1; if (p[n]) __builtin_trap(); return p[0]; }
int go(int n) { volatile char mine[5000]; for (int i = 0; i < 5000; i++) mine[i] = 9; int r = back();
  for (int i = 0; i < 5000; i++) if (mine[i] != 9) return -1;
  return n == 0 ? r : go(n - 1) + 1; }`)
    const trap = await jit.lookup('trap')
    const add = await jit.lookup('add')
    expect((await jit.lookup('go'))(100)).to.equal(107)
    expect(caught).to.equal(101)
  })

  it('a closure serves its own thread; elsewhere a call says whose it is', async () => {
    const [thread, other] = (await start(2)) as [OtherThread, OtherThread]
    await thread.tell({ do: 'defineWaitingFunction', symbol: 'theirs' })
    await jit.main.define(hostFunctions({ ours: { ...toI32, call: () => 5 } }))
    await jit.addC('int theirs(int); int ours(void); int go(int a) { return a ? theirs(a) : ours(); }')
    const go = await jit.lookup('go')
    expect(go(0)).to.equal(5)
    const error = thrownBy(() => go(8))
    expect(error.code).to.equal('WrongOwner')
    expect(error.message).to.match(/^host function "theirs" is a closure of the thread that defined it, .* thread 0:/)
    await other.tell({ do: 'lookup', name: 'go' })
    expect((await rejected(other.tell({ do: 'call', name: 'go', args: [0] }))).message).to.equal('WrongOwner')
  })

  it('a module’s export is imported by each thread that calls it', async () => {
    await jit.main.define(
      hostFunctions({
        countCalls: { ...toI32, module: imported, export: 'countCalls' },
        negate: { parameters: ['i64'], results: ['i64'], module: imported.href, export: 'default' },
      }),
    )
    await jit.addC(`int countCalls(void); long long negate(long long);
int go(int n) { int r = 0; while (n--) r = countCalls(); return r - (int)negate(100); }`)
    const all = await start(4)
    await Promise.all(all.map((thread) => thread.tell({ do: 'lookup', name: 'go' })))
    const counts = all.map((thread, n) => thread.tell({ do: 'call', name: 'go', args: [1000 + n] }))
    expect(await Promise.all(counts)).to.deep.equal([1100, 1101, 1102, 1103])
    expect((await jit.lookup('go'))(1)).to.equal(101)
  })

  it('what cannot be imported, or is no function, is an error of the call', async () => {
    const missing = { ...toI32, module: imported, export: 'missing' }
    const data = { ...toI32, module: imported, export: 'notAFunction' }
    const nowhere = { ...toI32, module: '/nowhere/at-all.mjs', export: 'default' }
    await jit.main.define(hostFunctions({ missing, data, nowhere }))
    expect(thrownBy(await jit.lookup('missing')).message).to.match(/"missing": export "missing" of .* is undefined/)
    expect(thrownBy(await jit.lookup('data')).code).to.equal('BadArgument')
    const error = thrownBy(await jit.lookup('nowhere'))
    expect(error.message).to.match(/"nowhere": file:\/\/\/nowhere.* cannot be imported/)
    expect(error.cause).to.be.instanceOf(Error)
  })

  it('a caller of another signature is refused, and so is a declaration that C cannot have', async () => {
    await jit.main.define(hostFunctions({ typed: { ...i32ToI32, call: (value) => value } }))
    await jit.addC('double typed(double); double go(void) { return typed(1); }')
    expect(thrownBy(await jit.lookup('go')).code).to.equal('SignatureMismatch')
    const refused = [
      { parameters: ['v128'], results: [], call: () => undefined },
      { parameters: [], results: ['i32', 'i32'], call: () => undefined },
      { parameters: [], results: [], call: 'text' },
      { parameters: [], results: [], module: 'https://example.com/a.js', export: 'a' },
    ]
    for (const declared of refused)
      expect(thrownBy(() => hostFunctions({ bad: declared as unknown as HostFunction })).code).to.equal('BadArgument')
  })

  describe('remove', () => {
    it('(before it was looked up): the name is free again', async () => {
      const tracker = jit.main.createResourceTracker()
      await jit.main.define(hostFunctions({ early: { ...toI32, call: () => 1 } }), tracker)
      await tracker.remove()
      await jit.main.define(hostFunctions({ early: { ...toI32, call: () => 2 } }))
      expect((await jit.lookup('early'))()).to.equal(2)
    })

    it('(while a thread is inside): that call ends as it would have, the next throws CodeRemoved', async () => {
      const [thread] = (await start(1)) as [OtherThread]
      await thread.tell({ do: 'defineWaitingFunction', symbol: 'wait' })
      const kept = jit.main.createResourceTracker()
      await jit.addC('int word; int wait(int *); int go(void) { return wait(&word); }', { tracker: kept })
      await thread.tell({ do: 'lookup', name: 'go' })
      const word = (await jit.lookupData('word')).address / 4
      const inside = thread.tell({ do: 'call', name: 'go', args: [] })
      const words = new Int32Array(jit.memory.buffer)
      while (Atomics.load(words, word) === 0) await new Promise((resolve) => setImmediate(resolve))
      await jit.main.defaultResourceTracker.remove()
      Atomics.store(words, word, 3)
      Atomics.notify(words, word)
      expect(await inside).to.equal(3)
      expect((await rejected(thread.tell({ do: 'call', name: 'go', args: [] }))).message).to.equal('CodeRemoved')
      expect(thrownBy(await jit.lookup('go')).code).to.equal('CodeRemoved')
    })

    it('(after calls): CodeRemoved by name and by handle; arenas and slots are as before', async () => {
      await jit.addC('int keep(int (*f)(int)) { return f(1); }')
      await jit.lookup('keep')
      const before = await jit.stats()
      for (let cycle = 0; cycle < 20; cycle += 1) {
        const tracker = jit.main.createResourceTracker()
        const functions = hostFunctions({ cycled: { ...i32ToI32, call: (value) => Number(value) + cycle } })
        await jit.main.define(functions, tracker)
        await jit.addC('int cycled(int); int keep(int (*)(int)); int use(void) { return keep(cycled) + cycled(1); }', {
          tracker,
        })
        const use = await jit.lookup('use')
        const cycled = await jit.lookup('cycled')
        expect(use()).to.equal(2 + 2 * cycle)
        await tracker.remove({ wait: 'reclaimed' })
        expect(thrownBy(use).code).to.equal('CodeRemoved')
        expect(thrownBy(() => cycled(1)).code).to.equal('CodeRemoved')
        expect((await rejection(jit.lookup('cycled'))).code).to.equal('SymbolsNotFound')
      }
      expect(await jit.stats()).to.deep.equal(before)
    })

    it('(while C keeps a pointer to it): a call through that says what was removed', async () => {
      const tracker = jit.main.createResourceTracker()
      await jit.main.define(hostFunctions({ pointed: { ...i32ToI32, call: (value) => value } }), tracker)
      await jit.addC(
        'int pointed(int); static int (*volatile f)(int); void keep(void) { f = pointed; } int go(void) { return f(4); }',
      )
      ;(await jit.lookup('keep'))()
      const go = await jit.lookup('go')
      expect(go()).to.equal(4)
      await tracker.remove({ wait: 'reclaimed' })
      const error = thrownBy(go)
      expect(error.code).to.equal('CodeRemoved')
      expect(error.message).to.match(/^"pointed" of host functions was removed from main, and called through a pointer/)
      expect(error.symbols).to.deep.equal(new Map([['main', ['pointed']]]))
    })

    it('(of a closure that nobody looked up, and of one that was called): both are collected', async () => {
      const collect = (globalThis as { gc?: () => void }).gc
      if (collect === undefined) throw new Error('the tests run with --expose-gc')
      let collected = 0
      const registry = new FinalizationRegistry<null>(() => (collected += 1))
      for (const called of [false, true]) {
        const tracker = jit.main.createResourceTracker()
        await defineWatched(registry, tracker)
        if (called) (await jit.lookup('watched'))()
        await tracker.remove({ wait: 'reclaimed' })
      }
      for (let attempt = 0; attempt < 100 && collected < 2; attempt += 1) {
        collect()
        await new Promise((resolve) => setImmediate(resolve))
      }
      expect(collected).to.equal(2)
    })
  })

  async function defineWatched(
    registry: FinalizationRegistry<null>,
    tracker: ReturnType<typeof jit.main.createResourceTracker>,
  ): Promise<void> {
    const call = (): number => 1
    registry.register(call, null)
    await jit.main.define(hostFunctions({ watched: { ...toI32, call } }), tracker)
  }

  it('transferTo: goes where its tracker’s goes', async () => {
    const [source, destination] = [jit.main.createResourceTracker(), jit.main.createResourceTracker()]
    await jit.main.define(hostFunctions({ moved: { ...toI32, call: () => 6 } }), source)
    const moved = await jit.lookup('moved')
    await source.transferTo(destination)
    expect(moved()).to.equal(6)
    await destination.remove()
    expect(thrownBy(moved).code).to.equal('CodeRemoved')
  })

  it('defining a name twice is DuplicateDefinition', async () => {
    await jit.main.define(hostFunctions({ twice: { ...toI32, call: () => 1 } }))
    const again = rejection(jit.main.define(hostFunctions({ twice: { ...toI32, call: () => 2 } })))
    expect(rootCode(await again)).to.equal('DuplicateDefinition')
    expect((await jit.lookup('twice'))()).to.equal(1)
  })
})

/** What another thread's answer rejects with: its message is the error's code. */
async function rejected(answer: Promise<unknown>): Promise<Error> {
  return answer.then(
    (value) => {
      throw new Error(`expected a rejection, got ${String(value)}`)
    },
    (thrown: unknown) => thrown as Error,
  )
}
