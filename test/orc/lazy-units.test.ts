// Lazy functions as the session sees them: a link actor answers for the stubs at once and gives the bodies back, to be materialized
// when a stub looks them up. Both are the unit's tracker's.
import { describe, it } from 'mocha'
import { expect } from 'chai'
import type { JITDylibId, TrackerId, UnitSource } from '@worc/protocol'
import type { Materialize } from './session-driver.js'
import { openSession } from './session-driver.js'
import type { ClientDriver } from './session-driver.js'
import { hidden, strong } from './unit-fixtures.js'

const payload = { attachment: 0, offsetBytes: 0, sizeBytes: 4 }
const lazyObject: UnitSource = { kind: 'lazyObject', payload }
const bodies: UnitSource = { kind: 'bodies', payload, bodies: [['Foo', 'Foo$body']] }

/** A lazy unit of Foo, a function, and Bar, data. */
function lazyUnit() {
  const opened = openSession()
  const linker = opened.session.connect('link')
  const tracker = opened.client.createTracker(opened.main)
  const define = (under: TrackerId | null): void =>
    void opened.client.define(opened.main, { Foo: strong, Bar: strong }, under, { source: lazyObject })
  define(tracker)
  return { ...opened, linker, tracker, define }
}

/** What a link actor does when it is told to materialize it. */
function divide(linker: ClientDriver, event: Materialize): void {
  const { responsibility } = event
  const claim = { type: 'defineMaterializing', responsibility, symbols: [['Foo$body', hidden]] } as const
  void linker.request(claim).value
  const unit = linker.unit({ Foo$body: hidden, Bar: strong }, { source: bodies })
  void linker.request({ type: 'replace', responsibility, unit }).value
  void linker.resolve(responsibility, { Foo: 1 }).value
  void linker.emit(responsibility).value
}

function isThere(client: ClientDriver, dylib: JITDylibId, name: string): boolean {
  const searchOrder = [[dylib, 'all']] as const
  const symbols = [[name, false]] as const
  return client.request({ type: 'lookupFlags', kind: 'static', searchOrder, symbols }).value.length > 0
}

describe('a lazy unit', () => {
  it('its stubs are ready without its bodies, which a lookup of theirs materializes once', () => {
    const { client, main, linker } = lazyUnit()
    const foo = client.lookup(main, ['Foo'])
    divide(linker, linker.take('materialize'))
    expect(foo.value[0]?.address).to.equal(1)
    expect(linker.tryTake('materialize')).to.equal(undefined)
    const [first, second] = [client.lookup(main, ['Foo$body']), client.lookup(main, ['Foo$body'])]
    const rest = linker.take('materialize')
    expect(rest.source).to.deep.equal(bodies)
    expect(linker.tryTake('materialize')).to.equal(undefined)
    linker.finish(rest)
    expect([first.value.length, second.value.length]).to.deep.equal([1, 1])
    expect(client.lookup(main, ['Bar']).value).to.have.length(1)
  })

  it('looked up for its data, it goes on to the rest at once', () => {
    const { client, main, linker } = lazyUnit()
    const bar = client.lookup(main, ['Bar'])
    divide(linker, linker.take('materialize'))
    linker.finish(linker.take('materialize'))
    expect(bar.value).to.have.length(1)
  })

  for (const [when, advance] of [
    ['before it was looked up', () => undefined],
    [
      'with its stubs',
      ({ client, main, linker }) => {
        client.lookup(main, ['Foo'])
        divide(linker, linker.take('materialize'))
      },
    ],
    [
      'while its bodies materialize',
      ({ client, main, linker }) => {
        client.lookup(main, ['Foo'])
        divide(linker, linker.take('materialize'))
        client.lookup(main, ['Foo$body'])
        linker.take('materialize')
      },
    ],
    [
      'with its bodies',
      ({ client, main, linker }) => {
        client.lookup(main, ['Foo'])
        divide(linker, linker.take('materialize'))
        client.lookup(main, ['Foo$body'])
        linker.finish(linker.take('materialize'))
      },
    ],
  ] as readonly (readonly [string, (unit: ReturnType<typeof lazyUnit>) => void])[]) {
    it(`remove (${when}): nothing is left of it, and its names are free [PA, PB]`, () => {
      const opened = lazyUnit()
      const { client, main, linker, tracker, define } = opened
      advance(opened)
      void client.remove(tracker).value
      for (const name of ['Foo', 'Foo$body', 'Bar']) expect(isThere(client, main, name), name).to.equal(false)
      define(null)
      const again = client.lookup(main, ['Foo'])
      divide(linker, linker.take('materialize'))
      expect(again.value).to.have.length(1)
    })

    it(`transferTo (${when}): all of it goes`, () => {
      const opened = lazyUnit()
      const { client, main, tracker } = opened
      advance(opened)
      const destination = client.createTracker(main)
      void client.transfer(tracker, destination).value
      void client.remove(destination).value
      for (const name of ['Foo', 'Foo$body', 'Bar']) expect(isThere(client, main, name), name).to.equal(false)
    })
  }

  it('lookupFlags tells the signature that a definition came with, also after a reset', () => {
    const { session, client, main } = openSession()
    const linker = session.connect('link')
    const unit = { ...client.unit({}, { source: lazyObject }), symbols: [['Foo', strong, 'i:i'] as const] }
    void client.request({ type: 'define', dylib: main, tracker: null, unit }).value
    const flags = () =>
      client.request({
        type: 'lookupFlags',
        kind: 'static',
        searchOrder: [[main, 'all']],
        symbols: [['Foo', true]],
      }).value
    expect(flags()).to.deep.equal([['Foo', strong, 'i:i']])
    client.lookup(main, ['Foo'])
    void linker.fail(linker.take('materialize').responsibility).value
    void client.request({ type: 'resetSymbols', dylib: main, names: null }).value
    expect(flags()).to.deep.equal([['Foo', strong, 'i:i']])
  })
})

describe('a unit of host functions', () => {
  it('its client keeps its closures until it is ready, or gone', () => {
    const { session, client, main } = openSession()
    const linker = session.connect('link')
    const host: UnitSource = { kind: 'host', functions: [['Foo', 'i:i', null]] }
    const unit = client.define(main, ['Foo'], null, { source: host })
    client.lookup(main, ['Foo'])
    expect(client.tryTake('destroyUnit')).to.equal(undefined)
    linker.finish(linker.take('materialize'))
    expect(client.take('destroyUnit').unit).to.equal(unit)
    const tracker = client.createTracker(main)
    const early = client.define(main, ['Bar'], tracker, { source: { kind: 'host', functions: [['Bar', ':', null]] } })
    void client.remove(tracker).value
    expect(client.take('destroyUnit').unit).to.equal(early)
  })
})
