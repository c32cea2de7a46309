// The messages that are sent most, each as a row (see `row-writer.ts`): values in an order that both ends know, without a name of a
// key or of a type. A message that has a key more than its row, or less, or a value that the row does not expect, does not
// travel as one, so nothing is lost that a row does not know of.
import type { RowReader } from './row-reader.js'
import { keyCount } from './row-writer.js'
import type { RowWriter } from './row-writer.js'
import type { SessionAsk, SessionEvent, SessionNotification, SessionRequest } from './session-messages.js'

type Message = SessionRequest | SessionNotification | SessionEvent | SessionAsk

export type FlatType =
  | 'createResourceTracker'
  | 'dropResourceTracker'
  | 'releaseLease'
  | 'define'
  | 'removeTracker'
  | 'transferTo'
  | 'lookup'
  | 'claimResourceKey'
  | 'notifyResolved'
  | 'notifyEmitted'
  | 'failMaterialization'
  | 'materialize'
  | 'destroyUnit'
  | 'dependenciesRegistered'
  | 'handleRemoveResources'
  | 'handleTransferResources'
export type FlatMessageOf<T extends FlatType> = Extract<Message, { readonly type: T }>

type Keys<M> = { readonly [K in keyof M]: unknown }

interface FlatMessage<M> {
  /** How many keys a message has that travels as a row. */
  readonly keys: number
  /** One more, which it may have. */
  readonly optional?: string
  write(message: M, to: RowWriter): void
  read(from: RowReader): Keys<M>
}

const waits = ['retired', 'reclaimed'] as const
const kinds = ['static', 'dlsym'] as const
const silences = [null, true, false] as const
const requiredStates = ['resolved', 'emitted', 'ready'] as const

const flatMessages: { readonly [T in FlatType]: FlatMessage<FlatMessageOf<T>> } = {
  createResourceTracker: {
    keys: 3,
    write: ({ tracker, dylib }, to) => {
      to.number(tracker)
      to.number(dylib)
    },
    read: (from) => ({ type: 'createResourceTracker', tracker: from.number(), dylib: from.number() }),
  },
  dropResourceTracker: {
    keys: 2,
    write: ({ tracker }, to) => to.number(tracker),
    read: (from) => ({ type: 'dropResourceTracker', tracker: from.number() }),
  },
  releaseLease: {
    keys: 2,
    write: ({ lease }, to) => to.number(lease),
    read: (from) => ({ type: 'releaseLease', lease: from.number() }),
  },
  define: {
    keys: 4,
    write: ({ dylib, tracker, unit }, to) => {
      to.number(dylib)
      to.numberOrNull(tracker)
      to.number(unit.unit)
      to.name(unit.name)
      to.flagsEntries(unit.symbols)
      to.nameOrNull(unit.initSymbol)
      to.source(unit.source)
      to.hasKeys(unit, 5)
    },
    read: (from) => ({
      type: 'define',
      dylib: from.number(),
      tracker: from.numberOrNull(),
      unit: {
        unit: from.number(),
        name: from.name(),
        symbols: from.flagsEntries(),
        initSymbol: from.nameOrNull(),
        source: from.source(),
      },
    }),
  },
  removeTracker: {
    keys: 3,
    write: ({ tracker, wait }, to) => {
      to.number(tracker)
      to.oneOf(waits, wait)
    },
    read: (from) => ({ type: 'removeTracker', tracker: from.number(), wait: from.oneOf(waits) }),
  },
  transferTo: {
    keys: 3,
    write: ({ source, destination }, to) => {
      to.number(source)
      to.number(destination)
    },
    read: (from) => ({ type: 'transferTo', source: from.number(), destination: from.number() }),
  },
  lookup: {
    keys: 5,
    optional: 'silent',
    write: ({ kind, searchOrder, symbols, requiredState, silent }, to) => {
      to.oneOf(silences, silent ?? null)
      to.oneOf(kinds, kind)
      to.searchOrder(searchOrder)
      to.lookupSet(symbols)
      to.oneOf(requiredStates, requiredState)
    },
    read: (from) => {
      const silent = from.oneOf(silences)
      const lookup = {
        type: 'lookup',
        kind: from.oneOf(kinds),
        searchOrder: from.searchOrder(),
        symbols: from.lookupSet(),
        requiredState: from.oneOf(requiredStates),
      }
      return silent === null ? lookup : { ...lookup, silent }
    },
  },
  claimResourceKey: {
    keys: 3,
    write: ({ responsibility, recorded }, to) => {
      to.number(responsibility)
      to.flag(recorded)
    },
    read: (from) => ({ type: 'claimResourceKey', responsibility: from.number(), recorded: from.flag() }),
  },
  notifyResolved: {
    keys: 3,
    write: ({ responsibility, definitions }, to) => {
      to.number(responsibility)
      to.definitions(definitions)
    },
    read: (from) => ({ type: 'notifyResolved', responsibility: from.number(), definitions: from.definitions() }),
  },
  notifyEmitted: {
    keys: 4,
    write: ({ responsibility, groups, initializers }, to) => {
      to.number(responsibility)
      to.dependenceGroups(groups)
      to.list(initializers)
    },
    read: (from) => ({
      type: 'notifyEmitted',
      responsibility: from.number(),
      groups: from.dependenceGroups(),
      initializers: from.list(),
    }),
  },
  failMaterialization: {
    keys: 3,
    write: ({ responsibility, cause }, to) => {
      to.number(responsibility)
      to.value(cause)
    },
    read: (from) => ({ type: 'failMaterialization', responsibility: from.number(), cause: from.value() }),
  },
  materialize: {
    keys: 11,
    write: (message, to) => {
      to.number(message.responsibility)
      to.number(message.dylib)
      to.name(message.dylibName)
      to.number(message.unit)
      to.name(message.name)
      to.flagsEntries(message.symbols)
      to.nameOrNull(message.initSymbol)
      to.source(message.source)
      to.searchOrder(message.searchOrder)
      to.number(message.key)
    },
    read: (from) => ({
      type: 'materialize',
      responsibility: from.number(),
      dylib: from.number(),
      dylibName: from.name(),
      unit: from.number(),
      name: from.name(),
      symbols: from.flagsEntries(),
      initSymbol: from.nameOrNull(),
      source: from.source(),
      searchOrder: from.searchOrder(),
      key: from.number(),
    }),
  },
  destroyUnit: {
    keys: 2,
    write: ({ unit }, to) => to.number(unit),
    read: (from) => ({ type: 'destroyUnit', unit: from.number() }),
  },
  dependenciesRegistered: {
    keys: 3,
    write: ({ ask, pending }, to) => {
      to.number(ask)
      to.namesByDylib(pending)
    },
    read: (from) => ({ type: 'dependenciesRegistered', ask: from.number(), pending: from.namesByDylib() }),
  },
  handleRemoveResources: {
    keys: 4,
    write: ({ manager, dylib, key }, to) => {
      to.number(manager)
      to.number(dylib)
      to.number(key)
    },
    read: (from) => ({
      type: 'handleRemoveResources',
      manager: from.number(),
      dylib: from.number(),
      key: from.number(),
    }),
  },
  handleTransferResources: {
    keys: 5,
    write: ({ manager, dylib, destination, source }, to) => {
      to.number(manager)
      to.number(dylib)
      to.number(destination)
      to.number(source)
    },
    read: (from) => ({
      type: 'handleTransferResources',
      manager: from.number(),
      dylib: from.number(),
      destination: from.number(),
      source: from.number(),
    }),
  },
}

type AnyFlatMessage = FlatMessage<object> & {
  /** From 1 on. */
  readonly number: number
}

const byNumber: readonly AnyFlatMessage[] = Object.values(flatMessages).map((flat, index) => ({
  ...(flat as FlatMessage<never> as FlatMessage<object>),
  number: index + 1,
}))
const byType: ReadonlyMap<unknown, AnyFlatMessage> = new Map(
  Object.keys(flatMessages).flatMap((type, index) => {
    const flat = byNumber[index]
    return flat === undefined ? [] : [[type, flat]]
  }),
)

/** How a message travels as a row, if its values are what the row expects; undefined where it does not. */
export function flatMessage(body: unknown): AnyFlatMessage | undefined {
  if (typeof body !== 'object' || body === null || !('type' in body)) return undefined
  const flat = byType.get(body.type)
  if (flat === undefined) return undefined
  const isThere = flat.optional !== undefined && flat.optional in body
  return keyCount(body) === flat.keys + (isThere ? 1 : 0) ? flat : undefined
}

export function flatMessageNumbered(number: number): AnyFlatMessage | undefined {
  return byNumber[number - 1]
}
