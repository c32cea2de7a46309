// Dylibs: a symbol table, where its symbols' references are looked up, and who may define more. A name is unique among
// open dylibs. Source: JITDylib, ExecutionSession::createJITDylib (Core.h).
import type { Expected, JITDylibId, JITErrorData, MatchKind, SearchOrderEntry, SessionRequest } from '@worc/protocol'
import { failure, plainError, success } from '@worc/protocol'

import { Chain } from './chain.js'
import type { DefinitionGenerator } from './generators.js'
import type { MaterializationUnit } from './materialization-unit.js'
import type { ResourceTracker } from './resource-tracker.js'
import { dylibDefunct } from './session-errors.js'
import type { SessionState } from './session-state.js'
import { SymbolTable } from './symbol-table.js'

export interface JITDylib {
  readonly id: JITDylibId
  readonly name: string
  /** 'closing' from its removal until every resource manager has answered. */
  phase: 'open' | 'closing' | 'closed'
  readonly symbols: SymbolTable
  linkOrder: readonly LinkOrderEntry[]
  defaultTracker: ResourceTracker | null
  /** The live ones, in order of creation. */
  readonly trackers: Chain<ResourceTracker>
  /** In the order they were added, which is the order they are asked in. */
  readonly generators: DefinitionGenerator[]
  /** Units with initializers, or with an init symbol that may bring some, that were not handed out. */
  readonly initUnits: Set<MaterializationUnit>
}

export interface LinkOrderEntry {
  readonly dylib: JITDylib
  readonly match: MatchKind
}

type Create = Extract<SessionRequest, { type: 'createJITDylib' }>

/** A new dylib searches itself first, all of it; unless bare, the session's default dylibs after. */
export function createJITDylib(state: SessionState, { name, bare }: Create): Expected<JITDylibId> {
  if (state.dylibsByName.has(name)) return failure(plainError('BadArgument', `there is a JITDylib ${name} already`))
  const dylib: JITDylib = {
    id: ++state.last.dylib as JITDylibId,
    name,
    phase: 'open',
    symbols: new SymbolTable(),
    linkOrder: [],
    defaultTracker: null,
    trackers: new Chain(),
    generators: [],
    initUnits: new Set(),
  }
  state.dylibs.set(dylib.id, dylib)
  state.dylibsByName.set(name, dylib)
  const defaults = bare ? [] : openEntries(state, state.defaultLinkOrder)
  dylib.linkOrder = [{ dylib, match: 'all' }, ...defaults]
  return success(dylib.id)
}

function openEntries(state: SessionState, order: readonly SearchOrderEntry[]): LinkOrderEntry[] {
  return order.flatMap(([id, match]) => {
    const dylib = state.dylibs.get(id)
    return dylib?.phase === 'open' ? [{ dylib, match }] : []
  })
}

export function getJITDylibByName(
  state: SessionState,
  { name }: Extract<SessionRequest, { type: 'getJITDylibByName' }>,
): Expected<JITDylibId | null> {
  return success(state.dylibsByName.get(name)?.id ?? null)
}

export function openDylib(state: SessionState, id: JITDylibId): Expected<JITDylib> {
  const dylib = state.dylibs.get(id)
  if (dylib?.phase === 'open') return success(dylib)
  if (dylib !== undefined) return failure(dylibDefunct(dylib))
  return failure(missingDylib(state, id))
}

/** Numbers are given once: one that was given and is not here was removed. */
export function missingDylib(state: SessionState, id: JITDylibId): JITErrorData {
  if (id >= 1 && id <= state.last.dylib) return plainError('JITDylibDefunct', `JITDylib ${id} was removed`)
  return plainError('BadArgument', `there is no JITDylib ${id}`)
}
