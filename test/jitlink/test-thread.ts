// What an executor does in its thread: instances of units on demand, PLT slots bound when they are missed, dispatchers filled
// when they are behind. `threadId` chooses the stack and the block of thread-local variables; several may run in one thread.
import type { SignatureCode } from '@worc/protocol'
import { maximumSlotsPerSignature } from '@worc/protocol'
import { publishedAddress, stackBytes, threadLocalBytes, type TestSession, type TestUnit } from './test-linker.js'

type Callable = (...parameters: (number | bigint)[]) => number | bigint | undefined | (number | bigint)[]

interface Instance {
  readonly table: WebAssembly.Table
  readonly unbind: (slot: number) => void
}

/** Low addresses, clear of the words that the linker uses. */
const firstStackAddress = 0x1000
const firstBlockAddress = 0xf_0000
const pageBytes = 0x1_0000

export class TestThread {
  readonly instances = new Map<number, Instance>()
  /** `unit:name` of each call that went by a miss stub, in order. */
  readonly misses: string[] = []
  syncs = 0
  readonly last: WebAssembly.Global = new WebAssembly.Global({ value: 'i32', mutable: true }, 0)
  readonly host: Record<string, WebAssembly.ModuleImports>

  readonly #session: TestSession
  readonly #globals: Record<string, WebAssembly.Global>
  readonly #tags: Record<string, object> = {}
  readonly #tlsBase: number
  readonly #seen = new WebAssembly.Global({ value: 'i32', mutable: true }, 0)
  readonly #dispatchers = new Map<SignatureCode, WebAssembly.Exports>()
  readonly #templates = new Set<number>()

  constructor(session: TestSession, threadId = 1, host: Record<string, WebAssembly.ModuleImports> = {}) {
    this.#session = session
    this.host = host
    const stackLimit = firstStackAddress + (threadId - 1) * (stackBytes + pageBytes)
    this.#tlsBase = firstBlockAddress + threadId * threadLocalBytes
    const i32 = (value: number, mutable = true): WebAssembly.Global =>
      new WebAssembly.Global({ value: 'i32', mutable }, value)
    this.#globals = {
      __stack_pointer: i32(stackLimit + stackBytes),
      __stack_limit: i32(stackLimit),
      __tls_base: i32(this.#tlsBase),
      __thread_id: i32(threadId, false),
    }
    // Node has tags; the types of the platform do not yet.
    const { Tag } = WebAssembly as unknown as { Tag: new (type: { parameters: string[] }) => object }
    this.#tags = { __c_longjmp: new Tag({ parameters: ['i32'] }) }
  }

  /** Calls a defined function as JavaScript. */
  call(name: string, ...parameters: (number | bigint)[]): ReturnType<Callable> {
    const symbol = this.#session.symbols.get(name)
    if (symbol?.definition.kind !== 'function') throw new Error(`${name} is not defined`)
    return (this.function(symbol.unit, symbol.definition.index) as Callable)(...parameters)
  }

  function(unit: number, index: number): unknown {
    const { plt } = this.#unit(unit)
    return this.instance(unit).table.get(plt.length + index)
  }

  stackPointer(): number {
    return this.#globals['__stack_pointer']?.value as number
  }

  instance(id: number): Instance {
    const known = this.instances.get(id)
    if (known !== undefined) return known
    const unit = this.#unit(id)
    this.#copyTemplate(unit)
    const { exports } = new WebAssembly.Instance(new WebAssembly.Module(unit.moduleBytes), {
      env: { memory: this.#session.memory, ...this.#globals, ...this.#tags },
      worc: { miss: (slot: number) => this.#bind(unit, slot), overflow: () => overflow() },
      ci: Object.fromEntries(unit.dispatchers.map((code) => [code, this.#dispatcher(code)['ci'] ?? 0])),
      ...this.host,
    })
    const instance: Instance = {
      table: exports['t'] as WebAssembly.Table,
      unbind: exports['unbind'] as (slot: number) => void,
    }
    this.instances.set(id, instance)
    return instance
  }

  #unit(id: number): TestUnit {
    const unit = this.#session.units[id]
    if (unit === undefined) throw new Error(`no unit ${id}`)
    return unit
  }

  #copyTemplate({ id, threadLocal }: TestUnit): void {
    if (threadLocal === undefined || this.#templates.has(id)) return
    this.#templates.add(id)
    const address = this.#tlsBase + threadLocal.offsetBytes
    new Uint8Array(this.#session.memory.buffer).set(threadLocal.template, address)
  }

  #bind(unit: TestUnit, slot: number): void {
    const { name, signature } = unit.plt[slot] ?? { name: '?', signature: '?' }
    this.misses.push(`${unit.id}:${name}`)
    const symbol = this.#session.symbols.get(name)
    if (symbol?.definition.kind !== 'function') throw new Error(`${name} is absent`)
    const { index } = symbol.definition
    const defined = this.#unit(symbol.unit).functions[index]?.[1]
    if (defined !== signature) throw new Error(`${name} is ${defined ?? '?'}, ${signature} was expected`)
    this.instance(unit.id).table.set(slot, this.function(symbol.unit, index))
  }

  #dispatcher(signature: SignatureCode): WebAssembly.Exports {
    const known = this.#dispatchers.get(signature)
    if (known !== undefined) return known
    const bytes = this.#session.dispatchers.get(signature)
    if (bytes === undefined) throw new Error(`no dispatcher for ${signature}`)
    const { exports } = new WebAssembly.Instance(new WebAssembly.Module(bytes), {
      env: { memory: this.#session.memory },
      worc: { seen: this.#seen, last: this.last, sync: () => this.#sync() },
    })
    this.#dispatchers.set(signature, exports)
    return exports
  }

  #sync(): void {
    this.syncs++
    this.#seen.value = Atomics.load(new Int32Array(this.#session.memory.buffer, publishedAddress, 1), 0)
    for (const [pointer, { unit, index, signature }] of this.#session.slots) {
      const table = this.#dispatcher(signature)['t'] as WebAssembly.Table
      const slot = pointer % maximumSlotsPerSignature
      if (slot >= table.length) table.grow(slot + 1 - table.length)
      table.set(slot, this.function(unit, index))
    }
  }
}

function overflow(): never {
  throw new RangeError('guest stack overflow')
}
