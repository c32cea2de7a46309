// One schedule from its beginning to its judgement: operations and faults while the seed likes (safety), then nobody asks for
// anything more and nothing breaks, and all must come to rest (liveness), then what must be true of a house at rest.
import type { Effect, SessionInput, SessionState } from '@worc/orc'
import { verifySessionState } from '@worc/orc'
import type { Decision, Fault } from './decisions.js'
import { Stage } from './decisions.js'
import { OperationSource } from './draw-operation.js'
import { bringToRest } from './liveness.js'
import { ModelObserver } from './model-observer.js'
import type { Probe } from './probes.js'
import type { PromiseName } from './promises.js'
import { RandomStream } from './random-stream.js'
import type { ScheduleOptions } from './schedule-options.js'
import { optionsOf } from './schedule-options.js'
import { invariantOf } from './session-invariants.js'
import { SimHouse } from './sim-house.js'
import type { HouseOptions, HouseWatcher } from './sim-house.js'
import { createStrategy } from './strategy.js'
import { TraceHash } from './trace.js'
import { TurnChecks } from './turn-checks.js'
import { TurnProbes } from './turn-probes.js'
import { Violation } from './violation.js'
import { World } from './world.js'

/** Hears of each turn of the session, in order, after the state has changed and before its effects are performed. */
interface Observer {
  /** A promise that does not hold is reported by throwing a Violation. */
  onTurn(input: SessionInput, effects: readonly Effect[], state: SessionState): void
  /** All is at rest; nothing has failed. */
  onRest?(state: SessionState): void
}

export interface RunOptions {
  /** How many operations a schedule has, at most. Default 14. */
  readonly operations?: number
  /** Of each schedule a new one. Default: the reference model. */
  readonly createObserver?: () => Observer
  /** Whether the outcome has a trace hash; `write` gets the trace as lines. */
  readonly trace?: boolean
  readonly write?: (line: string) => void
}

/** All that it takes to play a schedule again: who there is, and what was decided. */
export interface Plan {
  readonly seed: number
  readonly house: HouseOptions
  readonly decisions: readonly Decision[]
}

export function planOf({ seed, house, decisions }: Plan): Plan {
  return { seed, house, decisions }
}

export interface Outcome extends Plan {
  readonly steps: number
  readonly failure: { readonly invariant: PromiseName; readonly sentence: string; readonly step: number } | undefined
  readonly probes: ReadonlyMap<Probe, number>
  readonly traceHash: number | undefined
}

function createModelObserver(): Observer {
  const model = new ModelObserver()
  return {
    onTurn: (input, effects, state) => {
      const [wrong] = model.observe(input, effects, state)
      if (wrong !== undefined) throw new Violation('I40', wrong)
    },
  }
}

const concern = { options: 0, operations: 1, schedule: 2, faults: 3 } as const

/** How likely an operation is at each step, as long as there are any: enough to have several under way at once. */
const operationRate = 0.45

/** Steps that a schedule may take after its last operation before faults end. */
const stepsAfterOperations = 60
const mostSteps = 1500

/** The schedule that a seed makes. */
export function runSchedule(seed: number, run: RunOptions = {}): Outcome {
  const options = optionsOf(new RandomStream(seed, concern.options), run.operations ?? 14)
  return new Schedule(seed, options.house, run).play(options)
}

/** The schedule that a plan makes: its decisions as far as they are possible, then rest. */
export function replayPlan({ seed, house, decisions }: Plan, run: RunOptions = {}): Outcome {
  return new Schedule(seed, house, run).replay(decisions)
}

/** Whoever steers plays decisions until nothing is left, or says false: the schedule is left where it is. */
type Steer = (stage: Stage, act: (decision: Decision) => void) => boolean

/** The schedule that somebody steers. */
export function steerSchedule(house: HouseOptions, run: RunOptions, steer: Steer): Outcome {
  return new Schedule(0, house, run).steer(steer)
}

class Schedule implements HouseWatcher {
  readonly #seed: number
  readonly #options: HouseOptions
  readonly #world: World
  readonly #house: SimHouse
  readonly #stage: Stage
  readonly #checks: TurnChecks
  readonly #probes: TurnProbes
  readonly #observer: Observer | undefined
  readonly #trace: TraceHash | undefined
  readonly #decisions: Decision[] = []

  constructor(seed: number, options: HouseOptions, run: RunOptions) {
    this.#seed = seed
    this.#options = options
    this.#trace = run.trace === true || run.write !== undefined ? new TraceHash(run.write) : undefined
    this.#world = new World(this.#trace)
    this.#checks = new TurnChecks(this.#world.probes, (unit) => this.#house.isHeld(unit))
    this.#observer = (run.createObserver ?? createModelObserver)()
    const linked = new Set<number>()
    this.#probes = new TurnProbes(this.#world.probes, linked)
    this.#house = new SimHouse(this.#world, options, this, linked)
    this.#stage = new Stage(this.#world, this.#house)
  }

  onTurn(input: SessionInput, effects: readonly Effect[], state: SessionState): void {
    const [wrong] = verifySessionState(state)
    if (wrong !== undefined) throw new Violation(invariantOf(wrong), `it does not hold that ${wrong}`)
    this.#checks.onTurn(input, effects, state)
    this.#probes.onTurn(input, effects, state)
    this.#observer?.onTurn(input, effects, state)
  }

  onAnswered(): void {}

  play(options: ScheduleOptions): Outcome {
    const random = {
      schedule: new RandomStream(this.#seed, concern.schedule),
      operations: new RandomStream(this.#seed, concern.operations),
      faults: new RandomStream(this.#seed, concern.faults),
    }
    const source = new OperationSource(random.operations, this.#house, options)
    const strategy = createStrategy(options.strategy, random.schedule)
    const draw = (limit: number): number => random.schedule.below(limit)
    let { operations } = options
    let faults = options.faults.most
    let after = stepsAfterOperations
    const next = (): Decision | undefined => {
      const lanes = this.#stage.lanes()
      if (operations > 0 && (lanes.length === 0 || random.operations.chance(operationRate))) {
        const operation = source.draw()
        if (operation !== undefined) {
          operations--
          return ['operation', operation]
        }
        if (lanes.length === 0) operations--
      }
      if (faults > 0 && random.faults.chance(options.faults.rate * this.#vulnerability())) {
        faults--
        const fault = this.#drawFault(random.faults, options.faults.types)
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
      this.#decisions.push(decision)
      this.#do(decision)
    }
    return this.#finish()
  }

  replay(plan: readonly Decision[]): Outcome {
    for (const decision of plan) {
      if (this.#world.failure !== undefined) break
      if (this.#do(decision)) this.#decisions.push(decision)
    }
    return this.#finish()
  }

  steer(steer: Steer): Outcome {
    const act = (decision: Decision): void => {
      this.#decisions.push(decision)
      this.#do(decision)
    }
    return steer(this.#stage, act) ? this.#finish() : this.#outcome(this.#world.step)
  }

  #do(decision: Decision): boolean {
    this.#trace?.note('decided', decision[0], decision)
    const done = this.#stage.do(decision)
    this.#stage.memory.onStep()
    this.#world.step++
    return done
  }

  /** How much more often than usual something breaks: most is found where it meets something half done. */
  #vulnerability(): number {
    const { state } = this.#house
    if (state !== undefined && state.removals.size > 0) return 3
    return state !== undefined && state.responsibilities.size > 0 ? 1 : 0.3
  }

  #drawFault(random: RandomStream, types: ScheduleOptions['faults']['types']): Fault | undefined {
    const type = random.pick(types)
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
      case 'repeat': {
        const ends = [...this.#world.threads.values()].flatMap(({ alive, ends: its }) => (alive ? its : []))
        const back = random.chance(0.5) ? 0 : random.below(8)
        const end = random.pick(ends.filter((candidate) => candidate.heardBefore(back) !== undefined))
        return end === undefined ? undefined : { type, channel: end.name, back }
      }
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
    return this.#outcome(lastStep)
  }

  #outcome(lastStep: number): Outcome {
    const { failure, probes, step } = this.#world
    return {
      seed: this.#seed,
      steps: step,
      failure: failure && { invariant: failure.invariant, sentence: failure.message, step: Math.min(step, lastStep) },
      house: this.#options,
      decisions: this.#decisions,
      probes: probes.counts,
      traceHash: this.#trace?.value,
    }
  }
}
