// What tests define: symbols with the usual flags, sources of each kind, addresses, dependences.
import type { Definition, DependenceGroup, FlagsEntry, JITDylibId, SymbolFlags, UnitSource } from '@worc/protocol'
import { symbolFlag } from '@worc/protocol'

const { exported, callable, weak, sideEffectsOnly } = symbolFlag
export const strong: SymbolFlags = exported | callable
export const weakly: SymbolFlags = exported | callable | weak
export const hidden: SymbolFlags = callable
export const initOnly: SymbolFlags = sideEffectsOnly

export type Symbols = readonly string[] | Readonly<Record<string, SymbolFlags>>

/** All strong where only names are given. */
export function flagsEntries(symbols: Symbols): FlagsEntry[] {
  if (Array.isArray(symbols)) return symbols.map((name: string): FlagsEntry => [name, strong])
  return Object.entries(symbols)
}

export const object: UnitSource = { kind: 'object', payload: { attachment: 0, offsetBytes: 0, sizeBytes: 4 } }
export const source: UnitSource = {
  kind: 'source',
  language: 'c',
  payload: { attachment: 0, offsetBytes: 0, sizeBytes: 4 },
  flags: [],
  directory: '/',
}

export function absolute(addresses: Readonly<Record<string, number>>): UnitSource {
  const definitions = Object.entries(addresses).map(([name, address]): Definition => [name, address, strong])
  return { kind: 'absolute', definitions }
}

/** Some address, the same for the same name. */
export function addressOf(name: string): number {
  let hash = 7
  for (const character of name) hash = (hash * 31 + (character.codePointAt(0) ?? 0)) % 0x100_0000
  return 0x1000 + hash
}

export function dependsOn(dylib: JITDylibId, symbols: readonly string[], names: readonly string[]): DependenceGroup {
  return { symbols, dependencies: [[dylib, names]] }
}
