// Definitions on demand: who is asked, in which order, one lookup at a time; and what becomes of lookups whose
// generator goes.
import { describe, it } from 'mocha'
import { expect } from 'chai'
import type { GeneratorId, JITDylibId, TrackerId } from '@worc/protocol'
import { failure, plainError } from '@worc/protocol'
import { openSession } from './session-driver.js'
import { absolute, hidden, object } from './unit-fixtures.js'
import type { ClientDriver } from './session-driver.js'

function addGenerator(
  client: ClientDriver,
  dylib: JITDylibId,
  kind: 'archive' | 'user' = 'user',
  tracker: TrackerId | null = null,
): GeneratorId {
  const generator = client.newId() as GeneratorId
  void client.request({ type: 'addGenerator', dylib, generator, kind, tracker }, [new SharedArrayBuffer(8)]).value
  return generator
}

describe('DefinitionGenerator', () => {
  it('is asked for what its dylib does not define, and the lookup goes on with what it defined', () => {
    const { client, main } = openSession()
    const generator = addGenerator(client, main)
    client.define(main, ['Foo'], null, { source: absolute({ Foo: 1 }) })
    const lookup = client.lookup(main, ['Foo', 'Bar', ['Baz', false]])
    const asked = client.takeAsk('generate')
    expect(asked.message).to.deep.equal({
      type: 'generate',
      generator,
      dylib: main,
      kind: 'static',
      names: [
        ['Bar', true],
        ['Baz', false],
      ],
    })
    client.define(main, ['Bar'], null, { source: absolute({ Bar: 2 }) })
    client.reply(asked.token, { ok: true, value: { units: [] } })
    expect(lookup.value.map(({ name }) => name)).to.deep.equal(['Foo', 'Bar'])
  })

  it('is not asked where everything is defined, nor for what is there but hidden', () => {
    const { client, main } = openSession()
    addGenerator(client, main)
    client.define(main, { Foo: hidden }, null, { source: absolute({ Foo: 1 }) })
    expect(client.lookup(main, ['Foo']).value).to.have.length(1)
    expect(client.lookup([[main, 'exported']], ['Foo']).error.code).to.equal('SymbolsNotFound')
    expect(client.asked).to.deep.equal([])
  })

  it('of a later dylib is asked for what is hidden in an earlier one', () => {
    const { client, main } = openSession()
    const lib = client.createJITDylib('lib')
    addGenerator(client, main)
    addGenerator(client, lib)
    client.define(main, { Foo: hidden }, null, { source: absolute({ Foo: 1 }) })
    const order = [main, lib].map((dylib) => [dylib, 'exported'] as const)
    const lookup = client.lookup(order, ['Foo'])
    expect(client.asked.map(({ message }) => message.dylib)).to.deep.equal([lib])
    client.define(lib, ['Foo'], null, { source: absolute({ Foo: 2 }) })
    client.generated()
    expect(lookup.value[0]?.dylib).to.equal(lib)
  })

  it('generators are asked in the order added, until nothing is missing, dylib by dylib', () => {
    const { client, main } = openSession()
    const lib = client.createJITDylib('lib')
    const generators = [addGenerator(client, main), addGenerator(client, main), addGenerator(client, lib)]
    client.lookup(
      [
        [main, 'all'],
        [lib, 'all'],
      ],
      ['Foo'],
    )
    const asked: GeneratorId[] = []
    for (let n = 0; n < 3; n++) {
      const { token, message } = client.takeAsk('generate')
      asked.push(message.generator)
      client.reply(token, { ok: true, value: { units: [] } })
    }
    expect(asked).to.deep.equal(generators)
  })

  it('one lookup is inside at a time; the next matches anew before it asks', () => {
    const { client, main } = openSession()
    addGenerator(client, main)
    const [first, second, third] = [['Foo'], ['Foo'], ['Bar']].map((names) => client.lookup(main, names))
    expect(client.asked).to.have.length(1)
    client.generated([client.unit(['Foo'], { source: absolute({ Foo: 1 }) })])
    expect(first?.value).to.have.length(1)
    expect(second?.value).to.have.length(1)
    expect(client.asked[0]?.message).to.deep.include({ names: [['Bar', true]] })
    client.generated()
    expect(third?.error.code).to.equal('SymbolsNotFound')
  })

  it('that fails, fails the lookup inside; the next one enters', () => {
    const { client, main } = openSession()
    addGenerator(client, main)
    const [first, second] = [client.lookup(main, ['Foo']), client.lookup(main, ['Bar'])]
    client.reply(client.takeAsk('generate').token, failure(plainError('BadObject', 'no archive')))
    expect(first.error.code).to.equal('BadObject')
    client.generated()
    expect(second.error.code).to.equal('SymbolsNotFound')
  })

  it('a lookup that is cancelled inside or in the queue does not hold up the others', () => {
    const { client, main } = openSession()
    addGenerator(client, main)
    const cancelled = plainError('Aborted', 'enough')
    client.lookup(main, ['Foo'])
    client.lookup(main, ['Bar'])
    const last = client.lookup(main, ['Baz'])
    for (const back of [2, 1]) client.tell({ type: 'cancelAsk', ask: client.lastAsk - back, error: cancelled })
    client.generated()
    expect(last.settled).to.equal(false)
    client.generated([client.unit(['Baz'], { source: absolute({ Baz: 1 }) })])
    expect(last.value).to.have.length(1)
  })

  it('that is removed fails whoever is inside and whoever is queued [P34]', () => {
    const { client, main } = openSession()
    const generator = addGenerator(client, main)
    const [inside, queued] = [client.lookup(main, ['Foo']), client.lookup(main, ['Bar'])]
    void client.request({ type: 'removeGenerator', dylib: main, generator }).value
    expect(inside.error.code).to.equal('Aborted')
    expect(queued.error.code).to.equal('Aborted')
    client.generated([client.unit(['Foo'])])
    expect(client.lookup(main, ['Foo']).error.code).to.equal('SymbolsNotFound')
    expect(client.request({ type: 'removeGenerator', dylib: main, generator }).error.code).to.equal('BadArgument')
  })

  it('goes with its dylib [S03]', () => {
    const { client, main } = openSession()
    addGenerator(client, main)
    const lookup = client.lookup(main, ['Foo'])
    void client.request({ type: 'removeJITDylibs', dylibs: [main] }).value
    expect(lookup.error.code).to.equal('JITDylibDefunct')
  })

  it('goes with its client; an archive stays', () => {
    const { session, client, main } = openSession()
    const other = session.connect()
    addGenerator(other, main)
    addGenerator(other, main, 'archive')
    const lookup = client.lookup(main, ['Foo'])
    other.close()
    expect(lookup.error.code).to.equal('ActorDied')
    client.lookup(main, ['Foo'])
    expect(session.connect('link').asked).to.have.length(1)
  })

  it('goes with its tracker, to which what it generates belongs', () => {
    const { client, main } = openSession()
    const tracker = client.createTracker(main)
    addGenerator(client, main, 'user', tracker)
    client.lookup(main, ['Foo'])
    client.generated([client.unit(['Foo'], { source: absolute({ Foo: 1 }) })])
    void client.remove(tracker).value
    expect(client.lookup(main, ['Foo']).error.code).to.equal('SymbolsNotFound')
    expect(client.asked).to.deep.equal([])
  })

  it('goes along when its tracker is transferred', () => {
    const { client, main } = openSession()
    const [source, destination] = [client.createTracker(main), client.createTracker(main)]
    addGenerator(client, main, 'user', source)
    void client.transfer(source, destination).value
    client.lookup(main, ['Foo'])
    client.generated([client.unit(['Foo'], { source: absolute({ Foo: 1 }) })])
    void client.remove(destination).value
    expect(client.lookup(main, ['Foo']).error.code).to.equal('SymbolsNotFound')
  })
})

describe('lookup from inside a generator', () => {
  it('that would queue on it is WouldDeadlock; what is defined is found', () => {
    const { client, main } = openSession()
    const within = addGenerator(client, main)
    client.define(main, ['Bar'], null, { source: absolute({ Bar: 1 }) })
    const lookup = client.lookup(main, ['Foo'])
    expect(client.lookup(main, ['Bar'], { within }).value).to.have.length(1)
    expect(client.lookup(main, ['Baz'], { within }).error.code).to.equal('WouldDeadlock')
    client.generated([client.unit(['Foo'], { source: absolute({ Foo: 1 }) })])
    expect(lookup.value).to.have.length(1)
    const after = client.lookup(main, ['Baz'], { within })
    client.generated()
    expect(after.error.code).to.equal('SymbolsNotFound')
  })

  it('two that ask each other: the one that would close the ring is refused', () => {
    const { client, main } = openSession()
    const lib = client.createJITDylib('lib')
    const [first, second] = [addGenerator(client, main), addGenerator(client, lib)]
    const lookups = [client.lookup(main, ['Foo']), client.lookup(lib, ['Foo'])]
    const waits = client.lookup(lib, ['Bar'], { within: first })
    expect(waits.settled).to.equal(false)
    expect(client.lookup(main, ['Bar'], { within: second }).error.code).to.equal('WouldDeadlock')
    for (let asked = client.asked.length; asked > 0; asked = client.asked.length) client.generated()
    expect([waits, ...lookups].map(({ error }) => error.code)).to.deep.equal(Array(3).fill('SymbolsNotFound'))
  })

  it('through a unit, an alias, or re-exports: a ring is a ring', () => {
    const { client, main } = openSession()
    const lib = client.createJITDylib('lib')
    const within = addGenerator(client, main)
    client.define(lib, ['Foo'])
    const from = [main, 'all'] as const
    client.define(lib, ['Alias'], null, { source: { kind: 'aliases', from, aliasees: ['Missing'] } })
    const generator = client.newId() as GeneratorId
    const reexports = { type: 'addReexportsGenerator', dylib: lib, generator, from, filtered: false } as const
    void client.request({ ...reexports, tracker: null }).value
    const outer = client.lookup(main, ['Foo'])
    const ofUnit = client.lookup(lib, ['Foo'], { within })
    const { responsibility: onBehalfOf } = client.take('materialize')
    expect(client.lookup(main, ['Qux'], { onBehalfOf }).error.code).to.equal('WouldDeadlock')
    expect(client.lookup(lib, ['Alias'], { within }).error.cause?.code).to.equal('WouldDeadlock')
    expect(client.lookup(lib, ['Quux'], { within }).error.code).to.equal('WouldDeadlock')
    void client.fail(onBehalfOf).value
    expect(ofUnit.error.code).to.equal('FailedToMaterialize')
    client.generated()
    expect(outer.error.code).to.equal('SymbolsNotFound')
  })

  it('a generator that has answered waits for nothing it asked before', () => {
    const { client, main } = openSession()
    const [lib, other] = [client.createJITDylib('lib'), client.createJITDylib('other')]
    const [first, second] = [addGenerator(client, main), addGenerator(client, lib)]
    client.define(other, ['Bar'])
    client.lookup(main, ['Foo'])
    client.lookup(other, ['Bar'], { within: first })
    client.lookup(lib, ['Baz'], { within: first })
    const { responsibility: onBehalfOf } = client.take('materialize')
    client.generated()
    client.lookup(main, ['Foo'])
    expect(client.lookup(main, ['Qux'], { onBehalfOf }).settled).to.equal(false)
    expect(client.lookup(main, ['Quux'], { within: second }).settled).to.equal(false)
  })

  it('a lookup that has left a generator, and waits for a filter, waits for the generator no more', () => {
    const { client, main } = openSession()
    const [lib, source] = [client.createJITDylib('lib'), client.createJITDylib('source')]
    const within = addGenerator(client, source)
    const generator = client.newId() as GeneratorId
    const reexports = { type: 'addReexportsGenerator', dylib: lib, generator, from: [source, 'all'] } as const
    void client.request({ ...reexports, filtered: true, tracker: null }).value
    client.define(main, ['Unit'])
    client.lookup(main, ['Unit'])
    client.lookup(lib, ['Foo'], { onBehalfOf: client.take('materialize').responsibility })
    client.generated([client.unit(['Foo'], { source: absolute({ Foo: 1 }) })])
    client.lookup(source, ['Bar'])
    expect(client.lookup(main, ['Unit'], { within }).settled).to.equal(false)
  })

  it('one that nobody is inside of asks for nothing', () => {
    const { client, main } = openSession()
    const lib = client.createJITDylib('lib')
    const [idle, busy] = [addGenerator(client, main), addGenerator(client, lib)]
    client.lookup(lib, ['Foo'])
    client.lookup(lib, ['Bar'], { within: idle })
    client.lookup(main, ['Foo'])
    expect(client.lookup(main, ['Bar'], { within: busy }).settled).to.equal(false)
  })

  it('cancelled, it is waited for no more', () => {
    const { client, main } = openSession()
    const lib = client.createJITDylib('lib')
    const [first, second] = [addGenerator(client, main), addGenerator(client, lib)]
    client.lookup(main, ['Foo'])
    client.lookup(lib, ['Foo'])
    client.lookup(lib, ['Bar'], { within: first })
    client.tell({ type: 'cancelAsk', ask: client.lastAsk, error: plainError('Aborted', 'enough') })
    expect(client.lookup(main, ['Bar'], { within: second }).settled).to.equal(false)
  })
})

describe('DefinitionGenerator: archives', () => {
  it('a link actor is asked, with the archive; its units’ bytes come with its answer', () => {
    const { session, client, main } = openSession()
    const linker = session.connect('link')
    addGenerator(client, main, 'archive')
    const lookup = client.lookup(main, ['Foo'])
    const bytes = new SharedArrayBuffer(16)
    expect(linker.asked[0]?.attachments).to.have.length(1)
    linker.generated([linker.unit(['Foo'], { name: 'foo.o', source: object })], [bytes])
    const event = linker.take('materialize')
    expect(linker.attachments.get(event)).to.deep.equal([bytes])
    linker.finish(event)
    expect(lookup.value).to.have.length(1)
  })

  it('is not asked by a dlsym lookup', () => {
    const { session, client, main } = openSession()
    const linker = session.connect('link')
    addGenerator(client, main, 'archive')
    expect(client.lookup(main, ['Foo'], { kind: 'dlsym' }).error.code).to.equal('SymbolsNotFound')
    expect(linker.asked).to.deep.equal([])
  })

  it('waits for a link actor to connect', () => {
    const { session, client, main } = openSession()
    addGenerator(client, main, 'archive')
    const lookup = client.lookup(main, ['Foo'])
    session.connect('link').generated()
    expect(lookup.error.code).to.equal('SymbolsNotFound')
  })

  it('a link actor that dies fails the lookup; the next one asks another', () => {
    const { session, client, main } = openSession()
    const [first, second] = [session.connect('link'), session.connect('link')]
    addGenerator(client, main, 'archive')
    const [lookup, next] = [client.lookup(main, ['Foo']), client.lookup(main, ['Bar'])]
    first.close()
    expect(lookup.error.code).to.equal('ActorDied')
    second.generated()
    expect(next.error.code).to.equal('SymbolsNotFound')
  })

  it('a member that is there already is passed over; one that was removed is defined again', () => {
    const { session, client, main } = openSession()
    const linker = session.connect('link')
    addGenerator(client, main, 'archive')
    const member = () => linker.unit(['Foo'], { name: 'foo.o', source: absolute({ Foo: 1 }) })
    client.lookup(main, ['Foo'])
    linker.generated([member()])
    const other = client.lookup(main, ['Bar'])
    linker.generated([member(), linker.unit(['Bar'], { name: 'bar.o', source: absolute({ Bar: 2 }) })])
    expect(other.value).to.have.length(1)
    void client.removeDefault(main).value
    const again = client.lookup(main, ['Foo'])
    linker.generated([member()])
    expect(again.value).to.have.length(1)
  })

  it('a member that defines what is defined is DuplicateDefinition', () => {
    const { session, client, main } = openSession()
    const linker = session.connect('link')
    addGenerator(client, main, 'archive')
    client.define(main, ['Bar'])
    const lookup = client.lookup(main, ['Foo'])
    linker.generated([linker.unit(['Foo', 'Bar'], { name: 'foo.o', source: object })])
    expect(lookup.error.code).to.equal('DuplicateDefinition')
  })

  it('a member that came along, and defines what is defined, is passed over: it is not what is found', () => {
    const { session, client, main } = openSession()
    const linker = session.connect('link')
    addGenerator(client, main, 'archive')
    client.define(main, ['Bar'], null, { source: absolute({ Bar: 7 }) })
    const lookup = client.lookup(main, ['Foo'])
    linker.generated([
      linker.unit(['Foo'], { name: 'foo.o', source: absolute({ Foo: 1 }) }),
      linker.unit(['Bar', 'Baz'], { name: 'bar.o', source: absolute({ Bar: 2, Baz: 3 }) }),
    ])
    expect(lookup.value).to.have.length(1)
    expect(client.lookup(main, ['Bar']).value[0]?.address).to.equal(7)
    const other = client.lookup(main, ['Baz'])
    linker.generated([linker.unit(['Bar', 'Baz'], { name: 'bar.o', source: absolute({ Bar: 2, Baz: 3 }) })])
    expect(other.error.code).to.equal('DuplicateDefinition')
  })
})
