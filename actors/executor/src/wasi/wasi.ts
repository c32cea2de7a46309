/*
 * A WASI preview1 host for one thread: the imports that a C program built for wasm32-wasip1 calls. Several threads
 * that run code over one shared memory each have a Wasi of their own; memory is all they share through it. The host
 * is a POSIX one. Nothing here is asynchronous: a call that has to wait blocks its thread.
 *
 *   wasi-imports.ts      the 46 signatures              abi.ts             flags, rights, layouts
 *   errno.ts             what becomes an error number   guest-memory.ts    reading and writing at guest addresses
 *   descriptors.ts       descriptor numbers             path-resolution.ts the sandbox
 *   file-io.ts file-status.ts directories.ts path-open.ts path-calls.ts    the file system
 *   stdin.ts stdin-pipe.ts fd-writer.ts                 standard streams
 *   clocks.ts poll.ts waiting.ts process-calls.ts       time, and the rest
 */
import { FILETYPE, STREAM_RIGHTS, rights } from './abi.js'
import { clockCalls, hostClocks } from './clocks.js'
import type { Clocks } from './clocks.js'
import { DescriptorTable } from './descriptors.js'
import type { Filetype } from './descriptors.js'
import { directoryCalls } from './directories.js'
import { fileIoCalls } from './file-io.js'
import { fileStatusCalls } from './file-status.js'
import { GuestMemory } from './guest-memory.js'
import { pathCalls } from './path-calls.js'
import { openCalls, preopen } from './path-open.js'
import { pollCalls } from './poll.js'
import { processCalls } from './process-calls.js'
import { openStdin } from './stdin.js'
import type { StdinSource } from './stdin.js'
import type { WasiImports } from './wasi-imports.js'

export interface WasiOptions {
  /** The program's memory; normally shared, and free to grow at any time. */
  readonly memory: WebAssembly.Memory
  /** argv, the program's name first. */
  readonly args: readonly string[]
  readonly env: Readonly<Record<string, string>>
  readonly stdin: StdinSource
  /** Gets each write as a private copy. What it throws passes through the guest, save for Node's system errors. */
  readonly stdout: (bytes: Uint8Array) => void
  readonly stderr: (bytes: Uint8Array) => void
  /** Guest path to host directory. They become descriptors 3, 4, … in this order. */
  readonly preopens: ReadonlyMap<string, string>
  /** Clocks to use in place of the host's. */
  readonly now?: Partial<Clocks>
  /**
   * Which of the descriptors 0, 1 and 2 the program shall take for a terminal; 1 and 2 by default. wasi-libc then
   * writes out each line as it ends, which a program that never exits needs for its output to be seen.
   */
  readonly terminals?: readonly number[]
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

function addStreams(descriptors: DescriptorTable, options: WasiOptions): void {
  const terminals = options.terminals ?? [1, 2]
  const filetypeOf = (fd: number): Filetype => (terminals.includes(fd) ? FILETYPE.characterDevice : FILETYPE.unknown)
  const inputRights = STREAM_RIGHTS & ~rights('fd_write')
  const outputRights = STREAM_RIGHTS & ~rights('fd_read')
  const stream = openStdin(options.stdin)
  descriptors.add({ kind: 'input', ...streamStat(filetypeOf(0), inputRights), stream })
  descriptors.add({ kind: 'output', ...streamStat(filetypeOf(1), outputRights), write: options.stdout })
  descriptors.add({ kind: 'output', ...streamStat(filetypeOf(2), outputRights), write: options.stderr })
}

function streamStat(
  filetype: Filetype,
  rightsBase: bigint,
): { filetype: Filetype; fdflags: number; rightsBase: bigint; rightsInheriting: bigint } {
  return { filetype, fdflags: 0, rightsBase, rightsInheriting: 0n }
}
