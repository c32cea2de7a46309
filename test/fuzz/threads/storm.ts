// One client's part in a round: carries out its steps, some of them side by side, and judges each answer as it comes. What is
// left at the end is given back, so that the house can be compared with what it was.
import type { JIT, JITDylib, JITFunction, LookupState, ResourceManager, ResourceTracker, SymbolAlias } from 'worc'
import { JITError, attach, hostFunctions, installTransferHandlers, lazyReexports, reexports, symbolAliases } from 'worc'
import type { TransferHandler } from 'comlink'
import { setTimeout as sleep } from 'node:timers/promises'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import type { MessagePort } from 'node:worker_threads'
import { standStill } from './delays.js'
import { dylibNames } from './dylib-names.js'
import type { DylibOperation } from './dylib-model.js'
import { historyProgram } from './history-program.js'
import type { SharedTracker } from './history-round.js'
import { Ledger, managerFails } from './ledger.js'
import { functionName, isAnswerOf, ringAnswer, ringObject } from './objects.js'
import type { Deaths } from './outcomes.js'
import { isExpected, outcomeOf } from './outcomes.js'
import type { PlannedStep, ProgramShape, Step } from './program.js'
import { defaultSlot, dylibCount, trackerSlots } from './program.js'
import { Recorder } from './recorder.js'
import { UnitCensus, isAddressOf, unitFails } from './user-units.js'

/** A tracker on its way to another client, as a transfer handler has written it. */
export type SentTracker = unknown

export interface StormReport {
  readonly problems: readonly string[]
  /** How often each step had which outcome. */
  readonly outcomes: ReadonlyMap<string, number>
}

interface Handle {
  readonly n: number
  readonly call: JITFunction
}

type DefinedUnit = Pick<Extract<Step, { do: 'define' }>, 'names' | 'mode'>
type InDylib = Extract<Step, { readonly tracker: number }>

setFlagsFromString('--expose-gc')
const collectGarbage = runInNewContext('gc') as () => void
const handlers = new Map<string, TransferHandler<unknown, unknown>>()
installTransferHandlers(handlers)
const trackerHandler = handlers.get('worc.ResourceTracker') as TransferHandler<ResourceTracker, SentTracker>

export class Storm {
  readonly #jit: JIT
  readonly #dylibs: readonly JITDylib[]
  /** Searched by lookups that nobody waits for in a blocked thread: its generators need event loops. */
  readonly #generating: JITDylib
  readonly #give: (to: number, tracker: SentTracker) => void
  readonly #ledger = new Ledger((text) => this.#problem(text))
  readonly #units = new UnitCensus((text) => this.#problem(text))
  #own: (ResourceTracker | undefined)[] = []
  #received: ResourceTracker[] = []
  #handles: Handle[] = []
  /** The last function that this client has defined. */
  #recent: { readonly dylib: number; readonly n: number; readonly lazily: boolean } | undefined
  #problems: string[] = []
  #outcomes = new Map<string, number>()
  #deaths: Deaths = { any: false, session: false }
  #running = new Map<Promise<void>, string>()
  #forgotten = false
  #flooded = false
  #recorder: Recorder | undefined

  private constructor(
    jit: JIT,
    dylibs: readonly JITDylib[],
    generating: JITDylib,
    give: (to: number, tracker: SentTracker) => void,
  ) {
    this.#jit = jit
    this.#dylibs = dylibs
    this.#generating = generating
    this.#give = give
    jit.session.onError = (error) => this.#unexpectedUnlessKnown(error)
  }

  static async attach(port: MessagePort, give: (to: number, tracker: SentTracker) => void): Promise<Storm> {
    const jit = await attach(port)
    const dylibs = await Promise.all(dylibNames.map((name) => jit.session.getJITDylibByName(name)))
    const [generating, ...shared] = dylibs.filter((dylib) => dylib !== undefined)
    if (generating === undefined || shared.length !== dylibCount) throw new Error('the house has no dylibs for a storm')
    const storm = new Storm(jit, shared, generating, give)
    await jit.session.registerResourceManager(storm.#ledger)
    return storm
  }

  get jit(): JIT {
    return this.#jit
  }

  /** Whatever is running, for the report of a round that does not end. */
  get running(): readonly string[] {
    return [...this.#running.values(), ...(this.#recorder?.running ?? [])]
  }

  take(sent: SentTracker): void {
    this.#received.push(trackerHandler.deserialize(sent))
  }

  /** Resolves when everything was begun, and what was to be awaited has ended. `deaths` are those planned for the round. */
  async rage(program: readonly PlannedStep[], deaths: Deaths): Promise<void> {
    this.#deaths = deaths
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
    const made = wanted.map(({ dylib, tracker }) => [tracker, this.#dylib(dylib).createResourceTracker()] as const)
    this.#received.push(...made.map(([, tracker]) => tracker))
    return Array.from({ length: clients }, () =>
      made.map(([tracker, handle]) => [tracker, trackerHandler.serialize(handle)[0]] as const),
    )
  }

  async record(
    shape: ProgramShape,
    clock: Int32Array,
    shared: readonly SharedTracker[],
  ): Promise<readonly DylibOperation[]> {
    const trackers = new Map(shared.map(([tracker, sent]) => [tracker, trackerHandler.deserialize(sent)]))
    const recorder = new Recorder({ jit: this.#jit, client: shape.client, dylibs: this.#dylibs, clock }, trackers)
    this.#recorder = recorder
    try {
      return await recorder.record(historyProgram(shape))
    } finally {
      this.#received.push(...trackers.values())
    }
  }

  /** Nothing is given to this client any more: lets what runs end, and lets go of everything. */
  async settle(): Promise<void> {
    while (this.#running.size > 0) await Promise.all(this.#running.keys())
    for (const tracker of [...this.#own, ...this.#received]) tracker?.[Symbol.dispose]()
    this.#own = []
    this.#received = []
    if (!this.#forgotten) return
    this.#forgotten = false
    collectGarbage()
    await sleep(0)
  }

  /** The round is over and the house was emptied. Judges what must be gone. */
  async close(): Promise<StormReport> {
    // What the session told this client comes before its answer.
    await this.#jit.session.getJITDylibByName('nothing').catch((thrown: unknown) => this.#judge('verify', thrown))
    if (!this.#deaths.any) {
      this.#ledger.close()
      this.#units.close()
      for (const { n, call } of this.#handles) {
        const called = outcomeOfCall(call)
        if (called !== 'CodeRemoved') this.#problem(`${functionName(n)} was removed, and a call of it gave ${called}`)
      }
    }
    this.#handles = []
    const report = { problems: this.#problems, outcomes: this.#outcomes }
    this.#problems = []
    this.#outcomes = new Map()
    this.#deaths = { any: false, session: false }
    this.#flooded = false
    return report
  }

  #carryOut(step: Step): Promise<void> {
    const running = this.#step(step)
      .then(
        () => this.#count(step.do, 'ok'),
        (thrown: unknown) => this.#judge(step.do, thrown),
      )
      .finally(() => this.#running.delete(running))
    this.#running.set(running, JSON.stringify(step))
    return running
  }

  async #step(step: Step): Promise<void> {
    const { session } = this.#jit
    switch (step.do) {
      case 'add object':
        this.#recent = { dylib: step.dylib, n: step.n, lazily: false }
        return this.#jit.addObject(ringObject(step.n, step.version, step.dataBytes, step.isEnd), this.#place(step))
      case 'define': {
        const { dylib, tracker } = this.#place(step)
        return this.#define(step, dylib, tracker)
      }
      case 'define absolute': {
        const { dylib, tracker } = this.#place(step)
        return dylib.define(this.#units.absoluteUnit(step.names), tracker)
      }
      case 'define host': {
        this.#recent = { dylib: step.dylib, n: step.n, lazily: false }
        const { dylib, tracker } = this.#place(step)
        const call = (): number => ringAnswer(step.n, step.version)
        return dylib.define(hostFunctions({ [functionName(step.n)]: { ...ringSignature, call } }), tracker)
      }
      case 'define aliases': {
        const { dylib, tracker } = this.#place(step)
        return dylib.define(symbolAliases(aliasesOf(step.aliases)), tracker)
      }
      case 're-export': {
        const { dylib, tracker } = this.#place(step)
        return dylib.define(reexports(this.#other(step.dylib), aliasesOf(step.aliases)), tracker)
      }
      case 're-export lazily': {
        this.#recent = { dylib: step.dylib, n: step.n, lazily: true }
        const { dylib, tracker } = this.#place(step)
        const alias = { aliasee: functionName(step.n), flags: { exported: true }, signature: ringSignature }
        return dylib.define(lazyReexports(this.#other(step.dylib), { [lazyName(step.n)]: alias }), tracker)
      }
      case 'look up':
        return this.#lookUp(step)
      case 'look up and wait':
        return this.#check(session.lookupSync({ searchOrder: [this.#dylib(step.dylib)], symbols: [step.name] }))
      case 'look up names': {
        const searchOrder = [...this.#dylibs, this.#generating]
        const found = await session.lookup({ searchOrder, symbols: step.names, requiredState: step.state })
        return this.#check(found, step.names)
      }
      case 'look up flags':
        return void (await session.lookupFlags({ searchOrder: [this.#dylib(step.dylib)], symbols: step.names }))
      case 'call':
        return this.#call(step)
      case 'remove':
        return this.#place(step).tracker.remove({ wait: step.wait })
      case 'transfer':
        return this.#place(step).tracker.transferTo(this.#tracker(step.dylib, step.destination))
      case 'remove names':
        return this.#dylib(step.dylib).remove(step.names)
      case 'clear':
        return this.#dylib(step.dylib).clear()
      case 'dispose':
        return this.#letGo(step)?.[Symbol.dispose]()
      case 'forget':
        if (this.#letGo(step) !== undefined) this.#forgotten = true
        return
      case 'give':
        return this.#give(step.to, trackerHandler.serialize(this.#place(step).tracker)[0])
      case 'file under the key':
        return this.#place(step).tracker.withResourceKeyDo((key) => this.#ledger.file(key))
      case 'set link order':
        return this.#dylib(step.dylib).setLinkOrder(step.order.map((index) => this.#dylib(index)))
      case 'generate':
        return this.#generate(step.name)
      case 'pass a dylib by':
        // Dylibs are nobody's: one whose maker dies stays.
        return this.#deaths.any ? undefined : this.#passDylibBy(step.name)
      case 'allocate':
        // Nor does memory that was asked for by hand go with whoever asked.
        return this.#deaths.any || this.#flooded ? undefined : this.#allocate(step)
      case 'compile':
        return this.#jit.addC('int never;', { dylib: this.#dylib(0) })
      case 'collect garbage':
        return collectGarbage()
      case 'park':
        return this.#jit.park()
      case 'verify':
        return session.verify()
      case 'register a manager':
        return this.#registerManager()
      case 'flood':
        return this.#flood(step)
    }
  }

  // ---- steps that are several

  async #define({ names, mode }: DefinedUnit, dylib: JITDylib, tracker?: ResourceTracker): Promise<void> {
    const unit = this.#units.userUnit(names, mode, {
      jit: this.#jit,
      ledger: this.#ledger,
      tracker,
      collectGarbage,
    })
    try {
      await dylib.define(unit, tracker)
    } catch (thrown) {
      this.#units.forget(unit)
      throw thrown
    }
  }

  async #lookUp({ abort, recent, ...drawn }: Extract<Step, { do: 'look up' }>): Promise<void> {
    const { dylib, n, lazily } = recent ? (this.#recent ?? drawn) : drawn
    const aborter = new AbortController()
    const looked = this.#jit.lookup(lazily ? lazyName(n) : functionName(n), {
      dylib: this.#dylib(dylib),
      signal: aborter.signal,
    })
    if (abort) setImmediate(() => aborter.abort())
    this.#handles.push({ n, call: await looked })
  }

  #call({ handle, steps }: Extract<Step, { do: 'call' }>): void {
    const called = this.#handles[handle % Math.max(1, this.#handles.length)]
    if (called === undefined) return
    const answer = called.call(steps)
    if (!isAnswerOf(called.n, steps, Number(answer)))
      this.#problem(`${functionName(called.n)}(${steps}) is ${String(answer)}, which is another function's answer`)
  }

  #check(
    found: ReadonlyMap<string, { readonly address: number }>,
    wanted: readonly string[] = [...found.keys()],
  ): void {
    for (const name of wanted) {
      const address = found.get(name)?.address
      if (address === undefined) this.#problem(`a lookup succeeded without ${name}`)
      else if (/^[usg]/.test(name) && !isAddressOf(name, address))
        this.#problem(`a lookup of ${name} found ${address}, which is another symbol's`)
    }
  }

  async #generate(name: string): Promise<void> {
    const generator = {
      tryToGenerate: async ({ dylib, names }: LookupState) => {
        if (names.has(name)) await dylib.define(this.#units.absoluteUnit([name])).catch(unlessDuplicate)
      },
    }
    await this.#generating.addGenerator(generator)
    try {
      const found = await this.#jit.session.lookup({ searchOrder: [this.#generating], symbols: [name] })
      this.#check(found, [name])
    } finally {
      await this.#generating.removeGenerator(generator)
    }
  }

  /** A dylib of this client's own, removed with things in flight. */
  async #passDylibBy(name: string): Promise<void> {
    const { session } = this.#jit
    const dylib = await session.createBareJITDylib(name)
    let looked: Promise<void> | undefined
    try {
      await dylib.define(this.#units.absoluteUnit(['s0']))
      await this.#define({ names: ['u0'], mode: 'waits long' }, dylib)
      looked = session.lookup({ searchOrder: [dylib], symbols: ['s0', 'u0'] }).then(
        (found) => this.#check(found, ['s0', 'u0']),
        (thrown: unknown) => this.#judge('look up names', thrown),
      )
    } finally {
      await session.removeJITDylibs([dylib])
      await looked
    }
  }

  async #allocate({ sizeBytes, finalize }: Extract<Step, { do: 'allocate' }>): Promise<void> {
    const allocation = await this.#jit.executorMemory.allocate(sizeBytes)
    if (allocation.bytes.some((byte) => byte !== 0)) this.#problem(`memory at ${allocation.address} is not clean`)
    allocation.bytes.fill(0xa5)
    if (finalize) await (await allocation.finalize()).deallocate()
    else await allocation.abandon()
  }

  async #registerManager(): Promise<void> {
    const manager: ResourceManager = {
      handleRemoveResources: () => undefined,
      handleTransferResources: () => undefined,
    }
    await this.#jit.session.registerResourceManager(manager)
    await this.#jit.session.deregisterResourceManager(manager)
  }

  /** More than the session takes at once and than may wait here: some are refused, none is lost. */
  async #flood({ dylib, messages }: Extract<Step, { do: 'flood' }>): Promise<void> {
    this.#flooded = true
    const tracker = this.#dylib(dylib).defaultResourceTracker
    const asked = Array.from({ length: messages }, () => tracker.isDefunct())
    for (const answer of await Promise.allSettled(asked)) {
      if (answer.status === 'fulfilled') this.#count('flood', 'answered')
      else this.#judge('flood', answer.reason)
    }
  }

  // ---- trackers

  #dylib(index: number): JITDylib {
    const dylib = this.#dylibs[index]
    if (dylib === undefined) throw new Error(`a storm has no dylib ${index}`)
    return dylib
  }

  #other(index: number): JITDylib {
    return this.#dylib((index + 1) % dylibCount)
  }

  #place({ dylib, tracker }: InDylib): { readonly dylib: JITDylib; readonly tracker: ResourceTracker } {
    return { dylib: this.#dylib(dylib), tracker: this.#tracker(dylib, tracker) }
  }

  /** What is in the slot; else what another client gave; else a new one. */
  #tracker(index: number, slot: number): ResourceTracker {
    const dylib = this.#dylib(index)
    if (slot === defaultSlot) return dylib.defaultResourceTracker
    const known = this.#own[index * trackerSlots + slot]
    if (known !== undefined) return known
    const given = this.#received.findIndex((tracker) => tracker.dylib === dylib)
    const tracker = this.#received.splice(given, given < 0 ? 0 : 1)[0] ?? dylib.createResourceTracker()
    this.#own[index * trackerSlots + slot] = tracker
    return tracker
  }

  #letGo({ dylib, tracker }: InDylib): ResourceTracker | undefined {
    if (tracker === defaultSlot) return undefined
    const held = this.#own[dylib * trackerSlots + tracker]
    this.#own[dylib * trackerSlots + tracker] = undefined
    return held
  }

  // ---- judgement

  #problem(text: string): void {
    this.#problems.push(text)
  }

  #count(step: Step['do'] | 'report', outcome: string): void {
    const key = `${step}: ${outcome}`
    this.#outcomes.set(key, (this.#outcomes.get(key) ?? 0) + 1)
  }

  #judge(step: Step['do'], thrown: unknown): void {
    this.#count(step, outcomeOf(thrown))
    if (isExpected(step, thrown, this.#deaths, this.#flooded)) return
    const detail = thrown instanceof Error ? (thrown.stack ?? thrown.message) : String(thrown)
    this.#problem(`${step} failed with ${outcomeOf(thrown)}: ${detail}`)
  }

  /** Errors that nobody waited for: of units that were told to fail, or whose tracker went while they worked. */
  #unexpectedUnlessKnown(error: JITError): void {
    this.#count('report', outcomeOf(error))
    const known = ['ResourceTrackerDefunct', 'JITDylibDefunct'].includes(error.code) || deliberate.has(error.message)
    if (!known && !this.#deaths.any && !this.#flooded) this.#problem(`reported: ${outcomeOf(error)}: ${error.message}`)
  }
}

const deliberate: ReadonlySet<string> = new Set([unitFails, managerFails])

const ringSignature = { parameters: ['i32'], results: ['i32'] } as const

/** The stub for a ring function. */
function lazyName(n: number): string {
  return `l${n}`
}

function aliasesOf(names: Readonly<Record<string, string>>): Record<string, SymbolAlias> {
  const entries = Object.entries(names)
  return Object.fromEntries(entries.map(([alias, aliasee]) => [alias, { aliasee, flags: { exported: true } }]))
}

function outcomeOfCall(call: JITFunction): string {
  try {
    return String(call(0))
  } catch (thrown) {
    return outcomeOf(thrown)
  }
}

function unlessDuplicate(thrown: unknown): void {
  if (!(thrown instanceof JITError && thrown.code === 'DuplicateDefinition')) throw thrown
}
