// Shows what readObject makes of real objects by clang 19 and clang 22: each fixture was written to hold certain
// things, and here they are, with the offsets pointing at the bytes they should.
import { readObject, relocationTable, walkFunctionBody, type ObjectFile, type ObjectSymbol } from '@worc/wasm'
import { expect } from 'chai'
import { describe, it } from 'mocha'
import { fixture, fixtureBytes, fixtureNames, valueOf } from './fixtures.js'
import { custom, linking, objectWith, symbols, symbolTable } from './object-writer.js'

function symbol(object: ObjectFile, name: string): ObjectSymbol {
  const found = object.symbols.find((candidate) => candidate.name === name)
  if (found === undefined) throw new Error(`no symbol ${name}`)
  return found
}

function initialBytes(object: ObjectFile, name: string): readonly number[] {
  const found = symbol(object, name)
  if (found.kind !== 'data' || found.place === undefined) throw new Error(`${name} has no place`)
  const { segment, offset, size } = found.place
  return Array.from(object.segments[segment]?.content.subarray(offset, offset + size) ?? [])
}

function relocationNames(object: ObjectFile): readonly string[] {
  const everywhere = [
    object.codeRelocations,
    object.dataRelocations,
    ...object.customSections.map((s) => s.relocations),
  ]
  const names = everywhere.flat().map(({ type }) => relocationTable[type]?.name ?? '')
  return [...new Set(names)].sort()
}

for (const compiler of ['', 'clang22-'])
  describe(`readObject (${compiler === '' ? 'clang 19' : 'clang 22'})`, () => {
    const basics = fixture(`${compiler}basics`)

    it('basics: names, bindings and kinds of symbols', () => {
      const { binding, hidden, undefined: isUndefined } = symbol(basics, 'Foo').flags
      expect({ binding, hidden, isUndefined }).to.deep.equal({ binding: 'strong', hidden: true, isUndefined: false })
      expect(symbol(basics, 'Baz').flags.binding).to.equal('weak')
      expect(symbol(basics, 'counter').flags.binding).to.equal('local')
      expect(symbol(basics, 'weak_function').flags).to.include({ binding: 'weak', undefined: true })
      expect(symbol(basics, 'Qux').flags).to.include({ hidden: false, exported: true })
      expect(symbol(basics, '__stack_pointer').kind).to.equal('global')
      expect(symbol(basics, '__indirect_function_table').kind).to.equal('table')
    })

    it('basics: two names of one function share its index', () => {
      const [foo, bar] = [symbol(basics, 'Foo'), symbol(basics, 'Bar')]
      expect(foo).to.have.property('index', bar.kind === 'function' ? bar.index : undefined)
    })

    it('basics: an import under a name of its own keeps both names', () => {
      const imported = symbol(basics, 'imported')
      expect(imported.flags).to.include({ explicitName: true, undefined: true })
      const index = imported.kind === 'function' ? imported.index : -1
      const functionImports = basics.imports.filter(({ description }) => description.kind === 'function')
      expect(functionImports[index]).to.include({ module: 'host', field: 'print' })
    })

    it('basics: data symbols point at their bytes', () => {
      expect(initialBytes(basics, 'numbers')).to.deep.equal([1, 0, 0, 0, 2, 0, 0, 0, 3, 0, 0, 0])
      expect(initialBytes(basics, 'zeros')).to.deep.equal(new Array(16).fill(0))
      expect(symbol(basics, 'external_data')).to.have.property('place', undefined)
      const numbers = basics.segments.find(({ name }) => name === '.data.numbers')
      expect(numbers).to.deep.include({
        alignmentLog2: 2,
        flags: { strings: false, threadLocal: false, retain: false },
      })
    })

    it('basics: the initializer has its priority and its symbol', () => {
      expect(
        basics.initFunctions.map(({ priority, symbol: index }) => [priority, basics.symbols[index]?.name]),
      ).to.deep.equal([[42, 'start_counter']])
    })

    it('tls: thread-local symbols and segments, and their relocations', () => {
      const tls = fixture(`${compiler}tls`)
      expect(symbol(tls, 'Foo').flags.threadLocal).to.equal(true)
      expect(symbol(tls, 'Baz').flags.threadLocal).to.equal(false)
      expect(tls.segments.filter(({ flags }) => flags.threadLocal).map(({ name }) => name)).to.have.members([
        '.tdata.Foo',
        '.tbss.Bar',
      ])
      expect(relocationNames(tls)).to.include('R_WASM_MEMORY_ADDR_TLS_SLEB')
      expect(tls.features).to.include('+atomics')
    })

    it('comdat: each group names its function or data', () => {
      const comdat = fixture(`${compiler}comdat`)
      const groups = new Map(comdat.comdats.map(({ name, entries }) => [name, entries]))
      expect(groups.get('_ZTV3Foo')?.map(({ kind }) => kind)).to.deep.equal(['data'])
      const bar = symbol(comdat, '_ZN3Foo3barEv')
      const index = bar.kind === 'function' ? bar.index : -1
      expect(groups.get('_ZN3Foo3barEv')).to.deep.equal([{ kind: 'function', index }])
    })

    it('setjmp: the tag, defined or imported', () => {
      const setjmp = fixture(`${compiler}setjmp`)
      expect(symbol(setjmp, '__c_longjmp').kind).to.equal('tag')
      expect(relocationNames(setjmp)).to.include('R_WASM_TAG_INDEX_LEB')
    })

    it('lines5: debug sections come with their relocations', () => {
      const lines = fixture(`${compiler}lines5`)
      const section = lines.customSections.find(({ name }) => name === '.debug_line')
      expect(section?.relocations.map(({ type }) => relocationTable[type]?.name)).to.include(
        'R_WASM_FUNCTION_OFFSET_I32',
      )
      const others = lines.customSections.map(({ name }) => name)
      expect(others).to.include('producers').and.not.include.oneOf(['linking', 'reloc.CODE', 'target_features'])
    })
  })

describe('readObject', () => {
  it('pic: position-independent relocations, and entries of the global offset table', () => {
    const pic = fixture('pic')
    expect(relocationNames(pic)).to.include.members(['R_WASM_MEMORY_ADDR_REL_SLEB', 'R_WASM_TABLE_INDEX_REL_SLEB'])
    const viaTable = pic.codeRelocations
      .filter(({ type }) => relocationTable[type]?.name === 'R_WASM_GLOBAL_INDEX_LEB')
      .map(({ index }) => `${pic.symbols[index]?.kind} ${pic.symbols[index]?.name}`)
    expect(viaTable).to.include.members(['function external_function', 'data external_data', 'global __memory_base'])
  })

  it('memory64: 64-bit relocations are read', () => {
    const names = ['memory64', 'memory64-static', 'memory64-tls'].flatMap((name) => relocationNames(fixture(name)))
    const rows = relocationTable.filter(({ name }) => name.includes('64') && !names.includes(name))
    expect(rows.map(({ name }) => name)).to.deep.equal([])
  })

  it('every fixture: relocated fields lie in what the offsets say', () => {
    for (const name of fixtureNames) {
      const object = fixture(name)
      for (const { type, offset } of object.codeRelocations) {
        const width = relocationTable[type]?.widthBytes ?? 0
        const home = object.functions.find(
          (f) => f.bodyOffset <= offset && offset + width <= f.bodyOffset + f.body.length,
        )
        expect(home, `${name}: relocation at ${offset}`).to.not.equal(undefined)
        expect((home?.body[offset - home.bodyOffset + width - 1] ?? 0x80) & 0x80).to.equal(0)
      }
    }
  })

  it('every fixture: each body ends where its instructions do, and relocations begin inside one', () => {
    for (const name of fixtureNames) {
      const object = fixture(name)
      const relocated = new Set(object.codeRelocations.map(({ offset }) => offset))
      for (const { body, bodyOffset } of object.functions) {
        valueOf(
          walkFunctionBody(body, (_, start, end) => {
            for (let at = start + 1; at < end; at++) relocated.delete(bodyOffset + at)
          }),
        )
      }
      expect([...relocated], name).to.deep.equal([])
    }
  })

  it('bytes in shared memory: the same object, and views of that memory', () => {
    const bytes = fixtureBytes('basics')
    const shared = new Uint8Array(new SharedArrayBuffer(bytes.length + 16), 16)
    shared.set(bytes)
    const object = valueOf(readObject(shared))
    expect(object.functions[0]?.body.buffer).to.equal(shared.buffer)
    expect(object.symbols).to.deep.equal(fixture('basics').symbols)
  })

  it('names: any UTF-8, and long ones', () => {
    const names = ['', 'Foo', 'größe', '函数', '🙂', 'x'.repeat(5000), `${'y'.repeat(2000)}é`]
    const table = names.map((name) =>
      objectWith({ rest: custom(name, [1]), linking: linking(), relocCode: new Uint8Array() }),
    )
    const read = table.map((bytes) => valueOf(readObject(bytes)).customSections.map(({ name }) => name))
    expect(read).to.deep.equal(names.map((name) => [name]))
  })

  it('an unknown subsection of the linking section is passed over', () => {
    const object = objectWith({
      linking: linking(Uint8Array.of(99, 3, 1, 2, 3), symbolTable(symbols.Foo, symbols.Bar, symbols.Baz)),
    })
    expect(valueOf(readObject(object)).symbols.map(({ name }) => name)).to.deep.equal(['Foo', 'Bar', 'Baz'])
  })
})
