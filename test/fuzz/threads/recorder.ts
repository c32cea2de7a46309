// Carries out a history's program in a client's thread, and writes down when each operation began, when it was over and what it
// answered. Time is a counter that all threads increment: it has no ties, and says of two moments which came first.
import type { JIT, JITDylib, MaterializationUnit, ResourceTracker } from 'worc'
import { JITError, absoluteSymbols } from 'worc'
import { setImmediate as nextTurn } from 'node:timers/promises'
import type { DylibCall, DylibOperation, DylibResult } from './dylib-model.js'
import { defaultTracker } from './dylib-model.js'
import type { PlannedCall } from './history-program.js'
import { markPrefix } from './turn-trace.js'

/** What a search for an order costs grows with how many operations run at once, of all clients together. */
const mostAtOnce = 2
const ofManagers = ['UserError', 'WouldDeadlock']

interface RecorderSetting {
  readonly jit: JIT
  readonly client: number
  readonly dylibs: readonly JITDylib[]
  /** Word 0 is the time. */
  readonly clock: Int32Array
}

export class Recorder {
  readonly #setting: RecorderSetting
  readonly #trackers: Map<number, ResourceTracker>
  readonly #operations: DylibOperation[] = []
  readonly #running = new Map<Promise<void>, string>()
  #messages = 0

  /** `trackers` are those that all clients share; the recorder's own come to them. */
  constructor(setting: RecorderSetting, trackers: Map<number, ResourceTracker>) {
    this.#setting = setting
    this.#trackers = trackers
  }

  /** Rejects where an operation failed in a way that none may. */
  async record(program: readonly PlannedCall[]): Promise<readonly DylibOperation[]> {
    const { jit, client } = this.#setting
    await jit.session.getJITDylibByName(`${markPrefix}${client}`)
    for (const planned of program) {
      const ended = this.#begin(planned)
      if (planned.awaited) await ended
      while (this.#running.size >= mostAtOnce) await Promise.race(this.#running.keys())
    }
    await Promise.all(this.#running.keys())
    return this.#operations
  }

  get running(): readonly string[] {
    return [...this.#running.values()]
  }

  #begin(planned: PlannedCall): Promise<void> {
    const { call, dylib } = planned
    if (call.do !== 'create' && call.do !== 'drop')
      return this.#note(dylib, call, this.#time(), this.#carryOut(planned))
    // These have no answer. What is asked next is handled after them.
    const began = this.#time()
    const message = call.do === 'create' ? this.#create(dylib, call.tracker) : this.#drop(call.tracker)
    const question = { do: 'is defunct', tracker: call.tracker } as const
    const answered = this.#note(dylib, question, this.#time(), this.#carryOut({ ...planned, call: question }))
    return this.#track(
      call,
      answered.then(() => this.#write(dylib, call, message, began, this.#time(), 'ok')),
    )
  }

  #create(dylib: number, tracker: number): number {
    this.#trackers.set(tracker, this.#dylib(dylib).createResourceTracker())
    return this.#messages++
  }

  #drop(tracker: number): number {
    const handle = this.#trackers.get(tracker)
    if (handle === undefined) throw new Error(`a history has no tracker ${tracker}`)
    handle[Symbol.dispose]()
    return handle.id
  }

  #note(dylib: number, call: DylibCall, began: number, answer: Promise<DylibResult>): Promise<void> {
    const message = this.#messages++
    const noted = answer.then(
      (result) => this.#write(dylib, call, message, began, this.#time(), result),
      (thrown: unknown) => {
        if (!(thrown instanceof JITError)) throw thrown
        // A manager that failed, or whose thread was blocked, stops no removal.
        const removed = ['remove', 'clear'].includes(call.do) && ofManagers.includes(thrown.code)
        this.#write(dylib, call, message, began, this.#time(), removed ? 'ok' : thrown.code)
      },
    )
    return this.#track(call, noted)
  }

  #track(call: DylibCall, noted: Promise<void>): Promise<void> {
    const running = noted.finally(() => this.#running.delete(running))
    this.#running.set(running, JSON.stringify(call))
    return running
  }

  #write(
    dylib: number,
    call: DylibCall,
    message: number,
    invoked: number,
    returned: number,
    result: DylibResult,
  ): void {
    this.#operations.push({ client: this.#setting.client, message, dylib, call, invoked, returned, result })
  }

  async #carryOut({ call, dylib: index, slow }: PlannedCall): Promise<DylibResult> {
    const dylib = this.#dylib(index)
    switch (call.do) {
      case 'define':
        await dylib.define(
          slow ? slowUnit(call.symbols) : absoluteUnit(call.symbols),
          this.#tracker(dylib, call.tracker),
        )
        return 'ok'
      case 'look up': {
        const found = await dylib.session.lookup({ searchOrder: [dylib], symbols: call.names })
        return Object.fromEntries([...found].map(([name, { address }]) => [name, address]))
      }
      case 'remove':
        await this.#tracker(dylib, call.tracker).remove()
        return 'ok'
      case 'transfer':
        await this.#tracker(dylib, call.source).transferTo(this.#tracker(dylib, call.destination))
        return 'ok'
      case 'remove names':
        await dylib.remove(call.names)
        return 'ok'
      case 'clear':
        await dylib.clear()
        return 'ok'
      case 'is defunct':
        return this.#tracker(dylib, call.tracker).isDefunct()
      case 'create':
      case 'drop':
        throw new Error(`${call.do} has no answer`)
    }
  }

  #dylib(index: number): JITDylib {
    const dylib = this.#setting.dylibs[index]
    if (dylib === undefined) throw new Error(`a history has no dylib ${index}`)
    return dylib
  }

  #tracker(dylib: JITDylib, tracker: number): ResourceTracker {
    if (tracker === defaultTracker) return dylib.defaultResourceTracker
    const known = this.#trackers.get(tracker)
    if (known === undefined) throw new Error(`a history has no tracker ${tracker}`)
    return known
  }

  #time(): number {
    return Atomics.add(this.#setting.clock, 0, 1)
  }
}

type Symbols = Readonly<Record<string, number>>

function definitionsOf(symbols: Symbols): Record<string, { address: number; flags: { exported: true } }> {
  const entries = Object.entries(symbols)
  return Object.fromEntries(entries.map(([name, address]) => [name, { address, flags: { exported: true } }]))
}

function absoluteUnit(symbols: Symbols): MaterializationUnit {
  return absoluteSymbols(definitionsOf(symbols))
}

/** Whose tracker is gone by then is refused, and nobody minds. */
function slowUnit(symbols: Symbols): MaterializationUnit {
  const definitions = definitionsOf(symbols)
  return {
    name: `slow ${Object.keys(symbols).join(' ')}`,
    symbols: Object.fromEntries(Object.keys(symbols).map((name) => [name, { exported: true }])),
    materialize: async (responsibility) => {
      const own = Object.entries(definitions).filter(([name]) => responsibility.symbols.has(name))
      await nextTurn()
      await responsibility.notifyResolved(Object.fromEntries(own))
      await nextTurn()
      await responsibility.notifyEmitted()
    },
  }
}
