// The errors that several turns answer with, each worded once.
import type { JITErrorData, SymbolError, SymbolsByDylib } from '@worc/protocol'
import { formatSymbols, plainError, symbolError } from '@worc/protocol'
import type { JITDylib } from './jit-dylib.js'
import type { ResourceTracker } from './resource-tracker.js'
import type { Client } from './session-state.js'
import type { SymbolEntry } from './symbol-entry.js'
import { trackerName } from './tracker-name.js'

export function trackerDefunct(tracker: ResourceTracker): JITErrorData {
  const name = tracker.id < 0 ? 'the default resource tracker' : trackerName(tracker.id)
  return plainError('ResourceTrackerDefunct', `${name} of ${tracker.dylib.name} is defunct`)
}

export function dylibDefunct(dylib: JITDylib): JITErrorData {
  return plainError('JITDylibDefunct', `JITDylib ${dylib.name} was removed`)
}

export function sessionClosed(): JITErrorData {
  return plainError('SessionClosed', 'the session has ended')
}

export function actorDied(client: Client, error: JITErrorData): JITErrorData {
  if (error.code === 'ActorDied') return error
  return plainError('ActorDied', `${roleNames[client.role]} ${client.id} is gone: ${error.message}`, error)
}

const roleNames = { client: 'client', link: 'link actor', compile: 'compile actor' } as const

export function symbolsNotFound(symbols: SymbolsByDylib): SymbolError {
  return symbolError('SymbolsNotFound', `symbols not found: ${formatSymbols(symbols)}`, symbols)
}

export function failedToMaterialize(entries: readonly SymbolEntry[], cause: JITErrorData | null): SymbolError {
  const symbols = symbolsByDylib(entries)
  const why = cause === null ? '' : `: ${cause.message}`
  const message = `failed to materialize ${formatSymbols(symbols)}${why}`
  return symbolError('FailedToMaterialize', message, symbols, cause ?? undefined)
}

function symbolsByDylib(entries: readonly SymbolEntry[]): SymbolsByDylib {
  const [first] = entries
  if (entries.length === 1 && first !== undefined) return [[first.unit.dylib.name, [first.name]]]
  const names = new Map<string, string[]>()
  for (const { name, unit } of entries) {
    const known = names.get(unit.dylib.name)
    if (known === undefined) names.set(unit.dylib.name, [name])
    else known.push(name)
  }
  return [...names]
}

export function wrongDylib(tracker: ResourceTracker, dylib: JITDylib): JITErrorData {
  return plainError('WrongOwner', `${trackerName(tracker.id)} is of ${tracker.dylib.name}, not of ${dylib.name}`)
}
