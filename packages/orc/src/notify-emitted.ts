// A responsibility is done: its symbols are in memory, and ready when what they depend on is. Source:
// MaterializationResponsibility::notifyEmitted, ExecutionSession::OL_notifyEmitted (Core.cpp).
import type { DependenceGroup, Expected, JITDylibId, JITErrorData, SessionRequest } from '@worc/protocol'
import { failure, formatNames, formatSymbols, plainError, success, symbolError } from '@worc/protocol'
import type { PendingAsk } from './asks.js'
import { emitSymbols, missingDefinitions } from './emission.js'
import { failResponsibility, materializeUnsearched } from './materialize.js'
import { entryOf, unexpectedSymbols } from './notify-resolved.js'
import { endResponsibility, findResponsibility, responsibleFor } from './responsibility.js'
import type { MaterializationResponsibility } from './responsibility.js'
import type { SessionState } from './session-state.js'
import { entryState, hasAddress } from './symbol-entry.js'
import type { SymbolEntry } from './symbol-entry.js'
import type { EmittedGroup } from './waiting-on-graph.js'

type NotifyEmitted = Extract<SessionRequest, { type: 'notifyEmitted' }>

/**
 * Every symbol with an address must have been resolved. ResourceTrackerDefunct, MissingSymbolDefinitions,
 * UnexpectedSymbolDefinitions and BadArgument leave everything as it was. A dependence on what is not there, or has
 * failed, is UnsatisfiedSymbolDependencies, and fails the responsibility: ORC leaves its queries hanging until somebody
 * else does.
 */
export function notifyEmitted(state: SessionState, message: NotifyEmitted, ask: PendingAsk): Expected<null> {
  const found = findResponsibility(state, ask.client, message.responsibility)
  if (!found.ok) return found
  const responsibility = found.value
  const symbols = responsibleFor(responsibility)
  const missing = symbols.filter((entry) => hasAddress(entry) && entry.state < entryState.resolved)
  if (missing.length > 0) return failure(missingDefinitions(missing, `unit ${responsibility.unit.name}`))
  const groups = readGroups(state, responsibility, message.groups)
  if (!groups.ok) {
    if (groups.error.code === 'UnsatisfiedSymbolDependencies') failResponsibility(state, responsibility, groups.error)
    return groups
  }
  recordInitializers(responsibility, message.initializers)
  finish(state, responsibility, symbols, groups.value)
  return success(null)
}

function finish(
  state: SessionState,
  responsibility: MaterializationResponsibility,
  symbols: readonly SymbolEntry[],
  groups: readonly EmittedGroup[],
): void {
  const free = groups.length === 0 ? symbols : without(state, symbols, groups)
  emitSymbols(state, free, groups)
  endResponsibility(state, responsibility, success(null))
  for (const { dependencies } of groups) materializeUnsearched(state, dependencies)
}

function without(
  state: SessionState,
  symbols: readonly SymbolEntry[],
  groups: readonly EmittedGroup[],
): readonly SymbolEntry[] {
  const naming = ++state.last.naming
  for (const group of groups) for (const entry of group.symbols) entry.named = naming
  return symbols.filter(({ named }) => named !== naming)
}

function recordInitializers({ unit }: MaterializationResponsibility, added: NotifyEmitted['initializers']): void {
  if (added.length === 0) return
  unit.initializers = [...unit.initializers, ...added]
  unit.dylib.initUnits.add(unit)
}

/** The groups that have something to wait for, outside the responsibility or in one of its groups that has. */
function readGroups(
  state: SessionState,
  responsibility: MaterializationResponsibility,
  groups: readonly DependenceGroup[],
): Expected<readonly EmittedGroup[]> {
  if (groups.length === 0) return success(noGroups)
  const naming = ++state.last.naming
  const reading: Reading = { responsibility, naming, unexpected: [], twice: [], unsatisfied: [] }
  const read = groups.map((group) => readGroup(state, reading, group))
  if (reading.unexpected.length > 0) return failure(unexpectedSymbols(responsibility, reading.unexpected))
  if (reading.twice.length > 0) {
    return failure(plainError('BadArgument', `in two dependence groups: ${formatNames(reading.twice)}`))
  }
  if (reading.unsatisfied.length > 0) return failure(unsatisfied(reading))
  const waitsOutside = read.some((group) => group.dependencies.some((entry) => entryIsOutside(reading, entry)))
  if (!waitsOutside) return success(noGroups)
  return success(read.every(isWaiting) ? read : read.filter(isWaiting))
}

const noGroups: readonly EmittedGroup[] = []

function isWaiting({ dependencies }: EmittedGroup): boolean {
  return dependencies.length > 0
}

interface Reading {
  readonly responsibility: MaterializationResponsibility
  readonly naming: number
  readonly unexpected: string[]
  readonly twice: string[]
  readonly unsatisfied: (readonly [dylib: string, names: readonly string[]])[]
}

function readGroup(state: SessionState, reading: Reading, group: DependenceGroup): EmittedGroup {
  const symbols: SymbolEntry[] = []
  for (const name of group.symbols) {
    const entry = entryOf(reading.responsibility, name, symbols.length)
    if (entry === undefined) reading.unexpected.push(name)
    else if (entry.named === reading.naming) reading.twice.push(name)
    else {
      entry.named = reading.naming
      symbols.push(entry)
    }
  }
  const dependencies: SymbolEntry[] = []
  for (const [dylib, names] of group.dependencies) {
    const unsatisfiedNames = names.filter((name) => !addDependency(state, dependencies, dylib, name))
    if (unsatisfiedNames.length > 0) reading.unsatisfied.push([nameOf(state, dylib), unsatisfiedNames])
  }
  // A copy has no room to grow: these lists may be kept for long.
  return { symbols: symbols.slice(), dependencies: symbols.length === 0 ? [] : dependencies.slice() }
}

/** False where it can never be ready. What is ready is satisfied for good: nothing to wait for. */
function addDependency(state: SessionState, to: SymbolEntry[], id: JITDylibId, name: string): boolean {
  const dylib = state.dylibs.get(id)
  const entry = dylib?.phase === 'open' ? dylib.symbols.get(name) : undefined
  if (entry === undefined || entry.state === entryState.failed) return false
  if (entry.state !== entryState.ready) to.push(entry)
  return true
}

function entryIsOutside({ responsibility }: Reading, entry: SymbolEntry): boolean {
  return entry.pending?.responsibility !== responsibility
}

function nameOf(state: SessionState, dylib: JITDylibId): string {
  return state.dylibs.get(dylib)?.name ?? `JITDylib ${dylib}`
}

function unsatisfied({ responsibility, unsatisfied: symbols }: Reading): JITErrorData {
  const message = `unit ${responsibility.unit.name} depends on ${formatSymbols(symbols)}, removed or failed`
  return symbolError('UnsatisfiedSymbolDependencies', message, symbols)
}
