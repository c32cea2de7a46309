// What a session is, without how it does it: sets and maps, one operation after the other, every question answered by
// looking at everything. Numbers that a session gives out are not foretold: whoever drives the model tells it them. A
// verb returns its outcome; what is answered later, or to somebody else, is found in `answers`. Trackers are here,
// symbols in `symbol-model.ts`, managers and leases in `key-model.ts`. Source: ResourceTracker, JITDylib (Core.h).
import type { ClientId, JITDylibId, JITErrorCode, TrackerId, UnitDescription } from '@worc/protocol'
import { clientOf, defaultTrackerOf } from '@worc/protocol'
import type { Removal } from './key-model.js'
import { KeyModel } from './key-model.js'
import type { Ask, ModelDylib, ModelTracker, ModelUnit, Outcome, Responsibility, Role } from './model-state.js'
import { ok } from './model-state.js'
import { SymbolModel } from './symbol-model.js'

export class ReferenceModel {
  readonly clients = new Map<ClientId, { readonly role: Role; lastTracker: number }>()
  /** Those that somebody holds, and each dylib's default tracker once it was needed. */
  readonly trackers = new Map<TrackerId, ModelTracker>()
  /** In order of creation. */
  readonly live = new Set<ModelTracker>()
  readonly symbols: SymbolModel
  readonly keys: KeyModel
  /** What those who work are told when they say something: their tracker or dylib is gone. */
  readonly refused = new Map<Responsibility, JITErrorCode>()
  trackersMade = 0
  answers: (readonly [Ask, Outcome])[] = []
  #ending: readonly Removal[] | undefined

  constructor() {
    const isConnected = (client: ClientId): boolean => this.clients.has(client)
    const answer = (ask: Ask, outcome: Outcome): void => this.answer(ask, outcome)
    this.symbols = new SymbolModel(isConnected, answer)
    this.keys = new KeyModel(isConnected, answer)
  }

  answer(ask: Ask, outcome: Outcome): void {
    if (ask.open) this.answers.push([ask, outcome])
    ask.open = false
  }

  // ---- clients

  connected(client: ClientId, role: Role): void {
    this.clients.set(client, { role, lastTracker: 0 })
  }

  /** As if the client had let go of everything. */
  closed(client: ClientId): void {
    this.clients.delete(client)
    for (const query of this.symbols.queries) if (query.ask.client === client) this.symbols.queries.delete(query)
    this.keys.closed(client)
    for (const work of [...this.symbols.works]) if (work.holder === client) this.symbols.fail(work, 'ActorDied')
    for (const tracker of [...this.trackers.values()]) {
      for (const [token, holder] of tracker.tokens) if (holder === client) tracker.tokens.delete(token)
      for (let at = tracker.holders.indexOf(client); at >= 0; at = tracker.holders.indexOf(client)) {
        tracker.holders.splice(at, 1)
      }
      this.#release(tracker)
    }
  }

  cancel(ask: Ask, code: JITErrorCode): void {
    for (const query of this.symbols.queries) if (query.ask === ask) this.symbols.queries.delete(query)
    this.answer(ask, { code })
  }

  // ---- dylibs

  createJITDylib(id: JITDylibId, name: string): void {
    this.symbols.dylibs.set(id, { id, name, symbols: new Map(), open: true })
  }

  dylib(id: JITDylibId): ModelDylib | JITErrorCode {
    const dylib = this.symbols.dylibs.get(id)
    if (dylib === undefined) return 'BadArgument'
    return dylib.open ? dylib : 'JITDylibDefunct'
  }

  removeJITDylibs(dylibs: readonly ModelDylib[]): Removal[] {
    for (const dylib of dylibs) dylib.open = false
    const removals = dylibs.flatMap((dylib) => this.clear(dylib))
    for (const tracker of this.live) if (!tracker.dylib.open) this.#end(tracker)
    return removals
  }

  get isEnding(): boolean {
    return this.#ending !== undefined
  }

  endSession(ask: Ask): undefined {
    if (this.#ending?.every(({ retired }) => retired) === true) return void this.answer(ask, ok)
    this.symbols.queries.clear()
    this.#ending ??= [...this.keys.unfinished, ...this.removeJITDylibs(this.#lastDylibFirst())]
    this.keys.wait(ask, this.#ending)
  }

  #lastDylibFirst(): ModelDylib[] {
    return [...this.symbols.dylibs.values()].filter(({ open }) => open).reverse()
  }

  // ---- trackers

  tracker(id: TrackerId): ModelTracker | JITErrorCode {
    const known = this.trackers.get(id)
    if (known !== undefined) return known
    if (id < 0) return this.#newTracker(id, -id as JITDylibId)
    const maker = this.clients.get(clientOf(id))
    return maker !== undefined && numberOf(id) > maker.lastTracker ? 'BadArgument' : 'ResourceTrackerDefunct'
  }

  liveTracker(id: TrackerId, dylib?: ModelDylib): ModelTracker | JITErrorCode {
    const found = this.tracker(id)
    if (typeof found === 'string') return found
    if (!found.live || !found.dylib.open) return refusalOf(found)
    return dylib === undefined || found.dylib === dylib ? found : 'WrongOwner'
  }

  createTracker(client: ClientId, id: TrackerId, dylib: JITDylibId): void {
    const maker = this.clients.get(client)
    if (maker === undefined || clientOf(id) !== client || numberOf(id) <= maker.lastTracker) return
    maker.lastTracker = numberOf(id)
    const made = this.#newTracker(id, dylib)
    if (typeof made !== 'string') made.holders.push(client)
  }

  liveById(id: TrackerId): ModelTracker | undefined {
    const known = this.trackers.get(id)
    return known?.live === true ? known : undefined
  }

  #newTracker(id: TrackerId, of: JITDylibId): ModelTracker | JITErrorCode {
    const dylib = this.dylib(of)
    if (typeof dylib === 'string') return dylib
    const tracker = { id, dylib, live: true, used: false, holders: [], tokens: new Map(), transferredTo: undefined }
    this.trackers.set(id, tracker)
    this.live.add(tracker)
    this.trackersMade++
    return tracker
  }

  #end(tracker: ModelTracker): void {
    tracker.live = false
    this.live.delete(tracker)
    if (tracker.id < 0) this.trackers.delete(tracker.id)
  }

  drop(client: ClientId, tracker: ModelTracker): void {
    const at = tracker.holders.indexOf(client)
    if (at < 0) return
    tracker.holders.splice(at, 1)
    this.#release(tracker)
  }

  /** When nobody holds it any more, what it owns becomes the default tracker's. */
  #release(tracker: ModelTracker): void {
    if (tracker.id < 0 || tracker.holders.length > 0 || tracker.tokens.size > 0) return
    this.trackers.delete(tracker.id)
    if (!tracker.live) return
    const heir = this.tracker(defaultTrackerOf(tracker.dylib.id))
    if (tracker.used && typeof heir !== 'string') this.transfer(tracker, heir)
    else this.#end(tracker)
  }

  /** Of live trackers of one dylib. */
  transfer(source: ModelTracker, destination: ModelTracker): void {
    if (source === destination) return
    this.#end(source)
    source.transferredTo = destination
    destination.used ||= source.used
    const units = [...this.symbols.symbols, ...this.symbols.works].map(({ unit }) => unit)
    for (const unit of units) if (unit.tracker === source) unit.tracker = destination
    this.keys.transfer(source, destination)
  }

  /** Its symbols are gone, who works on them will be refused, and their queries fail when managers have answered. */
  remove(tracker: ModelTracker): Removal {
    this.#end(tracker)
    const failures = this.symbols.erase(this.symbols.symbols.filter(({ unit }) => unit.tracker === tracker))
    for (const work of this.symbols.works) {
      if (work.unit.tracker !== tracker) continue
      this.refused.set(work, refusalOf(tracker))
      this.symbols.finish(work, { code: refusalOf(tracker) })
    }
    return this.keys.remove(tracker, failures)
  }

  /** All trackers that own anything, the default one last. */
  clear(dylib: ModelDylib): Removal[] {
    const used = [...this.live].filter((tracker) => tracker.dylib === dylib && tracker.used)
    const inOrder = [...used.filter(({ id }) => id > 0), ...used.filter(({ id }) => id < 0)]
    return inOrder.map((tracker) => this.remove(tracker))
  }

  define(client: ClientId, tracker: ModelTracker, description: UnitDescription): ModelUnit | Outcome {
    const unit = this.symbols.define(client, tracker, tracker.dylib, description)
    if ('tracker' in unit) tracker.used ||= this.symbols.symbols.some((symbol) => symbol.unit === unit)
    return unit
  }
}

function numberOf(tracker: TrackerId): number {
  return tracker % 0x1_0000_0000
}

function refusalOf(tracker: ModelTracker): JITErrorCode {
  return tracker.dylib.open ? 'ResourceTrackerDefunct' : 'JITDylibDefunct'
}
