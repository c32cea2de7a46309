// The system calls of a Linux program that runs on a hart: enough of the generic interface for newlib, picolibc and programs that
// are linked statically. A call is a function of its six arguments; what it refuses, or the host does, becomes an error number
// in a0. What is not known is ENOSYS, so a C library finds another way or says so.
//
//   linux-abi.ts      numbers, flags, layouts        hart-memory.ts   the guest's memory by its pages
//   linux-files.ts    descriptors, the sandbox       linux-heap.ts    break and mappings
//   file-calls.ts     reading, writing, opening      process-calls.ts time, memory, threads, the end
//   semihosting.ts    the same for programs without a system
import { registerNumber } from '@worc/riscv'
import type { Hart } from '@worc/riscv'
import type { PageTable } from '@worc/executor-memory'
import type { Clocks } from '../wasi/clocks.js'
import { hostClocks } from '../wasi/clocks.js'
import { errnoNameOfThrown } from '../wasi/errno.js'
import { fileCalls } from './file-calls.js'
import { HartMemory } from './hart-memory.js'
import { linuxErrno } from './linux-abi.js'
import type { Files } from './linux-files.js'
import type { Regions } from './linux-heap.js'
import { LinuxHeap } from './linux-heap.js'
import { processCalls } from './process-calls.js'
import { createSemihosting } from './semihosting.js'

export interface LinuxOptions {
  readonly xlen: 32 | 64
  readonly pages: PageTable
  /** A view of the whole memory as it is now. */
  readonly memory: () => Uint8Array
  readonly files: Files
  readonly regions: Regions
  /** How far the break can go up. Default: 64 MiB. */
  readonly breakBytes?: number
  readonly now?: Partial<Clocks>
  /** Called now and then while a call waits; what it throws leaves the guest. */
  readonly whileWaiting?: () => void
}

/** The arguments as the registers hold them, unsigned. */
export type LinuxArguments = readonly [bigint, bigint, bigint, bigint, bigint, bigint]

/** The result; what it throws may be an error of the guest's. */
export type LinuxCall = (args: LinuxArguments) => bigint | number

export interface LinuxCalls {
  /** For a hart's ecalls. Throws WasiExit where the program ends, ClosedPipe where nobody reads what it writes. */
  readonly environmentCall: (hart: Hart) => 'resume'
  /** For ebreaks that are calls of semihosting. */
  readonly semihostingCall: (hart: Hart) => void
  /** Gives back the program's memory. Its files are the embedder's. */
  readonly close: () => void
}

export function createLinuxCalls(options: LinuxOptions): LinuxCalls {
  const memory = new HartMemory(options.pages, options.memory, options.xlen)
  const heap = new LinuxHeap(options.regions, options.breakBytes ?? 64 << 20, options.memory)
  const clocks = hostClocks(options.now ?? {})
  const calls: ReadonlyMap<number, LinuxCall> = new Map([
    ...fileCalls(memory, options.files),
    ...processCalls(memory, heap, clocks, options.whileWaiting ?? (() => undefined)),
  ])
  return {
    environmentCall({ registers }) {
      const { a0, a7 } = registerNumber
      const call = calls.get(Number(registers.x(a7)))
      const argument = (index: number): bigint => registers.x(a0 + index)
      const args: LinuxArguments = [argument(0), argument(1), argument(2), argument(3), argument(4), argument(5)]
      registers.setX(a0, call === undefined ? BigInt(-linuxErrno('ENOSYS')) : answerOf(call, args))
      return 'resume'
    },
    semihostingCall: createSemihosting(memory, options.files, clocks),
    close: () => heap.close(),
  }
}

function answerOf(call: LinuxCall, args: LinuxArguments): bigint {
  try {
    return BigInt(call(args))
  } catch (thrown) {
    const name = errnoNameOfThrown(thrown)
    if (name === undefined) throw thrown
    return BigInt(-linuxErrno(name))
  }
}
