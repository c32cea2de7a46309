// Linux's calls about files and descriptors.
import { refuse } from '../wasi/errno.js'
import type { HartMemory } from './hart-memory.js'
import {
  atFlag,
  atWorkingDirectory,
  flagsOfNewlib,
  linuxCall,
  statLayout,
  terminalAttributesBytes,
  terminalRequest,
} from './linux-abi.js'
import type { LinuxCall } from './linux-calls.js'
import type { FileStat, Files } from './linux-files.js'

export function fileCalls(memory: HartMemory, files: Files): readonly (readonly [number, LinuxCall])[] {
  const statAt = (directory: number, path: bigint, flags: number): FileStat => {
    const text = memory.text(path)
    if (text === '' && (flags & atFlag.emptyPath) !== 0) return files.stat(directory)
    return files.statAt(directory, text, (flags & atFlag.noFollow) === 0)
  }
  return [
    [linuxCall.read, ([fd, at, size]) => files.read(int(fd), whole(memory.bytes(at, size, 'write')))],
    [linuxCall.write, ([fd, at, size]) => files.write(int(fd), whole(memory.bytes(at, size, 'read')))],
    [linuxCall.readv, ([fd, at, count]) => files.read(int(fd), memory.buffers(at, count, 'write'))],
    [linuxCall.writev, ([fd, at, count]) => files.write(int(fd), memory.buffers(at, count, 'read'))],
    [linuxCall.openat, ([directory, path, flags]) => files.open(int(directory), memory.text(path), int(flags))],
    [
      linuxCall.oldOpen,
      ([path, flags]) => files.open(atWorkingDirectory, memory.text(path), flagsOfNewlib(int(flags))),
    ],
    [linuxCall.close, ([fd]) => done(files.close(int(fd)))],
    [linuxCall.lseek, (args) => seek(memory, files, args)],
    [linuxCall.fstat, ([fd, at]) => writeStat(memory, at, files.stat(int(fd)))],
    [
      linuxCall.newfstatat,
      ([directory, path, at, flags]) => writeStat(memory, at, statAt(int(directory), path, int(flags))),
    ],
    [linuxCall.oldStat, ([path, at]) => writeStat(memory, at, statAt(atWorkingDirectory, path, 0))],
    [linuxCall.faccessat, ([directory, path]) => done(statAt(int(directory), path, 0))],
    [linuxCall.oldAccess, ([path]) => done(statAt(atWorkingDirectory, path, 0))],
    [
      linuxCall.readlinkat,
      ([directory, path, at, size]) => {
        const target = files.readLink(int(directory), memory.text(path)).subarray(0, Number(size))
        memory.bytes(at, BigInt(target.length), 'write').set(target)
        return target.length
      },
    ],
    [linuxCall.ioctl, ([fd, request, at]) => control(memory, files, int(fd), int(request), at)],
  ]
}

/** An int, of which only 32 bits count. */
function int(value: bigint): number {
  return Number(BigInt.asIntN(32, value))
}

function whole(bytes: Uint8Array): readonly Uint8Array[] {
  return bytes.length === 0 ? [] : [bytes]
}

function done(_: unknown): number {
  return 0
}

/** On RV32 the kernel takes an offset in two halves and stores the result; newlib gives 32 bits, as on RV64 all 64. */
function seek(memory: HartMemory, files: Files, [fd, first, second, result, whence]: Parameters<LinuxCall>[0]): bigint {
  if (memory.wordBytes === 8) return files.seek(int(fd), BigInt.asIntN(64, first), int(second))
  if (result === 0n) return files.seek(int(fd), BigInt.asIntN(32, first), int(second))
  const at = memory.structure(result, 8, 'write')
  at.setBigInt64(0, files.seek(int(fd), BigInt.asIntN(64, (first << 32n) | second), int(whence)), true)
  return 0n
}

function writeStat(memory: HartMemory, address: bigint, stat: FileStat): number {
  const at = memory.structure(address, statLayout.sizeBytes, 'write')
  new Uint8Array(at.buffer, at.byteOffset, at.byteLength).fill(0)
  const put32 = (offset: number, value: bigint): void => at.setUint32(offset, Number(BigInt.asUintN(32, value)), true)
  const put64 = (offset: number, value: bigint): void => at.setBigUint64(offset, BigInt.asUintN(64, value), true)
  const putTime = (offset: number, nanoseconds: bigint): void => {
    put64(offset, nanoseconds / 1_000_000_000n)
    put64(offset + 8, nanoseconds % 1_000_000_000n)
  }
  put64(statLayout.dev, stat.dev)
  put64(statLayout.ino, stat.ino)
  put32(statLayout.mode, stat.mode)
  put32(statLayout.nlink, stat.nlink)
  put64(statLayout.rdev, stat.rdev)
  put64(statLayout.size, stat.size)
  put32(statLayout.blockSize, stat.blksize)
  put64(statLayout.blocks, stat.blocks)
  putTime(statLayout.atime, stat.atimeNs)
  putTime(statLayout.mtime, stat.mtimeNs)
  putTime(statLayout.ctime, stat.ctimeNs)
  return 0
}

/** What C libraries ask of a terminal: whether it is one, and its size, of which nothing is known. */
function control(memory: HartMemory, files: Files, fd: number, request: number, address: bigint): number {
  const sizeBytes = { [terminalRequest.getAttributes]: terminalAttributesBytes, [terminalRequest.getWindowSize]: 8 }[
    request
  ]
  if (!files.isTerminal(fd) || sizeBytes === undefined) return refuse('ENOTTY')
  memory.bytes(address, BigInt(sizeBytes), 'write').fill(0)
  return 0
}
