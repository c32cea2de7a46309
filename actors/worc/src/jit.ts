// The face: what a thread has of a session. It introduces the actors to each other (the role LLJIT has in ORC) and keeps
// nothing of its own: symbols are the session's, code the link actors', instances this thread's executor's.
import type { MessagePort } from 'node:worker_threads'
import { MessageChannel } from 'node:worker_threads'
import type { JITErrorCode } from '@worc/protocol'
import { JITError, clientScopedId, errorData, signatureCode, symbolError } from '@worc/protocol'
import type { JITFunction, Signature } from '@worc/executor'
import { addCLibrary } from './c-library.js'
import { archiveGenerator, registerGenerator, sharedCopy } from './definition-generator.js'
import type { ExecutionSession } from './execution-session.js'
import type { InFlightAllocation } from './executor-allocation.js'
import { allocate } from './executor-allocation.js'
import type { House } from './house.js'
import { startHouse } from './house.js'
import type { JITDylib } from './jit-dylib.js'
import { dylibIdIn } from './jit-dylib.js'
import type { JITOptions } from './jit-options.js'
import type { JITStats } from './jit-stats.js'
import { gatherStats } from './jit-stats.js'
import type { MaterializationResponsibility } from './materialization-unit.js'
import { objectUnit, sourceOf } from './object-unit.js'
import type { Source } from './object-unit.js'
import type { ResourceTracker } from './resource-tracker.js'
import { proxyOf } from './responsibility-proxy.js'
import type { RunOptions } from './run-main.js'
import { runMain } from './run-main.js'
import type { ExecutorSymbolDef, SymbolName } from './symbol-records.js'
import { decodeFlags } from './symbol-records.js'
import { Thread, lookupMessage } from './thread.js'

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

/**
 * The thread that started the session starts its dead actors anew, and cannot while it waits: a sync ask that needs one must
 * not wait for ever.
 */
const keeperLimitMs = 60_000

export class JIT implements AsyncDisposable {
  readonly session: ExecutionSession
  /** The dylib that is meant where none is named; linked against the C library. */
  readonly main: JITDylib
  /** Guest memory. Read `.buffer` anew after each call that may grow it. */
  readonly memory: WebAssembly.Memory
  /** The doors of Worc's own layers, for whoever writes a MaterializationUnit: they take the responsibility over and finish it. */
  readonly compile: { emit(responsibility: MaterializationResponsibility, source: Source): Promise<void> }
  readonly objects: { emit(responsibility: MaterializationResponsibility, bytes: Uint8Array): Promise<void> }
  readonly executorMemory: {
    allocate(
      sizeBytes: number,
      options?: { readonly alignment?: number; readonly executable?: boolean },
    ): Promise<InFlightAllocation>
  }
  readonly #thread: Thread
  readonly #house: House | undefined
  #units = 0
  #disposed: Promise<void> | undefined

  private constructor(thread: Thread, house: House | undefined) {
    this.#thread = thread
    this.#house = house
    if (house !== undefined) thread.client.syncLimitMs = keeperLimitMs
    this.session = thread.client.session
    this.main = thread.main
    this.memory = thread.memory
    this.compile = { emit: (responsibility, source) => this.#emit(responsibility, sourceOf(source)) }
    this.objects = {
      emit: (responsibility, bytes) =>
        this.#emit(responsibility, {
          source: { kind: 'object', payload: { attachment: 0, offsetBytes: 0, sizeBytes: bytes.byteLength } },
          attachments: [sharedCopy(bytes)],
        }),
    }
    this.executorMemory = {
      allocate: (sizeBytes, options) => allocate(thread.client, thread.memory, sizeBytes, options),
    }
  }

  /** Starts a session with its actors. Rejects with Unsupported or BadArgument for options that cannot be had. */
  static async start(options: JITOptions = {}): Promise<JIT> {
    const house = await startHouse(options)
    try {
      return new JIT(await Thread.join(house.clientPort()), house)
    } catch (thrown) {
      await house.close()
      throw thrown
    }
  }

  /** Makes this thread a client and an executor of the session behind the port. */
  static async attach(port: MessagePort): Promise<JIT> {
    return new JIT(await Thread.join(port), undefined)
  }

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
      target: this.#thread.target,
      lazy: options.lazy,
      number,
    })
    await this.#dylibOf(options).define(unit, options.tracker)
  }

  /**
   * A definition generator: members are linked when somebody needs them, and go under the tracker given. Several archives are
   * searched as one, in order. Rejects with BadObject where one is no archive; a member that is no object defines nothing.
   */
  async addArchive(bytes: Uint8Array | readonly Uint8Array[], options: AddOptions = {}): Promise<void> {
    const generator = archiveGenerator(bytes)
    await registerGenerator(this.#thread.client, this.#dylibOf(options), generator, options.tracker)
  }

  /**
   * Links the C and C++ libraries into the dylib, as a static linker does: it shares no heap, streams or handlers with other
   * dylibs, its own definitions replace the library's, and all of it goes with the dylib. To be called last, and for a bare
   * dylib: others find a C library that they share at the end of their link order.
   */
  async addCLibrary(options: Pick<AddOptions, 'dylib' | 'tracker'> = {}): Promise<void> {
    await addCLibrary(this.#thread.client, this.#dylibOf(options), options.tracker)
  }

  /** Compiles and links what is needed, runs the dylib's pending initializers, and gives this thread's handle of the function. */
  async lookup(name: SymbolName, options: LookupOptions = {}): Promise<JITFunction> {
    const dylib = this.#dylibOf(options)
    const signal = options.signal === undefined ? {} : { signal: options.signal }
    const [found] = await Promise.all([
      this.#thread.client.request(lookupMessage(dylib.id, name), signal),
      this.initialize(dylib),
      // What is called may be lazy, and have this thread wait for a compiler.
      this.#house?.started,
    ])
    const address = found[0]?.address
    if (options.lazy === false && address !== undefined) await this.#thread.prepare(address, name)
    return this.#handle(dylib, name, address, options.signature)
  }

  /**
   * For worker threads: waits in Atomics.wait, serving what the session asks of this thread. In the thread that started the
   * session no longer than a minute: Timeout then.
   */
  lookupSync(name: SymbolName, options: Omit<LookupOptions, 'signal' | 'lazy'> = {}): JITFunction {
    const dylib = this.#dylibOf(options)
    const found = this.#thread.client.requestSync(lookupMessage(dylib.id, name))
    this.#thread.runInitializers(this.#thread.client.requestSync({ type: 'beginInitialize', dylib: dylib.id }))
    return this.#handle(dylib, name, found[0]?.address, options.signature)
  }

  async lookupData(
    name: SymbolName,
    options: Omit<LookupOptions, 'signature' | 'lazy'> = {},
  ): Promise<ExecutorSymbolDef> {
    const dylib = this.#dylibOf(options)
    const signal = options.signal === undefined ? {} : { signal: options.signal }
    const [[found]] = await Promise.all([
      this.#thread.client.request(lookupMessage(dylib.id, name), signal),
      this.initialize(dylib),
    ])
    if (found === undefined) throw notFound(dylib, name)
    return { address: found.address, flags: decodeFlags(found.flags) }
  }

  /** Runs what is pending in the dylib and in what it links against, dependencies first, by priority, once. */
  async initialize(dylib: JITDylib): Promise<void> {
    const begin = { type: 'beginInitialize', dylib: dylibIdIn(this.session, dylib) } as const
    this.#thread.runInitializers(await this.#thread.client.request(begin))
  }

  /** Runs atexit handlers and destructors, last registered first, and flushes the C library's streams. Nothing else runs them. */
  async deinitialize(dylib: JITDylib): Promise<void> {
    const finish = await this.#thread.runtimeFunction(dylib, '__wasm_call_dtors')
    finish?.()
  }

  /** Runs main in an executor of its own; resolves with its exit code. Aborting the signal ends even an endless loop. */
  async run(options: RunOptions = {}): Promise<number> {
    const dylib = this.#dylibOf(options)
    // Linking begins while main's thread starts; what is wrong, that thread will hear.
    this.#thread.program(dylib).catch(() => undefined)
    return runMain(this.port(), dylib, options)
  }

  /** One end of a new channel, to be transferred to another thread, which attaches to it. */
  port(): MessagePort {
    const { port1, port2 } = new MessageChannel()
    this.#thread.client.introduceClient(port2)
    return port1
  }

  /** "This thread is outside JIT'd code and may block": it counts as quiescent until its next call, which catches up first. */
  park(): void {
    this.#thread.executor.park()
  }

  stats(): Promise<JITStats> {
    return gatherStats(this.#thread.client)
  }

  /** In the starting thread: ends the session. In an attached thread: detaches. */
  [Symbol.asyncDispose](): Promise<void> {
    this.#disposed ??= this.#dispose()
    return this.#disposed
  }

  async #dispose(): Promise<void> {
    if (this.#house === undefined) return this.#thread.leave()
    try {
      await this.session.endSession()
    } catch (thrown) {
      if (codeOf(thrown) !== 'SessionClosed') this.session.report(errorData(thrown))
    }
    this.#thread.leave()
    await this.#house.close()
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
    const { value, attachments } = await this.#thread.client.requestWithAttachments(
      { type: 'compile', ...job },
      { attachments: [sourceBytes], ...signal },
    )
    const bytes = new Uint8Array(attachments[0] as SharedArrayBuffer)
    const unit = objectUnit(name, bytes, {
      target: this.#thread.target,
      contents: value,
      lazy: options.lazy,
      number,
    })
    await this.#dylibOf(options).define(unit, options.tracker)
  }

  async #emit(
    responsibility: MaterializationResponsibility,
    { source, attachments }: ReturnType<typeof sourceOf>,
  ): Promise<void> {
    const proxy = proxyOf(this.#thread.client, responsibility)
    proxy.finish()
    await this.#thread.client.request({ type: 'emit', responsibility: proxy.id, source }, { attachments })
  }

  #handle(
    dylib: JITDylib,
    name: SymbolName,
    address: number | undefined,
    signature: Signature | undefined,
  ): JITFunction {
    if (address === undefined) throw notFound(dylib, name)
    this.#thread.executor.catchUp()
    if (!this.#thread.executor.isFunction(address)) {
      throw new JITError(
        symbolError('NotAFunction', `"${name}" in ${dylib.name} is data at ${address}, not a function`, [
          [dylib.name, [name]],
        ]),
      )
    }
    const code = signature === undefined ? undefined : signatureCode(signature.parameters, signature.results)
    return this.#thread.executor.handle(address, name, code)
  }

  #dylibOf({ dylib = this.main }: { readonly dylib?: JITDylib }): JITDylib {
    dylibIdIn(this.session, dylib)
    return dylib
  }

  /** No other unit of the session has it. */
  #unitNumber(): string {
    this.#units += 1
    return clientScopedId(this.#thread.client.client, this.#units).toString(36)
  }
}

function notFound(dylib: JITDylib, name: SymbolName): JITError {
  return new JITError(
    symbolError('SymbolsNotFound', `symbols not found: ${name} in ${dylib.name}`, [[dylib.name, [name]]]),
  )
}

function codeOf(thrown: unknown): JITErrorCode | undefined {
  return thrown instanceof JITError ? thrown.code : undefined
}

export function attach(port: MessagePort): Promise<JIT> {
  return JIT.attach(port)
}
