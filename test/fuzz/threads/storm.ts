// One client's part in a round: carries out its steps, some of them side by side, or records a history. What is left at the end
// is given back, so that the house can be compared with what it was.
import type { JIT, JITDylib } from 'worc'
import { attach } from 'worc'
import type { MessagePort } from 'node:worker_threads'
import { standStill } from './delays.js'
import { dylibNames } from './dylib-names.js'
import type { DylibOperation } from './dylib-model.js'
import type { SentTracker } from './held-trackers.js'
import { HeldTrackers, receive, send } from './held-trackers.js'
import { historyProgram } from './history-program.js'
import type { SharedTracker } from './history-round.js'
import type { StormReport } from './judge.js'
import { Judge } from './judge.js'
import { Ledger } from './ledger.js'
import type { Deaths } from './outcomes.js'
import type { PlannedStep, ProgramShape, Step } from './program.js'
import { dylibCount } from './program.js'
import { Recorder } from './recorder.js'
import { Steps } from './steps.js'
import { UnitCensus } from './user-units.js'

type Give = (to: number, tracker: SentTracker) => void

export class Storm {
  readonly #jit: JIT
  readonly #dylibs: readonly JITDylib[]
  readonly #held: HeldTrackers
  readonly #steps: Steps
  readonly #judge = new Judge()
  readonly #ledger = new Ledger((text) => this.#judge.problem(text))
  readonly #units = new UnitCensus((text) => this.#judge.problem(text))
  readonly #running = new Map<Promise<void>, string>()
  #recorder: Recorder | undefined

  private constructor(jit: JIT, dylibs: readonly JITDylib[], generating: JITDylib, give: Give) {
    this.#jit = jit
    this.#dylibs = dylibs
    this.#held = new HeldTrackers(dylibs)
    const scene = { jit, dylibs, generating, ledger: this.#ledger, units: this.#units, give }
    this.#steps = new Steps(scene, this.#held, this.#judge)
    jit.session.onError = (error) => this.#judge.reported(error)
  }

  static async attach(port: MessagePort, give: Give): Promise<Storm> {
    const jit = await attach(port)
    const dylibs = await Promise.all(dylibNames.map((name) => jit.session.getJITDylibByName(name)))
    const [generating, ...shared] = dylibs.filter((dylib) => dylib !== undefined)
    if (generating === undefined || shared.length !== dylibCount) throw new Error('the house has no dylibs for a storm')
    const storm = new Storm(jit, shared, generating, give)
    await jit.session.registerResourceManager(storm.#ledger)
    return storm
  }

  /** Whatever is running, for the report of a round that does not end. */
  get running(): readonly string[] {
    return [...this.#running.values(), ...(this.#recorder?.running ?? [])]
  }

  take(sent: SentTracker): void {
    this.#held.hold(receive(sent))
  }

  /** Resolves when everything was begun, and what was to be awaited has ended. `deaths` are those planned for the round. */
  async rage(program: readonly PlannedStep[], deaths: Deaths): Promise<void> {
    this.#judge.deaths = deaths
    for (const { step, awaited, pauseMicros } of program) {
      if (pauseMicros > 0) standStill(pauseMicros)
      const running = this.#carryOut(step)
      if (awaited) await running
    }
  }

  /** Trackers of this client's making, with handles for all clients, by receiver. */
  share(
    wanted: readonly { readonly dylib: number; readonly tracker: number }[],
    clients: number,
  ): readonly (readonly SharedTracker[])[] {
    const made = wanted.map(({ dylib, tracker }) => [tracker, this.#held.dylib(dylib).createResourceTracker()] as const)
    this.#held.hold(...made.map(([, tracker]) => tracker))
    return Array.from({ length: clients }, () => made.map(([tracker, handle]) => [tracker, send(handle)] as const))
  }

  async record(
    shape: ProgramShape,
    clock: Int32Array,
    shared: readonly SharedTracker[],
  ): Promise<readonly DylibOperation[]> {
    const trackers = new Map(shared.map(([tracker, sent]) => [tracker, receive(sent)]))
    const recorder = new Recorder({ jit: this.#jit, client: shape.client, dylibs: this.#dylibs, clock }, trackers)
    this.#recorder = recorder
    try {
      return await recorder.record(historyProgram(shape))
    } finally {
      this.#held.hold(...trackers.values())
    }
  }

  /** Nothing is given to this client any more: lets what runs end, and lets go of everything. */
  async settle(): Promise<void> {
    while (this.#running.size > 0) await Promise.all(this.#running.keys())
    this.#held.disposeAll()
    await this.#steps.collectForgotten()
  }

  /** The round is over and the house was emptied. Judges what must be gone. */
  async close(): Promise<StormReport> {
    // What the session told this client comes before its answer; and whoever removes, though it be nothing, catches up with what
    // was retracted before.
    await this.#jit.session.removeJITDylibs([]).catch((thrown: unknown) => this.#judge.failed('verify', thrown))
    if (!this.#judge.deaths.any) {
      this.#ledger.close()
      this.#units.close()
      this.#steps.tryHandles()
    }
    this.#steps.forgetHandles()
    return this.#judge.close()
  }

  #carryOut(step: Step): Promise<void> {
    const running = this.#steps
      .carryOut(step)
      .then(
        () => this.#judge.count(step.do, 'ok'),
        (thrown: unknown) => this.#judge.failed(step.do, thrown),
      )
      .finally(() => this.#running.delete(running))
    this.#running.set(running, JSON.stringify(step))
    return running
  }
}
