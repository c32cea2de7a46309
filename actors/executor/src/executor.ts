// A thread's executor with its ports: the actor, run by this thread's event loop, and the synchronous ways in that calls from
// JIT'd code and from the face need.
import type { MessagePort } from 'node:worker_threads'
import { threadId } from 'node:worker_threads'
import type {
  ExecutorAddr,
  ExecutorId,
  ExecutorReplies,
  ExecutorRequest,
  LinkedUnitId,
  PeerId,
  SignatureCode,
  TrapFrame,
} from '@worc/protocol'
import { JITError, plainError } from '@worc/protocol'
import { EpochTable } from '@worc/executor-memory'
import type { ExecutorIndex } from '@worc/executor-memory'
import { ActorHost, PortChannel } from '@worc/mailbox'
import type { CodeFrame } from './code-frame.js'
import type { ExecutorBuffers, Surroundings } from './code-of-target.js'
import { codeOfTarget } from './code-of-target.js'
import type { CollectPolicy } from './collector.js'
import { Collector } from './collector.js'
import { ExecutorActor } from './executor-actor.js'
import type { HostFunctionSite } from './host-functions.js'
import { importFunction } from './import-function.js'
import type { LookupBody } from './installed-units.js'
import type { JITFunction } from './jit-function.js'
import { writeArguments, writeProcessStack } from './process-stack.js'
import type { StackPlace } from './process-stack.js'
import type { WriteTrace } from './riscv/trace.js'
import type { ProgramConvention, ThreadCode, UnresolvedStub } from './thread-code.js'
import { bufferReaching } from './reaching-buffer.js'

export interface AttachOptions {
  readonly executor: ExecutorId
  readonly buffers: ExecutorBuffers
  readonly links: readonly MessagePort[]
  readonly surroundings: Surroundings
  /** Told each instruction before it is executed, where code is machine code. */
  readonly trace?: WriteTrace
  /** Name of the session, which handles carry. */
  readonly session: string
  readonly collect: CollectPolicy
  readonly closureOf: HostFunctionSite['closureOf']
  readonly lookupBody: LookupBody
}

/** A backtrace waits no longer than this for the names of files and lines. */
const symbolizeTimeoutMs = 500

export class Executor {
  readonly memory: WebAssembly.Memory
  readonly #actor: ExecutorActor
  readonly #host: ActorHost
  readonly #linkers: PeerId[] = []
  readonly #epochs: EpochTable
  readonly #index: ExecutorIndex

  private constructor({
    executor,
    buffers,
    surroundings,
    trace,
    collect,
    session,
    closureOf,
    lookupBody,
  }: AttachOptions) {
    this.memory = buffers.memory
    this.#epochs = new EpochTable(buffers.epochs)
    this.#index = executor as number as ExecutorIndex
    this.#actor = new ExecutorActor({
      index: this.#index,
      memory: buffers.memory,
      epochs: this.#epochs,
      collector: new Collector(collect),
      createCode: (place, site) =>
        codeOfTarget(place, site, {
          index: this.#index,
          buffers,
          session,
          surroundings,
          trace,
          hostFunctions: { threadId, closureOf, importFunction },
          lookupBody,
          askLinker: (message) => this.#ask(message),
          symbolize: (frames, code) => this.#symbolize(frames, code),
        }),
      publishedWord: buffers.publishedWord,
      drain: () => {
        for (const peer of this.#linkers) this.#host.drain(peer)
      },
      atDepthZero: (run) => void setImmediate(run),
    })
    this.#host = new ActorHost(this.#actor, {
      name: `executor ${executor}`,
      onCrash: (error) => {
        throw new JITError(error)
      },
    })
  }

  /** Resolves when this thread has its stack and all that is installed. Rejects with ActorDied where the link actor is gone before. */
  static async attach(options: AttachOptions): Promise<Executor> {
    const executor = new Executor(options)
    for (const link of options.links) executor.addLinker(link)
    // Ports that nobody asks anything on keep no process alive.
    const keepAlive = setInterval(() => undefined, 0x7fff_ffff)
    try {
      await executor.#actor.ready
    } finally {
      clearInterval(keepAlive)
    }
    executor.catchUp()
    return executor
  }

  addLinker(port: MessagePort): void {
    this.#linkers.push(this.#host.connect(new PortChannel(port, { peer: 'the link actor' })))
  }

  /** Applies everything that was published before this call. */
  catchUp(): void {
    this.#actor.catchUp()
  }

  get program(): ProgramConvention {
    return this.#actor.units.program
  }

  isFunction(address: ExecutorAddr): boolean {
    return this.#actor.units.isFunction(address)
  }

  /** Tells code from whatever lies at its address later; undefined where no unit of this thread's is there. */
  unitAt(address: ExecutorAddr): LinkedUnitId | undefined {
    return this.#actor.units.unitAt(address)
  }

  handle(address: ExecutorAddr, symbol: string, signature?: SignatureCode): JITFunction {
    return this.#actor.units.handle(address, symbol, signature)
  }

  /** What a call of this function would look up first, in this thread. */
  unresolved(address: ExecutorAddr): UnresolvedStub | undefined {
    return this.#actor.units.unresolved(address)
  }

  callPlain(address: ExecutorAddr): void {
    this.#actor.unpark()
    this.#actor.units.callPlain(address)
  }

  takeFinalizers(dylib: string): readonly ExecutorAddr[] {
    return this.#actor.units.takeFinalizers(dylib)
  }

  park(): void {
    this.#actor.park()
  }

  /** Room at the top of this thread's stack, taken for good: its address. Only where no JIT'd code runs in the thread. */
  takeStack(sizeBytes: number): ExecutorAddr {
    return this.#actor.units.takeStack(sizeBytes)
  }

  /** argv in guest memory, on the thread's stack: pointers, a null pointer, then the strings. Stays for the thread's life. */
  writeArguments(args: readonly string[]): ExecutorAddr {
    return writeArguments(this.#place, args)
  }

  /** What a process finds at its stack pointer. Stays for the thread's life. */
  writeProcessStack(args: readonly string[], environment: readonly string[]): void {
    writeProcessStack(this.#place, args, environment)
  }

  /** Holds nothing back any more; its handles throw from now on. */
  leave(): void {
    this.#actor.close()
    this.#host.close(plainError('SessionClosed', 'the executor has left the session'))
  }

  get #place(): StackPlace {
    const { units } = this.#actor
    return {
      pointerBytes: units.pointerBytes,
      take: (sizeBytes) => {
        const address = units.takeStack(sizeBytes)
        return { address, bytes: new Uint8Array(bufferReaching(this.memory, address + sizeBytes), address, sizeBytes) }
      },
    }
  }

  #ask<T extends ExecutorRequest>(message: T, timeoutMs?: number): ExecutorReplies[T['type']] {
    const [linker] = this.#linkers.slice(-1)
    if (linker === undefined) throw new JITError(plainError('ActorDied', 'this thread has no link actor'))
    return this.#host.askSync(linker, message, timeoutMs === undefined ? {} : { timeoutMs })
      .value as ExecutorReplies[T['type']]
  }

  #symbolize(frames: readonly CodeFrame[], code: ThreadCode): readonly TrapFrame[] {
    const ours = frames.filter(({ unit }) => code.factsOf(unit) !== undefined)
    if (ours.length === 0) return []
    try {
      const request = ours.map(({ unit, functionIndex, moduleOffset }) => ({
        unit: unit as never,
        functionIndex,
        moduleOffset,
      }))
      const named = this.#ask({ type: 'symbolize', frames: request }, symbolizeTimeoutMs)
      return named.map(({ symbol, file, line }) => ({
        symbol,
        ...(file === null ? {} : { file }),
        ...(line === null ? {} : { line }),
      }))
    } catch {
      return ours.map(({ functionName }) => ({ symbol: functionName }))
    }
  }
}
