// How each step is carried out, and what its answer must be.
import type { JIT, JITDylib, JITFunction, LookupState, ResourceManager, ResourceTracker, SymbolAlias } from 'worc'
import { JITError, hostFunctions, lazyReexports, reexports, symbolAliases } from 'worc'
import { setTimeout as sleep } from 'node:timers/promises'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import type { HeldTrackers, SentTracker } from './held-trackers.js'
import { send } from './held-trackers.js'
import type { Judge } from './judge.js'
import type { Ledger } from './ledger.js'
import { functionName, isAnswerOf, ringAnswer, ringObject } from './objects.js'
import { outcomeOf } from './outcomes.js'
import type { Step } from './program.js'
import type { UnitCensus } from './user-units.js'
import { isAddressOf } from './user-units.js'

interface Scene {
  readonly jit: JIT
  readonly dylibs: readonly JITDylib[]
  /** Searched by lookups that nobody waits for in a blocked thread: its generators need event loops. */
  readonly generating: JITDylib
  readonly ledger: Ledger
  readonly units: UnitCensus
  readonly give: (to: number, tracker: SentTracker) => void
}

interface Handle {
  readonly n: number
  readonly call: JITFunction
}

type DefinedUnit = Pick<Extract<Step, { do: 'define' }>, 'names' | 'mode'>
type InDylib = Extract<Step, { readonly tracker: number }>

setFlagsFromString('--expose-gc')
const collectGarbage = runInNewContext('gc') as () => void

export class Steps {
  readonly #scene: Scene
  readonly #held: HeldTrackers
  readonly #judge: Judge
  #handles: Handle[] = []
  /** The last function that this client has defined. */
  #recent: { readonly dylib: number; readonly n: number; readonly lazily: boolean } | undefined
  #forgotten = false

  constructor(scene: Scene, held: HeldTrackers, judge: Judge) {
    this.#scene = scene
    this.#held = held
    this.#judge = judge
  }

  /** Rejects as the step fails. What it answers wrongly is a problem at once. */
  async carryOut(step: Step): Promise<void> {
    const { session } = this.#scene.jit
    switch (step.do) {
      case 'add object':
        this.#recent = { dylib: step.dylib, n: step.n, lazily: false }
        return this.#scene.jit.addObject(
          ringObject(step.n, step.version, step.dataBytes, step.isEnd),
          this.#place(step),
        )
      case 'define': {
        const { dylib, tracker } = this.#place(step)
        return this.#define(step, dylib, tracker)
      }
      case 'define absolute': {
        const { dylib, tracker } = this.#place(step)
        return dylib.define(this.#scene.units.absoluteUnit(step.names), tracker)
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
        return dylib.define(reexports(this.#held.dylib(step.dylib + 1), aliasesOf(step.aliases)), tracker)
      }
      case 're-export lazily': {
        this.#recent = { dylib: step.dylib, n: step.n, lazily: true }
        const { dylib, tracker } = this.#place(step)
        const alias = { aliasee: functionName(step.n), flags: { exported: true }, signature: ringSignature }
        return dylib.define(lazyReexports(this.#held.dylib(step.dylib + 1), { [lazyName(step.n)]: alias }), tracker)
      }
      case 'look up':
        return this.#lookUp(step)
      case 'look up and wait':
        return this.#check(session.lookupSync({ searchOrder: [this.#held.dylib(step.dylib)], symbols: [step.name] }))
      case 'look up names': {
        const searchOrder = [...this.#scene.dylibs, this.#scene.generating]
        const found = await session.lookup({ searchOrder, symbols: step.names, requiredState: step.state })
        return this.#check(found, step.names)
      }
      case 'look up flags':
        return void (await session.lookupFlags({ searchOrder: [this.#held.dylib(step.dylib)], symbols: step.names }))
      case 'call':
        return this.#call(step)
      case 'remove':
        return this.#place(step).tracker.remove({ wait: step.wait })
      case 'transfer':
        return this.#place(step).tracker.transferTo(
          this.#held.tracker({ dylib: step.dylib, tracker: step.destination }),
        )
      case 'remove names':
        return this.#held.dylib(step.dylib).remove(step.names)
      case 'clear':
        return this.#held.dylib(step.dylib).clear()
      case 'dispose':
        return this.#held.letGo(step)?.[Symbol.dispose]()
      case 'forget':
        if (this.#held.letGo(step) !== undefined) this.#forgotten = true
        return
      case 'give':
        return this.#scene.give(step.to, send(this.#place(step).tracker))
      case 'file under the key':
        return this.#place(step).tracker.withResourceKeyDo((key) => this.#scene.ledger.file(key))
      case 'set link order':
        return this.#held.dylib(step.dylib).setLinkOrder(step.order.map((index) => this.#held.dylib(index)))
      case 'generate':
        return this.#generate(step.name)
      case 'pass a dylib by':
        // Dylibs are nobody's: one whose maker dies stays.
        return this.#judge.deaths.any ? undefined : this.#passDylibBy(step.name)
      case 'allocate':
        // Nor does memory that was asked for by hand go with whoever asked.
        return this.#judge.deaths.any || this.#judge.flooded ? undefined : this.#allocate(step)
      case 'compile':
        return this.#scene.jit.addC('int never;', { dylib: this.#held.dylib(0) })
      case 'collect garbage':
        return collectGarbage()
      case 'park':
        return this.#scene.jit.park()
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
    const unit = this.#scene.units.userUnit(names, mode, {
      jit: this.#scene.jit,
      ledger: this.#scene.ledger,
      tracker,
      collectGarbage,
    })
    try {
      await dylib.define(unit, tracker)
    } catch (thrown) {
      this.#scene.units.forget(unit)
      throw thrown
    }
  }

  async #lookUp({ abort, recent, ...drawn }: Extract<Step, { do: 'look up' }>): Promise<void> {
    const { dylib, n, lazily } = recent ? (this.#recent ?? drawn) : drawn
    const aborter = new AbortController()
    const looked = this.#scene.jit.lookup(lazily ? lazyName(n) : functionName(n), {
      dylib: this.#held.dylib(dylib),
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
      this.#judge.problem(
        `${functionName(called.n)}(${steps}) is ${String(answer)}, which is another function's answer`,
      )
  }

  #check(
    found: ReadonlyMap<string, { readonly address: number }>,
    wanted: readonly string[] = [...found.keys()],
  ): void {
    for (const name of wanted) {
      const address = found.get(name)?.address
      if (address === undefined) this.#judge.problem(`a lookup succeeded without ${name}`)
      else if (/^[usg]/.test(name) && !isAddressOf(name, address))
        this.#judge.problem(`a lookup of ${name} found ${address}, which is another symbol's`)
    }
  }

  async #generate(name: string): Promise<void> {
    const generator = {
      tryToGenerate: async ({ dylib, names }: LookupState) => {
        if (names.has(name)) await dylib.define(this.#scene.units.absoluteUnit([name])).catch(unlessDuplicate)
      },
    }
    await this.#scene.generating.addGenerator(generator)
    try {
      const found = await this.#scene.jit.session.lookup({ searchOrder: [this.#scene.generating], symbols: [name] })
      this.#check(found, [name])
    } finally {
      await this.#scene.generating.removeGenerator(generator)
    }
  }

  /** A dylib of this client's own, removed with things in flight. */
  async #passDylibBy(name: string): Promise<void> {
    const { session } = this.#scene.jit
    const dylib = await session.createBareJITDylib(name)
    let looked: Promise<void> | undefined
    try {
      await dylib.define(this.#scene.units.absoluteUnit(['s0']))
      await this.#define({ names: ['u0'], mode: 'waits long' }, dylib)
      looked = session.lookup({ searchOrder: [dylib], symbols: ['s0', 'u0'] }).then(
        (found) => this.#check(found, ['s0', 'u0']),
        (thrown: unknown) => this.#judge.failed('look up names', thrown),
      )
    } finally {
      await session.removeJITDylibs([dylib])
      await looked
    }
  }

  async #allocate({ sizeBytes, finalize }: Extract<Step, { do: 'allocate' }>): Promise<void> {
    const allocation = await this.#scene.jit.executorMemory.allocate(sizeBytes)
    if (allocation.bytes.some((byte) => byte !== 0)) this.#judge.problem(`memory at ${allocation.address} is not clean`)
    allocation.bytes.fill(0xa5)
    if (!finalize) return allocation.abandon()
    const finalized = await allocation.finalize().catch(async (thrown: unknown) => {
      await allocation.abandon()
      throw thrown
    })
    await finalized.deallocate()
  }

  async #registerManager(): Promise<void> {
    const manager: ResourceManager = {
      handleRemoveResources: () => undefined,
      handleTransferResources: () => undefined,
    }
    await this.#scene.jit.session.registerResourceManager(manager)
    await this.#scene.jit.session.deregisterResourceManager(manager)
  }

  /** More than the session takes at once and than may wait here: some are refused, none is lost. */
  async #flood({ dylib, messages }: Extract<Step, { do: 'flood' }>): Promise<void> {
    this.#judge.flooded = true
    const tracker = this.#held.dylib(dylib).defaultResourceTracker
    const asked = Array.from({ length: messages }, () => tracker.isDefunct())
    for (const answer of await Promise.allSettled(asked)) {
      if (answer.status === 'fulfilled') this.#judge.count('flood', 'answered')
      else this.#judge.failed('flood', answer.reason)
    }
  }

  #place(step: InDylib): { readonly dylib: JITDylib; readonly tracker: ResourceTracker } {
    return { dylib: this.#held.dylib(step.dylib), tracker: this.#held.tracker(step) }
  }

  // ---- the end of a round

  /** Trackers that were forgotten are collected, and the session hears of it. */
  async collectForgotten(): Promise<void> {
    if (!this.#forgotten) return
    this.#forgotten = false
    collectGarbage()
    await sleep(0)
  }

  /** Everything was removed: no handle may reach anything. */
  tryHandles(): void {
    for (const { n, call } of this.#handles) {
      const called = outcomeOfCall(call)
      if (called !== 'CodeRemoved')
        this.#judge.problem(`${functionName(n)} was removed, and a call of it gave ${called}`)
    }
  }

  forgetHandles(): void {
    this.#handles = []
  }
}

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
