// Shows that data lies where the linker put it and refers to what it should.
import { describe, it } from 'mocha'
import { expect } from 'chai'
import {
  buildLinkGraph,
  layout,
  link,
  prune,
  type ExternalDefinition,
  type LinkedUnit,
  type Resolution,
} from '@worc/jitlink'
import type { Expected } from '@worc/protocol'
import { errorOf, fixture, valueOf } from './fixtures.js'
import { memoryPages, stackBytes, TestLinker } from './test-linker.js'
import { TestThread } from './test-thread.js'

const heapBase = 0x50_0000

function linkedData(): { linker: TestLinker; thread: TestThread } {
  const linker = new TestLinker()
  linker.add(fixture('shared'), { name: 'shared' })
  const definition = { kind: 'data', name: '__heap_base', address: heapBase, sizeBytes: 0 } as const
  linker.session.symbols.set('__heap_base', { unit: -1, definition })
  linker.add(fixture('data'), { name: 'data' })
  return { linker, thread: new TestThread(linker.session) }
}

describe('data', () => {
  it('refers to data of the unit, with an addend, and of another unit', () => {
    const { thread } = linkedData()
    expect(thread.call('first_of')).to.equal(3)
    expect([thread.call('letter', 0, 0), thread.call('letter', 2, 2)]).to.deep.equal([122, 111])
    expect(thread.call('read_shared', 2)).to.equal(33)
    expect(thread.call('read_second')).to.equal(22)
  })

  it('holds distances from itself, forwards and backwards', () => {
    const linker = new TestLinker()
    for (const name of ['shared', 'relative']) linker.add(fixture(name), { name })
    const field = linker.address('relative') + 4
    const words = [...new Int32Array(linker.session.memory.buffer, field, 2)]
    expect(words).to.deep.equal([linker.address('there') - field, linker.address('shared') - field - 4])
  })

  it('zeros are a range to clear, not bytes to write', () => {
    const { linker, thread } = linkedData()
    const unit = linker.session.units[1]
    const [range] = unit?.zeroRanges ?? []
    const start = linker.address('zeros')
    expect(thread.call('zero_at', 0)).to.equal(start)
    expect(range?.address ?? Infinity).to.be.at.most(start)
    expect((range?.address ?? 0) + (range?.sizeBytes ?? 0)).to.be.at.least(start + 70_000)
    const written = unit?.writes.reduce((sum, { bytes }) => sum + bytes.length, 0)
    expect(written).to.be.lessThan(1000)
  })

  it('is aligned as it asks', () => {
    const { linker } = linkedData()
    expect(linker.address('aligned') % 64).to.equal(0)
  })

  it('aliases of a function share its index, aliases of data its address', () => {
    const { linker, thread } = linkedData()
    const { symbols } = linker.session
    expect(symbols.get('renamed')?.definition).to.deep.include({ kind: 'function' })
    const indexes = ['real', 'renamed'].map((name) => {
      const definition = symbols.get(name)?.definition
      return definition?.kind === 'function' ? definition.index : name
    })
    expect(indexes[0]).to.equal(indexes[1])
    expect(thread.call('renamed', 1)).to.equal(8)
    expect(linker.address('origin_alias')).to.equal(linker.address('origin'))
  })

  it('__start_ and __stop_ enclose a named section', () => {
    const { thread } = linkedData()
    expect(thread.call('sum_entries')).to.equal(123)
  })

  it('__dso_handle is an address of the unit, __heap_base what the session says, __wasm_call_ctors does nothing', () => {
    const { linker, thread } = linkedData()
    expect(thread.call('handle')).to.be.within(0x10_0000, heapBase - 1)
    expect(thread.call('heap_base')).to.equal(heapBase)
    expect(thread.call('call_ctors')).to.equal(1)
    const names = linker.session.units[1]?.definitions.map(({ name }) => name)
    expect(names).to.not.include.members(['__dso_handle', '__wasm_call_ctors', '__start_entries'])
  })
})

describe('position-independent objects', () => {
  it('read addresses from constants: functions, data, weak data that nobody defines', () => {
    const linker = new TestLinker()
    for (const name of ['shared', 'increment', 'pic']) linker.add(fixture(name), { name })
    const thread = new TestThread(linker.session)
    expect(thread.call('pic_sum', 1)).to.equal(22 + 3 + 4)
    expect(thread.call('pic_call', 10)).to.equal(11 + 13)
    expect(thread.call('pic_pointer', 1)).to.equal(linker.pointer('increment') | 0)
    expect(thread.call('pic_has_nobody')).to.equal(0)
  })
})

describe('resolution', () => {
  function linkWith(name: string, externals: readonly (readonly [string, ExternalDefinition])[]): Expected<LinkedUnit> {
    const graph = valueOf(buildLinkGraph(fixture(name), { name }))
    prune(graph)
    const plan = valueOf(layout(graph))
    const resolution: Resolution = {
      dataAddress: 0x10_0000,
      threadLocalOffsetBytes: 0,
      slots: plan.addressTaken.map((index) => 0x10_0000 + index),
      externals: new Map(externals),
      memory: memoryPages,
      stackBytes,
      moduleName: name,
    }
    return link(plan, resolution)
  }

  it('names every symbol that is missing', () => {
    const error = errorOf(linkWith('data', []))
    expect(error.code).to.equal('SymbolsNotFound')
    expect('symbols' in error ? error.symbols : []).to.deep.equal([['data', ['shared', '__heap_base']]])
  })

  it('data that turns out to be a function is BadObject, a function that turns out to be data NotAFunction', () => {
    const asFunction = errorOf(
      linkWith('data', [
        ['shared', { kind: 'function', slot: 1 }],
        ['__heap_base', { kind: 'data', address: 0 }],
      ]),
    )
    expect([asFunction.code, asFunction.message]).to.deep.equal([
      'BadObject',
      '"shared" is used as data but is a function',
    ])
    const asData = errorOf(linkWith('pointers', [['increment', { kind: 'data', address: 8 }]]))
    expect([asData.code, asData.message]).to.deep.equal([
      'NotAFunction',
      '"increment" is used as a function but is data',
    ])
  })

  it('an address that does not fit names target, fixup and limit', () => {
    const externals = [
      ['shared', { kind: 'data', address: 0xffff_fffd }],
      ['__heap_base', { kind: 'data', address: 0 }],
    ] as const
    const error = errorOf(linkWith('data', externals))
    expect(error.code).to.equal('BadObject')
    expect(error.message).to.match(
      /"shared" at 0x100000001 is out of range of R_WASM_MEMORY_ADDR_I32 fixup at 0x10\w+ \(-0x80000000 to 0xffffffff\)$/,
    )
  })

  it('may be repeated at another address', () => {
    const graph = valueOf(buildLinkGraph(fixture('shared'), { name: 'shared' }))
    prune(graph)
    const plan = valueOf(layout(graph))
    const common = {
      threadLocalOffsetBytes: 0,
      slots: [],
      externals: new Map(),
      memory: memoryPages,
      stackBytes,
      moduleName: 'm',
    }
    const addresses = [0x1000, 0x2000].map(
      (dataAddress) => valueOf(link(plan, { ...common, dataAddress })).writes[0]?.address,
    )
    expect(addresses).to.deep.equal([0x1000, 0x2000])
  })
})
