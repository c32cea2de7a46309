// Runs a program's main in an executor of its own: a worker that attaches to the session like any thread, so that its loops
// block nobody, and ending it is always possible.
import { once } from 'node:events'
import type { MessagePort } from 'node:worker_threads'
import { Worker } from 'node:worker_threads'
import type { JITErrorData } from '@worc/protocol'
import { JITError, plainError } from '@worc/protocol'
import type { StdinSource } from '@worc/executor'
import { createStdinPipe, writeStdin } from '@worc/executor'
import type { JITDylib } from './jit-dylib.js'

export interface RunOptions {
  readonly dylib?: JITDylib
  /** argv, without the program's name. */
  readonly args?: readonly string[]
  /** argv[0]. Default: the dylib's name. */
  readonly program?: string
  /** Default: this process's environment. */
  readonly env?: Readonly<Record<string, string>>
  /** Default: this process's standard input. */
  readonly stdin?: Uint8Array | AsyncIterable<Uint8Array | string>
  /** Default: written to this process's standard output as the program writes it. Who is slow answers with a promise: the program waits. */
  readonly stdout?: (bytes: Uint8Array) => unknown
  readonly stderr?: (bytes: Uint8Array) => unknown
  /** Host directories the program may use, by the path it knows them under. Default: the current directory as `.`. */
  readonly directories?: Readonly<Record<string, string>>
  /** Each instruction is written to standard error before it is executed, where code is machine code. */
  readonly trace?: boolean
  /** Which of its streams the program takes for terminals, of 0, 1 and 2. Default: those that are, here. */
  readonly terminals?: readonly number[]
  readonly signal?: AbortSignal
}

/** A dylib as another thread knows it. */
export type ProgramDylib = Pick<JITDylib, 'id' | 'name'>

/** What the worker gets. Output that nobody listens to goes straight to the descriptor. */
export interface RunWorkerData {
  readonly port: MessagePort
  readonly dylib: ProgramDylib
  readonly args: readonly string[]
  readonly env: Readonly<Record<string, string>>
  readonly stdin: StdinSource
  readonly directories: Readonly<Record<string, string>>
  readonly forward: { readonly stdout: boolean; readonly stderr: boolean }
  /** Bytes forwarded and not yet consumed: the worker waits when there are too many. */
  readonly unconsumed: SharedArrayBuffer
  readonly terminals: readonly number[]
  readonly trace: boolean
}

export type RunWorkerMessage =
  | { readonly type: 'output'; readonly stream: 'stdout' | 'stderr'; readonly bytes: Uint8Array }
  | { readonly type: 'exit'; readonly code: number }
  | { readonly type: 'closedPipe'; readonly fd: number }
  | { readonly type: 'failed'; readonly error: JITErrorData }

/** main and its callees recurse on the worker's native stack too. */
export const nativeStackMegabytes = 48

export async function runMain(port: MessagePort, { id, name }: ProgramDylib, options: RunOptions): Promise<number> {
  const stopFeeding = new AbortController()
  const stdin = inputOf(options.stdin, stopFeeding.signal)
  const unconsumed = new SharedArrayBuffer(4)
  const data: RunWorkerData = {
    port,
    dylib: { id, name },
    args: [options.program ?? name, ...(options.args ?? [])],
    env: options.env ?? (process.env as Readonly<Record<string, string>>),
    stdin,
    directories: options.directories ?? { '.': process.cwd() },
    forward: { stdout: options.stdout !== undefined, stderr: options.stderr !== undefined },
    unconsumed,
    trace: options.trace ?? false,
    terminals: options.terminals ?? [...(process.stdout.isTTY ? [1] : []), ...(process.stderr.isTTY ? [2] : [])],
  }
  const worker = new Worker(new URL('./workers/run-worker.js', import.meta.url), {
    workerData: data,
    transferList: [port],
    resourceLimits: { stackSizeMb: nativeStackMegabytes },
  })
  const abort = (): void => void worker.terminate()
  if (options.signal?.aborted === true) abort()
  options.signal?.addEventListener('abort', abort, { once: true })
  try {
    return await outcome(worker, options, unconsumed)
  } finally {
    stopFeeding.abort()
    if (options.stdin === undefined) restStdin()
    options.signal?.removeEventListener('abort', abort)
    await worker.terminate()
  }
}

function inputOf(stdin: RunOptions['stdin'], signal: AbortSignal): StdinSource {
  if (stdin instanceof Uint8Array) return { type: 'bytes', bytes: stdin }
  const pipe = createStdinPipe()
  // A source that fails is the program's to see: readers get EIO.
  if (stdin === undefined && 'ref' in process.stdin && typeof process.stdin.ref === 'function') process.stdin.ref()
  writeStdin(pipe, stdin ?? process.stdin, signal).catch(() => undefined)
  return { type: 'pipe', pipe }
}

/** A terminal or pipe that nobody reads any more would keep the process alive. */
export function restStdin(): void {
  process.stdin.pause()
  if ('unref' in process.stdin && typeof process.stdin.unref === 'function') process.stdin.unref()
}

const nobodyReads = 'nobody reads'

function closedPipe(fd: number): JITErrorData {
  return plainError('ConnectionLost', `${nobodyReads} descriptor ${fd} any more`)
}

/** A program wrote to whoever had stopped to read: its end, and nothing that needs a word. */
export function isClosedPipe({ code, message }: JITErrorData): boolean {
  return code === 'ConnectionLost' && message.startsWith(nobodyReads)
}

function consume(
  { bytes }: Extract<RunWorkerMessage, { type: 'output' }>,
  listener: RunOptions['stdout'],
  unconsumed: Int32Array,
): void {
  const taken = (): void => {
    Atomics.sub(unconsumed, 0, bytes.byteLength)
    Atomics.notify(unconsumed, 0)
  }
  const pending = listener?.(bytes)
  if (pending instanceof Promise) pending.then(taken, taken)
  else taken()
}

async function outcome(worker: Worker, options: RunOptions, unconsumed: SharedArrayBuffer): Promise<number> {
  const consumed = new Int32Array(unconsumed)
  const settled = new Promise<number>((resolve, reject) => {
    worker.on('message', (message: RunWorkerMessage) => {
      switch (message.type) {
        case 'output':
          return consume(message, options[message.stream], consumed)
        case 'exit':
          return resolve(message.code)
        case 'closedPipe':
          return reject(new JITError(closedPipe(message.fd)))
        case 'failed':
          return reject(new JITError(message.error))
      }
    })
  })
  const died = once(worker, 'exit').then(([code]) => {
    if (options.signal?.aborted === true) throw new JITError(plainError('Interrupted', 'the program was interrupted'))
    throw new JITError(plainError('ActorDied', `the executor running main ended with exit code ${String(code)}`))
  })
  const crashed = once(worker, 'error').then(([error]) => {
    throw new JITError(plainError('ActorDied', `the executor running main failed: ${(error as Error).message}`))
  })
  died.catch(() => undefined)
  crashed.catch(() => undefined)
  return Promise.race([settled, died, crashed])
}
