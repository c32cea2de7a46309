// Threads that die with locks. Real ones are terminated, throw, or exit; pretended ones stop at the exact instruction that a
// test wants, which is how the two windows that glibc once had are walked.
import { afterEach, beforeEach, describe, it } from 'mocha'
import { expect } from 'chai'
import { allocate, Condition, createAgent, LockError, Mutex, recover } from 'sharedarraybuffer-lock'
import type { LockAddress } from 'sharedarraybuffer-lock'
import { word } from './lock-worker.js'
import { nodePlatform } from './node-platform.js'
import { createStage, endThreadsLeft, marked, startThread, until } from './thread-under-test.js'
import type { Stage } from './thread-under-test.js'

const waiting = 0x2000_0000

describe('recover', () => {
  let stage: Stage
  let address: LockAddress
  let mutex: Mutex

  beforeEach(() => {
    stage = createStage()
    address = allocate(stage.registry)
    mutex = new Mutex(stage.agent, address)
  })
  afterEach(endThreadsLeft)

  const stateIndex = (): number => mutex.stateIndex
  const state = (): number => Atomics.load(stage.registry.words, stateIndex())

  for (const script of ['holdAndThrow', 'holdAndExit', 'holdForEver'] as const) {
    it(`${script}: the next owner is told owner-died, and the one after markConsistent is not`, async () => {
      const thread = startThread(stage, script, [address])
      if (script === 'holdForEver') {
        await marked(stage, word.ready)
        await thread.worker.terminate()
      }
      expect(await thread.ended).to.deep.equal([{ address, held: 'mutex' }])
      expect(thread.errors.map((error) => error.message)).to.deep.equal(
        script === 'holdAndThrow' ? ['thrown while holding'] : [],
      )
      const token = Mutex.lock(mutex)
      expect(token.state).to.equal('owner-died')
      token.markConsistent()
      token.unlock()
      expect(Mutex.lock(mutex).state).to.equal('consistent')
    })
  }

  it('terminate in a loop, wherever it strikes: every successor finds or repairs equal words', async function () {
    const repaired = new Mutex(stage.agent, address, {
      repair: () => Atomics.store(stage.scratch, word.twin, Atomics.load(stage.scratch, word.counter)),
    })
    for (let death = 0; death < 12; death++) {
      const before = Atomics.load(stage.scratch, word.ready)
      const threads = [1, 2].map(() => startThread(stage, 'incrementForEver', [address]))
      await marked(stage, word.ready, before + 100 + death * 37)
      await Promise.all(threads.map((thread) => thread.worker.terminate()))
      await Promise.all(threads.map((thread) => thread.ended))
      expect(threads.flatMap((thread) => thread.errors)).to.deep.equal([])
      const token = Mutex.lock(repaired)
      expect(token.state).to.equal('consistent')
      expect(Atomics.load(stage.scratch, word.twin)).to.equal(Atomics.load(stage.scratch, word.counter))
      token.unlock()
    }
  })

  it('unlock (without markConsistent): the next owner is told owner-died again', () => {
    Mutex.lock(new Mutex(stage.pretend(1000), address))
    recover(stage.registry, 1000)
    Mutex.lock(mutex).unlock()
    expect(Mutex.lock(mutex).state).to.equal('owner-died')
  })

  it('repair: runs under the lock before the new owner has it, once', () => {
    let repairs = 0
    const repaired = new Mutex(stage.agent, address, {
      repair: () => {
        expect(state() & 0xfff).to.equal(stage.agent.self)
        repairs++
      },
    })
    Mutex.lock(new Mutex(stage.pretend(1000), address))
    recover(stage.registry, 1000)
    expect(Mutex.withLock(repaired, (token) => token.state)).to.equal('consistent')
    expect(Mutex.withLock(repaired, (token) => token.state)).to.equal('consistent')
    expect(repairs).to.equal(1)
  })

  it('repair (throws): the lock is free again and still tells owner-died', () => {
    const broken = new Mutex(stage.agent, address, { repair: () => expect.fail('cannot repair') })
    Mutex.lock(new Mutex(stage.pretend(1000), address))
    recover(stage.registry, 1000)
    expect(() => Mutex.lock(broken)).to.throw('cannot repair')
    expect(() => Mutex.withLock(broken, () => {})).to.throw('cannot repair')
    expect(Mutex.lockIfAvailable(mutex, 0)?.state).to.equal('owner-died')
  })

  it('abandon: whoever sleeps and whoever comes gets Abandoned', async () => {
    const token = Mutex.lock(mutex)
    const thread = startThread(stage, 'lockOnce', [address])
    await until(() => (state() & waiting) !== 0)
    const task = Mutex.lockAsync(mutex).then(
      () => 'granted',
      (error: unknown) => (error instanceof LockError ? error.failure.code : error),
    )
    token.abandon()
    expect(token.locked).to.equal(false)
    expect(await task).to.equal('Abandoned')
    await thread.ended
    expect(thread.errors[0]?.message).to.match(/^lock 1 was abandoned/)
    expect(() => Mutex.lockIfAvailable(mutex, 0)).to.throw(LockError, 'lock 1 was abandoned')
  })

  it('owner dies with two sleepers: both get the lock, the first is told, and the waiting flag is not lost', async () => {
    Mutex.lock(new Mutex(stage.pretend(1000), address))
    const threads = [1, 2].map(() => startThread(stage, 'lockOnce', [address]))
    await until(() => Atomics.load(stage.scratch, word.ready) === 2 && (state() & waiting) !== 0)
    recover(stage.registry, 1000)
    await Promise.all(threads.map((thread) => thread.ended))
    expect(threads.flatMap((thread) => thread.messages).sort()).to.deep.equal(['consistent', 'owner-died'])
  })

  it('owner dies between its release and its notify: recovery notifies in its place', async () => {
    Mutex.lock(new Mutex(stage.pretend(1000), address))
    const thread = startThread(stage, 'lockOnce', [address])
    await until(() => (state() & waiting) !== 0)
    Atomics.store(stage.registry.words, stateIndex(), 0)
    recover(stage.registry, 1000)
    await thread.ended
    expect(thread.messages).to.deep.equal(['consistent'])
  })

  it('a sleeper dies after the notify that was for it: recovery passes it on', async () => {
    const held = Mutex.lock(mutex)
    const woken = startThread(stage, 'lockOnce', [address], { recovers: false })
    const thread = startThread(stage, 'lockOnce', [address])
    await until(() => Atomics.load(stage.scratch, word.ready) === 2 && (state() & waiting) !== 0)
    await woken.worker.terminate()
    // The lock is free without a flag, and the one notify went to the thread that is dead now.
    Atomics.store(stage.registry.words, stateIndex(), 0)
    held.held = undefined
    recover(stage.registry, woken.threadId)
    await thread.ended
    expect(thread.messages).to.deep.equal(['consistent'])
  })

  it('waiter of a condition, mutex owner dies after its notify: the waiter wakes and is told', async () => {
    const conditionAddress = allocate(stage.registry, 'condition')
    const thread = startThread(stage, 'waitOnce', [address, conditionAddress])
    await marked(stage, word.ready)
    const dying = stage.pretend(1000)
    Mutex.lock(new Mutex(dying, address))
    Condition.notify(new Condition(dying, conditionAddress))
    recover(stage.registry, 1000)
    await thread.ended
    expect(thread.messages).to.deep.equal(['owner-died'])
  })

  it('row of a dead thread: free for the next thread, and recovering twice finds nothing more', () => {
    const rows = [1001, 1002, 1003, 1004, 1005, 1006, 1007]
    rows.forEach((threadId) => stage.pretend(threadId))
    expect(() => stage.pretend(1008)).to.throw(LockError, 'thread 1008 has no row in a registry for 8 threads at once')
    expect(recover(stage.registry, 1003)).to.deep.equal([])
    expect(recover(stage.registry, 1003)).to.deep.equal([])
    expect(stage.pretend(1008).platform.threadId).to.equal(1008)
    expect(() => createAgent(stage.registry, nodePlatform(1008))).to.throw('thread 1008 already has an agent')
  })
})
