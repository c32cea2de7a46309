// Functions that are linked when somebody calls them. What is looked up is a stub, in a unit of the linker's own making; the
// thread that calls it first looks up what it stands for, and so has it linked. Stub and body are symbols under one tracker:
// the bodies of an object are given back to the session, under names of their own, by the responsibility that the stubs came
// with. Source: CompileOnDemandLayer, LazyReexports (llvm/ExecutionEngine/Orc), whose bodies are nobody's.
import type {
  Context,
  Expected,
  FlagsEntry,
  JITErrorData,
  SessionReplies,
  SessionRequest,
  UnitDescription,
  UnitId,
} from '@worc/protocol'
import { plainError, symbolError, symbolFlag } from '@worc/protocol'
import { failMaterialization, linkGenerated } from './generated-unit.js'
import { LinkJob } from './link-job.js'
import type { LinkSite, Materialize } from './link-job.js'
import type { Stub } from './target.js'

type LazyReexports = Extract<Materialize['source'], { kind: 'lazyReexports' }>

/** Stubs for the object's functions; the rest waits, as another unit, until one of its symbols is looked up. */
export function linkLazyObject(ctx: Context, site: LinkSite, event: Materialize, bytes: Uint8Array): void {
  const contents = site.target.contentsOf(bytes)
  if (!contents.ok) return failMaterialization(ctx, site, event, contents.error)
  const signatures = new Map(contents.value.symbols.map(([name, , signature]) => [name, signature]))
  const rest = site.newSessionUnit()
  const stubs = event.symbols.flatMap(([name]): Stub[] => {
    const signature = signatures.get(name)
    return signature === undefined ? [] : [{ name, signature, target: `${name}$body.${rest.toString(36)}` }]
  })
  if (stubs.length === 0) return new LinkJob(site, event, bytes).start(ctx)
  linkGenerated(ctx, site, event, site.target.stubs(event.dylib, stubs), () =>
    giveBackBodies(ctx, site, event, rest, bytes, stubs),
  )
}

/** What the stubs stand for, and whatever else the object defines, is to be materialized when somebody looks it up. */
function giveBackBodies(
  ctx: Context,
  site: LinkSite,
  { responsibility, name, initSymbol, symbols }: Materialize,
  rest: UnitId,
  bytes: Uint8Array,
  stubs: readonly Stub[],
): void {
  const bodies = stubs.map(({ target, signature }): FlagsEntry => {
    return signature === '' ? [target, symbolFlag.callable] : [target, symbolFlag.callable, signature]
  })
  const stubbed = new Set(stubs.map((stub) => stub.name))
  const payload = { attachment: 0, offsetBytes: bytes.byteOffset, sizeBytes: bytes.byteLength }
  const unit: UnitDescription = {
    unit: rest,
    name,
    symbols: [...bodies, ...symbols.filter((symbol) => !stubbed.has(symbol[0]))],
    initSymbol,
    source: { kind: 'bodies', payload, bodies: stubs.map((stub) => [stub.name, stub.target]) },
  }
  // Refused where the tracker was removed, and so is then what follows about the stubs.
  ask(ctx, site, { type: 'defineMaterializing', responsibility, symbols: bodies }, () => undefined)
  ask(ctx, site, { type: 'replace', responsibility, unit }, () => undefined, [bytes.buffer])
}

/** A stub needs a signature before anything is linked: the alias says it, or the aliasee's definition does. */
export function linkLazyReexports(ctx: Context, site: LinkSite, event: Materialize, source: LazyReexports): void {
  const answeredFor = new Set(event.symbols.map(([name]) => name))
  const aliases = source.aliases.filter(([name]) => answeredFor.has(name))
  const unknown = [...new Set(aliases.flatMap(([, aliasee, signature]) => (signature === null ? [aliasee] : [])))]
  const link = (found: readonly FlagsEntry[]): void => {
    const definitions = new Map(found.map((entry) => [entry[0], entry]))
    const stubs: Stub[] = []
    for (const [name, aliasee, declared] of aliases) {
      const signature = declared ?? signatureOf(name, definitions.get(aliasee), site.target.typesStubs)
      if (typeof signature !== 'string') return failMaterialization(ctx, site, event, signature)
      stubs.push({ name, signature, target: aliasee })
    }
    linkGenerated(ctx, site, event, site.target.stubs(source.from, stubs))
  }
  if (unknown.length === 0) return link([])
  const message: SessionRequest = {
    type: 'lookupFlags',
    kind: 'static',
    searchOrder: [[source.from, 'all']],
    symbols: unknown.map((name) => [name, true]),
  }
  ask(ctx, site, message, (result) => {
    if (result.ok) link(result.value as SessionReplies['lookupFlags'])
    else failMaterialization(ctx, site, event, result.error)
  })
}

function signatureOf(alias: string, definition: FlagsEntry | undefined, needed: boolean): string | JITErrorData {
  const [aliasee = '', flags = 0, signature] = definition ?? []
  if (signature !== undefined) return signature
  if ((flags & symbolFlag.callable) === 0) {
    const message = `lazy re-export "${alias}": "${aliasee}" is no function`
    return symbolError('NotAFunction', message, [['', [aliasee]]])
  }
  if (!needed) return ''
  const message =
    `lazy re-export "${alias}": the signature of "${aliasee}" is not known before it is materialized: ` +
    'give the alias a signature'
  return plainError('BadArgument', message)
}

function ask(
  ctx: Context,
  { session }: LinkSite,
  message: SessionRequest,
  settle: (result: Expected<unknown>) => void,
  attachments: readonly object[] = [],
): void {
  ctx.ask(session, message, settle, attachments)
}
