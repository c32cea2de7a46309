// The words of which scripted operations are made: one dylib, one or two users, units that say only what matters.
import type { JITDylibId, TrackerId } from '@worc/protocol'
import { clientScopedId, defaultTrackerOf, symbolFlag } from '@worc/protocol'
import type { ClientId } from '@worc/protocol'
import type { Fault } from './decisions.js'
import type { Operation } from './operations.js'
import type { HouseOptions } from './sim-house.js'
import type { UnitPlan } from './unit-plan.js'

export const house: HouseOptions = {
  users: 1,
  executors: 1,
  compilers: 1,
  arenaBytes: 8192,
  restarts: 3,
  restartMs: 5,
  credits: 1024,
}

export const main = 2 as JITDylibId
export const user = 0
/** Clients join in this order: keeper, link actor, compile actors, users. */
const firstUser = 4 as ClientId
export const first = clientScopedId(firstUser, 1) as TrackerId
export const second = clientScopedId(firstUser, 2) as TrackerId
export const byDefault = defaultTrackerOf(main)

const { exported, callable, weak } = symbolFlag

export function unit(number: number, names: readonly string[], more: Partial<UnitPlan> = {}): UnitPlan {
  return {
    number,
    kind: 'object',
    symbols: names.map((name) => [name, exported | callable]),
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

export function weakUnit(number: number, name: string): UnitPlan {
  return unit(number, [name], { symbols: [[name, exported | callable | weak]] })
}

/** Materialized by its user, step by step. */
export function userUnit(number: number, names: readonly string[], steps: UnitPlan['user']['steps']): UnitPlan {
  return unit(number, names, { kind: 'user', user: { steps, milliseconds: 1 } })
}

export const create = (n: number): Operation => ({ user, type: 'create-tracker', n, dylib: main })

export const define = (tracker: TrackerId, plan: UnitPlan): Operation => ({
  user,
  type: 'define',
  dylib: main,
  tracker,
  plan,
})

export const remove = (tracker: TrackerId): Operation => ({ user, type: 'remove', tracker, wait: 'reclaimed' })

export const drop = (tracker: TrackerId): Operation => ({ user, type: 'drop', tracker })

export const transfer = (source: TrackerId, destination: TrackerId): Operation => ({
  user,
  type: 'transfer',
  source,
  destination,
})

export const clear: Operation = { user, type: 'clear', dylib: main }

export const lookup = (...names: string[]): Operation => ({
  user,
  type: 'lookup',
  order: [[main, 'all']],
  names: names.map((name) => [name, true]),
  state: 'ready',
  kind: 'static',
})

export const call = (name: string): Operation => ({ user, type: 'call', name })

export const dies = (thread: string): readonly ['fault', Fault] => ['fault', { type: 'kill', thread }]
