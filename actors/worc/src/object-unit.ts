// Objects as units: what a relocatable object defines becomes the unit's symbols, and a link actor materializes it.
import type { Attachment, TargetName, UnitSource } from '@worc/protocol'
import { JITError, plainError } from '@worc/protocol'
import type { InterfaceSymbols } from '@worc/jitlink'
import { objectReader } from '@worc/link'
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

interface ObjectUnitOptions {
  /** Its functions are linked when they are called. */
  readonly lazy?: boolean | undefined
  /** Tells it from others of its name: constructors are looked up by a symbol of their unit's own. */
  readonly number: string
}

/** Throws BadObject. */
export function objectUnit(
  name: string,
  bytes: Uint8Array,
  { target, ...options }: ObjectUnitOptions & { readonly target: TargetName },
): SourcedUnit {
  const object = { ...interfaceOf(name, bytes, target), sizeBytes: bytes.byteLength }
  return compiledUnit(name, object, sharedCopy(bytes), options)
}

/** Of an object that was read already; its bytes may lie where this thread does not see them. */
export function compiledUnit(
  name: string,
  { symbols, hasInitializers, sizeBytes }: InterfaceSymbols & { readonly sizeBytes: number },
  bytes: Attachment,
  { lazy, number }: ObjectUnitOptions,
): SourcedUnit {
  const payload = { attachment: 0, offsetBytes: 0, sizeBytes }
  return {
    name,
    symbols: new Map(symbols.map(([symbol, flags]) => [symbol, decodeFlags(flags)])),
    signatures: new Map(
      symbols.flatMap(([symbol, , signature]) => (signature === undefined ? [] : [[symbol, signature]])),
    ),
    ...(hasInitializers ? { initSymbol: `$.${name}.${number}.init` } : {}),
    source: { kind: lazy === true ? 'lazyObject' : 'object', payload },
    attachments: [bytes],
    materialize: settledBySession,
  }
}

function interfaceOf(name: string, bytes: Uint8Array, target: TargetName): InterfaceSymbols {
  const contents = objectReader(target)(bytes)
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
