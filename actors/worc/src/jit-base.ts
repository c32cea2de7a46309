// What every face has of a session, wherever the session is: sources, objects and archives become units over one client of the
// session. How functions are called, and where programs run, each face knows for itself.
import type { TargetName } from '@worc/protocol'
import { JITError, clientScopedId, symbolError } from '@worc/protocol'
import type { Signature } from '@worc/executor'
import { addCLibrary } from './c-library.js'
import { archiveGenerator, registerGenerator, sharedCopy } from './definition-generator.js'
import type { ExecutionSession } from './execution-session.js'
import type { JITDylib } from './jit-dylib.js'
import { dylibIdIn } from './jit-dylib.js'
import type { JITStats } from '@worc/protocol'
import type { MaterializationResponsibility } from './materialization-unit.js'
import { compiledUnit, objectUnit, sourceOf } from './object-unit.js'
import type { Source } from './object-unit.js'
import type { ResourceTracker } from './resource-tracker.js'
import { proxyOf } from './responsibility-proxy.js'
import type { RunOptions } from './run-main.js'
import type { SessionClient } from './session-client.js'
import type { ExecutorSymbolDef, SymbolName } from './symbol-records.js'
import { decodeFlags } from './symbol-records.js'
import { lookupMessage } from './thread.js'

export interface AddOptions {
  /** Default: `main`. */
  readonly dylib?: JITDylib
  /** Default: the dylib's default tracker. */
  readonly tracker?: ResourceTracker
  /** What diagnostics, backtraces and dumps call it. */
  readonly name?: string
  /**
   * Links a function when it is first called, by whichever thread, which waits meanwhile. Sources are compiled at once: the
   * names and signatures of the functions are known from the object. Its data, and an object with constructors, are linked when
   * they are looked up, or initialized.
   */
  readonly lazy?: boolean
  readonly signal?: AbortSignal
}

export interface SourceOptions extends AddOptions {
  readonly flags?: readonly string[]
}

export interface LookupOptions {
  readonly dylib?: JITDylib
  /** What the caller will call it as; SignatureMismatch where the code says otherwise. Machine code built without -g says nothing. */
  readonly signature?: Signature
  /**
   * False: also links what a lazy function stands for, now, so that its first call in this thread waits for nothing. In the
   * thread of an inline session, which cannot wait, that call throws WouldDeadlock otherwise.
   */
  readonly lazy?: boolean
  readonly signal?: AbortSignal
}

/** The role LLJIT has in ORC: what each face has, whichever process the session is in. */
export abstract class JITBase {
  readonly session: ExecutionSession
  /** The dylib that is meant where none is named; linked against the C library. */
  readonly main: JITDylib
  /** The doors of Worc's own layers, for whoever writes a MaterializationUnit: they take the responsibility over and finish it. */
  readonly compile: { emit(responsibility: MaterializationResponsibility, source: Source): Promise<void> }
  readonly objects: { emit(responsibility: MaterializationResponsibility, bytes: Uint8Array): Promise<void> }
  /** What its code runs on. */
  readonly target: TargetName
  readonly #client: SessionClient
  #units = 0

  protected constructor(client: SessionClient, main: JITDylib, target: TargetName) {
    this.#client = client
    this.target = target
    this.session = client.session
    this.main = main
    this.compile = { emit: (responsibility, source) => this.#emit(responsibility, sourceOf(source)) }
    this.objects = {
      emit: (responsibility, bytes) =>
        this.#emit(responsibility, {
          source: { kind: 'object', payload: { attachment: 0, offsetBytes: 0, sizeBytes: bytes.byteLength } },
          attachments: [sharedCopy(bytes)],
        }),
    }
  }

  /** Runs what is pending in the dylib and in what it links against, dependencies first, by priority, once. */
  abstract initialize(dylib: JITDylib): Promise<void>
  /** Runs atexit handlers and destructors, last registered first, and flushes the C library's streams. Nothing else runs them. */
  abstract deinitialize(dylib: JITDylib): Promise<void>
  /** Runs main in an executor of its own; resolves with its exit code. Aborting the signal ends even an endless loop. */
  abstract run(options?: RunOptions): Promise<number>
  abstract stats(): Promise<JITStats>

  /** Compiles, now, and defines what the source defines; it is linked when it is looked up. CompileFailed has the diagnostics. */
  addC(source: string | Uint8Array, options: SourceOptions = {}): Promise<void> {
    return this.#addSource('c', source, options)
  }

  /** The same of C++, without exceptions. */
  addCxx(source: string | Uint8Array, options: SourceOptions = {}): Promise<void> {
    return this.#addSource('c++', source, options)
  }

  /** A relocatable wasm object. Rejects with BadObject, or DuplicateDefinition. */
  async addObject(bytes: Uint8Array, options: AddOptions = {}): Promise<void> {
    const number = this.#unitNumber()
    const unit = objectUnit(options.name ?? `unit-${number}.o`, bytes, {
      target: this.target,
      lazy: options.lazy,
      number,
    })
    await this.dylibOf(options).define(unit, options.tracker)
  }

  /**
   * A definition generator: members are linked when somebody needs them, and go under the tracker given. Several archives are
   * searched as one, in order. Rejects with BadObject where one is no archive; a member that is no object defines nothing.
   */
  async addArchive(bytes: Uint8Array | readonly Uint8Array[], options: AddOptions = {}): Promise<void> {
    const generator = archiveGenerator(bytes)
    await registerGenerator(this.#client, this.dylibOf(options), generator, options.tracker)
  }

  /**
   * Links the C and C++ libraries into the dylib, as a static linker does: it shares no heap, streams or handlers with other
   * dylibs, its own definitions replace the library's, and all of it goes with the dylib. To be called last, and for a bare
   * dylib: others find a C library that they share at the end of their link order.
   */
  async addCLibrary(options: Pick<AddOptions, 'dylib' | 'tracker'> = {}): Promise<void> {
    await addCLibrary(this.#client, this.dylibOf(options), options.tracker)
  }

  async lookupData(
    name: SymbolName,
    options: Omit<LookupOptions, 'signature' | 'lazy'> = {},
  ): Promise<ExecutorSymbolDef> {
    const dylib = this.dylibOf(options)
    const signal = options.signal === undefined ? {} : { signal: options.signal }
    const [[found]] = await Promise.all([
      this.#client.request(lookupMessage(dylib.id, name), signal),
      this.initialize(dylib),
    ])
    if (found === undefined) throw notFound(dylib, name)
    return { address: found.address, flags: decodeFlags(found.flags) }
  }

  async #addSource(language: 'c' | 'c++', text: string | Uint8Array, options: SourceOptions): Promise<void> {
    const number = this.#unitNumber()
    const name = options.name ?? `unit-${number}.${language === 'c' ? 'c' : 'cc'}`
    const sourceBytes = sharedCopy(typeof text === 'string' ? new TextEncoder().encode(text) : text)
    const job = {
      language,
      name,
      payload: { attachment: 0, offsetBytes: 0, sizeBytes: sourceBytes.byteLength },
      flags: options.flags ?? [],
      directory: process.cwd(),
    } as const
    const signal = options.signal === undefined ? {} : { signal: options.signal }
    const { value, attachments } = await this.#client.requestWithAttachments(
      { type: 'compile', ...job },
      { attachments: [sourceBytes], ...signal },
    )
    const [bytes] = attachments
    if (bytes === undefined) throw new Error(`${name}: an object without bytes`)
    const unit = compiledUnit(name, value, bytes, { lazy: options.lazy, number })
    await this.dylibOf(options).define(unit, options.tracker)
  }

  async #emit(
    responsibility: MaterializationResponsibility,
    { source, attachments }: ReturnType<typeof sourceOf>,
  ): Promise<void> {
    const proxy = proxyOf(this.#client, responsibility)
    proxy.finish()
    await this.#client.request({ type: 'emit', responsibility: proxy.id, source }, { attachments })
  }

  /** WrongOwner where it is another session's. */
  protected dylibOf({ dylib = this.main }: { readonly dylib?: JITDylib }): JITDylib {
    dylibIdIn(this.session, dylib)
    return dylib
  }

  /** No other unit of the session has it. */
  #unitNumber(): string {
    this.#units += 1
    return clientScopedId(this.#client.client, this.#units).toString(36)
  }
}

export function notFound(dylib: JITDylib, name: SymbolName): JITError {
  return new JITError(
    symbolError('SymbolsNotFound', `symbols not found: ${name} in ${dylib.name}`, [[dylib.name, [name]]]),
  )
}
