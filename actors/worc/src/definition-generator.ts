// Generators: asked for names a dylib does not have, they may define them. Source: ORC's DefinitionGenerator (Core.h),
// StaticLibraryDefinitionGenerator (ExecutionUtils.h).
import { readArchive } from '@worc/ar'
import type { LookupKind, MatchKind, SessionAsk } from '@worc/protocol'
import { JITError, plainError } from '@worc/protocol'
import type { JITDylib } from './jit-dylib.js'
import { searchOrderEntry } from './jit-dylib.js'
import type { ResourceTracker } from './resource-tracker.js'
import type { SessionClient } from './session-client.js'
import type { SymbolName } from './symbol-records.js'

/** Asked, one lookup at a time, for names that a lookup misses in the generator's dylib, in the thread that added it. */
export interface DefinitionGenerator {
  /** Defines what it can in `lookup.dylib`; the lookup goes on when the promise settles, or fails with what it throws. */
  tryToGenerate(lookup: LookupState): void | Promise<void>
}

/** A lookup inside a generator. */
export interface LookupState {
  readonly dylib: JITDylib
  readonly kind: LookupKind
  /** What it misses; what is not required may stay missing. */
  readonly names: ReadonlyMap<SymbolName, { readonly required: boolean }>
  /** Suspends the lookup until the returned function is called, with an error or none. */
  suspend(): (error?: Error) => void
}

/** Members of archives on demand; one group, searched in order, like libraries between --start-group and --end-group. */
export class ArchiveGenerator implements DefinitionGenerator {
  readonly archives: readonly SharedArrayBuffer[]

  constructor(archives: readonly Uint8Array[]) {
    this.archives = archives.map(sharedCopy)
  }

  tryToGenerate(): void {
    throw new Error('a link actor generates the members of an archive')
  }
}

/** One archive, or a group that is searched as one. Throws BadObject. */
export function archiveGenerator(bytes: Uint8Array | readonly Uint8Array[]): DefinitionGenerator {
  const archives = bytes instanceof Uint8Array ? [bytes] : bytes
  for (const archive of archives) {
    const read = readArchive(archive)
    if (!read.ok) throw new JITError(plainError('BadObject', read.error.message))
  }
  return new ArchiveGenerator(archives)
}

/** Names of another dylib, as re-exports; the session runs it itself. */
export class ReexportsGenerator implements DefinitionGenerator {
  readonly source: JITDylib
  readonly match: MatchKind
  readonly allow: ((name: SymbolName) => boolean) | undefined

  constructor(source: JITDylib, match: MatchKind, allow: ((name: SymbolName) => boolean) | undefined) {
    this.source = source
    this.match = match
    this.allow = allow
  }

  tryToGenerate(): void {
    throw new Error('the session generates re-exports itself')
  }
}

export interface ReexportsOptions {
  /** Default: 'exported'. */
  readonly match?: MatchKind
  /** Which names may pass; asked, in this thread, about those that the source has. */
  readonly allow?: (name: SymbolName) => boolean
}

/** Whatever a lookup misses and the source defines, or can generate, is re-exported. Source: ReexportsGenerator (Core.h). */
export function reexportsGenerator(source: JITDylib, options: ReexportsOptions = {}): DefinitionGenerator {
  return new ReexportsGenerator(source, options.match ?? 'exported', options.allow)
}

export async function registerGenerator(
  client: SessionClient,
  dylib: JITDylib,
  generator: DefinitionGenerator,
  tracker?: ResourceTracker,
): Promise<void> {
  const id = client.generatorId(generator)
  const under = { dylib: dylib.id, generator: id, tracker: tracker?.id ?? null }
  if (generator instanceof ReexportsGenerator) {
    const { source, match, allow } = generator
    const from = searchOrderEntry(client.session, { dylib: source, match })
    const filtered = allow !== undefined
    await client.request({ type: 'addReexportsGenerator', ...under, from, filtered })
    return
  }
  const archive = generator instanceof ArchiveGenerator
  await client.request(
    { type: 'addGenerator', ...under, kind: archive ? 'archive' : 'user' },
    { attachments: archive ? generator.archives : [] },
  )
}

/** Runs a user's generator for one of the session's questions; a promise where the lookup may not go on at once. */
export function generate(
  client: SessionClient,
  generator: DefinitionGenerator,
  question: Extract<SessionAsk, { type: 'generate' }>,
  onState: (state: LookupState) => void,
): Promise<void> | undefined {
  let suspended: Promise<void> | undefined
  const suspend = (): ((error?: Error) => void) => {
    let resume: (error?: Error) => void = () => undefined
    suspended = new Promise((resolve, reject) => {
      resume = (error) => (error === undefined ? resolve() : reject(error))
    })
    return resume
  }
  const names = new Map(question.names.map(([name, required]) => [name, { required }]))
  const state: LookupState = { dylib: client.dylibById(question.dylib), kind: question.kind, names, suspend }
  onState(state)
  const pending = generator.tryToGenerate(state)
  return pending === undefined ? suspended : pending.then(() => suspended)
}

/** Bytes that every thread can read without a copy of its own. */
export function sharedCopy(bytes: Uint8Array): SharedArrayBuffer {
  if (
    bytes.buffer instanceof SharedArrayBuffer &&
    bytes.byteOffset === 0 &&
    bytes.byteLength === bytes.buffer.byteLength
  )
    return bytes.buffer
  const shared = new SharedArrayBuffer(bytes.byteLength)
  new Uint8Array(shared).set(bytes)
  return shared
}
