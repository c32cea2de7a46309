// A client that dies: what it worked on fails, what it held is handed over, nobody waits for it.
import { describe, it } from 'mocha'
import { expect } from 'chai'
import { plainError } from '@worc/protocol'
import { openSession } from './session-driver.js'
import { object } from './unit-fixtures.js'

describe('client closed', () => {
  it('(before materializing) its units fail when they are looked up; objects it defined do not', () => {
    const { session, client, main } = openSession()
    const other = session.connect()
    const linker = session.connect('link')
    client.define(main, ['Foo'])
    client.define(main, ['Bar'], null, { source: object })
    client.close()
    const foo = other.lookup(main, ['Foo'])
    expect(foo.error.code).to.equal('FailedToMaterialize')
    expect(foo.error.cause?.code).to.equal('ActorDied')
    const bar = other.lookup(main, ['Bar'])
    linker.finish(linker.take('materialize'))
    expect(bar.value).to.have.length(1)
  })

  it('(while materializing) its responsibilities fail with ActorDied [S04]', () => {
    const { session, client, main } = openSession()
    const other = session.connect()
    client.define(main, ['Foo'])
    const lookup = other.lookup(main, ['Foo'])
    client.close()
    expect(lookup.error.code).to.equal('FailedToMaterialize')
    expect(lookup.error.cause?.code).to.equal('ActorDied')
  })

  it('(after materializing) what it made stays', () => {
    const { session, client, main } = openSession()
    const other = session.connect()
    client.define(main, ['Foo'])
    client.lookup(main, ['Foo'])
    client.finish(client.take('materialize'))
    client.close()
    expect(other.lookup(main, ['Foo']).value).to.have.length(1)
  })

  it('its trackers are transferred to the default one', () => {
    const { session, client, main } = openSession()
    const other = session.connect()
    other.register()
    const tracker = client.createTracker(main)
    client.define(main, ['Foo'], tracker, { source: object })
    client.close()
    expect(other.takeAll('handleTransferResources')).to.have.length(1)
    const removal = other.removeDefault(main)
    other.removed()
    expect(removal.value).to.equal(null)
    expect(other.lookup(main, ['Foo']).error.code).to.equal('SymbolsNotFound')
  })

  it('its queries let go of their symbols, and what it asked for is dropped', () => {
    const { session, client, main } = openSession()
    const other = session.connect()
    other.define(main, ['Foo'])
    client.lookup(main, ['Foo'])
    client.request({ type: 'beginInitialize', dylib: main })
    client.close()
    const { responsibility } = other.take('materialize')
    expect(other.request({ type: 'requestedSymbols', responsibility }).value).to.deep.equal([])
    void other.resolve(responsibility, { Foo: 1 }).value
    void other.emit(responsibility).value
  })

  it('its managers are deregistered: later removals do not ask them', () => {
    const { session, client, main } = openSession()
    const other = session.connect()
    client.register()
    client.close()
    const tracker = other.createTracker(main)
    expect(other.remove(tracker).value).to.equal(null)
  })

  it('wraps an error that is not ActorDied in one that is', () => {
    const { session, client, main } = openSession()
    const other = session.connect()
    client.define(main, ['Foo'])
    const lookup = other.lookup(main, ['Foo'])
    client.close(plainError('ConnectionLost', 'reset by peer'))
    expect(lookup.error.cause?.code).to.equal('ActorDied')
    expect(lookup.error.cause?.cause?.code).to.equal('ConnectionLost')
  })

  it('messages and answers that come after it mean nothing', () => {
    const { session, client, main } = openSession()
    const other = session.connect()
    client.register()
    const removal = other.removeDefault(main)
    const asked = client.takeAsk('handleRemoveResources')
    client.close()
    expect(removal.error.code).to.equal('ActorDied')
    client.reply(asked.token, { ok: true, value: { reclaimLater: false } })
    client.tell({ type: 'cancelAsk', ask: 1, error: plainError('Aborted', 'late') })
    session.turn({ type: 'clientClosed', client: client.id, error: plainError('ActorDied', 'again') })
  })

  it('a client is connected once', () => {
    const { session, client } = openSession()
    expect(() => session.turn({ type: 'clientConnected', client: client.id, role: 'client' })).to.throw(
      'connected already',
    )
  })

  it('an answer to somebody else’s ask is ignored', () => {
    const { session, client, main } = openSession()
    const other = session.connect()
    client.register()
    const removal = client.removeDefault(main)
    const { token } = client.takeAsk('handleRemoveResources')
    other.reply(token, { ok: true, value: { reclaimLater: false } })
    expect(removal.settled).to.equal(false)
    client.reply(token, { ok: true, value: { reclaimLater: false } })
    expect(removal.value).to.equal(null)
  })
})
