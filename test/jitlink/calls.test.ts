// Shows that calls arrive: inside a unit, to another unit through a PLT slot, through a slot that does not fit the six bytes
// of a call; and that a slot can be taken back.
import { describe, it } from 'mocha'
import { expect } from 'chai'
import { buildLinkGraph } from '@worc/jitlink'
import { errorOf, fixture } from './fixtures.js'
import { manyCallees } from './generated-objects.js'
import { TestLinker } from './test-linker.js'
import { TestThread } from './test-thread.js'

function linked(...names: readonly string[]): { linker: TestLinker; thread: TestThread } {
  const linker = new TestLinker()
  for (const name of names) linker.add(fixture(name), { name })
  return { linker, thread: new TestThread(linker.session) }
}

describe('calls', () => {
  it('inside a unit: recursion and static functions go nowhere near the PLT', () => {
    const { thread } = linked('calls')
    expect(thread.call('fib', 15)).to.equal(610)
    expect(thread.call('quadruple', 11)).to.equal(44)
    expect(thread.misses).to.deep.equal([])
  })

  it('between units: mutual recursion binds each slot once', () => {
    const { thread } = linked('calls', 'odd')
    expect(thread.call('even', 1000)).to.equal(1)
    expect(thread.call('even', 7)).to.equal(0)
    expect(thread.misses).to.deep.equal(['0:odd', '1:even'])
  })

  it('between units: arguments of every type arrive through the miss stub and through the bound slot', () => {
    const { thread } = linked('calls', 'odd')
    expect(thread.call('forward', 1)).to.equal(1 + 20 + 300 + 4000)
    expect(thread.call('forward', 2)).to.equal(2 + 30 + 400 + 5000)
    expect(thread.misses).to.deep.equal(['0:mix'])
  })

  it('of a function that nobody defines: the miss throws and the unit can be used again when somebody does', () => {
    const { linker, thread } = linked('calls')
    expect(() => thread.call('even', 1)).to.throw('odd is absent')
    linker.add(fixture('odd'))
    expect(thread.call('even', 4)).to.equal(1)
  })

  it('unbind: the next call misses again, other slots stay bound', () => {
    const { thread } = linked('calls', 'odd')
    thread.call('even', 2)
    thread.call('forward', 1)
    thread.instance(0).unbind(0)
    thread.misses.length = 0
    expect(thread.call('even', 2)).to.equal(1)
    expect(thread.call('forward', 1)).to.equal(4321)
    expect(thread.misses).to.deep.equal(['0:odd'])
  })

  it('unbind of a slot that is not there traps', () => {
    const { thread } = linked('calls', 'odd')
    expect(() => thread.instance(0).unbind(2)).to.throw(WebAssembly.RuntimeError)
  })

  it('with another signature than the definition has: both are reported, so that the binder can refuse', () => {
    const { linker, thread } = linked('calls', 'odd-mismatched')
    expect(linker.session.units[0]?.plt[0]).to.deep.equal({ name: 'odd', signature: 'i:i', weak: false })
    expect(linker.session.units[1]?.functions[0]).to.deep.equal(['odd', 'l:l'])
    expect(() => thread.call('even', 3)).to.throw('odd is l:l, i:i was expected')
  })

  it('return_call between units: 100000 of them need no stack', () => {
    const { thread } = linked('tail', 'tail-odd')
    expect(thread.call('tail_even', 100_001)).to.equal(0)
    expect(thread.misses).to.deep.equal(['0:tail_odd', '1:tail_even'])
  })

  it('return_call_indirect: 100000 of them need no stack', () => {
    const { thread } = linked('tail', 'tail-odd')
    expect(thread.call('tail_start', 100_000)).to.equal(42)
  })

  it('of imported JavaScript functions: module and field are those of the source', () => {
    const { linker } = linked('host')
    const notes: unknown[] = []
    const thread = new TestThread(linker.session, 1, {
      host: { twice: (n: number) => 2 * n, note: (n: bigint) => notes.push(n) },
    })
    expect(thread.call('ask_host', 21)).to.equal(42)
    expect(notes).to.deep.equal([21n])
    expect(linker.session.units[0]?.plt).to.deep.equal([])
  })

  it('of an imported JavaScript function through its pointer', () => {
    const { linker } = linked('host')
    const thread = new TestThread(linker.session, 1, { host: { twice: (n: number) => 2 * n, note: () => undefined } })
    const pointer = thread.call('host_pointer') as number
    expect(thread.call('call_host_pointer', pointer, 8)).to.equal(16)
  })

  it('blocks of several values keep their types', () => {
    const { thread } = linked('block-types')
    expect(thread.call('divide', 17, 5)).to.deep.equal([3, 2])
  })
})

describe('calls that do not fit six bytes', () => {
  /** Calls the callees asked for, out of `count` that each return their number, missing and bound. */
  function callTwice(count: number, callees: readonly number[], distinctTypes: boolean, returning = false): void {
    const linker = new TestLinker()
    const objects = manyCallees(count, distinctTypes, returning)
    linker.add(objects.caller)
    linker.add(objects.callees)
    const thread = new TestThread(linker.session)
    for (const n of callees) {
      expect(thread.call(`call${n}`), `missed callee ${n}`).to.equal(n)
      expect(thread.call(`call${n}`), `bound callee ${n}`).to.equal(n)
    }
    expect(thread.misses).to.deep.equal(callees.map((n) => `0:callee${n}`))
  }

  it('slot 8191 is the last near one, 8192 the first far one', () => {
    callTwice(8194, [63, 64, 8191, 8192, 8193], false)
  })

  it('type 127 is the last near one, 128 the first far one', () => {
    callTwice(140, [127, 128, 139], true)
  })

  it('a far return_call arrives too', () => {
    callTwice(140, [127, 139], true, true)
  })
})

describe('link', () => {
  it('refuses an instruction it cannot redirect, naming relocation and opcode', () => {
    const object = fixture('calls')
    const [first] = object.codeRelocations
    const functions = object.functions.map((entry) => {
      const body = entry.body.slice()
      const at = (first?.offset ?? 0) - entry.bodyOffset
      if (at > 0 && at < body.length) body[at - 1] = 0xd2
      return { ...entry, body }
    })
    const error = errorOf(buildLinkGraph({ ...object, functions }, { name: 'Foo' }))
    expect(error.code).to.equal('BadObject')
    expect(error.message).to.match(/^Foo: R_WASM_\w+ at 0x\w+ of the code section: opcode 0xd2 before the field/)
  })
})
