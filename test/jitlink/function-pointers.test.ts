// Shows that pointers to functions are plain numbers that any unit can call, and that a thread which has not seen the code
// behind one yet comes to see it.
import { describe, it } from 'mocha'
import { expect } from 'chai'
import { maximumSlotsPerSignature } from '@worc/protocol'
import { fixture } from './fixtures.js'
import { TestLinker, type TestSession } from './test-linker.js'
import { TestThread } from './test-thread.js'

function linked(...names: readonly string[]): { linker: TestLinker; thread: TestThread; session: TestSession } {
  const linker = new TestLinker()
  for (const name of names) linker.add(fixture(name), { name })
  return { linker, thread: new TestThread(linker.session), session: linker.session }
}

function numbers({ linker, session }: { linker: TestLinker; session: TestSession }): readonly number[] {
  return [...new Int32Array(session.memory.buffer, linker.address('numbers'), 5)]
}

describe('function pointers', () => {
  for (const sort of ['sort', 'sort-reference-types']) {
    it(`a callback into another unit, call_indirect as in ${sort}.o`, () => {
      const setting = linked(sort, 'increment', 'pointers')
      setting.thread.call('sort_ascending')
      expect(numbers(setting)).to.deep.equal([10, 20, 30, 40, 50])
      setting.thread.call('sort_descending')
      expect(numbers(setting)).to.deep.equal([50, 40, 30, 20, 10])
    })
  }

  it('in data: a table of static functions', () => {
    const { thread } = linked('increment', 'sort', 'pointers')
    expect(thread.call('operate', 0, 7, 5)).to.equal(12)
    expect(thread.call('operate', 1, 7, 5)).to.equal(2)
  })

  it('the null pointer traps', () => {
    const { thread } = linked('increment', 'sort', 'pointers')
    expect(() => thread.call('operate', 2, 7, 5)).to.throw(WebAssembly.RuntimeError)
    expect(thread.last.value).to.equal(0)
  })

  it('of another unit, in data and in code: one value everywhere', () => {
    const { linker, thread, session } = linked('increment', 'sort', 'pointers')
    const pointer = linker.pointer('increment')
    expect(thread.call('get_increment')).to.equal(pointer | 0)
    expect(new Uint32Array(session.memory.buffer, linker.address('increment_pointer'), 1)[0]).to.equal(pointer)
    expect(thread.call('call_increment', 41)).to.equal(42)
  })

  it('published after the thread looked: it syncs once, then no more', () => {
    const { linker, thread } = linked('increment', 'sort', 'pointers')
    thread.call('operate', 0, 1, 1)
    const before = thread.syncs
    linker.add(fixture('strong'))
    const pointer = linker.pointer('policy')
    expect(thread.call('call_pointer', pointer, 3)).to.equal(3000)
    expect(thread.call('call_pointer', pointer, 4)).to.equal(4000)
    expect(thread.syncs).to.equal(before + 1)
  })

  it('of another signature traps, and the pointer is on record', () => {
    const { linker, thread } = linked('increment', 'sort', 'pointers', 'calls')
    const pointer = linker.pointer('forward')
    expect(() => thread.call('call_pointer', pointer, 3)).to.throw(WebAssembly.RuntimeError)
    expect(thread.last.value).to.equal(pointer | 0)
  })

  it('beyond the last slot, or to one that is empty, traps', () => {
    const { linker, thread } = linked('increment', 'sort', 'pointers')
    const pointer = linker.pointer('increment')
    expect(() => thread.call('call_pointer', pointer - (pointer % maximumSlotsPerSignature) + 1000, 3)).to.throw(
      WebAssembly.RuntimeError,
    )
    expect(() => thread.call('call_pointer', pointer + 1, 3)).to.throw(WebAssembly.RuntimeError)
  })
})
