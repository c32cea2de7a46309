// What a user sees of one function, f, and of the two trackers it may be filed under: the specification of the face. It knows
// nothing of units and responsibilities; it knows what a user's verb does, what is refused, and whether a handle is still good.
import { assign, setup } from 'xstate'
import type { Refusal } from './specification.js'
import { refuse, stays } from './specification.js'

type Owner = 'mine' | 'other' | 'default'

export interface UserView {
  /** Of f, while it is defined. */
  readonly owner: Owner
  /** Of the code behind the last handle; code stays with its tracker when only the name goes. Null: there is none. */
  readonly code: Owner | null
  /** Its source does not materialize. */
  readonly broken: boolean
  readonly mine: 'unused' | 'used' | 'defunct' | 'dropped'
  readonly other: 'unused' | 'used' | 'defunct'
}

export const userEvents = [
  // Under mine.
  'define',
  // Under mine, and whoever materializes it fails.
  'defineBroken',
  'lookup',
  'removeSymbols',
  'resetSymbols',
  'removeMine',
  'removeOther',
  // Mine to other.
  'transfer',
  // The last handle of mine goes: what it holds is the default tracker's.
  'dispose',
  'clear',
] as const
export type UserEvent = (typeof userEvents)[number]

export function isDefunct({ mine }: UserView): boolean {
  return mine === 'defunct' || mine === 'dropped'
}

function removed(view: UserView, owner: Owner): Partial<UserView> {
  return { ...(view.code === owner ? { code: null } : {}), ...(owner === 'default' ? {} : { [owner]: 'defunct' }) }
}

function moved(view: UserView, to: 'other' | 'default'): Partial<UserView> {
  return {
    mine: to === 'other' ? 'defunct' : 'dropped',
    owner: view.owner === 'mine' ? to : view.owner,
    code: view.code === 'mine' ? to : view.code,
    ...(to === 'other' && view.mine === 'used' ? { other: 'used' } : {}),
  }
}

const refusedTransfer = { guard: 'cannotTransfer', ...refuse('ResourceTrackerDefunct') } as const
/** Nobody holds it: it cannot even be told that it was removed. */
const droppedMine = { guard: 'isMineDropped', ...refuse('ResourceTrackerDefunct') } as const
const removals = {
  removeMine: [
    droppedMine,
    { guard: 'isMine', target: 'absent', actions: 'removeMine' },
    { guard: 'isMineDefunct', ...stays },
    { actions: 'removeMine' },
  ],
  removeOther: [
    { guard: 'isOthers', target: 'absent', actions: 'removeOther' },
    { guard: 'isOtherDefunct', ...stays },
    { actions: 'removeOther' },
  ],
  transfer: [refusedTransfer, { actions: 'transfer' }],
  dispose: { actions: 'dispose' },
  clear: { target: 'absent', actions: 'clear' },
} as const
const absentRemovals = {
  ...removals,
  removeMine: [droppedMine, { guard: 'isMineDefunct', ...stays }, { actions: 'removeMine' }],
  removeOther: [{ guard: 'isOtherDefunct', ...stays }, { actions: 'removeOther' }],
} as const
const taken = [{ guard: 'isMineDefunct', ...refuse('ResourceTrackerDefunct') }, refuse('DuplicateDefinition')] as const

export const userLife = setup({
  types: { context: {} as UserView, events: {} as { readonly type: UserEvent } },
  guards: {
    isMine: ({ context }) => context.owner === 'mine',
    isOthers: ({ context }) => context.owner === 'other',
    isBroken: ({ context }) => context.broken,
    isMineDefunct: ({ context }) => isDefunct(context),
    isMineDropped: ({ context }) => context.mine === 'dropped',
    isOtherDefunct: ({ context }) => context.other === 'defunct',
    cannotTransfer: ({ context }) => isDefunct(context) || context.other === 'defunct',
  },
  actions: {
    refuse: (_, _refusal: Refusal) => undefined,
    defineHere: assign({ owner: 'mine', mine: 'used', broken: false }),
    defineBrokenHere: assign({ owner: 'mine', mine: 'used', broken: true }),
    link: assign({ code: ({ context }) => context.owner }),
    removeMine: assign(({ context }) => removed(context, 'mine')),
    removeOther: assign(({ context }) => removed(context, 'other')),
    transfer: assign(({ context }) => moved(context, 'other')),
    dispose: assign(({ context }) => moved(context, 'default')),
    /** Trackers that were never used are nobody's to remove. */
    clear: assign(({ context: { mine, other } }) => ({
      code: null,
      mine: mine === 'used' ? ('defunct' as const) : mine,
      other: other === 'used' ? ('defunct' as const) : other,
    })),
  },
}).createMachine({
  context: { owner: 'mine', code: null, broken: false, mine: 'unused', other: 'unused' },
  initial: 'absent',
  states: {
    absent: {
      on: {
        ...absentRemovals,
        define: [
          { guard: 'isMineDefunct', ...refuse('ResourceTrackerDefunct') },
          { target: 'defined', actions: 'defineHere' },
        ],
        defineBroken: [
          { guard: 'isMineDefunct', ...refuse('ResourceTrackerDefunct') },
          { target: 'defined', actions: 'defineBrokenHere' },
        ],
        lookup: refuse('SymbolsNotFound'),
        removeSymbols: refuse('SymbolsNotFound'),
        resetSymbols: refuse('SymbolsNotFound'),
      },
    },
    defined: {
      on: {
        ...removals,
        define: taken,
        defineBroken: taken,
        lookup: [
          { guard: 'isBroken', target: 'failed', ...refuse('FailedToMaterialize') },
          { target: 'ready', actions: 'link' },
        ],
        removeSymbols: 'absent',
        resetSymbols: stays,
      },
    },
    ready: {
      on: {
        ...removals,
        define: taken,
        defineBroken: taken,
        lookup: stays,
        removeSymbols: 'absent',
        resetSymbols: stays,
      },
    },
    failed: {
      on: {
        ...removals,
        define: taken,
        defineBroken: taken,
        lookup: refuse('FailedToMaterialize'),
        removeSymbols: 'absent',
        resetSymbols: 'defined',
      },
    },
  },
})
