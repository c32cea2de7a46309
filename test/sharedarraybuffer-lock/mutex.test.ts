// A mutex excludes, and its token says so: first in one thread (with a second agent that pretends to be another one), then
// among real threads.
import { afterEach, beforeEach, describe, it } from 'mocha'
import { expect } from 'chai'
import { allocate, Condition, createAgent, createRegistry, LockError, Mutex, UnlockToken } from 'sharedarraybuffer-lock'
import { word } from './lock-worker.js'
import { nodePlatform } from './node-platform.js'
import { createStage, endThreadsLeft, mark, marked, startThread, until } from './thread-under-test.js'
import type { Stage } from './thread-under-test.js'

const waiting = 0x2000_0000

describe('Mutex', () => {
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

  it('lock (free): the token is locked; unlock answers true once, then false', () => {
    const token = Mutex.lock(mutex)
    expect(token.locked).to.equal(true)
    expect(token.state).to.equal('consistent')
    expect(token.unlock()).to.equal(true)
    expect(token.unlock()).to.equal(false)
    expect(token.state).to.equal('unlocked')
  })

  it('lock (given token): fills and returns that token, and refuses one that is in use', () => {
    const token = new Mutex.UnlockToken()
    expect(Mutex.lock(mutex, token)).to.equal(token)
    expect(() => Mutex.lock(other, token)).to.throw('invariant: the token still holds a lock')
    token.unlock()
    expect(Mutex.lock(other, token).locked).to.equal(true)
  })

  it('using: unlocks at the end of the block', () => {
    {
      using token = Mutex.lock(mutex)
      expect(token.locked).to.equal(true)
    }
    expect(Mutex.lockIfAvailable(other, 0)).to.be.instanceOf(UnlockToken)
  })

  it('lockIfAvailable (held): null at once for 0 ms, null after the limit otherwise, and the token stays empty', () => {
    Mutex.lock(mutex)
    const token = new UnlockToken()
    expect(Mutex.lockIfAvailable(other, 0, token)).to.equal(null)
    expect(Mutex.lockIfAvailable(other, 1, token)).to.equal(null)
    expect(token.locked).to.equal(false)
  })

  it('lockIfAvailable (held, then given back): a stale waiting flag costs nothing but a notify', () => {
    const held = Mutex.lock(mutex)
    Mutex.lockIfAvailable(other, 1)
    held.unlock()
    expect(Mutex.lockIfAvailable(other, 0)?.state).to.equal('consistent')
  })

  it('withLock: returns what the body returns, and unlocks when it throws', () => {
    expect(Mutex.withLock(mutex, (token) => token.state)).to.equal('consistent')
    expect(() => Mutex.withLock(mutex, () => expect.fail('thrown inside'))).to.throw('thrown inside')
    expect(Mutex.lockIfAvailable(other, 0)).not.to.equal(null)
  })

  it('lock (already held by this thread): Deadlock that names the thread, instead of sleeping for ever', () => {
    Mutex.lock(mutex)
    expect(() => Mutex.lock(mutex)).to.throw(LockError, 'deadlock: thread 0 waits for lock 1 held by thread 0')
  })

  it('lock (main thread, not allowed to block): WouldBlockMain even where the lock is free; 0 ms is allowed', () => {
    const registry = createRegistry()
    const guarded = new Mutex(createAgent(registry, nodePlatform()), allocate(registry))
    const condition = new Condition(guarded.agent, allocate(registry, 'condition'))
    expect(() => Mutex.lock(guarded)).to.throw(LockError, 'lock 1 may block the main thread')
    expect(() => Mutex.lockIfAvailable(guarded, 5)).to.throw(LockError, 'lock 1 may block the main thread')
    const token = Mutex.lockIfAvailable(guarded, 0) ?? expect.fail('a free mutex is available')
    expect(() => Condition.wait(condition, token)).to.throw(LockError, 'lock 2 may block the main thread')
    expect(token.unlock()).to.equal(true)
  })

  it('increments of three threads, one of them the main thread: none is lost', async () => {
    const rounds = 20_000
    const threads = [1, 2].map(() => startThread(stage, 'increment', [mutex.address], { rounds }))
    for (let round = 0; round < rounds; round++) {
      Mutex.withLock(mutex, () => (stage.scratch[word.counter] = (stage.scratch[word.counter] ?? 0) + 1))
      if (round % 1000 === 0) await until(() => true)
    }
    await Promise.all(threads.map((thread) => thread.ended))
    expect(stage.scratch[word.counter]).to.equal(3 * rounds)
  })

  it('waiting flag: a thread that slept takes the lock with the flag up, for others it cannot know of', async () => {
    const state = (): number => Atomics.load(stage.registry.words, mutex.stateIndex)
    Mutex.lock(other)
    const thread = startThread(stage, 'holdForEver', [mutex.address])
    await until(() => (state() & waiting) !== 0)
    Atomics.store(stage.registry.words, mutex.stateIndex, 0)
    Atomics.notify(stage.registry.words, mutex.stateIndex)
    await marked(stage, word.ready)
    expect(state()).to.equal((thread.threadId + 1) | waiting)
    mark(stage, word.go)
    await thread.ended
  })

  it('waiting flag (two sleepers): one unlock wakes one, and its unlock wakes the other', async () => {
    const held = Mutex.lock(mutex)
    const threads = [1, 2].map(() => startThread(stage, 'lockOnce', [mutex.address]))
    await until(() => Atomics.load(stage.scratch, word.ready) === 2)
    held.unlock()
    await Promise.all(threads.map((thread) => thread.ended))
    expect(threads.map((thread) => thread.messages)).to.deep.equal([['consistent'], ['consistent']])
  })
})
