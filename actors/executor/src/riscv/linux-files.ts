// Files as Linux programs know them, over the descriptors that WASI programs have too: the same streams, the same sandbox. A
// program sees the directories that it was given, under their names, and nothing else of the host.
import { constants, fstatSync, lstatSync, readlinkSync, realpathSync } from 'node:fs'
import type { BigIntStats } from 'node:fs'
import { FDFLAG, FILETYPE, OFLAG, DIRECTORY_RIGHTS, FILE_RIGHTS, rights } from '../wasi/abi.js'
import { DescriptorTable } from '../wasi/descriptors.js'
import { refuse } from '../wasi/errno.js'
import { readFrom, readable, seek, writable, writeTo } from '../wasi/file-io.js'
import { openHostPath } from '../wasi/path-open.js'
import { resolvePath } from '../wasi/path-resolution.js'
import { addStreams } from '../wasi/streams.js'
import type { Streams } from '../wasi/streams.js'
import { atWorkingDirectory, openFlag, openMode } from './linux-abi.js'

/** What Linux's calls need of files. Errors are refusals, or what Node's fs throws. */
export interface Files {
  read(fd: number, buffers: readonly Uint8Array[]): number
  write(fd: number, buffers: readonly Uint8Array[]): number
  /** `flags` are Linux's. */
  open(directory: number, path: string, flags: number): number
  close(fd: number): void
  seek(fd: number, offset: bigint, whence: number): bigint
  isTerminal(fd: number): boolean
  stat(fd: number): FileStat
  statAt(directory: number, path: string, follow: boolean): FileStat
  readLink(directory: number, path: string): Uint8Array
}

/** What is known of a stream is only what it is. */
export type FileStat = Pick<
  BigIntStats,
  'dev' | 'ino' | 'mode' | 'nlink' | 'rdev' | 'size' | 'blksize' | 'blocks' | 'atimeNs' | 'mtimeNs' | 'ctimeNs'
>

export interface LinuxFiles extends Files {
  /** Closes what was opened here. */
  closeAll(): void
}

export interface LinuxFileOptions extends Streams {
  /** Guest path to host directory. `.` is the working directory. */
  readonly directories: ReadonlyMap<string, string>
}

/** Throws Node's error where a directory is not there. */
export function createLinuxFiles(options: LinuxFileOptions): LinuxFiles {
  const descriptors = new DescriptorTable()
  addStreams(descriptors, options)
  const roots = [...options.directories].map(([name, hostPath]) => ({
    components: componentsOf(name),
    hostPath: realpathSync(hostPath),
  }))

  /** The host's path of a guest's. Of several directories the one with the longest name. */
  const placeOf = (directory: number, path: string, follow: boolean): string => {
    if (directory !== atWorkingDirectory && !path.startsWith('/'))
      return resolvePath(descriptors.directory(directory, 0n).hostPath, path, follow).hostPath
    const components = componentsOf(path)
    const [root] = roots
      .filter((each) => each.components.every((name, index) => name === components[index]))
      .toSorted((a, b) => b.components.length - a.components.length)
    if (root === undefined || path === '') return refuse('ENOENT')
    const rest = components.slice(root.components.length).join('/')
    return resolvePath(root.hostPath, rest === '' ? '.' : rest, follow).hostPath
  }

  return {
    read: (fd, buffers) => readFrom(readable(descriptors, fd), buffers),
    write: (fd, buffers) => writeTo(writable(descriptors, fd), buffers),
    open(directory, path, flags) {
      const follows = (flags & openMode.noFollow) === 0 && (flags & openFlag.exclusive) === 0
      return descriptors.add(openPlace(placeOf(directory, path, follows), flags))
    },
    close: (fd) => descriptors.close(fd),
    seek: (fd, offset, whence) => seek(descriptors.file(fd, 0n), offset, whence),
    isTerminal: (fd) => descriptors.get(fd).filetype === FILETYPE.characterDevice,
    stat(fd) {
      const descriptor = descriptors.get(fd)
      if ('hostFd' in descriptor) return fstatSync(descriptor.hostFd, { bigint: true })
      return streamStat(descriptor.filetype === FILETYPE.characterDevice ? constants.S_IFCHR : constants.S_IFIFO)
    },
    statAt: (directory, path, follow) => lstatSync(placeOf(directory, path, follow), { bigint: true }),
    readLink: (directory, path) => readlinkSync(placeOf(directory, path, false), 'buffer'),
    closeAll: () => descriptors.closeAll(),
  }
}

function openPlace(hostPath: string, flags: number): ReturnType<typeof openHostPath> {
  const has = (flag: number): boolean => (flags & flag) !== 0
  const access = flags & openFlag.access
  const oflags =
    (has(openFlag.create) ? OFLAG.creat : 0) |
    (has(openFlag.exclusive) ? OFLAG.excl : 0) |
    (has(openFlag.truncate) ? OFLAG.trunc : 0) |
    (has(openMode.directory) ? OFLAG.directory : 0)
  const fdflags = (has(openMode.append) ? FDFLAG.append : 0) | (has(openMode.nonblock) ? FDFLAG.nonblock : 0)
  const [writing, reading] = [
    rights('fd_write', 'fd_allocate', 'fd_filestat_set_size'),
    rights('fd_read', 'fd_readdir'),
  ]
  const dropped = access === openFlag.writeOnly ? reading : access === openFlag.readWrite ? 0n : writing
  return openHostPath(hostPath, oflags, (FILE_RIGHTS | DIRECTORY_RIGHTS) & ~dropped, 0n, fdflags)
}

/** Without `.`, and with no regard to where it begins: programs are in their working directory, which is the root. */
function componentsOf(path: string): string[] {
  return path.split('/').filter((name) => name !== '' && name !== '.')
}

function streamStat(kind: number): FileStat {
  const zero = 0n
  return {
    dev: zero,
    ino: zero,
    mode: BigInt(kind | 0o620),
    nlink: 1n,
    rdev: zero,
    size: zero,
    blksize: 1024n,
    blocks: zero,
    atimeNs: zero,
    mtimeNs: zero,
    ctimeNs: zero,
  }
}
