// Managers hear of a removal after the turn that took the symbols, in reverse order of registration, all of them;
// queries fail after they answered; memory may come back later. What dies on the way settles instead of hanging.
import { describe, it } from 'mocha'
import { expect } from 'chai'
import { plainError } from '@worc/protocol'
import { openSession } from './session-driver.js'

const stuck = plainError('UserError', 'stuck')
const torn = plainError('UserError', 'torn')

describe('ResourceManager', () => {
  it('all are asked, in reverse order of registration, and errors are joined in that order [P01]', () => {
    const { client, main } = openSession()
    const managers = [client.register(), client.register(), client.register()]
    const tracker = client.createTracker(main)
    const removal = client.remove(tracker)
    const asked = client.asked.map(({ message }) => message.type === 'handleRemoveResources' && message.manager)
    expect(asked).to.deep.equal([...managers].reverse())
    const last = client.asked.pop()
    client.refuseToRemove(stuck)
    client.removed()
    if (last !== undefined) client.reply(last.token, { ok: false, error: torn })
    expect(removal.error.joined).to.deep.equal([stuck, torn])
  })

  it('an error undoes nothing: the names are gone', () => {
    const { client, main } = openSession()
    client.register()
    const tracker = client.createTracker(main)
    client.define(main, ['Foo'], tracker)
    const removal = client.remove(tracker)
    client.refuseToRemove(stuck)
    expect(removal.error).to.deep.equal(stuck)
    expect(client.lookup(main, ['Foo']).error.code).to.equal('SymbolsNotFound')
    expect(client.remove(tracker).value).to.equal(null)
  })

  it('queries fail after the managers answered, and before the removal is answered', () => {
    const { session, client, main } = openSession()
    client.register()
    const tracker = client.createTracker(main)
    client.define(main, ['Foo'], tracker)
    const lookup = client.lookup(main, ['Foo'])
    const removal = client.remove(tracker)
    expect(lookup.settled).to.equal(false)
    client.removed()
    expect(lookup.error.code).to.equal('FailedToMaterialize')
    expect(removal.value).to.equal(null)
    const replies = session.trace.slice(-2).map((effect) => effect.type === 'reply' && effect.result.ok)
    expect(replies).to.deep.equal([false, true])
  })

  it('may use the session before it answers: what it defines is not part of the removal [P29]', () => {
    const { client, main } = openSession()
    client.register()
    const tracker = client.createTracker(main)
    client.define(main, ['Foo'], tracker)
    const removal = client.remove(tracker)
    client.define(main, ['Foo'])
    client.removed()
    expect(removal.value).to.equal(null)
    const lookup = client.lookup(main, ['Foo'])
    client.finish(client.take('materialize'))
    expect(lookup.value).to.have.length(1)
  })

  it('may remove another tracker before it answers, and answer in any order [S14]', () => {
    const { client, main } = openSession()
    client.register()
    const [first, second] = [client.createTracker(main), client.createTracker(main)]
    client.define(main, ['Foo'], first)
    client.define(main, ['Bar'], second)
    const outer = client.remove(first)
    const asked = client.takeAsk('handleRemoveResources')
    const inner = client.remove(second)
    client.removed()
    expect(inner.value).to.equal(null)
    client.reply(asked.token, { ok: true, value: { reclaimLater: false } })
    expect(outer.value).to.equal(null)
  })

  it('hears of a transfer in the turn that makes it, before anything later [P30]', () => {
    const { client, main } = openSession()
    client.register()
    const [source, destination] = [client.createTracker(main), client.createTracker(main)]
    client.define(main, ['Foo'], source)
    const transfer = client.transfer(source, destination)
    expect(client.takeAll('handleTransferResources')).to.have.length(1)
    expect(transfer.value).to.equal(null)
  })

  it('registered during a removal is not asked; deregistered, it is not asked again', () => {
    const { client, main } = openSession()
    const manager = client.register()
    const [first, second] = [client.createTracker(main), client.createTracker(main)]
    const removal = client.remove(first)
    client.register()
    void client.request({ type: 'deregisterResourceManager', manager }).value
    expect(client.asked).to.have.length(1)
    client.removed()
    expect(removal.value).to.equal(null)
    client.remove(second)
    expect(client.asked).to.have.length(1)
    client.removed()
  })

  it('is registered once, and deregistered only if it was registered [S15] [S17]', () => {
    const { client } = openSession()
    const manager = client.register()
    expect(client.request({ type: 'registerResourceManager', manager }).error.code).to.equal('BadArgument')
    void client.request({ type: 'deregisterResourceManager', manager }).value
    expect(client.request({ type: 'deregisterResourceManager', manager }).error.code).to.equal('BadArgument')
  })

  it('that dies before it answers fails the removal with ActorDied', () => {
    const { session, client, main } = openSession()
    const owner = session.connect()
    owner.register()
    const tracker = client.createTracker(main)
    const [removal, reclaimed] = [client.remove(tracker), client.remove(tracker, 'reclaimed')]
    owner.close()
    expect(removal.error.code).to.equal('ActorDied')
    expect(reclaimed.error.code).to.equal('ActorDied')
  })

  it('of a link actor that dies counts as done: a successor adopts what it held', () => {
    const { session, client, main } = openSession()
    const linker = session.connect('link')
    linker.register()
    const [first, second] = [client.createTracker(main), client.createTracker(main)]
    const removal = client.remove(first, 'reclaimed')
    const waiting = client.remove(second, 'reclaimed')
    linker.removed(true)
    expect(removal.settled).to.equal(false)
    linker.close()
    expect(removal.value).to.equal(null)
    expect(waiting.value).to.equal(null)
  })
})

describe('ResourceTracker: remove, waiting for memory', () => {
  it('settles when every manager that was not done at once says so', () => {
    const { client, main } = openSession()
    const [first, second] = [client.register(), client.register()]
    const tracker = client.createTracker(main)
    const [retired, reclaimed] = [client.remove(tracker), client.remove(tracker, 'reclaimed')]
    client.removed(true)
    const { message } = client.removed(true)
    if (message.type !== 'handleRemoveResources') throw new Error('a removal was asked for')
    expect(retired.value).to.equal(null)
    client.tell({ type: 'resourcesReclaimed', manager: first, key: message.key })
    client.tell({ type: 'resourcesReclaimed', manager: first, key: message.key })
    expect(reclaimed.settled).to.equal(false)
    client.tell({ type: 'resourcesReclaimed', manager: second, key: message.key })
    expect(reclaimed.value).to.equal(null)
  })

  it('can be asked for after the removal settled, while memory is still out', () => {
    const { client, main } = openSession()
    const manager = client.register()
    const tracker = client.createTracker(main)
    const retired = client.remove(tracker)
    const { message } = client.removed(true)
    expect(retired.value).to.equal(null)
    const reclaimed = client.remove(tracker, 'reclaimed')
    expect(reclaimed.settled).to.equal(false)
    if (message.type === 'handleRemoveResources') client.tell({ type: 'resourcesReclaimed', manager, key: message.key })
    expect(reclaimed.value).to.equal(null)
    expect(client.remove(tracker, 'reclaimed').value).to.equal(null)
  })

  it('can be given up: the removal goes on', () => {
    const { client, main } = openSession()
    client.register()
    const tracker = client.createTracker(main)
    const removal = client.remove(tracker, 'reclaimed')
    client.tell({ type: 'cancelAsk', ask: client.lastAsk, error: plainError('Aborted', 'enough') })
    expect(removal.error.code).to.equal('Aborted')
    client.removed()
    expect(client.remove(tracker, 'reclaimed').value).to.equal(null)
  })

  it('with no manager settles at once', () => {
    const { client, main } = openSession()
    expect(client.remove(client.createTracker(main), 'reclaimed').value).to.equal(null)
  })
})
