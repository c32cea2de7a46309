/*
 * The program as a process: its arguments and environment, its end, randomness, its turn on the processor. Sockets
 * are here too, as the four calls that are all refused.
 */
import { randomFillSync } from 'node:crypto'
import type { DescriptorTable } from './descriptors.js'
import { answering, refuse } from './errno.js'
import type { GuestMemory } from './guest-memory.js'
import { yieldThread } from './waiting.js'
import type { WasiImports } from './wasi-imports.js'

/**
 * Thrown by proc_exit (and a fatal proc_raise) through the guest's frames to whoever called into it. Not an Error:
 * ending is what the program was asked to do, and it happens too often to take a stack each time.
 */
export class WasiExit {
  /** The exit code as the program gave it, unsigned 32 bits; 128 + signal when it raised one. */
  readonly code: number

  constructor(code: number) {
    this.code = code >>> 0
  }
}

type ProcessCalls = Pick<
  WasiImports,
  | 'args_get'
  | 'args_sizes_get'
  | 'environ_get'
  | 'environ_sizes_get'
  | 'proc_exit'
  | 'proc_raise'
  | 'random_get'
  | 'sched_yield'
  | 'sock_accept'
  | 'sock_recv'
  | 'sock_send'
  | 'sock_shutdown'
>

export function processCalls(
  memory: GuestMemory,
  descriptors: DescriptorTable,
  args: readonly string[],
  env: Readonly<Record<string, string>>,
): ProcessCalls {
  const argv = zeroTerminated(args)
  const environ = zeroTerminated(Object.entries(env).map(([name, value]) => `${name}=${value}`))
  const refuseSocket = (fd: number): void => {
    descriptors.get(fd)
    refuse('ENOTSUP')
  }
  return {
    args_get: answering((pointers, buffer) => {
      writeStrings(memory, argv, pointers, buffer)
    }),
    args_sizes_get: answering((count, bufferSize) => {
      writeSizes(memory, argv, count, bufferSize)
    }),
    environ_get: answering((pointers, buffer) => {
      writeStrings(memory, environ, pointers, buffer)
    }),
    environ_sizes_get: answering((count, bufferSize) => {
      writeSizes(memory, environ, count, bufferSize)
    }),

    proc_exit: (code) => {
      throw new WasiExit(code)
    },
    proc_raise: answering((signal) => {
      if (signal < 0 || signal > LAST_SIGNAL) refuse('EINVAL')
      if (STOPPING_SIGNALS.has(signal)) refuse('ENOTSUP')
      if (!IGNORED_SIGNALS.has(signal)) throw new WasiExit(128 + signal)
    }),

    random_get: answering((buf, bufLen) => {
      const bytes = memory.bytes(buf, bufLen)
      for (let at = 0; at < bytes.length; at += RANDOM_CHUNK_BYTES) {
        randomFillSync(bytes.subarray(at, at + RANDOM_CHUNK_BYTES))
      }
    }),
    sched_yield: answering(yieldThread),

    sock_accept: answering(refuseSocket),
    sock_recv: answering(refuseSocket),
    sock_send: answering(refuseSocket),
    sock_shutdown: answering(refuseSocket),
  }
}

/** Node fills at most 2^31 - 1 bytes in one go. */
const RANDOM_CHUNK_BYTES = 2 ** 30

/** `$signal`: sys is the last; none, pipe, chld, cont, urg and winch end nothing; stop, tstp, ttin, ttou would stop. */
const LAST_SIGNAL = 30
const IGNORED_SIGNALS: ReadonlySet<number> = new Set([0, 13, 16, 17, 22, 27])
const STOPPING_SIGNALS: ReadonlySet<number> = new Set([18, 19, 20, 21])

function zeroTerminated(strings: readonly string[]): readonly Uint8Array[] {
  return strings.map((string) => Buffer.from(`${string}\0`))
}

function writeSizes(memory: GuestMemory, strings: readonly Uint8Array[], count: number, bufferSize: number): void {
  memory.writeU32(count, strings.length)
  memory.writeU32(
    bufferSize,
    strings.reduce((size, string) => size + string.length, 0),
  )
}

function writeStrings(memory: GuestMemory, strings: readonly Uint8Array[], pointers: number, buffer: number): void {
  let at = buffer >>> 0
  strings.forEach((string, index) => {
    memory.writeU32((pointers >>> 0) + 4 * index, at)
    memory.bytes(at, string.length).set(string)
    at += string.length
  })
}
