// Linux's calls about time, memory and the process itself. There is one process, of user 0, with one thread for each hart;
// signals do not come, so what prepares for them succeeds and nothing happens.
import { randomFillSync } from 'node:crypto'
import type { Clocks } from '../wasi/clocks.js'
import { refuse } from '../wasi/errno.js'
import { WasiExit } from '../wasi/process-calls.js'
import { yieldThread } from '../wasi/waiting.js'
import type { HartMemory } from './hart-memory.js'
import { futexOperation, linuxCall, mapFlag, protectionExecute, protectionWrite, unameFieldBytes } from './linux-abi.js'
import type { LinuxArguments, LinuxCall } from './linux-calls.js'
import type { LinuxHeap } from './linux-heap.js'

const processId = 1

export function processCalls(
  memory: HartMemory,
  heap: LinuxHeap,
  clocks: Clocks,
  whileWaiting: () => void,
): readonly (readonly [number, LinuxCall])[] {
  const clock: LinuxCall = ([id, at]) => writeTime(memory, at, readClock(clocks, Number(id)), 1n)
  const futex: LinuxCall = (args) => futexCall(memory, clocks, whileWaiting, args)
  const end: LinuxCall = ([code]) => {
    throw new WasiExit(Number(BigInt.asUintN(32, code)) & 0xff)
  }
  const raise = (signal: bigint): number => {
    if (signal === 0n) return 0
    throw new WasiExit(128 + Number(BigInt.asUintN(7, signal)))
  }
  return [
    [linuxCall.exit, end],
    [linuxCall.exitGroup, end],
    [linuxCall.kill, ([, signal]) => raise(signal)],
    [linuxCall.tgkill, ([, , signal]) => raise(signal)],

    [linuxCall.brk, ([address]) => heap.moveBreak(address)],
    [linuxCall.mmap, (args) => map(heap, args)],
    [linuxCall.munmap, ([address, size]) => nothing(heap.unmap(address, size))],
    [linuxCall.mprotect, ([address, size, protection]) => protect(memory, address, size, Number(protection))],

    [linuxCall.gettimeofday, ([at]) => writeTime(memory, at, clocks.realtime(), 1000n)],
    [linuxCall.clockGettime, clock],
    [linuxCall.clockGettime64, clock],
    [linuxCall.times, ([at]) => writeTicks(memory, at, clocks)],
    [linuxCall.futex, futex],
    [linuxCall.futex64, futex],
    [linuxCall.schedYield, () => nothing(yieldThread())],
    [
      linuxCall.getrandom,
      ([at, size]) => {
        const bytes = memory.bytes(at, size, 'write')
        randomFillSync(bytes)
        return bytes.length
      },
    ],
    [linuxCall.uname, ([at]) => writeNames(memory, at)],
    ...[linuxCall.getpid, linuxCall.gettid, linuxCall.setTidAddress].map((call) => [call, () => processId] as const),
    ...quietCalls.map((call) => [call, () => 0] as const),
  ]
}

const quietCalls: readonly number[] = [
  linuxCall.getppid,
  linuxCall.getuid,
  linuxCall.geteuid,
  linuxCall.getgid,
  linuxCall.getegid,
  linuxCall.setRobustList,
  linuxCall.sigaltstack,
  linuxCall.sigaction,
  linuxCall.sigprocmask,
]

function nothing(_: unknown): number {
  return 0
}

/** Memory of the program's own, anywhere, without execution: code is the linker's. */
function map(heap: LinuxHeap, [, size, protection, flags]: LinuxArguments): bigint {
  if ((Number(flags) & mapFlag.anonymous) === 0) return refuse('ENODEV')
  if ((Number(flags) & mapFlag.fixed) !== 0) return refuse('EINVAL')
  if ((Number(protection) & protectionExecute) !== 0) return refuse('EACCES')
  return heap.map(size)
}

/** Of pages that are there. None is ever both written and executed; one that is to be neither stays as it is. */
function protect(memory: HartMemory, address: bigint, size: bigint, protection: number): number {
  const [writes, executes] = [(protection & protectionWrite) !== 0, (protection & protectionExecute) !== 0]
  if (writes && executes) return refuse('EACCES')
  if (protection !== 0) memory.protect(address, size, executes ? 'rx' : writes ? 'rw' : 'r')
  return 0
}

// ---- time

const clockNumbers = { realtime: [0, 5, 8], monotonic: [1, 4, 6, 7, 9], processCpu: [2], threadCpu: [3] } as const

function readClock(clocks: Clocks, id: number): bigint {
  for (const [name, ids] of Object.entries(clockNumbers))
    if ((ids as readonly number[]).includes(id)) return clocks[name as keyof typeof clockNumbers]()
  return refuse('EINVAL')
}

/** Seconds, and the rest in a unit of so many nanoseconds. */
function writeTime(memory: HartMemory, address: bigint, nanoseconds: bigint, unit: bigint): number {
  if (address !== 0n) memory.writePair(address, nanoseconds / 1_000_000_000n, (nanoseconds % 1_000_000_000n) / unit)
  return 0
}

const nanosecondsPerTick = 10_000_000n

/** Four times of the process, in ticks of a hundredth of a second: all that it used counts as its own. */
function writeTicks(memory: HartMemory, address: bigint, clocks: Clocks): bigint {
  const used = clocks.processCpu() / nanosecondsPerTick
  if (address !== 0n) {
    const at = memory.structure(address, 4 * memory.wordBytes, 'write')
    new Uint8Array(at.buffer, at.byteOffset, at.byteLength).fill(0)
    at.setUint32(0, Number(BigInt.asUintN(32, used)), true)
  }
  return clocks.monotonic() / nanosecondsPerTick
}

// ---- threads

/** How long to wait before looking up. */
const waitSliceMs = 50

function futexCall(
  memory: HartMemory,
  clocks: Clocks,
  whileWaiting: () => void,
  [address, operation, value, timeout]: LinuxArguments,
): number {
  const [words, index] = memory.futex(address)
  const kind = Number(operation) & futexOperation.mask
  const operand = Number(BigInt.asIntN(32, value))
  if (kind === futexOperation.wake) return Atomics.notify(words, index, operand)
  if (kind !== futexOperation.wait && kind !== futexOperation.waitBitset) return refuse('ENOSYS')
  // One that waits for bits says until when, the other how long.
  const began = kind === futexOperation.wait ? clocks.monotonic() : 0n
  const deadline = timeout === 0n ? undefined : began + readTime(memory, timeout)
  if (Atomics.load(words, index) !== operand) return refuse('EAGAIN')
  for (;;) {
    const left = deadline === undefined ? undefined : Number(deadline - clocks.monotonic()) / 1e6
    if (left !== undefined && left <= 0) return refuse('ETIMEDOUT')
    if (Atomics.wait(words, index, operand, Math.min(left ?? waitSliceMs, waitSliceMs)) !== 'timed-out') return 0
    whileWaiting()
  }
}

function readTime(memory: HartMemory, address: bigint): bigint {
  const at = memory.structure(address, 16, 'read')
  const [seconds, rest] = [at.getBigInt64(0, true), at.getBigInt64(8, true)]
  if (seconds < 0n || rest < 0n || rest >= 1_000_000_000n) return refuse('EINVAL')
  return seconds * 1_000_000_000n + rest
}

// ---- names

function writeNames(memory: HartMemory, address: bigint): number {
  const names = ['Linux', 'worc', '6.0.0', '#1', memory.wordBytes === 8 ? 'riscv64' : 'riscv32', '']
  const bytes = memory.bytes(address, BigInt(names.length * unameFieldBytes), 'write')
  bytes.fill(0)
  for (const [index, name] of names.entries()) bytes.set(Buffer.from(name), index * unameFieldBytes)
  return 0
}
