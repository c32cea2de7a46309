// Objects as units: what a relocatable object defines becomes the unit's symbols, and a link actor materializes it.
import type { Attachment, FlagsEntry, UnitSource } from '@worc/protocol'
import { JITError, plainError, symbolFlag } from '@worc/protocol'
import { readObjectInterface } from '@worc/wasm'
import { sharedCopy } from './definition-generator.js'
import type { SourcedUnit } from './materialization-unit.js'
import { settledBySession } from './materialization-unit.js'
import { decodeFlags } from './symbol-records.js'

export interface Source {
  readonly language: 'c' | 'c++'
  readonly text: string
  readonly flags?: readonly string[]
  /** What diagnostics call it. */
  readonly name?: string
}

/** Reads the symbols from the object where the caller does not know them. Throws BadObject. */
export function objectUnit(name: string, bytes: Uint8Array, symbols?: readonly FlagsEntry[], hasInitializers?: boolean): SourcedUnit {
  const known = symbols === undefined ? interfaceOf(name, bytes) : { symbols, hasInitializers: hasInitializers ?? false }
  const initSymbol = known.hasInitializers ? { initSymbol: `$.${name}.init` } : {}
  return {
    name,
    symbols: new Map(known.symbols.map(([symbol, flags]) => [symbol, decodeFlags(flags)])),
    ...initSymbol,
    source: { kind: 'object', payload: { attachment: 0, offsetBytes: 0, sizeBytes: bytes.byteLength } },
    attachments: [sharedCopy(bytes)],
    materialize: settledBySession,
  }
}

/** What an object offers to others, as the session counts it. */
export function interfaceOf(name: string, bytes: Uint8Array): { readonly symbols: readonly FlagsEntry[]; readonly hasInitializers: boolean } {
  const contents = readObjectInterface(bytes)
  if (!contents.ok) throw new JITError(plainError('BadObject', `${name}: ${contents.error.message}`))
  const symbols = contents.value.definedSymbols.map((symbol): FlagsEntry => {
    const weak = symbol.weak ? symbolFlag.weak : 0
    const callable = symbol.kind === 'function' ? symbolFlag.callable : 0
    return [symbol.name, symbolFlag.exported | weak | callable | (symbol.threadLocal ? symbolFlag.threadLocal : 0)]
  })
  return { symbols, hasInitializers: contents.value.hasInitFunctions }
}

export function sourceOf(source: Source): { readonly source: Exclude<UnitSource, { kind: 'user' | 'absolute' }>; readonly attachments: readonly Attachment[] } {
  const text = sharedCopy(new TextEncoder().encode(source.text))
  const payload = { attachment: 0, offsetBytes: 0, sizeBytes: text.byteLength }
  return { source: { kind: 'source', language: source.language, payload, flags: source.flags ?? [], directory: process.cwd() }, attachments: [text] }
}
