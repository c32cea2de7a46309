/*
 * What descriptors are, and the attributes of files: fdstat, filestat, prestat, times. Times are exact when read;
 * when set they pass through Node as seconds in a double, which today holds them to a quarter of a microsecond.
 */
import { closeSync, constants, fstatSync, futimesSync, openSync } from 'node:fs'
import type { BigIntStats } from 'node:fs'
import { FDFLAG, FDSTAT, FILESTAT, FILETYPE, FSTFLAG, PREOPENTYPE, PRESTAT, rights } from './abi.js'
import type { Clocks } from './clocks.js'
import type { DescriptorTable, Filetype, OpenFile } from './descriptors.js'
import { answering, refuse } from './errno.js'
import type { GuestMemory } from './guest-memory.js'
import type { WasiImports } from './wasi-imports.js'

type FileStatusCalls = Pick<
  WasiImports,
  | 'fd_close'
  | 'fd_fdstat_get'
  | 'fd_fdstat_set_flags'
  | 'fd_fdstat_set_rights'
  | 'fd_filestat_get'
  | 'fd_filestat_set_times'
  | 'fd_prestat_dir_name'
  | 'fd_prestat_get'
  | 'fd_renumber'
>

export function fileStatusCalls(memory: GuestMemory, descriptors: DescriptorTable, clocks: Clocks): FileStatusCalls {
  return {
    fd_close: answering((fd) => {
      descriptors.close(fd)
    }),

    fd_renumber: answering((fd, to) => {
      descriptors.renumber(fd, to)
    }),

    fd_fdstat_get: answering((fd, fdstat) => {
      const { filetype, fdflags, rightsBase, rightsInheriting } = descriptors.get(fd)
      const at = memory.structure(fdstat, FDSTAT.sizeBytes)
      at.setUint8(FDSTAT.filetype, filetype)
      at.setUint16(FDSTAT.flags, fdflags, true)
      at.setBigUint64(FDSTAT.rightsBase, rightsBase, true)
      at.setBigUint64(FDSTAT.rightsInheriting, rightsInheriting, true)
    }),

    fd_fdstat_set_flags: answering((fd, fdflags) => {
      const descriptor = descriptors.get(fd, rights('fd_fdstat_set_flags'))
      if ((fdflags & ~ALL_FDFLAGS) !== 0) refuse('EINVAL')
      if (descriptor.kind === 'file' && fdflags !== descriptor.fdflags) reopen(descriptor, fdflags)
      descriptor.fdflags = fdflags
    }),

    fd_fdstat_set_rights: answering((fd, rightsBase, rightsInheriting) => {
      const descriptor = descriptors.get(fd)
      const base = BigInt.asUintN(64, rightsBase)
      const inheriting = BigInt.asUintN(64, rightsInheriting)
      if ((base & ~descriptor.rightsBase) !== 0n) refuse('ENOTCAPABLE')
      if ((inheriting & ~descriptor.rightsInheriting) !== 0n) refuse('ENOTCAPABLE')
      descriptor.rightsBase = base
      descriptor.rightsInheriting = inheriting
    }),

    fd_filestat_get: answering((fd, filestat) => {
      const descriptor = descriptors.get(fd, rights('fd_filestat_get'))
      const at = memory.structure(filestat, FILESTAT.sizeBytes)
      if (descriptor.kind === 'file' || descriptor.kind === 'directory') {
        writeFilestat(at, fstatSync(descriptor.hostFd, { bigint: true }))
      } else {
        new Uint8Array(at.buffer, at.byteOffset, at.byteLength).fill(0)
        at.setUint8(FILESTAT.filetype, descriptor.filetype)
      }
    }),

    fd_filestat_set_times: answering((fd, atim, mtim, fstflags) => {
      const descriptor = descriptors.get(fd)
      if (descriptor.kind === 'input' || descriptor.kind === 'output') refuse('EBADF')
      descriptors.get(fd, rights('fd_filestat_set_times'))
      const { hostFd } = descriptor
      const times = newTimes(fstatSync(hostFd, { bigint: true }), atim, mtim, fstflags, clocks)
      futimesSync(hostFd, times.atimeSeconds, times.mtimeSeconds)
    }),

    fd_prestat_get: answering((fd, prestat) => {
      const name = preopenName(descriptors, fd)
      const at = memory.structure(prestat, PRESTAT.sizeBytes)
      at.setUint8(PRESTAT.type, PREOPENTYPE.dir)
      at.setUint32(PRESTAT.nameLen, name.length, true)
    }),

    fd_prestat_dir_name: answering((fd, path, pathLen) => {
      const name = preopenName(descriptors, fd)
      if (pathLen >>> 0 < name.length) refuse('ENAMETOOLONG')
      memory.bytes(path, name.length).set(name)
    }),
  }
}

const ALL_FDFLAGS = FDFLAG.append | FDFLAG.dsync | FDFLAG.nonblock | FDFLAG.rsync | FDFLAG.sync

/** What the host's open takes for `$fdflags`. */
export function hostFlagsOf(fdflags: number): number {
  return (
    (fdflags & FDFLAG.append && constants.O_APPEND) |
    (fdflags & FDFLAG.dsync && constants.O_DSYNC) |
    (fdflags & FDFLAG.nonblock && constants.O_NONBLOCK) |
    (fdflags & (FDFLAG.rsync | FDFLAG.sync) && constants.O_SYNC)
  )
}

export function filetypeOf(stat: {
  readonly isFile: () => boolean
  readonly isDirectory: () => boolean
  readonly isSymbolicLink: () => boolean
  readonly isCharacterDevice: () => boolean
  readonly isBlockDevice: () => boolean
  readonly isSocket: () => boolean
}): Filetype {
  if (stat.isFile()) return FILETYPE.regularFile
  if (stat.isDirectory()) return FILETYPE.directory
  if (stat.isSymbolicLink()) return FILETYPE.symbolicLink
  if (stat.isCharacterDevice()) return FILETYPE.characterDevice
  if (stat.isBlockDevice()) return FILETYPE.blockDevice
  if (stat.isSocket()) return FILETYPE.socketStream
  return FILETYPE.unknown
}

export function writeFilestat(at: DataView, stat: BigIntStats): void {
  const put = (offset: number, value: bigint): void => {
    at.setBigUint64(offset, BigInt.asUintN(64, value), true)
  }
  put(FILESTAT.dev, stat.dev)
  put(FILESTAT.ino, stat.ino)
  put(FILESTAT.filetype, BigInt(filetypeOf(stat)))
  put(FILESTAT.nlink, stat.nlink)
  put(FILESTAT.size, stat.size)
  put(FILESTAT.atim, stat.atimeNs)
  put(FILESTAT.mtim, stat.mtimeNs)
  put(FILESTAT.ctim, stat.ctimeNs)
}

/** The times to set, in seconds since 1970, where `fstflags` leaves one as it is in `stat`, gives it, or means now. */
export function newTimes(
  stat: BigIntStats,
  atim: bigint,
  mtim: bigint,
  fstflags: number,
  clocks: Clocks,
): { readonly atimeSeconds: number; readonly mtimeSeconds: number } {
  const chosenNs = (given: number, now: number, time: bigint, unchanged: bigint): bigint => {
    if ((fstflags & given) !== 0 && (fstflags & now) !== 0) refuse('EINVAL')
    if ((fstflags & given) !== 0) return BigInt.asUintN(64, time)
    return (fstflags & now) !== 0 ? clocks.realtime() : unchanged
  }
  return {
    atimeSeconds: Number(chosenNs(FSTFLAG.atim, FSTFLAG.atimNow, atim, stat.atimeNs)) / 1e9,
    mtimeSeconds: Number(chosenNs(FSTFLAG.mtim, FSTFLAG.mtimNow, mtim, stat.mtimeNs)) / 1e9,
  }
}

/**
 * Gives an open file other flags. Node has no fcntl, so the file is opened anew under its path; ENOTSUP when that
 * is a different file by now, or one (a FIFO, a device) that is not the same when opened twice.
 */
function reopen(file: OpenFile, fdflags: number): void {
  if (file.position === null) refuse('ENOTSUP')
  const hostFd = openSync(file.hostPath, file.access | constants.O_NOFOLLOW | hostFlagsOf(fdflags))
  const before = fstatSync(file.hostFd, { bigint: true })
  const after = fstatSync(hostFd, { bigint: true })
  if (before.dev !== after.dev || before.ino !== after.ino) {
    closeSync(hostFd)
    refuse('ENOTSUP')
  }
  closeSync(file.hostFd)
  file.hostFd = hostFd
}

/** The name as the guest gets it, in UTF-8 without a terminating zero; EBADF for all but preopened directories. */
function preopenName(descriptors: DescriptorTable, fd: number): Uint8Array {
  const descriptor = descriptors.get(fd)
  const name = descriptor.kind === 'directory' ? descriptor.preopenName : null
  return name === null ? refuse('EBADF') : Buffer.from(name)
}
