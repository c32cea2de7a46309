// Each worker of the house killed while the session is in use: what it was doing fails at once with ActorDied, its successor
// takes over what is ready, and the arenas account for every byte.
import { expect } from 'chai'
import { afterEach, beforeEach, describe, it } from 'mocha'
import { assemble, fullIsa } from '@worc/riscv'
import type { JIT, ResourceTracker } from 'worc'
import { attach, hostFunctions } from 'worc'
import type { House } from 'worc/house'
import { startHouse } from 'worc/house'
import { rejection, rootCode, thrownBy } from './rejection.js'

describe('the house, when a worker dies', () => {
  let house: House
  let jit: JIT
  beforeEach(async () => {
    house = await startHouse({ compileThreads: 1 })
    jit = await attach(house.clientPort())
  })
  afterEach(async () => {
    await jit[Symbol.asyncDispose]()
    await house.close()
  })

  function kill(name: string): void {
    house.workers.get(name)?.kill({ code: 'UserError', message: 'killed by the test' })
  }

  it('link: its successor adopts what is ready, and gives it back when it is removed', async () => {
    const empty = await jit.stats()
    const tracker = jit.main.createResourceTracker()
    await jit.addC(
      'int data = 5; static int get(void) { return data; } int (*pointer)(void) = get; int ready(void) { return pointer(); }',
      { tracker },
    )
    const ready = await jit.lookup('ready')
    const held = await jit.stats()
    const firstThread = house.workers.get('link')?.threadId
    kill('link')
    expect(ready()).to.equal(5)
    await jit.addC('int ready(void); int after(void) { return ready() + 1; }', { tracker })
    const after = await jit.lookup('after')
    expect(after()).to.equal(6)
    expect(house.workers.get('link')?.threadId).not.to.equal(firstThread)
    expect((await jit.stats()).functionSlots).to.equal(held.functionSlots)
    await tracker.remove({ wait: 'reclaimed' })
    expect(await jit.stats()).to.deep.equal(empty)
  })

  it('link: its successor knows stubs and host functions, and links what is called first under it', async () => {
    const empty = await jit.stats()
    const tracker = jit.main.createResourceTracker()
    const host = { parameters: [], results: ['i32'], call: () => 40 } as const
    await jit.main.define(hostFunctions({ host }), tracker)
    await jit.addC('int host(void); int called(void) { return host(); }', { tracker, lazy: true })
    await jit.addC('int called(void); int uncalled(int a) { return called() + a; }', { tracker, lazy: true })
    const [called, uncalled] = [await jit.lookup('called'), await jit.lookup('uncalled')]
    expect(called()).to.equal(40)
    const firstThread = house.workers.get('link')?.threadId
    kill('link')
    expect(called()).to.equal(40)
    while (house.workers.get('link')?.threadId === firstThread || (await rejectionOrStats(jit)) === undefined)
      await new Promise((resolve) => setImmediate(resolve))
    await jit.lookup('uncalled', { lazy: false })
    expect(uncalled(2)).to.equal(42)
    await tracker.remove({ wait: 'reclaimed' })
    expect(thrownBy(called).code).to.equal('CodeRemoved')
    expect(await jit.stats()).to.deep.equal(empty)
  })

  it('link: what was allocated by hand is there, and its successor takes it back', async () => {
    const empty = await jit.stats()
    const allocation = await (await jit.executorMemory.allocate(1000)).finalize()
    kill('link')
    while ((await rejectionOrStats(jit))?.memoryBytes === undefined)
      await new Promise((resolve) => setImmediate(resolve))
    await allocation.deallocate()
    expect((await jit.stats()).memoryBytes).to.equal(empty.memoryBytes)
    expect((await rejection(jit.executorMemory.allocate(0))).code).to.equal('BadArgument')
  })

  /** This thread leaves, the link actor dies, and another thread comes: by then no thread has anything of `name`. */
  async function lose(name: string): Promise<void> {
    await jit[Symbol.asyncDispose]()
    const dead = house.workers.get('link')?.threadId
    kill('link')
    while (house.workers.get('link')?.threadId === dead) await new Promise((resolve) => setImmediate(resolve))
    jit = await attach(house.clientPort())
    while (rootCode(await rejection(jit.lookup(name))) !== 'ActorDied')
      await new Promise((resolve) => setImmediate(resolve))
  }

  it('link: code that no thread holds has failed with ActorDied; reset, it is linked again', async () => {
    const empty = await jit.stats()
    await jit.addC('int count = 1; int next(void) { return ++count; }')
    const next = await jit.lookup('next')
    expect([next(), next()]).to.deep.equal([2, 3])
    await lose('next')
    expect((await rejection(jit.session.lookup({ searchOrder: [jit.main], symbols: ['count'] }))).code).to.equal(
      'FailedToMaterialize',
    )
    await jit.main.reset()
    expect((await jit.lookup('next'))()).to.equal(2)
    await jit.main.defaultResourceTracker.remove({ wait: 'reclaimed' })
    expect(await jit.stats()).to.deep.equal(empty)
  })

  it('link: the same of lazy functions: stubs, bodies and data are one again', async () => {
    const empty = await jit.stats()
    await jit.addC('int count = 1; int bump(void) { return ++count; } int read(void) { return count; }', { lazy: true })
    expect((await jit.lookup('bump'))()).to.equal(2)
    await lose('bump')
    await jit.main.reset()
    const [bump, read] = [await jit.lookup('bump'), await jit.lookup('read')]
    expect([bump(), bump(), read()]).to.deep.equal([2, 3, 3])
    const [count] = (await jit.session.lookup({ searchOrder: [jit.main], symbols: ['count'] })).values()
    expect(new Int32Array(jit.memory.buffer, count?.address, 1)[0]).to.equal(3)
    await jit.main.defaultResourceTracker.remove({ wait: 'reclaimed' })
    expect(await jit.stats()).to.deep.equal(empty)
  })

  it('link, again and again', async () => {
    const empty = await jit.stats()
    for (let round = 0; round < 4; round += 1) {
      const tracker = jit.main.createResourceTracker()
      await jit.addC(`int round${round}(void) { return ${round}; }`, { tracker })
      const call = await jit.lookup(`round${round}`)
      kill('link')
      expect(call()).to.equal(round)
      await tracker.remove({ wait: 'reclaimed' }).catch(() => undefined)
      for (let stats = await rejectionOrStats(jit); stats?.modules !== 0; stats = await rejectionOrStats(jit))
        await new Promise((resolve) => setImmediate(resolve))
    }
    const after = await jit.stats()
    expect(after).to.deep.equal(empty)
  })

  it('compile: its job fails with ActorDied, the next one goes to its successor', async () => {
    await jit.addC('int warm;')
    const doomed = rejection(jit.addCxx(`#include <vector>\n#include <string>\nint slow${process.pid};`))
    // Behind the job on the same channel: once this is answered, the job is with its compile actor.
    await jit.session.lookupFlags({ searchOrder: [jit.main], symbols: ['warm'] })
    kill('compile 1')
    expect((await doomed).code).to.equal('ActorDied')
    await jit.addC('int next(void) { return 3; }')
    expect((await jit.lookup('next'))()).to.equal(3)
  })

  it('compile: a job that nobody waits for and that does not end makes room for the next', async () => {
    const doublings = Array.from({ length: 40 }, (_, n) => `#define x${n + 1} x${n} x${n}`).join('\n')
    const patience = new AbortController()
    const endless = rejection(
      jit.addC(`#define x0 1,\n${doublings}\nint table[] = {x40};`, { signal: patience.signal }),
    )
    const next = jit.addC('int next(void) { return 4; }')
    await jit.session.lookupFlags({ searchOrder: [jit.main], symbols: [] })
    patience.abort()
    expect((await endless).code).to.equal('Aborted')
    await next
    expect((await jit.lookup('next'))()).to.equal(4)
  })

  it('session: everything outstanding and everything later is SessionClosed', async () => {
    const unit = {
      name: 'waits',
      symbols: { waits: { exported: true } },
      materialize: () => new Promise<void>(() => undefined),
    }
    await jit.main.define(unit)
    const outstanding = rejection(jit.lookupData('waits'))
    await jit.session.lookupFlags({ searchOrder: [jit.main], symbols: ['waits'] })
    kill('session')
    expect(rootCode(await outstanding)).to.equal('ActorDied')
    expect((await outstanding).code).to.equal('SessionClosed')
    expect((await rejection(jit.lookup('anything'))).code).to.equal('SessionClosed')
  })
})

/** Between a link actor's death and its successor's start there is nobody to ask. */
function rejectionOrStats(jit: JIT): Promise<Awaited<ReturnType<JIT['stats']>> | undefined> {
  return jit.stats().catch(() => undefined)
}

describe('the house of machine code, when its link actor dies', () => {
  const word = { parameters: [], results: ['i32'] } as const
  let house: House
  let jit: JIT
  beforeEach(async () => {
    house = await startHouse({ target: 'riscv64', compileThreads: 1 })
    jit = await attach(house.clientPort())
  })
  afterEach(async () => {
    await jit[Symbol.asyncDispose]()
    await house.close()
  })

  async function add(source: string, tracker: ResourceTracker): Promise<void> {
    const object = assemble(`.text\n${source}`, 'test.s', { isa: fullIsa(64), floatAbi: 'double' })
    if (!object.ok) throw new Error(object.error.message)
    await jit.addObject(object.value, { tracker })
  }

  it('its successor adopts what is ready, variables of threads keep their values, and all of it goes when it is removed', async () => {
    const empty = await jit.stats()
    const tracker = jit.main.createResourceTracker()
    await jit.main.define(hostFunctions({ ten: { ...word, call: () => 10 } }), tracker)
    const bump =
      'lui a1, %tprel_hi(mine)\n add a1, a1, tp, %tprel_add(mine)\n lw a0, %tprel_lo(mine)(a1)\n addi a0, a0, 1\n sw a0, %tprel_lo(mine)(a1)'
    await add(`.globl bump\nbump: ${bump}\n ret\n.section .tdata,"awT",@progbits\nmine: .word 1`, tracker)
    await add('.globl call\ncall: tail ten', tracker)
    const [bumped, call] = [
      await jit.lookup('bump', { signature: word }),
      await jit.lookup('call', { signature: word }),
    ]
    expect([bumped(), call()]).to.deep.equal([2, 10])
    const held = await jit.stats()
    house.workers.get('link')?.kill({ code: 'UserError', message: 'killed by the test' })
    expect([bumped(), call()]).to.deep.equal([3, 10])
    await add('.globl after\nafter: tail bump', tracker)
    const after = await jit.lookup('after', { signature: word })
    expect([after(), call()]).to.deep.equal([4, 10])
    expect((await jit.stats()).tlsBytes).to.equal(held.tlsBytes)
    await tracker.remove({ wait: 'reclaimed' })
    expect(thrownBy(bumped).code).to.equal('CodeRemoved')
    expect(await jit.stats()).to.deep.equal(empty)
  })
})
