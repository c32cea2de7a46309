// A thread of the pool that calls for other processes: a client and an executor of the session, and at its other port the gateway,
// which gives it jobs. Jobs of one batch are done one after the other; how far each is stands in its slot.
import type { MessagePort } from 'node:worker_threads'
import { parentPort, workerData } from 'node:worker_threads'
import type { Expected } from '@worc/protocol'
import { JITError, errorData, failure, plainError, signatureCode, success, symbolError } from '@worc/protocol'
import type { ExecutorJob, ExecutorSetup, FromExecutor, FunctionPlace, JobResults, ToExecutor } from '@worc/gateway'
import { CallSlots } from '@worc/gateway'
import type { JITFunction, JITValue, Surroundings } from '@worc/executor'
import { fdWriter } from '@worc/executor'
import { Connection, PortChannel } from '@worc/mailbox'
import type { JITDylib } from '../jit-dylib.js'
import { Thread } from '../thread.js'
import type { CopyRoom } from './copied-arguments.js'
import { copyIn, hasBytes } from './copied-arguments.js'

export interface ExecutorWorkerData extends ExecutorSetup {
  readonly session: MessagePort
}

interface Bound {
  readonly place: FunctionPlace
  handle: JITFunction | undefined
}

class PoolThread {
  readonly #thread: Thread
  readonly #slots: CallSlots
  readonly #room: CopyRoom
  readonly #tell: (message: FromExecutor, now?: boolean) => void
  readonly #functions = new Map<number, Bound>()
  #done: number[] = []

  constructor(
    thread: Thread,
    { slots, roomBytes }: ExecutorSetup,
    tell: (message: FromExecutor, now?: boolean) => void,
  ) {
    this.#thread = thread
    this.#slots = new CallSlots(slots)
    this.#room = { memory: thread.memory, address: thread.executor.takeStack(roomBytes), sizeBytes: roomBytes }
    this.#tell = tell
  }

  on(message: ToExecutor): void {
    switch (message.type) {
      case 'job':
        return this.#begin(message.slot, message.job)
      case 'bind':
        this.#functions.set(message.function, { place: message.place, handle: undefined })
        return
      case 'unbind':
        this.#functions.delete(message.function)
        return
      case 'leave':
        this.#thread.leave()
        parentPort?.unref()
    }
  }

  #begin(slot: number, job: ExecutorJob): void {
    if (job.type === 'initialize' || job.type === 'deinitialize') return void this.#prepare(slot, job)
    this.#do(slot, () => {
      switch (job.type) {
        case 'open':
          return this.#open(job.place)
        case 'pointerOf':
          return this.#handleOf(job.function).address()
        case 'call':
          return this.#call(job)
      }
    })
  }

  /** What the job has to wait for, other jobs need not: it begins when that is there. */
  async #prepare(slot: number, job: Extract<ExecutorJob, { type: 'initialize' | 'deinitialize' }>): Promise<void> {
    const { client } = this.#thread
    const dylib: JITDylib = client.dylib(job.place.dylib, job.place.name)
    try {
      if (job.type === 'initialize') {
        const run = await client.request({ type: 'beginInitialize', dylib: dylib.id })
        this.#do(slot, () => this.#thread.runInitializers(run) ?? null)
      } else {
        const finish = await this.#thread.runtimeFunction(dylib, '__wasm_call_dtors')
        this.#do(slot, () => finish?.() ?? null)
      }
    } catch (thrown) {
      this.#do(slot, () => {
        throw thrown
      })
    }
  }

  #do(slot: number, body: () => unknown): void {
    if (!this.#slots.begin(slot)) return this.#passOver(slot)
    const start = performance.now()
    const result = outcomeOf(body)
    const elapsedMs = performance.now() - start
    if (result instanceof PlainValue) {
      if (this.#slots.end(slot, { told: false, value: result.value }, elapsedMs)) this.#passOver(slot)
      // At once: a later job of this turn may never end.
    } else if (this.#slots.end(slot, { told: true }, elapsedMs)) this.#tell({ type: 'settled', slot, result }, true)
  }

  /** One message for all of a turn. */
  #passOver(slot: number): void {
    this.#done.push(slot)
    if (this.#done.length > 1) return
    queueMicrotask(() => {
      const slots = this.#done
      this.#done = []
      this.#tell({ type: 'done', slots })
    })
  }

  #open(place: FunctionPlace): JobResults['open'] {
    const handle = this.#handleAt(place)
    const { parameters, results } = handle.signature
    return {
      signature: signatureCode(parameters, results),
      unit: this.#thread.executor.unitAt(place.address) ?? null,
    }
  }

  #call({ function: id, arguments: args }: Extract<ExecutorJob, { type: 'call' }>): JobResults['call'] | PlainValue {
    const handle = this.#handleOf(id)
    if (!hasBytes(args)) return new PlainValue(handle(...(args as readonly JITValue[])))
    const copied = copyIn(args, handle.signature, handle.symbol, this.#room)
    const result = handle(...copied.values)
    return { result: result ?? null, outs: copied.outs() }
  }

  #handleOf(id: number): JITFunction {
    const bound = this.#functions.get(id)
    if (bound === undefined) throw new JITError(plainError('BadArgument', `function ${id} was closed`))
    return (bound.handle ??= this.#handleAt(bound.place))
  }

  /** CodeRemoved where something else lies there by now. */
  #handleAt({ address, name, signature, unit }: FunctionPlace): JITFunction {
    const { executor } = this.#thread
    executor.catchUp()
    if (unit !== null && executor.unitAt(address) !== unit)
      throw new JITError(symbolError('CodeRemoved', `"${name}" was removed`, [['', [name]]]))
    if (!executor.isFunction(address))
      throw new JITError(symbolError('NotAFunction', `"${name}" is data at ${address}, not a function`, [['', [name]]]))
    return executor.handle(address, name, signature ?? undefined)
  }
}

/** Of a call that copied nothing out. */
class PlainValue {
  readonly value: number | bigint | undefined

  constructor(value: number | bigint | undefined) {
    this.value = value
  }
}

function outcomeOf(body: () => unknown): Expected<unknown> | PlainValue {
  try {
    const value = body()
    return value instanceof PlainValue ? value : success(value)
  } catch (thrown) {
    return failure(errorData(thrown))
  }
}

/** Nothing of the server's own but its output. */
const surroundings: Surroundings = {
  args: [],
  env: {},
  stdin: { type: 'bytes', bytes: new Uint8Array() },
  stdout: fdWriter(1),
  stderr: fdWriter(2),
  preopens: new Map(),
  terminals: [],
}

if (parentPort !== null) await serve(parentPort, workerData as ExecutorWorkerData)

async function serve(port: MessagePort, data: ExecutorWorkerData): Promise<void> {
  const channel = new PortChannel(port, { peer: 'the gateway' })
  const waiting: ToExecutor[] = []
  let pool: PoolThread | undefined
  const connection = new Connection(channel, {
    onTell: (body) => {
      const message = body as ToExecutor
      if (pool === undefined) waiting.push(message)
      else pool.on(message)
    },
    onAsk: () => {
      throw new Error('the gateway tells an executor its jobs')
    },
  })
  channel.ref(true)
  const thread = await Thread.join(data.session, { ownWorker: true, surroundings })
  const tell = (message: FromExecutor, now = false): void => {
    connection.tell(message, [], [], true)
    if (now) connection.flush()
  }
  pool = new PoolThread(thread, data, tell)
  connection.tell({ type: 'ready' } satisfies FromExecutor, [thread.memory])
  for (const message of waiting) pool.on(message)
}
