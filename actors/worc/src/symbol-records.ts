// Symbols as users write them (records with named flags) and as ports carry them (entries with bits).
import type { Definition, ExecutorAddr, FlagsEntry, LookupDefinition, SignatureCode, SymbolFlags } from '@worc/protocol'
import { JITError, plainError, symbolFlag } from '@worc/protocol'

export type SymbolName = string

/** Absent means no. Source: JITSymbolFlags (JITSymbol.h). */
export interface JITSymbolFlags {
  readonly exported?: boolean
  readonly weak?: boolean
  readonly common?: boolean
  readonly absolute?: boolean
  readonly callable?: boolean
  /** Defined for the effect of materializing it; has no address. */
  readonly sideEffectsOnly?: boolean
  /** Its address is an offset within each thread's block of thread-local variables. */
  readonly threadLocal?: boolean
}

export interface ExecutorSymbolDef {
  /** wasm: byte offset (data), or a number above 2^32 that names a function. Always a safe integer. */
  readonly address: ExecutorAddr
  readonly flags: JITSymbolFlags
}

/** Names and what belongs to them, as a record or a map. */
export type ByName<T> = Readonly<Record<SymbolName, T>> | ReadonlyMap<SymbolName, T>

const names = ['exported', 'weak', 'common', 'absolute', 'callable', 'sideEffectsOnly', 'threadLocal'] as const

export function encodeFlags(flags: JITSymbolFlags): SymbolFlags {
  return names.reduce((bits, name) => (flags[name] === true ? bits | symbolFlag[name] : bits), 0)
}

export function decodeFlags(bits: SymbolFlags): JITSymbolFlags {
  return Object.fromEntries(names.filter((name) => (bits & symbolFlag[name]) !== 0).map((name) => [name, true]))
}

export function entriesOf<T>(byName: ByName<T>): (readonly [SymbolName, T])[] {
  return byName instanceof Map
    ? [...(byName as ReadonlyMap<SymbolName, T>)]
    : Object.entries(byName as Readonly<Record<SymbolName, T>>)
}

export function flagsEntries(
  byName: ByName<JITSymbolFlags>,
  signatures?: ReadonlyMap<SymbolName, SignatureCode>,
): FlagsEntry[] {
  return entriesOf(byName).map(([name, flags]) => {
    const signature = signatures?.get(name)
    return signature === undefined ? [name, encodeFlags(flags)] : [name, encodeFlags(flags), signature]
  })
}

/** Throws BadArgument where an address is none. */
export function definitionEntries(byName: ByName<ExecutorSymbolDef>): Definition[] {
  return entriesOf(byName).map(([name, { address, flags }]) => {
    if (Number.isSafeInteger(address) && address >= 0) return [name, address, encodeFlags(flags)]
    const text = `the address of "${name}" is ${address}: expected a whole number from 0 to 2^53 - 1`
    throw new JITError(plainError('BadArgument', text))
  })
}

export function flagsMap(entries: readonly FlagsEntry[]): Map<SymbolName, JITSymbolFlags> {
  return new Map(entries.map(([name, flags]) => [name, decodeFlags(flags)]))
}

export function definitionMap(found: readonly LookupDefinition[]): Map<SymbolName, ExecutorSymbolDef> {
  return new Map(found.map(({ name, address, flags }) => [name, { address, flags: decodeFlags(flags) }]))
}
