// What runs code in a thread of the simulation. A call enters a function and stays in it for as many steps as the schedule
// likes; meanwhile the thread hears nothing, except what its code pulls in when it calls through a slot or a pointer.
import type { CodeThread, OwnImports, ThreadPlace } from '@worc/executor'
import { JITError, maximumSlotsPerSignature, plainError } from '@worc/protocol'
import { publishedWord } from './sim-memory.js'
import type { SimThread } from './sim-thread.js'
import { contentsOf } from './sim-linker.js'
import type { SimModule } from './sim-linker.js'
import type { World } from './world.js'

type Callable = () => void
type UnitModule = Extract<SimModule, { kind: 'unit' }>

interface DispatcherImports {
  readonly seen: { value: number }
  readonly sync: () => void
}

export class SimCode implements CodeThread {
  readonly memory: Pick<WebAssembly.Memory, 'buffer'>
  readonly place: ThreadPlace
  readonly seen = { value: 0 }
  readonly lastPointer = { value: 0 }
  /** Where function pointers lead: there is one signature. */
  pointers: readonly (Callable | null)[] = []
  readonly #world: World
  readonly #thread: SimThread
  readonly #words: Int32Array

  constructor(world: World, thread: SimThread, memory: Pick<WebAssembly.Memory, 'buffer'>, place: ThreadPlace) {
    this.#world = world
    this.#thread = thread
    this.memory = memory
    this.place = place
    this.#words = new Int32Array(memory.buffer)
  }

  instantiate(module: WebAssembly.Module, own: OwnImports): WebAssembly.Exports {
    const contents = contentsOf(module)
    const exports = contents.kind === 'unit' ? this.#unit(contents, own) : this.#dispatcher(own)
    return exports as unknown as WebAssembly.Exports
  }

  unwindStack(): void {
    this.#thread.frames.length = 0
  }

  takeStack(sizeBytes: number): number {
    return this.place.stackHigh - sizeBytes
  }

  fromHost<T>(body: () => T): T {
    return body()
  }

  isFromHost(): boolean {
    return false
  }

  #unit(module: UnitModule, own: OwnImports): object {
    const miss = (own['worc'] as unknown as { readonly miss: (slot: number) => void }).miss
    const thunks = own['ci'] as unknown as Readonly<Record<string, (pointer: number) => void>>
    const table = new SimTable()
    const stub = (slot: number): Callable => {
      return () => {
        miss(slot)
        table.get(slot)?.()
      }
    }
    for (let slot = 0; slot < module.plt; slot++) table.set(slot, stub(slot))
    for (let index = 0; index < module.functions; index++) table.set(module.plt + index, () => enter(index))
    const enter = (index: number): void => {
      this.#thread.frames.push({
        unit: module.unit,
        index,
        dataBytes: module.dataBytes,
        slots: module.plt,
        callSlot: (slot) => table.get(slot)?.(),
        pointers: module.pointers.length,
        callPointer: (which) => thunks[':']?.(module.pointers[which] ?? 0),
      })
    }
    return { t: table, unbind: (slot: number) => table.set(slot, stub(slot)) }
  }

  /** Catches up where something was published that this thread has not seen, as the dispatcher's module does. */
  #dispatcher(own: OwnImports): object {
    const { seen, sync } = own['worc'] as unknown as DispatcherImports
    const table = new SimTable()
    this.pointers = table.elements
    const thunk = (pointer: number): void => {
      this.lastPointer.value = pointer
      if (Atomics.load(this.#words, publishedWord / 4) !== seen.value) {
        this.#world.probes.hit('catch-up-inside-call')
        sync()
      }
      const target = table.get(pointer % maximumSlotsPerSignature)
      if (target === null) throw new JITError(plainError('Unsupported', 'a trap: the pointer leads nowhere'))
      target()
    }
    return { t: table, ci: thunk }
  }
}

/** As much of a WebAssembly.Table as executors use. */
class SimTable {
  readonly elements: (Callable | null)[] = []

  get length(): number {
    return this.elements.length
  }

  get(index: number): Callable | null {
    return this.elements[index] ?? null
  }

  set(index: number, element: Callable | null): void {
    this.elements[index] = element
  }

  grow(by: number): void {
    for (let added = 0; added < by; added++) this.elements.push(null)
  }
}
