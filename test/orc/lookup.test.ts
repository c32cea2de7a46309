// Names are matched in order, all of them before anything is set in motion; what is found is waited for.
import { describe, it } from 'mocha'
import { expect } from 'chai'
import type { GeneratorId, SearchOrderEntry } from '@worc/protocol'
import { plainError } from '@worc/protocol'
import { openSession } from './session-driver.js'
import { absolute, hidden, strong } from './unit-fixtures.js'

/** Three dylibs that define Foo, hidden in the first. */
function threeDylibs() {
  const { session, client, main } = openSession()
  const [lib, libc] = [client.createJITDylib('lib'), client.createJITDylib('libc')]
  client.define(main, { Foo: hidden }, null, { source: absolute({ Foo: 1 }) })
  client.define(lib, ['Foo'], null, { source: absolute({ Foo: 2 }) })
  client.define(libc, ['Foo', 'Bar'], null, { source: absolute({ Foo: 3, Bar: 4 }) })
  return { session, client, main, lib, libc }
}

describe('lookup', () => {
  it('takes the first match in order', () => {
    const { client, main, lib, libc } = threeDylibs()
    const order: SearchOrderEntry[] = [main, lib, libc].map((dylib) => [dylib, 'all'])
    const found = client.lookup(order, ['Foo', 'Bar']).value
    expect(found.map(({ dylib, address }) => [dylib, address])).to.deep.equal([
      [main, 1],
      [libc, 4],
    ])
  })

  it('passes over what is hidden where only exported symbols match', () => {
    const { client, main, lib } = threeDylibs()
    const order: SearchOrderEntry[] = [
      [main, 'exported'],
      [lib, 'exported'],
    ]
    expect(client.lookup(order, ['Foo']).value[0]?.dylib).to.equal(lib)
    expect(client.lookup([[main, 'exported']], ['Foo']).error.code).to.equal('SymbolsNotFound')
  })

  it('names all that is missing, and sets nothing in motion', () => {
    const { client, main } = openSession()
    client.define(main, ['Foo'])
    const { error } = client.lookup(main, ['Bar', 'Foo', 'Baz'])
    expect(error.code).to.equal('SymbolsNotFound')
    expect('symbols' in error && error.symbols).to.deep.equal([['main', ['Bar', 'Baz']]])
    expect(client.events).to.deep.equal([])
  })

  it('leaves out what is weakly referenced and missing', () => {
    const { client, main } = openSession()
    client.define(main, ['Foo'], null, { source: absolute({ Foo: 1 }) })
    expect(client.lookup(main, ['Foo', ['Bar', false]]).value).to.have.length(1)
    expect(client.lookup(main, [['Bar', false]]).value).to.deep.equal([])
  })

  it('of nothing is answered at once', () => {
    const { client, main } = openSession()
    expect(client.lookup(main, []).value).to.deep.equal([])
  })

  it('of a name twice answers once', () => {
    const { client, main } = openSession()
    client.define(main, ['Foo'])
    const lookup = client.lookup(main, ['Foo', ['Foo', false]])
    client.finish(client.take('materialize'))
    expect(lookup.value).to.have.length(1)
  })

  it('waits for the state it asks for', () => {
    const { client, main } = openSession()
    client.define(main, ['Foo', 'Bar'])
    const states = (['resolved', 'emitted', 'ready'] as const).map((state) => client.lookup(main, ['Foo'], { state }))
    const settled = (): boolean[] => states.map((lookup) => lookup.settled)
    client.define(main, ['Baz'])
    const event = client.take('materialize')
    client.resolveAll(event)
    expect(settled()).to.deep.equal([true, false, false])
    void client.emit(event.responsibility, [{ symbols: ['Foo'], dependencies: [[main, ['Baz']]] }]).value
    expect(settled()).to.deep.equal([true, true, false])
    client.finish(client.take('materialize'))
    expect(settled()).to.deep.equal([true, true, true])
  })

  it('materializes a unit once, whoever asks', () => {
    const { client, main } = openSession()
    client.define(main, ['Foo', 'Bar'])
    const lookups = [client.lookup(main, ['Foo']), client.lookup(main, ['Bar']), client.lookup(main, ['Foo', 'Bar'])]
    const [event, second] = client.takeAll('materialize')
    if (event === undefined) throw new Error('the unit materializes')
    expect(second).to.equal(undefined)
    client.finish(event)
    expect(lookups.map(({ value }) => value.length)).to.deep.equal([1, 1, 2])
  })

  it('over two responsibilities is answered once, by the later of them [S12]', () => {
    const { client, main } = openSession()
    client.define(main, ['Foo'])
    client.define(main, ['Bar'])
    const lookup = client.lookup(main, ['Foo', 'Bar'])
    const [foo, bar] = client.takeAll('materialize')
    if (foo === undefined || bar === undefined) throw new Error('both units materialize')
    client.resolveAll(bar)
    client.finish(foo)
    expect(lookup.settled).to.equal(false)
    void client.emit(bar.responsibility).value
    expect(lookup.value.map(({ name }) => name)).to.deep.equal(['Foo', 'Bar'])
  })

  it('of what failed fails at once, with the cause', () => {
    const { client, main } = openSession()
    client.define(main, ['Foo'])
    client.lookup(main, ['Foo'])
    void client.fail(client.take('materialize').responsibility, plainError('BadObject', 'broken')).value
    const { error } = client.lookup(main, ['Foo', 'Missing'])
    expect(error.code).to.equal('FailedToMaterialize')
    expect(error.cause?.code).to.equal('BadObject')
  })

  it('tells what is not ready, before it is answered, and nothing where all is', () => {
    const { client, main } = openSession()
    client.define(main, ['Foo', 'Bar'])
    client.define(main, ['Baz'], null, { source: absolute({ Baz: 1 }) })
    void client.lookup(main, ['Baz']).value
    client.lookup(main, ['Foo', 'Baz'])
    expect(client.take('dependenciesRegistered')).to.deep.equal({
      type: 'dependenciesRegistered',
      ask: client.lastAsk,
      pending: [[main, ['Foo']]],
    })
    const event = client.take('materialize')
    client.resolveAll(event)
    expect(client.lookup(main, ['Bar'], { state: 'resolved' }).value).to.have.length(1)
    expect(client.take('dependenciesRegistered').pending).to.deep.equal([[main, ['Bar']]])
    void client.emit(event.responsibility).value
    void client.lookup(main, ['Foo', 'Bar', 'Baz']).value
    expect(client.tryTake('dependenciesRegistered')).to.equal(undefined)
  })

  it('that is silent is told nothing of what is not ready', () => {
    const { client, main } = openSession()
    client.define(main, ['Foo'])
    const [searchOrder, symbols] = [[[main, 'all']], [['Foo', true]]] as const
    client.request({ type: 'lookup', kind: 'static', searchOrder, symbols, requiredState: 'ready', silent: true })
    expect(client.tryTake('dependenciesRegistered')).to.equal(undefined)
    expect(client.take('materialize').symbols).to.have.length(1)
  })

  it('cancelled, lets go of its symbols, which go on', () => {
    const { client, main } = openSession()
    client.define(main, ['Foo'])
    const lookup = client.lookup(main, ['Foo'])
    client.tell({ type: 'cancelAsk', ask: client.lastAsk, error: plainError('Timeout', 'too long') })
    expect(lookup.error.code).to.equal('Timeout')
    const { responsibility } = client.take('materialize')
    expect(client.request({ type: 'requestedSymbols', responsibility }).value).to.deep.equal([])
    void client.resolve(responsibility, { Foo: 1 }).value
    void client.emit(responsibility).value
    expect(client.lookup(main, ['Foo']).value).to.have.length(1)
  })

  it('passes over a dylib that is gone, and names it if something is missing', () => {
    const { client, main, lib } = threeDylibs()
    void client.request({ type: 'removeJITDylibs', dylibs: [lib] }).value
    const order: SearchOrderEntry[] = [
      [lib, 'all'],
      [main, 'all'],
    ]
    expect(client.lookup(order, ['Foo']).value[0]?.dylib).to.equal(main)
    const { error } = client.lookup(order, ['Bar'])
    expect(error.code).to.equal('JITDylibDefunct')
    expect(error.message).to.include('Bar')
  })

  it('a name that vanishes while a generator is asked strands nobody [P09] [S32]', () => {
    const { client, main } = openSession()
    const lib = client.createJITDylib('lib')
    client.define(main, ['Foo'])
    client.define(main, ['Bar'])
    const generator = client.newId() as GeneratorId
    void client.request({ type: 'addGenerator', dylib: lib, generator, kind: 'user', tracker: null }).value
    const order: SearchOrderEntry[] = [
      [main, 'all'],
      [lib, 'all'],
    ]
    const lookup = client.lookup(order, ['Foo', 'Bar', ['Baz', false]])
    void client.request({ type: 'removeSymbols', dylib: main, names: ['Bar'] }).value
    client.generated()
    expect(lookup.error.code).to.equal('SymbolsNotFound')
    const again = client.lookup(main, ['Foo'])
    client.finish(client.take('materialize'))
    expect(again.value).to.have.length(1)
    void client.request({ type: 'removeSymbols', dylib: main, names: ['Foo'] }).value
  })
})

describe('lookup on behalf of a responsibility', () => {
  it('that would wait for itself is WouldDeadlock: aliases in a ring [P33] [S31]', () => {
    const { client, main } = openSession()
    client.define(main, ['Foo'])
    client.define(main, ['Bar'])
    const lookup = client.lookup(main, ['Foo'])
    const foo = client.take('materialize')
    const forFoo = client.lookup(main, ['Bar'], { state: 'resolved', onBehalfOf: foo.responsibility })
    const bar = client.take('materialize')
    const forBar = client.lookup(main, ['Foo'], { state: 'resolved', onBehalfOf: bar.responsibility })
    expect(forBar.error.code).to.equal('WouldDeadlock')
    void client.fail(bar.responsibility, forBar.error).value
    expect(forFoo.error.cause?.code).to.equal('WouldDeadlock')
    void client.fail(foo.responsibility, forFoo.error).value
    expect(lookup.error.code).to.equal('FailedToMaterialize')
  })

  it('of its own symbol is WouldDeadlock', () => {
    const { client, main } = openSession()
    client.define(main, ['Foo'])
    client.lookup(main, ['Foo'])
    const { responsibility } = client.take('materialize')
    const own = client.lookup(main, ['Foo'], { state: 'resolved', onBehalfOf: responsibility })
    expect(own.error.code).to.equal('WouldDeadlock')
  })

  it('in a chain works', () => {
    const { client, main } = openSession()
    client.define(main, ['Foo'])
    client.define(main, ['Bar'])
    const lookup = client.lookup(main, ['Foo'])
    const foo = client.take('materialize')
    const forFoo = client.lookup(main, ['Bar'], { state: 'resolved', onBehalfOf: foo.responsibility })
    client.finish(client.take('materialize'))
    expect(forFoo.value).to.have.length(1)
    client.finish(foo, [{ symbols: ['Foo'], dependencies: [[main, ['Bar']]] }])
    expect(lookup.value).to.have.length(1)
  })

  it('that is resolved already may look at whoever waits for it', () => {
    const { client, main } = openSession()
    client.define(main, ['Foo'])
    client.define(main, ['Bar'])
    client.lookup(main, ['Foo'])
    const foo = client.take('materialize')
    client.resolveAll(foo)
    const forFoo = client.lookup(main, ['Bar'], { state: 'resolved', onBehalfOf: foo.responsibility })
    const bar = client.take('materialize')
    expect(client.lookup(main, ['Foo'], { state: 'resolved', onBehalfOf: bar.responsibility }).value).to.have.length(1)
    client.resolveAll(bar)
    expect(forFoo.value).to.have.length(1)
  })
})

describe('lookupFlags', () => {
  it('answers flags and materializes nothing', () => {
    const { client, main } = openSession()
    client.define(main, { Foo: strong, Bar: hidden })
    const flags = client.request({
      type: 'lookupFlags',
      kind: 'static',
      searchOrder: [[main, 'all']],
      symbols: [
        ['Foo', true],
        ['Bar', true],
        ['Baz', false],
      ],
    })
    expect(flags.value).to.deep.equal([
      ['Foo', strong],
      ['Bar', hidden],
    ])
    expect(client.events).to.deep.equal([])
  })

  it('names what is missing', () => {
    const { client, main } = openSession()
    const searchOrder: SearchOrderEntry[] = [[main, 'all']]
    const flags = client.request({ type: 'lookupFlags', kind: 'static', searchOrder, symbols: [['Foo', true]] })
    expect(flags.error.code).to.equal('SymbolsNotFound')
  })
})
