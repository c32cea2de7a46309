// Aliases and re-exports: other names, looked up and made ready by the session itself, one by one, and owned by the tracker
// of whoever defined them.
import { describe, it } from 'mocha'
import { expect } from 'chai'
import type { GeneratorId, JITDylibId, SearchOrderEntry, UnitSource } from '@worc/protocol'
import { plainError, symbolFlag } from '@worc/protocol'
import { openSession } from './session-driver.js'
import type { ClientDriver } from './session-driver.js'
import { absolute, addressOf, dependsOn, hidden, initOnly, strong, weakly } from './unit-fixtures.js'

function aliases(aliasees: readonly string[], from: SearchOrderEntry | null = null): { source: UnitSource } {
  return { source: { kind: 'aliases', from, aliasees } }
}

function addressFound(client: ClientDriver, dylib: JITDylibId, name: string): number | undefined {
  return client.lookup(dylib, [name]).value[0]?.address
}

describe('symbolAliases', () => {
  it('an alias has the address of its aliasee, hidden ones too, and flags of its own', () => {
    const { client, main } = openSession()
    client.define(main, { Foo: hidden })
    client.define(main, { Bar: weakly }, null, aliases(['Foo']))
    const lookup = client.lookup([[main, 'exported']], ['Bar'])
    client.finish(client.take('materialize'))
    expect(lookup.value).to.deep.equal([{ name: 'Bar', dylib: main, address: addressOf('Foo'), flags: weakly }])
  })

  it('of a thread-local variable is thread-local', () => {
    const { client, main } = openSession()
    client.define(main, { Foo: strong | symbolFlag.threadLocal }, null, { source: absolute({ Foo: 8 }) })
    client.define(main, ['Bar'], null, aliases(['Foo']))
    expect(client.lookup(main, ['Bar']).value[0]?.flags).to.equal(strong | symbolFlag.threadLocal)
  })

  it('nothing is set in motion for an alias that nobody wants', () => {
    const { client, main } = openSession()
    client.define(main, ['Foo'])
    client.define(main, ['Bar'])
    client.define(main, ['Baz', 'Qux'], null, aliases(['Foo', 'Bar']))
    client.lookup(main, ['Baz'])
    expect(client.takeAll('materialize').map(({ name }) => name)).to.deep.equal(['Foo'])
  })

  it('a chain resolves, and is ready, with its end', () => {
    const { client, main } = openSession()
    client.define(main, ['Foo', 'Bar', 'Baz'], null, aliases(['Bar', 'Baz', 'Qux']))
    client.define(main, ['Qux'])
    client.define(main, ['Quux'])
    const resolved = client.lookup(main, ['Foo'], { state: 'resolved' })
    const ready = client.lookup(main, ['Foo'])
    const event = client.take('materialize')
    client.resolveAll(event)
    expect(resolved.value[0]?.address).to.equal(addressOf('Qux'))
    void client.emit(event.responsibility, [{ symbols: ['Qux'], dependencies: [[main, ['Quux']]] }]).value
    expect(ready.settled).to.equal(false)
    client.finish(client.take('materialize'))
    expect(ready.value[0]?.address).to.equal(addressOf('Qux'))
  })

  it('a chain of 20,000 needs no stack [S09]', () => {
    const { session, client, main } = openSession()
    session.verifying = false
    const names = Array.from({ length: 20_001 }, (_, n) => `Foo${n}`)
    client.define(main, names.slice(0, -1), null, aliases(names.slice(1)))
    client.define(main, names.slice(-1), null, { source: absolute({ Foo20000: 7 }) })
    expect(addressFound(client, main, 'Foo0')).to.equal(7)
  })

  it('a ring is an error that says so, for whoever enters it, and never a hang [P33] [S31]', () => {
    const { client, main } = openSession()
    client.define(main, ['Foo', 'Bar', 'Baz', 'Qux'], null, aliases(['Bar', 'Baz', 'Foo', 'Foo']))
    const { error } = client.lookup(main, ['Qux'])
    expect(error.code).to.equal('FailedToMaterialize')
    let root = error
    while (root.cause !== undefined) root = root.cause
    expect(root.code).to.equal('WouldDeadlock')
    expect(client.lookup(main, ['Bar']).error.code).to.equal('FailedToMaterialize')
  })

  it('of itself is a ring of one', () => {
    const { client, main } = openSession()
    client.define(main, ['Foo'], null, aliases(['Foo']))
    expect(client.lookup(main, ['Foo']).error.cause?.code).to.equal('WouldDeadlock')
  })

  it('a unit that waits for an alias of its own symbol is refused, not left to wait', () => {
    const { client, main } = openSession()
    client.define(main, ['Foo'])
    client.define(main, ['Bar'], null, aliases(['Foo']))
    client.lookup(main, ['Foo'])
    const { responsibility } = client.take('materialize')
    const own = client.lookup(main, ['Bar'], { state: 'resolved', onBehalfOf: responsibility })
    expect(own.error.cause?.code).to.equal('WouldDeadlock')
  })

  it('of what is missing fails alone, with that as its cause', () => {
    const { client, main } = openSession()
    client.define(main, ['Foo', 'Bar'], null, aliases(['Missing', 'Baz']))
    client.define(main, ['Baz'], null, { source: absolute({ Baz: 3 }) })
    const [foo, bar] = [client.lookup(main, ['Foo']), client.lookup(main, ['Bar'])]
    expect(foo.error.cause?.code).to.equal('SymbolsNotFound')
    expect(bar.value[0]?.address).to.equal(3)
  })

  it('of what fails, fails with the root cause', () => {
    const { client, main } = openSession()
    client.define(main, ['Foo'])
    client.define(main, ['Bar'], null, aliases(['Foo']))
    const lookup = client.lookup(main, ['Bar'])
    void client.fail(client.take('materialize').responsibility, plainError('BadObject', 'broken')).value
    expect(lookup.error.message).to.include('broken')
  })

  it('of what fails after it was found, in the same turn, fails too', () => {
    const { client, main } = openSession()
    client.define(main, ['Foo'])
    client.define(main, ['Bar', 'Baz'], null, aliases(['Missing', 'Foo']))
    const lookup = client.lookup(main, ['Baz'], { state: 'resolved' })
    const ready = client.lookup(main, ['Baz'])
    const event = client.take('materialize')
    client.define(main, ['Qux'])
    client.lookup(main, ['Qux'])
    const qux = client.take('materialize')
    client.resolveAll(event)
    void lookup.value
    void client.emit(event.responsibility, [dependsOn(main, ['Foo'], ['Qux'])]).value
    client.define(main, ['Quux'], null, aliases(['Foo']))
    client.resolveAll(qux)
    void client.emit(qux.responsibility, [dependsOn(main, ['Qux'], ['Bar', 'Quux'])]).value
    expect(ready.error.message).to.include('Missing')
    expect(client.lookup(main, ['Quux']).error.message).to.include('Missing')
  })

  it('without an address: its aliasee is materialized, and may be missing', () => {
    const { client, main } = openSession()
    client.define(main, { Foo: initOnly })
    client.define(main, { Bar: initOnly, Baz: initOnly }, null, aliases(['Foo', 'Missing']))
    const lookup = client.lookup(main, [
      ['Bar', false],
      ['Baz', false],
    ])
    expect(lookup.settled).to.equal(false)
    client.finish(client.take('materialize'))
    expect(lookup.value).to.deep.equal([])
  })

  it('gives way and takes the place of others like any definition', () => {
    const { client, main } = openSession()
    client.define(main, { Foo: weakly, Bar: weakly }, null, aliases(['Qux', 'Qux']))
    client.define(main, ['Bar', 'Qux'], null, { source: absolute({ Bar: 1, Qux: 2 }) })
    client.define(main, { Foo: weakly }, null, { source: absolute({ Foo: 9 }) })
    expect(addressFound(client, main, 'Foo')).to.equal(2)
    expect(addressFound(client, main, 'Bar')).to.equal(1)
    const again = client.tryDefine(main, client.unit(['New', 'Foo'], aliases(['Qux', 'Qux'])))
    expect(again.error.code).to.equal('DuplicateDefinition')
    expect(client.lookup(main, ['New']).error.code).to.equal('SymbolsNotFound')
  })

  it('can replace what a responsibility gives back', () => {
    const { client, main } = openSession()
    client.define(main, ['Foo', 'Bar'])
    client.define(main, ['Baz'], null, { source: absolute({ Baz: 5 }) })
    const lookup = client.lookup(main, ['Foo'])
    const { responsibility } = client.take('materialize')
    const unit = client.unit(['Foo', 'Bar'], aliases(['Baz', 'Baz']))
    void client.request({ type: 'replace', responsibility, unit }).value
    expect(lookup.value[0]?.address).to.equal(5)
    expect(addressFound(client, main, 'Bar')).to.equal(5)
  })

  it('is no layer: nothing can be emitted as aliases', () => {
    const { client, main } = openSession()
    client.define(main, ['Foo'])
    client.lookup(main, ['Foo'])
    const { responsibility } = client.take('materialize')
    const emitted = client.request({ type: 'emit', responsibility, source: aliases(['Foo']).source })
    expect(emitted.error.code).to.equal('BadArgument')
  })
})

describe('symbolAliases: removal', () => {
  /** Foo in its own tracker, Bar an alias of it in another; a lookup of Bar is under way. */
  function twoTrackers() {
    const opened = openSession()
    const { client, main } = opened
    const [aliasee, alias] = [client.createTracker(main), client.createTracker(main)]
    client.define(main, ['Foo'], aliasee)
    client.define(main, ['Bar'], alias, aliases(['Foo']))
    return { ...opened, aliasee, alias, lookup: client.lookup(main, ['Bar']) }
  }

  it('of the aliasee’s tracker (while materializing): the alias fails in that turn, its queries after the managers', () => {
    const { session, client, main, aliasee, lookup } = twoTrackers()
    const manager = session.connect()
    manager.register()
    const removed = client.remove(aliasee)
    expect(client.lookup(main, ['Bar']).error.code).to.equal('FailedToMaterialize')
    expect(lookup.settled).to.equal(false)
    manager.removed()
    expect(lookup.error.code).to.equal('FailedToMaterialize')
    expect(lookup.error.cause?.code).to.equal('ResourceTrackerDefunct')
    expect(removed.value).to.equal(null)
  })

  it('of the aliasee’s tracker (resolved, not ready): the alias fails too [P35]', () => {
    const { client, aliasee, lookup } = twoTrackers()
    client.resolveAll(client.take('materialize'))
    void client.remove(aliasee).value
    expect(lookup.error.cause?.code).to.equal('ResourceTrackerDefunct')
  })

  it('of the aliasee’s tracker (ready): the alias stays, as any reference does [P12]', () => {
    const { client, main, aliasee, lookup } = twoTrackers()
    client.finish(client.take('materialize'))
    void lookup.value
    void client.remove(aliasee).value
    expect(client.lookup(main, ['Bar']).value).to.have.length(1)
  })

  it('of the alias’s tracker (while materializing): the aliasee goes on without it', () => {
    const { client, main, alias, lookup } = twoTrackers()
    void client.remove(alias).value
    expect(lookup.error.cause?.code).to.equal('ResourceTrackerDefunct')
    client.finish(client.take('materialize'))
    expect(client.lookup(main, ['Foo']).value).to.have.length(1)
    expect(client.lookup(main, ['Bar']).error.code).to.equal('SymbolsNotFound')
  })

  it('of both at once, in one dylib: everything is answered', () => {
    const { client, main, lookup } = twoTrackers()
    void client.request({ type: 'clear', dylib: main }).value
    expect(lookup.error.code).to.equal('FailedToMaterialize')
    expect(client.request({ type: 'sessionStats' }).value).to.deep.include({
      symbols: 0,
      queries: 0,
      responsibilities: 0,
    })
  })

  it('a transfer takes aliases along, in flight or not', () => {
    const { client, main, alias, lookup } = twoTrackers()
    const destination = client.createTracker(main)
    void client.transfer(alias, destination).value
    void client.remove(destination).value
    expect(lookup.error.cause?.code).to.equal('ResourceTrackerDefunct')
  })

  it('a client that is gone leaves its aliases working', () => {
    const { session, client, main } = openSession()
    const other = session.connect()
    other.define(main, ['Bar'], null, aliases(['Foo']))
    other.close()
    client.define(main, ['Foo'], null, { source: absolute({ Foo: 4 }) })
    expect(addressFound(client, main, 'Bar')).to.equal(4)
  })
})

describe('reexports', () => {
  it('look in the source alone, and only at what is exported there unless all matches', () => {
    const { client, main } = openSession()
    const lib = client.createJITDylib('lib')
    client.define(lib, { Foo: hidden, Bar: strong }, null, { source: absolute({ Foo: 1, Bar: 2 }) })
    client.define(main, ['Seen', 'Unseen'], null, aliases(['Bar', 'Foo'], [lib, 'exported']))
    client.define(main, ['All'], null, aliases(['Foo'], [lib, 'all']))
    expect(addressFound(client, main, 'Seen')).to.equal(2)
    expect(addressFound(client, main, 'All')).to.equal(1)
    expect(client.lookup(main, ['Unseen']).error.cause?.code).to.equal('SymbolsNotFound')
  })

  it('let the source generate what it has not defined yet', () => {
    const { session, client, main } = openSession()
    const linker = session.connect('link')
    const lib = client.createJITDylib('lib')
    const generator = client.newId() as GeneratorId
    void client.request({ type: 'addGenerator', dylib: lib, generator, kind: 'archive', tracker: null }).value
    client.define(main, ['Foo'], null, aliases(['Bar'], [lib, 'exported']))
    const lookup = client.lookup(main, ['Foo'])
    linker.generated([linker.unit(['Bar'], { source: absolute({ Bar: 6 }) })])
    expect(lookup.value[0]?.address).to.equal(6)
  })

  it('of a dylib that is gone fail with JITDylibDefunct; removing it fails those in flight', () => {
    const { client, main } = openSession()
    const lib = client.createJITDylib('lib')
    client.define(lib, ['Foo'])
    client.define(main, ['Bar', 'Baz'], null, aliases(['Foo', 'Foo'], [lib, 'exported']))
    const inFlight = client.lookup(main, ['Bar'])
    void client.request({ type: 'removeJITDylibs', dylibs: [lib] }).value
    expect(inFlight.error.cause?.code).to.equal('JITDylibDefunct')
    expect(client.lookup(main, ['Baz']).error.cause?.code).to.equal('JITDylibDefunct')
  })

  it('in a ring across dylibs are an error too [P33]', () => {
    const { client, main } = openSession()
    const lib = client.createJITDylib('lib')
    client.define(main, ['Foo'], null, aliases(['Foo'], [lib, 'exported']))
    client.define(lib, ['Foo'], null, aliases(['Foo'], [main, 'exported']))
    expect(client.lookup(main, ['Foo']).error.message).to.include('which waits for it')
  })
})
