// Who answers for symbols on their way: resolving, emitting, claiming more, giving some away, failing, being dropped;
// and each of these once the tracker is gone.
import { describe, it } from 'mocha'
import { expect } from 'chai'
import type { FlagsEntry, JITDylibId, TrackerId } from '@worc/protocol'
import { plainError } from '@worc/protocol'
import { openSession } from './session-driver.js'
import { addressOf, initOnly, strong, weakly } from './unit-fixtures.js'
import type { ClientDriver, Materialize } from './session-driver.js'
import type { Symbols } from './unit-fixtures.js'

const broken = plainError('BadObject', 'a broken object')

/** A unit under a tracker, looked up and given to its client to materialize. */
function materializing(symbols: Symbols = ['Foo', 'Bar'], wanted = ['Foo']) {
  const { session, client, main } = openSession()
  const tracker = client.createTracker(main)
  const unit = client.define(main, symbols, tracker)
  const lookup = client.lookup(main, wanted)
  return { session, client, main, tracker, unit, lookup, event: client.take('materialize') }
}

describe('MaterializationResponsibility', () => {
  it('brings the unit’s symbols, and where references are looked up', () => {
    const { client, main, unit, event } = materializing()
    expect(event).to.deep.include({
      dylib: main,
      dylibName: 'main',
      unit,
      symbols: [
        ['Foo', strong],
        ['Bar', strong],
      ],
      searchOrder: [[main, 'all']],
    })
    client.lookup(main, ['Bar'], { state: 'resolved' })
    const { responsibility } = event
    expect(client.request({ type: 'requestedSymbols', responsibility }).value).to.deep.equal(['Foo', 'Bar'])
    client.resolveAll(event)
    expect(client.request({ type: 'requestedSymbols', responsibility }).value).to.deep.equal(['Foo'])
  })

  it('notifyResolved completes queries for resolved symbols, any subset at a time', () => {
    const { client, main, event } = materializing()
    const resolved = client.lookup(main, ['Foo'], { state: 'resolved' })
    void client.resolve(event.responsibility, { Foo: 0x10 }).value
    expect(resolved.value[0]?.address).to.equal(0x10)
    void client.resolve(event.responsibility, { Bar: 0x20 }).value
    void client.emit(event.responsibility).value
  })

  it('notifyResolved of a name it does not have, or twice, is refused and changes nothing', () => {
    const { client, main, event } = materializing()
    const { responsibility } = event
    expect(client.resolve(responsibility, { Foo: 1, Baz: 2 }).error.code).to.equal('UnexpectedSymbolDefinitions')
    void client.resolve(responsibility, { Foo: 1 }).value
    expect(client.resolve(responsibility, { Bar: 1, Foo: 2 }).error.code).to.equal('BadArgument')
    expect(client.lookup(main, ['Bar'], { state: 'resolved' }).settled).to.equal(false)
  })

  it('notifyEmitted before all is resolved is refused, and can be tried again', () => {
    const { client, event, lookup } = materializing()
    void client.resolve(event.responsibility, { Foo: 1 }).value
    expect(client.emit(event.responsibility).error.code).to.equal('MissingSymbolDefinitions')
    void client.resolve(event.responsibility, { Bar: 1 }).value
    void client.emit(event.responsibility).value
    expect(lookup.value).to.have.length(1)
  })

  it('a symbol without an address need not be resolved, and cannot be', () => {
    const { client, main, event, lookup } = materializing({ Foo: strong, init: initOnly })
    expect(client.resolve(event.responsibility, { init: 1 }).error.code).to.equal('UnexpectedSymbolDefinitions')
    client.finish(event)
    expect(lookup.value).to.have.length(1)
    expect(client.lookup(main, [['init', false]]).value).to.deep.equal([])
    expect(client.lookup(main, ['init']).error.code).to.equal('SymbolsNotFound')
  })

  it('is over once it was emitted', () => {
    const { client, event } = materializing()
    client.finish(event)
    const { responsibility } = event
    expect(client.emit(responsibility).error.code).to.equal('BadArgument')
    expect(client.fail(responsibility).value).to.equal(null)
  })

  it('is its holder’s alone', () => {
    const { session, event } = materializing()
    const other = session.connect()
    expect(other.emit(event.responsibility).error.code).to.equal('WrongOwner')
    expect(other.fail(event.responsibility).error.code).to.equal('WrongOwner')
  })

  it('failMaterialization fails all it has left, with the cause', () => {
    const { client, main, event, lookup } = materializing()
    void client.fail(event.responsibility, broken).value
    expect(lookup.error.code).to.equal('FailedToMaterialize')
    expect(lookup.error.cause).to.deep.equal(broken)
    expect(client.lookup(main, ['Bar']).error.cause).to.deep.equal(broken)
  })

  it('dropped unfinished, it fails [P32] [S04] [S31]', () => {
    const { client, event, lookup } = materializing()
    client.tell({ type: 'responsibilityDropped', responsibility: event.responsibility, cause: null })
    expect(lookup.error.code).to.equal('FailedToMaterialize')
    expect(lookup.error.cause?.message).to.include('dropped')
  })

  it('failing one leaves nothing behind that fails another [S16]', () => {
    const { client, main, event } = materializing()
    void client.fail(event.responsibility, broken).value
    client.define(main, ['Baz'], null, { initSymbol: 'init' })
    const lookup = client.lookup(main, ['Baz'])
    client.finish(client.take('materialize'))
    expect(lookup.value).to.have.length(1)
    expect(client.request({ type: 'beginInitialize', dylib: main }).value.functions).to.deep.equal([])
  })
})

describe('MaterializationResponsibility: defineMaterializing', () => {
  const claim = (client: ClientDriver, { responsibility }: Materialize, symbols: FlagsEntry[]) =>
    client.request({ type: 'defineMaterializing', responsibility, symbols })

  it('claims names for the responsibility’s tracker: they go with it [P26] [S28]', () => {
    const { client, main, tracker, event } = materializing()
    expect(claim(client, event, [['Baz', strong]]).value).to.deep.equal(['Baz'])
    client.resolveAll(event)
    void client.resolve(event.responsibility, { Baz: 7 }).value
    void client.emit(event.responsibility).value
    expect(client.lookup(main, ['Baz']).value[0]?.address).to.equal(7)
    void client.remove(tracker).value
    expect(client.lookup(main, ['Baz']).error.code).to.equal('SymbolsNotFound')
    client.define(main, ['Baz'])
  })

  it('a query for a claimed name fails when the tracker is removed [P27] [S28]', () => {
    const { client, main, tracker, event } = materializing()
    void claim(client, event, [['Baz', strong]]).value
    const lookup = client.lookup(main, ['Baz'])
    void client.remove(tracker).value
    expect(lookup.error.code).to.equal('FailedToMaterialize')
  })

  it('of a name it had, which failed in other hands and was removed: it answers for the new one', () => {
    const { client, main, event } = materializing()
    const { responsibility } = event
    const part = client.request({ type: 'delegate', responsibility, names: ['Foo'] }).value
    void client.fail(part, broken).value
    void client.request({ type: 'removeSymbols', dylib: main, names: ['Foo'] }).value
    expect(claim(client, event, [['Foo', strong]]).value).to.deep.equal(['Foo'])
    void client.resolve(responsibility, { Foo: 7, Bar: 8 }).value
    void client.emit(responsibility).value
    expect(client.lookup(main, ['Foo']).value[0]?.address).to.equal(7)
  })

  it('a weak name that somebody has is not granted', () => {
    const { client, main, event } = materializing()
    client.define(main, ['Baz'])
    const granted = claim(client, event, [
      ['Baz', weakly],
      ['Qux', weakly],
    ])
    expect(granted.value).to.deep.equal(['Qux'])
  })

  it('a strong name that somebody has is refused, and nothing is claimed', () => {
    const { client, main, event } = materializing()
    client.define(main, ['Baz'])
    const refused = claim(client, event, [
      ['Qux', strong],
      ['Baz', strong],
    ])
    expect(refused.error.code).to.equal('DuplicateDefinition')
    expect(client.lookup(main, ['Qux']).error.code).to.equal('SymbolsNotFound')
  })
})

describe('MaterializationResponsibility: delegate', () => {
  it('splits off a second responsibility; either finishes alone', () => {
    const { client, main, event, lookup } = materializing()
    const bar = client.lookup(main, ['Bar'])
    const delegated = client.request({ type: 'delegate', responsibility: event.responsibility, names: ['Foo'] }).value
    expect(client.resolve(event.responsibility, { Foo: 1 }).error.code).to.equal('UnexpectedSymbolDefinitions')
    void client.resolve(delegated, { Foo: 1 }).value
    void client.emit(delegated).value
    expect(lookup.value).to.have.length(1)
    expect(bar.settled).to.equal(false)
    void client.fail(event.responsibility, broken).value
    expect(bar.error.cause).to.deep.equal(broken)
    expect(client.lookup(main, ['Foo']).value).to.have.length(1)
  })

  it('of a name it does not have is refused', () => {
    const { client, event } = materializing()
    const refused = client.request({ type: 'delegate', responsibility: event.responsibility, names: ['Baz'] })
    expect(refused.error.code).to.equal('UnexpectedSymbolDefinitions')
  })

  it('of all leaves an empty one, which may be emitted or dropped', () => {
    const { client, event, lookup } = materializing()
    const delegated = client.request({ type: 'delegate', responsibility: event.responsibility, names: ['Foo', 'Bar'] })
    void client.emit(event.responsibility).value
    client.finish({ ...event, responsibility: delegated.value })
    expect(lookup.value).to.have.length(1)
  })
})

describe('MaterializationResponsibility: replace', () => {
  const replaceBy = (client: ClientDriver, { responsibility }: Materialize, symbols: Symbols) =>
    client.request({ type: 'replace', responsibility, unit: client.unit(symbols, { name: 'again' }) })

  it('gives symbols back to another unit, which runs at once where a query waits', () => {
    const { client, event, lookup } = materializing()
    void replaceBy(client, event, ['Foo']).value
    const again = client.take('materialize')
    expect(again).to.deep.include({ name: 'again', symbols: [['Foo', strong]] })
    client.finish(again)
    expect(lookup.value).to.have.length(1)
    void client.resolve(event.responsibility, { Bar: 1 }).value
    void client.emit(event.responsibility).value
  })

  it('runs later where nobody waits', () => {
    const { client, main, event } = materializing()
    void replaceBy(client, event, ['Bar']).value
    expect(client.tryTake('materialize')).to.equal(undefined)
    const bar = client.lookup(main, ['Bar'])
    client.finish(client.take('materialize'))
    expect(bar.value).to.have.length(1)
  })

  it('runs at once where an emitted symbol depends on it', () => {
    const { client, main, event } = materializing()
    client.define(main, ['Baz'])
    const baz = client.lookup(main, ['Baz'])
    client.finish(client.take('materialize'), [{ symbols: ['Baz'], dependencies: [[main, ['Bar']]] }])
    void replaceBy(client, event, ['Bar']).value
    client.finish(client.take('materialize'))
    expect(baz.value).to.have.length(1)
  })

  it('of all ends the responsibility and destroys its unit', () => {
    const { client, unit, event, lookup } = materializing()
    void replaceBy(client, event, ['Foo', 'Bar']).value
    expect(client.take('destroyUnit').unit).to.equal(unit)
    expect(client.emit(event.responsibility).error.code).to.equal('BadArgument')
    client.finish(client.take('materialize'))
    expect(lookup.value).to.have.length(1)
  })

  it('of what is resolved is refused', () => {
    const { client, event } = materializing()
    void client.resolve(event.responsibility, { Foo: 1 }).value
    expect(replaceBy(client, event, ['Foo']).error.code).to.equal('BadArgument')
  })
})

describe('MaterializationResponsibility: after its tracker was removed', () => {
  type Operation = (
    client: ClientDriver,
    event: Materialize,
    main: JITDylibId,
    tracker: TrackerId,
  ) => { error: { code: string } }
  const operations: Readonly<Record<string, Operation>> = {
    requestedSymbols: (client, { responsibility }) => client.request({ type: 'requestedSymbols', responsibility }),
    claimResourceKey: (client, { responsibility }) =>
      client.request({ type: 'claimResourceKey', responsibility, recorded: true }),
    notifyResolved: (client, { responsibility }) => client.resolve(responsibility, { Foo: 1 }),
    notifyEmitted: (client, { responsibility }) => client.emit(responsibility),
    defineMaterializing: (client, { responsibility }) =>
      client.request({ type: 'defineMaterializing', responsibility, symbols: [['Baz', strong]] }),
    delegate: (client, { responsibility }) => client.request({ type: 'delegate', responsibility, names: ['Foo'] }),
    replace: (client, { responsibility }) =>
      client.request({ type: 'replace', responsibility, unit: client.unit(['Foo']) }),
    emit: (client, { responsibility }) =>
      client.request({
        type: 'emit',
        responsibility,
        source: { kind: 'object', payload: { attachment: 0, offsetBytes: 0, sizeBytes: 0 } },
      }),
  }

  for (const [name, operation] of Object.entries(operations)) {
    it(`${name} answers ResourceTrackerDefunct, and failMaterialization stays legal [P07] [P08] [S30]`, () => {
      const { client, main, tracker, event } = materializing()
      void client.remove(tracker).value
      expect(operation(client, event, main, tracker).error.code).to.equal('ResourceTrackerDefunct')
      expect(client.fail(event.responsibility).value).to.equal(null)
      expect(client.fail(event.responsibility).value).to.equal(null)
      expect(client.request({ type: 'sessionStats' }).value).to.include({ symbols: 0, units: 0, responsibilities: 0 })
    })
  }

  it('a removal that comes with the names defined anew does not touch these', () => {
    const { client, main, tracker, event } = materializing()
    void client.remove(tracker).value
    client.define(main, ['Foo'])
    const lookup = client.lookup(main, ['Foo'])
    expect(client.resolve(event.responsibility, { Foo: 1 }).error.code).to.equal('ResourceTrackerDefunct')
    void client.fail(event.responsibility, broken).value
    client.finish(client.take('materialize'))
    expect(lookup.value[0]?.address).to.equal(addressOf('Foo'))
  })

  it('refusals that a holder never acknowledges do not pile up', () => {
    const { client, main } = openSession()
    const responsibilities = []
    for (let n = 0; n < 1100; n++) {
      const tracker = client.createTracker(main)
      client.define(main, ['Foo'], tracker)
      client.lookup(main, ['Foo'])
      responsibilities.push(client.take('materialize').responsibility)
      void client.remove(tracker).value
      client.drop(tracker)
    }
    const codes = responsibilities.map((responsibility) => client.emit(responsibility).error.code)
    expect(codes.at(-1)).to.equal('ResourceTrackerDefunct')
    expect(codes.filter((code) => code === 'ResourceTrackerDefunct')).to.have.length(1024)
    expect(codes[0]).to.equal('BadArgument')
  })
})
