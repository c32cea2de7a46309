// Scripted operations on what is being materialized: queries, responsibilities and what units depend on.
import type { Scripted } from './explore.js'
import {
  byDefault,
  create,
  define,
  first,
  house,
  lookup,
  remove,
  transfer,
  second,
  unit,
  userUnit,
} from './scripted-acts.js'

export const ofWork: readonly Scripted[] = [
  {
    name: 'a query for two symbols, and the tracker of one is removed [S25]',
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
    name: 'a tracker is removed while its object is linked [S03]',
    house,
    acts: [create(1), define(first, unit(1, ['Foo'], { pointers: ['Foo'] })), lookup('Foo'), remove(first)],
  },
  {
    name: 'two units finish one query together [S12]',
    house,
    acts: [
      define(byDefault, userUnit(1, ['Foo'], ['resolve', 'emit'])),
      define(byDefault, unit(2, ['Bar'])),
      lookup('Foo', 'Bar'),
    ],
  },
  {
    name: 'units that call each other, one of which is removed [S13]',
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
    name: 'a unit that calls itself is transferred while it is linked [S13]',
    house,
    acts: [
      create(1),
      create(2),
      define(first, unit(1, ['Foo'], { calls: ['Foo'] })),
      lookup('Foo'),
      transfer(first, second),
      remove(second),
    ],
  },
  {
    name: 'a materialization fails, and something unrelated is defined and looked up [S16]',
    house,
    acts: [
      define(byDefault, unit(1, ['Foo'], { link: 'link-error' })),
      lookup('Foo'),
      define(byDefault, unit(2, ['Bar'])),
      lookup('Bar'),
    ],
  },
  {
    name: 'a name is claimed for a responsibility whose tracker is removed [S28]',
    house,
    acts: [
      create(1),
      define(first, userUnit(1, ['Foo'], ['claim-name', 'resolve', 'emit'])),
      lookup('Foo'),
      remove(first),
    ],
  },
  {
    name: 'a chain of three, the middle of which is removed [S29]',
    house,
    acts: [
      create(1),
      define(byDefault, unit(1, ['Foo'], { calls: ['Bar'] })),
      define(first, unit(2, ['Bar'], { calls: ['Baz'] })),
      define(byDefault, userUnit(3, ['Baz'], ['resolve', 'emit'])),
      lookup('Foo'),
      remove(first),
    ],
  },
  {
    name: 'a responsibility is divided while its tracker is removed [S30]',
    house,
    acts: [
      create(1),
      define(first, userUnit(1, ['Foo', 'Bar'], ['delegate', 'resolve', 'fail'])),
      lookup('Foo', 'Bar'),
      remove(first),
    ],
  },
  {
    name: 'a unit is replaced while its tracker is removed [S30]',
    house,
    acts: [create(1), define(first, userUnit(1, ['Foo'], ['replace'])), lookup('Foo'), remove(first)],
  },
  {
    name: 'a responsibility is dropped, and another depends on it [S31]',
    house,
    acts: [
      define(byDefault, userUnit(1, ['Foo'], ['drop'])),
      define(byDefault, unit(2, ['Bar'], { calls: ['Foo'] })),
      lookup('Bar'),
    ],
  },
  {
    name: 'a lookup of what is there and what is not, and again [S32]',
    house,
    acts: [define(byDefault, unit(1, ['Foo'])), lookup('Foo', 'Bar'), lookup('Foo')],
  },
]
