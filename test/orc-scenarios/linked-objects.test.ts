// What an object's symbols become, and the graph they are linked in. The scenarios are those of LLVM's LinkGraphTests.cpp, as far as
// our graphs have the operation, the objects of ObjectLinkingLayerTest.cpp as C code, and what a link gives back when it fails,
// there and in MemoryManagerErrorTests.cpp.
import { expect } from 'chai'
import { after, afterEach, before, describe, it } from 'mocha'
import {
  absolute,
  addContentBlock,
  addEdge,
  addSection,
  addSymbol,
  addZeroFillBlock,
  createLinkGraph,
  external,
  isBlock,
  symbolAddress,
  wasmArchitecture,
  wasmEdge,
} from '@worc/jitlink'
import type { JITStats } from 'worc'
import { JIT } from 'worc'
import { rejection, rootCode } from '../worc/rejection.js'

const limitBytes = 32 * 2 ** 20

const content = new TextEncoder().encode('There was movement at the station')

describe('LinkGraph, as LLVM tests it', () => {
  it('begins empty, with the name and the architecture it was given', () => {
    const graph = createLinkGraph('foo', wasmArchitecture)
    expect([graph.name, graph.architecture.name]).to.deep.equal(['foo', wasmArchitecture.name])
    expect([graph.sections, graph.symbols, graph.blockCount, graph.symbolCount]).to.deep.equal([[], [], 0, 0])
  })

  it('addresses: of a block, of a symbol in it, of what an edge fixes; moving the block moves them all', () => {
    const graph = createLinkGraph('foo', wasmArchitecture)
    const block = addContentBlock(graph, addSection(graph, '.data', 'read-write'), content, 8)
    const symbol = addSymbol(graph, 'S1', block, { offset: 4, sizeBytes: 4 })
    addEdge(block, wasmEdge.memoryAddrI32, 8, symbol, 0)
    const [edge] = block.edges
    for (const address of [0x1000, 0x2000]) {
      block.address = address
      expect([symbolAddress(symbol), block.address + (edge?.offset ?? 0)]).to.deep.equal([address + 4, address + 8])
    }
  })

  it('blocks and symbols: by section, over all sections, numbered in the order they were added', () => {
    const graph = createLinkGraph('foo', wasmArchitecture)
    const sections = [addSection(graph, '.data.1', 'read-write'), addSection(graph, '.data.2', 'read-write')]
    const blocks = sections.flatMap((section) => [
      addContentBlock(graph, section, content, 8),
      addZeroFillBlock(graph, section, 16, 8),
    ])
    const symbols = blocks.map((block, index) => addSymbol(graph, `S${index}`, block, {}))
    expect(sections.map((section) => section.blocks)).to.deep.equal([blocks.slice(0, 2), blocks.slice(2)])
    expect(graph.symbols).to.deep.equal(symbols)
    expect(blocks.map(({ ordinal }) => ordinal)).to.deep.equal([0, 1, 2, 3])
    expect(symbols.map(({ ordinal }) => ordinal)).to.deep.equal([0, 1, 2, 3])
    expect(blocks.map(({ sizeBytes }) => sizeBytes)).to.deep.equal([content.length, 16, content.length, 16])
  })

  it('a symbol made external, absolute and defined again answers for its base each time', () => {
    const graph = createLinkGraph('foo', wasmArchitecture)
    const block = addContentBlock(graph, addSection(graph, '.data', 'read-write'), content, 8)
    block.address = 0x1000
    const symbol = addSymbol(graph, 'S1', block, {})
    expect([isBlock(symbol.base), symbolAddress(symbol)]).to.deep.equal([true, 0x1000])
    symbol.base = external()
    expect([isBlock(symbol.base), symbolAddress(symbol)]).to.deep.equal([false, 0])
    symbol.base = absolute(0xa000)
    expect([isBlock(symbol.base), symbolAddress(symbol)]).to.deep.equal([false, 0xa000])
    symbol.base = block
    symbol.offset = 4
    expect([isBlock(symbol.base), symbolAddress(symbol)]).to.deep.equal([true, 0x1004])
  })
})

describe('linked objects, as LLVM tests them', () => {
  let jit: JIT
  let empty: JITStats
  before(async () => {
    jit = await JIT.start({ compileThreads: 1, inline: true, memory: { maximumBytes: limitBytes } })
    empty = await jit.stats()
  })
  after(() => jit[Symbol.asyncDispose]())
  afterEach(async () => {
    await jit.main.clear()
    await jit.session.verify()
  })

  it('strong, weak, callable: each symbol has the flags of its definition; hidden says nothing, since clang marks nearly all so on wasm', async () => {
    await jit.addC(`int X = 1; __attribute__((weak)) int Y = 2; __attribute__((visibility("hidden"))) int Z = 3;
static int S = 4; int W(void) { return X + Y + Z + S; }`)
    const symbols = ['X', 'Y', 'Z', 'W', 'S'].map((name) => ({ name, required: false }))
    const all = await jit.session.lookupFlags({ searchOrder: [{ dylib: jit.main, match: 'all' }], symbols })
    expect(Object.fromEntries(all)).to.deep.equal({
      X: { exported: true },
      Y: { exported: true, weak: true },
      Z: { exported: true },
      W: { exported: true, callable: true },
    })
    const visible = await jit.session.lookupFlags({ searchOrder: [jit.main], symbols })
    expect([...visible.keys()]).to.deep.equal(['X', 'Y', 'Z', 'W'])
    expect((await jit.lookup('W'))()).to.equal(10)
  })

  it('a weak definition that is there already is used, and what only the later one needed is not linked', async () => {
    await jit.addC('__attribute__((weak)) int anchor = 1; int first(void) { return anchor; }')
    expect((await jit.lookup('first'))()).to.equal(1)
    await jit.addC('__attribute__((weak)) int anchor = 2; int second(void) { return anchor; }')
    expect((await jit.lookup('second'))()).to.equal(1)
  })

  it('an object that names one symbol twice over two objects is a duplicate, and says whose', async () => {
    await jit.addC('int X = 1; int first(void) { return X; }', { name: 'first.c' })
    const error = await rejection(jit.addC('int X = 2; int second(void) { return X; }', { name: 'second.c' }))
    expect([error.code, error.symbols?.get('main')]).to.deep.equal(['DuplicateDefinition', ['X']])
    expect(error.message).to.include('second.c')
    expect((await rejection(jit.lookup('second'))).code).to.equal('SymbolsNotFound')
    expect((await jit.lookup('first'))()).to.equal(1)
  })

  it('bytes that are no object are refused where they are added, or fail what they were to define', async () => {
    const bytes = new Uint8Array([0, 1, 2, 3])
    expect((await rejection(jit.addObject(bytes, { name: 'broken.o' }))).message).to.include('broken.o')
    await jit.main.define({
      name: 'broken',
      symbols: { Foo: { exported: true } },
      materialize: (responsibility) => jit.objects.emit(responsibility, bytes),
    })
    expect(rootCode(await rejection(jit.lookupData('Foo')))).to.equal('BadObject')
  })

  describe('a link that fails gives back what it had', () => {
    const failing = async (add: Promise<void>, name: string) => {
      await add
      const error = await rejection(jit.lookup(name))
      expect((await jit.stats()).memoryBytes).to.equal(empty.memoryBytes)
      expect((await jit.stats()).functionSlots).to.equal(empty.functionSlots)
      return error
    }

    it('for want of memory', async () => {
      const error = await failing(jit.addC(`char huge[${2 * limitBytes}]; char *Foo(void) { return huge; }`), 'Foo')
      expect([error.code, (error.cause as Error).message]).to.satisfy(
        ([code, message]: [string, string]) => code === 'FailedToMaterialize' && message.includes('memory'),
      )
    })

    it('for want of a symbol, after its memory was laid out; with the symbol it links in the same place', async () => {
      const add = jit.addC('int missing(void); int words[100] = {7}; int Foo(void) { return words[0] + missing(); }')
      expect((await failing(add, 'Foo')).message).to.include('Foo')
      await jit.addC('int missing(void) { return 1; }')
      await jit.main.reset(['Foo'])
      expect((await jit.lookup('Foo'))()).to.equal(8)
    })

    it('of what it waits for failing, after it was emitted', async () => {
      await jit.main.define({
        name: 'data',
        symbols: { words: { exported: true } },
        materialize: async (responsibility) => {
          await responsibility.notifyResolved({ words: { address: 64, flags: { exported: true } } })
          await responsibility.failMaterialization(new Error('no words'))
        },
      })
      const error = await failing(jit.addC('extern int words[]; int Foo(void) { return words[0]; }'), 'Foo')
      expect(error.code).to.equal('FailedToMaterialize')
    })
  })
})
