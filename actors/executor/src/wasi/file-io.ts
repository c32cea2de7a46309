/*
 * Bytes in and out of descriptors: read, write, seek, sync, size. Regular files are read and written by the host
 * straight from and to guest memory, at the offset the descriptor table keeps; streams go through their own function
 * on private copies. A file opened for appending is written wherever its end is, by the host, as one operation.
 */
import { fdatasyncSync, fstatSync, fsyncSync, ftruncateSync, readvSync, writevSync } from 'node:fs'
import { FDFLAG, LAST_ADVICE, WHENCE, rights } from './abi.js'
import type { Descriptor, DescriptorTable, OpenFile } from './descriptors.js'
import { answering, refuse } from './errno.js'
import { gather, totalSizeBytes } from './guest-memory.js'
import type { GuestMemory } from './guest-memory.js'
import type { WasiImports } from './wasi-imports.js'

type FileIoCalls = Pick<
  WasiImports,
  | 'fd_advise'
  | 'fd_allocate'
  | 'fd_datasync'
  | 'fd_filestat_set_size'
  | 'fd_pread'
  | 'fd_pwrite'
  | 'fd_read'
  | 'fd_seek'
  | 'fd_sync'
  | 'fd_tell'
  | 'fd_write'
>

export function fileIoCalls(memory: GuestMemory, descriptors: DescriptorTable): FileIoCalls {
  return {
    fd_read: answering((fd, iovs, iovsLen, nread) => {
      const source = readable(descriptors, fd)
      memory.requireRange(nread, 4)
      memory.writeU32(nread, readFrom(source, memory.buffers(iovs, iovsLen)))
    }),

    fd_write: answering((fd, iovs, iovsLen, nwritten) => {
      const sink = writable(descriptors, fd)
      memory.requireRange(nwritten, 4)
      memory.writeU32(nwritten, writeTo(sink, memory.buffers(iovs, iovsLen)))
    }),

    fd_pread: answering((fd, iovs, iovsLen, offset, nread) => {
      const file = descriptors.file(fd, rights('fd_read', 'fd_seek'))
      memory.requireRange(nread, 4)
      const buffers = memory.buffers(iovs, iovsLen)
      const position = fileOffset(offset)
      memory.writeU32(nread, buffers.length === 0 ? 0 : readvSync(file.hostFd, buffers, position))
    }),

    fd_pwrite: answering((fd, iovs, iovsLen, offset, nwritten) => {
      const file = descriptors.file(fd, rights('fd_write', 'fd_seek'))
      memory.requireRange(nwritten, 4)
      const buffers = memory.buffers(iovs, iovsLen)
      const position = fileOffset(offset)
      memory.writeU32(nwritten, buffers.length === 0 ? 0 : writevSync(file.hostFd, buffers, position))
    }),

    fd_seek: answering((fd, offset, whence, newOffset) => {
      const asksOnly = whence === WHENCE.cur && offset === 0n
      const file = descriptors.file(fd, rights(asksOnly ? 'fd_tell' : 'fd_seek'))
      memory.requireRange(newOffset, 8)
      memory.writeU64(newOffset, seek(file, offset, whence))
    }),

    fd_tell: answering((fd, offset) => {
      const file = descriptors.file(fd, rights('fd_tell'))
      memory.writeU64(offset, BigInt(file.position ?? refuse('ESPIPE')))
    }),

    fd_sync: answering((fd) => {
      fsyncSync(hostFdOf(descriptors, fd, rights('fd_sync')))
    }),

    fd_datasync: answering((fd) => {
      // A directory has no data of its own, so the right to sync it is enough.
      const isDirectory = descriptors.get(fd).kind === 'directory'
      fdatasyncSync(hostFdOf(descriptors, fd, rights(isDirectory ? 'fd_sync' : 'fd_datasync')))
    }),

    fd_filestat_set_size: answering((fd, size) => {
      const file = descriptors.file(fd, rights('fd_filestat_set_size'))
      ftruncateSync(file.hostFd, fileOffset(size))
    }),

    fd_allocate: answering((fd, offset, len) => {
      const file = descriptors.file(fd, rights('fd_allocate'))
      if (len === 0n) refuse('EINVAL')
      const endBytes = fileOffset(BigInt.asUintN(64, offset) + BigInt.asUintN(64, len))
      // Node cannot reserve disk space; what a program can see of it, the size, is what we give.
      if (fstatSync(file.hostFd).size < endBytes) ftruncateSync(file.hostFd, endBytes)
    }),

    fd_advise: answering((fd, offset, len, advice) => {
      descriptors.file(fd, rights('fd_advise'))
      if (advice < 0 || advice > LAST_ADVICE || offset < 0n || len < 0n) refuse('EINVAL')
    }),
  }
}

/** How many bytes of a file lie between its offset and its end; 0 where it has neither. */
export function readableBytes(file: OpenFile): bigint {
  if (file.position === null) return 0n
  return BigInt(Math.max(0, fstatSync(file.hostFd).size - file.position))
}

type Readable = Extract<Descriptor, { readonly kind: 'input' | 'file' }>
type Writable = Extract<Descriptor, { readonly kind: 'output' | 'file' }>

/** Refuses with EISDIR, EBADF or ENOTCAPABLE what cannot be read. */
export function readable(descriptors: DescriptorTable, fd: number): Readable {
  const descriptor = descriptors.get(fd)
  if (descriptor.kind === 'directory') return refuse('EISDIR')
  if (descriptor.kind === 'output') return refuse('EBADF')
  descriptors.get(fd, rights('fd_read'))
  return descriptor
}

/** Refuses with EISDIR, EBADF or ENOTCAPABLE what cannot be written. */
export function writable(descriptors: DescriptorTable, fd: number): Writable {
  const descriptor = descriptors.get(fd)
  if (descriptor.kind === 'directory') return refuse('EISDIR')
  if (descriptor.kind === 'input') return refuse('EBADF')
  descriptors.get(fd, rights('fd_write'))
  return descriptor
}

/** Bytes read from where the descriptor is; 0 is the end. */
export function readFrom(source: Readable, buffers: readonly Uint8Array[]): number {
  if (source.kind === 'file') return readFile(source, buffers)
  return source.stream.read(buffers, (source.fdflags & FDFLAG.nonblock) !== 0)
}

export function writeTo(sink: Writable, buffers: readonly Uint8Array[]): number {
  return sink.kind === 'file' ? writeFile(sink, buffers) : writeOut(sink.write, buffers)
}

/** The new position. Refuses with ESPIPE, EINVAL or EOVERFLOW. */
export function seek(file: OpenFile, offset: bigint, whence: number): bigint {
  const position = BigInt(seekBase(file, whence)) + offset
  if (position < 0n) refuse('EINVAL')
  if (position > BigInt(Number.MAX_SAFE_INTEGER)) refuse('EOVERFLOW')
  file.position = Number(position)
  return position
}

function readFile(file: OpenFile, buffers: readonly Uint8Array[]): number {
  if (buffers.length === 0) return 0
  const count = readvSync(file.hostFd, buffers, file.position ?? undefined)
  if (file.position !== null) file.position += count
  return count
}

function writeFile(file: OpenFile, buffers: readonly Uint8Array[]): number {
  if (buffers.length === 0) return 0
  if (file.position === null) return writevSync(file.hostFd, buffers)
  if ((file.fdflags & FDFLAG.append) !== 0) {
    const count = writevSync(file.hostFd, buffers)
    file.position = fstatSync(file.hostFd).size
    return count
  }
  const count = writevSync(file.hostFd, buffers, file.position)
  file.position += count
  return count
}

function writeOut(write: (bytes: Uint8Array) => void, buffers: readonly Uint8Array[]): number {
  if (buffers.length > 0) write(gather(buffers))
  return totalSizeBytes(buffers)
}

function seekBase(file: OpenFile, whence: number): number {
  const position = file.position ?? refuse('ESPIPE')
  switch (whence) {
    case WHENCE.set:
      return 0
    case WHENCE.cur:
      return position
    case WHENCE.end:
      return fstatSync(file.hostFd).size
    default:
      return refuse('EINVAL')
  }
}

/** An unsigned 64-bit offset or size as Node takes it. No host has a file that reaches beyond 2^53 bytes. */
function fileOffset(offset: bigint): number {
  const unsigned = BigInt.asUintN(64, offset)
  if (unsigned >= 1n << 63n) refuse('EINVAL')
  if (unsigned > BigInt(Number.MAX_SAFE_INTEGER)) refuse('EFBIG')
  return Number(unsigned)
}

function hostFdOf(descriptors: DescriptorTable, fd: number, needed: bigint): number {
  const descriptor = descriptors.get(fd)
  if (descriptor.kind === 'input' || descriptor.kind === 'output') return refuse('EINVAL')
  descriptors.get(fd, needed)
  return descriptor.hostFd
}
