// The life of a unit and of whoever answers for it, from its definition to the end of all that it defined. This machine is the
// specification, in more states than the session needs: a state's tag is the session's phase of the unit, and the table of
// phases, packages/orc/src/unit-life.ts, is written from it by .ci/life.mjs. unit-life.test.ts asks a session about every pair
// of a state and an event: what a responsibility may do depends on how far its unit has come and on how it ended.
// Source: MaterializationUnit, MaterializationResponsibility (Core.h).
import { setup } from 'xstate'
import type { Refusal } from './specification.js'
import { refuse, stays } from './specification.js'

export const unitEvents = [
  'lookup',
  'claimResourceKey',
  'notifyResolved',
  // Emitted as depending on what is not ready.
  'notifyEmitted',
  'dependenciesReady',
  'failMaterialization',
  // Its holder let go of it.
  'responsibilityDropped',
  // All its symbols, to a second responsibility; the first one ends.
  'delegate',
  // All its symbols, by another unit.
  'replace',
  // All its symbols, by name.
  'removeSymbols',
  'removeTracker',
  'transferTo',
  // The link actor that had linked it is dead, and nobody holds its code.
  'loseCode',
  // Of all its symbols.
  'resetSymbols',
] as const
export type UnitEvent = (typeof unitEvents)[number]

export type UnitPhase = 'unmaterialized' | 'materializing' | 'settled' | 'gone'

/** The responsibility is over, or was never given. */
const unheld = {
  claimResourceKey: refuse('BadArgument'),
  notifyResolved: refuse('BadArgument'),
  notifyEmitted: refuse('BadArgument'),
  failMaterialization: stays,
  responsibilityDropped: stays,
  delegate: refuse('BadArgument'),
  replace: refuse('BadArgument'),
}
const held = {
  lookup: stays,
  claimResourceKey: stays,
  dependenciesReady: stays,
  failMaterialization: 'failed',
  responsibilityDropped: 'failed',
  removeSymbols: refuse('SymbolsCouldNotBeRemoved'),
  removeTracker: 'refused',
  transferTo: stays,
  loseCode: stays,
  resetSymbols: stays,
} as const
const unresolved = {
  notifyResolved: 'resolved',
  notifyEmitted: refuse('MissingSymbolDefinitions'),
  delegate: 'delegated',
  replace: 'replaced',
} as const
const removable = {
  removeSymbols: 'over',
  removeTracker: 'removed',
  transferTo: stays,
  loseCode: stays,
  resetSymbols: stays,
} as const
/** Its tracker is defunct. */
const trackerGone = {
  lookup: refuse('SymbolsNotFound'),
  dependenciesReady: stays,
  removeSymbols: refuse('SymbolsNotFound'),
  removeTracker: stays,
  transferTo: refuse('ResourceTrackerDefunct'),
  loseCode: stays,
  resetSymbols: refuse('SymbolsNotFound'),
}

export const unitLife = setup({
  types: {
    events: {} as { readonly type: UnitEvent },
    tags: {} as UnitPhase,
  },
  actions: { refuse: (_, _refusal: Refusal) => undefined },
}).createMachine({
  initial: 'defined',
  states: {
    defined: {
      tags: 'unmaterialized',
      on: { ...unheld, ...removable, lookup: 'dispatched', dependenciesReady: stays },
    },
    dispatched: { tags: 'materializing', on: { ...held, ...unresolved } },
    delegated: { tags: 'materializing', on: { ...held, ...unresolved, delegate: stays } },
    resolved: {
      tags: 'materializing',
      on: {
        ...held,
        notifyResolved: refuse('BadArgument'),
        notifyEmitted: 'emitted',
        delegate: stays,
        replace: refuse('BadArgument'),
      },
    },
    /** Waits for its dependencies; nobody answers for it any more. */
    emitted: {
      tags: 'materializing',
      on: {
        ...unheld,
        ...removable,
        lookup: stays,
        dependenciesReady: 'ready',
        removeSymbols: refuse('SymbolsCouldNotBeRemoved'),
        loseCode: 'failed',
      },
    },
    ready: {
      tags: 'settled',
      on: { ...unheld, ...removable, lookup: stays, dependenciesReady: stays, loseCode: 'failed' },
    },
    failed: {
      tags: 'materializing',
      on: {
        ...unheld,
        ...removable,
        lookup: refuse('FailedToMaterialize'),
        dependenciesReady: stays,
        resetSymbols: 'defined',
      },
    },
    /** Its symbols are another unit's, of the same tracker. */
    replaced: {
      tags: 'gone',
      on: { ...unheld, ...removable, lookup: stays, dependenciesReady: stays },
    },
    /** Its tracker was removed while somebody answered for it, who will hear of it. */
    refused: {
      tags: 'gone',
      on: {
        ...trackerGone,
        claimResourceKey: refuse('ResourceTrackerDefunct'),
        notifyResolved: refuse('ResourceTrackerDefunct'),
        notifyEmitted: refuse('ResourceTrackerDefunct'),
        failMaterialization: 'removed',
        responsibilityDropped: 'removed',
        delegate: refuse('ResourceTrackerDefunct'),
        replace: refuse('ResourceTrackerDefunct'),
      },
    },
    /** Its tracker was removed when nobody answered for it, or nobody does any more. */
    removed: { tags: 'gone', on: { ...unheld, ...trackerGone } },
    /** Nothing is left of it under a live tracker. */
    over: {
      tags: 'gone',
      on: {
        ...unheld,
        ...removable,
        lookup: refuse('SymbolsNotFound'),
        dependenciesReady: stays,
        removeSymbols: refuse('SymbolsNotFound'),
        resetSymbols: refuse('SymbolsNotFound'),
      },
    },
  },
})
