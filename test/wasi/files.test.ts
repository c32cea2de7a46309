// Regular files: how they open, where reads and writes land, sizes, flags and times, against what the host then sees.
import { expect } from 'chai'
import { existsSync, readdirSync, readFileSync, renameSync, statSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, afterEach, beforeEach, describe, it } from 'mocha'
import { errno, EVERYTHING, Guest, RIGHT } from './guest.js'
import { Sandbox } from './sandbox.js'

const sandbox = new Sandbox()
let guest: Guest

beforeEach(() => {
  sandbox.renew()
  guest = new Guest(sandbox.inside, { now: { realtime: () => 1_234_567_890_500_000_000n } })
})
afterEach(() => {
  guest.wasi.close()
})
after(() => {
  sandbox.remove()
})

const onHost = (name: string): string => join(sandbox.inside, name)
const hostText = (name: string): string => readFileSync(onHost(name), 'utf8')

/** The fields of a `$filestat`. */
function filestat(pointer: number): { filetype: number; nlink: bigint; size: bigint; mtim: bigint; atim: bigint } {
  return {
    filetype: guest.view(pointer).getUint8(16),
    nlink: guest.u64(pointer + 24),
    size: guest.u64(pointer + 32),
    atim: guest.u64(pointer + 40),
    mtim: guest.u64(pointer + 48),
  }
}

describe('path_open', () => {
  it('creat, excl and trunc as in POSIX', () => {
    expect(guest.tryOpen('new')).to.equal('NOENT')
    guest.write(guest.open('new', { creat: true, excl: true }), 'text')
    expect(guest.tryOpen('new', { creat: true, excl: true })).to.equal('EXIST')
    guest.open('new', { creat: true })
    expect(hostText('new')).to.equal('text')
    guest.open('new', { trunc: true })
    expect(hostText('new')).to.equal('')
  })

  it('directory: only a directory will do, and it is not created', () => {
    writeFileSync(onHost('file'), '')
    expect(guest.tryOpen('file', { directory: true })).to.equal('NOTDIR')
    expect(guest.tryOpen('file/')).to.equal('NOTDIR')
    expect(guest.tryOpen('file/below')).to.equal('NOTDIR')
    expect(guest.tryOpen('new', { directory: true, creat: true })).to.equal('INVAL')
    expect(guest.tryOpen('.', { rights: RIGHT.fdWrite })).to.equal('ISDIR')
    expect(guest.open('.', { directory: true })).to.equal(4)
  })

  it('gives out the lowest free number', () => {
    const [first, second] = [guest.open('.', { directory: true }), guest.open('a', { creat: true })]
    expect([first, second]).to.deep.equal([4, 5])
    expect(errno(guest.call.fd_close(4))).to.equal('SUCCESS')
    expect(errno(guest.call.fd_close(4))).to.equal('BADF')
    expect(guest.open('b', { creat: true })).to.equal(4)
  })

  it('rights: what was not asked for cannot be done, nor asked for later', () => {
    writeFileSync(onHost('file'), 'text')
    const readOnly = guest.open('file', { rights: RIGHT.fdRead })
    const writeOnly = guest.open('file', { rights: RIGHT.fdWrite })
    expect(guest.tryWrite(readOnly)).to.equal('NOTCAPABLE')
    expect(guest.tryRead(writeOnly)).to.equal('NOTCAPABLE')
    expect(guest.seek(readOnly, 1n, 'set')).to.equal('NOTCAPABLE')
    expect(errno(guest.call.fd_fdstat_set_rights(readOnly, RIGHT.fdRead | RIGHT.fdSeek, 0n))).to.equal('NOTCAPABLE')
    expect(errno(guest.call.fd_fdstat_set_rights(readOnly, 0n, 0n))).to.equal('SUCCESS')
    expect(guest.tryRead(readOnly)).to.equal('NOTCAPABLE')
    expect(guest.tryOpen('file', { rights: 1n << 40n })).to.equal('NOTCAPABLE')
  })

  it('a directory that passes nothing on opens nothing for writing', () => {
    expect(errno(guest.call.fd_fdstat_set_rights(3, EVERYTHING & ~RIGHT.fdWrite, RIGHT.fdRead))).to.equal('NOTCAPABLE')
    const fdstat = guest.allocate(24)
    expect(errno(guest.call.fd_fdstat_get(3, fdstat))).to.equal('SUCCESS')
    expect(errno(guest.call.fd_fdstat_set_rights(3, guest.u64(fdstat + 8), RIGHT.fdRead))).to.equal('SUCCESS')
    const out = guest.allocate(4)
    const open = (rights: bigint): string =>
      errno(guest.call.path_open(3, 0, ...guest.text('file'), 1, rights, 0n, 0, out))
    expect(open(RIGHT.fdRead | RIGHT.fdWrite)).to.equal('NOTCAPABLE')
    expect(open(RIGHT.fdRead)).to.equal('SUCCESS')
  })

  it('what cannot be reported is not opened: a bad result pointer leaves no file behind', () => {
    const outside = guest.memory.buffer.byteLength
    const result = guest.call.path_open(3, 0, ...guest.text('file'), 1, RIGHT.fdRead, 0n, 0, outside)
    expect(errno(result)).to.equal('FAULT')
    expect(existsSync(onHost('file'))).to.equal(false)
  })
})

describe('reading and writing a file', () => {
  it('each moves the offset; seek and tell know it; beyond the end are zeros', () => {
    const fd = guest.open('file', { creat: true })
    expect(guest.write(fd, 'Hello, ', 'world')).to.equal(12)
    expect(guest.seek(fd, 0n, 'cur')).to.equal(12n)
    expect(guest.seek(fd, -5n, 'end')).to.equal(7n)
    expect(guest.read(fd, 3)).to.equal('wor')
    const out = guest.allocate(8)
    expect(errno(guest.call.fd_tell(fd, out))).to.equal('SUCCESS')
    expect(guest.u64(out)).to.equal(10n)
    expect(guest.seek(fd, 14n, 'set')).to.equal(14n)
    expect(guest.read(fd, 3)).to.equal('')
    guest.write(fd, '!')
    expect(hostText('file')).to.equal('Hello, world\0\0!')
  })

  it('seek refuses a negative offset, an unknown whence and what no file reaches', () => {
    const fd = guest.open('file', { creat: true })
    expect(guest.seek(fd, -1n, 'cur')).to.equal('INVAL')
    expect(guest.seek(fd, 2n ** 62n, 'set')).to.equal('OVERFLOW')
    expect(errno(guest.call.fd_seek(fd, 0n, 3, guest.allocate(8)))).to.equal('INVAL')
    expect(guest.seek(3, 0n, 'set')).to.equal('ISDIR')
    expect(guest.seek(99, 0n, 'set')).to.equal('BADF')
  })

  it('pread and pwrite leave the offset alone', () => {
    const fd = guest.open('file', { creat: true })
    guest.write(fd, '0123456789')
    const [buffer, count] = [guest.allocate(4), guest.allocate(4)]
    expect(errno(guest.call.fd_pwrite(fd, ...guest.iovecs(guest.text('ab')), 2n, count))).to.equal('SUCCESS')
    expect(guest.u32(count)).to.equal(2)
    expect(errno(guest.call.fd_pread(fd, ...guest.iovecs([buffer, 4]), 1n, count))).to.equal('SUCCESS')
    expect(guest.bytes(buffer, 4).toString()).to.equal('1ab4')
    expect(guest.seek(fd, 0n, 'cur')).to.equal(10n)
    expect(errno(guest.call.fd_pread(fd, ...guest.iovecs([buffer, 4]), -1n, count))).to.equal('INVAL')
    expect(errno(guest.call.fd_pread(fd, ...guest.iovecs([buffer, 4]), 1n << 60n, count))).to.equal('FBIG')
    expect(errno(guest.call.fd_pread(fd, 0, 0, 0n, count))).to.equal('SUCCESS')
    expect(guest.u32(count)).to.equal(0)
  })

  it('append: every write goes to the end, wherever others have put it', () => {
    writeFileSync(onHost('log'), 'old ')
    const fd = guest.open('log', { append: true })
    guest.write(fd, 'one ')
    expect(guest.seek(fd, 0n, 'set')).to.equal(0n)
    writeFileSync(onHost('log'), 'other ', { flag: 'a' })
    guest.write(fd, 'two')
    expect(hostText('log')).to.equal('old one other two')
    expect(guest.seek(fd, 0n, 'cur')).to.equal(17n)
  })

  it('append can be set and cleared on an open file, unless its path has become another file', () => {
    const fd = guest.open('file', { creat: true })
    guest.write(fd, '12345')
    guest.seek(fd, 0n, 'set')
    expect(errno(guest.call.fd_fdstat_set_flags(fd, 1))).to.equal('SUCCESS')
    guest.write(fd, '6')
    expect(errno(guest.call.fd_fdstat_set_flags(fd, 0))).to.equal('SUCCESS')
    guest.seek(fd, 0n, 'set')
    guest.write(fd, 'x')
    expect(hostText('file')).to.equal('x23456')
    expect(errno(guest.call.fd_fdstat_set_flags(fd, 32))).to.equal('INVAL')
    renameSync(onHost('file'), onHost('moved'))
    writeFileSync(onHost('file'), '')
    expect(errno(guest.call.fd_fdstat_set_flags(fd, 1))).to.equal('NOTSUP')
    guest.write(fd, 'y')
    expect(hostText('moved')).to.equal('xy3456')
  })

  it('8 MiB in one write and back in one read', () => {
    const fd = guest.open('large', { creat: true })
    const sizeBytes = 8 << 20
    const data = guest.allocate(sizeBytes)
    new Uint32Array(guest.memory.buffer, data, sizeBytes / 4).forEach((_, index, words) => (words[index] = index))
    const count = guest.allocate(4)
    expect(errno(guest.call.fd_write(fd, ...guest.iovecs([data, sizeBytes]), count))).to.equal('SUCCESS')
    expect(guest.u32(count)).to.equal(sizeBytes)
    guest.seek(fd, 0n, 'set')
    const back = guest.allocate(sizeBytes)
    expect(errno(guest.call.fd_read(fd, ...guest.iovecs([back, sizeBytes]), count))).to.equal('SUCCESS')
    expect(guest.u32(count)).to.equal(sizeBytes)
    expect(guest.bytes(back, sizeBytes).equals(readFileSync(onHost('large')))).to.equal(true)
    expect(guest.bytes(data, sizeBytes).equals(guest.bytes(back, sizeBytes))).to.equal(true)
  })

  it('memory grown by another holder between calls: new pages are read and written', () => {
    const fd = guest.open('file', { creat: true })
    const page = guest.memory.grow(1) * 65_536
    new Uint8Array(guest.memory.buffer, page, 3).set(Buffer.from('new'))
    const count = guest.allocate(4)
    expect(errno(guest.call.fd_write(fd, ...guest.iovecs([page, 3]), count))).to.equal('SUCCESS')
    expect(hostText('file')).to.equal('new')
  })

  it('a directory is EISDIR, a closed descriptor EBADF', () => {
    expect(guest.tryRead(3)).to.equal('ISDIR')
    expect(guest.tryWrite(3)).to.equal('ISDIR')
    expect(guest.tryRead(42)).to.equal('BADF')
    expect(guest.tryWrite(-1)).to.equal('BADF')
  })
})

describe('closing', () => {
  const openOnHost = (): number => readdirSync('/dev/fd').length

  it('close, renumber and the end of the Wasi leave nothing open on the host, and neither does what failed', () => {
    const before = openOnHost()
    const other = new Guest(sandbox.inside)
    const [closed, renumbered, kept] = ['a', 'b', 'c'].map((name) => other.open(name, { creat: true }))
    expect(errno(other.call.fd_close(closed ?? -1))).to.equal('SUCCESS')
    expect(errno(other.call.fd_renumber(renumbered ?? -1, kept ?? -1))).to.equal('SUCCESS')
    other.open('.', { directory: true })
    const flagged = other.open('d', { creat: true })
    expect(errno(other.call.fd_fdstat_set_flags(flagged, 1))).to.equal('SUCCESS')
    renameSync(onHost('d'), onHost('e'))
    writeFileSync(onHost('d'), '')
    expect(errno(other.call.fd_fdstat_set_flags(flagged, 0))).to.equal('NOTSUP')
    other.wasi.close()
    expect(
      () =>
        new Guest(undefined, {
          preopens: new Map([
            ['/', sandbox.inside],
            ['/x', '/nowhere'],
          ]),
        }),
    ).to.throw()
    expect(openOnHost()).to.equal(before)
  })
})

describe('attributes of a file', () => {
  it('set_size and allocate', () => {
    const fd = guest.open('file', { creat: true })
    guest.write(fd, 'abcdef')
    const { call } = guest
    expect(errno(call.fd_filestat_set_size(fd, 3n))).to.equal('SUCCESS')
    expect(errno(call.fd_allocate(fd, 2n, 3n))).to.equal('SUCCESS')
    expect(hostText('file')).to.equal('abc\0\0')
    expect(errno(call.fd_allocate(fd, 0n, 1n))).to.equal('SUCCESS')
    expect(statSync(onHost('file')).size).to.equal(5)
    expect(errno(call.fd_allocate(fd, 0n, 0n))).to.equal('INVAL')
    expect(errno(call.fd_filestat_set_size(fd, -1n))).to.equal('INVAL')
    expect(errno(call.fd_filestat_set_size(fd, 1n << 60n))).to.equal('FBIG')
    expect(errno(call.fd_filestat_set_size(1, 1n))).to.equal('SPIPE')
  })

  it('sync, datasync and advise', () => {
    const fd = guest.open('file', { creat: true })
    const { call } = guest
    expect([call.fd_sync(fd), call.fd_datasync(fd), call.fd_sync(3), call.fd_datasync(3)]).to.deep.equal([0, 0, 0, 0])
    expect(errno(call.fd_advise(fd, 0n, 10n, 5))).to.equal('SUCCESS')
    expect(errno(call.fd_advise(fd, 0n, 10n, 6))).to.equal('INVAL')
    expect(errno(call.fd_advise(99, 0n, 10n, 0))).to.equal('BADF')
  })

  it('filestat by descriptor and by path agree with the host', () => {
    writeFileSync(onHost('file'), 'four')
    utimesSync(onHost('file'), 1000, 2000)
    const stat = guest.allocate(64)
    const expected = { filetype: 4, nlink: 1n, size: 4n, atim: 1_000_000_000_000n, mtim: 2_000_000_000_000n }
    expect(errno(guest.call.path_filestat_get(3, 0, ...guest.text('file'), stat))).to.equal('SUCCESS')
    expect(filestat(stat)).to.deep.equal(expected)
    expect(guest.u64(stat + 8)).to.equal(statSync(onHost('file'), { bigint: true }).ino)
    expect(errno(guest.call.fd_filestat_get(guest.open('file'), stat))).to.equal('SUCCESS')
    expect(filestat(stat)).to.deep.equal(expected)
    expect(errno(guest.call.fd_filestat_get(3, stat))).to.equal('SUCCESS')
    expect(filestat(stat).filetype).to.equal(3)
    expect(errno(guest.call.path_filestat_get(3, 0, ...guest.text('missing'), stat))).to.equal('NOENT')
  })

  it('set_times: each of the two given, now, or left alone', () => {
    const fd = guest.open('file', { creat: true })
    utimesSync(onHost('file'), 1000, 2000)
    const times = (): number[] => [statSync(onHost('file')).atimeMs, statSync(onHost('file')).mtimeMs]
    expect(errno(guest.call.fd_filestat_set_times(fd, 5_500_000_000n, 0n, 1))).to.equal('SUCCESS')
    expect(times()).to.deep.equal([5500, 2_000_000])
    const path = guest.text('file')
    expect(errno(guest.call.path_filestat_set_times(3, 0, ...path, 0n, 7_000_000_000n, 4))).to.equal('SUCCESS')
    expect(times()).to.deep.equal([5500, 7000])
    expect(errno(guest.call.path_filestat_set_times(3, 0, ...path, 0n, 0n, 8))).to.equal('SUCCESS')
    expect(times()).to.deep.equal([5500, 1_234_567_890_500])
    expect(errno(guest.call.fd_filestat_set_times(fd, 0n, 0n, 3))).to.equal('INVAL')
    expect(errno(guest.call.fd_filestat_set_times(1, 0n, 0n, 1))).to.equal('BADF')
  })
})
