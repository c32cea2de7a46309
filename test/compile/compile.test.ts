// Shows a compile from request to object with the packaged clang: one compiler for the whole file, because each first load of
// clang costs more than a second.
import type { CachingCompiler } from '@worc/compile'
import { createCompiler, type CompilerSettings } from '@worc/compile'
import type { CompiledObject, CompileRequest } from '@worc/compilers'
import type { CompileError, Expected } from '@worc/protocol'
import { expect } from 'chai'
import { after, before, describe, it } from 'mocha'
import { readdirSync, rmSync, truncateSync } from 'node:fs'
import { join } from 'node:path'
import { TemporaryDirectory } from './temporary-directory.js'

const isWebAssembly = (bytes: Uint8Array): boolean => Buffer.from(bytes.subarray(0, 4)).toString('latin1') === '\0asm'

/** Symbol and string tables hold names as they are; one byte for each letter is enough to find them. */
const textOf = (object: Uint8Array): string => Buffer.from(object).toString('latin1')

describe('createCompiler, with the packaged clang', () => {
  let files: TemporaryDirectory
  let compiler: CachingCompiler
  // A thread that is ended in the midst of a streaming compilation takes Node 20 with it: clang must be loaded otherwise.
  const { compileStreaming } = WebAssembly
  const noStreaming = (): Promise<never> => Promise.reject(new Error('clang is compiled by streaming'))
  before(() => {
    files = new TemporaryDirectory()
    compiler = another()
    WebAssembly.compileStreaming = noStreaming
  })
  after(() => {
    compiler.close()
    files.remove()
    WebAssembly.compileStreaming = compileStreaming
  })

  function another(settings: CompilerSettings = {}): CachingCompiler {
    const created = createCompiler({ cacheDirectory: join(files.path, 'cache'), ...settings })
    if (!created.ok) throw new Error(created.error.message)
    return created.value
  }
  function request(text: string | undefined, flags: string[] = [], more: Partial<CompileRequest> = {}): CompileRequest {
    const source = text === undefined ? {} : { source: Buffer.from(text) }
    return { language: 'c', fileName: 'src/foo.c', directory: files.path, flags, ...source, ...more }
  }
  function compiled(outcome: Expected<CompiledObject>): CompiledObject {
    if (!outcome.ok) throw new Error(JSON.stringify(outcome.error))
    return outcome.value
  }
  function refused(outcome: Expected<CompiledObject>): CompileError {
    if (outcome.ok || outcome.error.code !== 'CompileFailed') throw new Error(`not refused: ${JSON.stringify(outcome)}`)
    return outcome.error
  }

  const hello = '#include <stdio.h>\nint main(void) { int unused; printf("hello\\n"); return 0; }\n'
  const warning =
    "src/foo.c:2:22: warning: unused variable 'unused' [-Wunused-variable]\n" +
    '    2 | int main(void) { int unused; printf("hello\\n"); return 0; }\n' +
    '      |                      ^~~~~~\n' +
    '1 warning generated.\n'

  it('compiles hello world, and gives the warnings as clang prints them', async () => {
    const { object, diagnostics, fromCache } = compiled(await compiler.compile(request(hello, ['-Wall'])))
    expect(isWebAssembly(object)).to.equal(true)
    expect(textOf(object)).to.include('printf')
    expect(diagnostics).to.equal(warning)
    expect(fromCache).to.equal(false)
    expect(WebAssembly.compileStreaming).to.equal(noStreaming)
  })

  it('answers the same compile from the cache, warnings too, without clang', async () => {
    const first = compiled(await compiler.compile(request(hello, ['-Wall'])))
    const other = another()
    const second = compiled(await other.compile(request(hello, ['-Wall'])))
    expect(other.clangRuns).to.equal(0)
    other.close()
    for (const { object } of [first, second]) expect(object.buffer.byteLength).to.equal(object.length)
    expect(second).to.include({ diagnostics: warning, fromCache: true })
    expect(Buffer.from(second.object).equals(first.object)).to.equal(true)
  })

  it('makes the same bytes when nothing is cached', async () => {
    const uncached = another({ cacheDirectory: false })
    const [one, other] = [
      await uncached.compile(request(hello, ['-g'])),
      await uncached.compile(request(hello, ['-g'])),
    ]
    expect(uncached.clangRuns).to.equal(2)
    uncached.close()
    expect(Buffer.from(compiled(one).object).equals(compiled(other).object)).to.equal(true)
  })

  it('compiles again where the entry is damaged, and mends it', async () => {
    const separate = another({ cacheDirectory: join(files.path, 'damaged') })
    const { object } = compiled(await separate.compile(request('int foo;\n')))
    const objects = join(files.path, 'damaged', 'objects')
    for (const name of readdirSync(objects)) truncateSync(join(objects, name), 100)
    const again = compiled(await separate.compile(request('int foo;\n')))
    expect(again.fromCache).to.equal(false)
    expect(Buffer.from(again.object).equals(object)).to.equal(true)
    expect(compiled(await separate.compile(request('int foo;\n'))).fromCache).to.equal(true)
    separate.close()
  })

  it('compiles again when a header of a header changes, and only then', async () => {
    const source = request('#include "a/foo.h"\nint foo = FOO;\n')
    files.write('src/a/foo.h', '#include "../../bar.h"\n')
    files.write('bar.h', '#define FOO 41\n')
    const cached = async (): Promise<boolean> => compiled(await compiler.compile(source)).fromCache
    expect([await cached(), await cached()]).to.deep.equal([false, true])
    files.write('bar.h', '#define FOO 42\n')
    expect([await cached(), await cached()]).to.deep.equal([false, true])
    files.write('bar.h', '#define FOO 41\n')
    expect(await cached()).to.equal(true)
  })

  it('compiles again when a header appears earlier in the search', async () => {
    const source = request('#include <foo.h>\nint FOO;\n', ['-I', 'one', '-I', 'two'])
    files.write('two/foo.h', '#define FOO InTwo\n')
    expect(textOf(compiled(await compiler.compile(source)).object)).to.include('InTwo')
    files.write('one/foo.h', '#define FOO InOne\n')
    expect(textOf(compiled(await compiler.compile(source)).object)).to.include('InOne')
    rmSync(join(files.path, 'one/foo.h'))
    expect(compiled(await compiler.compile(source)).fromCache).to.equal(true)
  })

  it('does not cache what depends on the time', async () => {
    const source = request('const char *foo = __TIME__;\n')
    compiled(await compiler.compile(source))
    expect(compiled(await compiler.compile(source)).fromCache).to.equal(false)
  })

  it('finds a header whose name macros glue together, and does not cache the object', async () => {
    files.write('inc/glued.h', 'int Glued;\n')
    const source = request('#define S_(x) #x\n#define S(x) S_(x)\n#include S(glued.h)\n', ['-Iinc'])
    expect(textOf(compiled(await compiler.compile(source)).object)).to.include('Glued')
    expect(compiled(await compiler.compile(source)).fromCache).to.equal(false)
  })

  it('gives the errors exactly as clang prints them, by the names that the user gave', async () => {
    files.write('inc/bad.h', '\nint f( {\n')
    const { diagnostics, message } = refused(await compiler.compile(request('#include "../inc/bad.h"\n')))
    expect(diagnostics).to.match(
      /^In file included from src\/foo.c:1:\nsrc\/\.\.\/inc\/bad\.h:2:8: error: expected parameter declarator\n/,
    )
    expect(diagnostics).to.match(/\n3 errors generated\.\n$/)
    expect(message).to.equal('"src/foo.c" did not compile: src/../inc/bad.h:2:8: error: expected parameter declarator')
    const missing = refused(await compiler.compile(request('#include "nope.h"\n')))
    expect(missing.diagnostics).to.equal(
      "src/foo.c:1:10: fatal error: 'nope.h' file not found\n" +
        '    1 | #include "nope.h"\n' +
        '      |          ^~~~~~~~\n' +
        '1 error generated.\n',
    )
  })

  it('obeys -D, -U, -include, -std, -O and -g', async () => {
    files.write('inc/forced.h', '#define VALUE 3\n')
    const text = [
      '#if Foo != 1 || Bar != 2 || defined(_WASI_EMULATED_GETPID) || VALUE != 3 || __STDC_VERSION__ != 199901L || !__OPTIMIZE__',
      '#error a flag was lost',
      '#endif',
      'int value;',
    ].join('\n')
    const flags = ['-DFoo', '-D', 'Bar=2', '-U_WASI_EMULATED_GETPID', '-include', 'inc/forced.h', '-std=c99', '-O2']
    expect(textOf(compiled(await compiler.compile(request(text, flags))).object)).not.to.include('.debug_info')
    expect(textOf(compiled(await compiler.compile(request(text, [...flags, '-g']))).object)).to.include('.debug_info')
  })

  it('emulates what wasi-libc lacks, and sets jumps with the legacy instructions', async () => {
    const text =
      '#include <signal.h>\n#include <setjmp.h>\njmp_buf b;\nvoid g(void);\nint f(void) { if (setjmp(b)) return 1; g(); return 0; }\n'
    const object = compiled(await compiler.compile(request(text))).object
    expect(textOf(object)).to.include('__wasm_setjmp')
    // V8 11 knows no other exception instructions, so on Node 20 an object with the new ones is not even valid.
    expect(WebAssembly.validate(Buffer.from(object))).to.equal(true)
  })

  it('compiles C++ with the standard library, and refuses throw where it stands', async () => {
    const cxx = { language: 'c++', fileName: 'foo.cc' } as const
    const vector = request('#include <vector>\nint f() { std::vector<int> v{1, 2}; return v.size(); }\n', [], cxx)
    expect(textOf(compiled(await compiler.compile(vector)).object))
      .to.include('_Z1fv')
      .and.not.to.include('__cxa_throw')
    const { message } = refused(await compiler.compile(request('void f() { throw 1; }\n', [], cxx)))
    expect(message).to.equal(
      '"foo.cc" did not compile: foo.cc:1:12: error: cannot use \'throw\' with exceptions disabled',
    )
  })

  it('reads the main file itself when the request has no text', async () => {
    files.write('src/real.c', 'int Real;\n')
    const fromFile = await compiler.compile(request(undefined, [], { fileName: 'src/real.c' }))
    expect(textOf(compiled(fromFile).object)).to.include('Real')
    const missing = refused(await compiler.compile(request(undefined, [], { fileName: 'src/none.c' })))
    expect(missing.diagnostics).to.equal("clang: error: no such file or directory: 'src/none.c'\n")
  })

  it('reports flags that clang does not know in the words of clang, and others before clang runs', async () => {
    const unknown = refused(await compiler.compile(request('int foo;\n', ['-fno-such-thing'])))
    expect(unknown.diagnostics).to.equal("clang: error: unknown argument: '-fno-such-thing'\n")
    const runs = compiler.clangRuns
    const refusedFlag = await compiler.compile(request('int foo;\n', ['-o', 'foo.o']))
    expect(refusedFlag).to.have.nested.property('error.code', 'BadArgument')
    expect(compiler.clangRuns).to.equal(runs)
  })

  it('answers Aborted to an aborted signal, and CompilerUnavailable once closed', async () => {
    const signal = AbortSignal.abort()
    expect(await compiler.compile(request('int aborted;\n'), { signal })).to.have.nested.property(
      'error.code',
      'Aborted',
    )
    const closed = another()
    closed.close()
    expect(await closed.compile(request(hello, ['-Wall']))).to.have.nested.property('error.code', 'CompilerUnavailable')
  })
})
