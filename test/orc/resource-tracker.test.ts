// Removing and transferring what a tracker owns before, while and after it is materialized.
import { describe, it } from 'mocha'
import { expect } from 'chai'
import { defaultTrackerOf } from '@worc/protocol'
import { addressOf, openSession } from './session-driver.js'

describe('ResourceTracker', () => {
  it('remove (before materializing): the names are gone and the unit is destroyed', () => {
    const { client, main } = openSession()
    const tracker = client.createTracker(main)
    const unit = client.define(main, ['Foo'], tracker)
    expect(client.remove(tracker).value).to.equal(null)
    expect(client.take('destroyUnit').unit).to.equal(unit)
    expect(client.lookup(main, ['Foo']).error.code).to.equal('SymbolsNotFound')
  })

  it('remove (while materializing): the query fails and the responsibility is refused', () => {
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

  it('remove (after materializing): the names are gone', () => {
    const { client, main } = openSession()
    const tracker = client.createTracker(main)
    client.define(main, ['Foo'], tracker)
    const lookup = client.lookup(main, ['Foo'])
    client.finish(client.take('materialize'))
    expect(lookup.value).to.have.length(1)
    expect(lookup.value[0]?.address).to.equal(addressOf('Foo'))
    expect(client.remove(tracker).value).to.equal(null)
    expect(client.lookup(main, ['Foo']).error.code).to.equal('SymbolsNotFound')
    expect(client.removeDefault(main).value).to.equal(null)
    expect(defaultTrackerOf(main)).to.equal(-main)
  })
})
