// The messages that are sent most, as rows of values without a name of a key or of a type, and with a number for a word of few:
// writing those costs more than writing the values. A message that has a key more than its row, or less, does not travel as one,
// so nothing is lost that a row does not know of.
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
  readonly places: number
  /** What else must hold of it. */
  fits?(message: M): boolean
  write(message: M, to: unknown[]): void
  read(from: readonly unknown[], at: number): Keys<M>
}

const waits = ['retired', 'reclaimed'] as const
const kinds = ['static', 'dlsym'] as const
const requiredStates = ['resolved', 'emitted', 'ready'] as const

const flatMessages: { readonly [T in FlatType]: FlatMessage<FlatMessageOf<T>> } = {
  createResourceTracker: {
    keys: 3,
    places: 2,
    write: ({ tracker, dylib }, to) => to.push(tracker, dylib),
    read: (from, at) => ({ type: 'createResourceTracker', tracker: from[at], dylib: from[at + 1] }),
  },
  dropResourceTracker: {
    keys: 2,
    places: 1,
    write: ({ tracker }, to) => to.push(tracker),
    read: (from, at) => ({ type: 'dropResourceTracker', tracker: from[at] }),
  },
  releaseLease: {
    keys: 2,
    places: 1,
    write: ({ lease }, to) => to.push(lease),
    read: (from, at) => ({ type: 'releaseLease', lease: from[at] }),
  },
  define: {
    keys: 4,
    places: 7,
    fits: ({ unit }) => keyCount(unit) === 5,
    write: ({ dylib, tracker, unit: { unit, name, symbols, initSymbol, source } }, to) =>
      to.push(dylib, tracker, unit, name, symbols, initSymbol, source),
    read: (from, at) => ({
      type: 'define',
      dylib: from[at],
      tracker: from[at + 1],
      unit: {
        unit: from[at + 2],
        name: from[at + 3],
        symbols: from[at + 4],
        initSymbol: from[at + 5],
        source: from[at + 6],
      },
    }),
  },
  removeTracker: {
    keys: 3,
    places: 2,
    write: ({ tracker, wait }, to) => to.push(tracker, waits.indexOf(wait)),
    read: (from, at) => ({ type: 'removeTracker', tracker: from[at], wait: waits[Number(from[at + 1])] }),
  },
  transferTo: {
    keys: 3,
    places: 2,
    write: ({ source, destination }, to) => to.push(source, destination),
    read: (from, at) => ({ type: 'transferTo', source: from[at], destination: from[at + 1] }),
  },
  lookup: {
    keys: 5,
    places: 4,
    write: ({ kind, searchOrder, symbols, requiredState }, to) =>
      to.push(kinds.indexOf(kind), searchOrder, symbols, requiredStates.indexOf(requiredState)),
    read: (from, at) => ({
      type: 'lookup',
      kind: kinds[Number(from[at])],
      searchOrder: from[at + 1],
      symbols: from[at + 2],
      requiredState: requiredStates[Number(from[at + 3])],
    }),
  },
  claimResourceKey: {
    keys: 3,
    places: 2,
    write: ({ responsibility, recorded }, to) => to.push(responsibility, recorded),
    read: (from, at) => ({ type: 'claimResourceKey', responsibility: from[at], recorded: from[at + 1] }),
  },
  notifyResolved: {
    keys: 3,
    places: 2,
    write: ({ responsibility, definitions }, to) => to.push(responsibility, definitions),
    read: (from, at) => ({ type: 'notifyResolved', responsibility: from[at], definitions: from[at + 1] }),
  },
  notifyEmitted: {
    keys: 4,
    places: 3,
    write: ({ responsibility, groups, initializers }, to) => to.push(responsibility, groups, initializers),
    read: (from, at) => ({
      type: 'notifyEmitted',
      responsibility: from[at],
      groups: from[at + 1],
      initializers: from[at + 2],
    }),
  },
  failMaterialization: {
    keys: 3,
    places: 2,
    write: ({ responsibility, cause }, to) => to.push(responsibility, cause),
    read: (from, at) => ({ type: 'failMaterialization', responsibility: from[at], cause: from[at + 1] }),
  },
  materialize: {
    keys: 11,
    places: 10,
    write: (message, to) =>
      to.push(
        message.responsibility,
        message.dylib,
        message.dylibName,
        message.unit,
        message.name,
        message.symbols,
        message.initSymbol,
        message.source,
        message.searchOrder,
        message.key,
      ),
    read: (from, at) => ({
      type: 'materialize',
      responsibility: from[at],
      dylib: from[at + 1],
      dylibName: from[at + 2],
      unit: from[at + 3],
      name: from[at + 4],
      symbols: from[at + 5],
      initSymbol: from[at + 6],
      source: from[at + 7],
      searchOrder: from[at + 8],
      key: from[at + 9],
    }),
  },
  destroyUnit: {
    keys: 2,
    places: 1,
    write: ({ unit }, to) => to.push(unit),
    read: (from, at) => ({ type: 'destroyUnit', unit: from[at] }),
  },
  dependenciesRegistered: {
    keys: 3,
    places: 2,
    write: ({ ask, pending }, to) => to.push(ask, pending),
    read: (from, at) => ({ type: 'dependenciesRegistered', ask: from[at], pending: from[at + 1] }),
  },
  handleRemoveResources: {
    keys: 4,
    places: 3,
    write: ({ manager, dylib, key }, to) => to.push(manager, dylib, key),
    read: (from, at) => ({ type: 'handleRemoveResources', manager: from[at], dylib: from[at + 1], key: from[at + 2] }),
  },
  handleTransferResources: {
    keys: 5,
    places: 4,
    write: ({ manager, dylib, destination, source }, to) => to.push(manager, dylib, destination, source),
    read: (from, at) => ({
      type: 'handleTransferResources',
      manager: from[at],
      dylib: from[at + 1],
      destination: from[at + 2],
      source: from[at + 3],
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

/** How a message travels as a row; undefined where it does not. */
export function flatMessage(body: unknown): AnyFlatMessage | undefined {
  if (typeof body !== 'object' || body === null || !('type' in body)) return undefined
  const flat = byType.get(body.type)
  if (flat === undefined || keyCount(body) !== flat.keys) return undefined
  return flat.fits === undefined || flat.fits(body) ? flat : undefined
}

export function flatMessageNumbered(number: number): AnyFlatMessage | undefined {
  return byNumber[number - 1]
}

/** Without a list of them. */
function keyCount(message: object): number {
  let count = 0
  for (const key in message) count += key === '' ? 0 : 1
  return count
}
