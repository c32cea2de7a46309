// Shows what a unit asks for before it can be linked, and where its blocks go relative to each other.
import { describe, it } from 'mocha'
import { expect } from 'chai'
import {
  addContentBlock,
  addSection,
  addZeroFillBlock,
  allocate,
  buildLinkGraph,
  createLinkGraph,
  layout,
  layoutBlocks,
  prune,
  wasmArchitecture,
  type Layout,
} from '@worc/jitlink'
import { errorOf, fixture, valueOf } from './fixtures.js'
import { emptyObject, flags } from './generated-objects.js'

function layoutOf(name: string): Layout {
  const graph = valueOf(buildLinkGraph(fixture(name), { name }))
  prune(graph)
  return valueOf(layout(graph))
}

describe('layoutBlocks', () => {
  it('moves each block up to its alignment, and no further', () => {
    const graph = createLinkGraph('Foo', wasmArchitecture)
    const section = addSection(graph, '.data', 'read-write')
    addContentBlock(graph, section, new Uint8Array(3), 1)
    addContentBlock(graph, section, new Uint8Array(8), 4)
    addContentBlock(graph, section, new Uint8Array(1), 1)
    addZeroFillBlock(graph, section, 5, 16)
    expect(layoutBlocks(section.blocks)).to.deep.equal({ sizeBytes: 21, alignmentBytes: 16, offsets: [0, 4, 12, 16] })
    expect(layoutBlocks([])).to.deep.equal({ sizeBytes: 0, alignmentBytes: 1, offsets: [] })
  })

  it('goes beyond 32 bits', () => {
    const graph = createLinkGraph('Foo', wasmArchitecture)
    const section = addSection(graph, '.bss', 'read-write')
    addZeroFillBlock(graph, section, 0xffff_fff1, 1)
    addZeroFillBlock(graph, section, 0x10, 16)
    expect(layoutBlocks(section.blocks).sizeBytes).to.equal(0x1_0000_0010)
  })
})

describe('layout', () => {
  it('functions that others may reach: not the static ones, unless their address is taken', () => {
    expect(layoutOf('calls').functions.map(([name]) => name)).to.deep.equal(['even', 'fib', 'quadruple', 'forward'])
    const { functions, addressTaken } = layoutOf('pointers')
    const taken = addressTaken.map((index) => functions[index]?.[0])
    expect(taken).to.have.members(['ascending', 'descending', 'plus', 'minus'])
  })

  it('the PLT, the externals and the dispatchers, each with its signature', () => {
    const { plt, externals, dispatchers } = layoutOf('pointers')
    expect(plt).to.deep.equal([{ name: 'sort', signature: 'iii:', weak: false }])
    expect(externals).to.deep.equal([{ kind: 'function', name: 'increment', weak: false, signature: 'i:i' }])
    expect(dispatchers).to.have.members(['ii:i', 'i:i'])
  })

  it('weak externals say so', () => {
    expect(layoutOf('weak').externals).to.deep.equal([
      { kind: 'data', name: 'maybe_data', weak: true },
      { kind: 'function', name: 'maybe_function', weak: true, signature: 'i:i' },
    ])
  })

  it('thread-local variables are asked for apart from data', () => {
    const { dataSizeBytes, threadLocalSizeBytes, threadLocalAlignmentBytes } = layoutOf('tls')
    expect([dataSizeBytes, threadLocalAlignmentBytes]).to.deep.equal([4, 4])
    expect(threadLocalSizeBytes).to.be.within(28, 64)
    expect(layoutOf('tls-use').externals).to.deep.equal([{ kind: 'thread-local', name: 'counter', weak: false }])
  })
})

describe('allocate', () => {
  const segment = {
    name: '.data.Foo',
    alignmentLog2: 2,
    flags: { strings: false, threadLocal: false, retain: false },
    contentOffset: 0,
    content: new Uint8Array(64),
  }
  const object = {
    ...emptyObject,
    segments: [segment],
    symbols: [{ kind: 'data', name: 'Foo', flags, place: { segment: 0, offset: 8, size: 56 } }],
  } as const
  const placement = { threadLocalOffsetBytes: 0, slots: [] }

  it('the last bytes of the address space can be used, one more is OutOfMemory', () => {
    const plan = valueOf(layout(valueOf(buildLinkGraph(object, { name: 'Bar' }))))
    const top = 0x1_0000_0000 - 64
    expect(valueOf(allocate(plan, { ...placement, dataAddress: top }))).to.deep.equal([
      { kind: 'data', name: 'Foo', address: top + 8, sizeBytes: 56 },
    ])
    const { code, message } = errorOf(allocate(plan, { ...placement, dataAddress: top + 4 }))
    expect([code, message]).to.deep.equal(['OutOfMemory', 'Bar: 64 bytes of data at 0xffffffc4 do not end below 2^32'])
  })

  it('an address that is not aligned, or a slot too few, is a program error', () => {
    const plan = valueOf(layout(valueOf(buildLinkGraph(object))))
    expect(() => allocate(plan, { ...placement, dataAddress: 2 })).to.throw('not a multiple of 4')
    expect(() => allocate(plan, { ...placement, dataAddress: 0, slots: [1] })).to.throw('needs 0 slots')
  })
})
