// The numbers of the generic Linux binary interface as programs for RISC-V use it: calls, errors, flags, and where each field of
// a structure lies. The old calls above 1023 are those that newlib makes; their flags are newlib's.
//
// Sources: Linux include/uapi/asm-generic (unistd.h, errno.h, fcntl.h, stat.h); newlib's libgloss/riscv/machine/syscall.h.
import { constants } from 'node:os'
import type { Errno } from '../wasi/errno.js'

export const linuxCall = {
  ioctl: 29,
  faccessat: 48,
  openat: 56,
  close: 57,
  lseek: 62,
  read: 63,
  write: 64,
  readv: 65,
  writev: 66,
  readlinkat: 78,
  newfstatat: 79,
  fstat: 80,
  exit: 93,
  exitGroup: 94,
  setTidAddress: 96,
  futex: 98,
  setRobustList: 99,
  clockGettime: 113,
  schedYield: 124,
  kill: 129,
  tgkill: 131,
  sigaltstack: 132,
  sigaction: 134,
  sigprocmask: 135,
  times: 153,
  uname: 160,
  gettimeofday: 169,
  getpid: 172,
  getppid: 173,
  getuid: 174,
  geteuid: 175,
  getgid: 176,
  getegid: 177,
  gettid: 178,
  brk: 214,
  munmap: 215,
  mmap: 222,
  mprotect: 226,
  getrandom: 278,
  clockGettime64: 403,
  futex64: 422,
  oldOpen: 1024,
  oldAccess: 1033,
  oldStat: 1038,
} as const

/** Those below 35 are the same on every host; these are not, or Linux has them under another name. */
const numbers: Readonly<Partial<Record<Errno, number>>> = {
  ENOTCAPABLE: 13,
  EDEADLK: 35,
  ENAMETOOLONG: 36,
  ENOLCK: 37,
  ENOSYS: 38,
  ENOTEMPTY: 39,
  ELOOP: 40,
  EPROTO: 71,
  EOVERFLOW: 75,
  EILSEQ: 84,
  ENOTSOCK: 88,
  ENOTSUP: 95,
  ETIMEDOUT: 110,
  ESTALE: 116,
  EDQUOT: 122,
}

/** EIO for what no call here is refused with. */
export function linuxErrno(name: Errno): number {
  const hosts: Readonly<Record<string, number>> = constants.errno
  return numbers[name] ?? hosts[name] ?? constants.errno.EIO
}

/** Of open, as Linux has them. */
export const openFlag = {
  access: 3,
  writeOnly: 1,
  readWrite: 2,
  create: 0x40,
  exclusive: 0x80,
  truncate: 0x200,
} as const
export const openMode = { append: 0x400, nonblock: 0x800, directory: 0x1_0000, noFollow: 0x2_0000 } as const

/** newlib's, and what they are here. */
const newlibFlags: readonly (readonly [newlib: number, linux: number])[] = [
  [0x8, openMode.append],
  [0x200, openFlag.create],
  [0x400, openFlag.truncate],
  [0x800, openFlag.exclusive],
  [0x4000, openMode.nonblock],
  [0x20_0000, openMode.directory],
]

export function flagsOfNewlib(flags: number): number {
  return newlibFlags.reduce(
    (sum, [theirs, ours]) => ((flags & theirs) === 0 ? sum : sum | ours),
    flags & openFlag.access,
  )
}

/** In place of a descriptor: relative to the working directory. */
export const atWorkingDirectory = -100
export const atFlag = { noFollow: 0x100, emptyPath: 0x1000 } as const

/** `struct stat`, the same for both XLENs; times are pairs of 64 bits. */
export const statLayout = {
  dev: 0,
  ino: 8,
  mode: 16,
  nlink: 20,
  rdev: 32,
  size: 48,
  blockSize: 56,
  blocks: 64,
  atime: 72,
  mtime: 88,
  ctime: 104,
  sizeBytes: 128,
} as const

/** Six names of 65 bytes. */
export const unameFieldBytes = 65

export const terminalRequest = { getAttributes: 0x5401, getWindowSize: 0x5413 } as const
export const terminalAttributesBytes = 36

export const mapFlag = { anonymous: 0x20, fixed: 0x10 } as const
export const protectionWrite = 2
export const protectionExecute = 4

export const futexOperation = { wait: 0, wake: 1, waitBitset: 9, mask: 0x7f } as const
