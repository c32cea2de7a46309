// Units that are WebAssembly modules. Their code has no addresses: a function is named by (unit, index), and by a slot where C
// takes its address. The heavy half is behind `ObjectLinker`.
import type {
  Definition,
  Expected,
  ExportedFunction,
  ExecutorAddr,
  FlagsEntry,
  InstalledUnit,
  JITDylibId,
  LinkedUnitId,
  LookupDefinition,
  LookupSetEntry,
  SignatureCode,
} from '@worc/protocol'
import { codeAddress, concreteSignature, isCodeAddress, parseWasmSignature, success, symbolFlag } from '@worc/protocol'
import type { Segment } from '@worc/executor-memory'
import { emitHostUnit, emitStubUnit, readObjectContents } from '@worc/jitlink'
import type { ExternalDefinition, LayoutRequest, LinkedUnit, ObjectContents, UnitDefinition } from '@worc/jitlink'
import { heapLockWord, memoryLimits, publishedWord } from './link-config.js'
import type { ArenaBuffers } from './link-config.js'
import type { LaidOutObject, ObjectLinker } from './object-linker.js'
import { framesOfModule } from './symbolizer.js'
import type { LaidOutUnit, LinkContext, LinkTarget, LinkedCode, StoragePlacement, Stub } from './target.js'

/** Functions of the packaged libc's heap that are entered by one thread at a time. */
const heapFunctions: ReadonlySet<string> = new Set([
  'malloc',
  'free',
  'calloc',
  'realloc',
  'aligned_alloc',
  'posix_memalign',
  'memalign',
  'malloc_usable_size',
])

export class WasmTarget implements LinkTarget {
  readonly sharesCode = false
  readonly typesStubs = true
  readonly #buffers: ArenaBuffers
  readonly #objects: ObjectLinker

  constructor(buffers: ArenaBuffers, objects: ObjectLinker) {
    this.#buffers = buffers
    this.#objects = objects
  }

  layOut(
    name: string,
    bytes: Uint8Array,
    symbols: readonly FlagsEntry[],
    bodies: ReadonlyMap<string, string>,
  ): Expected<LaidOutUnit> {
    const object = this.#objects.layOut(name, bytes, symbols, bodies)
    if (!object.ok) return object
    const { request } = object.value
    return success({
      storage: request,
      references: referencesOf(request),
      allocate: (unit, placement) => {
        const defined = object.value.allocate(placement)
        return defined.ok ? success(defined.value.map((definition) => definitionOf(unit, definition))) : defined
      },
      link: (context, unit, placement, found) =>
        this.#link({ name, bytes, isHeap: isHeap(name, symbols) }, object.value, context, unit, placement, found),
      dependenceGroups: () => object.value.dependenceGroups(),
    })
  }

  hostFunctions(
    functions: readonly ExportedFunction[],
    host: NonNullable<InstalledUnit['host']>,
  ): Expected<LaidOutUnit> {
    const wanted = functions.map(([field, signature]) => ({
      module: 'host',
      field,
      type: parseWasmSignature(signature),
    }))
    const offered = functions.map(([name, signature]): ExportedFunction => [name, concreteSignature(signature, 'i32')])
    const facts = { plt: [], functions: offered, threadLocal: null, host, lazy: null, code: null }
    return success(this.#generated(facts, (unit) => emitHostUnit(wanted, `u${unit}`)))
  }

  stubs(dylib: JITDylibId, wanted: readonly Stub[]): Expected<LaidOutUnit> {
    const stubs = wanted.map((stub) => ({ ...stub, signature: concreteSignature(stub.signature, 'i32') }))
    const facts = {
      plt: stubs.map(({ name, signature }) => [name, signature, 0] as const),
      functions: stubs.map(({ name, signature }): ExportedFunction => [name, signature]),
      threadLocal: null,
      host: null,
      lazy: { dylib, symbols: stubs.map(({ target }) => target) },
      code: null,
    }
    return success(this.#generated(facts, (unit) => emitStubUnit(stubs, `u${unit}`)))
  }

  contentsOf(bytes: Uint8Array): Expected<ObjectContents> {
    return readObjectContents(bytes)
  }

  dispatcher(signature: SignatureCode, signatureId: number): WebAssembly.Module {
    const memory = memoryLimits(this.#buffers)
    return this.#objects.dispatcher({ signature, signatureId, publishedAddress: publishedWord, memory })
  }

  dispatchersOf(module: WebAssembly.Module): readonly SignatureCode[] {
    return this.#objects.dispatchersOf(module)
  }

  #link(
    { name, bytes, isHeap }: { readonly name: string; readonly bytes: Uint8Array; readonly isHeap: boolean },
    object: LaidOutObject,
    context: LinkContext,
    unit: LinkedUnitId,
    placement: StoragePlacement,
    found: ReadonlyMap<string, LookupDefinition>,
  ): Expected<LinkedCode> {
    const externals = externalsOf(context, object.request, found)
    if (!externals.ok) return externals
    const linked = object.link({
      ...placement,
      externals: externals.value,
      moduleName: `u${unit}`,
      memory: memoryLimits(this.#buffers),
      stackBytes: this.#buffers.stackBytes,
      ...(isHeap ? { serialize: { symbols: heapFunctions, lockAddress: heapLockWord } } : {}),
    })
    if (!linked.ok) return linked
    const { plt, functions, threadLocal, dispatchers, initializers, functionMap } = linked.value
    const module = this.#objects.compile(name, linked.value.moduleBytes)
    if (!module.ok) return module
    return success({
      module: module.value,
      facts: {
        plt: plt.map((slot) => [slot.name, slot.signature, found.get(slot.name)?.address ?? 0]),
        functions,
        threadLocal: threadLocal ?? null,
        host: null,
        lazy: null,
        code: null,
      },
      segments: segmentsOf(placement.dataAddress, linked.value),
      dispatchers,
      initializers: initializers.map(({ priority, index }) => ({ priority, function: codeAddress(unit, index) })),
      nameFrame: framesOfModule(bytes, functionMap),
    })
  }

  /** A module without data that references nothing. */
  #generated(facts: LinkedCode['facts'], emit: (unit: LinkedUnitId) => Uint8Array<ArrayBuffer>): LaidOutUnit {
    const { functions } = facts
    return {
      storage: { ...nothing, functions },
      references: [],
      allocate: (unit) => success(functions.map(([name], index) => [name, codeAddress(unit, index), 0])),
      link: (_context, unit) => {
        const module = this.#objects.compile(`u${unit}`, emit(unit))
        if (!module.ok) return module
        const code = {
          module: module.value,
          facts,
          segments: [],
          dispatchers: [],
          initializers: [],
          nameFrame: undefined,
        }
        return success(code)
      },
      dependenceGroups: () => [],
    }
  }
}

const nothing = {
  dataSizeBytes: 0,
  dataAlignmentBytes: 1,
  threadLocalSizeBytes: 0,
  threadLocalAlignmentBytes: 1,
  addressTaken: [],
} as const

function isHeap(name: string, symbols: readonly FlagsEntry[]): boolean {
  const names = new Set(symbols.map(([symbol]) => symbol))
  return names.has('malloc') && names.has('free') && /malloc\.(?:c\.)?o(?:bj)?@/.test(name)
}

function referencesOf({ plt, externals }: LayoutRequest): readonly LookupSetEntry[] {
  const required = new Map<string, boolean>()
  for (const { name, weak } of [...plt, ...externals]) required.set(name, (required.get(name) ?? false) || !weak)
  return [...required]
}

function definitionOf(unit: LinkedUnitId, definition: UnitDefinition): Definition {
  switch (definition.kind) {
    case 'function':
      return [definition.name, codeAddress(unit, definition.index), 0]
    case 'data':
      return [definition.name, definition.address, 0]
    case 'thread-local':
      return [definition.name, definition.offsetBytes, symbolFlag.threadLocal]
  }
}

function externalsOf(
  { ctx, pointers }: LinkContext,
  request: LayoutRequest,
  found: ReadonlyMap<string, LookupDefinition>,
): Expected<ReadonlyMap<string, ExternalDefinition>> {
  const externals = new Map<string, ExternalDefinition>()
  for (const { kind, name } of request.externals) {
    const definition = found.get(name)
    if (definition === undefined) continue
    if (!isCodeAddress(definition.address)) {
      const threadLocal = (definition.flags & symbolFlag.threadLocal) !== 0
      externals.set(
        name,
        threadLocal
          ? { kind: 'thread-local', offsetBytes: definition.address }
          : { kind: 'data', address: definition.address },
      )
    } else if (kind === 'function') {
      const pointer = pointers.pointerTo(ctx, definition.address)
      if (!pointer.ok) return pointer
      externals.set(name, { kind: 'function', slot: pointer.value })
    } else {
      externals.set(name, { kind: 'function', slot: 0 })
    }
  }
  return success(externals)
}

function segmentsOf(dataAddress: ExecutorAddr, { writes }: Pick<LinkedUnit, 'writes'>): readonly Segment[] {
  return writes.map(({ address, bytes }) => ({
    offsetBytes: address - dataAddress,
    prot: 'rw',
    content: bytes,
    zeroFillBytes: 0,
  }))
}
