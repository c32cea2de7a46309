// Scripted operations on trackers: who owns what when transfers, drops, removals and definitions meet.
import type { Scripted } from './explore.js'
import {
  byDefault,
  clear,
  create,
  define,
  drop,
  first,
  house,
  lookup,
  main,
  remove,
  second,
  transfer,
  unit,
  user,
  weakUnit,
} from './scripted-acts.js'

export const ofTrackers: readonly Scripted[] = [
  {
    name: 'transfer to a tracker that no manager has heard of, then remove that [S01]',
    house,
    acts: [
      create(1),
      define(first, unit(1, ['Foo'])),
      lookup('Foo'),
      create(2),
      transfer(first, second),
      remove(second),
    ],
  },
  {
    name: 'transfer from the default tracker to one that has symbols, then remove that [S20]',
    house,
    acts: [
      create(1),
      define(first, unit(1, ['Foo'])),
      define(byDefault, unit(2, ['Bar'])),
      lookup('Foo', 'Bar'),
      transfer(byDefault, first),
      remove(first),
      lookup('Foo'),
    ],
  },
  {
    name: 'the default tracker is transferred from, and defined into again [S21]',
    house,
    acts: [
      create(1),
      define(byDefault, unit(1, ['Foo'])),
      transfer(byDefault, first),
      define(byDefault, unit(2, ['Bar'], { calls: ['Foo'] })),
      lookup('Bar'),
    ],
  },
  {
    name: 'a definition into a tracker that is removed, and a transfer to it [S22]',
    house,
    acts: [
      create(1),
      define(byDefault, unit(1, ['Foo'])),
      remove(first),
      define(first, unit(2, ['Bar'])),
      transfer(byDefault, first),
      lookup('Foo'),
    ],
  },
  {
    name: 'a definition of which one name is taken [S23]',
    house,
    acts: [
      create(1),
      define(first, unit(1, ['Foo'])),
      define(byDefault, unit(2, ['Foo', 'Bar'])),
      remove(first),
      define(byDefault, unit(3, ['Foo', 'Bar'])),
      lookup('Bar'),
    ],
  },
  {
    name: 'a dylib is cleared while the last handle of a tracker is dropped [S24]',
    house,
    acts: [create(1), define(first, unit(1, ['Foo'])), lookup('Foo'), drop(first), clear],
  },
  {
    name: 'a strong definition takes the place of a weak one, whose tracker is removed [S26]',
    house,
    acts: [
      create(1),
      define(first, weakUnit(1, 'Foo')),
      define(byDefault, unit(2, ['Foo'])),
      remove(first),
      lookup('Foo'),
    ],
  },
  {
    name: 'a name is removed and defined under another tracker, and the first tracker is removed [S27]',
    house,
    acts: [
      create(1),
      define(first, unit(1, ['Foo', 'Bar'])),
      { user, type: 'remove-symbols', dylib: main, names: ['Foo'] },
      define(byDefault, unit(2, ['Foo'])),
      remove(first),
      lookup('Foo'),
    ],
  },
  {
    name: 'a handle is dropped while its tracker is removed',
    house,
    acts: [create(1), define(first, unit(1, ['Foo'])), lookup('Foo'), drop(first), remove(first)],
  },
  {
    name: 'a key is claimed, and while the claim lasts its tracker is transferred and removed',
    house,
    acts: [
      create(1),
      create(2),
      { user, type: 'register', manager: 3, habits: { answer: 'reclaim-later', milliseconds: 1 } },
      { user, type: 'claim', tracker: first, milliseconds: 2 },
      transfer(first, second),
      remove(second),
    ],
  },
]
