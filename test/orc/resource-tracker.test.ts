// What a tracker owns is removed or transferred as one, before, while and after it is materialized; and nothing that
// ORC loses, leaves dangling or leaves hanging on the way does so here. Tags in brackets name the defect that a test is
// about.
import { describe, it } from 'mocha'
import { expect } from 'chai'
import { defaultTrackerOf } from '@worc/protocol'
import { openSession } from './session-driver.js'
import { addressOf, weakly } from './unit-fixtures.js'

describe('ResourceTracker: remove', () => {
  it('(before materializing) takes the names; the unit is destroyed after, not discarded [P19] [P20] [S05]', () => {
    const { client, main } = openSession()
    const tracker = client.createTracker(main)
    const unit = client.define(main, ['Foo'], tracker)
    expect(client.remove(tracker).value).to.equal(null)
    expect(client.events).to.deep.equal([{ type: 'destroyUnit', unit }])
    expect(client.lookup(main, ['Foo']).error.code).to.equal('SymbolsNotFound')
  })

  it('(while materializing) fails the query and refuses the responsibility', () => {
    const { client, main } = openSession()
    const tracker = client.createTracker(main)
    client.define(main, ['Foo'], tracker)
    const lookup = client.lookup(main, ['Foo'])
    const { responsibility } = client.take('materialize')
    expect(client.remove(tracker).value).to.equal(null)
    expect(lookup.error.code).to.equal('FailedToMaterialize')
    expect(lookup.error.cause?.code).to.equal('ResourceTrackerDefunct')
    expect(client.resolve(responsibility, { Foo: 1 }).error.code).to.equal('ResourceTrackerDefunct')
  })

  it('(after materializing) takes the names', () => {
    const { client, main } = openSession()
    const tracker = client.createTracker(main)
    client.define(main, ['Foo'], tracker)
    const lookup = client.lookup(main, ['Foo'])
    client.finish(client.take('materialize'))
    expect(lookup.value[0]?.address).to.equal(addressOf('Foo'))
    expect(client.remove(tracker).value).to.equal(null)
    expect(client.lookup(main, ['Foo']).error.code).to.equal('SymbolsNotFound')
  })

  it('leaves the names to be defined again, under another incarnation', () => {
    const { client, main } = openSession()
    for (let round = 0; round < 3; round++) {
      const tracker = client.createTracker(main)
      client.define(main, ['Foo'], tracker)
      const lookup = client.lookup(main, ['Foo'])
      client.finish(client.take('materialize'))
      expect(lookup.value).to.have.length(1)
      void client.remove(tracker).value
    }
    expect(client.request({ type: 'sessionStats' }).value).to.include({ symbols: 0, units: 0, responsibilities: 0 })
  })

  it('does nothing the second time, and asks no manager again [P02]', () => {
    const { client, main } = openSession()
    client.register()
    const tracker = client.createTracker(main)
    const [first, second] = [client.remove(tracker), client.remove(tracker)]
    expect(client.asked).to.have.length(1)
    client.removed()
    expect(first.value).to.equal(null)
    expect(second.value).to.equal(null)
    expect(client.remove(tracker).value).to.equal(null)
    expect(client.asked).to.have.length(0)
  })

  it('of a tracker that was transferred from does nothing, and asks no manager [P03]', () => {
    const { client, main } = openSession()
    client.register()
    const [source, destination] = [client.createTracker(main), client.createTracker(main)]
    client.define(main, ['Foo'], source)
    void client.transfer(source, destination).value
    expect(client.remove(source).value).to.equal(null)
    expect(client.asked).to.have.length(0)
    expect(client.transfer(source, destination).error.code).to.equal('ResourceTrackerDefunct')
    expect(client.takeAll('handleTransferResources')).to.have.length(1)
  })

  it('of the default tracker lets the next definition make a new one, under a new key [P06]', () => {
    const { client, main } = openSession()
    const [unit] = [client.define(main, ['Foo'])]
    const tracker = defaultTrackerOf(main)
    const key = client.request({ type: 'keyUnsafe', tracker }).value
    void client.removeDefault(main).value
    expect(client.take('destroyUnit').unit).to.equal(unit)
    client.define(main, ['Foo'])
    expect(client.request({ type: 'keyUnsafe', tracker }).value).to.be.greaterThan(key)
    const lookup = client.lookup(main, ['Foo'])
    client.finish(client.take('materialize'))
    expect(lookup.value).to.have.length(1)
  })

  it('fails a query over several trackers as a whole; the others go on materializing [P14]', () => {
    const { client, main } = openSession()
    const [first, second] = [client.createTracker(main), client.createTracker(main)]
    client.define(main, ['Foo'], first)
    client.define(main, ['Bar'], second)
    const lookup = client.lookup(main, ['Foo', 'Bar'])
    const [foo, bar] = client.takeAll('materialize')
    void client.remove(first).value
    expect(lookup.error.code).to.equal('FailedToMaterialize')
    if (foo === undefined || bar === undefined) throw new Error('both units materialize')
    client.finish(bar)
    expect(client.lookup(main, ['Bar']).value).to.have.length(1)
  })

  it('fails a query that had its symbol and waited for another: a removed address is not handed out [S25]', () => {
    const { client, main } = openSession()
    const tracker = client.createTracker(main)
    client.define(main, ['Foo'], tracker)
    client.define(main, ['Bar'])
    const lookup = client.lookup(main, ['Foo', 'Bar'])
    const [foo, bar] = client.takeAll('materialize')
    if (foo === undefined || bar === undefined) throw new Error('both units materialize')
    client.finish(foo)
    void client.remove(tracker).value
    expect(lookup.error.code).to.equal('FailedToMaterialize')
    client.finish(bar)
    expect(client.lookup(main, ['Bar']).value).to.have.length(1)
  })

  it('names in a query only what the query asked for [P11]', () => {
    const { client, main } = openSession()
    const tracker = client.createTracker(main)
    client.define(main, ['Foo', 'Bar', 'Baz'], tracker)
    const lookup = client.lookup(main, ['Bar'])
    void client.remove(tracker).value
    const { error } = lookup
    expect('symbols' in error && error.symbols).to.deep.equal([['main', ['Bar']]])
  })

  it('does not touch a caller that is ready: what it depended on was satisfied [P12]', () => {
    const { client, main } = openSession()
    const tracker = client.createTracker(main)
    client.define(main, ['Foo'], tracker)
    client.define(main, ['Bar'])
    const lookup = client.lookup(main, ['Foo', 'Bar'])
    const [foo, bar] = client.takeAll('materialize')
    if (foo === undefined || bar === undefined) throw new Error('both units materialize')
    client.finish(foo)
    client.finish(bar, [{ symbols: ['Bar'], dependencies: [[main, ['Foo']]] }])
    expect(lookup.value).to.have.length(2)
    void client.remove(tracker).value
    expect(client.lookup(main, ['Bar']).value).to.have.length(1)
  })

  it('is decided in one turn: a lookup before it has the symbol, one after it does not [P36]', () => {
    const { client, main } = openSession()
    const tracker = client.createTracker(main)
    client.define(main, ['Foo'], tracker)
    const before = client.lookup(main, ['Foo'])
    client.finish(client.take('materialize'))
    void client.remove(tracker).value
    const after = client.lookup(main, ['Foo'])
    expect(before.value).to.have.length(1)
    expect(after.error.code).to.equal('SymbolsNotFound')
  })

  it('forgets a tracker whose handles are dropped; naming it is an error, not a crash', () => {
    const { client, main } = openSession()
    const tracker = client.createTracker(main)
    void client.remove(tracker).value
    expect(client.request({ type: 'isDefunct', tracker }).value).to.equal(true)
    client.drop(tracker)
    expect(client.request({ type: 'isDefunct', tracker }).value).to.equal(true)
    expect(client.remove(tracker).error.code).to.equal('ResourceTrackerDefunct')
  })
})

describe('ResourceTracker: transferTo', () => {
  it('(before materializing) the destination owns the unit', () => {
    const { client, main } = openSession()
    const [source, destination] = [client.createTracker(main), client.createTracker(main)]
    client.define(main, ['Foo'], source)
    void client.transfer(source, destination).value
    expect(client.request({ type: 'isDefunct', tracker: source }).value).to.equal(true)
    const lookup = client.lookup(main, ['Foo'])
    client.finish(client.take('materialize'))
    expect(lookup.value).to.have.length(1)
    void client.remove(destination).value
    expect(client.lookup(main, ['Foo']).error.code).to.equal('SymbolsNotFound')
  })

  it('(while materializing) the responsibility goes on, under the destination', () => {
    const { client, main } = openSession()
    const [source, destination] = [client.createTracker(main), client.createTracker(main)]
    client.define(main, ['Foo'], source)
    const lookup = client.lookup(main, ['Foo'])
    const event = client.take('materialize')
    void client.transfer(source, destination).value
    const { key } = client.request({
      type: 'claimResourceKey',
      responsibility: event.responsibility,
      recorded: true,
    }).value
    expect(key).to.equal(client.request({ type: 'keyUnsafe', tracker: destination }).value)
    client.finish(event)
    expect(lookup.value).to.have.length(1)
    void client.remove(destination).value
    expect(client.lookup(main, ['Foo']).error.code).to.equal('SymbolsNotFound')
  })

  it('(after materializing) managers move what they hold', () => {
    const { client, main } = openSession()
    const manager = client.register()
    const [source, destination] = [client.createTracker(main), client.createTracker(main)]
    client.define(main, ['Foo'], source)
    client.lookup(main, ['Foo'])
    client.finish(client.take('materialize'))
    const keyOf = (tracker: typeof source) => client.request({ type: 'keyUnsafe', tracker }).value
    void client.transfer(source, destination).value
    expect(client.take('handleTransferResources')).to.deep.equal({
      type: 'handleTransferResources',
      manager,
      dylib: main,
      destination: keyOf(destination),
      source: keyOf(source),
    })
  })

  it('to itself changes nothing', () => {
    const { client, main } = openSession()
    client.register()
    const tracker = client.createTracker(main)
    client.define(main, ['Foo'], tracker)
    void client.transfer(tracker, tracker).value
    expect(client.request({ type: 'isDefunct', tracker }).value).to.equal(false)
    expect(client.takeAll('handleTransferResources')).to.deep.equal([])
  })

  it('from the default tracker leaves the dylib able to define [P05] [S21]', () => {
    const { client, main } = openSession()
    const tracker = client.createTracker(main)
    client.define(main, ['Foo'])
    void client.transfer(defaultTrackerOf(main), tracker).value
    client.define(main, ['Bar'])
    const lookup = client.lookup(main, ['Foo', 'Bar'])
    for (const event of client.takeAll('materialize')) client.finish(event)
    expect(lookup.value).to.have.length(2)
    void client.remove(tracker).value
    expect(client.lookup(main, ['Foo']).error.code).to.equal('SymbolsNotFound')
    expect(client.lookup(main, ['Bar']).value).to.have.length(1)
  })

  it('from the default tracker adds to what the destination has [S20]', () => {
    const { client, main } = openSession()
    const tracker = client.createTracker(main)
    client.define(main, ['Foo'], tracker)
    client.define(main, ['Bar'])
    void client.transfer(defaultTrackerOf(main), tracker).value
    void client.remove(tracker).value
    expect(client.lookup(main, ['Foo']).error.code).to.equal('SymbolsNotFound')
    expect(client.lookup(main, ['Bar']).error.code).to.equal('SymbolsNotFound')
  })

  it('to a removed tracker is refused, and changes nothing [P18] [S22]', () => {
    const { client, main } = openSession()
    const [source, removed] = [client.createTracker(main), client.createTracker(main)]
    client.define(main, ['Foo'], source)
    void client.remove(removed).value
    expect(client.transfer(source, removed).error.code).to.equal('ResourceTrackerDefunct')
    expect(client.request({ type: 'isDefunct', tracker: source }).value).to.equal(false)
    const lookup = client.lookup(main, ['Foo'])
    client.finish(client.take('materialize'))
    expect(lookup.value).to.have.length(1)
  })

  it('across dylibs is refused', () => {
    const { client, main } = openSession()
    const lib = client.createJITDylib('lib')
    const [here, there] = [client.createTracker(main), client.createTracker(lib)]
    expect(client.transfer(here, there).error.code).to.equal('WrongOwner')
  })

  it('to a tracker no manager has heard of brings everything there [S01]', () => {
    const { client, main } = openSession()
    client.register()
    const [source, fresh] = [client.createTracker(main), client.createTracker(main)]
    client.define(main, ['Foo'], source)
    const lookup = client.lookup(main, ['Foo'])
    client.finish(client.take('materialize'))
    expect(lookup.value).to.have.length(1)
    void client.transfer(source, fresh).value
    const moved = client.take('handleTransferResources')
    const removal = client.remove(fresh)
    expect(client.removed().message).to.include({ key: moved.destination })
    expect(removal.value).to.equal(null)
  })
})

describe('ResourceTracker: ownership', () => {
  it('a strong definition takes a weak one from its tracker: removing that leaves the new one [P23] [S26]', () => {
    const { client, main } = openSession()
    const [old, young] = [client.createTracker(main), client.createTracker(main)]
    client.define(main, { Foo: weakly }, old)
    client.define(main, ['Foo'], young)
    void client.remove(old).value
    const lookup = client.lookup(main, ['Foo'])
    client.finish(client.take('materialize'))
    expect(lookup.value).to.have.length(1)
  })

  it('and the new one goes with its own tracker, once [P24]', () => {
    const { client, main } = openSession()
    const [old, young] = [client.createTracker(main), client.createTracker(main)]
    client.define(main, { Foo: weakly }, old)
    client.define(main, ['Foo'], young)
    void client.remove(young).value
    void client.remove(old).value
    expect(client.lookup(main, ['Foo']).error.code).to.equal('SymbolsNotFound')
  })

  it('a name that was removed and defined again is its new tracker’s [P25] [S27]', () => {
    const { client, main } = openSession()
    const [old, young] = [client.createTracker(main), client.createTracker(main)]
    client.define(main, ['Foo', 'Bar'], old)
    void client.request({ type: 'removeSymbols', dylib: main, names: ['Foo'] }).value
    client.define(main, ['Foo'], young)
    void client.remove(old).value
    const lookup = client.lookup(main, ['Foo'])
    client.finish(client.take('materialize'))
    expect(lookup.value).to.have.length(1)
  })

  it('clear while handles are dropped and units defined: each tracker is removed once [S24]', () => {
    const { client, main } = openSession()
    client.register()
    const trackers = [1, 2, 3].map(() => client.createTracker(main))
    for (const [index, tracker] of trackers.entries()) client.define(main, [`Foo${index}`], tracker)
    const clear = client.request({ type: 'clear', dylib: main })
    for (const tracker of trackers) client.drop(tracker)
    const keys = client.asked.map(({ message }) => message.type === 'handleRemoveResources' && message.key)
    expect(new Set(keys).size).to.equal(3)
    while (client.asked.length > 0) client.removed()
    expect(clear.value).to.equal(null)
    expect(client.takeAll('handleTransferResources')).to.deep.equal([])
    expect(client.request({ type: 'sessionStats' }).value).to.include({ symbols: 0, units: 0, trackers: 0 })
  })
})
