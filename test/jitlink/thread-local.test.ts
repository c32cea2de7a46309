// Shows that each thread has its own copy of a thread-local variable, at one offset for all units; and that code written for a
// thread-local variable works with one that is not.
import { describe, it } from 'mocha'
import { expect } from 'chai'
import { buildLinkGraph, layout, link, prune } from '@worc/jitlink'
import { errorOf, fixture, valueOf } from './fixtures.js'
import { memoryPages, stackBytes, TestLinker } from './test-linker.js'
import { TestThread } from './test-thread.js'

function linked(...names: readonly string[]): { linker: TestLinker; thread: TestThread } {
  const linker = new TestLinker()
  for (const name of names) linker.add(fixture(name), { name })
  return { linker, thread: new TestThread(linker.session) }
}

describe('thread-local variables', () => {
  it('differ between two instances, begin at their initial values, are zero without one', () => {
    const { linker, thread: one } = linked('tls')
    const other = new TestThread(linker.session, 2)
    expect([one.call('bump'), one.call('bump'), other.call('bump')]).to.deep.equal([41, 42, 41])
    expect([one.call('bump_zeroed', 2), one.call('bump_zeroed', 2), other.call('bump_zeroed', 2)]).to.deep.equal([
      1, 2, 1,
    ])
    expect([one.call('bump_own'), other.call('bump_own'), other.call('bump_own')]).to.deep.equal([3, 3, 5])
    expect(one.call('address_of_counter')).to.not.equal(other.call('address_of_counter'))
  })

  it('initial values may be addresses of shared data', () => {
    const { thread } = linked('tls')
    expect(thread.call('read_plain')).to.equal(9)
  })

  it('of another unit have one offset, whatever the thread', () => {
    const { linker, thread: one } = linked('errno-plain', 'tls', 'tls-use')
    const other = new TestThread(linker.session, 2)
    one.call('bump')
    expect([one.call('read_counter'), other.call('bump'), other.call('read_counter')]).to.deep.equal([41, 41, 41])
    one.call('bump')
    expect([one.call('read_counter'), other.call('read_counter')]).to.deep.equal([42, 41])
  })

  it('taken for shared data by another unit: BadObject names the variable', () => {
    const graph = valueOf(buildLinkGraph(fixture('tls-misuse'), { name: 'misuse' }))
    prune(graph)
    const outcome = link(valueOf(layout(graph)), {
      dataAddress: 0,
      threadLocalOffsetBytes: 0,
      slots: [],
      externals: new Map([['counter', { kind: 'thread-local', offsetBytes: 4 }]]),
      memory: memoryPages,
      stackBytes,
      moduleName: 'misuse',
    })
    const { code, message } = errorOf(outcome)
    expect(code).to.equal('BadObject')
    expect(message).to.equal('"counter" is thread-local but is used as data that all threads share')
  })
})

describe('code for a thread-local errno, with one that is not', () => {
  for (const name of ['errno-O0', 'errno-O2']) {
    it(`${name}: reads, writes and takes the address of the shared one, from two threads`, () => {
      const { linker, thread: one } = linked('errno-plain', name)
      const other = new TestThread(linker.session, 2)
      expect([one.call('get_errno'), other.call('get_errno')]).to.deep.equal([5, 5])
      one.call('set_errno', 33)
      expect(other.call('get_errno')).to.equal(33)
      expect(one.call('errno_address')).to.equal(linker.address('errno'))
      expect(other.call('errno_address')).to.equal(linker.address('errno'))
      expect(one.call('both', 2, 7)).to.equal(7 + 31)
      expect(other.call('both', 2, 8)).to.equal(8 + 32)
      expect(other.call('loop', 4)).to.equal(0 + 1 + 2 + 3 + 10 + 20 + 32 + 40)
    })

    it(`${name}: still works with one that is thread-local`, () => {
      const linker = new TestLinker()
      for (const [at, variable] of ['array', 'errno'].entries()) {
        const definition = { kind: 'thread-local', name: variable, offsetBytes: 16 + at * 32, sizeBytes: 4 } as const
        linker.session.symbols.set(variable, { unit: -1, definition })
      }
      linker.add(fixture(name))
      const [one, other] = [new TestThread(linker.session), new TestThread(linker.session, 2)]
      one.call('set_errno', 33)
      other.call('set_errno', 44)
      expect([one.call('get_errno'), other.call('get_errno')]).to.deep.equal([33, 44])
      expect(one.call('both', 2, 7)).to.equal(8)
    })
  }

  it('operands in any order, and additions to something else than the base', () => {
    const { thread } = linked('errno-plain', 'tls-operands')
    expect([thread.call('base_first'), thread.call('base_last')]).to.deep.equal([10, 20])
    expect([0, 4, 8].map((index) => thread.call('base_plus_index', index))).to.deep.equal([10, 20, 30])
    expect([0, 4, 8].map((index) => thread.call('index_plus_base', index))).to.deep.equal([10, 20, 30])
  })
})
