// Standard streams over bytes, callbacks and descriptors of the host, and how Node's error codes reach the guest.
import { ClosedPipe, fdWriter } from '@worc/executor'
import { expect } from 'chai'
import { execFileSync } from 'node:child_process'
import { closeSync, constants, openSync, readFileSync, readSync, writeFileSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { getSystemErrorMap } from 'node:util'
import { Worker } from 'node:worker_threads'
import { after, beforeEach, describe, it } from 'mocha'
import { errno, errnoNames, Guest } from './guest.js'
import { Sandbox } from './sandbox.js'

const NONBLOCK = 4
const sandbox = new Sandbox()
const files: number[] = []

/** A descriptor of this process that is closed after the test file. */
function open(path: string, flags: number): number {
  const fd = openSync(path, flags)
  files.push(fd)
  return fd
}

/** Both ends of a new FIFO; opening one end alone would block. */
function fifo(flags: number): { reader: number; writer: number } {
  const path = join(sandbox.inside, 'fifo')
  execFileSync('mkfifo', [path])
  const both = openSync(path, constants.O_RDWR)
  const ends = { reader: open(path, constants.O_RDONLY | flags), writer: open(path, constants.O_WRONLY | flags) }
  closeSync(both)
  return ends
}

beforeEach(() => {
  sandbox.renew()
})
after(() => {
  for (const fd of files) closeSync(fd)
  sandbox.remove()
})

describe('stdin from bytes', () => {
  it('reads on to the end, and then 0 for ever', () => {
    const guest = Guest.reading({ type: 'bytes', bytes: Buffer.from('line\nrest') })
    expect([guest.read(0, 5), guest.read(0, 2), guest.read(0, 9), guest.read(0, 9), guest.read(0, 9)]).to.deep.equal([
      'line\n',
      're',
      'st',
      '',
      '',
    ])
  })

  it('fills iovecs in order, empty ones too', () => {
    const guest = Guest.reading({ type: 'bytes', bytes: Buffer.from('abcdef') })
    const [first, second, nread] = [guest.allocate(2), guest.allocate(8), guest.allocate(4)]
    const iovecs = guest.iovecs([first, 2], [0, 0], [second, 8])
    expect(errno(guest.call.fd_read(0, ...iovecs, nread))).to.equal('SUCCESS')
    expect(guest.u32(nread)).to.equal(6)
    expect(guest.bytes(first, 2).toString() + guest.bytes(second, 4).toString()).to.equal('abcdef')
  })
})

describe('stdin from a host descriptor', () => {
  it('a file: partial reads, then the end', () => {
    const path = join(sandbox.inside, 'input')
    writeFileSync(path, 'abc')
    const guest = Guest.reading({ type: 'host', fd: open(path, constants.O_RDONLY) })
    expect([guest.read(0, 2), guest.read(0, 2), guest.read(0, 2)]).to.deep.equal(['ab', 'c', ''])
  })

  it('a closed descriptor is EBADF', () => {
    expect(Guest.reading({ type: 'host', fd: 9999 }).tryRead(0)).to.equal('BADF')
  })

  it('a nonblocking FIFO: EAGAIN to a guest that asked for it, the bytes to one that waits', async () => {
    const { reader, writer } = fifo(constants.O_NONBLOCK)
    const guest = Guest.reading({ type: 'host', fd: reader })
    expect(errno(guest.call.fd_fdstat_set_flags(0, NONBLOCK))).to.equal('SUCCESS')
    expect(guest.tryRead(0)).to.equal('AGAIN')
    expect(errno(guest.call.fd_fdstat_set_flags(0, 0))).to.equal('SUCCESS')
    const source = `const { workerData } = require('node:worker_threads')
      require('node:fs').writeSync(workerData, 'late')`
    const worker = new Worker(source, { eval: true, workerData: writer })
    const exited = new Promise((resolve) => worker.once('exit', resolve))
    expect(guest.read(0, 16)).to.equal('late')
    await exited
  })
})

describe('stdout and stderr', () => {
  it('one call is one write, iovecs joined, and a private copy', () => {
    const guest = new Guest(undefined)
    expect(guest.write(1, 'Hello, ', '', 'world\n')).to.equal(13)
    guest.write(2, 'oops')
    expect(guest.stdout.map((bytes) => new TextDecoder().decode(bytes))).to.deep.equal(['Hello, world\n'])
    expect(guest.stderr.map((bytes) => new TextDecoder().decode(bytes))).to.deep.equal(['oops'])
    expect(guest.write(1)).to.equal(0)
    expect(guest.stdout).to.have.length(1)
  })

  it('a stream cannot be sought, read from its other side, or taken for a directory', () => {
    const guest = new Guest(undefined)
    const out = guest.allocate(8)
    expect(guest.seek(1, 0n, 'cur')).to.equal('SPIPE')
    expect(errno(guest.call.fd_tell(0, out))).to.equal('SPIPE')
    expect(errno(guest.call.fd_pread(0, ...guest.iovecs([out, 8]), 0n, out))).to.equal('SPIPE')
    expect(guest.tryRead(1)).to.equal('BADF')
    expect(guest.tryWrite(0)).to.equal('BADF')
    expect(guest.tryOpen('file', { directoryFd: 1 })).to.equal('NOTDIR')
    expect(errno(guest.call.fd_prestat_get(1, out))).to.equal('BADF')
    expect(errno(guest.call.fd_sync(1))).to.equal('INVAL')
  })

  it('fdstat: a terminal is a character device without seek and tell; terminals says which are', () => {
    const filetypes = (guest: Guest): number[] =>
      [0, 1, 2].map((fd) => {
        const fdstat = guest.allocate(24)
        expect(errno(guest.call.fd_fdstat_get(fd, fdstat))).to.equal('SUCCESS')
        expect(guest.u64(fdstat + 8) & 0b100100n, 'seek and tell').to.equal(0n)
        const filestat = guest.allocate(64)
        expect(errno(guest.call.fd_filestat_get(fd, filestat))).to.equal('SUCCESS')
        expect(guest.view(filestat).getUint8(16)).to.equal(guest.view(fdstat).getUint8(0))
        return guest.view(fdstat).getUint8(0)
      })
    expect(filetypes(new Guest(undefined))).to.deep.equal([0, 2, 2])
    expect(filetypes(new Guest(undefined, { terminals: [0] }))).to.deep.equal([2, 0, 0])
  })

  it('renumber: a file takes the place of stdout', () => {
    const guest = new Guest(sandbox.inside)
    const file = guest.open('log', { creat: true })
    expect(errno(guest.call.fd_renumber(file, 1))).to.equal('SUCCESS')
    guest.write(1, 'to the file')
    expect(readFileSync(join(sandbox.inside, 'log'), 'utf8')).to.equal('to the file')
    expect(guest.stdout).to.deep.equal([])
    expect(guest.tryWrite(file)).to.equal('BADF')
    expect(errno(guest.call.fd_renumber(1, 77))).to.equal('BADF')
    guest.wasi.close()
  })

  it('what the callback throws passes through the guest', () => {
    const guest = new Guest(undefined, {
      stdout: () => {
        throw new TypeError('a bug in the host')
      },
    })
    expect(() => guest.tryWrite(1)).to.throw(TypeError, 'a bug in the host')
  })

  it("each of libuv's error codes becomes an error of the guest, by the same name where there is one", () => {
    for (const [code] of getSystemErrorMap().values()) {
      const guest = new Guest(undefined, {
        stdout: () => {
          throw Object.assign(new Error(code), { code })
        },
      })
      // EAI_*: names are not looked up by anything here.
      if (code.startsWith('EAI_')) continue
      const name = guest.tryWrite(1)
      if (errnoNames.includes(code.slice(1))) expect(name, code).to.equal(code.slice(1))
      else expect(name, code).to.be.oneOf(errnoNames.slice(1))
    }
  })
})

describe('fdWriter', () => {
  it('writes all of it', () => {
    const { reader, writer } = fifo(0)
    fdWriter(writer)(Buffer.from('bytes'))
    const read = Buffer.alloc(8)
    expect(read.toString('utf8', 0, readSync(reader, read))).to.equal('bytes')
  })

  it('nobody reads any more: ClosedPipe, through the guest', () => {
    const path = join(sandbox.inside, 'fifo')
    execFileSync('mkfifo', [path])
    const reader = openSync(path, constants.O_RDWR)
    const writer = open(path, constants.O_WRONLY)
    closeSync(reader)
    const guest = new Guest(undefined, { stdout: fdWriter(writer) })
    expect(() => guest.tryWrite(1))
      .to.throw()
      .that.is.instanceOf(ClosedPipe)
      .with.property('fd', writer)
  })

  it('a full nonblocking FIFO: waits for its reader and loses nothing', async () => {
    const { reader, writer } = fifo(constants.O_NONBLOCK)
    const full = Buffer.alloc(1 << 20)
    let alreadyIn = 0
    expect(() => {
      for (;;) alreadyIn += writeSync(writer, full)
    }).to.throw('EAGAIN')
    const blocking = open(join(sandbox.inside, 'fifo'), constants.O_RDONLY)
    const source = `const { parentPort, workerData } = require('node:worker_threads')
      const { readSync } = require('node:fs')
      const chunk = Buffer.alloc(65536)
      for (let left = workerData.sizeBytes; left > 0; ) left -= readSync(workerData.fd, chunk)
      parentPort.postMessage('all')`
    const workerData = { fd: blocking, sizeBytes: alreadyIn + full.length }
    const worker = new Worker(source, { eval: true, workerData })
    const all = new Promise((resolve) => worker.once('message', resolve))
    const exited = new Promise((resolve) => worker.once('exit', resolve))
    fdWriter(writer)(full)
    expect(await all).to.equal('all')
    await exited
    expect(() => readSync(reader, full)).to.throw('EAGAIN')
  })
})
