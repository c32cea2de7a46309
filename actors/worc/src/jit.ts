// The face in a thread of the session's own process: functions are local and synchronous. It keeps nothing of its own: symbols
// are the session's, code the link actors', instances this thread's executor's.
import type { MessagePort } from 'node:worker_threads'
import { MessageChannel } from 'node:worker_threads'
import type { JITErrorCode } from '@worc/protocol'
import { JITError, errorData, plainError, signatureCode, symbolError } from '@worc/protocol'
import type { JITFunction, Signature } from '@worc/executor'
import type { InFlightAllocation } from './executor-allocation.js'
import { allocate } from './executor-allocation.js'
import type { House } from './house.js'
import { startHouse } from './house.js'
import type { LookupOptions } from './jit-base.js'
import { JITBase, notFound } from './jit-base.js'
import type { JITDylib } from './jit-dylib.js'
import { dylibIdIn } from './jit-dylib.js'
import type { JITOptions } from './jit-options.js'
import type { JITStats } from '@worc/protocol'
import { gatherStats } from './jit-stats.js'
import type { ListenOptions, Listening } from './listen.js'
import { listenIn } from './listen.js'
import type { RunOptions } from './run-main.js'
import { runMain } from './run-main.js'
import type { SymbolName } from './symbol-records.js'
import { Thread, lookupMessage } from './thread.js'

/**
 * The thread that started the session starts its dead actors anew, and cannot while it waits: a sync ask that needs one must
 * not wait for ever.
 */
const keeperLimitMs = 60_000

export class JIT extends JITBase implements AsyncDisposable {
  /** Guest memory. Read `.buffer` anew after each call that may grow it. */
  readonly memory: WebAssembly.Memory
  readonly executorMemory: {
    allocate(
      sizeBytes: number,
      options?: { readonly alignment?: number; readonly executable?: boolean },
    ): Promise<InFlightAllocation>
  }
  readonly #thread: Thread
  readonly #house: House | undefined
  readonly #listening = new Set<Listening>()
  #disposed: Promise<void> | undefined

  private constructor(thread: Thread, house: House | undefined) {
    super(thread.client, thread.main, thread.target)
    this.#thread = thread
    this.#house = house
    if (house !== undefined) thread.client.syncLimitMs = keeperLimitMs
    this.memory = thread.memory
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

  /** Compiles and links what is needed, runs the dylib's pending initializers, and gives this thread's handle of the function. */
  async lookup(name: SymbolName, options: LookupOptions = {}): Promise<JITFunction> {
    const dylib = this.dylibOf(options)
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
    const dylib = this.dylibOf(options)
    const found = this.#thread.client.requestSync(lookupMessage(dylib.id, name))
    this.#thread.runInitializers(this.#thread.client.requestSync({ type: 'beginInitialize', dylib: dylib.id }))
    return this.#handle(dylib, name, found[0]?.address, options.signature)
  }

  async initialize(dylib: JITDylib): Promise<void> {
    const begin = { type: 'beginInitialize', dylib: dylibIdIn(this.session, dylib) } as const
    this.#thread.runInitializers(await this.#thread.client.request(begin))
  }

  async deinitialize(dylib: JITDylib): Promise<void> {
    await this.#thread.finalize(dylib)
  }

  async run(options: RunOptions = {}): Promise<number> {
    const dylib = this.dylibOf(options)
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

  /** Lets other processes in: they are clients of this session until the listener, or the session, ends. In the starting thread only. */
  async listen(options: ListenOptions = {}): Promise<Listening> {
    if (this.#house === undefined)
      throw new JITError(plainError('Unsupported', 'listen: only the thread that started the session lets others in'))
    const listening = await listenIn(this.#house, options)
    this.#listening.add(listening)
    return listening
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
    await Promise.all([...this.#listening].map((listening) => listening.close()))
    try {
      await this.session.endSession()
    } catch (thrown) {
      if (codeOf(thrown) !== 'SessionClosed') this.session.report(errorData(thrown))
    }
    this.#thread.leave()
    await this.#house.close()
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
}

function codeOf(thrown: unknown): JITErrorCode | undefined {
  return thrown instanceof JITError ? thrown.code : undefined
}

export function attach(port: MessagePort): Promise<JIT> {
  return JIT.attach(port)
}
