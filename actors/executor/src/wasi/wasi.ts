/*
 * A WASI preview1 host for one thread: the imports that a C program built for wasm32-wasip1 calls. Several threads
 * that run code over one shared memory each have a Wasi of their own; memory is all they share through it. The host
 * is a POSIX one. Nothing here is asynchronous: a call that has to wait blocks its thread.
 *
 *   wasi-imports.ts      the 46 signatures              abi.ts             flags, rights, layouts
 *   errno.ts             what becomes an error number   guest-memory.ts    reading and writing at guest addresses
 *   descriptors.ts       descriptor numbers             path-resolution.ts the sandbox
 *   file-io.ts file-status.ts directories.ts path-open.ts path-calls.ts    the file system
 *   streams.ts stdin.ts stdin-pipe.ts fd-writer.ts      standard streams
 *   clocks.ts poll.ts waiting.ts process-calls.ts       time, and the rest
 */
import { clockCalls, hostClocks } from './clocks.js'
import type { Clocks } from './clocks.js'
import { DescriptorTable } from './descriptors.js'
import { directoryCalls } from './directories.js'
import { fileIoCalls } from './file-io.js'
import { fileStatusCalls } from './file-status.js'
import { GuestMemory } from './guest-memory.js'
import { pathCalls } from './path-calls.js'
import { openCalls, preopen } from './path-open.js'
import { pollCalls } from './poll.js'
import { processCalls } from './process-calls.js'
import { addStreams } from './streams.js'
import type { Streams } from './streams.js'
import type { WasiImports } from './wasi-imports.js'

export interface WasiOptions extends Streams {
  /** The program's memory; normally shared, and free to grow at any time. */
  readonly memory: WebAssembly.Memory
  /** argv, the program's name first. */
  readonly args: readonly string[]
  readonly env: Readonly<Record<string, string>>
  /** Guest path to host directory. They become descriptors 3, 4, … in this order. */
  readonly preopens: ReadonlyMap<string, string>
  /** Clocks to use in place of the host's. */
  readonly now?: Partial<Clocks>
}

export interface Wasi {
  /** The module `wasi_snapshot_preview1`. */
  readonly imports: WasiImports
  /** Closes every descriptor that was opened here; later calls answer EBADF. The standard streams stay open. */
  readonly close: () => void
}

/** Throws an Error, with nothing left open, when a preopened directory cannot be opened. */
export function createWasi(options: WasiOptions): Wasi {
  const memory = new GuestMemory(options.memory)
  const clocks = hostClocks(options.now ?? {})
  const descriptors = new DescriptorTable()
  addStreams(descriptors, options)
  try {
    for (const [guestPath, hostPath] of options.preopens) descriptors.add(preopen(guestPath, hostPath))
  } catch (error) {
    descriptors.closeAll()
    throw error
  }
  return {
    imports: {
      ...processCalls(memory, descriptors, options.args, options.env),
      ...clockCalls(memory, clocks),
      ...fileStatusCalls(memory, descriptors, clocks),
      ...fileIoCalls(memory, descriptors),
      ...directoryCalls(memory, descriptors),
      ...openCalls(memory, descriptors),
      ...pathCalls(memory, descriptors, clocks),
      ...pollCalls(memory, descriptors, clocks),
    },
    close: () => {
      descriptors.closeAll()
    },
  }
}
