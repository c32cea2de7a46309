// Lookups for addresses, asynchronous and waiting. The scenarios are those of LLVM's LookupAndRecordAddrsTest.cpp,
// LookupAndApplyTest.cpp and SymbolLookupSetTest.cpp: what a helper writes into variables there, a lookup answers as a map here.
import { expect } from 'chai'
import { after, afterEach, before, describe, it } from 'mocha'
import type { LookupRequest } from 'worc'
import { JIT, absoluteSymbols } from 'worc'
import { rejection, thrownBy } from '../worc/rejection.js'
import { barAddress, definitionsOf, fooAddress } from './core-session.js'

describe('lookup, as LLVM tests it', () => {
  let jit: JIT
  before(async () => {
    jit = await JIT.start({ compileThreads: 1 })
  })
  after(() => jit[Symbol.asyncDispose]())
  afterEach(async () => {
    await jit.main.clear()
    await jit.session.verify()
  })

  type Symbols = LookupRequest['symbols']
  const request = (symbols: Symbols): LookupRequest => ({ searchOrder: [jit.main], symbols })
  const waiting = (symbols: Symbols) => jit.session.lookupSync(request(symbols))
  const asking = (symbols: Symbols) => jit.session.lookup(request(symbols))
  const weakly = (name: string) => ({ name, required: false })

  for (const [how, lookUp] of [
    ['lookup', async (symbols: Symbols) => asking(symbols)],
    ['lookupSync', async (symbols: Symbols) => waiting(symbols)],
  ] as const) {
    it(`${how}: required symbols that are there are found`, async () => {
      await jit.main.define(absoluteSymbols(definitionsOf(['Foo', 'Bar'])))
      const found = await lookUp(['Foo', 'Bar'])
      expect([...found].map(([name, { address }]) => [name, address])).to.deep.equal([
        ['Foo', fooAddress],
        ['Bar', barAddress],
      ])
    })

    it(`${how}: a required symbol that is not there fails it as a whole, and names what is missing alone`, async () => {
      await jit.main.define(absoluteSymbols(definitionsOf(['Foo'])))
      const error = await rejection(lookUp(['Foo', 'Bar', 'Baz']))
      expect(error.code).to.equal('SymbolsNotFound')
      expect([...(error.symbols ?? [])]).to.deep.equal([['main', ['Bar', 'Baz']]])
    })

    it(`${how}: a weakly referenced symbol that is not there is left out`, async () => {
      await jit.main.define(absoluteSymbols(definitionsOf(['Foo'])))
      expect([...(await lookUp([weakly('Foo'), weakly('Bar')])).keys()]).to.deep.equal(['Foo'])
    })
  }

  it('a name asked for twice is answered once; required wins over weakly referenced, whichever comes first', async () => {
    await jit.main.define(absoluteSymbols(definitionsOf(['Foo'])))
    expect([...(await asking(['Foo', weakly('Foo'), 'Foo'])).keys()]).to.deep.equal(['Foo'])
    expect((await rejection(asking([weakly('Bar'), 'Bar']))).code).to.equal('SymbolsNotFound')
    expect((await rejection(asking(['Bar', weakly('Bar')]))).code).to.equal('SymbolsNotFound')
    expect((await asking([weakly('Bar'), weakly('Bar')])).size).to.equal(0)
  })

  it('names are any text, told apart letter by letter', async () => {
    const names = [
      '',
      ' ',
      'Foo',
      'foo',
      'Foo\0',
      'é',
      'e\u0301',
      '__proto__',
      'constructor',
      '\u{1F600}',
      'x'.repeat(10_000),
    ]
    await jit.main.define(
      absoluteSymbols(new Map(names.map((name, index) => [name, { address: 8 + index, flags: { exported: true } }]))),
    )
    const found = await asking(names)
    expect(names.map((name) => found.get(name)?.address)).to.deep.equal(names.map((_, index) => 8 + index))
    expect(names.map((name) => waiting([name]).get(name)?.address)).to.deep.equal(names.map((_, index) => 8 + index))
  })

  it('an address beyond 2^32 comes back whole; one that is no address is refused by name', async () => {
    const high = 2 ** 52 + 5
    await jit.main.define(absoluteSymbols({ High: { address: high, flags: { exported: true } } }))
    expect((await asking(['High'])).get('High')?.address).to.equal(high)
    for (const address of [-1, 1.5, Number.NaN, 2 ** 60]) {
      const error = thrownBy(() => absoluteSymbols({ Low: { address, flags: { exported: true } } }))
      expect(error.code).to.equal('BadArgument')
      expect(error.message).to.include('Low').and.to.include(String(address))
    }
  })

  it('lookupSync of a unit that needs this thread’s event loop fails, and is not waited for', async () => {
    await jit.main.define({
      name: 'slow',
      symbols: { Foo: { exported: true } },
      materialize: async (responsibility) => {
        await Promise.resolve()
        await responsibility.failMaterialization()
      },
    })
    expect(thrownBy(() => waiting(['Foo'])).code).to.equal('FailedToMaterialize')
  })
})
