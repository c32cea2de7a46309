// Readers together, writers alone, writers first; and what is left of each of them after its death.
import { afterEach, beforeEach, describe, it } from 'mocha'
import { expect } from 'chai'
import { allocate, LockError, Mutex, ReadToken, recover, RwLock } from 'sharedarraybuffer-lock'
import type { LockFailure } from 'sharedarraybuffer-lock'
import { word } from './lock-worker.js'
import { createStage, endThreadsLeft, mark, marked, startThread, until } from './thread-under-test.js'
import type { Stage } from './thread-under-test.js'

const ownerMask = 0x0fff_ffff
const waiting = 0x2000_0000
const writersWaiting = 0x1000_0000

describe('RwLock', () => {
  let stage: Stage
  let lock: RwLock
  let other: RwLock

  beforeEach(() => {
    stage = createStage()
    const address = allocate(stage.registry, 'rw-lock')
    lock = new RwLock(stage.agent, address)
    other = new RwLock(stage.pretend(1000), address)
  })
  afterEach(endThreadsLeft)

  const state = (): number => Atomics.load(stage.registry.words, lock.stateIndex)

  it('read (others read): together; write (others read): not available until all have left', () => {
    const mine = RwLock.read(lock)
    const theirs = RwLock.read(other)
    const again = RwLock.read(lock)
    expect(RwLock.writeIfAvailable(other, 0)).to.equal(null)
    expect([mine.unlock(), theirs.unlock()]).to.deep.equal([true, true])
    expect(RwLock.writeIfAvailable(other, 1)).to.equal(null)
    again.unlock()
    expect(RwLock.writeIfAvailable(other, 0)?.locked).to.equal(true)
  })

  it('read (a writer is inside): null at once for 0 ms, null after the limit otherwise', () => {
    const writer = RwLock.write(other)
    expect(RwLock.readIfAvailable(lock, 0)).to.equal(null)
    expect(RwLock.readIfAvailable(lock, 1)).to.equal(null)
    expect(RwLock.writeIfAvailable(lock, 1)).to.equal(null)
    writer.unlock()
    expect(RwLock.readIfAvailable(lock, 0)?.state).to.equal('consistent')
  })

  it('read token: empty after unlock, refused while in use', () => {
    const token = RwLock.read(lock, new ReadToken())
    expect(() => RwLock.read(other, token)).to.throw('the token still holds a lock')
    expect([token.unlock(), token.unlock()]).to.deep.equal([true, false])
    expect(token.state).to.equal('unlocked')
  })

  it('write (while reading), read and write (while writing): Deadlock instead of sleeping for ever', () => {
    const reader = RwLock.read(lock)
    expect(() => RwLock.write(lock)).to.throw(LockError, 'deadlock: thread 0 waits for lock 1 held by thread 0')
    reader.unlock()
    const writer = RwLock.write(lock)
    expect(() => RwLock.read(lock)).to.throw(LockError, 'deadlock')
    expect(() => RwLock.write(lock)).to.throw(LockError, 'deadlock')
    writer.unlock()
    expect(RwLock.writeIfAvailable(other, 0)?.state).to.equal('consistent')
  })

  it('writer waits for a reader: later readers stand back, and the writer goes first', async () => {
    const reader = RwLock.read(lock)
    const writer = startThread(stage, 'writeOnce', [lock.address])
    await until(() => (state() & ownerMask) !== 0)
    expect(RwLock.readIfAvailable(other, 0)).to.equal(null)
    const late = startThread(stage, 'readOnce', [lock.address])
    await until(() => (state() & waiting) !== 0)
    reader.unlock()
    await Promise.all([writer.ended, late.ended])
    expect(late.messages).to.deep.equal(['read 1'])
  })

  it('a writer leaves while a writer and a reader wait: both get in', async () => {
    const first = RwLock.write(other)
    const late = startThread(stage, 'readOnce', [lock.address])
    await until(() => (state() & waiting) !== 0)
    const next = startThread(stage, 'writeOnce', [lock.address])
    await until(() => (state() & writersWaiting) !== 0)
    first.unlock()
    await Promise.all([next.ended, late.ended])
    expect(next.messages).to.deep.equal(['consistent'])
    expect(late.messages.length).to.equal(1)
  })

  it('three threads that read and write: nobody sees a half-done write', async () => {
    const threads = [1, 2, 3].map(() => startThread(stage, 'readAndWrite', [lock.address], { rounds: 4000 }))
    await Promise.all(threads.map((thread) => thread.ended))
    expect(threads.flatMap((thread) => thread.errors)).to.deep.equal([])
    expect(stage.scratch[word.counter]).to.equal(3000)
    expect(state()).to.equal(0)
  })

  it('reader dies: a waiting writer gets in, and is not told anything', async () => {
    const reader = startThread(stage, 'readForEver', [lock.address])
    await marked(stage, word.ready)
    const writer = startThread(stage, 'writeOnce', [lock.address])
    await until(() => (state() & ownerMask) !== 0)
    await reader.worker.terminate()
    expect(await reader.ended).to.deep.equal([{ address: lock.address, held: 'read' }])
    await writer.ended
    expect(writer.messages).to.deep.equal(['consistent'])
  })

  it('writer dies: a reader that slept goes on, the next reader and the next writer are told owner-died, until it is marked consistent', async () => {
    const writer = startThread(stage, 'writeForEver', [lock.address])
    await marked(stage, word.ready)
    const sleeper = startThread(stage, 'readOnce', [lock.address])
    await until(() => (state() & waiting) !== 0)
    await writer.worker.terminate()
    expect(await writer.ended).to.deep.equal([{ address: lock.address, held: 'write' }])
    await sleeper.ended
    const reader = RwLock.read(lock)
    expect(reader.state).to.equal('owner-died')
    reader.unlock()
    const token = RwLock.write(lock)
    expect(token.state).to.equal('owner-died')
    token.markConsistent()
    token.unlock()
    expect(RwLock.read(lock).state).to.equal('consistent')
  })

  it('writer dies, the next reader has a repair: it repairs as a writer, then reads', () => {
    let repairs = 0
    const repaired = new RwLock(stage.agent, lock.address, { repair: () => repairs++ })
    RwLock.write(other)
    recover(stage.registry, 1000)
    expect(RwLock.read(repaired).state).to.equal('consistent')
    expect(repairs).to.equal(1)
  })

  it('writer dies while a reader and a writer sleep: both get in, and are told', async () => {
    RwLock.write(other)
    const late = startThread(stage, 'readOnce', [lock.address])
    await until(() => (state() & waiting) !== 0)
    const next = startThread(stage, 'writeOnce', [lock.address])
    await until(() => (state() & writersWaiting) !== 0)
    recover(stage.registry, 1000)
    await Promise.all([late.ended, next.ended])
    expect(next.messages).to.deep.equal(['owner-died'])
    expect(late.messages.length).to.equal(1)
  })

  it('the writer that readers stood back for dies before it owns: readers get in', async () => {
    const first = RwLock.write(lock)
    const dying = startThread(stage, 'writeOnce', [lock.address])
    const late = startThread(stage, 'readOnce', [lock.address])
    await until(() => (state() & waiting) !== 0 && (state() & writersWaiting) !== 0)
    await dying.worker.terminate()
    first.unlock()
    await Promise.all([dying.ended, late.ended])
    expect(late.messages).to.deep.equal(['read 0'])
  })

  it('abandon: readers and writers get Abandoned', () => {
    RwLock.write(lock).abandon()
    expect(() => RwLock.read(other)).to.throw(LockError, 'lock 1 was abandoned')
    expect(() => RwLock.readIfAvailable(other, 0)).to.throw(LockError, 'lock 1 was abandoned')
    expect(() => RwLock.write(other)).to.throw(LockError, 'lock 1 was abandoned')
  })

  it('cycle through a reader: writer waits for its row, reader wants what the writer holds', async () => {
    const mutex = new Mutex(stage.agent, allocate(stage.registry))
    const held = Mutex.lock(mutex)
    const thread = startThread(stage, 'readThenLock', [lock.address, mutex.address])
    await marked(stage, word.ready)
    mark(stage, word.go)
    await until(() => (Atomics.load(stage.registry.words, mutex.stateIndex) & waiting) !== 0)
    const told: unknown[] = []
    try {
      RwLock.write(lock).unlock()
    } catch (error) {
      told.push(error instanceof LockError ? error.failure : error)
    }
    held.unlock()
    await thread.ended
    told.push(...thread.messages)
    expect(told.length).to.be.within(1, 2)
    const cycle = [
      { threadId: 0, waitsFor: lock.address },
      { threadId: thread.threadId, waitsFor: mutex.address },
    ]
    for (const failure of told as LockFailure[]) {
      if (failure.code !== 'Deadlock') return expect.fail(failure.code)
      expect(failure.cycle).to.have.deep.members(cycle)
    }
    expect(RwLock.writeIfAvailable(lock, 0)?.state).to.equal('consistent')
  })
})
