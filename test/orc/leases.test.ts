// A key that was granted is not taken away from under its claimer: managers elsewhere hear of a removal or a transfer
// when the lease has ended; on the claimer's own port order does it.
import { describe, it } from 'mocha'
import { expect } from 'chai'
import type { LeaseId } from '@worc/protocol'
import { openSession } from './session-driver.js'
import type { ClientDriver } from './session-driver.js'

/** A claimer, and managers on its own port and on another one. */
function leasing() {
  const { session, client, main } = openSession()
  const other = session.connect()
  return { session, client, other, main, tracker: client.createTracker(main) }
}

function release(client: ClientDriver, lease: LeaseId): void {
  client.tell({ type: 'releaseLease', lease })
}

describe('claimTrackerKey', () => {
  it('grants the key of a live tracker', () => {
    const { client, tracker } = leasing()
    const { key } = client.request({ type: 'claimTrackerKey', tracker }).value
    expect(key).to.equal(client.request({ type: 'keyUnsafe', tracker }).value)
  })

  it('is refused after a removal', () => {
    const { client, tracker } = leasing()
    void client.remove(tracker).value
    expect(client.request({ type: 'claimTrackerKey', tracker }).error.code).to.equal('ResourceTrackerDefunct')
  })

  it('holds a removal back from a manager elsewhere until it is released', () => {
    const { client, other, tracker } = leasing()
    other.register()
    const { lease } = client.request({ type: 'claimTrackerKey', tracker }).value
    const removal = client.remove(tracker)
    expect(other.asked).to.have.length(0)
    release(client, lease)
    other.removed()
    expect(removal.value).to.equal(null)
  })

  it('does not hold a removal back from a manager on the claimer’s port', () => {
    const { client, tracker } = leasing()
    client.register()
    void client.request({ type: 'claimTrackerKey', tracker }).value
    const removal = client.remove(tracker)
    client.removed()
    expect(removal.value).to.equal(null)
  })

  it('holds back until the last of several is released', () => {
    const { client, other, tracker } = leasing()
    client.register()
    const leases = [client, client, other].map(
      (claimer) => claimer.request({ type: 'claimTrackerKey', tracker }).value.lease,
    )
    const removal = client.remove(tracker)
    expect(client.asked).to.have.length(0)
    const [first, second, third] = leases
    if (first === undefined || second === undefined || third === undefined) throw new Error('three leases')
    release(other, third)
    expect(client.asked).to.have.length(1)
    release(client, first)
    release(client, second)
    client.removed()
    expect(removal.value).to.equal(null)
  })

  it('of one that dies ends', () => {
    const { client, other, tracker } = leasing()
    client.register()
    void other.request({ type: 'claimTrackerKey', tracker }).value
    const removal = client.remove(tracker)
    expect(client.asked).to.have.length(0)
    other.close()
    client.removed()
    expect(removal.value).to.equal(null)
  })

  it('holds a transfer back too, and with it the removal of where it leads', () => {
    const { client, other, main, tracker } = leasing()
    other.register()
    const destination = client.createTracker(main)
    const { key, lease } = client.request({ type: 'claimTrackerKey', tracker }).value
    void client.transfer(tracker, destination).value
    const removal = client.remove(destination)
    expect(other.events).to.have.length(0)
    expect(other.asked).to.have.length(0)
    release(client, lease)
    expect(other.take('handleTransferResources').source).to.equal(key)
    other.removed()
    expect(removal.value).to.equal(null)
  })

  it('holds a chain of transfers back, which then arrive in their order', () => {
    const { client, other, main, tracker } = leasing()
    other.register()
    const [second, third] = [client.createTracker(main), client.createTracker(main)]
    const { key, lease } = client.request({ type: 'claimTrackerKey', tracker }).value
    void client.transfer(tracker, second).value
    void client.transfer(second, third).value
    release(client, lease)
    const [first, next] = other.takeAll('handleTransferResources')
    expect(first?.source).to.equal(key)
    expect(next?.source).to.equal(first?.destination)
  })
})

describe('claimResourceKey', () => {
  it('(recorded) opens no lease: the grant counts', () => {
    const { client, other, main, tracker } = leasing()
    other.register()
    client.define(main, ['Foo'], tracker)
    client.lookup(main, ['Foo'])
    const { responsibility } = client.take('materialize')
    expect(client.request({ type: 'claimResourceKey', responsibility, recorded: true }).value.lease).to.equal(null)
    client.remove(tracker)
    other.removed()
  })

  it('(not recorded) is a lease of the key of the turn, which a transfer does not change', () => {
    const { client, main, tracker } = leasing()
    client.define(main, ['Foo'], tracker)
    client.lookup(main, ['Foo'])
    const { responsibility } = client.take('materialize')
    const destination = client.createTracker(main)
    const before = client.request({ type: 'claimResourceKey', responsibility, recorded: false }).value
    void client.transfer(tracker, destination).value
    const after = client.request({ type: 'claimResourceKey', responsibility, recorded: false }).value
    expect(before.key).to.be.lessThan(after.key)
    for (const { lease } of [before, after]) if (lease !== null) release(client, lease)
  })

  it('is refused after a removal', () => {
    const { client, main, tracker } = leasing()
    client.define(main, ['Foo'], tracker)
    client.lookup(main, ['Foo'])
    const { responsibility } = client.take('materialize')
    void client.remove(tracker).value
    const claim = client.request({ type: 'claimResourceKey', responsibility, recorded: true })
    expect(claim.error.code).to.equal('ResourceTrackerDefunct')
  })
})
