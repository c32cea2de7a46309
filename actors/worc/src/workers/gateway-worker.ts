// The thread of a gateway: connections of other processes, and around it the executors that call for them.
import type { MessagePort } from 'node:worker_threads'
import { Worker } from 'node:worker_threads'
import type { TargetName } from '@worc/protocol'
import type { GatewayLimits, ListenAddress, ProgramStart } from '@worc/gateway'
import { Gateway } from '@worc/gateway'
import { bufferReaching } from '@worc/executor'
import { objectReader } from '@worc/link'
import { serveControl } from '@worc/supervisor'
import { pino } from 'pino'
import type { LevelWithSilent } from 'pino'
import { nativeStackMegabytes, runMain } from '../run-main.js'
import type { ExecutorWorkerData } from './executor-worker.js'

export interface GatewayConfig {
  readonly address: ListenAddress
  readonly token: string
  readonly limits: GatewayLimits
  readonly graceMs: number
  readonly drainMs: number
  readonly executors: number
  readonly log: LevelWithSilent
  readonly target: TargetName
  /** For the bytes of one call's arguments. */
  readonly roomBytes: number
}

export interface GatewayControl {
  /** Where it listens, as clients are to connect. */
  start(config: GatewayConfig, session: MessagePort): Promise<string>
  stop(): Promise<void>
}

let gateway: Gateway | undefined
let drainMs = 0

const control: GatewayControl = {
  start: async ({ executors, log, roomBytes, ...config }, session) => {
    drainMs = config.drainMs
    gateway = await Gateway.start(session, {
      ...config,
      log: pino({ level: log, base: null }, pino.destination({ fd: 2, sync: true })),
      pool: { executors, start: (slots, port) => startExecutor({ slots, session: port, roomBytes }) },
      runProgram,
      describeObject: objectReader(config.target),
      bytesAt: (memory, address, sizeBytes) =>
        new Uint8Array(bufferReaching(memory, address + sizeBytes), address, sizeBytes),
    })
    return gateway.url
  },
  stop: () => gateway?.close(drainMs) ?? Promise.resolve(),
}
serveControl(control)

function startExecutor(data: ExecutorWorkerData): Worker {
  return new Worker(new URL('./executor-worker.js', import.meta.url), {
    workerData: data,
    transferList: [data.session],
    resourceLimits: { stackSizeMb: nativeStackMegabytes },
  })
}

/** Of the server it has its processor and its memory, and nothing else. */
function runProgram(start: ProgramStart, session: MessagePort): Promise<number> {
  const { dylib, program, args, env, stdin, onOutput, signal } = start
  return runMain(
    session,
    { id: dylib.dylib, name: dylib.name },
    {
      program,
      args,
      env,
      stdin,
      signal,
      directories: {},
      terminals: [],
      stdout: (bytes) => onOutput('stdout', bytes),
      stderr: (bytes) => onOutput('stderr', bytes),
    },
  )
}
