// Operations by chance: mostly sensible for the state that the session is in, sometimes pointless or wrong.
import type { FlagsEntry, JITDylibId, LookupSetEntry, SearchOrderEntry, TrackerId } from '@worc/protocol'
import { clientScopedId, defaultTrackerOf, symbolFlag } from '@worc/protocol'
import type { SessionState } from '@worc/orc'
import type { Operation } from './operations.js'
import type { RandomStream } from './random-stream.js'
import type { OperationType, ScheduleOptions, UnitOptions } from './schedule-options.js'
import type { SimHouse } from './sim-house.js'
import { isReady } from './sim-house.js'
import type { UnitPlan, UserScript } from './unit-plan.js'

const { exported, callable, weak } = symbolFlag

export class OperationSource {
  readonly #random: RandomStream
  readonly #house: SimHouse
  readonly #options: ScheduleOptions
  readonly #types: readonly (readonly [OperationType, number])[]
  readonly #total: number
  #number = 0
  readonly #trackers: (readonly [TrackerId, JITDylibId, owner: number])[] = []
  readonly #managers: (readonly [user: number, manager: number])[] = []
  readonly #generators: (readonly [user: number, generator: number, JITDylibId])[] = []
  #dylibs = 0
  /** The tracker that was chosen last: what happens to one tracker happens to it soon again. */
  #lately: readonly [TrackerId, JITDylibId] | undefined

  constructor(random: RandomStream, house: SimHouse, options: ScheduleOptions) {
    this.#random = random
    this.#house = house
    this.#options = options
    this.#types = [...options.weights].filter(([, weight]) => weight > 0)
    this.#total = this.#types.reduce((sum, [, weight]) => sum + weight, 0)
  }

  /** Undefined where nobody could do anything, or nothing fits. */
  draw(): Operation | undefined {
    const able: number[] = []
    for (const [at, { thread, actor }] of this.#house.users.entries())
      if (thread.canHear && actor.connected) able.push(at)
    const user = this.#random.pick(able)
    if (user === undefined || this.#house.dylibs.length === 0) return undefined
    let at = this.#random.next() * this.#total
    for (const [type, weight] of this.#types) {
      at -= weight
      if (at < 0) return this.#drawOf(type, user)
    }
    return undefined
  }

  #drawOf(type: OperationType, user: number): Operation | undefined {
    const random = this.#random
    const dylib = this.#dylib()
    switch (type) {
      case 'create-tracker': {
        const n = ++this.#number
        this.#trackers.push([this.#idOf(user, n) as TrackerId, dylib, user])
        return { user, type, n, dylib }
      }
      case 'define':
        return { user, type, dylib, tracker: random.chance(0.2) ? null : this.#tracker(dylib), plan: this.#plan(dylib) }
      case 'lookup': {
        const state = random.pick(['ready', 'ready', 'ready', 'emitted', 'resolved'] as const) ?? 'ready'
        const kind = random.chance(0.8) ? 'static' : 'dlsym'
        const calls = random.chance(this.#options.callsFound)
        return { user, type, order: this.#order(), names: this.#names(), state, kind, calls }
      }
      case 'lookup-flags':
        return { user, type, order: this.#order(), names: this.#names() }
      case 'remove':
        return { user, type, tracker: this.#busy(dylib), wait: random.chance(0.3) ? 'reclaimed' : 'retired' }
      case 'transfer':
        return { user, type, source: this.#busy(dylib), destination: this.#tracker(dylib) }
      case 'drop': {
        const [tracker, , owner] = random.pick(this.#trackers) ?? []
        return tracker === undefined || owner === undefined ? undefined : { user: owner, type, tracker }
      }
      case 'hand-over': {
        const [tracker, , owner] = random.pick(this.#trackers) ?? []
        const taker = random.below(this.#house.users.length)
        if (tracker === undefined || owner === undefined) return undefined
        const token = this.#idOf(owner, ++this.#number)
        const early = random.chance(0.5)
        const leaves = early && random.chance(0.2)
        return { user: owner, type, taker, tracker, token, early, drop: random.chance(0.5), leaves }
      }
      case 'squeeze': {
        const milliseconds = random.below(200)
        const heir = random.chance(0.4) ? defaultTrackerOf(dylib) : null
        return { user, type, source: this.#tracker(dylib), destination: this.#tracker(dylib), heir, milliseconds }
      }
      case 'current-keys': {
        const given = this.#state?.last.key ?? 0
        return { user, type, keys: Array.from({ length: Math.min(given, 16) }, (_, at) => given - at) }
      }
      case 'clear':
        return { user, type, dylib }
      case 'remove-symbols':
        return { user, type, dylib, names: this.#known(dylib, 1 + random.below(2)) }
      case 'register': {
        const manager = ++this.#number
        this.#managers.push([user, manager])
        const answer = random.pick(['retired', 'retired', 'reclaim-later', 'fails'] as const) ?? 'retired'
        return { user, type, manager, habits: { answer, milliseconds: random.below(5) } }
      }
      case 'deregister': {
        const [owner, manager] = random.pick(this.#managers) ?? []
        return owner === undefined || manager === undefined ? undefined : { user: owner, type, manager }
      }
      case 'claim':
        return { user, type, tracker: this.#tracker(dylib), milliseconds: random.below(random.chance(0.3) ? 200 : 10) }
      case 'add-generator': {
        const generator = ++this.#number
        this.#generators.push([user, generator, dylib])
        const plans = Array.from({ length: 1 + random.below(2) }, () => this.#plan(dylib))
        return { user, type, generator, dylib, tracker: random.chance(0.5) ? null : this.#tracker(dylib), plans }
      }
      case 'remove-generator': {
        const [owner, generator, of] = random.pick(this.#generators) ?? []
        if (owner === undefined || generator === undefined || of === undefined) return undefined
        return { user: owner, type, generator, dylib: of }
      }
      case 'compile':
        return { user, type, plan: { ...this.#plan(dylib), kind: 'source' } }
      case 'call':
      case 'address': {
        const caller = random.pick(this.#callers())
        const name = random.pick([...(this.#house.users[caller ?? user]?.actor.found.keys() ?? [])])
        return caller === undefined || name === undefined ? undefined : { user: caller, type, name }
      }
      case 'initialize':
        return { user, type, dylib, milliseconds: random.below(5) }
      case 'create-dylib':
        return { user, type, name: `more${++this.#dylibs}` }
      case 'remove-dylib':
        return { user, type, dylib }
      case 'link-order':
        return { user, type, dylib, order: this.#order() }
      case 'allocate':
        return { user, type, sizeBytes: 16 * (1 + random.below(8)) }
      case 'cancel':
        return { user, type, back: random.below(4) }
      case 'burst': {
        const n = this.#number + 1
        this.#number += 80
        return { user, type, count: 80, dylib, n }
      }
      case 'come':
        return this.#house.users.length < 5 ? { user, type, attach: random.chance(0.6) } : undefined
      case 'park':
      case 'end-session':
      case 'drain':
      case 'leave':
        return { user, type }
    }
  }

  /** Those who know something that they can call. */
  #callers(): number[] {
    const callers: number[] = []
    for (const [at, user] of this.#house.users.entries())
      if (user.actor.found.size > 0 && user.thread.canHear && isReady(user)) callers.push(at)
    return callers
  }

  #idOf(user: number, n: number): number {
    const client = this.#house.users[user]?.actor.client
    return client === undefined ? 0 : clientScopedId(client, n)
  }

  get #state(): SessionState | undefined {
    return this.#house.state
  }

  #dylib(): JITDylibId {
    const open = [...(this.#state?.dylibs.keys() ?? [])]
    const [main] = this.#house.dylibs
    if (main === undefined || this.#random.chance(0.6)) return main ?? (1 as JITDylibId)
    return this.#random.pick(open.length > 0 ? open : this.#house.dylibs) ?? main
  }

  /** Mostly one of the dylib. */
  #tracker(dylib: JITDylibId): TrackerId {
    const fitting = this.#random.chance(0.95) ? this.#trackers.filter(([, of]) => of === dylib) : this.#trackers
    const again = this.#random.chance(0.3) && this.#lately?.[1] === dylib ? this.#lately : undefined
    const chosen = again ?? (this.#random.chance(0.2) ? undefined : this.#random.pick(fitting))
    this.#lately = [chosen?.[0] ?? defaultTrackerOf(dylib), dylib]
    return this.#lately[0]
  }

  /** Often one for which somebody is at work: that is when taking it away matters most. */
  #busy(dylib: JITDylibId): TrackerId {
    const works = this.#random.chance(0.7) ? this.#state?.responsibilities.values() : undefined
    const tracker = this.#random.pick(works ?? [])?.unit.tracker
    return tracker?.defunct === false ? tracker.id : this.#tracker(dylib)
  }

  #order(): SearchOrderEntry[] {
    const dylibs = this.#random.some(this.#house.dylibs, 1 + this.#random.below(2))
    if (this.#random.chance(0.3)) dylibs.unshift(this.#dylib())
    return [...new Set(dylibs)].map((dylib) => [dylib, this.#random.chance(0.2) ? 'exported' : 'all'])
  }

  #names(): LookupSetEntry[] {
    const random = this.#random
    const chosen = this.#known(this.#dylib(), 1 + random.below(3))
    return chosen.map((name) => [name, random.chance(0.8)])
  }

  /** Names that are mostly there. */
  #known(dylib: JITDylibId, count: number): string[] {
    const there = (this.#state?.dylibs.get(dylib)?.symbols.values() ?? []).map(({ name }) => name)
    const { names } = this.#options.units
    return this.#random.some(there.length > 0 && this.#random.chance(0.8) ? there : names, count)
  }

  // ---- units

  #plan(dylib: JITDylibId): UnitPlan {
    const random = this.#random
    const { units } = this.#options
    const number = ++this.#number
    const there = this.#state?.dylibs.get(dylib)?.symbols
    const free = units.names.filter((name) => there?.has(name) !== true)
    const among = free.length > 0 && random.chance(0.8) ? free : units.names
    const kind = random.pick(units.kinds) ?? 'object'
    const dataBytes = random.chance(0.7) ? 16 + random.below(units.largestData) : 0
    const chosen = random.some(among, 1 + random.below(3))
    const calls = random.chance(units.coupling) ? random.some(units.names, 1 + random.below(2)) : []
    const pointers = random.chance(units.coupling * 0.8) ? random.some(units.names, 1) : []
    return {
      number,
      kind,
      symbols: chosen.map((name, at) => [name, this.#flags(dataBytes > 0 && at > 0)] satisfies FlagsEntry),
      initSymbol: random.chance(0.1) ? `init${number}` : null,
      calls: calls.filter((name) => !chosen.includes(name)),
      pointers: pointers.filter((name) => !chosen.includes(name)),
      weak: random.chance(0.3) ? calls : [],
      dataBytes,
      threadLocalBytes: random.chance(0.1) ? 16 : 0,
      addressTaken: random.chance(0.3) ? 1 : 0,
      compile: this.#compile(units),
      link: units.linkErrors && random.chance(0.15) ? (random.pick(linkFailures) ?? 'ok') : 'ok',
      user: this.#script(),
    }
  }

  #flags(mayBeData: boolean): number {
    const binding = this.#random.chance(0.25) ? weak : 0
    return exported | binding | (mayBeData && this.#random.chance(0.3) ? 0 : callable)
  }

  #compile({ compileErrors, hangs, slow }: UnitOptions): UnitPlan['compile'] {
    const random = this.#random
    const milliseconds = random.below(slow && random.chance(0.3) ? 200 : 10)
    if (hangs && random.chance(0.2)) return { milliseconds, outcome: 'hang' }
    return { milliseconds, outcome: compileErrors && random.chance(0.3) ? 'error' : 'ok' }
  }

  #script(): UserScript {
    const steps = this.#random.pick(scripts) ?? []
    return { steps, milliseconds: this.#random.below(6) }
  }
}

const linkFailures = ['bad-object', 'link-error', 'invalid-code'] as const

const scripts: readonly UserScript['steps'][] = [
  ['resolve', 'lookup', 'emit'],
  ['resolve', 'lookup', 'claim', 'emit'],
  ['claim', 'resolve', 'emit'],
  ['claim-name', 'resolve', 'lookup', 'emit'],
  ['resolve', 'emit'],
  ['resolve', 'fail'],
  ['fail'],
  ['drop'],
  ['hand-on'],
  ['delegate', 'resolve', 'lookup', 'emit'],
  ['replace'],
  ['emit'],
]
