/*
 * The functions of `wasi_snapshot_preview1` as WebAssembly sees them. Every i32 arrives signed, so a pointer or size
 * above 2 GiB is negative here; whoever uses one reads it as unsigned. Every i64 is a signed bigint. A result other
 * than proc_exit's is an error number, 0 for success; what a call yields is written through its last pointers.
 *
 * Source: WASI preview1 wasi_snapshot_preview1.witx.
 */

type Fd = number
type Pointer = number
type Size = number
type Flags = number
type Errno = number

/** One function per import of module `wasi_snapshot_preview1`, in the specification's order. */
export type WasiImports = {
  readonly args_get: (argv: Pointer, argvBuf: Pointer) => Errno
  readonly args_sizes_get: (argc: Pointer, argvBufSize: Pointer) => Errno
  readonly environ_get: (environ: Pointer, environBuf: Pointer) => Errno
  readonly environ_sizes_get: (environCount: Pointer, environBufSize: Pointer) => Errno
  readonly clock_res_get: (clockId: number, resolution: Pointer) => Errno
  readonly clock_time_get: (clockId: number, precision: bigint, time: Pointer) => Errno
  readonly fd_advise: (fd: Fd, offset: bigint, len: bigint, advice: number) => Errno
  readonly fd_allocate: (fd: Fd, offset: bigint, len: bigint) => Errno
  readonly fd_close: (fd: Fd) => Errno
  readonly fd_datasync: (fd: Fd) => Errno
  readonly fd_fdstat_get: (fd: Fd, fdstat: Pointer) => Errno
  readonly fd_fdstat_set_flags: (fd: Fd, fdflags: Flags) => Errno
  readonly fd_fdstat_set_rights: (fd: Fd, rightsBase: bigint, rightsInheriting: bigint) => Errno
  readonly fd_filestat_get: (fd: Fd, filestat: Pointer) => Errno
  readonly fd_filestat_set_size: (fd: Fd, size: bigint) => Errno
  readonly fd_filestat_set_times: (fd: Fd, atim: bigint, mtim: bigint, fstflags: Flags) => Errno
  readonly fd_pread: (fd: Fd, iovs: Pointer, iovsLen: Size, offset: bigint, nread: Pointer) => Errno
  readonly fd_prestat_get: (fd: Fd, prestat: Pointer) => Errno
  readonly fd_prestat_dir_name: (fd: Fd, path: Pointer, pathLen: Size) => Errno
  readonly fd_pwrite: (fd: Fd, iovs: Pointer, iovsLen: Size, offset: bigint, nwritten: Pointer) => Errno
  readonly fd_read: (fd: Fd, iovs: Pointer, iovsLen: Size, nread: Pointer) => Errno
  readonly fd_readdir: (fd: Fd, buf: Pointer, bufLen: Size, cookie: bigint, bufUsed: Pointer) => Errno
  readonly fd_renumber: (fd: Fd, to: Fd) => Errno
  readonly fd_seek: (fd: Fd, offset: bigint, whence: number, newOffset: Pointer) => Errno
  readonly fd_sync: (fd: Fd) => Errno
  readonly fd_tell: (fd: Fd, offset: Pointer) => Errno
  readonly fd_write: (fd: Fd, iovs: Pointer, iovsLen: Size, nwritten: Pointer) => Errno
  readonly path_create_directory: (fd: Fd, path: Pointer, pathLen: Size) => Errno
  readonly path_filestat_get: (fd: Fd, lookup: Flags, path: Pointer, pathLen: Size, filestat: Pointer) => Errno
  readonly path_filestat_set_times: (
    fd: Fd,
    lookup: Flags,
    path: Pointer,
    pathLen: Size,
    atim: bigint,
    mtim: bigint,
    fstflags: Flags,
  ) => Errno
  readonly path_link: (
    oldFd: Fd,
    oldLookup: Flags,
    oldPath: Pointer,
    oldPathLen: Size,
    newFd: Fd,
    newPath: Pointer,
    newPathLen: Size,
  ) => Errno
  readonly path_open: (
    fd: Fd,
    lookup: Flags,
    path: Pointer,
    pathLen: Size,
    oflags: Flags,
    rightsBase: bigint,
    rightsInheriting: bigint,
    fdflags: Flags,
    openedFd: Pointer,
  ) => Errno
  readonly path_readlink: (fd: Fd, path: Pointer, pathLen: Size, buf: Pointer, bufLen: Size, bufUsed: Pointer) => Errno
  readonly path_remove_directory: (fd: Fd, path: Pointer, pathLen: Size) => Errno
  readonly path_rename: (
    oldFd: Fd,
    oldPath: Pointer,
    oldPathLen: Size,
    newFd: Fd,
    newPath: Pointer,
    newPathLen: Size,
  ) => Errno
  readonly path_symlink: (target: Pointer, targetLen: Size, fd: Fd, newPath: Pointer, newPathLen: Size) => Errno
  readonly path_unlink_file: (fd: Fd, path: Pointer, pathLen: Size) => Errno
  readonly poll_oneoff: (subscriptions: Pointer, events: Pointer, count: Size, eventCount: Pointer) => Errno
  readonly proc_exit: (code: number) => never
  readonly proc_raise: (signal: number) => Errno
  readonly sched_yield: () => Errno
  readonly random_get: (buf: Pointer, bufLen: Size) => Errno
  readonly sock_accept: (fd: Fd, fdflags: Flags, acceptedFd: Pointer) => Errno
  readonly sock_recv: (fd: Fd, iovs: Pointer, iovsLen: Size, riflags: Flags, nread: Pointer, roflags: Pointer) => Errno
  readonly sock_send: (fd: Fd, iovs: Pointer, iovsLen: Size, siflags: Flags, nwritten: Pointer) => Errno
  readonly sock_shutdown: (fd: Fd, how: Flags) => Errno
}
