// Units that are bytes in executable memory: an object becomes an image of pages whose symbols are addresses, code's like data's.
// All threads have it as soon as it is written.
import type {
  Definition,
  Expected,
  ExportedFunction,
  ExecutorAddr,
  FlagsEntry,
  InstalledUnit,
  JITDylibId,
  LookupDefinition,
  SignatureCode,
} from '@worc/protocol'
import { failure, plainError, signatureCode, success, symbolFlag } from '@worc/protocol'
import { readElfObject, readSignatures } from '@worc/elf'
import type { ElfObject } from '@worc/elf'
import { pageBytes } from '@worc/executor-memory'
import {
  allocateElf,
  buildElfGraph,
  dependenceGroups,
  layoutElf,
  linkElf,
  prune,
  elfContents,
  nameBodies,
} from '@worc/jitlink'
import type { ElfLayout, LinkedImage, ObjectContents } from '@worc/jitlink'
import { hostCalls } from '@worc/riscv'
import type { Xlen } from '@worc/riscv'
import { framesOfImage } from './symbolizer.js'
import type { LaidOutUnit, LinkTarget, LinkedCode, StoragePlacement, Stub } from './target.js'

export class ElfTarget implements LinkTarget {
  readonly sharesCode = true
  readonly typesStubs = false
  readonly #xlen: Xlen

  constructor(xlen: Xlen) {
    this.#xlen = xlen
  }

  layOut(
    name: string,
    bytes: Uint8Array,
    symbols: readonly FlagsEntry[],
    bodies: ReadonlyMap<string, string>,
  ): Expected<LaidOutUnit> {
    const object = this.#read(bytes)
    if (!object.ok) return object
    const responsibleFor = new Set([...symbols.map(([symbol]) => symbol), ...bodies.keys()])
    const graph = buildElfGraph(object.value, { name, responsibleFor })
    if (!graph.ok) return graph
    if (bodies.size > 0) nameBodies(graph.value, bodies, 'riscv')
    prune(graph.value)
    const layout = layoutElf(graph.value, { pageSizeBytes: pageBytes })
    return layout.ok ? success(laidOut(bytes, layout.value, signaturesIn(object.value))) : layout
  }

  hostFunctions(
    functions: readonly ExportedFunction[],
    host: NonNullable<InstalledUnit['host']>,
  ): Expected<LaidOutUnit> {
    return success(gates(functions, { host, lazy: null }))
  }

  stubs(dylib: JITDylibId, stubs: readonly Stub[]): Expected<LaidOutUnit> {
    const functions = stubs.map(({ name, signature }): ExportedFunction => [name, signature])
    return success(gates(functions, { host: null, lazy: { dylib, symbols: stubs.map(({ target }) => target) } }))
  }

  contentsOf(bytes: Uint8Array): Expected<ObjectContents> {
    const object = this.#read(bytes)
    return object.ok ? success(withSignatures(elfContents(object.value), signaturesIn(object.value))) : object
  }

  dispatcher(): never {
    throw new Error('function pointers of machine code are addresses')
  }

  dispatchersOf(): never {
    throw new Error('machine code is in no module')
  }

  #read(bytes: Uint8Array): Expected<ElfObject> {
    const object = readElfObject(bytes)
    if (!object.ok || object.value.elfClass === this.#xlen) return object
    return failure(plainError('BadObject', `an object for RV${object.value.elfClass} in a session for RV${this.#xlen}`))
  }
}

const nothing = {
  dataSizeBytes: 0,
  dataAlignmentBytes: 1,
  threadLocalSizeBytes: 0,
  threadLocalAlignmentBytes: 1,
  functions: [],
  addressTaken: [],
} as const

/** Functions of the linker's own, each of which asks the thread that calls it what is to be done. */
function gates(functions: readonly ExportedFunction[], asks: Pick<InstalledUnit, 'host' | 'lazy'>): LaidOutUnit {
  const { content, callBytes } = hostCalls(functions.length)
  const addressOf = (placement: StoragePlacement, index: number): ExecutorAddr =>
    placement.dataAddress + index * callBytes
  return {
    storage: { ...nothing, dataSizeBytes: content.length, dataAlignmentBytes: pageBytes },
    references: [],
    allocate: (_unit, placement) => success(functions.map(([name], index) => [name, addressOf(placement, index), 0])),
    link: (_context, _unit, placement) => {
      const code = {
        address: placement.dataAddress,
        sizeBytes: content.length,
        functions: functions.map((_, index) => [addressOf(placement, index), callBytes] as const),
        finalizers: [],
      }
      return success({
        module: undefined,
        facts: { plt: [], functions, threadLocal: null, ...asks, code },
        segments: [{ offsetBytes: 0, prot: 'rx', content, zeroFillBytes: 0 }],
        dispatchers: [],
        initializers: [],
        nameFrame: undefined,
      })
    },
    dependenceGroups: () => [],
  }
}

/** Every function has one, if only an empty one: stubs can stand for them all. */
function withSignatures(contents: ObjectContents, signatures: ReadonlyMap<string, SignatureCode>): ObjectContents {
  const symbols = contents.symbols.map((entry): FlagsEntry => {
    const [name, flags] = entry
    return (flags & symbolFlag.callable) === 0 ? entry : [name, flags, signatures.get(name) ?? '']
  })
  return { ...contents, symbols }
}

/** By function: what its debug information says. Empty where the object has none. */
function signaturesIn(object: ElfObject): ReadonlyMap<string, SignatureCode> {
  const codes = [...readSignatures(object)].map(([name, { parameters, results }]) => {
    return [name, signatureCode(parameters, results)] as const
  })
  return new Map(codes)
}

function laidOut(bytes: Uint8Array, layout: ElfLayout, signatures: ReadonlyMap<string, SignatureCode>): LaidOutUnit {
  const { request, graph } = layout
  return {
    storage: {
      ...nothing,
      dataSizeBytes: request.imageSizeBytes,
      dataAlignmentBytes: request.imageAlignmentBytes,
      threadLocalSizeBytes: request.threadLocalSizeBytes,
      threadLocalAlignmentBytes: request.threadLocalAlignmentBytes,
    },
    references: request.externals.map(({ name, weak }) => [name, !weak]),
    allocate: (_unit, placement) => {
      const defined = allocateElf(layout, { ...placement, address: placement.dataAddress })
      if (!defined.ok) return defined
      return success(
        defined.value.map(({ name, address, kind }): Definition => {
          return [name, address, kind === 'thread-local' ? symbolFlag.threadLocal : 0]
        }),
      )
    },
    link: (_context, _unit, placement, found) => {
      const image = linkElf(layout, externalsOf(found))
      return image.ok ? success(linkedCode(bytes, image.value, placement, signatures)) : image
    },
    dependenceGroups: () => dependenceGroups(graph),
  }
}

function externalsOf(found: ReadonlyMap<string, LookupDefinition>): Parameters<typeof linkElf>[1] {
  return new Map(
    [...found].map(([name, { address, flags }]) => {
      return [name, { address, threadLocal: (flags & symbolFlag.threadLocal) !== 0 }]
    }),
  )
}

function linkedCode(
  bytes: Uint8Array,
  { segments, functions, code, threadLocal, initializers, finalizers }: LinkedImage,
  placement: StoragePlacement,
  signatures: ReadonlyMap<string, SignatureCode>,
): LinkedCode {
  // One after the other, at the end.
  const texts = segments.filter(({ prot }) => prot.endsWith('x'))
  const [first, last] = [texts[0], texts.at(-1)]
  const start = first?.offsetBytes ?? 0
  const place = {
    address: placement.dataAddress + start,
    sizeBytes: last === undefined ? 0 : last.offsetBytes + last.content.length + last.zeroFillBytes - start,
    functions: functions.map(({ address, sizeBytes }) => [address, sizeBytes] as const),
    finalizers: finalizers.map(({ pointerAddress }) => pointerAddress),
  }
  return {
    module: undefined,
    facts: {
      plt: [],
      functions: functions.map(({ name }) => [name, signatures.get(name) ?? '']),
      threadLocal: threadLocal ?? null,
      host: null,
      lazy: null,
      code: place,
    },
    segments,
    dispatchers: [],
    initializers: initializers.map(({ priority, address }) => ({ priority, function: address })),
    nameFrame: framesOfImage(bytes, functions, code),
  }
}
