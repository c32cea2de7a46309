// One schedule from its beginning to its judgement: operations and faults while the seed likes (safety), then nobody asks for
// anything more and nothing breaks, and all must come to rest (liveness), then what must be true of a house at rest.
import type { Effect, SessionInput, SessionState } from '@worc/orc'
import { verifySessionState } from '@worc/orc'
import type { Decision, Fault } from './decisions.js'
import { Stage } from './decisions.js'
import { OperationSource } from './draw-operation.js'
import { bringToRest } from './liveness.js'
import type { Probe } from './probes.js'
import { RandomStream } from './random-stream.js'
import type { ScheduleOptions } from './schedule-options.js'
import { optionsOf } from './schedule-options.js'
import { SimHouse } from './sim-house.js'
import type { HouseWatcher } from './sim-house.js'
import { createStrategy } from './strategy.js'
import { TraceHash } from './trace.js'
import { TurnChecks } from './turn-checks.js'
import { Violation } from './violation.js'
import { World } from './world.js'

/** Hears of each turn of the session, in order, after the state has changed and before its effects are performed. */
interface Observer {
  /** A promise that does not hold is reported by throwing a Violation. */
  onTurn(input: SessionInput, effects: readonly Effect[], state: SessionState): void
  /** All is at rest; nothing has failed. */
  onRest?(state: SessionState): void
}

interface RunOptions {
  /** How many operations a schedule has, at most. Default 24. */
  readonly operations?: number
  /** Of each schedule a new one, such as a reference model. */
  readonly createObserver?: () => Observer
  /** Whether the outcome has a trace hash; `write` gets the trace as lines. */
  readonly trace?: boolean
  readonly write?: (line: string) => void
}

interface Outcome {
  readonly seed: number
  readonly steps: number
  readonly failure: { readonly invariant: string; readonly sentence: string; readonly step: number } | undefined
  /** What it was made of, and what was decided. */
  readonly options: ScheduleOptions
  readonly plan: readonly Decision[]
  readonly probes: ReadonlyMap<Probe, number>
  readonly traceHash: number | undefined
}

const concern = { options: 0, operations: 1, schedule: 2, faults: 3 } as const

/** Steps that a schedule may take after its last operation before faults end. */
const stepsAfterOperations = 60
const mostSteps = 1500

/** The schedule that a seed makes. */
export function runSchedule(seed: number, run: RunOptions = {}): Outcome {
  const options = optionsOf(new RandomStream(seed, concern.options), run.operations ?? 24)
  return new Schedule(seed, options, run).play()
}

/** The schedule that a plan makes: its decisions as far as they are possible, then rest. */
export function replayPlan(plan: Pick<Outcome, 'seed' | 'options' | 'plan'>, run: RunOptions = {}): Outcome {
  return new Schedule(plan.seed, plan.options, run).replay(plan.plan)
}

class Schedule implements HouseWatcher {
  readonly #seed: number
  readonly #options: ScheduleOptions
  readonly #world: World
  readonly #house: SimHouse
  readonly #stage: Stage
  readonly #checks = new TurnChecks()
  readonly #observer: Observer | undefined
  readonly #trace: TraceHash | undefined
  readonly #plan: Decision[] = []

  constructor(seed: number, options: ScheduleOptions, run: RunOptions) {
    this.#seed = seed
    this.#options = options
    this.#trace = run.trace === true || run.write !== undefined ? new TraceHash(run.write) : undefined
    this.#world = new World(this.#trace)
    this.#observer = run.createObserver?.()
    this.#house = new SimHouse(this.#world, options.house, this)
    this.#stage = new Stage(this.#world, this.#house)
  }

  onTurn(input: SessionInput, effects: readonly Effect[], state: SessionState): void {
    const [wrong] = verifySessionState(state)
    if (wrong !== undefined) throw new Violation('I1', `does not hold: ${wrong}`)
    this.#checks.onTurn(input, effects, state)
    this.#observer?.onTurn(input, effects, state)
  }

  onAnswered(): void {}

  play(): Outcome {
    const random = {
      schedule: new RandomStream(this.#seed, concern.schedule),
      operations: new RandomStream(this.#seed, concern.operations),
      faults: new RandomStream(this.#seed, concern.faults),
    }
    const source = new OperationSource(random.operations, this.#house, this.#options)
    const strategy = createStrategy(this.#options.strategy, random.schedule)
    const draw = (limit: number): number => random.schedule.below(limit)
    let operations = this.#options.operations
    let faults = this.#options.faults.most
    let after = stepsAfterOperations
    const next = (): Decision | undefined => {
      const lanes = this.#stage.lanes()
      if (operations > 0 && (lanes.length === 0 || random.operations.chance(0.3))) {
        operations--
        const operation = source.draw()
        if (operation !== undefined) return ['operation', operation]
      }
      if (faults > 0 && random.faults.chance(0.02)) {
        faults--
        const fault = this.#drawFault(random.faults)
        if (fault !== undefined) return ['fault', fault]
      }
      if (operations === 0 && after-- <= 0) return undefined
      const lane = lanes[lanes.length === 0 ? 0 : strategy(lanes)]
      return lane === undefined ? undefined : this.#stage.decisionOn(lane, draw)
    }
    while (this.#world.failure === undefined && this.#world.step < mostSteps) {
      const decision = next()
      if (decision === undefined) {
        if (operations > 0) continue
        break
      }
      this.#plan.push(decision)
      this.#do(decision)
    }
    return this.#finish()
  }

  replay(plan: readonly Decision[]): Outcome {
    for (const decision of plan) {
      if (this.#world.failure !== undefined) break
      if (this.#do(decision)) this.#plan.push(decision)
    }
    return this.#finish()
  }

  #do(decision: Decision): boolean {
    this.#trace?.note('decided', decision[0], decision)
    const done = this.#stage.do(decision)
    this.#world.step++
    return done
  }

  #drawFault(random: RandomStream): Fault | undefined {
    const type = random.pick(this.#options.faults.types)
    const mortal = [...this.#world.threads.values()].filter(
      ({ alive, name }) => alive && /^(link|compile|user)/.test(name),
    )
    const links = mortal.filter(({ name }) => name.startsWith('link'))
    const thread = random.pick(random.chance(0.5) && links.length > 0 ? links : mortal)?.name
    switch (type) {
      case undefined:
        return undefined
      case 'pressure':
        return { type, level: random.pick(['none', 'soft', 'hard'] as const) ?? 'none' }
      case 'end-house':
        return random.chance(0.1) ? { type } : undefined
      case 'kill':
        return thread === undefined ? undefined : { type, thread }
      case 'die-in-turn': {
        const when = random.chance(0.5) ? 'before' : 'after'
        return thread === undefined ? undefined : { type, thread, sends: random.below(4), when, lost: random.next() }
      }
    }
  }

  #finish(): Outcome {
    const lastStep = this.#world.step
    try {
      if (this.#world.failure === undefined) bringToRest(this.#stage, this.#seed)
      const { state } = this.#house
      if (this.#world.failure === undefined && state !== undefined) {
        if (!this.#house.ended) this.#checks.onRest()
        this.#observer?.onRest?.(state)
      }
    } catch (thrown) {
      if (!(thrown instanceof Violation)) throw thrown
      this.#world.failure ??= thrown
    }
    const { failure, probes, step } = this.#world
    return {
      seed: this.#seed,
      steps: step,
      failure: failure && { invariant: failure.invariant, sentence: failure.message, step: Math.min(step, lastStep) },
      options: this.#options,
      plan: this.#plan,
      probes: probes.counts,
      traceHash: this.#trace?.value,
    }
  }
}
