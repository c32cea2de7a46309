// One materialization: object bytes become a unit in every executor. What the session has to agree to is asked ahead, because
// a round trip costs as much as a small link: its turns come in the order of the asks, so nothing is emitted that was not
// resolved. A refusal of any of them (the tracker was removed, a symbol is missing) gives back what the job holds and ends it.
//
//   read, prune, lay out → allocate → notifyResolved + lookup of externals → fix up, emit, install → claim + notifyEmitted
//
// Source: JITLinkGeneric.cpp for the order of phases; ObjectLinkingLayer.cpp for what the session is told when.
import type {
  Context,
  Definition,
  DependenceGroup,
  Expected,
  InstalledUnit,
  JITDylibId,
  JITErrorData,
  LinkedUnitId,
  LookupDefinition,
  LookupSetEntry,
  PeerId,
  ResourceKey,
  SessionEvent,
  SessionReplies,
  SessionRequest,
  UnitId,
} from '@worc/protocol'
import { codeAddress, failure, isCodeAddress, plainError, success, symbolFlag } from '@worc/protocol'
import type { ExternalDefinition, LayoutRequest, LinkedUnit, Placement, UnitDefinition } from '@worc/jitlink'
import type { FunctionPointers } from './function-pointers.js'
import type { Arenas } from './link-config.js'
import { heapLockWord, memoryLimits } from './link-config.js'
import type { LinkedUnitRecord } from './linked-units.js'
import type { LaidOutObject, ObjectLinker } from './object-linker.js'

export type Materialize = Extract<SessionEvent, { type: 'materialize' }>

/** What a job needs of its actor. */
export interface LinkSite {
  readonly session: PeerId
  readonly arenas: Arenas
  readonly pointers: FunctionPointers
  readonly objects: ObjectLinker
  newUnit(): LinkedUnitId
  /** For units of the session's that the linker defines. */
  newSessionUnit(): UnitId
  reserve(unit: LinkedUnitId, request: LayoutRequest, event: Materialize): Expected<Allocation>
  abandon(unit: LinkedUnitRecord): void
  /** Files the unit under the key that was granted, should this be news: a transfer that the actor was not told of. */
  refile(unit: LinkedUnitRecord, key: ResourceKey): void
  /** Writes the unit to memory and to every executor; filed under its key from here on. */
  install(ctx: Context, unit: LinkedUnitRecord, linked: Pick<LinkedUnit, 'writes' | 'dispatchers'>): void
  /** Takes an installed unit back, unless a removal has done so already. */
  retract(ctx: Context, unit: LinkedUnitRecord): void
}

export interface Allocation {
  readonly record: LinkedUnitRecord
  readonly placement: Placement
}

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

export class LinkJob {
  readonly #site: LinkSite
  readonly #event: Materialize
  readonly #bytes: Uint8Array
  /** It has failed: what is still answered changes nothing. */
  #over = false

  constructor(site: LinkSite, event: Materialize, bytes: Uint8Array) {
    this.#site = site
    this.#event = event
    this.#bytes = bytes
  }

  start(ctx: Context): void {
    const { name, symbols, source } = this.#event
    const bodies = new Map(source.kind === 'bodies' ? source.bodies : [])
    const object = this.#site.objects.layOut(name, this.#bytes, symbols, bodies)
    if (!object.ok) return this.#fail(ctx, object.error)
    const id = this.#site.newUnit()
    const allocation = this.#site.reserve(id, object.value.request, this.#event)
    if (!allocation.ok) return this.#fail(ctx, allocation.error)
    const { record, placement } = allocation.value
    const defined = object.value.allocate(placement)
    if (!defined.ok) return this.#abandon(ctx, record, defined.error)
    this.#resolved(ctx, object.value, allocation.value, defined.value)
  }

  #resolved(ctx: Context, object: LaidOutObject, allocation: Allocation, defined: readonly UnitDefinition[]): void {
    const { record } = allocation
    const wanted = new Map(this.#event.symbols.map(([name, flags]) => [name, flags]))
    const definitions: Definition[] = []
    for (const definition of defined) {
      const flags = wanted.get(definition.name)
      if (flags !== undefined)
        definitions.push([
          definition.name,
          addressOf(record.id, definition),
          flags | (definition.kind === 'thread-local' ? symbolFlag.threadLocal : 0),
        ])
    }
    const message: SessionRequest = {
      type: 'notifyResolved',
      responsibility: this.#event.responsibility,
      definitions,
    }
    this.#ask(ctx, message, (result) => {
      if (!result.ok) this.#refused(ctx, record, result.error)
    })
    this.#lookup(ctx, object, allocation)
  }

  #lookup(ctx: Context, object: LaidOutObject, allocation: Allocation): void {
    const symbols = lookupSet(object.request)
    if (symbols.length === 0) return this.#emit(ctx, object, allocation, [])
    const { searchOrder } = this.#event
    this.#ask(ctx, { type: 'lookup', kind: 'static', searchOrder, symbols, requiredState: 'resolved' }, (result) => {
      if (this.#over) return
      if (!result.ok) return this.#refused(ctx, allocation.record, result.error)
      this.#emit(ctx, object, allocation, result.value as SessionReplies['lookup'])
    })
  }

  #emit(
    ctx: Context,
    object: LaidOutObject,
    { record, placement }: Allocation,
    found: readonly LookupDefinition[],
  ): void {
    const definitions = new Map(found.map((definition) => [definition.name, definition]))
    const externals = this.#externals(ctx, object.request, definitions)
    if (!externals.ok) return this.#abandon(ctx, record, externals.error)
    const { buffers } = this.#site.arenas
    const linked = object.link({
      ...placement,
      externals: externals.value,
      moduleName: `u${record.id}`,
      memory: memoryLimits(buffers),
      stackBytes: buffers.stackBytes,
      ...(this.#isHeap() ? { serialize: { symbols: heapFunctions, lockAddress: heapLockWord } } : {}),
    })
    if (!linked.ok) return this.#abandon(ctx, record, linked.error)
    const module = this.#site.objects.compile(this.#event.name, linked.value.moduleBytes)
    if (!module.ok) return this.#abandon(ctx, record, module.error)
    record.module = module.value
    record.installed = this.#describe(record, linked.value, definitions)
    record.symbols = { object: this.#bytes, functions: linked.value.functionMap }
    this.#site.install(ctx, record, linked.value)
    this.#finish(ctx, object, record, linked.value, definitions)
  }

  /** Claim and emission go out together: the grant counts as recorded, and is refused together with what follows it. */
  #finish(
    ctx: Context,
    object: LaidOutObject,
    record: LinkedUnitRecord,
    linked: LinkedUnit,
    definitions: ReadonlyMap<string, LookupDefinition>,
  ): void {
    const { responsibility } = this.#event
    this.#ask(ctx, { type: 'claimResourceKey', responsibility, recorded: true }, (result) => {
      if (result.ok) this.#site.refile(record, (result.value as SessionReplies['claimResourceKey']).key)
      else this.#refused(ctx, record, result.error)
    })
    const initializers = linked.initializers.map(({ priority, index }) => ({
      priority,
      function: codeAddress(record.id, index),
    }))
    const groups = dependencesOf(object, this.#event.initSymbol, definitions)
    this.#ask(ctx, { type: 'notifyEmitted', responsibility, groups, initializers }, (result) => {
      if (!result.ok && result.error.code !== 'ResourceTrackerDefunct') this.#refused(ctx, record, result.error)
    })
  }

  #externals(
    ctx: Context,
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
        const pointer = this.#site.pointers.pointerTo(ctx, definition.address)
        if (!pointer.ok) return pointer
        externals.set(name, { kind: 'function', slot: pointer.value })
      } else {
        externals.set(name, { kind: 'function', slot: 0 })
      }
    }
    return success(externals)
  }

  #describe(
    record: LinkedUnitRecord,
    linked: LinkedUnit,
    definitions: ReadonlyMap<string, LookupDefinition>,
  ): InstalledUnit {
    return {
      unit: record.id,
      name: this.#event.name,
      key: record.key,
      dylib: this.#event.dylibName,
      plt: linked.plt.map(({ name, signature }) => [name, signature, definitions.get(name)?.address ?? 0]),
      functions: linked.functions,
      slots: [...record.slots].map(([index, slot]) => [slot, index]),
      threadLocal: linked.threadLocal ?? null,
      host: null,
      lazy: null,
    }
  }

  #isHeap(): boolean {
    const names = new Set(this.#event.symbols.map(([name]) => name))
    return names.has('malloc') && names.has('free') && /malloc\.(?:c\.)?o(?:bj)?@/.test(this.#event.name)
  }

  /** By the session, which may refuse more of what was asked ahead. */
  #refused(ctx: Context, record: LinkedUnitRecord, error: JITErrorData): void {
    if (this.#over) return
    if (record.module === undefined) return this.#abandon(ctx, record, error)
    this.#site.retract(ctx, record)
    this.#fail(ctx, error)
  }

  #abandon(ctx: Context, record: LinkedUnitRecord, error: JITErrorData): void {
    this.#site.abandon(record)
    this.#fail(ctx, error)
  }

  /** Also where the cause is a removed tracker: it may be another's, that of a generator which the lookup went through. */
  #fail(ctx: Context, cause: JITErrorData): void {
    this.#over = true
    this.#ask(
      ctx,
      { type: 'failMaterialization', responsibility: this.#event.responsibility, cause: this.#named(cause) },
      () => undefined,
    )
  }

  #named(cause: JITErrorData): JITErrorData {
    return cause.message.startsWith(this.#event.name)
      ? cause
      : { ...cause, message: `${this.#event.name}: ${cause.message}` }
  }

  #ask(ctx: Context, message: SessionRequest, settle: (result: Expected<unknown>) => void): void {
    ctx.ask(this.#site.session, message, settle)
  }
}

/** What the unit references: each name once, required unless every use of it is weak. */
function lookupSet(request: LayoutRequest): readonly LookupSetEntry[] {
  const required = new Map<string, boolean>()
  for (const { name, weak } of [...request.plt, ...request.externals])
    required.set(name, (required.get(name) ?? false) || !weak)
  return [...required]
}

/** The init symbol waits for whatever the unit reaches: its constructors may call any of it. */
function dependencesOf(
  object: LaidOutObject,
  initSymbol: string | null,
  found: ReadonlyMap<string, LookupDefinition>,
): readonly DependenceGroup[] {
  const groups = object.dependenceGroups()
  const all =
    initSymbol === null
      ? []
      : [{ symbols: [initSymbol], dependencies: [...new Set(groups.flatMap(({ dependencies }) => dependencies))] }]
  return [...groups, ...all].map(({ symbols, dependencies }) => ({
    symbols,
    dependencies: byDylib(dependencies, found),
  }))
}

function byDylib(
  names: readonly string[],
  found: ReadonlyMap<string, LookupDefinition>,
): DependenceGroup['dependencies'] {
  const dependencies = new Map<JITDylibId, string[]>()
  for (const name of names) {
    const definition = found.get(name)
    if (definition === undefined) continue
    const known = dependencies.get(definition.dylib)
    if (known === undefined) dependencies.set(definition.dylib, [name])
    else known.push(name)
  }
  return [...dependencies]
}

function addressOf(unit: LinkedUnitId, definition: UnitDefinition): number {
  switch (definition.kind) {
    case 'function':
      return codeAddress(unit, definition.index)
    case 'data':
      return definition.address
    case 'thread-local':
      return definition.offsetBytes
  }
}

export function payloadOf(event: Materialize, attachments: readonly object[]): Expected<Uint8Array> {
  if (event.source.kind !== 'object' && event.source.kind !== 'bodies' && event.source.kind !== 'lazyObject')
    return failure(plainError('Unsupported', `a link actor cannot materialize ${event.source.kind} units`))
  const { attachment, offsetBytes, sizeBytes } = event.source.payload
  const buffer = attachments[attachment]
  if (!(buffer instanceof SharedArrayBuffer))
    return failure(plainError('BadObject', `${event.name}: its bytes did not come with it`))
  return success(new Uint8Array(buffer, offsetBytes, sizeBytes))
}
