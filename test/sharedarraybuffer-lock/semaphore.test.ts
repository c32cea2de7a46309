// Semaphores: never more inside than the capacity, and a dead thread's permits come back.
import { afterEach, beforeEach, describe, it } from 'mocha'
import { expect } from 'chai'
import type { LockError } from 'sharedarraybuffer-lock'
import { allocate, Permit, Semaphore } from 'sharedarraybuffer-lock'
import { word } from './lock-worker.js'
import { createStage, endThreadsLeft, marked, startThread, until } from './thread-under-test.js'
import type { Stage } from './thread-under-test.js'

describe('Semaphore', () => {
  let stage: Stage
  let semaphore: Semaphore

  beforeEach(() => {
    stage = createStage()
    semaphore = new Semaphore(stage.agent, allocate(stage.registry, 'semaphore', 2))
  })
  afterEach(endThreadsLeft)

  it('acquire and release: permits run out and come back', () => {
    const permits = [Semaphore.acquire(semaphore), Semaphore.acquire(semaphore)]
    expect(Semaphore.available(semaphore)).to.equal(0)
    expect(Semaphore.acquireIfAvailable(semaphore, 0)).to.equal(null)
    expect(Semaphore.acquireIfAvailable(semaphore, 1)).to.equal(null)
    expect(permits.map((permit) => permit.release())).to.deep.equal([true, true])
    expect(permits[0]?.release()).to.equal(false)
    expect(Semaphore.available(semaphore)).to.equal(2)
  })

  it('using: gives the unit back at the end of the block; a permit in use is refused', () => {
    {
      using permit = Semaphore.acquire(semaphore)
      expect(permit.held).to.equal(true)
      expect(() => Semaphore.acquire(semaphore, permit)).to.throw('the permit still holds a unit')
    }
    expect(Semaphore.available(semaphore)).to.equal(2)
  })

  it('capacity 40: permits of several lines are all different, and no line is taken for another lock', () => {
    const large = new Semaphore(stage.agent, allocate(stage.registry, 'semaphore', 40))
    const permits = Array.from({ length: 40 }, () => Semaphore.acquire(large))
    expect(Semaphore.available(large)).to.equal(0)
    permits.forEach((permit) => permit.release())
    expect(Semaphore.available(large)).to.equal(40)
    expect(allocate(stage.registry)).to.equal(semaphore.address + 2 + 4)
  })

  it('acquireAsync: waits for a release; a limit rejects TimedOut', async () => {
    const permits = [Semaphore.acquire(semaphore), Semaphore.acquire(semaphore)]
    const late = await Semaphore.acquireAsync(semaphore, { timeoutMs: 1 }).catch((error: unknown) => error)
    expect((late as LockError).failure.code).to.equal('TimedOut')
    const wanted = Semaphore.acquireAsync(semaphore)
    permits[0]?.release()
    expect(await wanted).to.be.instanceOf(Permit)
  })

  it('acquire (none free): sleeps until a release', async () => {
    const gateIndex = semaphore.address * 16 + 1
    const permits = [Semaphore.acquire(semaphore), Semaphore.acquire(semaphore)]
    const thread = startThread(stage, 'pass', [semaphore.address])
    await until(() => (Atomics.load(stage.registry.words, gateIndex) & 1) !== 0)
    for (let turn = 0; turn < 50; turn++) await until(() => true)
    permits[0]?.release()
    await thread.ended
    expect(Semaphore.available(semaphore)).to.equal(1)
  })

  it('threads and tasks: at most two inside, everybody gets in as often as it wants', async () => {
    const rounds = 3000
    const threads = [
      startThread(stage, 'pass', [semaphore.address], { rounds }),
      startThread(stage, 'pass', [semaphore.address], { rounds }),
      startThread(stage, 'pass', [semaphore.address], { rounds }),
      startThread(stage, 'passAsync', [semaphore.address], { rounds: 500 }),
    ]
    await Promise.all(threads.map((thread) => thread.ended))
    expect(stage.scratch[word.counter]).to.equal(3 * rounds + 500)
    expect(stage.scratch[word.most]).to.be.within(1, 2)
    expect(Semaphore.available(semaphore)).to.equal(2)
  })

  it('holder dies: its permit is free after recovery, and a sleeper gets it', async () => {
    Semaphore.acquire(semaphore)
    const holder = startThread(stage, 'holdPermitForEver', [semaphore.address])
    await marked(stage, word.ready)
    const sleeper = startThread(stage, 'pass', [semaphore.address])
    const task = Semaphore.acquireAsync(semaphore)
    await holder.worker.terminate()
    expect(await holder.ended).to.deep.equal([{ address: semaphore.address, held: 'permit' }])
    ;(await task).release()
    await sleeper.ended
    expect(stage.scratch[word.counter]).to.equal(1)
    expect(Semaphore.available(semaphore)).to.equal(1)
  })
})
