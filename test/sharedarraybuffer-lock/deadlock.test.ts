// Threads around a table, each with its own mutex, each wanting the next one's: (0) -> (1) -> ... -> (0). In every round at
// least one must be told, with the cycle by name, and nobody may hang.
import { afterEach, describe, it } from 'mocha'
import { expect } from 'chai'
import { allocate, Mutex } from 'sharedarraybuffer-lock'
import type { LockAddress, LockFailure } from 'sharedarraybuffer-lock'
import { word } from './lock-worker.js'
import { createStage, endThreadsLeft, startThread } from './thread-under-test.js'

describe('deadlock detection', () => {
  afterEach(endThreadsLeft)

  for (const seats of [2, 3]) {
    it(`${seats} threads, 100 rounds: every round at least one thread is told the whole cycle`, async () => {
      const rounds = 100
      const stage = createStage()
      Atomics.store(stage.scratch, word.queue, seats)
      const addresses = Array.from({ length: seats }, () => allocate(stage.registry))
      const threads = addresses.map((address, seat) =>
        startThread(stage, 'dine', [address, addresses[(seat + 1) % seats] as LockAddress], { rounds }),
      )
      await Promise.all(threads.map((thread) => thread.ended))
      const told = threads.flatMap((thread) => thread.messages as LockFailure[])
      expect(told.length).to.be.within(rounds, rounds * seats)
      const wanted = threads.map((thread, seat) => ({
        threadId: thread.threadId,
        waitsFor: addresses[(seat + 1) % seats],
      }))
      for (const failure of told) {
        if (failure.code !== 'Deadlock') return expect.fail(failure.code)
        expect(failure.cycle).to.have.deep.members(wanted)
      }
    })
  }

  it('a chain without a cycle, and a cycle that a time limit ends: nobody is told', () => {
    const stage = createStage()
    const [one, two] = [allocate(stage.registry), allocate(stage.registry)]
    const first = stage.pretend(1000)
    Mutex.lock(new Mutex(first, one))
    Mutex.lock(new Mutex(stage.agent, two))
    expect(Mutex.lockIfAvailable(new Mutex(stage.agent, one), 1)).to.equal(null)
    expect(Mutex.lockIfAvailable(new Mutex(first, two), 1)).to.equal(null)
  })
})
