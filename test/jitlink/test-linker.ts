// What a link actor does, without actors: gives out addresses and slots from counters that only grow, keeps a table of
// symbols, links one object at a time. Its units are plain data that TestThreads, here or in a worker, instantiate.
import { slotBits, type SignatureCode } from '@worc/protocol'
import type { ObjectFile } from '@worc/wasm'
import {
  alignUp,
  buildLinkGraph,
  emitDispatcher,
  layout,
  link,
  prune,
  type BuildOptions,
  type EmitOptions,
  type ExternalDefinition,
  type ExternalRequest,
  type LayoutRequest,
  type LinkedUnit,
  type UnitDefinition,
} from '@worc/jitlink'
import { valueOf } from './fixtures.js'

export interface TestUnit extends LinkedUnit {
  readonly id: number
}

interface DefinedSymbol {
  readonly unit: number
  readonly definition: UnitDefinition
}

/** Everything a thread needs to run what was linked. Plain data but for the memory, which is shared. */
export interface TestSession {
  readonly memory: WebAssembly.Memory
  readonly units: TestUnit[]
  readonly symbols: Map<string, DefinedSymbol>
  readonly dispatchers: Map<SignatureCode, Uint8Array<ArrayBuffer>>
  /** C pointers and what they stand for. */
  readonly slots: Map<number, { readonly unit: number; readonly index: number; readonly signature: SignatureCode }>
}

export const stackBytes = 0x1_0000
export const memoryPages = { minimumPages: 64, maximumPages: 256 }
/** Bytes of each thread's block of thread-local variables. */
export const threadLocalBytes = 0x400
export const publishedAddress = 16
export const lockAddress = 32

const firstDataAddress = 0x10_0000

export class TestLinker {
  readonly session: TestSession = {
    memory: new WebAssembly.Memory({
      initial: memoryPages.minimumPages,
      maximum: memoryPages.maximumPages,
      shared: true,
    }),
    units: [],
    symbols: new Map(),
    dispatchers: new Map(),
    slots: new Map(),
  }

  readonly #signatures: SignatureCode[] = ['']
  #nextData = firstDataAddress
  #nextThreadLocal = 0
  #nextSlot = 0

  /** Definitions of names that are defined already lose if they are weak, as in a session. */
  add(object: ObjectFile, options: BuildOptions & Partial<Pick<EmitOptions, 'serialize'>> = {}): TestUnit {
    const graph = valueOf(buildLinkGraph(object, { responsibleFor: this.#responsibilities(object), ...options }))
    prune(graph)
    const plan = valueOf(layout(graph))
    const dataAddress = this.#takeData(plan)
    const threadLocalOffsetBytes = this.#takeThreadLocal(plan)
    const id = this.session.units.length
    const slots = plan.addressTaken.map((index) => this.#slotFor(id, index, plan.functions[index]?.[1] ?? ''))
    const unit = valueOf(
      link(plan, {
        dataAddress,
        threadLocalOffsetBytes,
        slots,
        externals: this.#resolve(plan.externals),
        memory: memoryPages,
        stackBytes,
        moduleName: options.name ?? 'unit',
        ...(options.serialize === undefined ? {} : { serialize: options.serialize }),
      }),
    )
    this.session.units.push({ ...unit, id })
    for (const signature of unit.dispatchers) this.#signatureId(signature)
    for (const definition of unit.definitions) this.session.symbols.set(definition.name, { unit: id, definition })
    this.#write(unit)
    return { ...unit, id }
  }

  /** The C pointer of a function. */
  pointer(name: string): number {
    const symbol = this.session.symbols.get(name)
    if (symbol?.definition.kind !== 'function') throw new Error(`${name} is no function`)
    const { index } = symbol.definition
    return this.#slotFor(symbol.unit, index, this.session.units[symbol.unit]?.functions[index]?.[1] ?? '')
  }

  address(name: string): number {
    const definition = this.session.symbols.get(name)?.definition
    if (definition?.kind !== 'data') throw new Error(`${name} is no data`)
    return definition.address
  }

  #responsibilities(object: ObjectFile): ReadonlySet<string> {
    const counts = object.symbols.filter(
      ({ name, flags }) => flags.binding !== 'weak' || !this.session.symbols.has(name),
    )
    return new Set(counts.map(({ name }) => name))
  }

  #takeData({ dataSizeBytes, dataAlignmentBytes }: LayoutRequest): number {
    const address = alignUp(this.#nextData, dataAlignmentBytes)
    this.#nextData = address + dataSizeBytes
    return address
  }

  #takeThreadLocal({ threadLocalSizeBytes, threadLocalAlignmentBytes }: LayoutRequest): number {
    const offset = alignUp(this.#nextThreadLocal, threadLocalAlignmentBytes)
    this.#nextThreadLocal = offset + threadLocalSizeBytes
    return offset
  }

  #slotFor(unit: number, index: number, signature: SignatureCode): number {
    for (const [slot, bound] of this.session.slots) if (bound.unit === unit && bound.index === index) return slot
    const slot = ((this.#signatureId(signature) << slotBits) | this.#nextSlot++) >>> 0
    this.session.slots.set(slot, { unit, index, signature })
    const published = new Int32Array(this.session.memory.buffer, publishedAddress, 1)
    Atomics.add(published, 0, 1)
    return slot
  }

  #signatureId(signature: SignatureCode): number {
    const known = this.#signatures.indexOf(signature)
    if (known > 0) return known
    const signatureId = this.#signatures.push(signature) - 1
    const bytes = emitDispatcher({ signature, signatureId, publishedAddress, memory: memoryPages })
    this.session.dispatchers.set(signature, bytes)
    return signatureId
  }

  #resolve(requests: readonly ExternalRequest[]): ReadonlyMap<string, ExternalDefinition> {
    const found = new Map<string, ExternalDefinition>()
    for (const { name, kind } of requests) {
      const definition = this.session.symbols.get(name)?.definition
      if (definition === undefined) continue
      if (definition.kind !== 'function') found.set(name, definition)
      else found.set(name, { kind: 'function', slot: kind === 'function' ? this.pointer(name) : 0 })
    }
    return found
  }

  #write({ writes, zeroRanges }: LinkedUnit): void {
    const memory = new Uint8Array(this.session.memory.buffer)
    for (const { address, bytes } of writes) memory.set(bytes, address)
    for (const { address, sizeBytes } of zeroRanges) memory.fill(0, address, address + sizeBytes)
  }
}
