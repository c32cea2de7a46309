// Handles of trackers: the last drop transfers, a token hands one to another client, and a client may name what another
// one has announced, or is about to.
import { describe, it } from 'mocha'
import { expect } from 'chai'
import type { TrackerId } from '@worc/protocol'
import { clientScopedId, defaultTrackerOf } from '@worc/protocol'
import { openSession, SessionDriver } from './session-driver.js'

describe('ResourceTracker handles', () => {
  it('the last drop transfers to the default tracker, with one call of each manager [P17]', () => {
    const { client, main } = openSession()
    client.register()
    const tracker = client.createTracker(main)
    client.define(main, ['Foo'], tracker)
    client.drop(tracker)
    const { destination } = client.take('handleTransferResources')
    expect(destination).to.equal(client.request({ type: 'keyUnsafe', tracker: defaultTrackerOf(main) }).value)
    expect(client.takeAll('handleTransferResources')).to.deep.equal([])
    const removal = client.removeDefault(main)
    client.removed()
    expect(removal.value).to.equal(null)
    expect(client.lookup(main, ['Foo']).error.code).to.equal('SymbolsNotFound')
  })

  it('the last drop (while materializing) lets the responsibility go on under the default tracker', () => {
    const { client, main } = openSession()
    const tracker = client.createTracker(main)
    client.define(main, ['Foo'], tracker)
    const lookup = client.lookup(main, ['Foo'])
    client.drop(tracker)
    client.finish(client.take('materialize'))
    expect(lookup.value).to.have.length(1)
  })

  it('the last drop of one that was never used tells nobody', () => {
    const { client, main } = openSession()
    client.register()
    client.drop(client.createTracker(main))
    expect(client.events).to.deep.equal([])
    expect(client.asked).to.deep.equal([])
  })

  it('the last drop of a removed one does nothing', () => {
    const { client, main } = openSession()
    const tracker = client.createTracker(main)
    void client.remove(tracker).value
    client.drop(tracker)
    client.drop(tracker)
    expect(client.request({ type: 'sessionStats' }).value.trackers).to.equal(0)
  })

  it('a token keeps the tracker until it is adopted, and the adopter keeps it after', () => {
    const { session, client, main } = openSession()
    const other = session.connect()
    const tracker = client.createTracker(main)
    client.define(main, ['Foo'], tracker)
    client.tell({ type: 'retainTracker', tracker, token: client.newId() })
    const token = clientScopedId(client.id, 3)
    client.drop(tracker)
    expect(client.request({ type: 'isDefunct', tracker }).value).to.equal(false)
    expect(other.request({ type: 'adoptTracker', tracker, token }).value).to.equal(main)
    expect(other.request({ type: 'isDefunct', tracker }).value).to.equal(false)
    other.drop(tracker)
    expect(other.request({ type: 'isDefunct', tracker }).value).to.equal(true)
  })

  it('a token is adopted once', () => {
    const { session, client, main } = openSession()
    const other = session.connect()
    const tracker = client.createTracker(main)
    client.tell({ type: 'retainTracker', tracker, token: 5 })
    void other.request({ type: 'adoptTracker', tracker, token: 5 }).value
    const again = other.request({ type: 'adoptTracker', tracker, token: 5 })
    client.close()
    expect(again.error.code).to.equal('WrongOwner')
  })

  it('tokens die with their holder: the tracker is transferred', () => {
    const { session, client, main } = openSession()
    const other = session.connect()
    const tracker = client.createTracker(main)
    client.define(main, ['Foo'], tracker)
    client.tell({ type: 'retainTracker', tracker, token: 5 })
    client.close()
    expect(other.request({ type: 'adoptTracker', tracker, token: 5 }).error.code).to.equal('ResourceTrackerDefunct')
    void other.removeDefault(main).value
    expect(other.lookup(main, ['Foo']).error.code).to.equal('SymbolsNotFound')
  })

  it('a tracker of a dylib that is gone is defunct from the start', () => {
    const { client, main } = openSession()
    void client.request({ type: 'removeJITDylibs', dylibs: [main] }).value
    const tracker = client.createTracker(main)
    expect(client.request({ type: 'isDefunct', tracker }).value).to.equal(true)
    expect(client.remove(tracker).error.code).to.equal('ResourceTrackerDefunct')
  })

  it('an id that is not the client’s next is reported, and nothing is made', () => {
    const { session, client, main } = openSession()
    const other = session.connect()
    other.tell({ type: 'createResourceTracker', tracker: clientScopedId(client.id, 9) as TrackerId, dylib: main })
    expect(other.take('errorReported').error.code).to.equal('WrongOwner')
  })
})

describe('parked streams', () => {
  /** Two clients; the first has an id for a tracker and has not announced it. */
  function announcing() {
    const { session, client, main } = openSession()
    const other = session.connect()
    const tracker = client.newId() as TrackerId
    const announce = (): void => client.tell({ type: 'createResourceTracker', tracker, dylib: main })
    return { session, client, other, main, tracker, announce }
  }

  it('a message that names an unknown tracker waits until its maker’s stream reaches it', () => {
    const { other, main, tracker, announce } = announcing()
    const defined = other.tryDefine(main, other.unit(['Foo']), tracker)
    expect(defined.settled).to.equal(false)
    announce()
    expect(defined.value).to.equal(null)
  })

  it('what comes after it waits too, so that the stream keeps its order', () => {
    const { client, other, main, tracker, announce } = announcing()
    other.tryDefine(main, other.unit(['Foo']), tracker)
    const lookup = other.lookup(main, ['Foo'])
    expect(client.lookup(main, ['Foo']).error.code).to.equal('SymbolsNotFound')
    expect(lookup.settled).to.equal(false)
    announce()
    other.finish(other.take('materialize'))
    expect(lookup.value).to.have.length(1)
  })

  it('an adoption waits for the token, not only for the tracker', () => {
    const { client, other, main, tracker, announce } = announcing()
    const adopted = other.request({ type: 'adoptTracker', tracker, token: 5 })
    announce()
    expect(adopted.settled).to.equal(false)
    client.tell({ type: 'retainTracker', tracker, token: 5 })
    expect(adopted.value).to.equal(main)
  })

  it('a maker that closes before answers ResourceTrackerDefunct', () => {
    const { client, other, main, tracker } = announcing()
    const defined = other.tryDefine(main, other.unit(['Foo']), tracker)
    const lookup = other.lookup(main, ['Bar'])
    client.close()
    expect(defined.error.code).to.equal('ResourceTrackerDefunct')
    expect(lookup.error.code).to.equal('SymbolsNotFound')
  })

  it('a client that closes takes its parked messages along', () => {
    const { session, other, main, tracker, announce } = announcing()
    other.tryDefine(main, other.unit(['Foo']), tracker)
    other.close()
    announce()
    expect(session.connect().lookup(main, ['Foo']).error.code).to.equal('SymbolsNotFound')
  })

  it('answers to the session’s own asks pass', () => {
    const { client, other, main, tracker } = announcing()
    other.register()
    const removal = client.removeDefault(main)
    other.tryDefine(main, other.unit(['Foo']), tracker)
    other.removed()
    expect(removal.value).to.equal(null)
  })

  it('a parked request can be cancelled, and lets the rest go on', () => {
    const { other, main, tracker } = announcing()
    const defined = other.tryDefine(main, other.unit(['Foo']), tracker)
    const ask = other.lastAsk
    const lookup = other.lookup(main, ['Bar'])
    other.tell({ type: 'cancelAsk', ask, error: { code: 'Aborted', message: 'changed my mind' } })
    expect(defined.error.code).to.equal('Aborted')
    expect(lookup.error.code).to.equal('SymbolsNotFound')
  })

  it('a stream that waits too long gives up its first message', () => {
    const session = new SessionDriver({ maximumParkedMessages: 3 })
    const [client, other] = [session.connect(), session.connect()]
    const main = client.createJITDylib('main')
    const tracker = client.newId() as TrackerId
    const defined = other.tryDefine(main, other.unit(['Foo']), tracker)
    for (let n = 0; n < 3; n++) other.request({ type: 'dump' })
    expect(defined.error.code).to.equal('Overloaded')
    expect(other.lookup(main, ['Foo']).error.code).to.equal('SymbolsNotFound')
  })

  it('one’s own tracker that was never created is an error at once', () => {
    const { client, main } = openSession()
    const defined = client.tryDefine(main, client.unit(['Foo']), client.newId() as TrackerId)
    expect(defined.error.code).to.equal('BadArgument')
  })
})
