// Looking at a session: when it is quiet, what is in it, and whether it is in order.
import { describe, it } from 'mocha'
import { expect } from 'chai'
import type { GeneratorId, TrackerId } from '@worc/protocol'
import { clientScopedId, plainError, symbolFlag } from '@worc/protocol'
import { verifySessionState } from '@worc/orc'
import { openSession } from './session-driver.js'
import { absolute, object } from './unit-fixtures.js'

describe('drain', () => {
  it('with nothing in flight settles at once', () => {
    const { client } = openSession()
    expect(client.request({ type: 'drain' }).value).to.equal(null)
  })

  it('waits for what link and compile actors work on', () => {
    const { session, client, main } = openSession()
    const linker = session.connect('link')
    client.define(main, ['Foo'], null, { source: object })
    client.lookup(main, ['Foo'])
    const drain = client.request({ type: 'drain' })
    expect(drain.settled).to.equal(false)
    linker.finish(linker.take('materialize'))
    expect(drain.value).to.equal(null)
  })

  it('waits for managers, and for an archive that is being read', () => {
    const { session, client, main } = openSession()
    const linker = session.connect('link')
    linker.register()
    const generator = client.newId() as GeneratorId
    void client.request({ type: 'addGenerator', dylib: main, generator, kind: 'archive', tracker: null }).value
    client.lookup(main, ['Foo'])
    client.removeDefault(main)
    const drain = client.request({ type: 'drain' })
    linker.generated()
    expect(drain.settled).to.equal(false)
    linker.removed(true)
    expect(drain.value).to.equal(null)
  })

  it('does not wait for users, nor for an actor that nobody started', () => {
    const { client, main } = openSession()
    client.define(main, ['Foo'])
    client.define(main, ['Bar'], null, { source: object })
    client.lookup(main, ['Foo', 'Bar'])
    expect(client.request({ type: 'drain' }).value).to.equal(null)
  })
})

describe('dump', () => {
  it('shows dylibs, link orders and symbols in order of insertion', () => {
    const { client, main } = openSession()
    const lib = client.createJITDylib('lib')
    void client.request({ type: 'addToLinkOrder', dylib: main, entries: [[lib, 'exported']] }).value
    client.define(main, ['Foo'], null, { source: absolute({ Foo: 0x1000 }) })
    client.define(main, { Bar: symbolFlag.weak | symbolFlag.callable }, client.createTracker(main), { name: 'b.o' })
    client.define(main, ['Baz'])
    client.lookup(main, ['Foo'])
    client.lookup(main, ['Baz'])
    void client.fail(client.take('materialize').responsibility, plainError('BadObject', 'broken')).value
    expect(client.request({ type: 'dump' }).value.split('\n')).to.deep.equal([
      'JITDylib "main" (State = Open)',
      'Link order: [ ("main", MatchAllSymbols), ("lib", MatchExportedSymbolsOnly) ]',
      'Symbol table:',
      '    "Foo": 0x0000000000001000 [exported, callable] Ready (the default resource tracker of JITDylib 1)',
      '    "Bar": <not resolved> [weak, callable] Never-Searched (Materializer b.o) (resource tracker 2 of client 1)',
      '    "Baz": <not resolved> [exported, callable] Failed (the default resource tracker of JITDylib 1) (broken)',
      '',
      'JITDylib "lib" (State = Open)',
      'Link order: [ ("lib", MatchAllSymbols) ]',
      'Symbol table:',
      '',
    ])
  })
})

describe('sessionStats', () => {
  it('counts what there is', () => {
    const { session, client, main } = openSession()
    session.connect('link')
    client.define(main, ['Foo', 'Bar'], client.createTracker(main))
    client.define(main, ['Baz'])
    client.lookup(main, ['Foo'])
    expect(client.request({ type: 'sessionStats' }).value).to.deep.equal({
      symbols: 3,
      units: 2,
      trackers: 2,
      dylibs: 1,
      responsibilities: 1,
      queries: 1,
      clients: 2,
    })
  })
})

describe('verify', () => {
  it('in the midst of a turn, of a stream that stood still: nothing that is left for its end is wrong', () => {
    const { session, client, main } = openSession()
    const [runner, other] = [session.connect(), session.connect()]
    client.define(main, ['Foo'], null, { initSymbol: 'init' })
    const run = runner.request({ type: 'beginInitialize', dylib: main })
    const event = client.take('materialize')
    client.resolveAll(event)
    const initializers = [{ priority: 1, function: 0x10 }]
    const { responsibility } = event
    void client.request({ type: 'notifyEmitted', responsibility, groups: [], initializers }).value
    const waiting = other.request({ type: 'beginInitialize', dylib: main })
    const tracker = clientScopedId(client.id, 77) as TrackerId
    runner.request({ type: 'isDefunct', tracker })
    runner.tell({ type: 'endInitialize', run: run.value.run, error: null })
    const verified = runner.request({ type: 'verify' })
    expect([verified.settled, waiting.settled]).to.deep.equal([false, false])
    client.tell({ type: 'createResourceTracker', tracker, dylib: main })
    expect([verified.outcome, waiting.outcome]).to.deep.equal(['ok', 'ok'])
  })

  it('finds nothing wrong', () => {
    const { client, main } = openSession()
    client.define(main, ['Foo'])
    expect(client.request({ type: 'verify' }).value).to.equal(null)
  })

  it('says what is wrong, in sentences', () => {
    const { session, client, main } = openSession()
    client.define(main, ['Foo'])
    session.verifying = false
    session.state.counts.symbols = 2
    expect(client.request({ type: 'verify' }).error.message).to.equal('there are 1 symbols, not 2')
    session.state.counts.symbols = 1
  })

  it('sees a symbol that is owned by nobody, a query that waits for nothing, an ask that nobody will answer', () => {
    const damages: Readonly<Record<string, (session: ReturnType<typeof openSession>) => void>> = {
      'own its': ({ session, main }) => {
        const dylib = session.state.dylibs.get(main)
        const entry = dylib?.symbols.get('Foo')
        if (entry !== undefined) entry.unit.tracker.units.first = null
      },
      'not 7': ({ session, main }) => {
        const queries = session.state.dylibs.get(main)?.symbols.get('Foo')?.pending?.queries
        for (const query of queries ?? []) query.waiting = 7
      },
      'waits for something': ({ session, main }) => {
        const pending = session.state.dylibs.get(main)?.symbols.get('Foo')?.pending
        if (pending !== null && pending !== undefined) pending.queries = null
      },
      'somebody answers for Foo': ({ session, main }) => {
        const pending = session.state.dylibs.get(main)?.symbols.get('Foo')?.pending
        if (pending !== null && pending !== undefined) pending.responsibility = null
      },
    }
    for (const [sentence, damage] of Object.entries(damages)) {
      const opened = openSession()
      opened.client.define(opened.main, ['Foo'])
      opened.client.lookup(opened.main, ['Foo'])
      damage(opened)
      expect(verifySessionState(opened.session.state).join('; ')).to.include(sentence)
    }
  })
})
