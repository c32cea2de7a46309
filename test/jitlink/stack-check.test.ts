// Shows that a guest stack that is too small stops the guest before it writes to a neighbour's memory; and that longjmp, which
// restores the stack pointer, passes the check.
import { describe, it } from 'mocha'
import { expect } from 'chai'
import { fixture } from './fixtures.js'
import { stackBytes, TestLinker } from './test-linker.js'
import { TestThread } from './test-thread.js'

function linked(...names: readonly string[]): { linker: TestLinker; thread: TestThread } {
  const linker = new TestLinker()
  for (const name of names) linker.add(fixture(name), { name })
  return { linker, thread: new TestThread(linker.session) }
}

describe('stack check', () => {
  it('deep recursion: returns while there is room, overflows when there is none', () => {
    const { thread } = linked('stack')
    expect(thread.call('deep', 50)).to.equal(50)
    expect(() => thread.call('deep', 100)).to.throw('guest stack overflow')
  })

  it('a large alloca: as long as it leaves a red zone, and not a step more', () => {
    const { thread } = linked('stack')
    const before = thread.stackPointer()
    expect(thread.call('large', stackBytes - 128)).to.equal(3)
    expect(thread.stackPointer()).to.equal(before)
    expect(() => thread.call('large', stackBytes - 112)).to.throw('guest stack overflow')
  })

  it('an alloca so large that the pointer wraps around', () => {
    const { thread } = linked('stack')
    for (const size of [stackBytes + 16, 0x7fff_fff0, 0x8000_0000, 0xffff_0000]) {
      expect(() => thread.call('large', size), String(size)).to.throw('guest stack overflow')
    }
  })

  it('a function that uses the red zone at the end of the stack writes nothing below the limit', () => {
    const { linker, thread } = linked('stack-red-zone')
    const limit = thread.stackPointer() - stackBytes
    expect(thread.call('above_leaf', stackBytes - 128)).to.equal(10)
    expect(() => thread.call('above_leaf', stackBytes - 112)).to.throw('guest stack overflow')
    const below = new Uint8Array(linker.session.memory.buffer, limit - 128, 128)
    expect(below.every((byte) => byte === 0)).to.equal(true)
  })

  it('nothing below the limit was written', () => {
    const { linker, thread } = linked('stack')
    const limit = thread.stackPointer() - stackBytes
    expect(() => thread.call('deep', 100)).to.throw('guest stack overflow')
    const below = new Uint8Array(linker.session.memory.buffer, 0x100, limit - 0x100)
    expect(below.every((byte) => byte === 0)).to.equal(true)
  })

  it('units that leave the stack alone do not import it', () => {
    const { linker } = linked('increment')
    const module = new WebAssembly.Module(linker.session.units[0]?.moduleBytes ?? new Uint8Array())
    expect(WebAssembly.Module.imports(module).map(({ name }) => name)).to.deep.equal(['memory'])
  })
})

describe('setjmp and longjmp', () => {
  it('throw and catch one tag across units, and leave the stack as it was', () => {
    const { thread } = linked('setjmp-runtime', 'setjmp')
    const before = thread.stackPointer()
    expect([thread.call('jump', 5), thread.call('jump', 0)]).to.deep.equal([105, 101])
    expect(thread.stackPointer()).to.equal(before)
  })
})
