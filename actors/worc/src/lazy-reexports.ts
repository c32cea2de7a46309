// Functions that stand for functions of another dylib and look them up when they are first called.
import { signatureCode, symbolFlag } from '@worc/protocol'
import type { SignatureCode } from '@worc/protocol'
import type { Signature } from '@worc/executor'
import type { JITDylib } from './jit-dylib.js'
import type { MaterializationUnit, SourcedUnit, SymbolAlias } from './materialization-unit.js'
import { settledBySession } from './materialization-unit.js'
import type { ByName } from './symbol-records.js'
import { decodeFlags, encodeFlags, entriesOf } from './symbol-records.js'

export interface LazyAlias extends SymbolAlias {
  /** Needed where the aliasee's definition does not say it before it is materialized: a user's unit does not. */
  readonly signature?: Signature
}

/**
 * Stubs for functions of a dylib, its hidden ones too. Looking one up links nothing but the stub. Its first call in each thread
 * looks the aliasee up (which compiles and links it, once, and runs pending initializers of the dylib), waiting in the midst of
 * the call, and goes on there with the same arguments; later calls go there directly. If that fails, the call throws why, and the
 * next one tries again. The aliasee may be removed and defined anew: the next call looks it up again. Where nothing says a
 * signature, lookups of the stub fail with BadArgument. Source: lazyReexports (LazyReexports.h).
 */
export function lazyReexports(source: JITDylib, aliases: ByName<LazyAlias>): MaterializationUnit {
  const entries = entriesOf(aliases)
  const signatures = new Map<string, SignatureCode>()
  for (const [alias, { signature }] of entries)
    if (signature !== undefined) signatures.set(alias, signatureCode(signature.parameters, signature.results))
  const unit: SourcedUnit = {
    name: `lazy re-exports of ${source.name}`,
    symbols: new Map(
      entries.map(([alias, { flags }]) => [alias, decodeFlags(encodeFlags(flags) | symbolFlag.callable)]),
    ),
    signatures,
    source: {
      kind: 'lazyReexports',
      from: source.id,
      aliases: entries.map(([alias, { aliasee }]) => [alias, aliasee, signatures.get(alias) ?? null]),
    },
    from: source,
    attachments: [],
    materialize: settledBySession,
  }
  return unit
}
