// Constructors are handed out once, dependencies first, by priority and in order of definition; one run at a time, and
// nobody uses a dylib whose constructors another client is running.
import { describe, it } from 'mocha'
import { expect } from 'chai'
import type { InitializerRun, JITDylibId } from '@worc/protocol'
import { plainError } from '@worc/protocol'
import { openSession } from './session-driver.js'
import type { Answer } from './answer.js'
import type { ClientDriver } from './session-driver.js'

const trapped = plainError('UserError', 'a constructor trapped')

/** Defines a unit with an init symbol. */
function defineWithInit(client: ClientDriver, dylib: JITDylibId, name: string): void {
  client.define(dylib, [name], null, { initSymbol: `init.${name}` })
}

/** Materializes what the client was given, with initializers. */
function finish(
  client: ClientDriver,
  initializers: Readonly<Record<string, readonly (readonly [number, number])[]>>,
): void {
  for (const event of client.takeAll('materialize')) {
    client.resolveAll(event)
    const own = (initializers[event.name] ?? []).map(([priority, address]) => ({ priority, function: address }))
    void client.request({ type: 'notifyEmitted', responsibility: event.responsibility, groups: [], initializers: own })
      .value
  }
}

function begin(client: ClientDriver, dylib: JITDylibId): Answer<InitializerRun> {
  return client.request({ type: 'beginInitialize', dylib })
}

function end(client: ClientDriver, { run }: InitializerRun, error: typeof trapped | null = null): void {
  client.tell({ type: 'endInitialize', run, error })
}

describe('beginInitialize', () => {
  it('with nothing pending answers run 0 at once', () => {
    const { client, main } = openSession()
    expect(begin(client, main).value).to.deep.equal({ run: 0, functions: [] })
  })

  it('materializes units with an init symbol first, and waits for them to be ready', () => {
    const { client, main } = openSession()
    defineWithInit(client, main, 'Foo')
    client.define(main, ['Bar'])
    const run = begin(client, main)
    expect(run.settled).to.equal(false)
    expect(client.events.map((event) => event.type === 'materialize' && event.name)).to.deep.equal(['Foo'])
    finish(client, { Foo: [[65535, 0x10]] })
    expect(run.value.functions).to.deep.equal([0x10])
  })

  it('initSymbols names those that are pending, until they are handed out', () => {
    const { client, main } = openSession()
    const lib = client.createJITDylib('lib')
    client.define(main, ['Foo'], null, { initSymbol: 'init1' })
    client.define(main, ['Bar'])
    client.define(main, ['Baz'], null, { initSymbol: 'init2' })
    const pending = () => client.request({ type: 'initSymbols', dylibs: [main, lib] }).value
    expect(pending()).to.deep.equal([
      [main, ['init1', 'init2']],
      [lib, []],
    ])
    client.request({ type: 'beginInitialize', dylib: main })
    for (const event of client.takeAll('materialize')) client.finish(event)
    expect(pending()[0]).to.deep.equal([main, []])
  })

  it('hands out by priority, then in order of definition, each once', () => {
    const { client, main } = openSession()
    for (const name of ['Foo', 'Bar', 'Baz']) defineWithInit(client, main, name)
    client.lookup(main, ['Baz'])
    const run = begin(client, main)
    finish(client, {
      Foo: [
        [100, 1],
        [100, 2],
      ],
      Bar: [[50, 3]],
      Baz: [[100, 4]],
    })
    expect(run.value.functions).to.deep.equal([3, 1, 2, 4])
    end(client, run.value)
    expect(begin(client, main).value.functions).to.deep.equal([])
  })

  it('a unit that was replaced keeps its place', () => {
    const { client, main } = openSession()
    defineWithInit(client, main, 'Foo')
    defineWithInit(client, main, 'Bar')
    const run = begin(client, main)
    const { responsibility } = client.take('materialize')
    const unit = client.unit(['Foo'], { initSymbol: 'init.Foo' })
    void client.request({ type: 'replace', responsibility, unit }).value
    finish(client, { Foo: [[0, 1]], Bar: [[0, 2]] })
    expect(run.value.functions).to.deep.equal([1, 2])
    end(client, run.value)
  })

  it('runs what a dylib links against before it, also where the links are not in that order', () => {
    const { client, main } = openSession()
    const [lib, libc] = [client.createJITDylib('lib'), client.createJITDylib('libc')]
    const link = (dylib: JITDylibId, ...to: JITDylibId[]) =>
      client.request({ type: 'setLinkOrder', dylib, order: to.map((other) => [other, 'all']), selfFirst: true })
    link(main, libc, lib)
    link(libc, lib)
    for (const [dylib, name] of [
      [main, 'Foo'],
      [lib, 'Bar'],
      [libc, 'Baz'],
    ] as const) {
      defineWithInit(client, dylib, name)
    }
    const run = begin(client, main)
    finish(client, { Foo: [[0, 1]], Bar: [[9, 2]], Baz: [[5, 3]] })
    expect(run.value.functions).to.deep.equal([2, 3, 1])
    end(client, run.value)
  })

  it('initializers of a unit without an init symbol are handed out too', () => {
    const { client, main } = openSession()
    client.define(main, ['Foo'])
    client.lookup(main, ['Foo'])
    finish(client, { Foo: [[0, 7]] })
    const run = begin(client, main).value
    expect(run.functions).to.deep.equal([7])
    end(client, run)
  })

  it('a unit whose parts are emitted one after the other has each part’s initializers run once', () => {
    const { session, client, main } = openSession()
    client.define(main, ['Foo', 'Bar'])
    client.lookup(main, ['Foo'])
    const { responsibility } = client.take('materialize')
    const part = client.request({ type: 'delegate', responsibility, names: ['Foo'] }).value
    void client.resolve(part, { Foo: 1 }).value
    void client.request({
      type: 'notifyEmitted',
      responsibility: part,
      groups: [],
      initializers: [{ priority: 0, function: 1 }],
    })
    const first = begin(client, main)
    void client.resolve(responsibility, { Bar: 1 }).value
    void client.request({
      type: 'notifyEmitted',
      responsibility,
      groups: [],
      initializers: [{ priority: 0, function: 2 }],
    })
    expect(first.value.functions).to.deep.equal([1, 2])
    end(client, first.value)
    expect(session.state.dylibs.get(main)?.initUnits.size).to.equal(0)
  })

  it('a unit that is given more to initialize has only that run', () => {
    const { client, main } = openSession()
    client.define(main, ['Foo', 'Bar'], null, { initSymbol: 'init.Foo' })
    const first = begin(client, main)
    const { responsibility } = client.take('materialize')
    const part = client.request({ type: 'delegate', responsibility, names: ['Foo', 'init.Foo'] }).value
    void client.resolve(part, { Foo: 1 }).value
    void client.request({
      type: 'notifyEmitted',
      responsibility: part,
      groups: [],
      initializers: [{ priority: 0, function: 1 }],
    })
    expect(first.value.functions).to.deep.equal([1])
    end(client, first.value)
    void client.resolve(responsibility, { Bar: 1 }).value
    void client.request({
      type: 'notifyEmitted',
      responsibility,
      groups: [],
      initializers: [{ priority: 0, function: 2 }],
    })
    const second = begin(client, main).value
    expect(second.functions).to.deep.equal([2])
    end(client, second)
  })

  it('one client at a time: others that concern the same dylibs wait for the end', () => {
    const { session, client, main } = openSession()
    const other = session.connect()
    const lib = client.createJITDylib('lib')
    defineWithInit(client, main, 'Foo')
    const run = begin(client, main)
    finish(client, { Foo: [[0, 1]] })
    const waiting = begin(other, main)
    expect(waiting.settled).to.equal(false)
    expect(begin(other, lib).value.run).to.equal(0)
    end(client, run.value)
    expect(waiting.value.run).to.equal(0)
  })

  it('a second run with functions waits for the first, whatever dylib', () => {
    const { session, client, main } = openSession()
    const other = session.connect()
    const lib = client.createJITDylib('lib')
    defineWithInit(client, main, 'Foo')
    defineWithInit(client, lib, 'Bar')
    const [first, second] = [begin(client, main), begin(other, lib)]
    finish(client, { Foo: [[0, 1]], Bar: [[0, 2]] })
    expect(first.value.functions).to.deep.equal([1])
    expect(second.settled).to.equal(false)
    end(client, first.value)
    expect(second.value.functions).to.deep.equal([2])
    end(other, second.value)
  })

  it('a constructor may initialize, look up, define and remove in its own dylib [S06]', () => {
    const { client, main } = openSession()
    defineWithInit(client, main, 'Foo')
    const run = begin(client, main)
    finish(client, { Foo: [[0, 1]] })
    defineWithInit(client, main, 'Bar')
    const nested = begin(client, main)
    finish(client, { Bar: [[0, 2]] })
    expect(nested.value.functions).to.deep.equal([2])
    end(client, nested.value)
    expect(client.lookup(main, ['Foo', 'Bar']).value).to.have.length(2)
    void client.removeDefault(main).value
    end(client, run.value)
  })

  it('a constructor that failed is told to those who waited', () => {
    const { session, client, main } = openSession()
    const other = session.connect()
    defineWithInit(client, main, 'Foo')
    const run = begin(client, main)
    finish(client, { Foo: [[0, 1]] })
    const waiting = begin(other, main)
    end(client, run.value, trapped)
    expect(waiting.error).to.deep.equal(trapped)
    expect(begin(other, main).value.run).to.equal(0)
  })

  it('a runner that dies leaves an error to those who waited; what it had not run is lost', () => {
    const { session, client, main } = openSession()
    const [other, maker] = [session.connect(), session.connect()]
    const lib = client.createJITDylib('lib')
    defineWithInit(maker, main, 'Foo')
    defineWithInit(maker, lib, 'Bar')
    const run = begin(client, main)
    const elsewhere = begin(other, lib)
    finish(maker, { Foo: [[0, 1]], Bar: [[0, 2]] })
    expect(run.value.functions).to.deep.equal([1])
    const waiting = begin(other, main)
    client.close()
    expect(waiting.error.code).to.equal('ActorDied')
    expect(elsewhere.value.functions).to.deep.equal([2])
    end(other, elsewhere.value)
    expect(begin(other, main).value.functions).to.deep.equal([])
  })

  it('a unit that fails is reported once, and does not fail the next initialization [S16]', () => {
    const { client, main } = openSession()
    defineWithInit(client, main, 'Foo')
    const run = begin(client, main)
    void client.fail(client.take('materialize').responsibility, trapped).value
    expect(run.error.code).to.equal('FailedToMaterialize')
    expect(run.error.cause).to.deep.equal(trapped)
    expect(begin(client, main).value.run).to.equal(0)
  })

  it('a unit that was emitted and failed with what it depends on is not initialized', () => {
    const { client, main } = openSession()
    for (const initSymbol of ['init.Foo', null]) {
      client.define(main, ['Foo'], null, { initSymbol })
      client.define(main, ['Bar'])
      client.lookup(main, ['Foo'])
      const foo = client.take('materialize')
      client.resolveAll(foo)
      const groups = [{ symbols: foo.symbols.map(([name]) => name), dependencies: [[main, ['Bar']]] as const }]
      const initializers = [{ priority: 0, function: 1 }]
      void client.request({ type: 'notifyEmitted', responsibility: foo.responsibility, groups, initializers }).value
      void client.fail(client.take('materialize').responsibility, trapped).value
      expect(begin(client, main).value.functions).to.deep.equal([])
      void client.removeDefault(main).value
    }
  })

  it('a unit that is removed meanwhile is passed over', () => {
    const { client, main } = openSession()
    const tracker = client.createTracker(main)
    client.define(main, ['Foo'], tracker, { initSymbol: 'init.Foo' })
    defineWithInit(client, main, 'Bar')
    const run = begin(client, main)
    expect(client.take('materialize').name).to.equal('Foo')
    void client.remove(tracker).value
    finish(client, { Bar: [[0, 2]] })
    expect(run.value.functions).to.deep.equal([2])
    end(client, run.value)
  })

  it('a unit that is removed before its constructors are handed out is passed over', () => {
    const { client, main } = openSession()
    const tracker = client.createTracker(main)
    client.define(main, ['Foo'], tracker, { initSymbol: 'init.Foo' })
    client.lookup(main, ['Foo'])
    finish(client, { Foo: [[0, 1]] })
    void client.remove(tracker).value
    expect(begin(client, main).value.functions).to.deep.equal([])
  })

  it('of a dylib that goes answers JITDylibDefunct', () => {
    const { client, main } = openSession()
    defineWithInit(client, main, 'Foo')
    const run = begin(client, main)
    void client.request({ type: 'removeJITDylibs', dylibs: [main] }).value
    expect(run.error.code).to.equal('JITDylibDefunct')
    expect(begin(client, main).error.code).to.equal('JITDylibDefunct')
  })

  it('can be cancelled', () => {
    const { client, main } = openSession()
    defineWithInit(client, main, 'Foo')
    const run = begin(client, main)
    client.tell({ type: 'cancelAsk', ask: client.lastAsk, error: plainError('Aborted', 'enough') })
    expect(run.error.code).to.equal('Aborted')
    const responsibility = client.events.flatMap((event) =>
      event.type === 'materialize' ? event.responsibility : [],
    )[0]
    if (responsibility === undefined) throw new Error('the unit materializes')
    expect(client.request({ type: 'requestedSymbols', responsibility }).value).to.deep.equal([])
    finish(client, { Foo: [[0, 1]] })
    const next = begin(client, main).value
    expect(next.functions).to.deep.equal([1])
    end(client, next)
  })

  it('a plain lookup runs nothing', () => {
    const { client, main } = openSession()
    defineWithInit(client, main, 'Foo')
    const lookup = client.lookup(main, ['Foo'])
    finish(client, { Foo: [[0, 1]] })
    expect(lookup.value).to.have.length(1)
    const run = begin(client, main).value
    expect(run.functions).to.deep.equal([1])
    end(client, run)
  })
})
