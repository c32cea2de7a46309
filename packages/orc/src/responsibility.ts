// Who answers for symbols that are materializing. A responsibility has one holder at a time, the client or actor that
// was told to materialize; handing it to a layer changes the holder. It ends once: emitted, failed, replaced whole, or
// refused because its tracker or dylib was removed. Source: MaterializationResponsibility (Core.h).
import type { Attachment, Expected, JITErrorData, ResponsibilityId, UnitSource } from '@worc/protocol'
import { failure, plainError, success } from '@worc/protocol'
import { settleAsk } from './asks.js'
import type { PendingAsk } from './asks.js'
import type { ChainItem } from './chain.js'
import { retireIfEmpty, settleUnit } from './materialization-unit.js'
import type { MaterializationUnit } from './materialization-unit.js'
import { detachQuery } from './queries.js'
import { layers } from './session-state.js'
import type { Client, SessionState } from './session-state.js'
import { pendingOf } from './symbol-entry.js'
import type { SymbolEntry } from './symbol-entry.js'
import type { Asked } from './wait-cycle.js'

export interface MaterializationResponsibility extends ChainItem<MaterializationResponsibility>, Asked {
  readonly id: ResponsibilityId
  /** The unit it came from, whose tracker is its tracker. */
  readonly unit: MaterializationUnit
  /** Those it answers for and some it once did: see `responsibleFor`. */
  readonly symbols: SymbolEntry[]
  initSymbol: string | null
  /** Null for an alias, which is the session's own work, and while no actor of the layer that should do it is connected. */
  holder: Client | null
  source: UnitSource
  attachments: readonly Attachment[]
  /** Those who handed it on to a layer: they hear how it ended. */
  readonly emitters: PendingAsk[]
}

/** Refusals a client need not have acknowledged: past that, the oldest are taken for ended. */
const refusalsKept = 1024

export function createResponsibility(
  state: SessionState,
  unit: MaterializationUnit,
  symbols: readonly SymbolEntry[],
  initSymbol: string | null,
): MaterializationResponsibility {
  const responsibility: MaterializationResponsibility = {
    id: ++state.last.responsibility as ResponsibilityId,
    unit,
    symbols: [...symbols],
    initSymbol,
    holder: null,
    source: unit.source,
    attachments: unit.attachments,
    emitters: [],
    queries: null,
    lookups: null,
    previous: null,
    next: null,
  }
  for (const entry of symbols) pendingOf(entry).responsibility = responsibility
  unit.responsibilities.append(responsibility)
  state.responsibilities.set(responsibility.id, responsibility)
  return responsibility
}

export function responsibleFor(responsibility: MaterializationResponsibility): SymbolEntry[] {
  return responsibility.symbols.filter((entry) => entry.pending?.responsibility === responsibility)
}

export function assignHolder(
  state: SessionState,
  responsibility: MaterializationResponsibility,
  holder: Client | null,
): void {
  const before = responsibility.holder
  if (before !== null) {
    before.load--
    if (before.role !== 'client') state.counts.atWork--
  }
  responsibility.holder = holder
  if (holder === null) return
  holder.load++
  if (holder.role !== 'client') state.counts.atWork++
}

/** The responsibility that a message names, if its sender holds it and it is alive. */
export function findResponsibility(
  state: SessionState,
  client: Client,
  id: ResponsibilityId,
): Expected<MaterializationResponsibility> {
  const responsibility = state.responsibilities.get(id)
  if (responsibility?.holder === client) return success(responsibility)
  if (responsibility !== undefined) {
    return failure(plainError('WrongOwner', `responsibility ${id} is not held by client ${client.id}`))
  }
  const refused = client.refused.get(id)
  return failure(refused ?? plainError('BadArgument', `responsibility ${id} is finished`))
}

/** Ends it: nobody answers for its symbols any more. `outcome` is for those who handed it on. */
export function endResponsibility(
  state: SessionState,
  responsibility: MaterializationResponsibility,
  outcome: Expected<null>,
): void {
  forget(state, responsibility, outcome)
  for (const entry of responsibility.symbols) {
    if (entry.pending?.responsibility === responsibility) entry.pending.responsibility = null
  }
  const { unit } = responsibility
  unit.responsibilities.unlink(responsibility)
  settleUnit(state, unit)
  retireIfEmpty(state, unit)
}

/** Its tracker or dylib was removed, and its unit with it: the holder hears of it at its next operation. */
export function refuseResponsibility(
  state: SessionState,
  responsibility: MaterializationResponsibility,
  error: JITErrorData,
): void {
  const { holder } = responsibility
  forget(state, responsibility, failure(error))
  if (holder === null) return
  holder.refused.set(responsibility.id, error)
  if (holder.refused.size <= refusalsKept) return
  for (const [oldest] of holder.refused) return void holder.refused.delete(oldest)
}

function forget(state: SessionState, responsibility: MaterializationResponsibility, outcome: Expected<null>): void {
  if (responsibility.holder === null) for (const layer of layers(state)) layer.waiting.delete(responsibility)
  assignHolder(state, responsibility, null)
  state.responsibilities.delete(responsibility.id)
  for (const query of responsibility.queries ?? []) if (query.waiter.kind === 'alias') detachQuery(state, query)
  for (const emitter of responsibility.emitters) settleAsk(state, emitter, outcome)
}
