// What a guest cannot reach. Each way out of a preopened directory is tried with every call that takes a path, beside
// the paths that look like ways out and are none.
import { expect } from 'chai'
import { existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, afterEach, beforeEach, describe, it } from 'mocha'
import { errno, Guest } from './guest.js'
import { Sandbox } from './sandbox.js'

const sandbox = new Sandbox()
let guest: Guest

beforeEach(() => {
  sandbox.renew()
  mkdirSync(onHost('dir/deep'), { recursive: true })
  writeFileSync(onHost('file'), 'inside')
  writeFileSync(join(sandbox.outside, 'secret'), 'secret')
  symlinkSync('../outside', onHost('relative'))
  symlinkSync(sandbox.outside, onHost('absolute'))
  symlinkSync('../outside/secret', onHost('to-secret'))
  symlinkSync('../outside/created', onHost('to-nothing'))
  symlinkSync('dir/../..', onHost('up'))
  symlinkSync('dir', onHost('harmless'))
  symlinkSync('../file', onHost('dir/to-file'))
  symlinkSync('loop', onHost('loop'))
  guest = new Guest(sandbox.inside)
})
afterEach(() => {
  guest.wasi.close()
})
after(() => {
  sandbox.remove()
})

function onHost(name: string): string {
  return join(sandbox.inside, name)
}

/** Every call that takes a path, made with this one as each of its paths; the errors they answered. */
function attempts(path: string): Record<string, string> {
  const { call } = guest
  const [stat, used] = [guest.allocate(64), guest.allocate(4)]
  const way = guest.text(path)
  const file = guest.text('file')
  const opened = guest.tryOpen(path)
  const created = guest.tryOpen(path, { creat: true })
  return {
    path_open: String(opened),
    'path_open creat': String(created),
    path_create_directory: errno(call.path_create_directory(3, ...way)),
    path_filestat_get: errno(call.path_filestat_get(3, 1, ...way, stat)),
    path_filestat_set_times: errno(call.path_filestat_set_times(3, 1, ...way, 0n, 0n, 5)),
    'path_link from': errno(call.path_link(3, 1, ...way, 3, ...guest.text('linked'))),
    'path_link to': errno(call.path_link(3, 1, ...file, 3, ...way)),
    path_readlink: errno(call.path_readlink(3, ...way, stat, 64, used)),
    path_remove_directory: errno(call.path_remove_directory(3, ...way)),
    'path_rename from': errno(call.path_rename(3, ...way, 3, ...guest.text('renamed'))),
    'path_rename to': errno(call.path_rename(3, ...file, 3, ...way)),
    path_symlink: errno(call.path_symlink(...guest.text('file'), 3, ...way)),
    path_unlink_file: errno(call.path_unlink_file(3, ...way)),
  }
}

describe('the sandbox', () => {
  const waysOut: Readonly<Record<string, string>> = {
    'the parent': '..',
    'a file of the parent': '../outside/secret',
    'up through a directory': 'dir/../../outside/secret',
    'up from below': 'dir/deep/../../../outside/secret',
    'an absolute path': '/etc/passwd',
    'an absolute path that leads back inside': '/file',
    'a relative link': 'relative/secret',
    'an absolute link': 'absolute/secret',
    'a link to the parent': 'up/outside/secret',
    'a link through a link': 'harmless/../relative/secret',
    'a link with a trailing slash': 'relative/',
  }
  for (const [what, path] of Object.entries(waysOut)) {
    it(`${what} ("${path}") is ENOTCAPABLE to every call`, () => {
      for (const [call, result] of Object.entries(attempts(path))) expect(result, call).to.equal('NOTCAPABLE')
      expect(readdirSync(sandbox.outside)).to.deep.equal(['secret'])
      expect(readFileSync(join(sandbox.outside, 'secret'), 'utf8')).to.equal('secret')
    })
  }

  it('a last component that is a link out: not followed, and itself within reach', () => {
    expect(guest.tryOpen('to-secret')).to.equal('NOTCAPABLE')
    expect(guest.tryOpen('to-secret', { follow: false })).to.equal('LOOP')
    expect(guest.tryOpen('to-nothing', { creat: true })).to.equal('NOTCAPABLE')
    expect(guest.tryOpen('to-nothing', { creat: true, excl: true })).to.equal('EXIST')
    const stat = guest.allocate(64)
    expect(errno(guest.call.path_filestat_get(3, 0, ...guest.text('to-secret'), stat))).to.equal('SUCCESS')
    expect(guest.view(stat).getUint8(16)).to.equal(7)
    expect(errno(guest.call.path_unlink_file(3, ...guest.text('to-secret')))).to.equal('SUCCESS')
    expect(existsSync(join(sandbox.outside, 'secret'))).to.equal(true)
    expect(existsSync(join(sandbox.outside, 'created'))).to.equal(false)
  })

  it('a guest makes no absolute link, and one that leads out leads it nowhere', () => {
    const symlink = (target: string, path: string): string =>
      errno(guest.call.path_symlink(...guest.text(target), 3, ...guest.text(path)))
    expect(symlink('/etc', 'etc')).to.equal('NOTCAPABLE')
    expect(symlink('../..', 'out')).to.equal('SUCCESS')
    expect(guest.tryOpen('out/outside/secret')).to.equal('NOTCAPABLE')
  })

  it('a directory descriptor is a root of its own', () => {
    const dir = guest.open('dir', { directory: true })
    expect(guest.tryOpen('../file', { directoryFd: dir })).to.equal('NOTCAPABLE')
    expect(guest.tryOpen('to-file', { directoryFd: dir })).to.equal('NOTCAPABLE')
    expect(guest.tryOpen('deep/../deep', { directoryFd: dir, directory: true })).to.be.a('number')
  })

  it('paths that stay inside: dots, links, doubled slashes', () => {
    const inside = ['./file', 'dir/../file', 'dir/deep/../../file', 'dir/to-file', 'harmless/to-file', 'dir//./../file']
    for (const path of inside) expect(guest.read(guest.open(path), 16), path).to.equal('inside')
    expect(guest.open('./', { directory: true })).to.be.a('number')
    expect(guest.open('harmless/', { directory: true })).to.be.a('number')
    expect(guest.open('harmless/..', { directory: true })).to.be.a('number')
  })

  it('a way that does not exist, is no directory, or goes in circles', () => {
    expect(guest.tryOpen('missing/../file')).to.equal('NOENT')
    expect(guest.tryOpen('file/../file')).to.equal('NOTDIR')
    expect(guest.tryOpen('file/.')).to.equal('NOTDIR')
    expect(guest.tryOpen('loop')).to.equal('LOOP')
    expect(guest.tryOpen('loop/file')).to.equal('LOOP')
  })
})
