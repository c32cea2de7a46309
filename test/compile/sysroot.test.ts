// Shows that single files of the packaged sysroot are read whole and where libraries are looked for.
import { libraryNamed, openSysroot, defaultCacheDirectory, type Sysroot } from '@worc/compile'
import { compileTarget, defaultLibraries } from '@worc/compilers'
import { expect } from 'chai'
import { after, before, describe, it } from 'mocha'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { TemporaryDirectory } from './temporary-directory.js'

const archiveMagic = '!<arch>\n'
const head = (bytes: Uint8Array | undefined): string => String.fromCharCode(...(bytes?.slice(0, 8) ?? []))

describe('Sysroot', () => {
  let files: TemporaryDirectory
  let sysroot: Sysroot
  before(() => {
    files = new TemporaryDirectory()
    const opened = openSysroot()
    if (!opened.ok) throw new Error(opened.error.message)
    sysroot = opened.value
  })
  after(() => {
    sysroot.close()
    files.remove()
  })

  it('has every default library, as an archive in shared memory', () => {
    for (const path of defaultLibraries('c++')) {
      const bytes = sysroot.bytes(path)
      expect(head(bytes), path).to.equal(archiveMagic)
      expect(bytes?.buffer).to.be.instanceOf(SharedArrayBuffer)
    }
  })

  it('has the headers where the include scan looks for them', () => {
    const [cxx, c] = compileTarget('wasm').includeDirectories('c++')
    expect(sysroot.text(`${cxx}/vector`)).to.match(/_LIBCPP_VECTOR\n[^]*#endif[^\n]*\n$/)
    expect(sysroot.text(`${c}/stdio.h`)).to.include('printf')
    expect(sysroot.text('include/nope.h')).to.equal(undefined)
  })

  it('finds -l names in the given directories first, then in the sysroot', () => {
    files.write('libs/libm.a', `${archiveMagic}mine`)
    const mine = join(files.path, 'libs')
    expect(libraryNamed('m', [join(files.path, 'none'), mine], sysroot)?.path).to.equal(join(mine, 'libm.a'))
    expect(libraryNamed('m', [], sysroot)?.path).to.equal('lib/wasm32-wasip1/libm.a')
    expect(head(libraryNamed(':libc.a', [mine], sysroot)?.bytes)).to.equal(archiveMagic)
    expect(libraryNamed('nope', [mine], sysroot)).to.equal(undefined)
  })
})

describe('defaultCacheDirectory', () => {
  it('follows the platform, and WORC_CACHE_DIR before it', () => {
    expect(defaultCacheDirectory({ WORC_CACHE_DIR: '/c', XDG_CACHE_HOME: '/x' }, 'linux')).to.equal('/c')
    expect(defaultCacheDirectory({ XDG_CACHE_HOME: '/x' }, 'linux')).to.equal(join('/x', 'worc'))
    expect(defaultCacheDirectory({ XDG_CACHE_HOME: '' }, 'linux')).to.equal(join(homedir(), '.cache', 'worc'))
    expect(defaultCacheDirectory({}, 'darwin')).to.equal(join(homedir(), 'Library', 'Caches', 'worc'))
    expect(defaultCacheDirectory({ LOCALAPPDATA: '/l' }, 'win32')).to.equal(join('/l', 'worc'))
  })
})
