// A walk through a session: each step, somebody does something that may be legal, pointless or wrong. Every choice
// follows from the seed, which a failure names.
import type { SessionAsk, SessionAskReplies } from '@worc/protocol'
import { success } from '@worc/protocol'
import type { SessionDriver } from './session-driver.js'
import {
  clear,
  createTracker,
  define,
  drop,
  editLinkOrder,
  handOver,
  lookup,
  remove,
  removeSymbols,
  replaceDylib,
  resetSymbols,
  transfer,
} from './walk-ownership.js'
import { answerOne, cancel, claimKey, comeOrGo, generate, initialize, justAsk, manage } from './walk-partners.js'
import { doWork, fail } from './walk-responsibilities.js'
import { WalkWorld } from './walk-world.js'

type Step = readonly [weight: number, step: (world: WalkWorld) => void]

const everyWalk: readonly Step[] = [
  [14, define],
  [14, lookup],
  [30, doWork],
]

const someWalks: readonly Step[] = [
  [10, answerOne],
  [5, createTracker],
  [3, remove],
  [3, transfer],
  [2, drop],
  [2, handOver],
  [1, removeSymbols],
  [1, resetSymbols],
  [0.5, clear],
  [2, manage],
  [1, editLinkOrder],
  [1, generate],
  [2, initialize],
  [2, claimKey],
  [1, comeOrGo],
  [1, cancel],
  [0.3, replaceDylib],
  [2, justAsk],
]

export class RandomWalk {
  readonly #seed: number
  readonly #world: WalkWorld
  readonly #steps: readonly Step[]

  constructor(seed: number) {
    this.#seed = seed
    this.#world = new WalkWorld(seed)
    this.#steps = this.#chooseSteps()
  }

  get session(): SessionDriver {
    return this.#world.session
  }

  get outcomes(): ReadonlySet<string> {
    return this.#world.outcomes
  }

  run(steps: number): void {
    for (this.#world.step = 0; this.#world.step < steps; this.#world.step++) this.#guarded(() => this.#doAnything())
  }

  /** Everybody finishes what they owe; then the session ends. */
  end(): void {
    this.#guarded(() => {
      for (let round = 0; round < 3; round++) this.#settleEverything()
      this.#world.ask(this.#world.connect('client'), { type: 'endSession' })
      this.#settleEverything()
    })
  }

  unanswered(): string[] {
    const { asked } = this.#world
    return asked.filter(({ answer, client }) => !answer.settled && this.#world.isHere(client)).map(({ type }) => type)
  }

  /** Each seed leaves some things out and does others more often, so that walks differ in kind. */
  #chooseSteps(): readonly Step[] {
    const factors = [0, 0.5, 1, 1, 3]
    const chosen = someWalks.map(([weight, step]): Step => [weight * (this.#world.random.pick(factors) ?? 1), step])
    return [...everyWalk, ...chosen]
  }

  #doAnything(): void {
    let at = this.#world.random.next() * this.#steps.reduce((sum, [weight]) => sum + weight, 0)
    for (const [weight, step] of this.#steps) {
      at -= weight
      if (at < 0) return step(this.#world)
    }
  }

  #guarded(step: () => void): void {
    try {
      step()
      this.#world.collect()
      const wrong = this.#world.oracle.disagreements()
      if (wrong.length > 0) throw new Error(wrong.join('; '))
    } catch (thrown) {
      const reason = thrown instanceof Error ? thrown.message : String(thrown)
      throw new Error(`seed ${this.#seed}, step ${this.#world.step}: ${reason}`, { cause: thrown })
    }
  }

  #settleEverything(): void {
    const world = this.#world
    world.connect('link')
    world.connect('compile')
    for (let round = 0; round < 200; round++) {
      world.collect()
      this.#finishLeasesAndRuns()
      for (const work of world.work.splice(0)) fail(world, work)
      const answered = this.#answerAll()
      if (!answered && world.work.length === 0 && world.asked.every(({ answer }) => answer.settled)) return
    }
  }

  #finishLeasesAndRuns(): void {
    const world = this.#world
    for (const [client, lease] of world.leases.splice(0)) {
      if (world.isHere(client)) client.tell({ type: 'releaseLease', lease })
    }
    for (const [client, { run }] of world.runs.splice(0)) {
      if (world.isHere(client)) client.tell({ type: 'endInitialize', run, error: null })
    }
  }

  /** Whether anybody was asked anything. */
  #answerAll(): boolean {
    let answered = false
    for (const client of this.session.clients.values()) {
      for (const { token, message } of client.asked.splice(0)) {
        answered = true
        client.reply(token, success(answerTo(message)))
      }
    }
    return answered
  }
}

/** Nothing more is done than has to be. */
function answerTo({ type }: SessionAsk): SessionAskReplies[SessionAsk['type']] {
  switch (type) {
    case 'generate':
      return { units: [] }
    case 'filterReexports':
      return []
    case 'handleRemoveResources':
      return { reclaimLater: false }
  }
}
