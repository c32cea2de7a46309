// Shows the user's own clang as a process, over the packaged sysroot. Needs Debian's clang-19; says so where it is absent.
import { createCompiler, type CachingCompiler } from '@worc/compile'
import type { CompiledObject, CompileRequest } from '@worc/compilers'
import type { Expected } from '@worc/protocol'
import { expect } from 'chai'
import { after, before, describe, it } from 'mocha'
import { spawnSync } from 'node:child_process'
import { chmodSync, existsSync } from 'node:fs'
import { join } from 'node:path'
import { TemporaryDirectory } from './temporary-directory.js'

const clang = 'clang-19'

describe('createCompiler, with a native clang', () => {
  let files: TemporaryDirectory
  const compilers: CachingCompiler[] = []
  before(() => (files = new TemporaryDirectory()))
  after(() => {
    for (const compiler of compilers) compiler.close()
    files.remove()
  })

  function compilerOf(name: string): CachingCompiler {
    const created = createCompiler({ clang: name, cacheDirectory: join(files.path, 'cache') })
    if (!created.ok) throw new Error(created.error.message)
    compilers.push(created.value)
    return created.value
  }
  const request = (text: string, flags: string[] = []): CompileRequest => {
    return { language: 'c', fileName: 'src/foo.c', source: Buffer.from(text), directory: files.path, flags }
  }
  const code = (outcome: Expected<CompiledObject>): string =>
    outcome.ok ? 'ok' : `${outcome.error.code}: ${outcome.error.message}`

  it('answers CompilerUnavailable when there is no such clang, or it is something else', async () => {
    expect(code(await compilerOf('/no/such/clang').compile(request('int foo;\n')))).to.equal(
      'CompilerUnavailable: clang "/no/such/clang" was not found',
    )
    files.write('not-clang', '#!/bin/sh\necho hello\n')
    chmodSync(join(files.path, 'not-clang'), 0o755)
    expect(code(await compilerOf(join(files.path, 'not-clang')).compile(request('int foo;\n')))).to.match(
      /^CompilerUnavailable: ".*not-clang" does not say that it is clang$/,
    )
  })

  it('kills a clang that does not end when the signal says so', async () => {
    files.write('endless-clang', '#!/bin/sh\nexec tail -f /dev/null\n')
    chmodSync(join(files.path, 'endless-clang'), 0o755)
    const abort = new AbortController()
    const outcome = compilerOf(join(files.path, 'endless-clang')).compile(request('int foo;\n'), {
      signal: abort.signal,
    })
    abort.abort()
    expect(code(await outcome)).to.match(/^Aborted: /)
  })

  describe(`with ${clang}`, () => {
    before(function () {
      if (spawnSync(clang, ['--version']).status === 0) return
      process.stderr.write(`SKIPPED: ${clang} is not installed; the native compiler is not tested\n`)
      this.skip()
    })

    it('compiles with the packaged headers and its own, and caches', async () => {
      const compiler = compilerOf(clang)
      files.write('inc/foo.h', '#define FOO 1\n')
      const text =
        '#include <stdio.h>\n#include <stdatomic.h>\n#include <foo.h>\n_Atomic int a = FOO;\n_Thread_local int t;\n'
      const first = await compiler.compile(request(text, ['-I', 'inc']))
      expect(code(first)).to.equal('ok')
      expect(first).to.deep.include({ ok: true }).and.to.have.nested.property('value.diagnostics', '')
      expect(await compiler.compile(request(text, ['-I', 'inc']))).to.have.nested.property('value.fromCache', true)
      files.write('inc/foo.h', '#define FOO 2\n')
      expect(await compiler.compile(request(text, ['-I', 'inc']))).to.have.nested.property('value.fromCache', false)
      expect(existsSync(join(files.path, 'cache'))).to.equal(true)
    })

    it('does not cache an object when it read a file that the include scan did not see', async () => {
      const compiler = compilerOf(clang)
      files.write('inc/glued.h', 'int Glued;\n')
      const source = request('#define S_(x) #x\n#define S(x) S_(x)\n#include S(glued.h)\n', ['-Iinc'])
      for (let time = 0; time < 2; time++) {
        expect(await compiler.compile(source)).to.have.nested.property('value.fromCache', false)
      }
    })

    it('prints diagnostics by the names that the user gave, of a file that exists only in memory', async () => {
      const outcome = await compilerOf(clang).compile(request('int f( {\n'))
      expect(outcome.ok ? '' : outcome.error.code === 'CompileFailed' && outcome.error.diagnostics).to.match(
        /^src\/foo.c:1:8: error: expected parameter declarator\n[^]*\n3 errors generated\.\n$/,
      )
    })
  })
})
