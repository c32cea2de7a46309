/*
 * What the guest's descriptor numbers stand for. A file's offset is kept here, not by the host, because Node can read
 * and write at an offset but not seek. The table belongs to one Wasi object, that is, to one thread; two threads of
 * one program have different tables, as two processes would.
 */
import { closeSync } from 'node:fs'
import type { FILETYPE } from './abi.js'
import { refuse } from './errno.js'
import type { InputStream } from './stdin.js'

export type Filetype = (typeof FILETYPE)[keyof typeof FILETYPE]

/** What every descriptor has: what it is, `$fdflags`, and the two `$rights` that `fd_fdstat_get` reports. */
interface Stat {
  readonly filetype: Filetype
  fdflags: number
  rightsBase: bigint
  rightsInheriting: bigint
}

/** The program's standard input. */
interface Input extends Stat {
  readonly kind: 'input'
  readonly stream: InputStream
}

/** The program's standard output or error. */
interface Output extends Stat {
  readonly kind: 'output'
  readonly write: (bytes: Uint8Array) => void
}

/** An open file, device or FIFO of the host. `position` is in bytes, null where the host cannot seek. */
export interface OpenFile extends Stat {
  readonly kind: 'file'
  readonly hostPath: string
  /** O_RDONLY, O_WRONLY or O_RDWR. */
  readonly access: number
  hostFd: number
  position: number | null
}

export interface DirectoryEntry {
  readonly name: string
  readonly filetype: Filetype
}

/** An open directory: the root of what can be named through it. */
export interface OpenDirectory extends Stat {
  readonly kind: 'directory'
  readonly hostPath: string
  readonly hostFd: number
  /** The name the guest knows a preopened directory by; null for one that it opened itself. */
  readonly preopenName: string | null
  /** The listing that cookies refer to, taken when it was last read from its start; null before that. */
  entries: readonly DirectoryEntry[] | null
}

export type Descriptor = Input | Output | OpenFile | OpenDirectory

/** Descriptors by number. The lowest free number is given out first, as C programs expect. */
export class DescriptorTable {
  readonly #descriptors = new Map<number, Descriptor>()

  add(descriptor: Descriptor): number {
    let fd = 0
    while (this.#descriptors.has(fd)) fd++
    this.#descriptors.set(fd, descriptor)
    return fd
  }

  /** Refuses with EBADF (no such descriptor) or ENOTCAPABLE (it lacks one of the `needed` rights). */
  get(fd: number, needed = 0n): Descriptor {
    const descriptor = this.#descriptors.get(fd >>> 0) ?? refuse('EBADF')
    if ((needed & ~descriptor.rightsBase) !== 0n) refuse('ENOTCAPABLE')
    return descriptor
  }

  /** As `get`; a stream refuses with ESPIPE, a directory with EISDIR. */
  file(fd: number, needed: bigint): OpenFile {
    const descriptor = this.get(fd)
    if (descriptor.kind === 'directory') refuse('EISDIR')
    if (descriptor.kind !== 'file') refuse('ESPIPE')
    this.get(fd, needed)
    return descriptor
  }

  /** As `get`; what is no directory refuses with ENOTDIR. */
  directory(fd: number, needed: bigint): OpenDirectory {
    const descriptor = this.get(fd)
    if (descriptor.kind !== 'directory') refuse('ENOTDIR')
    this.get(fd, needed)
    return descriptor
  }

  close(fd: number): void {
    const descriptor = this.get(fd)
    this.#descriptors.delete(fd >>> 0)
    closeHostFd(descriptor)
  }

  /** `to` becomes what `fd` was; what `to` was is closed, and `fd` is free. Both must be open. */
  renumber(fd: number, to: number): void {
    const descriptor = this.get(fd)
    const replaced = this.get(to)
    if (descriptor === replaced) return
    this.#descriptors.delete(fd >>> 0)
    this.#descriptors.set(to >>> 0, descriptor)
    closeHostFd(replaced)
  }

  closeAll(): void {
    for (const descriptor of this.#descriptors.values()) closeHostFd(descriptor)
    this.#descriptors.clear()
  }
}

/** Streams are lent to us: only what this table opened is closed. */
function closeHostFd(descriptor: Descriptor): void {
  if (descriptor.kind === 'file' || descriptor.kind === 'directory') closeSync(descriptor.hostFd)
}
