// A session as text, in ORC's words, in order of insertion. Source: ExecutionSession::dump, JITDylib::dump (Core.cpp).
import type { Expected, SymbolFlags } from '@worc/protocol'
import { success, symbolFlag } from '@worc/protocol'
import type { JITDylib } from './jit-dylib.js'
import type { SessionState } from './session-state.js'
import { entryState, hasAddress } from './symbol-entry.js'
import type { EntryState, SymbolEntry } from './symbol-entry.js'
import { trackerName } from './tracker-name.js'

export function dump(state: SessionState): Expected<string> {
  return success([...state.dylibs.values()].map(dumpDylib).join('\n'))
}

function dumpDylib(dylib: JITDylib): string {
  const linkOrder = dylib.linkOrder.map((entry) => `("${entry.dylib.name}", ${matchNames[entry.match]})`)
  const generators = dylib.generators.map(({ id, kind }) => `${kind} ${id}`)
  return [
    `JITDylib "${dylib.name}" (State = ${phaseNames[dylib.phase]})`,
    `Link order: [ ${linkOrder.join(', ')} ]`,
    ...(generators.length > 0 ? [`Generators: [ ${generators.join(', ')} ]`] : []),
    'Symbol table:',
    ...definedInOrder(dylib).map(dumpSymbol),
    '',
  ].join('\n')
}

/** A table's own order is that in which names were first heard of. */
function definedInOrder({ symbols }: JITDylib): SymbolEntry[] {
  return [...symbols.values()].sort((a, b) => a.unit.order - b.unit.order)
}

function dumpSymbol(entry: SymbolEntry): string {
  const address = entry.state >= entryState.resolved && hasAddress(entry) ? hex(entry.address) : '<not resolved>'
  const { unit } = entry
  const waiting = entry.pending?.queries?.length ?? 0
  return [
    `    "${entry.name}": ${address}`,
    flagNames(entry.flags),
    stateNames[entry.state],
    ...(entry.state === entryState.neverSearched ? [`(Materializer ${unit.name})`] : []),
    `(${trackerName(unit.tracker.id)})`,
    ...(waiting > 0 ? [`(pending queries: ${waiting})`] : []),
    ...(entry.failure !== null ? [`(${entry.failure.message})`] : []),
  ].join(' ')
}

function hex(address: number): string {
  return `0x${address.toString(16).padStart(16, '0')}`
}

function flagNames(flags: SymbolFlags): string {
  return `[${Object.entries(symbolFlag)
    .filter(([, bit]) => (flags & bit) !== 0)
    .map(([name]) => name)
    .join(', ')}]`
}

const matchNames = { all: 'MatchAllSymbols', exported: 'MatchExportedSymbolsOnly' } as const
const phaseNames = { open: 'Open', closing: 'Closing', closed: 'Closed' } as const
const stateNames: Readonly<Record<EntryState, string>> = {
  [entryState.absent]: 'Absent',
  [entryState.failed]: 'Failed',
  [entryState.neverSearched]: 'Never-Searched',
  [entryState.materializing]: 'Materializing',
  [entryState.resolved]: 'Resolved',
  [entryState.emitted]: 'Emitted',
  [entryState.ready]: 'Ready',
  [entryState.removed]: 'Removed',
}
