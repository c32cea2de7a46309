/*
 * The calls that name files by path. Each one resolves its paths within the sandbox (path-resolution.ts) and has the
 * host do the rest, whose errors are the guest's.
 */
import {
  linkSync,
  lstatSync,
  lutimesSync,
  mkdirSync,
  readlinkSync,
  renameSync,
  rmdirSync,
  symlinkSync,
  unlinkSync,
} from 'node:fs'
import { FILESTAT, LOOKUP, rights } from './abi.js'
import type { Right } from './abi.js'
import type { Clocks } from './clocks.js'
import type { DescriptorTable } from './descriptors.js'
import { answering, refuse } from './errno.js'
import { newTimes, writeFilestat } from './file-status.js'
import type { GuestMemory } from './guest-memory.js'
import { resolvePath } from './path-resolution.js'
import type { Place } from './path-resolution.js'
import type { WasiImports } from './wasi-imports.js'

type PathCalls = Pick<
  WasiImports,
  | 'path_create_directory'
  | 'path_filestat_get'
  | 'path_filestat_set_times'
  | 'path_link'
  | 'path_readlink'
  | 'path_remove_directory'
  | 'path_rename'
  | 'path_symlink'
  | 'path_unlink_file'
>

export function pathCalls(memory: GuestMemory, descriptors: DescriptorTable, clocks: Clocks): PathCalls {
  /** The place that a directory descriptor and a path in memory name together. */
  const placeOf = (fd: number, needed: Right, path: number, pathLen: number, lookup: number): Place => {
    const directory = descriptors.directory(fd, rights(needed))
    return resolvePath(directory.hostPath, memory.text(path, pathLen), (lookup & LOOKUP.symlinkFollow) !== 0)
  }

  return {
    path_create_directory: answering((fd, path, pathLen) => {
      mkdirSync(placeOf(fd, 'path_create_directory', path, pathLen, 0).hostPath)
    }),

    path_filestat_get: answering((fd, lookup, path, pathLen, filestat) => {
      const { hostPath } = placeOf(fd, 'path_filestat_get', path, pathLen, lookup)
      const stat = lstatSync(hostPath, { bigint: true })
      writeFilestat(memory.structure(filestat, FILESTAT.sizeBytes), stat)
    }),

    path_filestat_set_times: answering((fd, lookup, path, pathLen, atim, mtim, fstflags) => {
      const { hostPath } = placeOf(fd, 'path_filestat_set_times', path, pathLen, lookup)
      const times = newTimes(lstatSync(hostPath, { bigint: true }), atim, mtim, fstflags, clocks)
      lutimesSync(hostPath, times.atimeSeconds, times.mtimeSeconds)
    }),

    path_link: answering((oldFd, oldLookup, oldPath, oldPathLen, newFd, newPath, newPathLen) => {
      const existing = placeOf(oldFd, 'path_link_source', oldPath, oldPathLen, oldLookup)
      const created = placeOf(newFd, 'path_link_target', newPath, newPathLen, 0)
      linkSync(existing.hostPath, created.hostPath)
    }),

    path_readlink: answering((fd, path, pathLen, buf, bufLen, bufUsed) => {
      const { hostPath } = placeOf(fd, 'path_readlink', path, pathLen, 0)
      const buffer = memory.bytes(buf, bufLen)
      const target = readlinkSync(hostPath, 'buffer').subarray(0, buffer.length)
      memory.writeU32(bufUsed, target.length)
      buffer.set(target)
    }),

    path_remove_directory: answering((fd, path, pathLen) => {
      const { hostPath, endsInDots } = placeOf(fd, 'path_remove_directory', path, pathLen, 0)
      if (endsInDots) refuse('EINVAL')
      rmdirSync(hostPath)
    }),

    path_rename: answering((oldFd, oldPath, oldPathLen, newFd, newPath, newPathLen) => {
      const from = placeOf(oldFd, 'path_rename_source', oldPath, oldPathLen, 0)
      const to = placeOf(newFd, 'path_rename_target', newPath, newPathLen, 0)
      if (from.endsInDots || to.endsInDots) refuse('EBUSY')
      renameSync(from.hostPath, to.hostPath)
    }),

    path_symlink: answering((target, targetLen, fd, newPath, newPathLen) => {
      const text = memory.text(target, targetLen)
      // Following it would be refused anyway; refusing it here keeps it from programs outside the sandbox too.
      if (text.startsWith('/')) refuse('ENOTCAPABLE')
      symlinkSync(text, placeOf(fd, 'path_symlink', newPath, newPathLen, 0).hostPath)
    }),

    path_unlink_file: answering((fd, path, pathLen) => {
      const { hostPath } = placeOf(fd, 'path_unlink_file', path, pathLen, 0)
      // Hosts differ in what they say to this; the specification does not.
      if (lstatSync(hostPath).isDirectory()) refuse('EISDIR')
      unlinkSync(hostPath)
    }),
  }
}
