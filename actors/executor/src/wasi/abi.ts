/*
 * The numbers of WASI preview1's binary interface: flags, file types, rights, and where each field of a structure
 * lies. Offsets and sizes are in bytes; all integers are little-endian.
 *
 * Source: WASI preview1 typenames.witx; the layouts agree with the static assertions of wasi-libc's wasi/api.h.
 */

/** `$filetype` */
export const FILETYPE = {
  unknown: 0,
  blockDevice: 1,
  characterDevice: 2,
  directory: 3,
  regularFile: 4,
  socketDgram: 5,
  socketStream: 6,
  symbolicLink: 7,
} as const

/** `$fdflags`, a set of bits. */
export const FDFLAG = { append: 1, dsync: 2, nonblock: 4, rsync: 8, sync: 16 } as const

/** `$oflags`, a set of bits. */
export const OFLAG = { creat: 1, directory: 2, excl: 4, trunc: 8 } as const

/** `$lookupflags`, a set of bits. */
export const LOOKUP = { symlinkFollow: 1 } as const

/** `$fstflags`, a set of bits. */
export const FSTFLAG = { atim: 1, atimNow: 2, mtim: 4, mtimNow: 8 } as const

/** `$whence` */
export const WHENCE = { set: 0, cur: 1, end: 2 } as const

/** The last value of `$advice`. */
export const LAST_ADVICE = 5

/** `$eventtype` */
export const EVENTTYPE = { clock: 0, fdRead: 1, fdWrite: 2 } as const

/** `$eventrwflags`, a set of bits. */
export const EVENTRW = { hangup: 1 } as const

/** `$subclockflags`, a set of bits. */
export const SUBCLOCK = { abstime: 1 } as const

/** `$preopentype` */
export const PREOPENTYPE = { dir: 0 } as const

export const IOVEC = { buf: 0, bufLen: 4, sizeBytes: 8 } as const

export const PRESTAT = { type: 0, nameLen: 4, sizeBytes: 8 } as const

export const FDSTAT = { filetype: 0, flags: 2, rightsBase: 8, rightsInheriting: 16, sizeBytes: 24 } as const

export const FILESTAT = {
  dev: 0,
  ino: 8,
  filetype: 16,
  nlink: 24,
  size: 32,
  atim: 40,
  mtim: 48,
  ctim: 56,
  sizeBytes: 64,
} as const

/** The name follows the structure without padding or a terminating zero. */
export const DIRENT = { next: 0, ino: 8, namlen: 16, type: 20, sizeBytes: 24 } as const

/** `clock*` fields are meaningful for a clock subscription, `fd` for the two others; they overlap. */
export const SUBSCRIPTION = {
  userdata: 0,
  type: 8,
  fd: 16,
  clockId: 16,
  clockTimeout: 24,
  clockPrecision: 32,
  clockFlags: 40,
  sizeBytes: 48,
} as const

export const EVENT = { userdata: 0, error: 8, type: 10, nbytes: 16, rwflags: 24, sizeBytes: 32 } as const

/** `$rights`: a right's index in this list is its bit. */
const rightNames = [
  'fd_datasync',
  'fd_read',
  'fd_seek',
  'fd_fdstat_set_flags',
  'fd_sync',
  'fd_tell',
  'fd_write',
  'fd_advise',
  'fd_allocate',
  'path_create_directory',
  'path_create_file',
  'path_link_source',
  'path_link_target',
  'path_open',
  'fd_readdir',
  'path_readlink',
  'path_rename_source',
  'path_rename_target',
  'path_filestat_get',
  'path_filestat_set_size',
  'path_filestat_set_times',
  'fd_filestat_get',
  'fd_filestat_set_size',
  'fd_filestat_set_times',
  'path_symlink',
  'path_remove_directory',
  'path_unlink_file',
  'poll_fd_readwrite',
  'sock_shutdown',
  'sock_accept',
] as const

export type Right = (typeof rightNames)[number]

/** The set with exactly these rights, as `$rights` encodes it. */
export function rights(...names: readonly Right[]): bigint {
  return names.reduce((set, name) => set | (1n << BigInt(rightNames.indexOf(name))), 0n)
}

const anyFile = ['fd_fdstat_set_flags', 'fd_filestat_get', 'fd_sync', 'fd_advise'] as const

/** What a byte stream can do. Without seek and tell a character device is a terminal to wasi-libc's isatty. */
export const STREAM_RIGHTS: bigint = rights(
  'fd_read',
  'fd_write',
  'fd_fdstat_set_flags',
  'fd_filestat_get',
  'poll_fd_readwrite',
)

/** What an open regular file can do. */
export const FILE_RIGHTS: bigint =
  rights(...anyFile) |
  rights('fd_datasync', 'fd_read', 'fd_seek', 'fd_tell', 'fd_write', 'fd_allocate', 'poll_fd_readwrite') |
  rights('fd_filestat_set_size', 'fd_filestat_set_times')

/** What an open directory can do. */
export const DIRECTORY_RIGHTS: bigint =
  rights(...anyFile) |
  rights('fd_readdir', 'fd_filestat_set_times', 'path_open', 'path_create_directory', 'path_create_file') |
  rights('path_link_source', 'path_link_target', 'path_rename_source', 'path_rename_target', 'path_readlink') |
  rights('path_filestat_get', 'path_filestat_set_size', 'path_filestat_set_times') |
  rights('path_symlink', 'path_remove_directory', 'path_unlink_file', 'poll_fd_readwrite')
