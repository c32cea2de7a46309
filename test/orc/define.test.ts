// Definitions enter whole or not at all; strong ones replace weak ones nobody asked for; weak ones give way.
import { describe, it } from 'mocha'
import { expect } from 'chai'
import { symbolFlag } from '@worc/protocol'
import { openSession } from './session-driver.js'
import { strong, weakly } from './unit-fixtures.js'

describe('JITDylib: define', () => {
  it('under a removed tracker is refused, and nothing is defined [P04] [S22]', () => {
    const { client, main } = openSession()
    const tracker = client.createTracker(main)
    void client.remove(tracker).value
    expect(client.tryDefine(main, client.unit(['Foo']), tracker).error.code).to.equal('ResourceTrackerDefunct')
    expect(client.lookup(main, ['Foo']).error.code).to.equal('SymbolsNotFound')
  })

  it('under a tracker of another dylib is refused', () => {
    const { client, main } = openSession()
    const tracker = client.createTracker(client.createJITDylib('lib'))
    expect(client.tryDefine(main, client.unit(['Foo']), tracker).error.code).to.equal('WrongOwner')
  })

  it('in a removed dylib is refused', () => {
    const { client, main } = openSession()
    void client.request({ type: 'removeJITDylibs', dylibs: [main] }).value
    expect(client.tryDefine(main, client.unit(['Foo'])).error.code).to.equal('JITDylibDefunct')
  })

  it('of names that are strong already names all of them and the unit, and changes nothing [P38] [S23]', () => {
    const { client, main } = openSession()
    client.define(main, { Foo: strong, Bar: strong, Baz: weakly })
    const { error } = client.tryDefine(main, client.unit(['Foo', 'Qux', 'Bar', 'Baz'], { name: 'again' }))
    expect(error.code).to.equal('DuplicateDefinition')
    expect(error.message).to.include('again')
    expect('symbols' in error && error.symbols).to.deep.equal([['main', ['Foo', 'Bar']]])
    expect(client.lookup(main, ['Qux']).error.code).to.equal('SymbolsNotFound')
    expect(client.events).to.deep.equal([])
  })

  it('strong over weak (before materializing) discards the weak one', () => {
    const { client, main } = openSession()
    const unit = client.define(main, { Foo: weakly, Bar: strong })
    client.define(main, ['Foo'])
    expect(client.take('discard')).to.deep.equal({ type: 'discard', unit, dylib: main, name: 'Foo' })
    client.lookup(main, ['Bar'])
    expect(client.take('materialize').symbols).to.deep.equal([['Bar', strong]])
  })

  it('strong over weak (while materializing) is a duplicate', () => {
    const { client, main } = openSession()
    client.define(main, { Foo: weakly })
    client.lookup(main, ['Foo'])
    expect(client.tryDefine(main, client.unit(['Foo'])).error.code).to.equal('DuplicateDefinition')
  })

  it('strong over weak (after materializing) is a duplicate', () => {
    const { client, main } = openSession()
    client.define(main, { Foo: weakly })
    client.lookup(main, ['Foo'])
    client.finish(client.take('materialize'))
    expect(client.tryDefine(main, client.unit(['Foo'])).error.code).to.equal('DuplicateDefinition')
  })

  it('weak over anything gives way; a unit with nothing left is destroyed', () => {
    const { client, main } = openSession()
    client.define(main, { Foo: weakly, Bar: strong })
    const unit = client.define(main, { Foo: weakly, Bar: weakly })
    expect(client.takeAll('discard').map(({ name }) => name)).to.deep.equal(['Foo', 'Bar'])
    expect(client.take('destroyUnit').unit).to.equal(unit)
  })

  it('discarding the last name of a weak unit destroys it', () => {
    const { client, main } = openSession()
    const unit = client.define(main, { Foo: weakly })
    client.define(main, ['Foo'])
    expect(client.take('discard').unit).to.equal(unit)
    expect(client.take('destroyUnit').unit).to.equal(unit)
  })

  it('common gives way like weak', () => {
    const { client, main } = openSession()
    const common = symbolFlag.common | symbolFlag.exported
    client.define(main, { Foo: common })
    client.define(main, ['Foo'])
    expect(client.tryDefine(main, client.unit({ Foo: common })).value).to.equal(null)
    client.lookup(main, ['Foo'])
    expect(client.take('materialize').symbols).to.deep.equal([['Foo', strong]])
  })

  it('of nothing is accepted and forgotten', () => {
    const { client, main } = openSession()
    const unit = client.define(main, [])
    expect(client.take('destroyUnit').unit).to.equal(unit)
    expect(client.request({ type: 'sessionStats' }).value.units).to.equal(0)
  })

  it('an init symbol that is not listed is added, without an address', () => {
    const { client, main } = openSession()
    client.define(main, ['Foo'], null, { initSymbol: 'init' })
    client.lookup(main, ['Foo'])
    expect(client.take('materialize').symbols).to.deep.equal([
      ['Foo', strong],
      ['init', symbolFlag.sideEffectsOnly],
    ])
  })

  it('a unit is destroyed after its materialization, not before', () => {
    const { client, main } = openSession()
    const unit = client.define(main, ['Foo'])
    client.lookup(main, ['Foo'])
    const event = client.take('materialize')
    expect(client.tryTake('destroyUnit')).to.equal(undefined)
    client.finish(event)
    expect(client.take('destroyUnit').unit).to.equal(unit)
    void client.removeDefault(main).value
    expect(client.tryTake('destroyUnit')).to.equal(undefined)
  })
})

describe('JITDylib: removeSymbols', () => {
  it('(before materializing) discards the names and leaves the unit the rest', () => {
    const { client, main } = openSession()
    client.define(main, ['Foo', 'Bar'])
    void client.request({ type: 'removeSymbols', dylib: main, names: ['Foo'] }).value
    expect(client.take('discard').name).to.equal('Foo')
    client.lookup(main, ['Bar'])
    expect(client.take('materialize').symbols).to.deep.equal([['Bar', strong]])
  })

  it('(while materializing) is refused, all or nothing', () => {
    const { client, main } = openSession()
    client.define(main, ['Foo'])
    client.define(main, ['Bar'])
    client.lookup(main, ['Foo'])
    const { error } = client.request({ type: 'removeSymbols', dylib: main, names: ['Bar', 'Foo'] })
    expect(error.code).to.equal('SymbolsCouldNotBeRemoved')
    expect('symbols' in error && error.symbols).to.deep.equal([['main', ['Foo']]])
    client.lookup(main, ['Bar'])
    expect(client.takeAll('materialize')).to.have.length(2)
  })

  it('(after materializing) takes the names; what was made for them stays with the tracker', () => {
    const { client, main } = openSession()
    client.register()
    client.define(main, ['Foo'])
    client.lookup(main, ['Foo'])
    client.finish(client.take('materialize'))
    void client.request({ type: 'removeSymbols', dylib: main, names: ['Foo'] }).value
    expect(client.lookup(main, ['Foo']).error.code).to.equal('SymbolsNotFound')
    expect(client.asked).to.deep.equal([])
    client.removeDefault(main)
    client.removed()
  })

  it('(after it failed) frees the name to be defined and tried again [P10]', () => {
    const { client, main } = openSession()
    client.define(main, ['Foo'])
    client.lookup(main, ['Foo'])
    void client.fail(client.take('materialize').responsibility).value
    expect(client.tryDefine(main, client.unit(['Foo'])).error.code).to.equal('DuplicateDefinition')
    void client.request({ type: 'removeSymbols', dylib: main, names: ['Foo'] }).value
    client.define(main, ['Foo'])
    const lookup = client.lookup(main, ['Foo'])
    client.finish(client.take('materialize'))
    expect(lookup.value).to.have.length(1)
  })

  it('of a name that is not there is refused, all or nothing', () => {
    const { client, main } = openSession()
    client.define(main, ['Foo'])
    const { error } = client.request({ type: 'removeSymbols', dylib: main, names: ['Foo', 'Bar'] })
    expect(error.code).to.equal('SymbolsNotFound')
    expect(client.events).to.deep.equal([])
  })

  it('fails a query that had the name and waited for another', () => {
    const { client, main } = openSession()
    client.define(main, ['Foo'])
    client.define(main, ['Bar'])
    const lookup = client.lookup(main, ['Foo', 'Bar'])
    const [foo] = client.takeAll('materialize')
    if (foo !== undefined) client.finish(foo)
    void client.request({ type: 'removeSymbols', dylib: main, names: ['Foo'] }).value
    expect(lookup.error.code).to.equal('FailedToMaterialize')
  })

  it('of several names at once: a query that had them hears of each', () => {
    const { client, main } = openSession()
    for (const name of ['Foo', 'Bar', 'Baz']) client.define(main, [name])
    const lookup = client.lookup(main, ['Foo', 'Bar', 'Baz'])
    for (const event of client.takeAll('materialize').slice(0, 2)) client.finish(event)
    void client.request({ type: 'removeSymbols', dylib: main, names: ['Foo', 'Bar'] }).value
    expect(lookup.error).to.include({ code: 'FailedToMaterialize' })
    expect(lookup.error).to.have.deep.property('symbols', [['main', ['Foo', 'Bar']]])
  })
})
