// Objects that ask for what is not theirs, and threads that leave guest code by a trap: nobody else notices.
import { expect } from 'chai'
import { after, afterEach, before, describe, it } from 'mocha'
import { JIT } from 'worc'
import { rejection, rootCode, thrownBy } from './rejection.js'
import { startThread } from './other-thread.js'

describe('JIT, given code that misbehaves', () => {
  let jit: JIT
  before(async () => {
    jit = await JIT.start({ compileThreads: 1 })
  })
  after(() => jit[Symbol.asyncDispose]())
  afterEach(async () => {
    await jit.main.clear()
    await jit.addC('int alive(void) { return 1; }')
    expect((await jit.lookup('alive'))()).to.equal(1)
    await jit.main.clear()
    await jit.session.verify()
  })

  for (const module of ['ci', 'worc']) {
    it(`import module ${module} is the linker's own: BadObject`, async () => {
      await jit.addC(
        `__attribute__((import_module("${module}"), import_name("miss"))) void theirs(int); void f(void) { theirs(0); }`,
      )
      expect(rootCode(await rejection(jit.lookup('f')))).to.equal('BadObject')
    })
  }

  for (const [module, name] of [
    ['nobody', 'nothing'],
    ['constructor', 'name'],
    ['wasi_snapshot_preview1', 'constructor'],
  ] as const) {
    it(`a host function that nobody provides, ${module}.${name}: linked, and an error when it is called`, async () => {
      await jit.addC(
        `__attribute__((import_module("${module}"), import_name("${name}"))) void theirs(void); void f(void) { theirs(); }`,
      )
      const f = await jit.lookup('f')
      expect(thrownBy(() => f()).code).to.equal('Unsupported')
    })
  }

  it('a trap inside malloc’s functions leaves the heap to the other threads', async () => {
    await jit.addC(`#include <stdlib.h>
void corrupt(void) { free((void *)0xfffffff0); }
int works(void) { char *p = malloc(100); int ok = p != 0; free(p); return ok; }`)
    const thread = await startThread(jit)
    try {
      await thread.tell({ do: 'lookup', name: 'works' })
      const corrupt = await jit.lookup('corrupt')
      expect(thrownBy(() => corrupt()).code).to.equal('Trap')
      expect(await thread.tell({ do: 'call', name: 'works', args: [] })).to.equal(1)
    } finally {
      await thread.end()
    }
  })

  it('malloc from four threads at once', async () => {
    await jit.addC(`#include <stdlib.h>
int churn(int rounds) {
  static _Thread_local void *held[64];
  for (int i = 0; i < rounds; i++) { int k = (i * 7) & 63; free(held[k]); held[k] = malloc(16 + (i * 37) % 900); if (!held[k]) return -1; *(int *)held[k] = i; }
  for (int k = 0; k < 64; k++) { free(held[k]); held[k] = 0; }
  return rounds;
}`)
    const threads = await Promise.all([startThread(jit), startThread(jit), startThread(jit), startThread(jit)])
    try {
      await Promise.all(threads.map((thread) => thread.tell({ do: 'lookup', name: 'churn' })))
      const rounds = 200_000
      const answers = await Promise.all(
        threads.map((thread) => thread.tell({ do: 'call', name: 'churn', args: [rounds] })),
      )
      expect(answers).to.deep.equal([rounds, rounds, rounds, rounds])
    } finally {
      await Promise.all(threads.map((thread) => thread.end()))
    }
  })

  it('lookupSync in the thread of an inline session is WouldDeadlock at once', async () => {
    const inline = await JIT.start({ inline: true })
    expect(thrownBy(() => inline.lookupSync('anything')).code).to.equal('WouldDeadlock')
    await inline[Symbol.asyncDispose]()
  })

  it('a session without room for a stack says so', async () => {
    const error = await rejection(JIT.start({ memory: { maximumBytes: 4 << 20 } }))
    expect(error.code).to.equal('OutOfMemory')
  })
})
