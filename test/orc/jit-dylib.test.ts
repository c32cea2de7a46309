// Dylibs: names, link orders, and their end.
import { describe, it } from 'mocha'
import { expect } from 'chai'
import type { JITDylibId, SearchOrderEntry } from '@worc/protocol'
import { plainError } from '@worc/protocol'
import { setDefaultLinkOrder } from '@worc/orc'
import { openSession } from './session-driver.js'
import { absolute } from './unit-fixtures.js'
import type { ClientDriver } from './session-driver.js'

function orderOf(client: ClientDriver, dylib: JITDylibId): readonly SearchOrderEntry[] {
  return client.request({ type: 'linkOrder', dylib }).value.map(([id, match]) => [id, match])
}

describe('JITDylib', () => {
  it('has a name of its own, and is found by it', () => {
    const { client, main } = openSession()
    expect(client.request({ type: 'createJITDylib', name: 'main', bare: true }).error.code).to.equal('BadArgument')
    expect(client.request({ type: 'getJITDylibByName', name: 'main' }).value).to.equal(main)
    expect(client.request({ type: 'getJITDylibByName', name: 'lib' }).value).to.equal(null)
  })

  it('begins with itself in its link order, and with the session’s defaults unless bare', () => {
    const { session, client, main } = openSession()
    setDefaultLinkOrder(session.state, [[main, 'exported']])
    const [bare, lib] = [client.createJITDylib('bare'), client.createJITDylib('lib', false)]
    expect(orderOf(client, bare)).to.deep.equal([[bare, 'all']])
    expect(orderOf(client, lib)).to.deep.equal([
      [lib, 'all'],
      [main, 'exported'],
    ])
  })

  it('its link order can be set, with itself first or not', () => {
    const { client, main } = openSession()
    const lib = client.createJITDylib('lib')
    const order: SearchOrderEntry[] = [[lib, 'exported']]
    void client.request({ type: 'setLinkOrder', dylib: main, order, selfFirst: false }).value
    expect(orderOf(client, main)).to.deep.equal(order)
    void client.request({ type: 'setLinkOrder', dylib: main, order, selfFirst: true }).value
    expect(orderOf(client, main)).to.deep.equal([[main, 'all'], ...order])
    const withSelf: SearchOrderEntry[] = [[main, 'exported'], ...order]
    void client.request({ type: 'setLinkOrder', dylib: main, order: withSelf, selfFirst: true }).value
    expect(orderOf(client, main)).to.deep.equal(withSelf)
  })

  it('its link order can be added to, replaced in and removed from', () => {
    const { client, main } = openSession()
    const [lib, libc] = [client.createJITDylib('lib'), client.createJITDylib('libc')]
    const entries: SearchOrderEntry[] = [
      [lib, 'exported'],
      [lib, 'exported'],
      [lib, 'all'],
    ]
    void client.request({ type: 'addToLinkOrder', dylib: main, entries }).value
    expect(orderOf(client, main)).to.deep.equal([
      [main, 'all'],
      [lib, 'exported'],
      [lib, 'all'],
    ])
    void client.request({ type: 'replaceInLinkOrder', dylib: main, from: lib, to: [libc, 'all'] }).value
    void client.request({ type: 'replaceInLinkOrder', dylib: main, from: libc, to: [libc, 'exported'] }).value
    void client.request({ type: 'removeFromLinkOrder', dylib: main, entry: lib }).value
    expect(orderOf(client, main)).to.deep.equal([
      [main, 'all'],
      [libc, 'exported'],
    ])
  })

  it('its DFS link order has each dylib once, also where they link in a ring; reversed, the other way round', () => {
    const { client, main } = openSession()
    const [lib, libc, other] = ['lib', 'libc', 'other'].map((name) => client.createJITDylib(name)) as [
      JITDylibId,
      JITDylibId,
      JITDylibId,
    ]
    const link = (dylib: JITDylibId, to: readonly JITDylibId[]) => {
      const entries = to.map((id): SearchOrderEntry => [id, 'exported'])
      void client.request({ type: 'addToLinkOrder', dylib, entries }).value
    }
    link(main, [lib, libc])
    link(lib, [libc])
    link(libc, [main])
    link(other, [main])
    const dfs = (dylibs: readonly JITDylibId[], reverse = false) =>
      client.request({ type: 'dfsLinkOrder', dylibs, reverse })
    const names = (dylibs: readonly JITDylibId[], reverse = false) => dfs(dylibs, reverse).value.map(([, name]) => name)
    expect(names([main])).to.deep.equal(['main', 'lib', 'libc'])
    expect(names([main], true)).to.deep.equal(['libc', 'lib', 'main'])
    expect(names([libc, other, main])).to.deep.equal(['libc', 'main', 'lib', 'other'])
    expect(names([])).to.deep.equal([])
    void client.request({ type: 'removeJITDylibs', dylibs: [lib] }).value
    expect(names([main])).to.deep.equal(['main', 'libc'])
    expect(dfs([main, lib]).error.code).to.equal('JITDylibDefunct')
  })

  it('clear removes all trackers in order of creation, the default last, and joins their errors [P28]', () => {
    const { client, main } = openSession()
    client.register()
    client.define(main, ['Foo'])
    const [first, second] = [client.createTracker(main), client.createTracker(main)]
    client.define(main, ['Baz'], second)
    client.define(main, ['Bar'], first)
    const keys = [first, second].map((tracker) => client.request({ type: 'keyUnsafe', tracker }).value)
    const clear = client.request({ type: 'clear', dylib: main })
    const asked = client.asked.map(({ message }) => message.type === 'handleRemoveResources' && message.key)
    expect(asked.slice(0, 2)).to.deep.equal(keys)
    expect(asked).to.have.length(3)
    client.refuseToRemove(plainError('UserError', 'first'))
    client.removed()
    client.refuseToRemove(plainError('UserError', 'third'))
    expect(clear.error.message).to.equal('first\nthird')
    expect(client.request({ type: 'sessionStats' }).value).to.include({ symbols: 0, units: 0 })
    client.define(main, ['Foo', 'Bar', 'Baz'])
  })

  it('clear leaves a tracker alone that was never used', () => {
    const { client, main } = openSession()
    const tracker = client.createTracker(main)
    void client.request({ type: 'clear', dylib: main }).value
    client.define(main, ['Foo'], tracker)
  })
})

describe('removeJITDylibs', () => {
  it('takes a dylib out of all link orders [P15]', () => {
    const { client, main } = openSession()
    const [lib, libc] = [client.createJITDylib('lib'), client.createJITDylib('libc')]
    const order: SearchOrderEntry[] = [
      [lib, 'all'],
      [libc, 'all'],
    ]
    void client.request({ type: 'setLinkOrder', dylib: main, order, selfFirst: true }).value
    void client.request({ type: 'removeJITDylibs', dylibs: [lib] }).value
    expect(orderOf(client, main)).to.deep.equal([
      [main, 'all'],
      [libc, 'all'],
    ])
    expect(client.request({ type: 'setLinkOrder', dylib: main, order, selfFirst: true }).error.code).to.equal(
      'JITDylibDefunct',
    )
  })

  it('removes several in the order given, and their names can be used again at once', () => {
    const { client, main } = openSession()
    client.register()
    const lib = client.createJITDylib('lib')
    client.define(main, ['Foo'])
    client.define(lib, ['Bar'])
    const removal = client.request({ type: 'removeJITDylibs', dylibs: [lib, main] })
    const asked = client.asked.map(({ message }) => message.dylib)
    expect(asked).to.deep.equal([lib, main])
    expect(client.createJITDylib('main')).to.be.greaterThan(main)
    client.removed()
    expect(removal.settled).to.equal(false)
    client.removed()
    expect(removal.value).to.equal(null)
  })

  it('of one that is removed already, or named twice, changes nothing', () => {
    const { client, main } = openSession()
    const lib = client.createJITDylib('lib')
    void client.request({ type: 'removeJITDylibs', dylibs: [lib] }).value
    expect(client.request({ type: 'removeJITDylibs', dylibs: [main, lib] }).error.code).to.equal('JITDylibDefunct')
    expect(client.request({ type: 'removeJITDylibs', dylibs: [main, main] }).error.code).to.equal('BadArgument')
    expect(client.request({ type: 'removeJITDylibs', dylibs: [99 as JITDylibId] }).error.code).to.equal('BadArgument')
    client.define(main, ['Foo'])
  })

  it('while it is under way, everything in the dylib is JITDylibDefunct', () => {
    const { client, main } = openSession()
    client.register()
    const tracker = client.createTracker(main)
    client.define(main, ['Foo'], tracker)
    const removal = client.request({ type: 'removeJITDylibs', dylibs: [main] })
    expect(client.tryDefine(main, client.unit(['Bar']), tracker).error.code).to.equal('JITDylibDefunct')
    expect(client.request({ type: 'linkOrder', dylib: main }).error.code).to.equal('JITDylibDefunct')
    expect(client.lookup(main, ['Foo']).error.code).to.equal('JITDylibDefunct')
    client.removed()
    expect(removal.value).to.equal(null)
    expect(client.lookup(main, ['Foo']).error.code).to.equal('JITDylibDefunct')
  })

  it('with materializations in flight: each is refused with JITDylibDefunct, its queries fail [S02] [S18]', () => {
    const { client, main } = openSession()
    const names = ['Foo', 'Bar', 'Baz']
    for (const name of names) client.define(main, [name])
    const lookups = names.map((name) => client.lookup(main, [name]))
    const events = client.takeAll('materialize')
    void client.request({ type: 'removeJITDylibs', dylibs: [main] }).value
    for (const { responsibility, name } of events) {
      expect(client.resolve(responsibility, { [name]: 1 }).error.code).to.equal('JITDylibDefunct')
      void client.fail(responsibility).value
    }
    for (const lookup of lookups) expect(lookup.error.cause?.code).to.equal('JITDylibDefunct')
  })

  it('fails what waits for it in another dylib', () => {
    const { client, main } = openSession()
    const lib = client.createJITDylib('lib')
    client.define(main, ['Foo'])
    client.define(lib, ['Bar'])
    const lookup = client.lookup(main, ['Foo'])
    client.finish(client.take('materialize'), [{ symbols: ['Foo'], dependencies: [[lib, ['Bar']]] }])
    void client.request({ type: 'removeJITDylibs', dylibs: [lib] }).value
    expect(lookup.error.cause?.code).to.equal('JITDylibDefunct')
  })
})

describe('endSession', () => {
  it('removes every dylib, the last one first, and asks managers only about keys that were used [P16]', () => {
    const { client, main } = openSession()
    client.register()
    const [lib, libc] = [client.createJITDylib('lib'), client.createJITDylib('libc')]
    client.define(main, ['Foo'])
    client.define(libc, ['Foo'])
    client.createTracker(lib)
    const end = client.request({ type: 'endSession' })
    expect(client.asked.map(({ message }) => message.dylib)).to.deep.equal([libc, main])
    client.removed()
    client.refuseToRemove(plainError('UserError', 'stuck'))
    expect(end.error.code).to.equal('UserError')
  })

  it('answers everything outstanding with SessionClosed, and everything later', () => {
    const { client, main } = openSession()
    client.register()
    client.define(main, ['Foo'])
    const tracker = client.createTracker(main)
    const lookup = client.lookup(main, ['Foo'])
    const removal = client.remove(tracker, 'reclaimed')
    const begin = client.request({ type: 'beginInitialize', dylib: main })
    const drain = client.request({ type: 'drain' })
    expect(begin.value.functions).to.deep.equal([])
    client.request({ type: 'endSession' })
    for (const answer of [lookup, removal, drain]) expect(answer.error.code).to.equal('SessionClosed')
    expect(client.request({ type: 'dump' }).error.code).to.equal('SessionClosed')
    const { responsibility } = client.take('materialize')
    expect(client.resolve(responsibility, { Foo: 1 }).error.code).to.equal('SessionClosed')
    while (client.asked.length > 0) client.removed()
  })

  it('several ends are each answered once, at the same end; a later one at once [S07]', () => {
    const { session, client, main } = openSession()
    client.register()
    client.define(main, ['Foo'])
    const ends = [client, session.connect(), client].map((who) => who.request({ type: 'endSession' }))
    expect(ends.map(({ settled }) => settled)).to.deep.equal([false, false, false])
    client.removed()
    for (const end of ends) expect(end.value).to.equal(null)
    expect(client.request({ type: 'endSession' }).value).to.equal(null)
  })

  it('handles what waits in streams that stand still: a lease that ends there holds nothing up', () => {
    const { session, client, main } = openSession()
    const [other, manager] = [session.connect(), session.connect()]
    manager.register()
    const tracker = client.createTracker(main)
    const { lease } = other.request({ type: 'claimTrackerKey', tracker }).value
    const adoption = other.request({ type: 'adoptTracker', tracker, token: 5 })
    other.tell({ type: 'releaseLease', lease })
    const late = other.request({ type: 'endSession' })
    const end = client.request({ type: 'endSession' })
    expect(adoption.error.code).to.equal('SessionClosed')
    manager.removed()
    for (const { value } of [end, late]) expect(value).to.equal(null)
  })

  it('waits for removals that were under way', () => {
    const { client, main } = openSession()
    client.register()
    const tracker = client.createTracker(main)
    client.remove(tracker)
    const end = client.request({ type: 'endSession' })
    expect(end.settled).to.equal(false)
    client.removed()
    expect(end.value).to.equal(null)
  })

  it('waits for leases, and not for the dead', () => {
    const { session, client, main } = openSession()
    const [other, manager] = [session.connect(), session.connect()]
    manager.register()
    const tracker = client.createTracker(main)
    const { lease } = client.request({ type: 'claimTrackerKey', tracker }).value
    void other.request({ type: 'claimTrackerKey', tracker }).value
    const end = client.request({ type: 'endSession' })
    client.tell({ type: 'releaseLease', lease })
    expect(manager.asked).to.deep.equal([])
    other.close()
    expect(manager.asked).to.have.length(1)
    manager.close()
    expect(end.error.code).to.equal('ActorDied')
  })

  it('of an asker that dies goes on', () => {
    const { session, client, main } = openSession()
    const manager = session.connect()
    manager.register()
    client.define(main, ['Foo'], null, { source: absolute({ Foo: 1 }) })
    client.request({ type: 'endSession' })
    client.close()
    manager.removed()
    expect(manager.request({ type: 'endSession' }).value).to.equal(null)
  })
})
