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
  JITDylibId,
  JITErrorData,
  LinkedUnitId,
  LookupDefinition,
  PeerId,
  ResourceKey,
  SessionEvent,
  SessionReplies,
  SessionRequest,
  UnitId,
} from '@worc/protocol'
import { failure, plainError, success } from '@worc/protocol'
import type { FunctionPointers } from './function-pointers.js'
import type { LinkedUnitRecord } from './linked-units.js'
import type { LaidOutUnit, LinkTarget, LinkedCode, StoragePlacement, StorageRequest } from './target.js'

export type Materialize = Extract<SessionEvent, { type: 'materialize' }>

/** What a job needs of its actor. */
export interface LinkSite {
  readonly session: PeerId
  readonly pointers: FunctionPointers
  readonly target: LinkTarget
  newUnit(): LinkedUnitId
  /** For units of the session's that the linker defines. */
  newSessionUnit(): UnitId
  reserve(unit: LinkedUnitId, request: StorageRequest, event: Materialize): Expected<Allocation>
  abandon(unit: LinkedUnitRecord): void
  /** Files the unit under the key that was granted, should this be news: a transfer that the actor was not told of. */
  refile(unit: LinkedUnitRecord, key: ResourceKey): void
  /** Writes the unit to memory and to every executor; filed under its key from here on. */
  install(ctx: Context, unit: LinkedUnitRecord, event: Materialize, code: LinkedCode): void
  /** Takes an installed unit back, unless a removal has done so already. */
  retract(ctx: Context, unit: LinkedUnitRecord): void
}

export interface Allocation {
  readonly record: LinkedUnitRecord
  readonly placement: StoragePlacement
}

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
    const object = this.#site.target.layOut(name, this.#bytes, symbols, bodies)
    if (!object.ok) return this.#fail(ctx, object.error)
    const id = this.#site.newUnit()
    const allocation = this.#site.reserve(id, object.value.storage, this.#event)
    if (!allocation.ok) return this.#fail(ctx, allocation.error)
    const { record, placement } = allocation.value
    const defined = object.value.allocate(id, placement)
    if (!defined.ok) return this.#abandon(ctx, record, defined.error)
    this.#resolved(ctx, object.value, allocation.value, defined.value)
  }

  #resolved(ctx: Context, object: LaidOutUnit, allocation: Allocation, defined: readonly Definition[]): void {
    const message: SessionRequest = {
      type: 'notifyResolved',
      responsibility: this.#event.responsibility,
      definitions: answeredFor(this.#event, defined),
    }
    this.#ask(ctx, message, (result) => {
      if (!result.ok) this.#refused(ctx, allocation.record, result.error)
    })
    this.#lookup(ctx, object, allocation)
  }

  #lookup(ctx: Context, object: LaidOutUnit, allocation: Allocation): void {
    const symbols = object.references
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
    object: LaidOutUnit,
    { record, placement }: Allocation,
    found: readonly LookupDefinition[],
  ): void {
    const definitions = new Map(found.map((definition) => [definition.name, definition]))
    const { pointers } = this.#site
    const code = object.link({ ctx, pointers }, record.id, placement, definitions)
    if (!code.ok) return this.#abandon(ctx, record, code.error)
    this.#site.install(ctx, record, this.#event, code.value)
    this.#finish(ctx, object, record, code.value, definitions)
  }

  /** Claim and emission go out together: the grant counts as recorded, and is refused together with what follows it. */
  #finish(
    ctx: Context,
    object: LaidOutUnit,
    record: LinkedUnitRecord,
    { initializers }: LinkedCode,
    definitions: ReadonlyMap<string, LookupDefinition>,
  ): void {
    const { responsibility } = this.#event
    this.#ask(ctx, { type: 'claimResourceKey', responsibility, recorded: true }, (result) => {
      if (result.ok) this.#site.refile(record, (result.value as SessionReplies['claimResourceKey']).key)
      else this.#refused(ctx, record, result.error)
    })
    const groups = dependencesOf(object, this.#event.initSymbol, definitions)
    this.#ask(ctx, { type: 'notifyEmitted', responsibility, groups, initializers }, (result) => {
      if (!result.ok && result.error.code !== 'ResourceTrackerDefunct') this.#refused(ctx, record, result.error)
    })
  }

  /** By the session, which may refuse more of what was asked ahead. */
  #refused(ctx: Context, record: LinkedUnitRecord, error: JITErrorData): void {
    if (this.#over) return
    if (record.installed === undefined) return this.#abandon(ctx, record, error)
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

/** Of what a unit defines, the symbols that the responsibility has, with its flags. */
export function answeredFor({ symbols }: Materialize, defined: readonly Definition[]): readonly Definition[] {
  const wanted = new Map(symbols.map(([name, flags]) => [name, flags]))
  return defined.flatMap(([name, address, storage]): Definition[] => {
    const flags = wanted.get(name)
    return flags === undefined ? [] : [[name, address, flags | storage]]
  })
}

/** The init symbol waits for whatever the unit reaches: its constructors may call any of it. */
function dependencesOf(
  object: LaidOutUnit,
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

export function payloadOf(event: Materialize, attachments: readonly object[]): Expected<Uint8Array> {
  if (event.source.kind !== 'object' && event.source.kind !== 'bodies' && event.source.kind !== 'lazyObject')
    return failure(plainError('Unsupported', `a link actor cannot materialize ${event.source.kind} units`))
  const { attachment, offsetBytes, sizeBytes } = event.source.payload
  const buffer = attachments[attachment]
  if (!(buffer instanceof SharedArrayBuffer))
    return failure(plainError('BadObject', `${event.name}: its bytes did not come with it`))
  return success(new Uint8Array(buffer, offsetBytes, sizeBytes))
}
