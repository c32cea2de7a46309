// What failed keeps its name and its reason until it is reset, removed, or its tracker goes; reset, it is materialized again.
import { describe, it } from 'mocha'
import { expect } from 'chai'
import type { DependenceGroup, JITDylibId, UnitId } from '@worc/protocol'
import { plainError, symbolFlag } from '@worc/protocol'
import { openSession } from './session-driver.js'
import type { ClientDriver } from './session-driver.js'
import type { Answer } from './answer.js'
import { absolute, addressOf, dependsOn, object, strong } from './unit-fixtures.js'

const broken = plainError('BadObject', 'broken')

function reset(client: ClientDriver, dylib: JITDylibId, names: readonly string[] | null = null): Answer<null> {
  return client.request({ type: 'resetSymbols', dylib, names })
}

/** Foo, which was looked up, and failed. */
function failedFoo() {
  const opened = openSession()
  const { client, main } = opened
  const tracker = client.createTracker(main)
  const unit = client.define(main, ['Foo'], tracker)
  client.lookup(main, ['Foo'])
  void client.fail(client.take('materialize').responsibility, broken).value
  return { ...opened, tracker, unit }
}

describe('JITDylib: resetSymbols', () => {
  it('until then lookups answer the root cause; after it the unit is materialized again [P10]', () => {
    const { client, main, tracker, unit } = failedFoo()
    expect(client.lookup(main, ['Foo']).error.cause).to.deep.equal(broken)
    void reset(client, main, ['Foo']).value
    const lookup = client.lookup(main, ['Foo'])
    const event = client.take('materialize')
    expect(event.unit).to.equal(unit)
    client.finish(event)
    expect(lookup.value[0]?.address).to.equal(addressOf('Foo'))
    void client.remove(tracker).value
    expect(client.lookup(main, ['Foo']).error.code).to.equal('SymbolsNotFound')
    expect(client.takeAll('destroyUnit')).to.deep.equal([{ type: 'destroyUnit', unit }])
  })

  it('may fail again, with its own reason, and be reset again', () => {
    const { client, main } = failedFoo()
    void reset(client, main).value
    const lookup = client.lookup(main, ['Foo'])
    void client.fail(client.take('materialize').responsibility, plainError('UserError', 'worse')).value
    expect(lookup.error.cause?.message).to.equal('worse')
    void reset(client, main).value
    client.lookup(main, ['Foo'])
    client.finish(client.take('materialize'))
  })

  it('brings an object’s bytes again', () => {
    const { session, client, main } = openSession()
    const linker = session.connect('link')
    const bytes = new SharedArrayBuffer(4)
    client.define(main, ['Foo'], null, { source: object, attachments: [bytes] })
    client.lookup(main, ['Foo'])
    void linker.fail(linker.take('materialize').responsibility, broken).value
    void reset(client, main).value
    client.lookup(main, ['Foo'])
    expect(linker.attachments.get(linker.take('materialize'))).to.deep.equal([bytes])
  })

  it('link actors hear of a unit that nobody can use, and not of one of which some was ready, ever', () => {
    const { session, client, main } = openSession()
    const linker = session.connect('link')
    const attempt = (groups: readonly DependenceGroup[], names: readonly string[]): void => {
      for (const name of names) client.lookup(main, [name])
      linker.finish(linker.take('materialize'), groups)
      void client.fail(client.take('materialize').responsibility, broken).value
      void reset(client, main).value
    }
    client.define(main, ['Baz'])
    const unused = client.define(main, ['Foo', 'Bar'], null, { source: object })
    attempt([dependsOn(main, ['Foo', 'Bar'], ['Baz'])], ['Foo'])
    const toldOf = (): UnitId[] => linker.takeAll('unitTakenBack').map(({ unit }) => unit)
    expect(toldOf()).to.include(unused)
    attempt([dependsOn(main, ['Foo'], ['Baz'])], ['Foo', 'Bar'])
    attempt([dependsOn(main, ['Foo', 'Bar'], ['Baz'])], ['Foo'])
    expect(toldOf()).not.to.include(unused)
  })

  it('takes a unit back whole: what was ready beside the failed symbol is made anew', () => {
    const { client, main } = openSession()
    client.define(main, ['Foo', 'Bar'])
    client.define(main, ['Baz'])
    client.lookup(main, ['Foo'])
    client.finish(client.take('materialize'), [dependsOn(main, ['Foo'], ['Baz'])])
    expect(client.lookup(main, ['Bar']).value).to.have.length(1)
    void client.fail(client.take('materialize').responsibility, broken).value
    void reset(client, main, ['Foo']).value
    const lookup = client.lookup(main, ['Bar'])
    const event = client.take('materialize')
    expect(event.symbols.map(([name]) => name)).to.deep.equal(['Foo', 'Bar'])
    client.finish(event)
    expect(lookup.value).to.have.length(1)
  })

  it('a query that had such a ready symbol, and waits for another, is told', () => {
    const { client, main } = openSession()
    client.define(main, ['Foo', 'Bar'])
    client.define(main, ['Baz'])
    client.define(main, ['Qux'])
    client.lookup(main, ['Foo'])
    const event = client.take('materialize')
    client.finish(event, [dependsOn(main, ['Foo'], ['Baz'])])
    const waiting = client.lookup(main, ['Bar', 'Qux'])
    void client.fail(client.take('materialize').responsibility, broken).value
    void reset(client, main, ['Foo']).value
    expect(waiting.error.cause?.code).to.equal('Aborted')
  })

  it('while other parts of the unit are materializing is refused, and changes nothing', () => {
    const { client, main } = openSession()
    client.define(main, ['Foo', 'Bar'])
    client.lookup(main, ['Foo'])
    const { responsibility } = client.take('materialize')
    const part = client.request({ type: 'delegate', responsibility, names: ['Foo'] }).value
    void client.fail(part, broken).value
    const { error } = reset(client, main)
    expect(error.code).to.equal('SymbolsCouldNotBeRemoved')
    expect('symbols' in error && error.symbols).to.deep.equal([['main', ['Bar']]])
    void client.fail(responsibility, broken).value
    void reset(client, main).value
    client.lookup(main, ['Bar'])
    client.finish(client.take('materialize'))
  })

  it('what the unit had claimed it has to claim again', () => {
    const { client, main } = openSession()
    client.define(main, ['Foo'])
    client.lookup(main, ['Foo'])
    const claim = () => {
      const { responsibility } = client.take('materialize')
      void client.request({ type: 'defineMaterializing', responsibility, symbols: [['Bar', strong]] }).value
      return responsibility
    }
    void client.fail(claim(), broken).value
    void reset(client, main).value
    expect(client.lookup(main, ['Bar']).error.code).to.equal('SymbolsNotFound')
    const lookup = client.lookup(main, ['Foo'])
    const again = claim()
    void client.resolve(again, { Foo: 1, Bar: 2 }).value
    void client.emit(again).value
    expect(lookup.value).to.have.length(1)
  })

  it('what failed only because of another is to be reset with it', () => {
    const { client, main } = openSession()
    client.define(main, ['Foo'])
    client.define(main, ['Bar'])
    client.lookup(main, ['Foo'])
    client.finish(client.take('materialize'), [dependsOn(main, ['Foo'], ['Bar'])])
    void client.fail(client.take('materialize').responsibility, broken).value
    void reset(client, main).value
    const lookup = client.lookup(main, ['Foo'])
    client.finish(client.take('materialize'), [dependsOn(main, ['Foo'], ['Bar'])])
    client.finish(client.take('materialize'))
    expect(lookup.value).to.have.length(1)
  })

  it('an alias of what was missing is looked up again; absolute symbols lack what they lack', () => {
    const { client, main } = openSession()
    const source = { kind: 'aliases', from: null, aliasees: ['Bar'] } as const
    client.define(main, ['Foo'], null, { source })
    client.define(main, ['Baz'], null, { source: absolute({}) })
    expect(client.lookup(main, ['Foo']).outcome).to.equal('FailedToMaterialize')
    expect(client.lookup(main, ['Baz']).outcome).to.equal('FailedToMaterialize')
    client.define(main, ['Bar'], null, { source: absolute({ Bar: 3 }) })
    void reset(client, main).value
    expect(client.lookup(main, ['Foo']).value[0]?.address).to.equal(3)
    expect(client.lookup(main, ['Baz']).error.cause?.code).to.equal('MissingSymbolDefinitions')
  })

  it('its initializers are run for the new one', () => {
    const { client, main } = openSession()
    client.define(main, ['Foo'], null, { initSymbol: 'init' })
    const first = client.request({ type: 'beginInitialize', dylib: main })
    void client.fail(client.take('materialize').responsibility, broken).value
    expect(first.error.code).to.equal('FailedToMaterialize')
    void reset(client, main).value
    const second = client.request({ type: 'beginInitialize', dylib: main })
    const event = client.take('materialize')
    client.resolveAll(event)
    const initializers = [{ priority: 1, function: 77 }]
    const { responsibility } = event
    void client.request({ type: 'notifyEmitted', responsibility, groups: [], initializers }).value
    expect(second.value.functions).to.deep.equal([77])
  })

  it('its initializers are run again where they ran before a neighbour failed: its data is made anew', () => {
    const { client, main } = openSession()
    client.define(main, ['Foo'], null, { initSymbol: 'init' })
    client.define(main, ['Bar'])
    const initialize = () => {
      const begun = client.request({ type: 'beginInitialize', dylib: main })
      const event = client.take('materialize')
      client.resolveAll(event)
      const initializers = [{ priority: 1, function: 77 }]
      const groups = [dependsOn(main, ['Foo'], ['Bar'])]
      void client.request({ type: 'notifyEmitted', responsibility: event.responsibility, groups, initializers }).value
      expect(begun.value.functions).to.deep.equal([77])
      client.tell({ type: 'endInitialize', run: begun.value.run, error: null })
    }
    initialize()
    void client.fail(client.take('materialize').responsibility, broken).value
    void reset(client, main).value
    initialize()
  })

  it('leaves alone what did not fail; a name that is not there is SymbolsNotFound', () => {
    const { client, main } = failedFoo()
    client.define(main, ['Bar'])
    void reset(client, main, ['Bar']).value
    const { error } = reset(client, main, ['Foo', 'Missing'])
    expect('symbols' in error && error.symbols).to.deep.equal([['main', ['Missing']]])
    expect(client.lookup(main, ['Foo']).error.cause?.code).to.equal('BadObject')
  })

  it('keeps weak what was weak: a stronger definition may take its place now', () => {
    const { client, main } = openSession()
    client.define(main, { Foo: strong | symbolFlag.weak })
    client.lookup(main, ['Foo'])
    void client.fail(client.take('materialize').responsibility, broken).value
    expect(client.tryDefine(main, client.unit(['Foo'])).error.code).to.equal('DuplicateDefinition')
    void reset(client, main).value
    client.define(main, ['Foo'], null, { source: absolute({ Foo: 2 }) })
    expect(client.lookup(main, ['Foo']).value[0]?.address).to.equal(2)
  })
})
