// Shows what is left out of a unit: definitions that another unit's prevail over, with all that only they used; and that what
// nobody defines may be asked about.
import { describe, it } from 'mocha'
import { expect } from 'chai'
import { buildLinkGraph, layout, prune } from '@worc/jitlink'
import type { ObjectFile } from '@worc/wasm'
import { fixture, valueOf } from './fixtures.js'
import { emptyObject, flags } from './generated-objects.js'
import { TestLinker } from './test-linker.js'
import { TestThread } from './test-thread.js'

function linked(...names: readonly string[]): { linker: TestLinker; thread: TestThread } {
  const linker = new TestLinker()
  for (const name of names) linker.add(fixture(name), { name })
  return { linker, thread: new TestThread(linker.session) }
}

describe('weak references', () => {
  it('to what nobody defines: the address is 0, a call fails when it is made', () => {
    const { linker, thread } = linked('weak')
    expect([thread.call('has_function'), thread.call('has_data')]).to.deep.equal([0, 0])
    expect(() => thread.call('call_maybe', 1)).to.throw('maybe_function is absent')
    expect(linker.session.units[0]?.plt).to.deep.equal([{ name: 'maybe_function', signature: 'i:i', weak: true }])
  })
})

describe('weak definitions', () => {
  it('count where they are alone', () => {
    const { thread } = linked('weak')
    expect([thread.call('ask_policy', 2), thread.call('ask_limit')]).to.deep.equal([9, 5])
  })

  it('lose to the ones that are there: calls go to them, data is theirs', () => {
    const { thread } = linked('strong', 'weak')
    expect([thread.call('ask_policy', 2), thread.call('ask_limit')]).to.deep.equal([2000, 500])
    expect(thread.misses).to.deep.equal(['1:policy'])
  })

  it('that lose take along what only they used', () => {
    const names = (unit: number, linker: TestLinker): readonly string[] =>
      linker.session.units[unit]?.functionMap.names ?? []
    expect(names(0, linked('weak').linker)).to.include('fallback_helper')
    const { linker } = linked('strong', 'weak')
    expect(names(1, linker)).to.have.members(['has_function', 'has_data', 'call_maybe', 'ask_policy', 'ask_limit'])
    expect(linker.session.units[1]?.writes).to.deep.equal([])
  })
})

describe('COMDAT groups', () => {
  it('the first unit keeps its copies, the second uses them: one variable, constructed once', () => {
    const { linker, thread } = linked('comdat-first', 'comdat-second')
    const counts = linker.session.units.map(({ initializers }) => initializers.length)
    expect(counts).to.deep.equal([1, 0])
    for (const { index } of linker.session.units[0]?.initializers ?? []) (thread.function(0, index) as () => void)()
    expect(thread.call('first_address')).to.equal(thread.call('second_address'))
    expect([thread.call('first', 10), thread.call('second', 20)]).to.deep.equal([11, 21])
  })

  it('alone the second keeps its own', () => {
    const { linker, thread } = linked('comdat-second')
    expect(linker.session.units[0]?.initializers).to.have.length(1)
    expect(thread.call('second', 20)).to.equal(20)
  })
})

describe('initializers', () => {
  it('come by priority, and are functions of the unit though the source made them static', () => {
    const { linker, thread } = linked('initializers')
    const { initializers = [] } = linker.session.units[0] ?? {}
    expect(initializers.map(({ priority }) => priority)).to.deep.equal([101, 200, 65535])
    for (const { index } of initializers) (thread.function(0, index) as () => void)()
    expect([0, 1, 2, 3].map((at) => thread.call('order_at', at))).to.deep.equal([1, 2, 9, 0])
  })
})

describe('prune', () => {
  it('keeps what is reached, and nothing else', () => {
    const graph = valueOf(buildLinkGraph(fixture('calls'), { responsibleFor: new Set(['quadruple']) }))
    prune(graph)
    const named = graph.symbols.map(({ name, base }) => `${base.kind} ${name}`)
    expect(named).to.have.members(['content quadruple', 'content twice'])
    expect(valueOf(layout(graph))).to.deep.include({ plt: [], externals: [], dispatchers: [], dataSizeBytes: 0 })
  })

  it('a graph without responsibilities is empty', () => {
    const graph = valueOf(buildLinkGraph(fixture('pointers'), { responsibleFor: new Set() }))
    prune(graph)
    expect([graph.symbols, graph.sections]).to.deep.equal([[], []])
  })

  it('keeps a named section whole, in its order, as long as its ends are asked for', () => {
    const object = namedSection()
    const graph = valueOf(buildLinkGraph(object))
    prune(graph)
    const entries = graph.sections.find(({ name }) => name === 'entries')
    expect(entries?.blocks.map((block) => block.kind === 'content' && block.content[0])).to.deep.equal([1, 2, 3])
    const others = valueOf(buildLinkGraph({ ...object, dataRelocations: [] }))
    prune(others)
    expect(others.sections.map(({ name }) => name)).to.deep.equal(['.data'])
  })
})

/** Three segments named entries, and a root that refers to `__start_entries`. */
function namedSection(): ObjectFile {
  const memoryAddrI32 = 5
  const none = { strings: false, threadLocal: false, retain: false }
  const segment = (name: string, contentOffset: number, first: number): ObjectFile['segments'][number] => {
    return { name, alignmentLog2: 2, flags: none, contentOffset, content: Uint8Array.of(first, 0, 0, 0) }
  }
  return {
    ...emptyObject,
    segments: [
      segment('entries', 0, 1),
      segment('entries', 8, 2),
      segment('.data.root', 16, 0),
      segment('entries', 24, 3),
    ],
    symbols: [
      { kind: 'data', name: 'root', flags, place: { segment: 2, offset: 0, size: 4 } },
      { kind: 'data', name: '__start_entries', flags: { ...flags, undefined: true }, place: undefined },
    ],
    dataRelocations: [{ type: memoryAddrI32, offset: 16, index: 1, addend: 0 }],
  }
}
