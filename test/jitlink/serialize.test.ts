// Shows that functions without any lock of their own lose nothing when two threads call them at once, if the linker is asked to
// serialize them; and that a thread that is inside may come in again.
import { Worker } from 'node:worker_threads'
import { describe, it } from 'mocha'
import { expect } from 'chai'
import { fixture } from './fixtures.js'
import { lockAddress, TestLinker } from './test-linker.js'
import type { CountingWork } from './serialize-worker.js'
import { TestThread } from './test-thread.js'

const serialize = { symbols: new Set(['add', 'add_twice', 'add_through', 'get_total']), lockAddress }

function lockWord(linker: TestLinker): number {
  return new Int32Array(linker.session.memory.buffer, lockAddress, 1)[0] ?? -1
}

describe('serialized functions', () => {
  it('three workers count to the sum', async () => {
    const linker = new TestLinker()
    linker.add(fixture('racy'), { name: 'racy', serialize })
    const [calls, times] = [10_000, 40]
    await Promise.all([1, 2, 3].map((threadId) => count({ session: linker.session, threadId, calls, times })))
    expect(new TestThread(linker.session, 4).call('get_total')).to.equal(3 * calls * times)
    expect(lockWord(linker)).to.equal(0)
  }).timeout(20_000)

  it('calls inside the unit are direct, and a thread that is inside comes in again by a pointer', () => {
    const linker = new TestLinker()
    linker.add(fixture('racy'), { name: 'racy', serialize })
    const thread = new TestThread(linker.session)
    expect(thread.call('add_twice', 5)).to.equal(10)
    expect(thread.call('add_through', linker.pointer('add'), 5)).to.equal(16)
    expect(lockWord(linker)).to.equal(0)
  })

  it('a thread that comes while another is inside sleeps until that one leaves', async () => {
    const linker = new TestLinker()
    linker.add(fixture('host'), { name: 'host' })
    linker.add(fixture('racy'), { name: 'racy', serialize })
    const word = new Int32Array(linker.session.memory.buffer, lockAddress, 1)
    const ended: Promise<unknown>[] = []
    const thread = new TestThread(linker.session, 7, {
      host: {
        note: () => undefined,
        twice: (n: number) => {
          expect(Atomics.load(word, 0)).to.equal(7)
          ended.push(count({ session: linker.session, threadId: 1, calls: 1, times: 3 }))
          // Woken for nothing, it must go to sleep again.
          for (let woken = 0; woken < 3;) woken += Atomics.notify(word, 0, 1)
          expect(Atomics.load(word, 0)).to.equal(7 | 0x8000_0000)
          return n
        },
      },
    })
    thread.call('add_through', thread.call('host_pointer') as number, 0)
    await Promise.all(ended)
    expect(thread.call('get_total')).to.equal(1 + 3)
    expect(lockWord(linker)).to.equal(0)
  }).timeout(20_000)
})

/** A worker's turn of calls to `add`. */
function count(workerData: CountingWork): Promise<unknown> {
  const worker = new Worker(new URL('serialize-worker.js', import.meta.url), { workerData })
  return new Promise((resolve, reject) => worker.once('exit', resolve).once('error', reject))
}
