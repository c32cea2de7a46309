// Emitted symbols are ready when all they reach along dependences is emitted, in whatever order that happens; and fail
// with what they wait for. Graphs are drawn as Foo -> Bar: Foo depends on Bar.
import { describe, it } from 'mocha'
import { expect } from 'chai'
import type { DependenceGroup, JITDylibId, ResponsibilityId } from '@worc/protocol'
import { plainError } from '@worc/protocol'
import { RandomSource } from './random-source.js'
import { ReadinessOracle } from './readiness-oracle.js'
import { SessionDriver, openSession } from './session-driver.js'
import { dependsOn } from './unit-fixtures.js'
import type { Answer } from './answer.js'
import type { ClientDriver } from './session-driver.js'

const broken = plainError('BadObject', 'a broken object')

/** Units of one symbol each, all resolved and none emitted, each under a tracker of its own and waited for. */
class Graph {
  readonly session: SessionDriver
  readonly client: ClientDriver
  readonly main: JITDylibId
  readonly #responsibilities = new Map<string, ResponsibilityId>()
  readonly #lookups = new Map<string, Answer<unknown>>()
  readonly #trackers = new Map<string, ReturnType<ClientDriver['createTracker']>>()

  constructor(names: readonly string[], verifying = true) {
    const { session, client, main } = openSession()
    session.verifying = verifying
    this.session = session
    this.client = client
    this.main = main
    for (const name of names) this.add(name)
  }

  add(name: string): void {
    const { client, main } = this
    const tracker = client.createTracker(main)
    this.#trackers.set(name, tracker)
    client.define(main, [name], tracker)
    this.#lookups.set(name, client.lookup(main, [name]))
    const { responsibility } = client.take('materialize')
    client.events.length = 0
    void client.resolve(responsibility, { [name]: 1 }).value
    this.#responsibilities.set(name, responsibility)
  }

  responsibility(name: string): ResponsibilityId {
    return this.#responsibilities.get(name) as ResponsibilityId
  }

  groups(name: string, dependencies: readonly string[]): DependenceGroup[] {
    return dependencies.length === 0 ? [] : [dependsOn(this.main, [name], dependencies)]
  }

  emit(name: string, ...dependencies: string[]): Answer<null> {
    return this.client.emit(this.responsibility(name), this.groups(name, dependencies))
  }

  fail(name: string): void {
    void this.client.fail(this.responsibility(name), broken).value
  }

  remove(name: string): void {
    void this.client.remove(this.#trackers.get(name) as ReturnType<ClientDriver['createTracker']>).value
  }

  /** '-' waiting, 'ready', or the code of the error's root. */
  outcome(name: string): string {
    const lookup = this.#lookups.get(name)
    if (lookup?.settled !== true) return '-'
    return lookup.succeeded ? 'ready' : (lookup.error.cause?.code ?? lookup.error.code)
  }

  outcomes(...names: string[]): string[] {
    return names.map((name) => this.outcome(name))
  }
}

describe('waiting-on graph', () => {
  it('Foo -> nothing: ready when emitted', () => {
    const graph = new Graph(['Foo'])
    graph.emit('Foo')
    expect(graph.outcome('Foo')).to.equal('ready')
  })

  it('Foo -> Bar, Bar emitted after: both ready then', () => {
    const graph = new Graph(['Foo', 'Bar'])
    graph.emit('Foo', 'Bar')
    expect(graph.outcome('Foo')).to.equal('-')
    graph.emit('Bar')
    expect(graph.outcomes('Foo', 'Bar')).to.deep.equal(['ready', 'ready'])
  })

  it('Foo -> Bar, Bar emitted before: ready at once', () => {
    const graph = new Graph(['Foo', 'Bar'])
    graph.emit('Bar')
    graph.emit('Foo', 'Bar')
    expect(graph.outcome('Foo')).to.equal('ready')
  })

  it('Foo -> Foo: a dependence on itself is none [S13]', () => {
    const graph = new Graph(['Foo'])
    graph.emit('Foo', 'Foo')
    expect(graph.outcome('Foo')).to.equal('ready')
  })

  it('Foo -> Foo, Bar: nor where there is another [S13]', () => {
    const graph = new Graph(['Foo', 'Bar'])
    graph.emit('Foo', 'Foo', 'Bar')
    expect(graph.outcome('Foo')).to.equal('-')
    graph.emit('Bar', 'Foo', 'Bar')
    expect(graph.outcomes('Foo', 'Bar')).to.deep.equal(['ready', 'ready'])
  })

  it('Foo -> Bar -> Foo: a cycle is ready together [S13]', () => {
    const graph = new Graph(['Foo', 'Bar'])
    graph.emit('Foo', 'Bar')
    expect(graph.outcomes('Foo', 'Bar')).to.deep.equal(['-', '-'])
    graph.emit('Bar', 'Foo')
    expect(graph.outcomes('Foo', 'Bar')).to.deep.equal(['ready', 'ready'])
  })

  it('Foo -> Bar -> Foo, Bar -> Baz: a cycle waits for what any of it waits for', () => {
    const graph = new Graph(['Foo', 'Bar', 'Baz'])
    graph.emit('Foo', 'Bar')
    graph.emit('Bar', 'Foo', 'Baz')
    expect(graph.outcomes('Foo', 'Bar')).to.deep.equal(['-', '-'])
    graph.emit('Baz')
    expect(graph.outcomes('Foo', 'Bar', 'Baz')).to.deep.equal(['ready', 'ready', 'ready'])
  })

  it('two cycles that become one: Foo -> Bar -> Foo, Baz -> Qux -> Baz, Bar -> Baz, Qux -> Foo', () => {
    const graph = new Graph(['Foo', 'Bar', 'Baz', 'Qux', 'Quux'])
    graph.emit('Foo', 'Bar')
    graph.emit('Bar', 'Foo', 'Baz')
    graph.emit('Baz', 'Qux')
    graph.emit('Qux', 'Baz', 'Foo', 'Quux')
    expect(graph.outcomes('Foo', 'Bar', 'Baz', 'Qux')).to.deep.equal(['-', '-', '-', '-'])
    graph.emit('Quux')
    expect(graph.outcomes('Foo', 'Bar', 'Baz', 'Qux')).to.deep.equal(['ready', 'ready', 'ready', 'ready'])
  })

  it('Foo -> Bar, Baz: ready after the last of them, whichever it is', () => {
    for (const last of ['Bar', 'Baz']) {
      const graph = new Graph(['Foo', 'Bar', 'Baz'])
      graph.emit('Foo', 'Bar', 'Baz')
      graph.emit(last === 'Bar' ? 'Baz' : 'Bar')
      expect(graph.outcome('Foo')).to.equal('-')
      graph.emit(last)
      expect(graph.outcome('Foo')).to.equal('ready')
    }
  })

  it('groups of one emission depend on each other without waiting', () => {
    const { client, main } = openSession()
    client.define(main, ['Foo', 'Bar', 'Baz'])
    const lookup = client.lookup(main, ['Foo', 'Bar', 'Baz'])
    const event = client.take('materialize')
    client.resolveAll(event)
    void client.emit(event.responsibility, [
      dependsOn(main, ['Foo'], ['Bar', 'Baz']),
      dependsOn(main, ['Bar'], ['Foo']),
    ]).value
    expect(lookup.value).to.have.length(3)
  })

  it('a group waits for what another group of its emission waits for', () => {
    const { client, main } = openSession()
    client.define(main, ['Foo', 'Bar', 'Baz'])
    client.define(main, ['Qux'])
    const [foo, baz] = [client.lookup(main, ['Foo']), client.lookup(main, ['Baz'])]
    const event = client.take('materialize')
    client.resolveAll(event)
    const groups = [dependsOn(main, ['Foo'], ['Bar']), dependsOn(main, ['Bar'], ['Qux'])]
    void client.emit(event.responsibility, groups).value
    expect(baz.value).to.have.length(1)
    expect(foo.settled).to.equal(false)
    client.finish(client.take('materialize'))
    expect(foo.value).to.have.length(1)
  })

  it('a dependence on what nobody asked for sets it to work', () => {
    const { client, main } = openSession()
    client.define(main, ['Foo'])
    client.define(main, ['Bar'])
    const lookup = client.lookup(main, ['Foo'])
    client.finish(client.take('materialize'), [dependsOn(main, ['Foo'], ['Bar'])])
    expect(lookup.settled).to.equal(false)
    client.finish(client.take('materialize'))
    expect(lookup.value).to.have.length(1)
  })

  it('a dependence on what is missing is an error, and fails the responsibility instead of stranding it [P13]', () => {
    const graph = new Graph(['Foo', 'Bar'])
    const { error } = graph.emit('Foo', 'Bar', 'Missing')
    expect(error.code).to.equal('UnsatisfiedSymbolDependencies')
    expect('symbols' in error && error.symbols).to.deep.equal([['main', ['Missing']]])
    expect(graph.outcome('Foo')).to.equal('UnsatisfiedSymbolDependencies')
  })

  it('a dependence on what failed is one too', () => {
    const graph = new Graph(['Foo', 'Bar'])
    graph.fail('Bar')
    expect(graph.emit('Foo', 'Bar').error.code).to.equal('UnsatisfiedSymbolDependencies')
  })

  it('a symbol in two groups, or in none of the responsibility’s, is refused and changes nothing', () => {
    const graph = new Graph(['Foo', 'Bar'])
    const { client, main } = graph
    const twice = [dependsOn(main, ['Foo'], ['Bar']), dependsOn(main, ['Foo'], [])]
    expect(client.emit(graph.responsibility('Foo'), twice).error.code).to.equal('BadArgument')
    const foreign = [dependsOn(main, ['Bar'], [])]
    expect(client.emit(graph.responsibility('Foo'), foreign).error.code).to.equal('UnexpectedSymbolDefinitions')
    graph.emit('Foo')
    expect(graph.outcome('Foo')).to.equal('ready')
  })
})

describe('waiting-on graph: failure', () => {
  it('Foo -> Bar -> Baz: what fails takes all that waits for it along, with the root cause', () => {
    const graph = new Graph(['Foo', 'Bar', 'Baz', 'Qux'])
    graph.emit('Foo', 'Bar')
    graph.emit('Bar', 'Baz')
    graph.emit('Qux', 'Foo')
    graph.fail('Baz')
    expect(graph.outcomes('Foo', 'Bar', 'Baz', 'Qux')).to.deep.equal([
      'BadObject',
      'BadObject',
      'BadObject',
      'BadObject',
    ])
  })

  it('Foo -> Bar: where nobody said why Bar failed, Foo’s error names it', () => {
    const graph = new Graph(['Foo', 'Bar'])
    graph.emit('Foo', 'Bar')
    void graph.client.fail(graph.responsibility('Bar')).value
    const { cause } = graph.client.lookup(graph.main, ['Foo']).error
    expect(cause?.code).to.equal('FailedToMaterialize')
    expect(cause?.message).to.include('Bar')
    expect(graph.client.lookup(graph.main, ['Bar']).error.cause).to.equal(undefined)
  })

  it('Foo -> Bar -> Baz: Bar removed while it waits fails Foo; Baz goes on [P35] [S29]', () => {
    const graph = new Graph(['Foo', 'Bar', 'Baz'])
    graph.emit('Foo', 'Bar')
    graph.emit('Bar', 'Baz')
    graph.remove('Bar')
    expect(graph.outcomes('Foo', 'Bar', 'Baz')).to.deep.equal(['ResourceTrackerDefunct', 'ResourceTrackerDefunct', '-'])
    graph.emit('Baz')
    expect(graph.outcome('Baz')).to.equal('ready')
  })

  it('Foo -> Bar, Baz: fails with Baz also where it is blocked on Bar', () => {
    const graph = new Graph(['Foo', 'Bar', 'Baz'])
    graph.emit('Foo', 'Bar', 'Baz')
    graph.fail('Baz')
    expect(graph.outcome('Foo')).to.equal('BadObject')
    graph.emit('Bar')
    expect(graph.outcome('Bar')).to.equal('ready')
  })

  it('a cycle fails as one', () => {
    const graph = new Graph(['Foo', 'Bar', 'Baz', 'Qux'])
    graph.emit('Foo', 'Bar')
    graph.emit('Bar', 'Foo', 'Baz')
    graph.emit('Qux', 'Foo')
    graph.fail('Baz')
    expect(graph.outcomes('Foo', 'Bar', 'Qux')).to.deep.equal(['BadObject', 'BadObject', 'BadObject'])
  })

  it('Foo -> Bar, Bar ready and removed: Foo, which still waits for another, is not touched', () => {
    const graph = new Graph(['Foo', 'Bar', 'Baz'])
    graph.emit('Foo', 'Bar', 'Baz')
    graph.emit('Bar')
    graph.remove('Bar')
    expect(graph.outcome('Foo')).to.equal('-')
    graph.emit('Baz')
    expect(graph.outcome('Foo')).to.equal('ready')
  })

  it('six of eight that wait for Foo are removed: the other two are ready with it', () => {
    const names = Array.from({ length: 8 }, (_, index) => `Bar${index}`)
    const graph = new Graph(['Foo', ...names])
    for (const name of names) graph.emit(name, 'Foo')
    for (const name of names.slice(1, 7)) graph.remove(name)
    graph.emit('Foo')
    expect(graph.outcomes('Bar0', 'Bar6', 'Bar7')).to.deep.equal(['ready', 'ResourceTrackerDefunct', 'ready'])
  })

  it('Foo -> Bar, Bar: a dependence named twice is let go of once', () => {
    const [gone, staying] = [
      ['Baz0', 'Baz1', 'Baz2', 'Baz3'],
      ['Qux', 'Quux'],
    ]
    const graph = new Graph(['Foo', 'Bar', ...gone, ...staying])
    graph.emit('Foo', 'Bar', 'Bar')
    for (const name of [...gone, ...staying]) graph.emit(name, 'Bar')
    for (const name of [...gone, 'Foo']) graph.remove(name)
    expect(graph.outcomes('Bar', ...staying)).to.deep.equal(['-', '-', '-'])
    graph.emit('Bar')
    expect(graph.outcomes('Foo', 'Bar', ...staying)).to.deep.equal([
      'ResourceTrackerDefunct',
      'ready',
      'ready',
      'ready',
    ])
  })

  it('a symbol that was removed and is defined again is another one', () => {
    const graph = new Graph(['Foo', 'Bar'])
    graph.emit('Foo', 'Bar')
    graph.remove('Bar')
    graph.add('Bar')
    graph.emit('Bar')
    expect(graph.outcomes('Foo', 'Bar')).to.deep.equal(['ResourceTrackerDefunct', 'ready'])
  })
})

describe('waiting-on graph: size', () => {
  const longLength = 100_000
  const shortLength = 20_000

  function chain(length: number, order: 'forward' | 'backward', closed = false): void {
    const session = new SessionDriver()
    session.verifying = false
    const client = session.connect()
    const main = client.createJITDylib('main')
    const names = Array.from({ length }, (_, index) => `Foo${index}`)
    for (const name of names) client.define(main, [name])
    const lookup = client.lookup(main, names)
    const events = new Map(client.events.map((event) => [event.type === 'materialize' ? event.name : '', event]))
    const sequence = order === 'forward' ? names.keys() : [...names.keys()].reverse()
    for (const index of sequence) {
      const event = events.get(names[index] ?? '')
      if (event?.type !== 'materialize') throw new Error('every unit materializes')
      const next = names[index + 1] ?? (closed ? 'Foo0' : undefined)
      client.resolveAll(event)
      void client.emit(event.responsibility, next === undefined ? [] : [dependsOn(main, [event.name], [next])]).value
    }
    expect(lookup.value).to.have.length(length)
  }

  it('a chain of 100,000, first to last, is ready without recursion [S09]', () => chain(longLength, 'forward'))
  it('a chain of 20,000, last to first', () => chain(shortLength, 'backward'))
  it('a ring of 20,000 is ready together', () => chain(shortLength, 'forward', true))
  it('a ring of 20,000, the other way round', () => chain(shortLength, 'backward', true))
})

describe('waiting-on graph: against a naive fixpoint', () => {
  for (let seed = 1; seed <= 60; seed++) {
    it(`random graphs, emissions, failures and removals in random order, seed ${seed}`, () => {
      const random = new RandomSource(seed)
      const size = 4 + random.below(28)
      const names = Array.from({ length: size }, (_, index) => `Foo${index}`)
      const graph = new Graph(names)
      const oracle = new ReadinessOracle(graph.session.state)
      const density = 1 + random.below(4)
      const accidents = random.chance(0.5) ? 0 : 0.1
      for (const name of random.some(names, size)) {
        if (random.chance(accidents)) graph.fail(name)
        if (random.chance(accidents)) graph.remove(random.pick(names) ?? name)
        const groups = graph.groups(name, random.some(names, random.below(density + 1)))
        const succeeded = oracle.emission(graph.main, groups)
        const emitted = graph.client.emit(graph.responsibility(name), groups)
        if (emitted.succeeded) succeeded()
        expect(oracle.disagreements()).to.deep.equal([])
      }
      if (accidents === 0) for (const name of names) expect(graph.outcome(name)).to.equal('ready')
    })
  }
})
