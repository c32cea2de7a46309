// Units that the linker writes itself: no object, no data, nothing to look up. One is installed first and announced after, in
// one batch; whatever the session refuses takes it back.
import type {
  Context,
  Definition,
  Expected,
  ExportedFunction,
  InstalledUnit,
  JITErrorData,
  LinkedUnitId,
  SessionRequest,
} from '@worc/protocol'
import { codeAddress, parseSignatureCode } from '@worc/protocol'
import { emitHostUnit } from '@worc/jitlink'
import type { LinkSite, Materialize } from './link-job.js'

export interface GeneratedUnit {
  /** By index. Each is a symbol of the responsibility. */
  readonly functions: readonly ExportedFunction[]
  readonly emit: (id: LinkedUnitId) => Uint8Array<ArrayBuffer>
  readonly facts: Pick<InstalledUnit, 'plt' | 'host' | 'lazy'>
}

type HostSource = Extract<Materialize['source'], { kind: 'host' }>

/** Functions of JavaScript, each behind a wasm function that PLT slots and C pointers can lead to. */
export function linkHostFunctions(ctx: Context, site: LinkSite, event: Materialize, source: HostSource): void {
  const answeredFor = new Set(event.symbols.map(([name]) => name))
  // Of weak ones some may have given way to other definitions.
  const wanted = source.functions.filter(([name]) => answeredFor.has(name))
  const functions = wanted.map(([name, signature]): ExportedFunction => [name, signature])
  linkGenerated(ctx, site, event, {
    functions,
    emit: (id) =>
      emitHostUnit(
        functions.map(([field, signature]) => ({ module: 'host', field, type: parseSignatureCode(signature) })),
        `u${id}`,
      ),
    facts: { plt: [], host: { unit: event.unit, functions: wanted.map(([, , from]) => from) }, lazy: null },
  })
}

/** Answers for the unit's functions; `beforeTold` may have answered for the responsibility's other symbols, when nothing can fail here any more. */
export function linkGenerated(
  ctx: Context,
  site: LinkSite,
  event: Materialize,
  generated: GeneratedUnit,
  beforeTold: () => void = () => undefined,
): void {
  const { functions } = generated
  const id = site.newUnit()
  const reserved = site.reserve(id, { ...nothing, functions }, event)
  if (!reserved.ok) return failMaterialization(ctx, site, event, reserved.error)
  const { record } = reserved.value
  const module = site.objects.compile(event.name, generated.emit(id))
  if (!module.ok) {
    site.abandon(record)
    return failMaterialization(ctx, site, event, module.error)
  }
  record.module = module.value
  record.installed = {
    unit: id,
    name: event.name,
    key: record.key,
    dylib: event.dylibName,
    functions,
    slots: [],
    threadLocal: null,
    ...generated.facts,
  }
  site.install(ctx, record, { writes: [], dispatchers: [] })
  beforeTold()
  const refused = ({ ok }: Expected<unknown>): void => {
    if (!ok) site.retract(ctx, record)
  }
  const { responsibility } = event
  const flagsOf = new Map(event.symbols.map(([name, flags]) => [name, flags]))
  const definitions = functions.map(([name], index): Definition => [
    name,
    codeAddress(id, index),
    flagsOf.get(name) ?? 0,
  ])
  ask(ctx, site, { type: 'notifyResolved', responsibility, definitions }, refused)
  ask(ctx, site, { type: 'claimResourceKey', responsibility, recorded: true }, refused)
  ask(ctx, site, { type: 'notifyEmitted', responsibility, groups: [], initializers: [] }, refused)
}

const nothing = {
  dataSizeBytes: 0,
  dataAlignmentBytes: 1,
  threadLocalSizeBytes: 0,
  threadLocalAlignmentBytes: 1,
  addressTaken: [],
  plt: [],
  externals: [],
  dispatchers: [],
} as const

export function failMaterialization(
  ctx: Context,
  site: LinkSite,
  { name, responsibility }: Materialize,
  error: JITErrorData,
): void {
  const cause = { ...error, message: `${name}: ${error.message}` }
  ask(ctx, site, { type: 'failMaterialization', responsibility, cause }, () => undefined)
}

function ask(
  ctx: Context,
  { session }: LinkSite,
  message: SessionRequest,
  settle: (result: Expected<unknown>) => void,
): void {
  ctx.ask(session, message, settle)
}
