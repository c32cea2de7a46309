// Matching names against dylibs in order. First match wins; a hidden symbol does not match where only exported ones
// may. Source: OL_applyQueryPhase1, OL_completeLookup (Core.cpp).
import type { Expected, JITErrorData, LookupSetEntry, SearchOrderEntry } from '@worc/protocol'
import { failure, formatNames, plainError, success } from '@worc/protocol'
import type { JITDylib, LinkOrderEntry } from './jit-dylib.js'
import { missingDylib } from './jit-dylib.js'
import { dylibDefunct, failedToMaterialize, symbolsNotFound } from './session-errors.js'
import type { SessionState } from './session-state.js'
import { entryState, hasAddress, isVisible } from './symbol-entry.js'
import type { SymbolEntry } from './symbol-entry.js'

/** A search order as a message gave it. A dylib that is gone is passed over, and named if something is not found. */
export interface Search {
  readonly order: readonly LinkOrderEntry[]
  readonly gone: JITErrorData | null
}

export function openSearch(state: SessionState, searchOrder: readonly SearchOrderEntry[]): Expected<Search> {
  const order: LinkOrderEntry[] = []
  let gone: JITErrorData | null = null
  for (const [id, match] of searchOrder) {
    const dylib = state.dylibs.get(id)
    if (dylib?.phase === 'open') order.push({ dylib, match })
    else if (dylib !== undefined) gone ??= dylibDefunct(dylib)
    else {
      const error = missingDylib(state, id)
      if (error.code === 'BadArgument') return failure(error)
      gone ??= error
    }
  }
  return success({ order, gone })
}

/** The first match of a name. A dylib that was removed meanwhile has none. */
export function findSymbol(order: readonly LinkOrderEntry[], name: string): SymbolEntry | undefined {
  for (const { dylib, match } of order) {
    const entry = dylib.symbols.get(name)
    if (entry !== undefined && isVisible(entry, match)) return entry
  }
  return undefined
}

/**
 * All names, each once, or why not: failed ones first, then missing ones. Names that are weakly referenced may be
 * missing.
 */
export function findSymbols(
  state: SessionState,
  { order, gone }: Search,
  names: readonly LookupSetEntry[],
): Expected<readonly SymbolEntry[]> {
  const naming = ++state.last.naming
  const found: SymbolEntry[] = []
  let failed: SymbolEntry[] | null = null
  let missing: string[] | null = null
  for (const [name, required] of names) {
    const entry = findSymbol(order, name)
    if (entry === undefined || (required && !hasAddress(entry))) {
      if (required) (missing ??= []).push(name)
    } else if (entry.named !== naming) {
      entry.named = naming
      if (entry.state === entryState.failed) (failed ??= []).push(entry)
      else found.push(entry)
    }
  }
  if (failed !== null) return failure(failedToMaterialize(failed, failed[0]?.failure ?? null))
  if (missing !== null) return failure(notFound(order, gone, [...new Set(missing)]))
  return success(found)
}

export function notFound(
  order: readonly LinkOrderEntry[],
  gone: JITErrorData | null,
  missing: readonly string[],
): JITErrorData {
  const closed = gone ?? goneMeanwhile(order.map(({ dylib }) => dylib))
  if (closed === null) return symbolsNotFound([[order[0]?.dylib.name ?? 'no JITDylib', missing]])
  return plainError('JITDylibDefunct', `${closed.message}; not found elsewhere: ${formatNames(missing)}`)
}

function goneMeanwhile(dylibs: readonly JITDylib[]): JITErrorData | null {
  const closed = dylibs.find((dylib) => dylib.phase !== 'open')
  return closed === undefined ? null : dylibDefunct(closed)
}
