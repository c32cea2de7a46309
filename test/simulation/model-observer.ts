// Holds a session to the reference model, turn by turn: what went in is done to the model too, and then what came out,
// and what the session's state says, must be what the model says. It has to see every turn of the session's life.
//
// Three things are learned, not foretold: numbers that the session gives out, which actor of a layer gets something to
// do, and when a lookup comes out of the generators. What initializations set to work is followed, not asked for.
import type {
  AskId,
  ClientId,
  LookupSetEntry,
  ManagerId,
  SessionEvent,
  SessionNotification,
  SessionRequest,
  UnitId,
} from '@worc/protocol'
import { isCodeAddress, unitOfCode } from '@worc/protocol'
import { entryState } from '@worc/orc'
import type { Effect, NotificationInput, SessionInput, SessionState } from '@worc/orc'
import { GeneratorModel } from './generator-model.js'
import { KnownNumbers } from './known-numbers.js'
import type { TurnOutput } from './model-comparison.js'
import { sortEffects, wrongAnswers, wrongDiscards, wrongTelling } from './model-comparison.js'
import type { Ask, Outcome, Responsibility } from './model-state.js'
import { letGo, perform } from './model-verbs.js'
import type { StreamInput } from './parked-model.js'
import { ParkedModel } from './parked-model.js'
import { ReferenceModel } from './reference-model.js'
import { differences } from './session-abstraction.js'

type Materialize = Extract<SessionEvent, { type: 'materialize' }>
type UnitsHeld = Extract<SessionNotification, { type: 'unitsHeld' }>
type Lookup = Extract<SessionRequest, { type: 'lookup' | 'lookupFlags' }>

/** More than any client makes. */
const mostAsks = 0x10_0000

export class ModelObserver {
  readonly #model = new ReferenceModel()
  readonly #parked: ParkedModel
  readonly #generators: GeneratorModel
  readonly #numbers = new KnownNumbers()
  readonly #asks = new Map<number, Ask>()
  /** Clients that said more while others waited for that. */
  readonly #awakened: ClientId[] = []
  /** What the model cannot answer. */
  readonly #excused = new Set<Ask>()
  /** Lookups that are with a generator, or may be. */
  readonly #lookups = new Set<Ask>()
  /** Who was asked to remove what. */
  readonly #removing = new Map<number, { readonly by: ClientId; readonly manager: ManagerId; readonly key: number }>()
  /** Begun, and not yet seen to be given to anybody. */
  readonly #unseen = new Set<Responsibility>()
  /** As it is at the end of the turn. */
  #session: SessionState | undefined
  #keysSeen = 0
  /** Asks that are answered when initialization has come far enough. */
  #initializing = 0
  /** Of this turn. */
  #replies: TurnOutput['replies'] = []
  /** Units that somebody was told to materialize in this turn. */
  #given: ReadonlySet<UnitId> = new Set()
  #wrong: string[] = []

  constructor() {
    this.#parked = new ParkedModel(this.#model)
    this.#generators = new GeneratorModel(this.#model)
  }

  /** What the session has wrong after a turn. */
  observe(input: SessionInput, effects: readonly Effect[], state: SessionState): readonly string[] {
    const output = sortEffects(effects)
    const { replies } = output
    this.#replies = replies
    this.#given = new Set(effects.flatMap(unitGivenBy))
    this.#session = state
    this.#wrong = []
    this.#take(input)
    this.#goOn()
    this.#finishLookups(effects)
    this.#followInitializations(state)
    this.#learnKeys(state)
    for (const effect of effects) this.#learn(effect)
    this.#checkWork()
    this.#compare(output, state)
    for (const { to, ask } of replies) this.#forget(askNumber(to, ask))
    return this.#wrong
  }

  // ---- what goes in

  #take(input: SessionInput): void {
    switch (input.type) {
      case 'clientConnected':
        return this.#model.connected(input.client, input.role)
      case 'clientClosed':
        return this.#closed(input.client)
      case 'reply':
        this.#generators.answered(input.from, input.token, input.result)
        return this.#removed(input)
      case 'request':
      case 'notification':
        if (this.#model.clients.has(input.from)) this.#hear(input)
    }
  }

  #closed(client: ClientId): void {
    for (const [number, ask] of this.#asks) {
      if (ask.client !== client) continue
      ask.open = false
      this.#forget(number)
    }
    this.#parked.forget(client)
    this.#model.closed(client)
    this.#resume(client)
  }

  #removed({ from, token, result }: Extract<SessionInput, { type: 'reply' }>): void {
    const removing = this.#removing.get(token)
    const tracker = removing === undefined ? undefined : this.#numbers.trackerOf(removing.key)
    if (removing?.by !== from || tracker === undefined) return
    this.#removing.delete(token)
    const reclaimLater = result.ok && (result.value as { readonly reclaimLater: boolean }).reclaimLater
    this.#model.keys.answered(tracker, removing.manager, result.ok ? undefined : result.error.code, reclaimLater)
  }

  #hear(input: StreamInput): void {
    if (input.type === 'request') {
      const ask: Ask = { client: input.from, id: input.ask, message: input.message, open: true }
      this.#asks.set(askNumber(input.from, input.ask), ask)
      if (input.message.type === 'beginInitialize') this.#initializing++
    }
    if (input.message.type === 'cancelAsk') return this.#cancel(input.from, input.message)
    if (this.#model.isEnding || !this.#parked.parks(input)) this.#handle(input)
  }

  #handle(input: StreamInput): void {
    if (input.type === 'notification') return this.#notified(input)
    const ask = this.#asks.get(askNumber(input.from, input.ask))
    if (ask === undefined) return
    if (ask.message.type === 'endSession' && !this.#model.isEnding) return this.#end(ask)
    if (ask.message.type !== 'endSession' && this.#model.isEnding) {
      return this.#model.answer(ask, { code: 'SessionClosed' })
    }
    this.#request(ask)
  }

  #request(ask: Ask): void {
    const { client, message } = ask
    const given = this.#replies.find((reply) => reply.to === client && reply.ask === ask.id)?.result
    if (message.type === 'lookup' || message.type === 'lookupFlags') return this.#lookup(ask, message)
    if (message.type === 'addGenerator' && given?.ok === true) this.#generators.added(client, message)
    if (message.type === 'removeGenerator' && given?.ok === true) {
      this.#generators.removed(message.dylib, message.generator)
    }
    const outcome = perform(this.#model, this.#numbers, ask, given)
    // What it sets to work is at work for what the same turn goes on with.
    if (message.type === 'beginInitialize' && this.#session !== undefined) this.#followInitializations(this.#session)
    if (outcome === 'unknown') this.#excused.add(ask)
    else if (outcome !== undefined) this.#model.answer(ask, outcome)
  }

  #notified({ from, message }: NotificationInput): void {
    const model = this.#model
    switch (message.type) {
      case 'createResourceTracker':
        model.createTracker(from, message.tracker, message.dylib)
        return this.#resume(from)
      case 'retainTracker': {
        const tracker = model.tracker(message.tracker)
        if (typeof tracker !== 'string' && tracker.id > 0) tracker.tokens.set(message.token, from)
        return this.#resume(from)
      }
      case 'dropResourceTracker': {
        const tracker = model.trackers.get(message.tracker)
        return tracker === undefined ? undefined : model.drop(from, tracker)
      }
      case 'releaseLease':
        if (model.keys.leases.get(message.lease)?.client === from) model.keys.leases.delete(message.lease)
        return model.keys.advance()
      case 'resourcesReclaimed': {
        const tracker = this.#numbers.trackerOf(message.key)
        return tracker === undefined ? undefined : model.keys.reclaimed(from, message.manager, tracker)
      }
      case 'unitsHeld':
        return model.clients.get(from)?.role === 'link' ? model.symbols.lose(lossOf(message)) : undefined
      case 'responsibilityDropped':
        return letGo(model, this.#numbers, from, message, 'Aborted')
      case 'endInitialize':
      case 'cancelAsk':
        return undefined
    }
  }

  #cancel(
    client: ClientId,
    message: { readonly ask: AskId; readonly error: { readonly code: Outcome['code'] } },
  ): void {
    const ask = this.#asks.get(askNumber(client, message.ask))
    const awaited = this.#parked.cancel(client, message.ask)
    if (ask !== undefined && message.error.code !== 'ok') this.#model.cancel(ask, message.error.code)
    if (awaited !== undefined) this.#resume(awaited)
  }

  /** Streams that stand still go on when the message is done with, those of whoever came further last first. */
  #resume(by: ClientId): void {
    this.#awakened.push(by)
  }

  #goOn(): void {
    for (let by = this.#awakened.pop(); by !== undefined; by = this.#awakened.pop()) {
      for (const input of this.#parked.resumed(by)) this.#handle(input)
    }
  }

  /** What anybody waits for is answered, and no stream stands still any more. */
  #end(ending: Ask): void {
    for (const ask of this.#asks.values()) {
      // What is excused may have been answered in this very turn, of a stream that stood still.
      if (ask.message.type !== 'endSession' && !this.#excused.has(ask))
        this.#model.answer(ask, { code: 'SessionClosed' })
    }
    this.#lookups.clear()
    const parked = this.#parked.takeAll()
    this.#request(ending)
    for (const input of parked) this.#handle(input)
  }

  // ---- lookups

  #lookup(ask: Ask, { searchOrder, symbols }: Lookup): void {
    if (searchOrder.some(([id]) => this.#model.dylib(id) === 'BadArgument')) {
      return this.#model.answer(ask, { code: 'BadArgument' })
    }
    if (this.#generators.mayHoldUp(searchOrder, symbols)) this.#lookups.add(ask)
    else this.#match(ask)
  }

  #match(ask: Ask): void {
    const { message } = ask
    const { symbols } = this.#model
    if (message.type === 'lookup') {
      const behalf = this.#numbers.responsibilities.get(message.onBehalfOf ?? 0)
      const goal = { required: message.requiredState, behalf: behalf && symbols.works.has(behalf) ? behalf : undefined }
      const outcome = symbols.lookup(ask, message.searchOrder, eachOnce(message.symbols), goal)
      if (outcome !== undefined) this.#model.answer(ask, outcome)
    } else if (message.type === 'lookupFlags') {
      this.#model.answer(ask, symbols.lookupFlags(message.searchOrder, eachOnce(message.symbols)))
    }
  }

  /** A lookup that is answered, or begins to wait, has come out of the generators; unless one of them failed it. */
  #finishLookups(effects: readonly Effect[]): void {
    if (this.#lookups.size === 0) return
    for (const effect of effects) {
      const ask = this.#asks.get(lookupOf(effect))
      if (ask === undefined || !this.#lookups.delete(ask)) continue
      const failedInside = effect.type === 'reply' && !effect.result.ok && !ofMatching.has(effect.result.error.code)
      if (failedInside) this.#excused.add(ask)
      else this.#match(ask)
    }
  }

  #followInitializations(session: SessionState): void {
    if (this.#initializing === 0) return
    const { symbols } = this.#model
    const set = symbols.symbols.filter(({ name, dylib, state, unit }) => {
      if (state !== 'neverSearched') return false
      // The turn may have gone on after the initialization, and taken the unit away, or given the name to another.
      if (this.#given.has(unit.description.unit)) return true
      const now = session.dylibs.get(dylib.id)?.symbols.get(name)
      return now?.unit.id === unit.description.unit && now.state !== entryState.neverSearched
    })
    symbols.dispatch(set)
  }

  // ---- what comes out

  /** There is something to learn where the session gave out a key, or the model made a tracker. */
  #learnKeys(session: SessionState): void {
    const given = session.last.key + this.#model.trackersMade
    if (given === this.#keysSeen) return
    this.#keysSeen = given
    for (const { trackers } of session.dylibs.values()) {
      for (let { first: tracker } = trackers; tracker !== null; tracker = tracker.next) {
        const known = this.#model.liveById(tracker.id)
        if (known !== undefined) this.#numbers.keyIs(known, tracker.key)
      }
    }
  }

  #learn(effect: Effect): void {
    if (effect.type === 'reply') return
    const { to, message } = effect
    if (message.type === 'materialize') return this.#materialize(to, message)
    if (effect.type !== 'ask' || message.type === 'handleTransferResources') return
    const { token } = effect
    if (effect.message.type === 'generate')
      this.#generators.asked(token, effect.message.dylib, effect.message.generator, effect.message.names)
    else if (effect.message.type === 'handleRemoveResources')
      this.#removing.set(token, { by: to, manager: effect.message.manager, key: effect.message.key })
  }

  #materialize(to: ClientId, { responsibility, unit, symbols }: Materialize): void {
    const begun = [...this.#unseen, ...this.#model.symbols.begun].filter(
      (work) => this.#numbers.idOf(work) === undefined,
    )
    const byUnit = begun.find((work) => work.unit.description.unit === unit)
    const work = this.#numbers.responsibilities.get(responsibility) ?? byUnit
    if (work === undefined) {
      // An initialization may have begun it, and the stream gone on to take it away, in one turn.
      const isThere = this.#model.symbols.symbols.some((symbol) => symbol.unit.description.unit === unit)
      if (this.#initializing === 0 || isThere) this.#say(`unit ${unit} is materialized, and nobody needs it`)
      return
    }
    this.#numbers.responsibilityIs(work, responsibility)
    this.#unseen.delete(work)
    const role = work.source.kind === 'object' ? 'link' : work.source.kind === 'source' ? 'compile' : undefined
    const isRight = role === undefined ? work.holder === to : this.#model.clients.get(to)?.role === role
    if (!isRight) this.#say(`unit ${unit} is given to client ${to}`)
    work.holder = to
    if (!this.#model.symbols.works.has(work)) return
    const owned = this.#model.symbols.symbolsOf(work).map(({ name, flags }) => `${name} ${flags}`)
    const told = symbols.map(([name, flags]) => `${name} ${flags}`)
    if (owned.sort().join() !== told.sort().join()) this.#say(`unit ${unit} is to materialize ${told.join(', ')}`)
  }

  /** What began was given to somebody, unless nobody is there who could. */
  #checkWork(): void {
    const { symbols, clients } = this.#model
    for (const work of symbols.begun) if (this.#numbers.idOf(work) === undefined) this.#unseen.add(work)
    if (symbols.begun.length > 0) symbols.begun = []
    if (this.#unseen.size === 0) return
    const roles = new Set([...clients.values()].map(({ role }) => role))
    for (const work of this.#unseen) {
      if (!symbols.works.has(work)) this.#unseen.delete(work)
      else if (
        roles.has(work.source.kind === 'object' ? 'link' : work.source.kind === 'source' ? 'compile' : 'client')
      ) {
        this.#say(`unit ${work.unit.description.unit} is given to nobody`)
      }
    }
  }

  #compare({ told, discards, replies }: TurnOutput, session: SessionState): void {
    const model = this.#model
    const { keys, symbols } = model
    const numbers = this.#numbers
    const wrong = this.#wrong
    const askOf = ({ to, ask }: { readonly to: ClientId; readonly ask: AskId }): Ask | undefined =>
      this.#asks.get(askNumber(to, ask))
    if (told.length > 0 || keys.told.length > 0) wrong.push(...wrongTelling(model, numbers, told))
    if (discards.length > 0 || symbols.discarded.length > 0) wrong.push(...wrongDiscards(model, discards))
    if (replies.length > 0 || model.answers.length > 0)
      wrong.push(...wrongAnswers(model, replies, askOf, this.#excused))
    if (numbers.contradictions.length > 0) wrong.push(...numbers.contradictions.splice(0))
    wrong.push(...differences(session, model, numbers))
    model.answers = []
    keys.told = []
    symbols.discarded = []
  }

  #forget(number: number): void {
    const ask = this.#asks.get(number)
    this.#asks.delete(number)
    if (ask === undefined) return
    if (ask.message.type === 'beginInitialize') this.#initializing--
    this.#excused.delete(ask)
    this.#lookups.delete(ask)
  }

  #say(what: string): void {
    this.#wrong.push(what)
  }
}

/** Whether nobody holds what is there. */
function lossOf({ last, units, lost }: UnitsHeld): (address: number) => boolean {
  return (address) => {
    if (!isCodeAddress(address))
      return lost.some(([start, sizeBytes]) => address >= start && address < start + sizeBytes)
    const unit = unitOfCode(address)
    return unit <= last && !units.includes(unit)
  }
}

/** Errors that come of matching names, not of a generator. */
const ofMatching: ReadonlySet<string> = new Set(['SymbolsNotFound', 'FailedToMaterialize', 'WouldDeadlock'])

/** One number for an ask of anybody's. */
function askNumber(client: ClientId, ask: AskId): number {
  return client * mostAsks + ask
}

function lookupOf(effect: Effect): number {
  if (effect.type === 'reply') return askNumber(effect.to, effect.ask)
  const isWaiting = effect.type === 'send' && effect.message.type === 'dependenciesRegistered'
  return isWaiting ? askNumber(effect.to, effect.message.ask) : -1
}

/** A name that is given twice is required if it is required once. */
function eachOnce(symbols: readonly LookupSetEntry[]): LookupSetEntry[] {
  const names = new Map<string, boolean>()
  for (const [name, required] of symbols) names.set(name, required || names.get(name) === true)
  return [...names]
}

function unitGivenBy(effect: Effect): readonly UnitId[] {
  return effect.type === 'send' && effect.message.type === 'materialize' ? [effect.message.unit] : []
}
