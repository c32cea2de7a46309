// A few operations in which ORC, or a prototype of ours, had a bug when they met in an unlucky order: for the bounded search.
import type { JITDylibId, TrackerId } from '@worc/protocol'
import { clientScopedId, defaultTrackerOf, symbolFlag } from '@worc/protocol'
import type { ClientId } from '@worc/protocol'
import type { Scripted } from './explore.js'
import type { Operation } from './operations.js'
import type { UnitPlan } from './unit-plan.js'

const house = { users: 1, executors: 1, compilers: 1, arenaBytes: 8192, restarts: 3, restartMs: 5, credits: 1024 }
const main = 2 as JITDylibId
const user = 0
const first = clientScopedId(4 as ClientId, 1) as TrackerId
const second = clientScopedId(4 as ClientId, 2) as TrackerId
const byDefault = defaultTrackerOf(main)

function unit(number: number, names: readonly string[], more: Partial<UnitPlan> = {}): UnitPlan {
  return {
    number,
    kind: 'object',
    symbols: names.map((name) => [name, symbolFlag.exported | symbolFlag.callable]),
    initSymbol: null,
    calls: [],
    pointers: [],
    weak: [],
    dataBytes: 32,
    threadLocalBytes: 0,
    addressTaken: 1,
    compile: { milliseconds: 1, outcome: 'ok' },
    link: 'ok',
    user: { steps: ['resolve', 'emit'], milliseconds: 1 },
    ...more,
  }
}

const create = (n: number): Operation => ({ user, type: 'create-tracker', n, dylib: main })
const define = (tracker: TrackerId, plan: UnitPlan): Operation => ({ user, type: 'define', dylib: main, tracker, plan })
const remove = (tracker: TrackerId): Operation => ({ user, type: 'remove', tracker, wait: 'reclaimed' })
const lookup = (...names: string[]): Operation => ({
  user,
  type: 'lookup',
  order: [[main, 'all']],
  names: names.map((name) => [name, true]),
  state: 'ready',
  kind: 'static',
})
const linkDies = ['fault', { type: 'kill', thread: 'link 1' }] as const

export const scripted: readonly Scripted[] = [
  {
    name: 'transfer to a tracker that no manager has heard of, then remove that',
    house,
    acts: [
      create(1),
      define(first, unit(1, ['Foo'])),
      lookup('Foo'),
      create(2),
      { user, type: 'transfer', source: first, destination: second },
      remove(second),
    ],
  },
  {
    name: 'transfer from the default tracker to one that has symbols, then remove that',
    house,
    acts: [
      create(1),
      define(first, unit(1, ['Foo'])),
      define(byDefault, unit(2, ['Bar'])),
      lookup('Foo', 'Bar'),
      { user, type: 'transfer', source: byDefault, destination: first },
      remove(first),
      lookup('Foo'),
    ],
  },
  {
    name: 'a query for two symbols, and the tracker of one is removed',
    house,
    acts: [
      create(1),
      define(first, unit(1, ['Foo'])),
      define(byDefault, unit(2, ['Bar'])),
      lookup('Foo', 'Bar'),
      remove(first),
    ],
  },
  {
    name: 'the session ends while a source compiles and an object is linked',
    house,
    acts: [
      define(byDefault, unit(1, ['Foo'], { kind: 'source' })),
      define(byDefault, unit(2, ['Bar'], { calls: ['Foo'] })),
      lookup('Bar'),
      { user, type: 'end-session' },
    ],
  },
  {
    name: 'a link actor dies with a unit in flight and one that is ready',
    house,
    acts: [
      define(byDefault, unit(1, ['Foo'])),
      define(byDefault, unit(2, ['Bar'], { pointers: ['Foo'] })),
      lookup('Bar'),
      linkDies,
      lookup('Foo'),
    ],
  },
  {
    name: 'units that call each other, one of which is removed',
    house,
    acts: [
      create(1),
      define(first, unit(1, ['Foo'], { calls: ['Bar'] })),
      define(byDefault, unit(2, ['Bar'], { calls: ['Foo'] })),
      lookup('Foo'),
      remove(first),
    ],
  },
  {
    name: 'code is removed while a thread runs it, and parks',
    house,
    acts: [
      define(byDefault, unit(1, ['Foo'])),
      lookup('Foo'),
      { user, type: 'call', name: 'Foo' },
      remove(byDefault),
      { user, type: 'park' },
    ],
  },
  {
    name: 'a handle is dropped while its tracker is removed',
    house,
    acts: [
      create(1),
      define(first, unit(1, ['Foo'])),
      lookup('Foo'),
      { user, type: 'drop', tracker: first },
      remove(first),
    ],
  },
]
