// Tasks that wait without stopping their thread: limits, aborts, and that no wake-up gets lost with those who gave up.
import { afterEach, beforeEach, describe, it } from 'mocha'
import { expect } from 'chai'
import { allocate, createAgent, createRegistry, LockError, Mutex } from 'sharedarraybuffer-lock'
import type { Platform, UnlockToken } from 'sharedarraybuffer-lock'
import { word } from './lock-worker.js'
import { nodePlatform } from './node-platform.js'
import { createStage, endThreadsLeft, marked, startThread, until } from './thread-under-test.js'
import type { Stage } from './thread-under-test.js'

const waiting = 0x2000_0000
const tasksWaiting = 0x1000_0000

describe('lockAsync', () => {
  let stage: Stage
  let mutex: Mutex
  let other: Mutex

  beforeEach(() => {
    stage = createStage()
    const address = allocate(stage.registry)
    mutex = new Mutex(stage.agent, address)
    other = new Mutex(stage.pretend(1000), address)
  })
  afterEach(endThreadsLeft)

  const flags = (): number => Atomics.load(stage.registry.words, mutex.stateIndex)
  const codeOf = (promise: Promise<UnlockToken>): Promise<unknown> =>
    promise.then(
      () => 'granted',
      (error: unknown) => (error instanceof LockError ? error.failure.code : error),
    )

  it('free: granted at once, into the given token', async () => {
    const token = new Mutex.UnlockToken()
    expect(await Mutex.lockAsync(mutex, {}, token)).to.equal(token)
    expect(Mutex.lockIfAvailable(other, 0)).to.equal(null)
    token.unlock()
  })

  it('allowed on a main thread that may not block', async () => {
    const registry = createRegistry()
    const guarded = new Mutex(createAgent(registry, nodePlatform()), allocate(registry))
    expect((await Mutex.lockAsync(guarded)).unlock()).to.equal(true)
  })

  it('held by another thread: granted after its unlock', async () => {
    const held = Mutex.lock(other)
    const wanted = Mutex.lockAsync(mutex)
    held.unlock()
    expect((await wanted).state).to.equal('consistent')
  })

  it('held by a task of this thread: tasks are served in order, each alone', async () => {
    const order: number[] = []
    let inside = 0
    const tasks = [1, 2, 3, 4].map(async (task) => {
      const token = await Mutex.lockAsync(mutex)
      expect(++inside).to.equal(1)
      order.push(task)
      await until(() => true)
      inside--
      token.unlock()
    })
    await Promise.all(tasks)
    expect(order).to.deep.equal([1, 2, 3, 4])
  })

  it('signal (aborted before): rejects with its reason, and the lock stays free', async () => {
    expect(await codeOf(Mutex.lockAsync(mutex, { signal: AbortSignal.abort('no') }))).to.equal('no')
    expect(Mutex.lockIfAvailable(mutex, 0)).not.to.equal(null)
  })

  it('signal (aborted while waiting): rejects at once, the task behind it is granted', async () => {
    const held = Mutex.lock(other)
    const controller = new AbortController()
    const aborted = codeOf(Mutex.lockAsync(mutex, { signal: controller.signal }))
    const behind = codeOf(Mutex.lockAsync(mutex))
    controller.abort('no')
    expect(await aborted).to.equal('no')
    held.unlock()
    expect(await behind).to.equal('granted')
  })

  it('signal (aborted after the grant): without effect', async () => {
    const controller = new AbortController()
    const held = Mutex.lock(other)
    const wanted = Mutex.lockAsync(mutex, { signal: controller.signal, timeoutMs: 1000 })
    held.unlock()
    const token = await wanted
    controller.abort('no')
    expect(token.locked).to.equal(true)
  })

  it('timeoutMs: rejects TimedOut, and the lock can be had later', async () => {
    const held = Mutex.lock(other)
    expect(await codeOf(Mutex.lockAsync(mutex, { timeoutMs: 1 }))).to.equal('TimedOut')
    held.unlock()
    expect(await codeOf(Mutex.lockAsync(mutex, { timeoutMs: 1000 }))).to.equal('granted')
  })

  it('abandoned wait: a thread that sleeps for the same lock is woken all the same', async () => {
    const held = Mutex.lock(other)
    const controller = new AbortController()
    const aborted = codeOf(Mutex.lockAsync(mutex, { signal: controller.signal }))
    const thread = startThread(stage, 'lockOnce', [mutex.address])
    await until(() => (flags() & waiting) !== 0)
    controller.abort('no')
    expect(await aborted).to.equal('no')
    held.unlock()
    await thread.ended
    expect(thread.messages).to.deep.equal(['consistent'])
  })

  it('abandoned wait in a thread that blocks: a task of another thread is woken all the same', async () => {
    const held = Mutex.lock(other)
    const second = new Mutex(stage.agent, allocate(stage.registry))
    const blocker = Mutex.lock(second)
    const thread = startThread(stage, 'abortThenBlock', [mutex.address, second.address])
    await marked(stage, word.ready)
    await until(() => (Atomics.load(stage.registry.words, second.stateIndex) & waiting) !== 0)
    const wanted = Mutex.lockAsync(mutex)
    held.unlock()
    expect((await wanted).unlock()).to.equal(true)
    blocker.unlock()
    await thread.ended
    expect(thread.messages).to.deep.equal(['changed my mind'])
  })

  it('many abandoned waits: one pending wait of the engine in common', async () => {
    const held = Mutex.lock(other)
    for (let task = 0; task < 1000; task++) {
      const controller = new AbortController()
      const aborted = codeOf(Mutex.lockAsync(mutex, { signal: controller.signal }))
      controller.abort('no')
      expect(await aborted).to.equal('no')
    }
    expect(Atomics.notify(stage.registry.words, mutex.taskGateIndex)).to.equal(1)
    await until(() => stage.agent.queues.size === 0)
    held.unlock()
  })

  it('event loop: stays alive while a task waits, and ends after it', async () => {
    const held = Mutex.lock(other)
    const thread = startThread(stage, 'lockOnceAsync', [mutex.address])
    await until(() => (flags() & tasksWaiting) !== 0)
    for (let turn = 0; turn < 50; turn++) await until(() => true)
    held.unlock()
    await thread.ended
    expect(thread.messages).to.deep.equal(['consistent'])
  })

  it('keepAlive: on for the first waiting task, off after the last, whatever way they end', async () => {
    const calls: boolean[] = []
    const platform: Platform = { ...nodePlatform(1001), keepAlive: (on) => calls.push(on) }
    const watched = new Mutex(createAgent(stage.registry, platform), mutex.address)
    const held = Mutex.lock(other)
    const controller = new AbortController()
    const tasks = [
      codeOf(Mutex.lockAsync(watched, { signal: controller.signal })),
      codeOf(Mutex.lockAsync(watched, { timeoutMs: 1 })),
    ]
    expect(calls).to.deep.equal([true])
    controller.abort('no')
    expect(await Promise.all(tasks)).to.deep.equal(['no', 'TimedOut'])
    expect(calls).to.deep.equal([true, false])
    held.unlock()
  })

  it('tasks and blocking threads together: no increment is lost', async () => {
    const threads = [
      startThread(stage, 'increment', [mutex.address], { rounds: 2000 }),
      startThread(stage, 'incrementAsync', [mutex.address], { rounds: 2000 }),
      startThread(stage, 'incrementAsync', [mutex.address], { rounds: 2000 }),
    ]
    await Promise.all(threads.map((thread) => thread.ended))
    expect(stage.scratch[word.counter]).to.equal(6000)
  })
})
