// Generators: asked for names a dylib does not have, they may define them. Source: ORC's DefinitionGenerator (Core.h),
// StaticLibraryDefinitionGenerator (ExecutionUtils.h).
import type { LookupKind, SessionAsk } from '@worc/protocol'
import type { JITDylib } from './jit-dylib.js'
import type { ResourceTracker } from './resource-tracker.js'
import type { SessionClient } from './session-client.js'
import type { SymbolName } from './symbol-records.js'

export interface DefinitionGenerator {
  /** Defines what it can in `lookup.dylib`; the lookup goes on when the promise settles, or fails with what it throws. */
  tryToGenerate(lookup: LookupState): void | Promise<void>
}

export interface LookupState {
  readonly dylib: JITDylib
  readonly kind: LookupKind
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

export function archiveGenerator(bytes: Uint8Array): DefinitionGenerator {
  return new ArchiveGenerator([bytes])
}

export async function registerGenerator(
  client: SessionClient,
  dylib: JITDylib,
  generator: DefinitionGenerator,
  tracker?: ResourceTracker,
): Promise<void> {
  const archive = generator instanceof ArchiveGenerator
  await client.request(
    {
      type: 'addGenerator',
      dylib: dylib.id,
      generator: client.generatorId(generator),
      kind: archive ? 'archive' : 'user',
      tracker: tracker?.id ?? null,
    },
    { attachments: archive ? generator.archives : [] },
  )
}

/** Runs a user's generator for one of the session's questions; settles when the lookup may go on. */
export async function generate(
  client: SessionClient,
  generator: DefinitionGenerator,
  question: Extract<SessionAsk, { type: 'generate' }>,
): Promise<void> {
  let suspended: Promise<void> | undefined
  const suspend = (): ((error?: Error) => void) => {
    let resume: (error?: Error) => void = () => undefined
    suspended = new Promise((resolve, reject) => {
      resume = (error) => (error === undefined ? resolve() : reject(error))
    })
    return resume
  }
  const names = new Map(question.names.map(([name, required]) => [name, { required }]))
  await generator.tryToGenerate({ dylib: client.dylibById(question.dylib), kind: question.kind, names, suspend })
  await suspended
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
