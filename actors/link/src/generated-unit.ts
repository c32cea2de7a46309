// Units that the linker writes itself: no object, nothing to look up. One is installed first and announced after, in one batch;
// whatever the session refuses takes it back.
import type {
  Context,
  Definition,
  Expected,
  ExportedFunction,
  JITErrorData,
  LinkedUnitId,
  SessionRequest,
} from '@worc/protocol'
import { success } from '@worc/protocol'
import type { Allocation, LinkSite, Materialize } from './link-job.js'
import { answeredFor } from './link-job.js'
import type { LaidOutUnit, LinkedCode } from './target.js'

type HostSource = Extract<Materialize['source'], { kind: 'host' }>

/** Functions of JavaScript, each behind a function that JIT'd code can call and point to. */
export function linkHostFunctions(ctx: Context, site: LinkSite, event: Materialize, source: HostSource): void {
  const symbols = new Set(event.symbols.map(([name]) => name))
  // Of weak ones some may have given way to other definitions.
  const wanted = source.functions.filter(([name]) => symbols.has(name))
  const functions = wanted.map(([name, signature]): ExportedFunction => [name, signature])
  const host = { unit: event.unit, functions: wanted.map(([, , from]) => from) }
  linkGenerated(ctx, site, event, site.target.hostFunctions(functions, host))
}

/** Answers for the unit's functions; `beforeTold` may have answered for the responsibility's other symbols, when nothing can fail here any more. */
export function linkGenerated(
  ctx: Context,
  site: LinkSite,
  event: Materialize,
  generated: Expected<LaidOutUnit>,
  beforeTold: () => void = () => undefined,
): void {
  if (!generated.ok) return failMaterialization(ctx, site, event, generated.error)
  const id = site.newUnit()
  const reserved = site.reserve(id, generated.value.storage, event)
  if (!reserved.ok) return failMaterialization(ctx, site, event, reserved.error)
  const { record } = reserved.value
  const placed = place(ctx, site, id, generated.value, reserved.value)
  if (!placed.ok) {
    site.abandon(record)
    return failMaterialization(ctx, site, event, placed.error)
  }
  site.install(ctx, record, event, placed.value.code)
  beforeTold()
  const refused = ({ ok }: Expected<unknown>): void => {
    if (!ok) site.retract(ctx, record)
  }
  const { responsibility } = event
  const definitions = answeredFor(event, placed.value.defined)
  ask(ctx, site, { type: 'notifyResolved', responsibility, definitions }, refused)
  ask(ctx, site, { type: 'claimResourceKey', responsibility, recorded: true }, refused)
  ask(ctx, site, { type: 'notifyEmitted', responsibility, groups: [], initializers: [] }, refused)
}

function place(
  ctx: Context,
  { pointers }: LinkSite,
  id: LinkedUnitId,
  unit: LaidOutUnit,
  { placement }: Allocation,
): Expected<{ readonly defined: readonly Definition[]; readonly code: LinkedCode }> {
  const defined = unit.allocate(id, placement)
  if (!defined.ok) return defined
  const code = unit.link({ ctx, pointers }, id, placement, new Map())
  return code.ok ? success({ defined: defined.value, code: code.value }) : code
}

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
