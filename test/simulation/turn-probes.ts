// Which rare situations a turn of the session was: seen from what went in, what came out, and what was at work before.
import type { ClientId, JITErrorData } from '@worc/protocol'
import { entryState } from '@worc/orc'
import type { Effect, SessionInput, SessionState } from '@worc/orc'
import type { Probes } from './probes.js'

type Values<T> = T extends { values(): Iterable<infer V> } ? V : never
type Responsibility = Values<SessionState['responsibilities']>
type Tracker = Responsibility['unit']['tracker']

interface AtWork {
  readonly tracker: Tracker
  readonly holder: ClientId | undefined
}

export class TurnProbes {
  readonly #probes: Probes
  /** Who worked for which tracker when the turn began. */
  #atWork = new Map<Responsibility, AtWork>()
  readonly #removed = new Set<number>()
  /** Plans that a link actor has come to the end of. */
  readonly #linked: ReadonlySet<number>
  /** Responsibilities with a key, whose symbols have no addresses yet. */
  readonly #claimed = new Set<number>()
  /** Keys that managers may have something under. */
  readonly #known = new Set<number>()

  constructor(probes: Probes, linked: ReadonlySet<number>) {
    this.#probes = probes
    this.#linked = linked
  }

  onTurn(input: SessionInput, effects: readonly Effect[], state: SessionState): void {
    if (input.type === 'request') this.#onRequest(input.message, state)
    else if (input.type === 'notification') this.#onNotification(input.message, state)
    else if (input.type === 'clientClosed') this.#onClosed(input.client)
    for (const effect of effects) this.#onEffect(effect)
    for (const { parked } of state.clients.values()) if (parked !== null) this.#probes.hit('stream-parked')
    this.#lookAround(state)
  }

  #onEffect(effect: Effect): void {
    if (effect.type === 'reply') {
      if (!effect.result.ok) this.#onError(effect.result.error)
    } else if (effect.message.type === 'materialize') this.#known.add(effect.message.key)
    else if (effect.message.type === 'handleTransferResources') {
      const { source, destination } = effect.message
      if (this.#known.has(source) && !this.#known.has(destination)) this.#probes.hit('transfer-to-unknown-key')
      this.#known.add(destination)
    }
  }

  #lookAround({ responsibilities }: SessionState): void {
    if (this.#atWork.size > 0) this.#atWork = new Map()
    if (responsibilities.size === 0) return
    for (const responsibility of responsibilities.values()) {
      const { unit, holder } = responsibility
      this.#atWork.set(responsibility, { tracker: unit.tracker, holder: holder?.id })
    }
  }

  #onRequest(message: Extract<SessionInput, { type: 'request' }>['message'], state: SessionState): void {
    const probes = this.#probes
    switch (message.type) {
      case 'claimResourceKey':
        if (state.responsibilities.has(message.responsibility)) this.#claimed.add(message.responsibility)
        return
      case 'notifyResolved':
        this.#claimed.delete(message.responsibility)
        return
      case 'removeTracker':
        this.#removed.add(message.tracker)
        for (const { id } of this.#atWork.keys())
          if (this.#claimed.has(id) && !state.responsibilities.has(id)) probes.hit('remove-between-claim-and-resolved')
        if (this.#hasEnded(state)) probes.hit('remove-while-in-flight')
        for (const { tracker, failures } of state.removals.values()) {
          if (tracker.id !== message.tracker) continue
          if (failures.length > 0) probes.hit('removed-while-query-waits')
          const isPartReady = failures.some(({ query }) => query.entries.some(wasReady))
          if (isPartReady) probes.hit('ready-part-of-query-removed')
          if (tracker.leases !== null) probes.hit('lease-held-at-remove')
        }
        return
      case 'transferTo':
        if (message.source < 0) probes.hit('transfer-from-default')
        for (const [{ unit }, { tracker }] of this.#atWork)
          if (unit.tracker !== tracker) probes.hit('transfer-of-in-flight')
        return
      case 'clear':
        if (this.#hasEnded(state)) probes.hit('clear-with-in-flight')
        return
      case 'endSession':
        if (this.#hasEnded(state)) probes.hit('close-with-in-flight')
        return
      case 'failMaterialization':
        if (message.cause !== null) this.#onError(message.cause)
        return
      default:
    }
  }

  /** Whether somebody's work ended in this turn. */
  #hasEnded({ responsibilities }: SessionState): boolean {
    for (const { id } of this.#atWork.keys()) if (!responsibilities.has(id)) return true
    return false
  }

  #onNotification(message: Extract<SessionInput, { type: 'notification' }>['message'], state: SessionState): void {
    if (message.type !== 'dropResourceTracker') return
    const isRacing = state.removals.values().some(({ tracker }) => tracker.id === message.tracker)
    if (isRacing) this.#probes.hit('drop-racing-remove')
    else if (this.#removed.has(message.tracker)) this.#probes.hit('drop-of-defunct')
  }

  #onClosed(client: ClientId): void {
    for (const [{ unit, source }, { holder }] of this.#atWork) {
      if (holder !== client) continue
      this.#probes.hit('client-died-holding')
      if (source.kind !== 'object') continue
      const number = Number(unit.name.slice('unit '.length))
      this.#probes.hit(this.#linked.has(number) ? 'crash-after-link' : 'crash-before-link')
    }
  }

  #onError(error: JITErrorData): void {
    for (let cause: JITErrorData | undefined = error; cause !== undefined; cause = cause.cause) {
      if (cause.code === 'OutOfMemory') this.#probes.hit('out-of-memory')
      if (cause.code === 'UnsatisfiedSymbolDependencies') this.#probes.hit('query-failed-by-dependency')
    }
  }
}

/** Removed, and not because it failed. */
function wasReady({
  state,
  failure,
  address,
}: {
  readonly state: number
  readonly failure: unknown
  readonly address: number
}): boolean {
  return state === entryState.removed && failure === null && address !== 0
}
