/*
 * Opening: preopened directories at the start, and path_open. The rights asked for say how the host opens the file;
 * what is found there says which of them the descriptor keeps.
 */
import { closeSync, constants, fstatSync, openSync, realpathSync } from 'node:fs'
import { DIRECTORY_RIGHTS, FILETYPE, FILE_RIGHTS, LOOKUP, OFLAG, STREAM_RIGHTS, rights } from './abi.js'
import type { Descriptor, DescriptorTable, OpenDirectory } from './descriptors.js'
import { answering, refuse } from './errno.js'
import { filetypeOf, hostFlagsOf } from './file-status.js'
import type { GuestMemory } from './guest-memory.js'
import { resolvePath } from './path-resolution.js'
import type { WasiImports } from './wasi-imports.js'

const READING = rights('fd_read', 'fd_readdir')
const WRITING = rights('fd_write', 'fd_allocate', 'fd_filestat_set_size')

export function openCalls(memory: GuestMemory, descriptors: DescriptorTable): Pick<WasiImports, 'path_open'> {
  return {
    path_open: answering((fd, lookup, path, pathLen, oflags, rightsBase, rightsInheriting, fdflags, openedFd) => {
      const creates = (oflags & OFLAG.creat) !== 0
      const truncates = (oflags & OFLAG.trunc) !== 0
      const base = BigInt.asUintN(64, rightsBase)
      const inheriting = BigInt.asUintN(64, rightsInheriting)
      const directory = descriptors.directory(
        fd,
        rights(
          'path_open',
          ...(creates ? (['path_create_file'] as const) : []),
          ...(truncates ? (['path_filestat_set_size'] as const) : []),
        ),
      )
      if (((base | inheriting) & ~directory.rightsInheriting) !== 0n) refuse('ENOTCAPABLE')
      memory.requireRange(openedFd, 4)
      const isExclusive = creates && (oflags & OFLAG.excl) !== 0
      const follows = (lookup & LOOKUP.symlinkFollow) !== 0 && !isExclusive
      const { hostPath } = resolvePath(directory.hostPath, memory.text(path, pathLen), follows)
      const opened = openHostPath(hostPath, oflags, base, inheriting, fdflags)
      memory.writeU32(openedFd, descriptors.add(opened))
    }),
  }
}

/** A host directory under the name the guest shall know it by. Throws an Error when it is no directory that opens. */
export function preopen(guestPath: string, hostPath: string): OpenDirectory {
  try {
    const realPath = realpathSync(hostPath)
    return openDirectory(realPath, openSync(realPath, constants.O_RDONLY | constants.O_DIRECTORY), guestPath)
  } catch (cause) {
    const reason = cause instanceof Error && 'code' in cause ? String(cause.code) : String(cause)
    throw new Error(`preopen "${guestPath}": host directory "${hostPath}" cannot be opened (${reason})`, { cause })
  }
}

/** A path that was resolved. The rights asked for decide for what the host opens it. */
export function openHostPath(
  hostPath: string,
  oflags: number,
  base: bigint,
  inheriting: bigint,
  fdflags: number,
): Descriptor {
  const wantsDirectory = (oflags & OFLAG.directory) !== 0
  if (wantsDirectory && (oflags & OFLAG.creat) !== 0) refuse('EINVAL')
  // A directory opens for reading only; rights to write do not apply to it and are dropped below.
  const access = wantsDirectory ? constants.O_RDONLY : accessOf(base)
  const hostFd = openSync(
    hostPath,
    access |
      constants.O_NOFOLLOW |
      hostFlagsOf(fdflags) |
      (oflags & OFLAG.creat && constants.O_CREAT) |
      (oflags & OFLAG.excl && constants.O_EXCL) |
      (oflags & OFLAG.trunc && constants.O_TRUNC) |
      (wantsDirectory ? constants.O_DIRECTORY : 0),
  )
  const filetype = hostFiletype(hostFd)
  if (filetype === FILETYPE.directory) {
    const directory = openDirectory(hostPath.replace(/(?<=.)\/$/, ''), hostFd, null)
    return { ...directory, fdflags, rightsBase: base & DIRECTORY_RIGHTS, rightsInheriting: inheriting }
  }
  const canSeek = filetype === FILETYPE.regularFile || filetype === FILETYPE.blockDevice
  return {
    kind: 'file',
    filetype,
    fdflags,
    rightsBase: base & (canSeek ? FILE_RIGHTS : STREAM_RIGHTS),
    rightsInheriting: 0n,
    hostPath,
    access,
    hostFd,
    position: canSeek ? 0 : null,
  }
}

function openDirectory(hostPath: string, hostFd: number, preopenName: string | null): OpenDirectory {
  return {
    kind: 'directory',
    filetype: FILETYPE.directory,
    fdflags: 0,
    rightsBase: DIRECTORY_RIGHTS,
    rightsInheriting: DIRECTORY_RIGHTS | FILE_RIGHTS,
    hostPath,
    hostFd,
    preopenName,
    entries: null,
  }
}

function accessOf(base: bigint): number {
  const writes = (base & WRITING) !== 0n
  const reads = (base & READING) !== 0n
  if (reads && writes) return constants.O_RDWR
  return writes ? constants.O_WRONLY : constants.O_RDONLY
}

function hostFiletype(hostFd: number): Descriptor['filetype'] {
  try {
    return filetypeOf(fstatSync(hostFd))
  } catch (error) {
    closeSync(hostFd)
    throw error
  }
}
