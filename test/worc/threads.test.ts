// Several threads over one session: calls are local, memory is one, TLS and stacks are each thread's own, and removal reaches
// them all without anybody waiting for a running call.
import { expect } from 'chai'
import { after, afterEach, before, describe, it } from 'mocha'
import { JIT } from 'worc'
import type { OtherThread } from './other-thread.js'
import { startThread } from './other-thread.js'

describe('JIT, attached from several threads', () => {
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
  })

  async function start(count: number): Promise<OtherThread[]> {
    threads = await Promise.all(Array.from({ length: count }, () => startThread(jit)))
    return threads
  }

  it('data is shared, thread-local variables are not, and malloc is safe', async () => {
    await jit.addC(`#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
static atomic_int total; static _Thread_local int mine;
int work(int n) {
  for (int i = 0; i < n; i++) { char *p = malloc(16 + i % 500); memset(p, i, 16 + i % 500); p = realloc(p, 700); atomic_fetch_add(&total, 1); mine++; free(p); }
  return mine;
}
int sum(void) { return atomic_load(&total); }`)
    const all = await start(3)
    await Promise.all(all.map((thread) => thread.tell({ do: 'lookup', name: 'work' })))
    const own = await jit.lookup('work')
    const others = all.map((thread) => thread.tell({ do: 'call', name: 'work', args: [2000] }))
    expect(own(2000)).to.equal(2000)
    expect(await Promise.all(others)).to.deep.equal([2000, 2000, 2000])
    expect((await jit.lookup('sum'))()).to.equal(8000)
  })

  it('lookupSync: compiles and links while the thread waits', async () => {
    await jit.addC('int sync(void) { return 12; }')
    const [thread] = (await start(1)) as [OtherThread]
    await thread.tell({ do: 'lookupSync', name: 'sync' })
    expect(await thread.tell({ do: 'call', name: 'sync', args: [] })).to.equal(12)
    const failed = await thread
      .tell({ do: 'lookupSync', name: 'nowhere' })
      .catch((error: unknown) => (error as Error).message)
    expect(failed).to.equal('SymbolsNotFound')
  })

  it('lookupSync: a unit that waits for itself, or for its own event loop, is refused at once', async () => {
    const [thread] = (await start(1)) as [OtherThread]
    const itself = await thread
      .tell({ do: 'lookUpItself', symbol: 'ring' })
      .catch((error: unknown) => (error as Error).message)
    expect(itself).to.equal('FailedToMaterialize')
    await thread.tell({ do: 'defineUser', symbol: 'never' })
    const never = await thread
      .tell({ do: 'lookupSync', name: 'never' })
      .catch((error: unknown) => (error as Error).message)
    expect(never).to.equal('FailedToMaterialize')
  })

  it('remove: of a thread that never returns to its event loop the next call throws; it holds back reclamation', async () => {
    const tracker = jit.main.createResourceTracker()
    await jit.addC('static int big[1000]; int spin(void) { return big[1]++; }', { tracker })
    const [thread] = (await start(1)) as [OtherThread]
    await thread.tell({ do: 'lookup', name: 'spin' })
    const before = await jit.stats()
    const shared = new SharedArrayBuffer(4)
    const progress = new Int32Array(shared)
    const come = async (to: number): Promise<void> => {
      while (Atomics.load(progress, 0) < to) await new Promise((resolve) => setImmediate(resolve))
    }
    void thread.tell({ do: 'callForEver', name: 'spin', progress: shared }).catch(() => undefined)
    await come(1)
    await tracker.remove()
    await come(2)
    const held = await jit.stats()
    expect(held.retiredBytes).to.equal(before.memoryBytes - held.memoryBytes)
    expect(held.retiredBytes).to.be.at.least(4000)
    // Its end is the last thing it can do to let go.
    await thread.end()
    for (let stats = held; stats.retiredBytes > 0; stats = await jit.stats())
      await new Promise((resolve) => setImmediate(resolve))
  })

  it('park: a blocked thread holds nothing back, and catches up at its next call', async () => {
    const tracker = jit.main.createResourceTracker()
    await jit.addC('int first(void) { return 1; }', { tracker })
    const [thread] = (await start(1)) as [OtherThread]
    await thread.tell({ do: 'lookup', name: 'first' })
    await thread.tell({ do: 'park' })
    const word = new SharedArrayBuffer(4)
    expect(await thread.tell({ do: 'block', word })).to.equal('blocking')
    await tracker.remove({ wait: 'reclaimed' })
    const woken = thread.next()
    Atomics.store(new Int32Array(word), 0, 1)
    Atomics.notify(new Int32Array(word), 0)
    await woken
    const error = await thread
      .tell({ do: 'call', name: 'first', args: [] })
      .catch((thrown: unknown) => (thrown as Error).message)
    expect(error).to.equal('CodeRemoved')
  })

  it('a thread that dies takes only its own with it', async () => {
    const [thread] = (await start(1)) as [OtherThread]
    await thread.tell({ do: 'defineUser', symbol: 'never' })
    const waiting = jit.lookupData('never').catch((error: unknown) => error)
    await jit.session.lookupFlags({ searchOrder: [jit.main], symbols: ['never'] })
    void thread.tell({ do: 'die' }).catch(() => undefined)
    expect(await waiting).to.have.property('code', 'FailedToMaterialize')
    await jit.addC('int lives(void) { return 4; }')
    expect((await jit.lookup('lives'))()).to.equal(4)
  })

  it('leave: a thread detaches, and the others go on', async () => {
    await jit.addC('int stays(void) { return 5; }')
    const [thread] = (await start(1)) as [OtherThread]
    await thread.tell({ do: 'lookup', name: 'stays' })
    const executors = (await jit.stats()).executors
    await thread.tell({ do: 'leave' })
    for (let stats = await jit.stats(); stats.executors >= executors; stats = await jit.stats())
      await new Promise((resolve) => setImmediate(resolve))
    expect((await jit.lookup('stays'))()).to.equal(5)
  })
})
