// The life of a symbol: one definition of one name, from before it enters its dylib's table until it has left it. This machine is
// the specification. The session's table, packages/orc/src/symbol-life.ts, is written from it by .ci/life.mjs, and
// symbol-life.test.ts asks a session about every pair of a state and an event. ARCHITECTURE.md draws it.
// A tag is what the session calls a state that it does not tell from another.
// Source: SymbolState (Core.h); failed is a flag in ORC, and stays what the symbol is until its tracker goes.
import { assign, setup } from 'xstate'
import type { Refusal } from './specification.js'
import { refuse, stays } from './specification.js'

export interface SymbolKind {
  /** A strong definition takes its place as long as nobody has looked it up. */
  readonly weak: boolean
  /** Without an address it exists for the side effects of materializing it, and is not resolved. */
  readonly addressed: boolean
  /** Another symbol of its unit fails while this one is materialized. */
  readonly besideFailed: boolean
}

export const symbolEvents = [
  // A strong definition of the name.
  'define',
  // A responsibility claims the name.
  'defineMaterializing',
  'lookup',
  'notifyResolved',
  // Emitted, and waits for what it depends on.
  'notifyEmitted',
  // Emitted as depending on nothing that is not ready.
  'notifyEmittedFree',
  // What it depends on became ready.
  'dependenciesReady',
  // Whoever answers for it fails, or what it depends on does.
  'fail',
  // Given back, to be materialized by another unit.
  'replace',
  'removeSymbols',
  'removeTracker',
  // The link actor that had linked it is dead, and nobody holds its code. What has no address is lost with what has.
  'loseCode',
  // Of all symbols of its unit: a failed one, and a ready one beside it, is defined anew, as another symbol.
  'resetSymbols',
] as const
export type SymbolEvent = (typeof symbolEvents)[number]

const taken = { define: refuse('DuplicateDefinition'), defineMaterializing: refuse('DuplicateDefinition') }
/** Nobody answers for it: a responsibility that names it is refused. */
const unanswered = {
  notifyResolved: refuse('UnexpectedSymbolDefinitions'),
  notifyEmitted: refuse('UnexpectedSymbolDefinitions'),
  notifyEmittedFree: refuse('UnexpectedSymbolDefinitions'),
  replace: refuse('UnexpectedSymbolDefinitions'),
}
const onItsWay = {
  removeSymbols: refuse('SymbolsCouldNotBeRemoved'),
  removeTracker: 'removed',
  resetSymbols: [{ guard: 'isBesideFailed', ...refuse('SymbolsCouldNotBeRemoved') }, stays],
} as const
const lost = [{ guard: 'isAddressed', target: 'failed' }, stays] as const
const removable = { removeSymbols: 'removed', removeTracker: 'removed' } as const
/** What has no address is looked up as one that may be missing. */
const notThere = {
  ...unanswered,
  lookup: [{ guard: 'isAddressed', ...refuse('SymbolsNotFound') }, stays],
  dependenciesReady: stays,
  fail: stays,
  removeSymbols: refuse('SymbolsNotFound'),
  removeTracker: stays,
  loseCode: stays,
  resetSymbols: refuse('SymbolsNotFound'),
} as const

export const symbolLife = setup({
  types: {
    context: {} as SymbolKind,
    input: {} as SymbolKind,
    events: {} as { readonly type: SymbolEvent },
    tags: {} as 'removed',
  },
  guards: {
    isWeak: ({ context }) => context.weak,
    isAddressed: ({ context }) => context.addressed,
    isBesideFailed: ({ context }) => context.besideFailed,
  },
  actions: {
    refuse: (_, _refusal: Refusal) => undefined,
    leaveOthers: assign({ besideFailed: false }),
  },
}).createMachine({
  context: ({ input }) => input,
  initial: 'absent',
  states: {
    absent: { on: { ...notThere, define: 'neverSearched', defineMaterializing: 'materializing' } },
    neverSearched: {
      on: {
        ...taken,
        ...unanswered,
        ...removable,
        define: [{ guard: 'isWeak', target: 'superseded' }, refuse('DuplicateDefinition')],
        lookup: 'materializing',
        dependenciesReady: stays,
        fail: stays,
        loseCode: stays,
        resetSymbols: stays,
      },
    },
    materializing: {
      on: {
        ...taken,
        ...onItsWay,
        lookup: stays,
        notifyResolved: [{ guard: 'isAddressed', target: 'resolved' }, refuse('UnexpectedSymbolDefinitions')],
        notifyEmitted: [{ guard: 'isAddressed', ...refuse('MissingSymbolDefinitions') }, { target: 'emitted' }],
        notifyEmittedFree: [{ guard: 'isAddressed', ...refuse('MissingSymbolDefinitions') }, { target: 'ready' }],
        dependenciesReady: stays,
        fail: 'failed',
        loseCode: stays,
        // The unit that is to materialize it has no other symbols.
        replace: { target: 'neverSearched', actions: 'leaveOthers' },
      },
    },
    resolved: {
      on: {
        ...taken,
        ...onItsWay,
        lookup: stays,
        notifyResolved: refuse('BadArgument'),
        notifyEmitted: 'emitted',
        notifyEmittedFree: 'ready',
        dependenciesReady: stays,
        fail: 'failed',
        loseCode: stays,
        replace: refuse('BadArgument'),
      },
    },
    emitted: {
      on: {
        ...taken,
        ...unanswered,
        ...onItsWay,
        lookup: stays,
        dependenciesReady: 'ready',
        fail: 'failed',
        loseCode: lost,
      },
    },
    ready: {
      on: {
        ...taken,
        ...unanswered,
        ...removable,
        lookup: stays,
        dependenciesReady: stays,
        fail: stays,
        loseCode: lost,
        resetSymbols: [{ guard: 'isBesideFailed', target: 'superseded' }, stays],
      },
    },
    failed: {
      on: {
        ...taken,
        ...unanswered,
        ...removable,
        lookup: refuse('FailedToMaterialize'),
        dependenciesReady: stays,
        fail: 'failed',
        loseCode: stays,
        resetSymbols: 'superseded',
      },
    },
    /** The name may be defined again: that is another symbol. */
    removed: { on: { ...notThere, define: stays, defineMaterializing: stays } },
    /** Removed, and another symbol has its name: what is asked by name is asked of that one. */
    superseded: {
      tags: 'removed',
      on: {
        define: stays,
        defineMaterializing: stays,
        lookup: stays,
        notifyResolved: stays,
        notifyEmitted: stays,
        notifyEmittedFree: stays,
        dependenciesReady: stays,
        fail: stays,
        replace: stays,
        removeSymbols: stays,
        removeTracker: stays,
        loseCode: stays,
        resetSymbols: stays,
      },
    },
  },
})
