// Where rounds happen: a house with delays in all its threads, clients attached to it, and an inspector who knows what it held
// when it was new. It is used for round after round; what dies is replaced, and only a dead session is the end of it.
import type { JITOptions } from 'worc'
import type { House } from 'worc/house'
import { startHouse } from 'worc/house'
import type { WorkerModules } from 'worc/worker-modules'
import { ownModules } from 'worc/worker-modules'
import { RandomSource } from '../../orc/random-source.js'
import { Client } from './client.js'
import type { FromClient } from './client-thread.js'
import { setDelays, shareDelays } from './delays.js'
import type { Holdings } from './inspector.js'
import { Inspector } from './inspector.js'
import { dylibNames } from './dylib-names.js'
import { TurnTrace } from './turn-trace.js'

interface StageShape {
  readonly clients: number
  readonly options: JITOptions
}

type Given = Extract<FromClient, { type: 'give' }>

const modules: WorkerModules = {
  ...ownModules,
  session: new URL('./session-worker.js', import.meta.url),
  link: new URL('./link-worker.js', import.meta.url),
  compile: new URL('./compile-worker.js', import.meta.url),
}

/** Small enough that a storm runs out of memory, slots and thread-local storage now and then. */
export function stageShape(seed: number): StageShape {
  const random = new RandomSource(seed)
  const clients = 2 + random.below(3)
  const stackBytes = 16 << 10
  return {
    clients,
    options: {
      compileThreads: 1,
      // No compiler is wanted: to look for one is enough of a job.
      clang: '/nonexistent/clang',
      cacheDirectory: false,
      memory: {
        initialBytes: 64 << 10,
        maximumBytes: (1 + Math.ceil((clients * stackBytes) / 0x1_0000) + random.below(4)) << 16,
        stackBytes,
        tlsBytes: random.chance(0.5) ? 16 : 256,
      },
      functionSlots: 1 + random.below(8),
      collect: random.chance(0.5) ? 'all-threads' : 'own-workers',
    },
  }
}

export class Stage {
  readonly shape: StageShape
  readonly house: House
  readonly inspector: Inspector
  readonly trace: TurnTrace
  readonly #delays: Int32Array
  readonly #threads = new Map<string, number>()
  /** In this round, by whom. */
  readonly #given: (readonly [giver: number, given: Given])[] = []
  clients: readonly Client[] = []
  /** What the house held when it was new. */
  #empty: Holdings | undefined

  private constructor(shape: StageShape, house: House, inspector: Inspector, trace: TurnTrace, delays: Int32Array) {
    this.shape = shape
    this.house = house
    this.inspector = inspector
    this.trace = trace
    this.#delays = delays
  }

  static async start(shape: StageShape): Promise<Stage> {
    const delays = shareDelays()
    const trace = TurnTrace.share()
    const house = await startHouse(shape.options, modules)
    try {
      const inspector = await Inspector.enter(house, dylibNames)
      const stage = new Stage(shape, house, inspector, trace, delays)
      const numbers = Array.from({ length: shape.clients }, (_, number) => number)
      stage.clients = await Promise.all(numbers.map((number) => stage.#startClient(number)))
      await inspector.empty()
      stage.#empty = await inspector.holdings()
      stage.noteThreads()
      return stage
    } catch (thrown) {
      await house.close()
      throw thrown
    }
  }

  get empty(): Holdings {
    if (this.#empty === undefined) throw new Error('a stage is used before it has started')
    return this.#empty
  }

  delay(longestMicros: number): void {
    const limits = { session: longestMicros, link: longestMicros, compile: longestMicros, client: longestMicros }
    setDelays(this.#delays, limits)
  }

  /** What the dead may not have taken up is held by a token, which its giver can have back. */
  giveBack(): void {
    for (const [giver, { to, tracker }] of this.#given.splice(0))
      if (this.clients[to]?.alive !== true) this.clients[giver]?.say({ type: 'take', tracker })
  }

  kill(name: string): void {
    this.house.workers.get(name)?.kill({ code: 'UserError', message: 'killed by the campaign' })
  }

  /** Names of the house's workers that are not the threads they were, without having been killed. */
  diedOfThemselves(): readonly string[] {
    return [...this.house.workers]
      .filter(([name, { threadId, state }]) => state !== 'ready' || (this.#threads.get(name) ?? threadId) !== threadId)
      .map(([name]) => name)
  }

  /** Those that are there now are the right ones. */
  noteThreads(): void {
    for (const [name, { threadId }] of this.house.workers) this.#threads.set(name, threadId)
  }

  async replaceTheDead(): Promise<void> {
    const replaced = this.clients.map(async (client) => (client.alive ? client : this.#startClient(client.number)))
    this.clients = await Promise.all(replaced)
  }

  async close(): Promise<void> {
    this.delay(0)
    await Promise.all(this.clients.map((client) => client.kill()))
    this.inspector.leave()
    await this.house.close()
  }

  #startClient(number: number): Promise<Client> {
    return Client.start(number, this.house.clientPort(), (given) => this.#passOn(number, given))
  }

  #passOn(giver: number, given: Given): void {
    this.#given.push([giver, given])
    this.clients[given.to]?.say({ type: 'take', tracker: given.tracker })
  }
}
