// The scenarios of orc-peer/defects.cpp on Worc's session: what is defined, looked up and removed is the same, in the same order.
import type { ResponsibilityId } from '@worc/protocol'
import { defaultTrackerOf } from '@worc/protocol'
import type { Answer } from '../orc/answer.js'
import { openSession } from '../orc/session-driver.js'
import type { ClientDriver } from '../orc/session-driver.js'
import { dependsOn, weakly } from '../orc/unit-fixtures.js'

interface Scenario {
  readonly tag: string
  readonly what: string
  /** What must come out on Worc. */
  readonly right: string
  run(): string
}

export const scenarios: readonly Scenario[] = [
  {
    tag: 'P04',
    what: 'define under a removed tracker, then look up',
    right: 'ResourceTrackerDefunct',
    run: () => {
      const { client, main } = openSession()
      const tracker = client.createTracker(main)
      void client.remove(tracker).value
      return client.tryDefine(main, client.unit(['Foo']), tracker).outcome
    },
  },
  {
    tag: 'P05',
    what: 'transfer from the default tracker, then define there',
    right: 'found',
    run: () => {
      const { client, main } = openSession()
      void client.transfer(defaultTrackerOf(main), client.createTracker(main)).value
      client.define(main, ['Foo'])
      return lookUp(client, main)
    },
  },
  {
    tag: 'P07',
    what: 'delegate after the removal, then fail the rest',
    right: 'ResourceTrackerDefunct, then ok',
    run: () => {
      const { client, main } = openSession()
      const tracker = client.createTracker(main)
      client.define(main, ['Foo', 'Bar'], tracker)
      client.lookup(main, ['Foo'])
      const { responsibility } = client.take('materialize')
      void client.remove(tracker).value
      const delegated: Answer<ResponsibilityId> = client.request({ type: 'delegate', responsibility, names: ['Foo'] })
      return `${delegated.outcome}, then ${client.fail(responsibility).outcome}`
    },
  },
  {
    tag: 'P18',
    what: 'transfer to a removed tracker, then look up',
    right: 'ResourceTrackerDefunct, then found',
    run: () => {
      const { client, main } = openSession()
      const [source, destination] = [client.createTracker(main), client.createTracker(main)]
      client.define(main, ['Foo'], source)
      void client.remove(destination).value
      const transferred = client.transfer(source, destination)
      return `${transferred.outcome}, then ${lookUp(client, main)}`
    },
  },
  {
    tag: 'P23',
    what: 'a strong definition takes a weak one’s place; remove the weak one’s tracker',
    right: 'found',
    run: () => {
      const { client, main } = openSession()
      const weak = client.createTracker(main)
      client.define(main, { Foo: weakly }, weak)
      client.define(main, ['Foo'], client.createTracker(main))
      void client.remove(weak).value
      return lookUp(client, main)
    },
  },
  {
    tag: 'P24',
    what: 'the same; remove the strong one’s tracker, then the weak one’s',
    right: 'SymbolsNotFound',
    run: () => {
      const { client, main } = openSession()
      const [weak, strong] = [client.createTracker(main), client.createTracker(main)]
      client.define(main, { Foo: weakly }, weak)
      client.define(main, ['Foo'], strong)
      void client.remove(strong).value
      void client.remove(weak).value
      return client.lookup(main, ['Foo']).outcome
    },
  },
  {
    tag: 'P25',
    what: 'remove a name, define it under another tracker; remove the first one',
    right: 'found',
    run: () => {
      const { client, main } = openSession()
      const [old, young] = [client.createTracker(main), client.createTracker(main)]
      client.define(main, ['Foo'], old)
      void client.request({ type: 'removeSymbols', dylib: main, names: ['Foo'] }).value
      client.define(main, ['Foo'], young)
      void client.remove(old).value
      return lookUp(client, main)
    },
  },
  {
    tag: 'P26',
    what: 'claim a name while materializing, remove the tracker, look the name up',
    right: 'SymbolsNotFound',
    run: () => {
      const { client, main } = openSession()
      const tracker = client.createTracker(main)
      client.define(main, ['Foo'], tracker)
      client.lookup(main, ['Foo'])
      const { responsibility, symbols } = client.take('materialize')
      const claimed = symbols.map(([, flags]) => ['Bar', flags] as const)
      void client.request({ type: 'defineMaterializing', responsibility, symbols: claimed }).value
      void client.resolve(responsibility, { Foo: 0x1000, Bar: 0x1001 }).value
      void client.emit(responsibility).value
      void client.remove(tracker).value
      return client.lookup(main, ['Bar']).outcome
    },
  },
  {
    tag: 'P32',
    what: 'drop a responsibility unfinished',
    right: 'FailedToMaterialize',
    run: () => {
      const { client, main } = openSession()
      client.define(main, ['Foo'])
      const answer = client.lookup(main, ['Foo'])
      const { responsibility } = client.take('materialize')
      client.tell({ type: 'responsibilityDropped', responsibility, cause: null })
      return answer.outcome
    },
  },
  {
    tag: 'P33',
    what: 'look up an alias in a ring',
    right: 'FailedToMaterialize',
    run: () => {
      const { client, main } = openSession()
      client.define(main, ['Foo', 'Bar'], null, { source: { kind: 'aliases', from: null, aliasees: ['Bar', 'Foo'] } })
      return client.lookup(main, ['Foo']).outcome
    },
  },
  {
    tag: 'P35',
    what: 'Foo waits for Bar, Bar for Baz; remove Bar, emit Baz',
    right: 'FailedToMaterialize',
    run: () => {
      const { client, main } = openSession()
      const tracker = client.createTracker(main)
      client.define(main, ['Baz'])
      client.lookup(main, ['Baz'])
      const baz = client.take('materialize')
      client.define(main, ['Bar'], tracker)
      client.lookup(main, ['Bar'])
      client.finish(client.take('materialize'), [dependsOn(main, ['Bar'], ['Baz'])])
      client.define(main, ['Foo'])
      const answer = client.lookup(main, ['Foo'])
      client.finish(client.take('materialize'), [dependsOn(main, ['Foo'], ['Bar'])])
      void client.remove(tracker).value
      client.finish(baz)
      return answer.outcome
    },
  },
]

/** Looks Foo up, materializing what has to be. */
function lookUp(client: ClientDriver, main: Parameters<ClientDriver['lookup']>[0]): string {
  const answer = client.lookup(main, ['Foo'])
  const event = client.tryTake('materialize')
  if (event !== undefined) client.finish(event)
  return answer.outcome === 'ok' ? 'found' : answer.outcome
}
