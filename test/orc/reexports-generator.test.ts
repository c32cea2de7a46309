// A generator of re-exports is the session's own work: it asks nobody, except, where its client filters, which names pass.
import { describe, it } from 'mocha'
import { expect } from 'chai'
import type { GeneratorId, JITDylibId, MatchKind, TrackerId } from '@worc/protocol'
import { failure, plainError, success } from '@worc/protocol'
import { openSession } from './session-driver.js'
import type { ClientDriver } from './session-driver.js'
import { absolute, hidden, object, strong } from './unit-fixtures.js'

interface Options {
  readonly match?: MatchKind
  readonly filtered?: boolean
  readonly tracker?: TrackerId | null
}

function addReexports(client: ClientDriver, dylib: JITDylibId, from: JITDylibId, options: Options = {}): GeneratorId {
  const { match = 'exported', filtered = false, tracker = null } = options
  const generator = client.newId() as GeneratorId
  const message = { type: 'addReexportsGenerator', dylib, generator, from: [from, match], filtered, tracker } as const
  void client.request(message).value
  return generator
}

/** main re-exports lib, which has Foo (exported) and Bar (hidden). */
function twoDylibs(options?: Options) {
  const opened = openSession()
  const { client, main } = opened
  const lib = client.createJITDylib('lib')
  client.define(lib, { Foo: strong, Bar: hidden }, null, { source: absolute({ Foo: 1, Bar: 2 }) })
  return { ...opened, lib, generator: addReexports(client, main, lib, options) }
}

describe('ReexportsGenerator', () => {
  it('gives what its source exports, in the turn of the lookup, with the source’s flags', () => {
    const { client, main } = twoDylibs()
    expect(client.lookup(main, ['Foo']).value).to.deep.equal([{ name: 'Foo', dylib: main, address: 1, flags: strong }])
    expect(client.lookup(main, ['Bar']).error.code).to.equal('SymbolsNotFound')
    expect(client.asked).to.deep.equal([])
  })

  it('gives what is hidden too, where all matches', () => {
    const { client, main } = twoDylibs({ match: 'all' })
    expect(client.lookup(main, ['Bar']).value[0]?.address).to.equal(2)
  })

  it('lookupFlags sees through it, and materializes nothing', () => {
    const { client, main, lib } = twoDylibs()
    client.define(lib, ['Baz'])
    const message = {
      type: 'lookupFlags',
      kind: 'static',
      searchOrder: [[main, 'all']],
      symbols: [['Baz', true]],
    } as const
    expect(client.request(message).value).to.deep.equal([['Baz', strong]])
    expect(client.events).to.deep.equal([])
  })

  it('lets its client say which names pass', () => {
    const { client, main } = twoDylibs({ filtered: true, match: 'all' })
    const lookup = client.lookup(main, ['Foo', ['Bar', false], ['Missing', false]])
    const { token, message } = client.takeAsk('filterReexports')
    expect(message.names).to.deep.equal(['Foo', 'Bar'])
    client.reply(token, success(['Foo']))
    expect(lookup.value.map(({ name }) => name)).to.deep.equal(['Foo'])
    expect(client.lookup(main, ['Missing']).error.code).to.equal('SymbolsNotFound')
    expect(client.asked).to.deep.equal([])
  })

  it('fails the lookup where the filter does', () => {
    const { client, main } = twoDylibs({ filtered: true })
    const lookup = client.lookup(main, ['Foo'])
    client.reply(client.takeAsk('filterReexports').token, failure(plainError('UserError', 'no')))
    expect(lookup.error.code).to.equal('UserError')
  })

  it('goes with the client that filters; without a filter it stays', () => {
    const { session, client, main, lib } = twoDylibs({ filtered: true })
    const other = session.connect()
    addReexports(other, main, lib, { match: 'all' })
    const lookup = other.lookup(main, ['Foo'])
    client.close()
    expect(lookup.error.code).to.equal('ActorDied')
    expect(other.lookup(main, ['Foo']).value[0]?.address).to.equal(1)
    expect(other.lookup(main, ['Bar']).value[0]?.address).to.equal(2)
  })

  it('two lookups inside at once define each name once', () => {
    const { client, main } = twoDylibs({ filtered: true })
    const lookups = [client.lookup(main, ['Foo']), client.lookup(main, ['Foo'])]
    for (const { token, message } of [client.takeAsk('filterReexports'), client.takeAsk('filterReexports')]) {
      client.reply(token, success(message.names))
    }
    expect(lookups.map(({ value }) => value[0]?.address)).to.deep.equal([1, 1])
  })

  it('its source’s own generators are run, archives among them for a static lookup', () => {
    const { session, client, main, lib } = twoDylibs()
    const linker = session.connect('link')
    const archive = { type: 'addGenerator', dylib: lib, generator: client.newId() as GeneratorId } as const
    void client.request({ ...archive, kind: 'archive', tracker: null }).value
    expect(client.lookup(main, ['Baz'], { kind: 'dlsym' }).error.code).to.equal('SymbolsNotFound')
    const lookup = client.lookup(main, ['Baz'])
    linker.generated([linker.unit(['Baz'], { name: 'baz.o', source: object })])
    linker.finish(linker.take('materialize'))
    expect(lookup.value[0]?.dylib).to.equal(main)
  })

  it('dylibs that re-export each other find what there is, and no more', () => {
    const { client, main, lib } = twoDylibs()
    addReexports(client, lib, main)
    client.define(main, ['Qux'], null, { source: absolute({ Qux: 9 }) })
    expect(client.lookup(lib, ['Qux']).value[0]?.address).to.equal(9)
    expect(client.lookup(main, ['Foo']).value[0]?.address).to.equal(1)
    expect(client.lookup(main, ['Missing']).error.code).to.equal('SymbolsNotFound')
    expect(client.lookup(lib, ['Missing']).error.code).to.equal('SymbolsNotFound')
  })

  it('two that wait for each other’s busy generators go on when these answer', () => {
    const { client, main, lib } = twoDylibs()
    addReexports(client, lib, main)
    for (const dylib of [main, lib]) {
      const generator = client.newId() as GeneratorId
      void client.request({ type: 'addGenerator', dylib, generator, kind: 'user', tracker: null }).value
    }
    const lookups = [client.lookup(main, ['Missing']), client.lookup(lib, ['Missing'])]
    while (client.asked.length > 0) client.generated()
    expect(lookups.map(({ error }) => error.code)).to.deep.equal(['SymbolsNotFound', 'SymbolsNotFound'])
  })

  it('goes with its tracker, and so does what it defined', () => {
    const { client, main } = openSession()
    const lib = client.createJITDylib('lib')
    client.define(lib, ['Foo'], null, { source: absolute({ Foo: 1 }) })
    const tracker = client.createTracker(main)
    addReexports(client, main, lib, { tracker })
    expect(client.lookup(main, ['Foo']).value).to.have.length(1)
    void client.remove(tracker).value
    expect(client.lookup(main, ['Foo']).error.code).to.equal('SymbolsNotFound')
  })

  it('removed while its source is asked, fails the lookup; the source’s answer means nothing then', () => {
    const { client, main, lib, generator } = twoDylibs()
    const busy = client.newId() as GeneratorId
    void client.request({ type: 'addGenerator', dylib: lib, generator: busy, kind: 'user', tracker: null }).value
    const lookup = client.lookup(main, ['Missing'])
    void client.request({ type: 'removeGenerator', dylib: main, generator }).value
    expect(lookup.error.code).to.equal('Aborted')
    client.generated()
    expect(client.lookup(main, ['Foo']).error.code).to.equal('SymbolsNotFound')
  })

  it('of a source that is removed while it is asked fails the lookup with JITDylibDefunct', () => {
    const { client, main, lib } = twoDylibs()
    const busy = client.newId() as GeneratorId
    void client.request({ type: 'addGenerator', dylib: lib, generator: busy, kind: 'user', tracker: null }).value
    const lookup = client.lookup(main, ['Missing'])
    void client.request({ type: 'removeJITDylibs', dylibs: [lib] }).value
    expect(lookup.error.code).to.equal('JITDylibDefunct')
    expect(client.lookup(main, ['Foo']).error.code).to.equal('SymbolsNotFound')
  })

  it('of a source that is gone already is refused', () => {
    const { client, main, lib } = twoDylibs()
    void client.request({ type: 'removeJITDylibs', dylibs: [lib] }).value
    const generator = client.newId() as GeneratorId
    const message = { type: 'addReexportsGenerator', dylib: main, generator, filtered: false, tracker: null } as const
    expect(client.request({ ...message, from: [lib, 'exported'] }).error.code).to.equal('JITDylibDefunct')
  })
})
