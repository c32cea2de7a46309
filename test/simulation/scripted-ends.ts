// Scripted ends: of the session, of actors, of threads, and of code that somebody runs.
import type { Scripted } from './explore.js'
import { byDefault, call, create, define, dies, first, house, lookup, remove, unit, user } from './scripted-acts.js'

const twoUsers = { ...house, users: 2, executors: 2 }
const other = 1

export const ofEnds: readonly Scripted[] = [
  {
    name: 'the session ends while a source compiles and an object is linked [S02] [S18]',
    house,
    acts: [
      define(byDefault, unit(1, ['Foo'], { kind: 'source' })),
      define(byDefault, unit(2, ['Bar'], { calls: ['Foo'] })),
      lookup('Bar'),
      { user, type: 'end-session' },
    ],
  },
  {
    name: 'two users end the session [S07]',
    house: twoUsers,
    acts: [define(byDefault, unit(1, ['Foo'])), { user, type: 'end-session' }, { user: other, type: 'end-session' }],
  },
  {
    name: 'a compile actor dies with a source [S04]',
    house,
    acts: [define(byDefault, unit(1, ['Foo'], { kind: 'source' })), lookup('Foo'), dies('compile 2'), lookup('Foo')],
  },
  {
    name: 'a link actor dies with a unit in flight and one that is ready',
    house,
    acts: [
      define(byDefault, unit(1, ['Foo'])),
      define(byDefault, unit(2, ['Bar'], { pointers: ['Foo'] })),
      lookup('Bar'),
      dies('link 1'),
      lookup('Foo'),
    ],
  },
  {
    name: 'a link actor dies while a tracker is removed',
    house,
    acts: [create(1), define(first, unit(1, ['Foo'])), lookup('Foo'), remove(first), dies('link 1')],
  },
  {
    name: 'a thread leaves while what it runs is removed [S15]',
    house: twoUsers,
    acts: [create(1), define(first, unit(1, ['Foo'])), lookup('Foo'), remove(first), { user: other, type: 'leave' }],
  },
  {
    name: 'code is removed while a thread runs it, and parks [S34]',
    house,
    acts: [define(byDefault, unit(1, ['Foo'])), lookup('Foo'), call('Foo'), remove(byDefault), { user, type: 'park' }],
  },
  {
    name: 'what running code calls is removed [S34]',
    house,
    acts: [
      create(1),
      define(first, unit(1, ['Foo'])),
      define(byDefault, unit(2, ['Bar'], { calls: ['Foo'], pointers: ['Foo'] })),
      lookup('Bar'),
      call('Bar'),
      remove(first),
    ],
  },
]
