// One thread of a service as the session knows it: a client, and an executor of what is linked.
import type { MessagePort } from 'node:worker_threads'
import type {
  ExecutorAddr,
  HouseReplies,
  InitializerRun,
  JITDylibId,
  JITErrorCode,
  JITErrorData,
  LookupDefinition,
  SessionRequest,
  SignatureCode,
  TargetName,
} from '@worc/protocol'
import { JITError, errorData, plainError } from '@worc/protocol'
import type { ExecutorBuffers, JITFunction, Surroundings } from '@worc/executor'
import { Executor, fdWriter } from '@worc/executor'
import { collectPolicy } from './forced-collection.js'
import { insideGenerator } from './generation.js'
import type { JITDylib } from './jit-dylib.js'
import { SessionClient } from './session-client.js'

interface ThreadOptions {
  /** What programs in the thread have of the world. Default: this process's environment and streams, and no files. */
  readonly surroundings?: Surroundings
  /** Told each instruction before it is executed, where code is machine code. */
  readonly trace?: (line: string) => void
  /** One of the house's own workers: its heap may be collected when the house likes. */
  readonly ownWorker?: boolean
}

/** A program of a dylib, linked, but not initialized. */
export interface Program {
  readonly main: JITFunction
  /** It begins as a process does: its arguments are on its stack, and what ends it is its own. */
  readonly isProcess: boolean
  /** What the C library does at its end. */
  readonly finish: JITFunction | undefined
}

const threads = new Map<string, Thread>()

export class Thread {
  readonly client: SessionClient
  readonly main: JITDylib
  readonly executor: Executor
  readonly target: TargetName

  private constructor(client: SessionClient, main: JITDylib, executor: Executor, target: TargetName) {
    this.client = client
    this.target = target
    this.main = main
    this.executor = executor
    threads.set(client.sessionName, this)
  }

  /** This thread's part in a session, if it has one. */
  static of(sessionName: string): Thread | undefined {
    return threads.get(sessionName)
  }

  static async join(port: MessagePort, options: ThreadOptions = {}): Promise<Thread> {
    const { client, welcome } = await SessionClient.join(port)
    try {
      const { value, attachments } = await client.requestWithAttachments({ type: 'attachExecutor' })
      const [buffers, ...links] = attachments as readonly [ExecutorBuffers, ...MessagePort[]]
      const executor = await Executor.attach({
        executor: value.executor,
        buffers,
        session: client.sessionName,
        links: links.slice(0, value.linkers),
        surroundings: options.surroundings ?? ofThisProcess(),
        ...(options.trace === undefined ? {} : { trace: options.trace }),
        collect: collectPolicy(welcome.config.collect, options.ownWorker ?? false),
        closureOf: (unit, name) => client.closureOf(unit, name),
        lookupBody: (stub, dylib, symbol) => thread.#lookupBody(stub, dylib, symbol),
      })
      client.onPublished = () => executor.catchUp()
      client.onLinkerReplaced = (link) => executor.addLinker(link as MessagePort)
      const thread = new Thread(client, client.dylib(mainOf(welcome), 'main'), executor, buffers.target)
      return thread
    } catch (thrown) {
      client.close({ code: 'Aborted', message: 'the thread could not attach' })
      throw thrown
    }
  }

  get memory(): WebAssembly.Memory {
    return this.executor.memory
  }

  /** Runs what the session handed out and tells it how that went. An initializer's error is thrown here. */
  runInitializers({ run, functions }: InitializerRun): void {
    if (run === 0) return
    this.executor.catchUp()
    try {
      for (const address of functions) this.executor.callPlain(address)
    } catch (thrown) {
      this.client.tell({ type: 'endInitialize', run, error: errorData(thrown) })
      throw thrown
    }
    this.client.tell({ type: 'endInitialize', run, error: null })
  }

  /** At the first call of a lazy function: the thread waits in the midst of the call, serving what the session asks of it. */
  #lookupBody(stub: string, dylib: JITDylibId, symbol: string): ExecutorAddr {
    try {
      const found = this.client.requestSync(lookupMessage(dylib, symbol))
      this.runInitializers(this.client.requestSync({ type: 'beginInitialize', dylib }))
      return this.#bodyAddress(found, stub)
    } catch (thrown) {
      if (!(thrown instanceof JITError) || thrown.code !== 'WouldDeadlock') throw thrown
      const message = `the first call of "${stub}" in this thread has to wait: await lookup("${stub}", { lazy: false }) before`
      throw new JITError(plainError('WouldDeadlock', message, thrown.data))
    }
  }

  /** The same ahead of the call, so that it waits for nothing in this thread. */
  async prepare(address: ExecutorAddr, name: string): Promise<void> {
    this.executor.catchUp()
    for (let stub = this.executor.unresolved(address); stub !== undefined; stub = this.executor.unresolved(address)) {
      const { dylib, symbol } = stub
      const [found, run] = await Promise.all([
        this.client.request(lookupMessage(dylib, symbol)),
        this.client.request({ type: 'beginInitialize', dylib }),
      ])
      this.runInitializers(run)
      this.executor.catchUp()
      stub.resolve(this.#bodyAddress(found, name))
    }
  }

  #bodyAddress([found]: readonly LookupDefinition[], stub: string): ExecutorAddr {
    if (found !== undefined && this.executor.isFunction(found.address)) return found.address
    const message = `lazy function "${stub}" stands for ${found === undefined ? 'nothing' : `"${found.name}", which is data`}`
    throw new JITError(plainError('BadArgument', message))
  }

  /** SymbolsNotFound names main where there is none. */
  async program(dylib: JITDylib): Promise<Program> {
    const { mains, processEntry, finish } = this.executor.program
    const entry = await this.#entryOf(dylib, [...mains, ...(processEntry === undefined ? [] : [processEntry])])
    const isProcess = entry === processEntry
    const [found, finishing] = await Promise.all([
      this.client.session.lookup({ searchOrder: [{ dylib, match: 'all' }], symbols: [entry] }),
      isProcess ? undefined : this.runtimeFunction(dylib, finish.name, finish.signature),
    ])
    this.executor.catchUp()
    const address = found.get(entry)?.address ?? 0
    const signature = this.executor.program.mainSignature(address)
    return { main: this.executor.handle(address, isProcess ? entry : 'main', signature), isProcess, finish: finishing }
  }

  async #entryOf(dylib: JITDylib, names: readonly string[]): Promise<string> {
    const flags = await this.client.session.lookupFlags({
      searchOrder: [{ dylib, match: 'all' }],
      symbols: names.map((name) => ({ name, required: false })),
    })
    const entry = names.find((name) => flags.has(name))
    if (entry !== undefined) return entry
    const message = `symbols not found: main in ${dylib.name}`
    throw new JITError({ code: 'SymbolsNotFound', message, symbols: [[dylib.name, ['main']]] })
  }

  /**
   * Has the C library call, when the program ends and before streams are closed, what units want called then. What it cannot
   * be told of is given back, in order.
   */
  async registerFinalizers(dylib: JITDylib): Promise<readonly ExecutorAddr[]> {
    const { atEnd } = this.executor.program
    const finalizers = this.executor.takeFinalizers(dylib.name)
    if (atEnd === undefined || finalizers.length === 0) return finalizers
    const register = await this.runtimeFunction(dylib, atEnd.name, atEnd.signature)
    if (register === undefined) return finalizers
    for (const address of finalizers.toReversed()) register(address)
    return []
  }

  callFinalizers(finalizers: readonly ExecutorAddr[]): void {
    for (const address of finalizers) this.executor.callPlain(address)
  }

  /** Calls what was registered to be called at the end, last first, then what units want called then. Each once. */
  async finalize(dylib: JITDylib): Promise<void> {
    const { name, signature } = this.executor.program.runRegistered
    const registered = await this.runtimeFunction(dylib, name, signature)
    registered?.(...registered.signature.parameters.map(() => 0))
    this.callFinalizers(this.executor.takeFinalizers(dylib.name))
  }

  /** A function of the C library, pulled in if need be; undefined where the dylib is not linked against one, or not all of it is there. */
  async runtimeFunction(dylib: JITDylib, name: string, signature?: SignatureCode): Promise<JITFunction | undefined> {
    const order = await dylib.linkOrder()
    try {
      const found = await this.client.session.lookup({
        searchOrder: order.map((entry) => ({ dylib: entry.dylib, match: 'all' as const })),
        symbols: [name],
      })
      this.executor.catchUp()
      return this.executor.handle(found.get(name)?.address ?? 0, name, signature)
    } catch (thrown) {
      if (thrown instanceof JITError && rootCode(thrown.data) === 'SymbolsNotFound') return undefined
      throw thrown
    }
  }

  /** argv or an environment in guest memory: pointers, a null pointer, then the strings. Lives as long as the thread's stack. */
  writeArguments(args: readonly string[]): number {
    return this.executor.writeArguments(args)
  }

  /** What a process finds at its stack pointer. Lives as long as the thread's stack. */
  writeProcessStack(args: readonly string[], environment: readonly string[]): void {
    this.executor.writeProcessStack(args, environment)
  }

  /** The thread is no client and no executor any more; the session goes on. */
  leave(): void {
    this.executor.leave()
    if (threads.get(this.client.sessionName) === this) threads.delete(this.client.sessionName)
    this.client.close({ code: 'SessionClosed', message: 'this thread has left the session' })
  }
}

/** A function or variable of one dylib, ready to be used. */
export function lookupMessage(dylib: JITDylibId, name: string): Extract<SessionRequest, { type: 'lookup' }> {
  return {
    type: 'lookup',
    kind: 'static',
    searchOrder: [[dylib, 'all']],
    symbols: [[name, true]],
    requiredState: 'ready',
    silent: true,
    ...insideGenerator(),
  }
}

function rootCode(error: JITErrorData): JITErrorCode {
  return error.cause === undefined ? error.code : rootCode(error.cause)
}

function mainOf({ main }: HouseReplies['join']): JITDylibId {
  if (main === null) throw new Error('a client joins before the house is furnished')
  return main
}

function ofThisProcess(): Surroundings {
  return {
    args: [],
    env: process.env as Readonly<Record<string, string>>,
    stdin: { type: 'host', fd: 0 },
    stdout: fdWriter(1),
    stderr: fdWriter(2),
    preopens: new Map(),
    terminals: [],
  }
}
