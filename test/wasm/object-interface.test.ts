// Shows that the quick reader and the full one agree on what an object defines and needs, and that neither local nor
// compiler-private symbols appear.
import { readObject, readObjectInterface } from '@worc/wasm'
import { expect } from 'chai'
import { describe, it } from 'mocha'
import { fixture, fixtureBytes, fixtureNames, valueOf } from './fixtures.js'
import { objectWith } from './object-writer.js'

describe('readObjectInterface', () => {
  it('basics: definitions with their flags, references, init functions', () => {
    const basics = valueOf(readObjectInterface(fixtureBytes('basics')))
    const strong = { weak: false, hidden: true, threadLocal: false }
    const attributes = basics.definedSymbols.map(({ type: _type, ...symbol }) => symbol)
    expect(attributes).to.deep.include.members([
      { name: 'Foo', kind: 'function', ...strong },
      { name: 'numbers', kind: 'data', ...strong },
      { name: 'Baz', kind: 'function', ...strong, weak: true },
      { name: 'Qux', kind: 'function', ...strong, hidden: false },
    ])
    expect(basics.definedSymbols.map(({ name }) => name)).to.not.include.oneOf(['counter', '.L.str', '__stack_pointer'])
    expect(basics.undefinedSymbols).to.have.deep.members([
      { name: 'external_function', kind: 'function', weak: false },
      { name: 'external_data', kind: 'data', weak: false },
      { name: 'weak_function', kind: 'function', weak: true },
      { name: 'imported', kind: 'function', weak: false },
    ])
    expect(basics.hasInitFunctions).to.equal(true)
  })

  it('tls: thread-local symbols say so', () => {
    const { definedSymbols, hasInitFunctions } = valueOf(readObjectInterface(fixtureBytes('tls')))
    expect(definedSymbols.filter(({ threadLocal }) => threadLocal).map(({ name }) => name)).to.deep.equal(['Foo'])
    expect(hasInitFunctions).to.equal(false)
  })

  it('every fixture: functions have the types they have in the whole object, data has none', () => {
    for (const name of fixtureNames) {
      const { definedSymbols } = valueOf(readObjectInterface(fixtureBytes(name)))
      const { symbols, functions, types, imports } = fixture(name)
      const imported = imports.filter(({ description }) => description.kind === 'function').length
      for (const { name: symbol, type } of definedSymbols) {
        const whole = symbols.find((one) => one.name === symbol)
        const body = whole?.kind === 'function' ? functions[whole.index - imported] : undefined
        expect(type, symbol).to.deep.equal(body === undefined ? undefined : types[body.typeIndex])
      }
    }
  })

  it('every fixture: the same names as in the whole object', () => {
    for (const name of fixtureNames) {
      const { definedSymbols, undefinedSymbols } = valueOf(readObjectInterface(fixtureBytes(name)))
      const symbols = fixture(name).symbols.filter(
        ({ kind, flags }) => (kind === 'function' || kind === 'data') && flags.binding !== 'local',
      )
      const namesWhere = (isUndefined: boolean): string[] =>
        symbols.filter(({ flags }) => flags.undefined === isUndefined).map((symbol) => symbol.name)
      expect(definedSymbols.map((symbol) => symbol.name)).to.deep.equal(namesWhere(false))
      expect(undefinedSymbols.map((symbol) => symbol.name)).to.deep.equal(namesWhere(true))
    }
  })

  it('refuses the same foreign files with the same words', () => {
    for (const bytes of [
      Uint8Array.of(0x7f, 0x45, 0x4c, 0x46),
      objectWith({ linking: Uint8Array.of() }),
      Uint8Array.of(),
    ]) {
      const [quick, full] = [readObjectInterface(bytes), readObject(bytes)]
      expect(quick.ok).to.equal(false)
      expect(quick).to.deep.equal(full)
    }
  })
})
