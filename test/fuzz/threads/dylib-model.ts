// A dylib as its clients see it, one operation after the other: trackers, names and whose they are. Materialization is somebody
// else's business, but for what clients see of it: a lookup of a slow symbol begins at one moment and ends at another.
import type { Interval, SequentialModel } from '../linearizability.js'

export const defaultTracker = 0

export type DylibCall =
  | { readonly do: 'create'; readonly tracker: number }
  | {
      readonly do: 'define'
      readonly tracker: number
      readonly symbols: Readonly<Record<string, number>>
    }
  | { readonly do: 'look up'; readonly names: readonly string[] }
  | { readonly do: 'remove'; readonly tracker: number }
  | { readonly do: 'transfer'; readonly source: number; readonly destination: number }
  | { readonly do: 'remove names'; readonly names: readonly string[] }
  | { readonly do: 'clear' }
  | { readonly do: 'is defunct'; readonly tracker: number }
  /** The last handle goes. */
  | { readonly do: 'drop'; readonly tracker: number }

/** "ok", an error's code, what a question was answered, or the addresses that a lookup found. */
export type DylibResult = string | boolean | Readonly<Record<string, number>>

export interface DylibOperation extends Interval {
  readonly client: number
  /** Which of the client's messages it was, drops not counted; of a drop, the session's id of the tracker. */
  readonly message: number
  readonly dylib: number
  readonly call: DylibCall
  readonly result: DylibResult
}

/** A moment at which an operation takes effect. A lookup that found its names has two, between which it waits. */
export interface DylibMoment extends Interval {
  readonly operation: DylibOperation
  readonly part: 'whole' | 'begin' | 'end'
}

export function momentsOf(operation: DylibOperation): readonly DylibMoment[] {
  const { invoked, returned, call, result } = operation
  const waits = call.do === 'look up' && result !== 'SymbolsNotFound'
  const parts = waits ? (['begin', 'end'] as const) : (['whole'] as const)
  return parts.map((part) => ({ invoked, returned, operation, part }))
}

interface Tracker {
  readonly live: boolean
  /** Something was filed there: `clear` takes it. */
  readonly used: boolean
}

interface Symbol {
  /** No two definitions have the same. */
  readonly address: number
  readonly tracker: number
  /** The lowest address of those that were defined with it. */
  readonly unit: number
  /** Somebody looked up one of its unit: all of them may be materializing. */
  readonly touched: boolean
}

export interface DylibState {
  readonly trackers: ReadonlyMap<number, Tracker>
  readonly symbols: ReadonlyMap<string, Symbol>
  /** The addresses that lookups which have begun and not ended are to find. */
  readonly waiting: ReadonlyMap<DylibOperation, Readonly<Record<string, number>>>
}

/** `trackers` are there from the beginning, unused. */
export function dylibModel(trackers: readonly number[]): SequentialModel<DylibState, DylibMoment> {
  const unused: Tracker = { live: true, used: false }
  return {
    initial: {
      trackers: new Map([defaultTracker, ...trackers].map((tracker) => [tracker, unused])),
      symbols: new Map(),
      waiting: new Map(),
    },
    step,
    keyOf,
    // What was refused, a question and the end of a wait change nothing.
    isUnnoticed: ({ part, operation: { result } }) => part === 'end' || (part === 'whole' && result !== 'ok'),
  }
}

/** Maps are in the order in which their entries came, which differs where the order of operations did. */
function keyOf({ trackers, symbols, waiting }: DylibState): string {
  const each = [...trackers].map(([tracker, { live, used }]) => `${tracker}${live ? '+' : '-'}${used ? 'u' : ''}`)
  const named = [...symbols].map(([name, { address, tracker, touched }]) => `${name}${address}/${tracker}${touched}`)
  const begun = [...waiting].map(([{ client, message }, found]) => `${client}:${message}${JSON.stringify(found)}`)
  return [each, named, begun].map((part) => part.sort().join(' ')).join(';')
}

function step(state: DylibState, { operation, part }: DylibMoment): DylibState | undefined {
  const { call, result } = operation
  switch (call.do) {
    case 'create':
      if (state.trackers.has(call.tracker)) return undefined
      return withTracker(state, call.tracker, { live: true, used: false })
    case 'define':
      return define(state, call, result)
    case 'look up':
      return lookUp(state, operation, call.names, part)
    case 'remove':
      return result === 'ok' && state.trackers.has(call.tracker) ? removed(state, call.tracker) : undefined
    case 'transfer':
      return transfer(state, call.source, call.destination, result)
    case 'remove names':
      return removeNames(state, call.names, result)
    case 'clear': {
      if (result !== 'ok') return undefined
      const used = [...state.trackers].filter(([, tracker]) => tracker.live && tracker.used)
      return used.reduce((left, [tracker]) => removed(left, tracker), state)
    }
    case 'is defunct': {
      const tracker = state.trackers.get(call.tracker)
      return tracker !== undefined && result === !tracker.live ? state : undefined
    }
    case 'drop': {
      const tracker = state.trackers.get(call.tracker)
      if (tracker === undefined) return undefined
      return tracker.live ? moved(state, call.tracker, defaultTracker) : state
    }
  }
}

type Define = Extract<DylibCall, { do: 'define' }>

function define(state: DylibState, { tracker, symbols }: Define, result: DylibResult): DylibState | undefined {
  const names = Object.keys(symbols)
  const owner = state.trackers.get(tracker)
  if (owner === undefined) return undefined
  if (!owner.live) return result === 'ResourceTrackerDefunct' ? state : undefined
  if (names.some((name) => state.symbols.has(name))) return result === 'DuplicateDefinition' ? state : undefined
  if (result !== 'ok') return undefined
  const unit = Math.min(...Object.values(symbols))
  const added = Object.entries(symbols).map(
    ([name, address]) => [name, { address, tracker, unit, touched: false }] as const,
  )
  return withTracker({ ...state, symbols: new Map([...state.symbols, ...added]) }, tracker, { live: true, used: true })
}

function lookUp(
  state: DylibState,
  operation: DylibOperation,
  names: readonly string[],
  part: DylibMoment['part'],
): DylibState | undefined {
  switch (part) {
    case 'whole':
      return names.some((name) => !state.symbols.has(name)) ? state : undefined
    case 'begin': {
      const found: Record<string, number> = {}
      const units = new Set<number>()
      for (const name of names) {
        const symbol = state.symbols.get(name)
        if (symbol === undefined) return undefined
        found[name] = symbol.address
        units.add(symbol.unit)
      }
      const symbols = new Map(
        [...state.symbols].map(([name, symbol]) => [
          name,
          units.has(symbol.unit) ? { ...symbol, touched: true } : symbol,
        ]),
      )
      return { ...state, symbols, waiting: new Map(state.waiting).set(operation, found) }
    }
    case 'end': {
      const found = state.waiting.get(operation)
      if (found === undefined) return undefined
      const waiting = new Map(state.waiting)
      waiting.delete(operation)
      const isThere = names.every((name) => state.symbols.get(name)?.address === found[name])
      return isThere === isSame(operation.result, found) ? { ...state, waiting } : undefined
    }
  }
}

/** A failure is none of the addresses. Those of a lookup that succeeded must all be the ones that were there when it began. */
function isSame(result: DylibResult, found: Readonly<Record<string, number>>): boolean | undefined {
  if (result === 'FailedToMaterialize') return false
  if (typeof result !== 'object') return undefined
  return Object.entries(found).every(([name, address]) => result[name] === address) ? true : undefined
}

function transfer(state: DylibState, source: number, destination: number, result: DylibResult): DylibState | undefined {
  const [from, to] = [state.trackers.get(source), state.trackers.get(destination)]
  if (from === undefined || to === undefined) return undefined
  if (!from.live || !to.live) return result === 'ResourceTrackerDefunct' ? state : undefined
  if (result !== 'ok') return undefined
  return source === destination ? state : moved(state, source, destination)
}

function removeNames(state: DylibState, names: readonly string[], result: DylibResult): DylibState | undefined {
  const named = names.map((name) => state.symbols.get(name))
  if (named.includes(undefined)) return result === 'SymbolsNotFound' ? state : undefined
  // Whether a symbol that was looked up is ready by now, clients cannot know.
  if (result === 'SymbolsCouldNotBeRemoved') return named.some((symbol) => symbol?.touched === true) ? state : undefined
  if (result !== 'ok') return undefined
  return { ...state, symbols: new Map([...state.symbols].filter(([name]) => !names.includes(name))) }
}

// ---- trackers

/** A default tracker that went is replaced in the same breath. */
function gone(tracker: number): Tracker {
  return { live: tracker === defaultTracker, used: false }
}

function withTracker(state: DylibState, tracker: number, as: Tracker): DylibState {
  return { ...state, trackers: new Map(state.trackers).set(tracker, as) }
}

function removed(state: DylibState, tracker: number): DylibState {
  const symbols = new Map([...state.symbols].filter(([, symbol]) => symbol.tracker !== tracker))
  return withTracker({ ...state, symbols }, tracker, gone(tracker))
}

function moved(state: DylibState, source: number, destination: number): DylibState {
  const symbols = new Map(
    [...state.symbols].map(([name, symbol]) => [
      name,
      symbol.tracker === source ? { ...symbol, tracker: destination } : symbol,
    ]),
  )
  const used = [source, destination].some((tracker) => state.trackers.get(tracker)?.used === true)
  const taken = withTracker({ ...state, symbols }, source, gone(source))
  return withTracker(taken, destination, { live: true, used })
}
