// What every turn of the session must keep, seen from outside: by what goes in and what comes out. Each check is about one
// promise (promises.ts); what joins tables inside the state is verifySessionState's.
import type { AskId, ClientId, LinkedUnitId, ManagerId, ResourceKey, SessionRequest } from '@worc/protocol'
import type { LookupDefinition, SessionReplies } from '@worc/protocol'
import { entryState } from '@worc/orc'
import type { Effect, SessionInput, SessionState } from '@worc/orc'
import { DispatchChecks } from './dispatch-checks.js'
import type { Probes } from './probes.js'
import type { PromiseName } from './promises.js'
import { RemovalChecks } from './removal-checks.js'
import { SymbolChecks } from './symbol-checks.js'
import type { TurnFacts } from './turn-facts.js'
import { TurnObserver } from './turn-facts.js'
import { Violation, violated } from './violation.js'

const { failed, resolved, emitted, ready } = entryState
const requiredStates = { resolved, emitted, ready } as const

function ensure(holds: boolean, invariant: PromiseName, sentence: () => string): void {
  if (!holds) throw new Violation(invariant, sentence())
}

export class TurnChecks {
  /** Requests without a reply, by client. */
  readonly #asked = new Map<ClientId, Map<AskId, SessionRequest>>()
  /** Keys that a manager was asked to let go of, or to give to another key. */
  readonly #gone = new Map<ManagerId, Set<ResourceKey>>()
  readonly #defunct = new Set<ResourceKey>()
  readonly #turns = new TurnObserver()
  readonly #symbols: SymbolChecks
  readonly #removals = new RemovalChecks()
  readonly #dispatch = new DispatchChecks()
  #lastKey = 0

  constructor(probes: Probes, isHeld: (unit: LinkedUnitId) => boolean = () => false) {
    this.#symbols = new SymbolChecks(probes, isHeld)
  }

  onTurn(input: SessionInput, effects: readonly Effect[], state: SessionState): void {
    const turn = this.#turns.factsOf(input, effects, state)
    this.#dispatch.onTurn(turn)
    this.#symbols.onTurn(turn)
    this.#removals.onTurn(turn)
    if (input.type === 'request') this.#note(input.from, input.ask, input.message)
    else if (input.type === 'clientClosed') this.#asked.delete(input.client)
    for (const effect of effects) this.#checkEffect(effect, turn)
    this.#checkKeys(input, effects, state)
    if (turn.isAlone) this.#checkManagerOrder(effects, state)
  }

  onRest(): void {
    for (const [client, asks] of this.#asked)
      for (const [ask, { type }] of asks)
        ensure(false, 'I18', () => `ask ${ask} of client ${client}, ${type}, is never answered`)
  }

  #note(client: ClientId, ask: AskId, message: SessionRequest): void {
    const asks = this.#asked.get(client) ?? new Map<AskId, SessionRequest>()
    this.#asked.set(client, asks)
    ensure(!asks.has(ask), 'I35', () => `ask ${ask} of client ${client} comes twice`)
    asks.set(ask, message)
  }

  // ---- replies

  #checkEffect(effect: Effect, { input, state, isAlone }: TurnFacts): void {
    if (effect.type === 'reply') return this.#checkReply(effect, state, isAlone)
    const { message } = effect
    if (message.type === 'handleRemoveResources') {
      this.#leaves(message.manager, message.key)
      const isDrop = input.type === 'notification' && input.message.type === 'dropResourceTracker'
      ensure(!isDrop, 'I37', () => `key ${message.key} is removed because a handle was dropped`)
    } else if (message.type === 'handleTransferResources') {
      this.#leaves(message.manager, message.source)
      const gone = this.#gone.get(message.manager)
      ensure(gone?.has(message.destination) !== true, 'I23', () => {
        return `manager ${message.manager} is to file under key ${message.destination}, which it has let go of`
      })
    }
  }

  /** Each manager lets go of a key once. */
  #leaves(manager: ManagerId, key: ResourceKey): void {
    const gone = this.#gone.get(manager) ?? new Set()
    this.#gone.set(manager, gone)
    ensure(!gone.has(key), 'I23', () => `manager ${manager} is to let go of key ${key} a second time`)
    gone.add(key)
  }

  #checkReply(reply: Extract<Effect, { type: 'reply' }>, state: SessionState, isAlone: boolean): void {
    const { to, ask, result } = reply
    const asks = this.#asked.get(to)
    const request = asks?.get(ask)
    ensure(request !== undefined, 'I18', () => `client ${to} gets an answer to ask ${ask}, which it has or never made`)
    asks?.delete(ask)
    if (request === undefined || !result.ok) return
    this.#removals.onReply(reply, request, state)
    // Streams that waited are handled in one turn: what an answer says may be gone by its end.
    if (request.type === 'lookup' && isAlone) this.#checkFound(request, result.value as SessionReplies['lookup'], state)
    else if (request.type === 'claimResourceKey' || request.type === 'claimTrackerKey') {
      const { key } = result.value as { readonly key: ResourceKey }
      ensure(!this.#defunct.has(key), 'I23', () => `key ${key} is granted after it was removed`)
    }
  }

  /** What an answer names is there now, as far as was asked. */
  #checkFound(
    { requiredState }: Extract<SessionRequest, { type: 'lookup' }>,
    found: readonly LookupDefinition[],
    state: SessionState,
  ): void {
    for (const { name, dylib, address } of found) {
      const entry = state.dylibs.get(dylib)?.symbols.get(name)
      ensure(entry !== undefined, 'I19', () => `${name} is found in dylib ${dylib}, which does not have it`)
      if (entry === undefined) return
      const reached = entry.state
      // Of what is emitted or resolved an answer says that it has come so far, not that it will be ready. An emission answers who
      // waited for that, and then sets to work what it depends on: where nobody can do that, because its unit's client is gone, the
      // symbol fails in the same turn, and would in a later one otherwise. In ORC, too, such a query completes, and the symbol may
      // fail before the callback has run. What is ready does not fail.
      const hasFailedSince = reached === failed && requiredState !== 'ready'
      const isReached = reached >= requiredStates[requiredState] || hasFailedSince
      ensure(isReached, 'I19', () => `${name} is found, and only in state ${reached}`)
      ensure(entry.address === address, 'I19', () => `${name} is found at ${address}, and is at ${entry.address}`)
    }
  }

  // ---- keys

  #checkKeys(input: SessionInput, effects: readonly Effect[], state: SessionState): void {
    const { key } = state.last
    if (key < this.#lastKey) violated('I5', `key ${key} is given after key ${this.#lastKey}`)
    this.#lastKey = key
    if (state.removals.size === 0) return
    const isRemoval = effects.some(
      (effect) => effect.type !== 'reply' && effect.message.type === 'handleRemoveResources',
    )
    if (!isRemoval && input.type !== 'request') return
    for (const [removed] of state.removals.entries()) this.#defunct.add(removed)
  }

  /** Managers that are asked about a key in one turn are asked in reverse order of their registration. */
  #checkManagerOrder(effects: readonly Effect[], state: SessionState): void {
    let last: Map<ResourceKey, number> | undefined
    for (const effect of effects) {
      if (effect.type !== 'ask' || effect.message.type !== 'handleRemoveResources') continue
      last ??= new Map()
      const { key, manager } = effect.message
      const place = state.managers.findIndex(({ id }) => id === manager)
      ensure(place >= 0, 'I34', () => `manager ${manager} is asked, and is not registered`)
      const before = last.get(key)
      ensure(
        before === undefined || place < before,
        'I34',
        () => `manager ${manager} is asked too late about key ${key}`,
      )
      last.set(key, place)
    }
  }
}
