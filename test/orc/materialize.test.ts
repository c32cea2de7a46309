// Who is given a unit to materialize: the session itself, an actor of a layer, or the client that defined it.
import { describe, it } from 'mocha'
import { expect } from 'chai'
import { plainError } from '@worc/protocol'
import { openSession } from './session-driver.js'
import { absolute, object, source, strong } from './unit-fixtures.js'

const bytes = new SharedArrayBuffer(4)
const broken = plainError('BadObject', 'a broken object')

describe('materialize: absolute symbols', () => {
  it('are ready in the turn of their first lookup', () => {
    const { client, main } = openSession()
    client.define(main, ['Foo', 'Bar'], null, { source: absolute({ Foo: 1, Bar: 2 }) })
    const found = client.lookup(main, ['Foo', 'Bar']).value
    expect(found.map(({ name, address }) => [name, address])).to.deep.equal([
      ['Foo', 1],
      ['Bar', 2],
    ])
  })

  it('that lack a definition fail as a unit, and say which', () => {
    const { client, main } = openSession()
    client.define(main, ['Foo', 'Bar'], null, { source: absolute({ Foo: 1 }) })
    const { error } = client.lookup(main, ['Foo'])
    expect(error.code).to.equal('FailedToMaterialize')
    expect(error.cause?.code).to.equal('MissingSymbolDefinitions')
    expect(error.cause?.message).to.include('Bar')
  })
})

describe('materialize: layers', () => {
  it('an object goes to a link actor, with its attachments', () => {
    const { session, client, main } = openSession()
    const linker = session.connect('link')
    client.define(main, ['Foo'], null, { source: object, attachments: [bytes] })
    const lookup = client.lookup(main, ['Foo'])
    const event = linker.take('materialize')
    expect(linker.attachments.get(event)).to.deep.equal([bytes])
    expect(event.source).to.deep.equal(object)
    linker.finish(event)
    expect(lookup.value).to.have.length(1)
  })

  it('a source goes to a compile actor, which emits its object to a link actor', () => {
    const { session, client, main } = openSession()
    const [compiler, linker] = [session.connect('compile'), session.connect('link')]
    client.define(main, ['Foo'], null, { source, attachments: [new SharedArrayBuffer(4)] })
    const lookup = client.lookup(main, ['Foo'])
    const { responsibility } = compiler.take('materialize')
    const emitted = compiler.request({ type: 'emit', responsibility, source: object }, [bytes])
    const event = linker.take('materialize')
    expect(linker.attachments.get(event)).to.deep.equal([bytes])
    expect(event.responsibility).to.equal(responsibility)
    expect(emitted.settled).to.equal(false)
    linker.finish(event)
    expect(emitted.value).to.equal(null)
    expect(lookup.value).to.have.length(1)
  })

  it('a unit waits for an actor of its layer to connect', () => {
    const { session, client, main } = openSession()
    client.define(main, ['Foo'], null, { source: object })
    client.define(main, ['Bar'], null, { source })
    const lookup = client.lookup(main, ['Foo', 'Bar'])
    const [linker, compiler] = [session.connect('link'), session.connect('compile')]
    linker.finish(linker.take('materialize'))
    compiler.finish(compiler.take('materialize'))
    expect(lookup.value).to.have.length(2)
  })

  it('a unit that is removed while it waits is not given to anybody', () => {
    const { session, client, main } = openSession()
    client.define(main, ['Foo'], null, { source: object })
    const lookup = client.lookup(main, ['Foo'])
    void client.removeDefault(main).value
    expect(lookup.error.code).to.equal('FailedToMaterialize')
    expect(session.connect('link').events).to.deep.equal([])
  })

  it('the least loaded actor is chosen, the one that came first among equals', () => {
    const { session, client, main } = openSession()
    const [first, second] = [session.connect('link'), session.connect('link')]
    const names = ['Foo', 'Bar', 'Baz']
    for (const name of names) client.define(main, [name], null, { source: object })
    client.lookup(main, ['Foo'])
    client.lookup(main, ['Bar'])
    first.finish(first.take('materialize'))
    client.lookup(main, ['Baz'])
    expect(first.take('materialize').name).to.equal('Baz')
    expect(second.take('materialize').name).to.equal('Bar')
  })

  it('what an actor works on fails when it dies; what it has handed on does not', () => {
    const { session, client, main } = openSession()
    const [compiler, linker] = [session.connect('compile'), session.connect('link')]
    client.define(main, ['Foo'], null, { source })
    client.define(main, ['Bar'], null, { source })
    const [foo, bar] = [client.lookup(main, ['Foo']), client.lookup(main, ['Bar'])]
    const [first] = compiler.takeAll('materialize')
    if (first === undefined) throw new Error('the compiler has work')
    compiler.request({ type: 'emit', responsibility: first.responsibility, source: object })
    compiler.close()
    expect(bar.error.code).to.equal('FailedToMaterialize')
    expect(bar.error.cause?.code).to.equal('ActorDied')
    linker.finish(linker.take('materialize'))
    expect(foo.value).to.have.length(1)
  })
})

describe('emit', () => {
  /** A user's unit whose responsibility its client holds. */
  function holding() {
    const { session, client, main } = openSession()
    const linker = session.connect('link')
    const tracker = client.createTracker(main)
    client.define(main, ['Foo'], tracker)
    const lookup = client.lookup(main, ['Foo'])
    const { responsibility } = client.take('materialize')
    return { session, client, linker, main, tracker, lookup, responsibility }
  }

  it('hands the responsibility over: its former holder cannot use it', () => {
    const { client, linker, responsibility } = holding()
    client.request({ type: 'emit', responsibility, source: object })
    expect(client.resolve(responsibility, { Foo: 1 }).error.code).to.equal('WrongOwner')
    linker.finish(linker.take('materialize'))
  })

  it('settles with the error of whoever took it over', () => {
    const { client, linker, lookup, responsibility } = holding()
    const emitted = client.request({ type: 'emit', responsibility, source: object })
    void linker.fail(linker.take('materialize').responsibility, broken).value
    expect(emitted.error).to.deep.equal(broken)
    expect(lookup.error.cause).to.deep.equal(broken)
  })

  it('settles with ResourceTrackerDefunct when the tracker is removed', () => {
    const { client, tracker, responsibility } = holding()
    const emitted = client.request({ type: 'emit', responsibility, source: object })
    void client.remove(tracker).value
    expect(emitted.error.code).to.equal('ResourceTrackerDefunct')
  })

  it('of absolute symbols settles at once', () => {
    const { client, lookup, responsibility } = holding()
    void client.request({ type: 'emit', responsibility, source: absolute({ Foo: 9 }) }).value
    expect(lookup.value[0]?.address).to.equal(9)
  })

  it('of absolute symbols that are not all there fails', () => {
    const { client, lookup, responsibility } = holding()
    const { error } = client.request({ type: 'emit', responsibility, source: absolute({ Bar: 9 }) })
    expect(error.code).to.equal('MissingSymbolDefinitions')
    expect(lookup.error.cause?.code).to.equal('MissingSymbolDefinitions')
  })

  it('of absolute symbols where one was resolved fails, and gives no second address', () => {
    const { client, main, lookup, responsibility } = holding()
    const resolved = client.lookup(main, ['Foo'], { state: 'resolved' })
    void client.resolve(responsibility, { Foo: 1 }).value
    const { error } = client.request({ type: 'emit', responsibility, source: absolute({ Foo: 9 }) })
    expect(error.message).to.equal('resolved before: Foo')
    expect(resolved.value[0]?.address).to.equal(1)
    expect(lookup.error.cause?.code).to.equal('BadArgument')
  })

  it('to no layer is refused, and the holder keeps it', () => {
    const { client, lookup, responsibility } = holding()
    const refused = client.request({ type: 'emit', responsibility, source: { kind: 'user' } })
    expect(refused.error.code).to.equal('BadArgument')
    void client.resolve(responsibility, { Foo: 1 }).value
    void client.emit(responsibility).value
    expect(lookup.value[0]?.flags).to.equal(strong)
  })
})
