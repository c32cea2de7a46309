// The session's own turns, with nobody else in the process: messages as they come out of the decoder go into `turn`, effects are
// looked at and dropped. One client, which materializes its own units.
import { clientScopedId, defaultTrackerOf, symbolFlag } from '@worc/protocol'
import type {
  ClientId,
  Definition,
  DependenceGroup,
  FlagsEntry,
  JITDylibId,
  LookupSetEntry,
  ResponsibilityId,
  SessionNotification,
  SessionReplies,
  SessionRequest,
  TrackerId,
  UnitId,
} from '@worc/protocol'
import { createSessionState, turn } from '@worc/orc'
import type { Effect } from '@worc/orc'
import type { Emission } from './emissions.js'

const client = 1 as ClientId
const flags = symbolFlag.exported | symbolFlag.callable

/** What messages about one unit say, made once. */
export interface BenchUnit {
  readonly symbols: readonly FlagsEntry[]
  readonly wanted: readonly LookupSetEntry[]
  readonly definitions: readonly Definition[]
}

export function unitOf(prefix: string, count: number): BenchUnit {
  const names = Array.from({ length: count }, (_, n) => `${prefix}${n}`)
  return {
    symbols: names.map((name) => [name, flags]),
    wanted: names.map((name) => [name, true]),
    definitions: names.map((name, n) => [name, 0x1000 + n, flags]),
  }
}

export class BareSession {
  readonly #state = createSessionState()
  readonly main: JITDylibId
  #lastAsk = 0
  #lastId = 0

  constructor() {
    turn(this.#state, { type: 'clientConnected', client, role: 'client' })
    this.main = replyIn(this.#request({ type: 'createJITDylib', name: 'main', bare: true })) as JITDylibId
  }

  defineAndRemove(unit: BenchUnit): void {
    this.remove(this.define(unit))
  }

  materializeAndRemove(unit: BenchUnit): void {
    const tracker = this.define(unit)
    const [responsibility] = this.lookup(unit.wanted)
    if (responsibility === undefined) throw new Error('nobody was told to materialize')
    this.resolve(responsibility, unit.definitions)
    if (this.emit(responsibility, []) !== 2) throw new Error('the lookup was not answered')
    this.remove(tracker)
  }

  /** Under a tracker of its own. */
  define({ symbols }: BenchUnit): TrackerId {
    const tracker = this.#id() as TrackerId
    this.#tell({ type: 'createResourceTracker', tracker, dylib: this.main })
    const unit = {
      unit: this.#id() as UnitId,
      name: 'unit',
      symbols,
      initSymbol: null,
      source: { kind: 'user' },
    } as const
    replyIn(this.#request({ type: 'define', dylib: this.main, tracker, unit }))
    return tracker
  }

  remove(tracker: TrackerId): void {
    replyIn(this.#request({ type: 'removeTracker', tracker, wait: 'retired' }))
    this.#tell({ type: 'dropResourceTracker', tracker })
  }

  /** To the default tracker. */
  transfer(source: TrackerId): void {
    replyIn(this.#request({ type: 'transferTo', source, destination: defaultTrackerOf(this.main) }))
  }

  clear(): void {
    replyIn(this.#request({ type: 'clear', dylib: this.main }))
  }

  /** Responsibilities for what it set to work. */
  lookup(symbols: readonly LookupSetEntry[]): ResponsibilityId[] {
    const effects = this.#request({
      type: 'lookup',
      kind: 'static',
      searchOrder: [[this.main, 'all']],
      symbols,
      requiredState: 'ready',
      silent: true,
    })
    const responsibilities: ResponsibilityId[] = []
    for (const effect of effects) {
      if (effect.type === 'send' && effect.message.type === 'materialize')
        responsibilities.push(effect.message.responsibility)
    }
    return responsibilities
  }

  resolve(responsibility: ResponsibilityId, definitions: readonly Definition[]): void {
    replyIn(this.#request({ type: 'notifyResolved', responsibility, definitions }))
  }

  /** How many asks were answered: the emission itself, and lookups that waited for it. */
  emit(responsibility: ResponsibilityId, groups: readonly DependenceGroup[]): number {
    const effects = this.#request({ type: 'notifyEmitted', responsibility, groups, initializers: [] })
    replyIn(effects)
    return effects.filter(({ type }) => type === 'reply').length
  }

  stats(): SessionReplies['sessionStats'] {
    return replyIn(this.#request({ type: 'sessionStats' })) as SessionReplies['sessionStats']
  }

  #request(message: SessionRequest): readonly Effect[] {
    return turn(this.#state, { type: 'request', from: client, ask: ++this.#lastAsk, message, attachments: [] })
  }

  #tell(message: SessionNotification): void {
    turn(this.#state, { type: 'notification', from: client, message })
  }

  #id(): number {
    return clientScopedId(client, ++this.#lastId)
  }
}

function replyIn(effects: readonly Effect[]): unknown {
  for (const effect of effects) {
    if (effect.type !== 'reply') continue
    if (!effect.result.ok) throw new Error(effect.result.error.message)
    return effect.result.value
  }
  throw new Error('the session has not answered')
}

/** Nanoseconds of emitting all, one by one in the order given; all are materializing and resolved before. */
export function emitAll(emissions: readonly Emission[]): number {
  const session = new BareSession()
  const unit = unitOf('symbol', emissions.length)
  for (const symbol of unit.symbols) session.define({ ...unit, symbols: [symbol] })
  const responsibilities = session.lookup(unit.wanted)
  for (const [n, definition] of unit.definitions.entries()) {
    const responsibility = responsibilities[n]
    if (responsibility !== undefined) session.resolve(responsibility, [definition])
  }
  // The same strings each time, as LLVM's names are the same pointers and those that came over a channel the same strings.
  const nameOf = (symbol: number): string => unit.symbols[symbol]?.[0] ?? ''
  const messages = emissions.map(({ symbol, dependences }) => {
    const dependencies = [[session.main, dependences.map(nameOf)]] as const
    const groups = dependences.length === 0 ? [] : [{ symbols: [nameOf(symbol)], dependencies }]
    return { responsibility: responsibilities[symbol] as ResponsibilityId, groups }
  })
  const start = performance.now()
  let answered = 0
  for (const { responsibility, groups } of messages) answered += session.emit(responsibility, groups)
  const took = (performance.now() - start) * 1e6
  if (answered !== emissions.length + 1) throw new Error('the lookup was not answered')
  return took
}
