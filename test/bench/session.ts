// What the session's own turns cost, with nobody else in the process: messages as they come out of the decoder go into `turn`,
// effects are looked at and dropped. LLVM's own times for the same operations depend on the machine as these do.
import { clientScopedId, symbolFlag } from '@worc/protocol'
import type {
  ClientId,
  Definition,
  FlagsEntry,
  JITDylibId,
  ResponsibilityId,
  SessionNotification,
  SessionRequest,
  TrackerId,
  UnitId,
} from '@worc/protocol'
import { createSessionState, turn } from '@worc/orc'
import type { Effect } from '@worc/orc'
import type { BenchContext } from './bench.js'
import { interleave } from './interleave.js'
import { median } from './median.js'
import { quantity } from './row.js'

/** Units of so many symbols, and how many of them a turn of a subject defines. */
const sizes = [
  { symbols: 1, units: 20_000 },
  { symbols: 10, units: 10_000 },
  { symbols: 100, units: 2000 },
] as const
const client = 1 as ClientId
const flags = symbolFlag.exported | symbolFlag.callable

export async function sessionBench(context: BenchContext): Promise<void> {
  const session = new BareSession()
  for (const [what, operation] of [
    ['define, remove', 'defineAndRemove'],
    ['define, lookup, resolve, emit, remove', 'materializeAndRemove'],
  ] as const) {
    const subjects = sizes.map(({ symbols, units }) => {
      const unit = unitOf(symbols)
      return [String(symbols), () => nanosecondsEach(units, () => session[operation](unit))] as const
    })
    for (const [count, times] of Object.entries(await interleave(context, Object.fromEntries(subjects)))) {
      const ns = median(times)
      const figures = `${quantity(1e6 / ns, 'k/s')}, ${quantity(ns / Number(count), 'ns')} a symbol`
      context.row({ value: ns, unit: 'ns', heat: 'hot', what: `${what}; symbols: ${count}`, figures })
    }
  }
}

interface BenchUnit {
  readonly symbols: readonly FlagsEntry[]
  readonly names: readonly string[]
  readonly definitions: readonly Definition[]
}

function unitOf(count: number): BenchUnit {
  const names = Array.from({ length: count }, (_, n) => `symbol${n}`)
  return {
    names,
    symbols: names.map((name) => [name, flags]),
    definitions: names.map((name, n) => [name, 0x1000 + n, flags]),
  }
}

function nanosecondsEach(count: number, run: () => void): number {
  const start = performance.now()
  for (let n = 0; n < count; n++) run()
  return ((performance.now() - start) * 1e6) / count
}

/** A session with one client, which materializes its own units. */
class BareSession {
  readonly #state = createSessionState()
  readonly #main: JITDylibId
  #lastAsk = 0
  #lastId = 0

  constructor() {
    turn(this.#state, { type: 'clientConnected', client, role: 'client' })
    this.#main = replyIn(this.#request({ type: 'createJITDylib', name: 'main', bare: true })) as JITDylibId
  }

  defineAndRemove(unit: BenchUnit): void {
    const tracker = this.#define(unit)
    this.#remove(tracker)
  }

  materializeAndRemove(unit: BenchUnit): void {
    const tracker = this.#define(unit)
    const effects = this.#request({
      type: 'lookup',
      kind: 'static',
      searchOrder: [[this.#main, 'all']],
      symbols: unit.names.map((name) => [name, true]),
      requiredState: 'ready',
    })
    const responsibility = materializationIn(effects)
    replyIn(this.#request({ type: 'notifyResolved', responsibility, definitions: unit.definitions, installed: null }))
    replyIn(this.#request({ type: 'notifyEmitted', responsibility, groups: [], initializers: [] }))
    this.#remove(tracker)
  }

  #define({ symbols }: BenchUnit): TrackerId {
    const tracker = this.#id() as TrackerId
    this.#tell({ type: 'createResourceTracker', tracker, dylib: this.#main })
    const description = {
      unit: this.#id() as UnitId,
      name: 'unit',
      symbols,
      initSymbol: null,
      source: { kind: 'user' },
    } as const
    replyIn(this.#request({ type: 'define', dylib: this.#main, tracker, unit: description }))
    return tracker
  }

  #remove(tracker: TrackerId): void {
    replyIn(this.#request({ type: 'removeTracker', tracker, wait: 'retired' }))
    this.#tell({ type: 'dropResourceTracker', tracker })
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

function materializationIn(effects: readonly Effect[]): ResponsibilityId {
  for (const effect of effects) {
    if (effect.type === 'send' && effect.message.type === 'materialize') return effect.message.responsibility
  }
  throw new Error('nobody was told to materialize')
}
