// Semihosting: what programs for a machine without an operating system ask of the debugger they run under, and picolibc's
// libsemihost with them. A call is an ebreak between two instructions that do nothing otherwise; its number is in a0, and in a1
// its argument or the address of a block of words. Streams are the console; files are those that Linux's calls see.
//
// Sources: RISC-V Semihosting (the sequence), Arm's Semihosting for AArch32 and AArch64 (numbers, blocks, modes).
import { registerNumber } from '@worc/riscv'
import type { Hart } from '@worc/riscv'
import type { Clocks } from '../wasi/clocks.js'
import { errnoNameOfThrown, refuse } from '../wasi/errno.js'
import { WasiExit } from '../wasi/process-calls.js'
import type { HartMemory } from './hart-memory.js'
import { atWorkingDirectory, linuxErrno, openFlag, openMode } from './linux-abi.js'
import type { Files } from './linux-files.js'

const operation = {
  open: 0x01,
  close: 0x02,
  writeCharacter: 0x03,
  writeText: 0x04,
  write: 0x05,
  read: 0x06,
  readCharacter: 0x07,
  isError: 0x08,
  isTerminal: 0x09,
  seek: 0x0a,
  fileLength: 0x0c,
  clock: 0x10,
  time: 0x11,
  errno: 0x13,
  commandLine: 0x15,
  exit: 0x18,
  exitExtended: 0x20,
  elapsed: 0x30,
  tickFrequency: 0x31,
} as const

/** The name of the console, which is open for reading, writing or appending: standard input, output or error. */
const consoleName = ':tt'
/** Of an exit: the program came to its end. */
const applicationExit = 0x2_0026n
const ticksPerSecond = 1_000_000_000n
/** The seek of a Linux program that counts from the beginning. */
const fromBeginning = 0
const failed = -1n

/** The argument as the register holds it, unsigned; the result. */
type SemihostingCall = (argument: bigint) => bigint | number

/** Throws WasiExit where the program ends, ClosedPipe where nobody reads what it writes. */
export function createSemihosting(memory: HartMemory, files: Files, clocks: Clocks): (hart: Hart) => void {
  let errno = 0
  const began = clocks.monotonic()
  /** A handle is never 0, which a descriptor may be. */
  const descriptor = (handle: bigint): number => Number(handle) - 1
  const block = (at: bigint, count: number): bigint[] => memory.words(at, count)
  const write = (fd: number, bytes: Uint8Array): number => bytes.length - (bytes.length && files.write(fd, [bytes]))
  const end = (reason: bigint, code: bigint): never => {
    throw new WasiExit(reason === applicationExit ? Number(BigInt.asUintN(32, code)) : 1)
  }

  const calls: ReadonlyMap<number, SemihostingCall> = new Map<number, SemihostingCall>([
    [
      operation.open,
      (at) => {
        const [name = 0n, mode = 0n, length = 0n] = block(at, 3)
        return open(files, Buffer.from(memory.bytes(name, length, 'read')).toString(), Number(mode)) + 1
      },
    ],
    [operation.close, (at) => done(files.close(descriptor(block(at, 1)[0] ?? 0n)))],
    [operation.writeCharacter, (at) => write(1, memory.bytes(at, 1n, 'read'))],
    [operation.writeText, (at) => write(1, memory.textBytes(at))],
    [
      operation.write,
      (at) => {
        const [handle = 0n, from = 0n, size = 0n] = block(at, 3)
        return write(descriptor(handle), memory.bytes(from, size, 'read'))
      },
    ],
    [
      operation.read,
      (at) => {
        const [handle = 0n, to = 0n, size = 0n] = block(at, 3)
        const bytes = memory.bytes(to, size, 'write')
        return size - BigInt(bytes.length === 0 ? 0 : files.read(descriptor(handle), [bytes]))
      },
    ],
    [
      operation.readCharacter,
      () => {
        const byte = new Uint8Array(1)
        return files.read(0, [byte]) === 0 ? failed : (byte[0] ?? 0)
      },
    ],
    [operation.isError, (at) => Number((block(at, 1)[0] ?? 0n) >> BigInt(memory.wordBytes * 8 - 1))],
    [operation.isTerminal, (at) => Number(files.isTerminal(descriptor(block(at, 1)[0] ?? 0n)))],
    [
      operation.seek,
      (at) => {
        const [handle = 0n, offset = 0n] = block(at, 2)
        return done(files.seek(descriptor(handle), offset, fromBeginning))
      },
    ],
    [operation.fileLength, (at) => files.stat(descriptor(block(at, 1)[0] ?? 0n)).size],
    [operation.clock, () => (clocks.monotonic() - began) / 10_000_000n],
    [operation.time, () => clocks.realtime() / 1_000_000_000n],
    [operation.errno, () => errno],
    [operation.commandLine, () => refuse('ENOTSUP')],
    // Where words have 64 bits, the reason and a code come in a block; where they have 32, the reason alone.
    [operation.exit, (at) => (memory.wordBytes === 4 ? end(at, 0n) : end(...pair(block(at, 2))))],
    [operation.exitExtended, (at) => end(...pair(block(at, 2)))],
    [operation.elapsed, (at) => done(memory.writeDouble(at, clocks.monotonic() - began))],
    [operation.tickFrequency, () => ticksPerSecond],
  ])

  return ({ registers }) => {
    const { a0 } = registerNumber
    const call = calls.get(Number(BigInt.asUintN(32, registers.x(a0)))) ?? (() => refuse('ENOSYS'))
    try {
      registers.setX(a0, BigInt(call(registers.x(a0 + 1))))
    } catch (thrown) {
      const name = errnoNameOfThrown(thrown)
      if (name === undefined) throw thrown
      errno = linuxErrno(name)
      registers.setX(a0, failed)
    }
  }
}

/** The modes are those of fopen, in the order r, r+, w, w+, a, a+, each without and with b. */
function open(files: Files, name: string, mode: number): number {
  if (name === consoleName) return mode < 4 ? 0 : mode < 8 ? 1 : 2
  const kinds = [0, openFlag.create | openFlag.truncate, openFlag.create | openMode.append]
  const access = (mode & 2) !== 0 ? openFlag.readWrite : mode < 4 ? 0 : openFlag.writeOnly
  return files.open(atWorkingDirectory, name, (kinds[mode >> 2] ?? refuse('EINVAL')) | access)
}

function pair([first = 0n, second = 0n]: readonly bigint[]): [bigint, bigint] {
  return [first, second]
}

function done(_: unknown): number {
  return 0
}
