// Cycles of define, link, call, remove, each with an object of its own: everything returns exactly to where it began, and V8
// collects what was dropped.
import { expect } from 'chai'
import { describe, it } from 'mocha'
import type { JITFunction } from 'worc'
import { JIT } from 'worc'

const cycles = 150

/** Functions, data, TLS and pointers, under names that no other cycle has. */
function source(n: number): string {
  return `static _Thread_local int tls${n} = ${n}; int data${n}[64] = {${n}}; static int get${n}(void) { return tls${n} + data${n}[0]; }
int (*pointer${n})(void) = get${n}; int value${n}(void) { return pointer${n}(); }`
}

describe('reclamation', () => {
  it(`${cycles} different units come and go; arenas, slots and modules are as before`, async () => {
    const jit = await JIT.start({ compileThreads: 1, cacheDirectory: false })
    try {
      const units = 10
      const before = await jit.stats()
      for (let cycle = 0; cycle < cycles / units; cycle += 1) {
        const trackers = await Promise.all(
          Array.from({ length: units }, async (_, n) => {
            const tracker = jit.main.createResourceTracker()
            await jit.addC(source(cycle * units + n), { tracker })
            expect((await jit.lookup(`value${cycle * units + n}`))()).to.equal(2 * (cycle * units + n))
            return tracker
          }),
        )
        await Promise.all(trackers.map((tracker) => tracker.remove({ wait: 'reclaimed' })))
      }
      expect(await jit.stats()).to.deep.equal(before)
    } finally {
      await jit[Symbol.asyncDispose]()
    }
  })

  it('a removed unit’s functions are collected', async () => {
    const jit = await JIT.start({ compileThreads: 1, inline: true })
    try {
      const collect = (globalThis as { gc?: () => void }).gc
      if (collect === undefined) throw new Error('the tests run with --expose-gc')
      let collected = 0
      const registry = new FinalizationRegistry<null>(() => (collected += 1))
      const count = 5
      for (let n = 0; n < count; n += 1) {
        const tracker = jit.main.createResourceTracker()
        await jit.addC(source(n), { tracker })
        const value: JITFunction = await jit.lookup(`value${n}`)
        value()
        registry.register(value, null)
        await tracker.remove({ wait: 'reclaimed' })
      }
      for (let attempt = 0; attempt < 100 && collected < count - 1; attempt += 1) {
        collect()
        await new Promise((resolve) => setImmediate(resolve))
      }
      // The last one may still be in a register of this frame.
      expect(collected).to.be.at.least(count - 1)
    } finally {
      await jit[Symbol.asyncDispose]()
    }
  })
})
