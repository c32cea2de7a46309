// Objects as units: what a relocatable object defines becomes the unit's symbols, and a link actor materializes it.
import type { Attachment, FlagsEntry, UnitSource } from '@worc/protocol'
import { JITError, plainError } from '@worc/protocol'
import { readInterfaceSymbols } from '@worc/jitlink'
import type { InterfaceSymbols } from '@worc/jitlink'
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
export function objectUnit(
  name: string,
  bytes: Uint8Array,
  symbols?: readonly FlagsEntry[],
  hasInitializers?: boolean,
): SourcedUnit {
  const known =
    symbols === undefined ? interfaceOf(name, bytes) : { symbols, hasInitializers: hasInitializers ?? false }
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

function interfaceOf(name: string, bytes: Uint8Array): InterfaceSymbols {
  const contents = readInterfaceSymbols(bytes)
  if (contents.ok) return contents.value
  throw new JITError(plainError('BadObject', `${name}: ${contents.error.message}`))
}

export function sourceOf(source: Source): {
  readonly source: Extract<UnitSource, { kind: 'object' | 'source' }>
  readonly attachments: readonly Attachment[]
} {
  const text = sharedCopy(new TextEncoder().encode(source.text))
  const payload = { attachment: 0, offsetBytes: 0, sizeBytes: text.byteLength }
  return {
    source: { kind: 'source', language: source.language, payload, flags: source.flags ?? [], directory: process.cwd() },
    attachments: [text],
  }
}
