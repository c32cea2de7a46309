// A thread that is a client of a session behind a port: lanes that define, perhaps materialize, and remove a unit again and again,
// all at once, so that each message to the session carries many operations. It does what it is told by its parent, and says how
// long that took.
import { Connection, PortChannel } from '@worc/mailbox'
import { clientScopedId } from '@worc/protocol'
import type {
  ClientId,
  Expected,
  JITDylibId,
  ResponsibilityId,
  SessionEvent,
  SessionNotification,
  SessionRequest,
  TrackerId,
  UnitId,
} from '@worc/protocol'
import type { MessagePort } from 'node:worker_threads'
import { parentPort, workerData } from 'node:worker_threads'
import { unitOf } from './bare-session.js'
import type { BenchUnit } from './bare-session.js'

export interface LaneOrder {
  readonly operation: 'defineAndRemove' | 'materializeAndRemove'
  readonly symbols: number
  /** Units in all. */
  readonly count: number
}

/** Operations in flight: so many that they make batches, and not so many that all that they have is out of the processor's caches. */
function lanesFor(symbols: number): number {
  return symbols < 100 ? 128 : 32
}

class PortClient {
  readonly #client: ClientId
  readonly #connection: Connection
  /** Who waits to be told to materialize a unit. */
  readonly #materializing = new Map<UnitId, (responsibility: ResponsibilityId) => void>()
  /** By how many symbols they have: a lane's own, made once. */
  readonly #units = new Map<number, readonly BenchUnit[]>()
  #main: JITDylibId | undefined
  #lastId = 0

  constructor(port: MessagePort, client: ClientId) {
    this.#client = client
    this.#connection = new Connection(new PortChannel(port), {
      onTell: (body) => this.#heard(body as SessionEvent),
      onAsk: () => undefined,
    })
  }

  async run({ operation, symbols, count }: LaneOrder): Promise<void> {
    this.#main ??= await this.#openMain()
    const units = this.#unitsOf(symbols)
    const lanes = units.length
    const lane = async (unit: BenchUnit, number: number): Promise<void> => {
      for (let done = number; done < count; done += lanes) await this.#comeAndGo(operation, unit)
    }
    await Promise.all(units.map(lane))
  }

  #unitsOf(symbols: number): readonly BenchUnit[] {
    const known = this.#units.get(symbols)
    if (known !== undefined) return known
    const units = Array.from({ length: lanesFor(symbols) }, (_, number) =>
      unitOf(`client${this.#client}_${number}_`, symbols),
    )
    this.#units.set(symbols, units)
    return units
  }

  async #openMain(): Promise<JITDylibId> {
    const known = await this.#connection.ask({ type: 'getJITDylibByName', name: 'main' })
    if (known.value !== null) return known.value as JITDylibId
    return (await this.#connection.ask({ type: 'createJITDylib', name: 'main', bare: true })).value as JITDylibId
  }

  #comeAndGo(operation: LaneOrder['operation'], { symbols, wanted, definitions }: BenchUnit): Promise<void> {
    return new Promise((resolve, reject) => {
      const then = (next: () => void) => (result: Expected<unknown>) =>
        result.ok ? next() : reject(new Error(result.error.message))
      const [dylib, tracker, unit] = [this.#main as JITDylibId, this.#id() as TrackerId, this.#id() as UnitId]
      const remove = (): void => {
        this.#ask({ type: 'removeTracker', tracker, wait: 'retired' }, then(resolve))
        this.#tell({ type: 'dropResourceTracker', tracker })
      }
      const nothing = then(() => undefined)
      const description = { unit, name: 'unit', symbols, initSymbol: null, source: { kind: 'user' } } as const
      this.#tell({ type: 'createResourceTracker', tracker, dylib })
      this.#ask({ type: 'define', dylib, tracker, unit: description }, nothing)
      if (operation === 'defineAndRemove') return remove()
      this.#materializing.set(unit, (responsibility) => {
        this.#ask({ type: 'notifyResolved', responsibility, definitions }, nothing)
        this.#ask({ type: 'notifyEmitted', responsibility, groups: [], initializers: [] }, nothing)
      })
      const searchOrder = [[dylib, 'all']] as const
      this.#ask(
        { type: 'lookup', kind: 'static', searchOrder, symbols: wanted, requiredState: 'ready', silent: true },
        then(remove),
      )
    })
  }

  #heard(event: SessionEvent): void {
    if (event.type !== 'materialize') return
    this.#materializing.get(event.unit)?.(event.responsibility)
    this.#materializing.delete(event.unit)
  }

  #ask(message: SessionRequest, settle: (result: Expected<unknown>) => void): void {
    this.#connection.askThen(message, settle)
  }

  #tell(message: SessionNotification): void {
    this.#connection.tell(message)
  }

  #id(): number {
    return clientScopedId(this.#client, ++this.#lastId)
  }
}

const { port, client } = workerData as { readonly port: MessagePort; readonly client: ClientId }
const peer = new PortClient(port, client)
parentPort?.on('message', (order: LaneOrder) => {
  void peer.run(order).then(() => parentPort?.postMessage('done'))
})
