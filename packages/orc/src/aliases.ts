// Other names for symbols: of the same dylib (aliases) or of another one (re-exports). Each alias is a unit of its own, so
// that nothing is set in motion for one that nobody wants, and the session materializes it: it looks the aliasee up, takes
// its address as soon as there is one, and emits the alias as depending on it. A ring of aliases is seen by the lookup that
// would close it, and fails. Source: ReExportsMaterializationUnit (Core.cpp), which hangs on a ring.
import type { Expected, UnitDescription } from '@worc/protocol'
import { success, symbolFlag } from '@worc/protocol'
import { emitSymbols } from './emission.js'
import { lookUpForAlias } from './lookup.js'
import { failResponsibility } from './materialize.js'
import { advanceEntry } from './queries.js'
import { endResponsibility, responsibleFor } from './responsibility.js'
import type { MaterializationResponsibility } from './responsibility.js'
import { failedToMaterialize } from './session-errors.js'
import type { SessionState } from './session-state.js'
import { entryState, hasAddress } from './symbol-entry.js'
import type { SymbolEntry } from './symbol-entry.js'
import { symbolEvent } from './symbol-life.js'

/** The units that a description stands for: one for each alias, itself otherwise. */
export function partsOf(description: UnitDescription): readonly UnitDescription[] {
  const { source, symbols } = description
  if (source.kind !== 'aliases') return [description]
  return symbols.map((symbol, index) => ({
    ...description,
    symbols: [symbol],
    source: { ...source, aliasees: source.aliasees.slice(index, index + 1) },
  }))
}

/** Its responsibility may have ended since the step was put down. */
export function lookUpAliasee(state: SessionState, responsibility: MaterializationResponsibility): void {
  const { source, unit } = responsibility
  const [alias] = responsibleFor(responsibility)
  if (source.kind !== 'aliases' || alias === undefined) return
  const from = source.from ?? ([unit.dylib.id, 'all'] as const)
  lookUpForAlias(
    state,
    responsibility,
    from,
    source.aliasees.map((aliasee) => [aliasee, hasAddress(alias)]),
  )
}

/** The aliasee may have failed since it was found, by another step. */
export function aliaseeFound(
  state: SessionState,
  responsibility: MaterializationResponsibility,
  found: Expected<readonly SymbolEntry[]>,
): void {
  const [alias] = responsibleFor(responsibility)
  if (alias === undefined) return
  if (!found.ok) return failResponsibility(state, responsibility, found.error)
  const failed = found.value.filter(({ state }) => state === entryState.failed)
  const [aliasee] = found.value
  if (failed.length > 0) {
    return failResponsibility(state, responsibility, failedToMaterialize(failed, aliasee?.failure ?? null))
  }
  if (aliasee !== undefined && hasAddress(alias)) resolveAs(state, alias, aliasee)
  const dependencies = found.value.filter((entry) => entry.state !== entryState.ready)
  if (dependencies.length === 0) emitSymbols(state, [alias], [])
  else emitSymbols(state, [], [{ symbols: [alias], dependencies }])
  endResponsibility(state, responsibility, success(null))
}

/** Flags stay those of the alias; only where an address lies is the aliasee's to say. */
function resolveAs(state: SessionState, alias: SymbolEntry, aliasee: SymbolEntry): void {
  alias.flags |= aliasee.flags & symbolFlag.threadLocal
  alias.address = aliasee.address
  advanceEntry(state, alias, symbolEvent.notifyResolved)
}
