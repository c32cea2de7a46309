/*
 * A guest made by hand: it lays out paths, iovecs and results in a shared memory as wasi-libc would, and calls the
 * imports. Numbers and layouts are written down here from the specification (preview1 typenames.witx), not taken
 * from the host under test.
 */
import { createWasi, type StdinSource, type Wasi, type WasiImports, type WasiOptions } from '@worc/executor'
import { expect } from 'chai'

/** `$errno` in order, without the E. */
export const errnoNames: readonly string[] = (
  'SUCCESS 2BIG ACCES ADDRINUSE ADDRNOTAVAIL AFNOSUPPORT AGAIN ALREADY BADF BADMSG BUSY CANCELED CHILD CONNABORTED ' +
  'CONNREFUSED CONNRESET DEADLK DESTADDRREQ DOM DQUOT EXIST FAULT FBIG HOSTUNREACH IDRM ILSEQ INPROGRESS INTR INVAL ' +
  'IO ISCONN ISDIR LOOP MFILE MLINK MSGSIZE MULTIHOP NAMETOOLONG NETDOWN NETRESET NETUNREACH NFILE NOBUFS NODEV ' +
  'NOENT NOEXEC NOLCK NOLINK NOMEM NOMSG NOPROTOOPT NOSPC NOSYS NOTCONN NOTDIR NOTEMPTY NOTRECOVERABLE NOTSOCK ' +
  'NOTSUP NOTTY NXIO OVERFLOW OWNERDEAD PERM PIPE PROTO PROTONOSUPPORT PROTOTYPE RANGE ROFS SPIPE SRCH STALE ' +
  'TIMEDOUT TXTBSY XDEV NOTCAPABLE'
).split(' ')

/** The error a call answered, by name. */
export function errno(result: number): string {
  return errnoNames[result] ?? `unknown error ${String(result)}`
}

/** Rights by their bit. */
export const RIGHT = {
  fdRead: 1n << 1n,
  fdSeek: 1n << 2n,
  fdWrite: 1n << 6n,
  fdReaddir: 1n << 14n,
} as const

/** What wasi-libc's open asks for with O_RDWR: whatever the directory passes on. */
export const EVERYTHING = (1n << 28n) - 1n

const CREAT = 1
const DIRECTORY = 2
const EXCL = 4
const TRUNC = 8
const APPEND = 1

interface OpenOptions {
  readonly directoryFd?: number
  readonly follow?: boolean
  readonly creat?: boolean
  readonly directory?: boolean
  readonly excl?: boolean
  readonly trunc?: boolean
  readonly append?: boolean
  readonly rights?: bigint
}

export interface Dirent {
  readonly name: string
  readonly filetype: number
  readonly inode: bigint
  readonly next: bigint
}

export class Guest {
  readonly memory: WebAssembly.Memory = new WebAssembly.Memory({ initial: 2, maximum: 1024, shared: true })
  readonly wasi: Wasi
  readonly call: WasiImports
  readonly stdout: Uint8Array[] = []
  readonly stderr: Uint8Array[] = []
  #free = 64

  /** A guest with host directory `root` as /, descriptor 3, unless the options say otherwise. */
  constructor(root: string | undefined, options: Partial<WasiOptions> = {}) {
    this.wasi = createWasi({
      memory: this.memory,
      args: ['program'],
      env: {},
      stdin: { type: 'bytes', bytes: new Uint8Array() },
      stdout: (bytes) => this.stdout.push(bytes),
      stderr: (bytes) => this.stderr.push(bytes),
      preopens: new Map(root === undefined ? [] : [['/', root]]),
      ...options,
    })
    this.call = this.wasi.imports
  }

  static reading(stdin: StdinSource): Guest {
    return new Guest(undefined, { stdin })
  }

  /** A place of this size that nothing else uses. */
  allocate(sizeBytes: number): number {
    const pointer = this.#free
    this.#free = (this.#free + sizeBytes + 7) & ~7
    const missingBytes = this.#free - this.memory.buffer.byteLength
    if (missingBytes > 0) this.memory.grow(Math.ceil(missingBytes / 65_536))
    return pointer
  }

  place(bytes: Uint8Array): number {
    const pointer = this.allocate(bytes.length)
    new Uint8Array(this.memory.buffer, pointer, bytes.length).set(bytes)
    return pointer
  }

  /** Pointer and size, as every path argument is passed. */
  text(text: string): [pointer: number, sizeBytes: number] {
    const bytes = Buffer.from(text)
    return [this.place(bytes), bytes.length]
  }

  /** An iovec array over buffers at the given places: its pointer and count. */
  iovecs(...buffers: readonly (readonly [pointer: number, sizeBytes: number])[]): [pointer: number, count: number] {
    const pointer = this.allocate(8 * buffers.length)
    buffers.forEach(([buf, sizeBytes], index) => {
      this.view(pointer + 8 * index).setUint32(0, buf, true)
      this.view(pointer + 8 * index).setUint32(4, sizeBytes, true)
    })
    return [pointer, buffers.length]
  }

  view(pointer: number): DataView {
    return new DataView(this.memory.buffer, pointer)
  }

  u32(pointer: number): number {
    return this.view(pointer).getUint32(0, true)
  }

  u64(pointer: number): bigint {
    return this.view(pointer).getBigUint64(0, true)
  }

  bytes(pointer: number, sizeBytes: number): Buffer {
    return Buffer.from(new Uint8Array(this.memory.buffer, pointer, sizeBytes).slice())
  }

  open(path: string, options: OpenOptions = {}): number {
    const opened = this.tryOpen(path, options)
    if (typeof opened === 'string') throw new Error(`open "${path}": ${opened}`)
    return opened
  }

  /** The descriptor, or the name of the error. */
  tryOpen(path: string, options: OpenOptions = {}): number | string {
    const out = this.allocate(4)
    const result = this.call.path_open(
      options.directoryFd ?? 3,
      (options.follow ?? true) ? 1 : 0,
      ...this.text(path),
      (options.creat === true ? CREAT : 0) |
        (options.directory === true ? DIRECTORY : 0) |
        (options.excl === true ? EXCL : 0) |
        (options.trunc === true ? TRUNC : 0),
      options.rights ?? (options.directory === true ? EVERYTHING & ~RIGHT.fdWrite : EVERYTHING),
      EVERYTHING,
      options.append === true ? APPEND : 0,
      out,
    )
    return result === 0 ? this.u32(out) : errno(result)
  }

  /** What a single read of up to `sizeBytes` gives. */
  read(fd: number, sizeBytes: number): string {
    const buffer = this.allocate(sizeBytes)
    const nread = this.allocate(4)
    expect(errno(this.call.fd_read(fd, ...this.iovecs([buffer, sizeBytes]), nread))).to.equal('SUCCESS')
    return this.bytes(buffer, this.u32(nread)).toString()
  }

  tryRead(fd: number): string {
    return errno(this.call.fd_read(fd, ...this.iovecs([this.allocate(16), 16]), this.allocate(4)))
  }

  write(fd: number, ...parts: readonly string[]): number {
    const nwritten = this.allocate(4)
    const iovecs = this.iovecs(...parts.map((part) => this.text(part)))
    expect(errno(this.call.fd_write(fd, ...iovecs, nwritten))).to.equal('SUCCESS')
    return this.u32(nwritten)
  }

  tryWrite(fd: number): string {
    return errno(this.call.fd_write(fd, ...this.iovecs(this.text('text')), this.allocate(4)))
  }

  /** The new offset, or the name of the error. */
  seek(fd: number, offset: bigint, whence: 'set' | 'cur' | 'end'): bigint | string {
    const out = this.allocate(8)
    const result = this.call.fd_seek(fd, offset, ['set', 'cur', 'end'].indexOf(whence), out)
    return result === 0 ? this.u64(out) : errno(result)
  }

  /** One fd_readdir: the whole entries the buffer held, and whether the directory ended there. */
  readdir(fd: number, cookie: bigint, bufferBytes: number): { entries: Dirent[]; ended: boolean } {
    const buffer = this.allocate(bufferBytes)
    const out = this.allocate(4)
    expect(errno(this.call.fd_readdir(fd, buffer, bufferBytes, cookie, out))).to.equal('SUCCESS')
    const used = this.u32(out)
    const entries: Dirent[] = []
    for (let at = 0; at + 24 <= used;) {
      const view = this.view(buffer + at)
      const nameBytes = view.getUint32(16, true)
      if (at + 24 + nameBytes > used) break
      entries.push({
        next: view.getBigUint64(0, true),
        inode: view.getBigUint64(8, true),
        filetype: view.getUint8(20),
        name: this.bytes(buffer + at + 24, nameBytes).toString(),
      })
      at += 24 + nameBytes
    }
    return { entries, ended: used < bufferBytes }
  }
}
