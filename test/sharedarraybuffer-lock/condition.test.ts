// Conditions: no notify is lost between unlocking and sleeping, and time limits end waits.
import { afterEach, beforeEach, describe, it } from 'mocha'
import { expect } from 'chai'
import { allocate, Condition, Mutex, recover, UnlockToken } from 'sharedarraybuffer-lock'
import { word } from './lock-worker.js'
import { createStage, endThreadsLeft, marked, startThread } from './thread-under-test.js'
import type { Stage } from './thread-under-test.js'

describe('Condition', () => {
  let stage: Stage
  let mutex: Mutex
  let condition: Condition

  beforeEach(() => {
    stage = createStage()
    mutex = new Mutex(stage.agent, allocate(stage.registry))
    condition = new Condition(stage.agent, allocate(stage.registry, 'condition'))
  })
  afterEach(endThreadsLeft)

  const add = (items: number): void =>
    Mutex.withLock(mutex, () => {
      Atomics.add(stage.scratch, word.queue, items)
    })

  it('wait (empty token): a program error', () => {
    expect(() => Condition.wait(condition, new UnlockToken())).to.throw('waited for with a token that holds no lock')
  })

  it('waitFor (nobody notifies): false after the limit, with the lock held again', () => {
    const token = Mutex.lock(mutex)
    expect(Condition.waitFor(condition, token, 1)).to.equal(false)
    expect(Condition.waitFor(condition, token, 1, () => false)).to.equal(false)
    expect(Condition.waitFor(condition, token, 1, () => true)).to.equal(true)
    expect(token.locked).to.equal(true)
    expect(Mutex.lockIfAvailable(new Mutex(stage.pretend(1000), mutex.address), 0)).to.equal(null)
  })

  it('notify (nobody waits): 0', () => {
    expect(Condition.notify(condition)).to.equal(0)
  })

  it('notify (count 1, two waiters): at least one goes on, the rest after the next', async () => {
    const threads = [1, 2].map(() => startThread(stage, 'consume', [mutex.address, condition.address]))
    await marked(stage, word.ready, 2)
    add(1)
    Condition.notify(condition, 1)
    await marked(stage, word.counter, 1)
    add(1)
    Condition.notify(condition, 1)
    await Promise.all(threads.map((thread) => thread.ended))
    expect(Atomics.load(stage.scratch, word.queue)).to.equal(0)
  })

  it('one item at a time: each notify comes as the consumer is about to sleep, and none is lost', async () => {
    const rounds = 500
    const thread = startThread(stage, 'consume', [mutex.address, condition.address], { rounds })
    for (let item = 1; item <= rounds; item++) {
      add(1)
      Condition.notify(condition, 1)
      while (Atomics.load(stage.scratch, word.counter) < item) Atomics.wait(stage.scratch, word.counter, item - 1, 1000)
    }
    await thread.ended
    expect(Atomics.load(stage.scratch, word.queue)).to.equal(0)
  })

  it('a waiter dies with the notify that was for it: recovery wakes the others', async () => {
    const dying = startThread(stage, 'consume', [mutex.address, condition.address], { recovers: false })
    const thread = startThread(stage, 'consume', [mutex.address, condition.address])
    await marked(stage, word.ready, 2)
    add(0) // Who has marked `ready` holds the lock until it waits, and must not die with it: this thread is the one that recovers.
    await dying.worker.terminate()
    add(1)
    recover(stage.registry, dying.threadId)
    await thread.ended
    expect(Atomics.load(stage.scratch, word.counter)).to.equal(1)
  })
})
