// Preopened directories, listings and the calls that change what a directory holds.
import { expect } from 'chai'
import { existsSync, lstatSync, mkdirSync, readFileSync, readlinkSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, afterEach, beforeEach, describe, it } from 'mocha'
import { errno, Guest, type Dirent } from './guest.js'
import { Sandbox } from './sandbox.js'

const sandbox = new Sandbox()
let guest: Guest

beforeEach(() => {
  sandbox.renew()
  guest = new Guest(sandbox.inside)
})
afterEach(() => {
  guest.wasi.close()
})
after(() => {
  sandbox.remove()
})

const onHost = (name: string): string => join(sandbox.inside, name)

/** The whole directory, read through a buffer of this size from cookie to cookie. */
function list(fd: number, bufferBytes: number): Dirent[] {
  const all: Dirent[] = []
  for (let cookie = 0n; ;) {
    const { entries, ended } = guest.readdir(fd, cookie, bufferBytes)
    all.push(...entries)
    cookie = entries.at(-1)?.next ?? cookie
    if (ended) return all
  }
}

describe('preopened directories', () => {
  it('prestat tells their names, in order, and EBADF after the last', () => {
    const two = new Guest(undefined, {
      preopens: new Map([
        ['/', sandbox.inside],
        ['/größe', sandbox.outside],
      ]),
    })
    const [prestat, name] = [two.allocate(8), two.allocate(16)]
    const nameOf = (fd: number): string => {
      expect(errno(two.call.fd_prestat_get(fd, prestat))).to.equal('SUCCESS')
      expect(two.view(prestat).getUint8(0)).to.equal(0)
      const sizeBytes = two.u32(prestat + 4)
      expect(errno(two.call.fd_prestat_dir_name(fd, name, sizeBytes))).to.equal('SUCCESS')
      expect(errno(two.call.fd_prestat_dir_name(fd, name, sizeBytes - 1))).to.equal('NAMETOOLONG')
      return two.bytes(name, sizeBytes).toString()
    }
    expect([nameOf(3), nameOf(4)]).to.deep.equal(['/', '/größe'])
    expect(errno(two.call.fd_prestat_get(5, prestat))).to.equal('BADF')
    two.wasi.close()
  })

  it("the host's root can be one", () => {
    const whole = new Guest('/')
    const root = whole.open('./', { directory: true })
    const name = sandbox.inside.slice(1)
    expect(whole.open(`${name}/`, { directory: true, directoryFd: root })).to.be.a('number')
    expect(whole.tryOpen('..', { directoryFd: root })).to.equal('NOTCAPABLE')
    whole.wasi.close()
  })

  it('a directory that the guest opened itself has no prestat', () => {
    const fd = guest.open('.', { directory: true })
    expect(errno(guest.call.fd_prestat_get(fd, guest.allocate(8)))).to.equal('BADF')
    expect(errno(guest.call.fd_prestat_dir_name(fd, 64, 8))).to.equal('BADF')
  })
})

describe('fd_readdir', () => {
  beforeEach(() => {
    mkdirSync(onHost('dir'))
    symlinkSync('dir', onHost('link'))
    for (let index = 0; index < 20; index++) writeFileSync(onHost(`file-${String(index)}`), '')
  })

  it('names, types and inodes, with . and ..', () => {
    const entries = list(3, 4096)
    expect(entries).to.have.length(24)
    const types = new Map(entries.map(({ name, filetype }) => [name, filetype]))
    expect(['.', '..', 'dir', 'link', 'file-7'].map((name) => types.get(name))).to.deep.equal([3, 3, 3, 7, 4])
    for (const { name, inode } of entries) {
      const expected = lstatSync(name === '..' ? sandbox.inside : onHost(name), { bigint: true }).ino
      expect(inode, name).to.equal(expected)
    }
  })

  it('a buffer that holds one or two entries: cookies lead through all of them, once each', () => {
    expect(list(3, 64).map(({ name }) => name)).to.deep.equal(list(3, 4096).map(({ name }) => name))
  })

  it('a buffer too small for a header is filled, and says so', () => {
    expect(guest.readdir(3, 0n, 10)).to.deep.equal({ entries: [], ended: false })
  })

  it('cookies stay good while the directory changes; from the start it is read anew', () => {
    const { entries } = guest.readdir(3, 0n, 64)
    const rest = guest.readdir(3, entries.at(-1)?.next ?? 0n, 4096).entries
    guest.open('added', { creat: true })
    expect(guest.readdir(3, entries.at(-1)?.next ?? 0n, 4096).entries).to.deep.equal(rest)
    expect(list(3, 4096).map(({ name }) => name)).to.include('added')
  })

  it('a cookie of an earlier descriptor, one past the end, and what is no directory', () => {
    const fd = guest.open('.', { directory: true })
    expect(guest.readdir(fd, 23n, 4096).entries).to.have.length(1)
    expect(guest.readdir(fd, 24n, 4096)).to.deep.equal({ entries: [], ended: true })
    expect(guest.readdir(fd, -1n, 4096)).to.deep.equal({ entries: [], ended: true })
    const file = guest.open('file-1')
    expect(errno(guest.call.fd_readdir(file, 64, 8, 0n, 128))).to.equal('NOTDIR')
  })
})

describe('changing a directory', () => {
  it('create and remove directories', () => {
    const { call } = guest
    expect(errno(call.path_create_directory(3, ...guest.text('a/')))).to.equal('SUCCESS')
    expect(errno(call.path_create_directory(3, ...guest.text('a')))).to.equal('EXIST')
    expect(errno(call.path_create_directory(3, ...guest.text('b/c')))).to.equal('NOENT')
    expect(errno(call.path_create_directory(3, ...guest.text('a/b')))).to.equal('SUCCESS')
    expect(errno(call.path_remove_directory(3, ...guest.text('a')))).to.equal('NOTEMPTY')
    expect(errno(call.path_remove_directory(3, ...guest.text('a/b')))).to.equal('SUCCESS')
    expect(errno(call.path_remove_directory(3, ...guest.text('a/.')))).to.equal('INVAL')
    expect(errno(call.path_remove_directory(3, ...guest.text('a')))).to.equal('SUCCESS')
    guest.open('file', { creat: true })
    expect(errno(call.path_remove_directory(3, ...guest.text('file')))).to.equal('NOTDIR')
    expect(errno(call.path_remove_directory(3, ...guest.text('.')))).to.equal('INVAL')
  })

  it('unlink a file, not a directory; an open file lives on', () => {
    const fd = guest.open('file', { creat: true })
    guest.write(fd, 'text')
    expect(errno(guest.call.path_unlink_file(3, ...guest.text('file')))).to.equal('SUCCESS')
    expect(errno(guest.call.path_unlink_file(3, ...guest.text('file')))).to.equal('NOENT')
    guest.seek(fd, 0n, 'set')
    expect(guest.read(fd, 4)).to.equal('text')
    mkdirSync(onHost('dir'))
    expect(errno(guest.call.path_unlink_file(3, ...guest.text('dir')))).to.equal('ISDIR')
    writeFileSync(onHost('file'), '')
    expect(errno(guest.call.path_unlink_file(3, ...guest.text('file/')))).to.equal('NOTDIR')
  })

  it('unlink removes a symbolic link, not what it leads to', () => {
    writeFileSync(onHost('file'), '')
    symlinkSync('file', onHost('link'))
    expect(errno(guest.call.path_unlink_file(3, ...guest.text('link')))).to.equal('SUCCESS')
    expect([existsSync(onHost('link')), existsSync(onHost('file'))]).to.deep.equal([false, true])
  })

  it('rename, from one directory descriptor to another', () => {
    mkdirSync(onHost('dir'))
    writeFileSync(onHost('file'), 'text')
    writeFileSync(onHost('other'), '')
    const dir = guest.open('dir', { directory: true })
    const rename = (from: string, toFd: number, to: string): string =>
      errno(guest.call.path_rename(3, ...guest.text(from), toFd, ...guest.text(to)))
    expect(rename('file', dir, 'moved')).to.equal('SUCCESS')
    expect(readFileSync(onHost('dir/moved'), 'utf8')).to.equal('text')
    expect(rename('file', dir, 'moved')).to.equal('NOENT')
    expect(rename('other', dir, 'moved')).to.equal('SUCCESS')
    expect(rename('dir', 3, '.')).to.equal('BUSY')
    expect(rename('.', 3, 'elsewhere')).to.equal('BUSY')
    expect(rename('dir', dir, 'below')).to.equal('INVAL')
    expect(rename('dir/', 3, 'renamed/')).to.equal('SUCCESS')
  })

  it('link: a second name for a file, not for a directory', () => {
    writeFileSync(onHost('file'), 'text')
    mkdirSync(onHost('dir'))
    symlinkSync('file', onHost('alias'))
    const link = (from: string, to: string, lookup = 0): string =>
      errno(guest.call.path_link(3, lookup, ...guest.text(from), 3, ...guest.text(to)))
    expect(link('file', 'second')).to.equal('SUCCESS')
    expect(lstatSync(onHost('second')).nlink).to.equal(2)
    expect(link('file', 'second')).to.equal('EXIST')
    expect(link('dir', 'third')).to.equal('PERM')
    expect(link('alias', 'fourth', 1)).to.equal('SUCCESS')
    expect(lstatSync(onHost('fourth')).isSymbolicLink()).to.equal(false)
  })

  it('symlink and readlink, cut to the buffer', () => {
    const { call } = guest
    expect(errno(call.path_symlink(...guest.text('../dir/target'), 3, ...guest.text('link')))).to.equal('SUCCESS')
    expect(readlinkSync(onHost('link'))).to.equal('../dir/target')
    const [buffer, used] = [guest.allocate(32), guest.allocate(4)]
    const readlink = (name: string, sizeBytes: number): string =>
      errno(call.path_readlink(3, ...guest.text(name), buffer, sizeBytes, used))
    expect(readlink('link', 32)).to.equal('SUCCESS')
    expect(guest.bytes(buffer, guest.u32(used)).toString()).to.equal('../dir/target')
    expect(readlink('link', 4)).to.equal('SUCCESS')
    expect(guest.u32(used)).to.equal(4)
    writeFileSync(onHost('file'), '')
    expect(readlink('file', 32)).to.equal('INVAL')
    expect(readlink('missing', 32)).to.equal('NOENT')
    expect(errno(call.path_symlink(...guest.text('x'), 3, ...guest.text('link')))).to.equal('EXIST')
  })

  it('paths that are none', () => {
    const create = (path: string): string => errno(guest.call.path_create_directory(3, ...guest.text(path)))
    expect(create('')).to.equal('NOENT')
    expect(create('a\0b')).to.equal('INVAL')
    expect(create('n'.repeat(300))).to.equal('NAMETOOLONG')
    expect(create('n/'.repeat(3000))).to.equal('NAMETOOLONG')
  })
})
