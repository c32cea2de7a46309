// What a random walk has around it: the session, the people, and what they know of: dylibs, trackers, work they were
// given. The choices it offers to the steps all follow from one seed.
import type {
  FlagsEntry,
  GeneratorId,
  InitializerRun,
  JITDylibId,
  LeaseId,
  ManagerId,
  ResponsibilityId,
  SearchOrderEntry,
  SessionReplies,
  SessionRequest,
  TrackerId,
  UnitDescription,
  UnitId,
  UnitSource,
} from '@worc/protocol'
import { entryState } from '@worc/orc'
import { defaultTrackerOf } from '@worc/protocol'
import type { Answer } from './answer.js'
import { RandomSource } from './random-source.js'
import { ReadinessOracle } from './readiness-oracle.js'
import { SessionDriver } from './session-driver.js'
import type { ClientDriver, Materialize } from './session-driver.js'
import { ModelObserver } from '../simulation/model-observer.js'
import { absolute, initOnly, object, source, strong, weakly } from './unit-fixtures.js'

const words = ['Foo', 'Bar', 'Baz', 'Qux']
export const names: readonly string[] = words.flatMap((word) => [word, `${word}1`, `${word}2`, `${word}3`])

/** A responsibility, as its holder knows it. */
export interface Work {
  readonly holder: ClientDriver
  readonly responsibility: ResponsibilityId
  readonly dylib: JITDylibId
  symbols: FlagsEntry[]
  resolved: boolean
}

interface AskedRequest {
  readonly client: ClientDriver
  readonly type: SessionRequest['type']
  readonly answer: Answer<unknown>
}

export class WalkWorld {
  readonly session = new SessionDriver()
  readonly random: RandomSource
  /** Whether the walk keeps to what the reference model speaks of, and asks it after every turn. */
  readonly isModelled: boolean
  readonly oracle: ReadinessOracle = new ReadinessOracle(this.session.state)
  /** Of each request, 'type code'. */
  readonly outcomes = new Set<string>()
  readonly people: ClientDriver[] = []
  readonly dylibs: JITDylibId[] = []
  trackers: (readonly [TrackerId, JITDylibId])[] = []
  readonly generators: (readonly [JITDylibId, GeneratorId])[] = []
  readonly managers: (readonly [ClientDriver, ManagerId])[] = []
  readonly runs: (readonly [ClientDriver, InitializerRun])[] = []
  readonly leases: (readonly [ClientDriver, LeaseId])[] = []
  work: Work[] = []
  asked: AskedRequest[] = []
  step = 0

  constructor(seed: number) {
    this.isModelled = seed % 2 === 1
    if (this.isModelled) this.#askTheModel()
    this.random = new RandomSource(seed)
    this.connect('client')
    this.connect('client')
    for (const name of ['main', 'lib', 'libc']) this.createDylib(name)
  }

  #askTheModel(): void {
    const model = new ModelObserver()
    this.session.observer = (input, effects) => model.observe(input, effects, this.session.state)
  }

  // ---- people

  connect(role: 'client' | 'link' | 'compile'): ClientDriver {
    const client = this.session.connect(role)
    this.people.push(client)
    return client
  }

  isHere(client: ClientDriver): boolean {
    return this.session.clients.has(client.id)
  }

  anybody(): ClientDriver {
    return this.random.pick(this.people) ?? this.connect('client')
  }

  ask<T extends SessionRequest>(client: ClientDriver, message: T): Answer<SessionReplies[T['type']]> {
    const answer = client.request(message, message.type === 'define' ? [{}] : [])
    this.asked.push({ client, type: message.type, answer: answer })
    return answer
  }

  /** Notes what was answered, and what there is to do. */
  collect(): void {
    for (const { type, answer, client } of this.asked) {
      if (!answer.settled) continue
      this.outcomes.add(`${type} ${answer.outcome}`)
      if (type !== 'beginInitialize' || !answer.succeeded) continue
      const run = answer.value as InitializerRun
      if (run.run !== 0) this.runs.push([client, run])
    }
    this.asked = this.asked.filter(({ answer, client }) => !answer.settled && this.isHere(client))
    this.work = this.work.filter(({ holder }) => this.isHere(holder))
    for (const client of this.session.clients.values()) {
      for (const event of client.takeAll('materialize')) this.work.push(workOf(client, event))
    }
  }

  // ---- dylibs and trackers

  createDylib(name: string): void {
    const created = this.ask(this.anybody(), { type: 'createJITDylib', name, bare: true })
    if (created.settled) this.dylibs.push(created.value)
  }

  dylib(): JITDylibId {
    return this.random.pick(this.dylibs) ?? (1 as JITDylibId)
  }

  /** Mostly one of the dylib. */
  tracker(dylib: JITDylibId = this.dylib()): TrackerId {
    const fitting = this.random.chance(0.95) ? this.trackers.filter(([, of]) => of === dylib) : this.trackers
    const chosen = this.random.chance(0.2) ? undefined : this.random.pick(fitting)
    return chosen?.[0] ?? defaultTrackerOf(dylib)
  }

  forgetTracker(tracker: TrackerId): void {
    if (this.random.chance(0.8)) this.trackers = this.trackers.filter(([other]) => other !== tracker)
  }

  searchOrder(): SearchOrderEntry[] {
    const dylibs = this.random.some(this.dylibs, 1 + this.random.below(3))
    return dylibs.map((dylib) => [dylib, this.random.chance(0.3) ? 'exported' : 'all'])
  }

  /** What has not failed. */
  definedNames(dylib: JITDylibId): string[] {
    const symbols = [...(this.session.state.dylibs.get(dylib)?.symbols.values() ?? [])]
    return symbols.filter(({ state }) => state !== entryState.failed).map(({ name }) => name)
  }

  // ---- units

  unit(client: ClientDriver, among: readonly string[] = names): UnitDescription {
    const { random, step } = this
    const chosen = random.some(among, 1 + random.below(3))
    const symbols = chosen.map((name): FlagsEntry => [name, random.chance(0.3) ? weakly : strong])
    const initSymbol = random.chance(0.2) ? `init${step}` : null
    const init: FlagsEntry[] = initSymbol === null ? [] : [[initSymbol, initOnly]]
    if (!this.isModelled && random.chance(0.2)) return this.#aliases(client, symbols)
    const description = { unit: client.newId() as UnitId, name: `unit${step}`, initSymbol }
    return { ...description, symbols: [...symbols, ...init], source: this.#source(chosen) }
  }

  /** Chains and rings of them come about by themselves. */
  #aliases(client: ClientDriver, symbols: readonly FlagsEntry[]): UnitDescription {
    const aliasees = symbols.map(() => this.random.pick(names) ?? 'Foo')
    const [from = null] = this.random.chance(0.5) ? this.searchOrder() : []
    const source = { kind: 'aliases', from, aliasees } as const
    return { unit: client.newId() as UnitId, name: `aliases${this.step}`, symbols, initSymbol: null, source }
  }

  #source(chosen: readonly string[]): UnitSource {
    const at = this.random.below(20)
    if (at < 14) return { kind: 'user' }
    if (at < 16) return object
    if (at < 18) return source
    const missing = this.random.chance(0.2) ? 1 : 0
    return absolute(Object.fromEntries(chosen.slice(missing).map((name) => [name, 0x100])))
  }
}

function workOf(holder: ClientDriver, { responsibility, dylib, symbols }: Materialize): Work {
  return { holder, responsibility, dylib, symbols: [...symbols], resolved: false }
}
