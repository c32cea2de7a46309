// The thread that runs a program's main: attaches, runs initializers, calls main with argv in guest memory, and lets the C
// library finish (atexit handlers, flushed streams) as crt1 does after main returns.
import { parentPort, workerData } from 'node:worker_threads'
import { errorData } from '@worc/protocol'
import type { Surroundings } from '@worc/executor'
import { ClosedPipe, WasiExit, fdWriter } from '@worc/executor'
import type { RunWorkerData, RunWorkerMessage } from '../run-main.js'
import type { Program } from '../thread.js'
import { Thread } from '../thread.js'

const data = workerData as RunWorkerData
/** Forwarded output beyond this waits until the other thread has consumed some. */
const forwardedLimitBytes = 1 << 20

run().then(
  (code) => post({ type: 'exit', code }),
  (thrown: unknown) =>
    post(
      thrown instanceof ClosedPipe
        ? { type: 'closedPipe', fd: thrown.fd }
        : { type: 'failed', error: errorData(thrown) },
    ),
)

async function run(): Promise<number> {
  const thread = await Thread.join(data.port, {
    surroundings: surroundings(),
    ...(data.trace ? { trace: writeTrace } : {}),
  })
  const dylib = thread.client.dylib(data.dylib.id, data.dylib.name)
  const program = await thread.program(dylib)
  const { main, finish } = program
  try {
    thread.runInitializers(await thread.client.request({ type: 'beginInitialize', dylib: dylib.id }))
    const unregistered = await thread.registerFinalizers(dylib)
    const code = main(...entryArguments(thread, program))
    thread.callFinalizers([...(await thread.registerFinalizers(dylib)), ...unregistered])
    finish?.(...[code ?? 0].slice(0, finish.signature.parameters.length))
    return Number(code ?? 0) & 0xff
  } catch (thrown) {
    if (thrown instanceof WasiExit) return thrown.code & 0xff
    throw thrown
  } finally {
    thread.leave()
  }
}

/** As many of argc, argv and envp as main takes; a process has them on its stack, and nothing in registers. */
function entryArguments(thread: Thread, { main, isProcess }: Program): readonly number[] {
  const count = main.signature.parameters.length
  const environment = Object.entries(data.env).map(([name, value]) => `${name}=${value}`)
  if (isProcess) {
    thread.writeProcessStack(data.args, environment)
    return Array.from({ length: count }, () => 0)
  }
  if (count === 0) return []
  const written = [data.args, ...(count > 2 ? [environment] : [])].map((list) => thread.writeArguments(list))
  return [data.args.length, ...written].slice(0, count)
}

/** Written where the program's own errors go. */
function writeTrace(line: string): void {
  const write = data.forward.stderr ? forward('stderr') : fdWriter(2)
  write(new TextEncoder().encode(`${line}\n`))
}

function surroundings(): Surroundings {
  return {
    args: data.args,
    env: data.env,
    stdin: data.stdin,
    stdout: data.forward.stdout ? forward('stdout') : fdWriter(1),
    stderr: data.forward.stderr ? forward('stderr') : fdWriter(2),
    preopens: new Map(Object.entries(data.directories)),
    terminals: data.terminals,
  }
}

function forward(stream: 'stdout' | 'stderr'): (bytes: Uint8Array) => void {
  const unconsumed = new Int32Array(data.unconsumed)
  return (bytes) => {
    for (
      let waiting = Atomics.load(unconsumed, 0);
      waiting > forwardedLimitBytes;
      waiting = Atomics.load(unconsumed, 0)
    )
      Atomics.wait(unconsumed, 0, waiting)
    Atomics.add(unconsumed, 0, bytes.byteLength)
    post({ type: 'output', stream, bytes })
  }
}

function post(message: RunWorkerMessage): void {
  parentPort?.postMessage(message)
}
