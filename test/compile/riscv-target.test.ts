// Shows a compiler for RISC-V: without a native clang it says what to do; with Debian's clang-19 (and it says so where that is
// absent) it makes ELF objects from the user's headers and clang's own, and the cache keeps the targets apart.
import { createCompiler, type CachingCompiler, type CompilerSettings } from '@worc/compile'
import type { CompiledObject, CompileRequest } from '@worc/compilers'
import { readElfObject, readLineTable, readSignatures, type ElfObject } from '@worc/elf'
import type { Expected } from '@worc/protocol'
import { expect } from 'chai'
import { after, before, describe, it } from 'mocha'
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { TemporaryDirectory } from './temporary-directory.js'

const clang = 'clang-19'

describe('createCompiler, for RISC-V', () => {
  let files: TemporaryDirectory
  const compilers: CachingCompiler[] = []
  before(() => (files = new TemporaryDirectory()))
  after(() => {
    for (const compiler of compilers) compiler.close()
    files.remove()
  })

  function compilerFor(settings: CompilerSettings): Expected<CachingCompiler> {
    const created = createCompiler({ cacheDirectory: join(files.path, 'cache'), ...settings })
    if (created.ok) compilers.push(created.value)
    return created
  }
  function withClang(target: 'wasm' | 'riscv64' | 'riscv32'): CachingCompiler {
    const created = compilerFor({ target, clang })
    if (!created.ok) throw new Error(created.error.message)
    return created.value
  }
  function request(text: string, ...flags: string[]): CompileRequest {
    return { language: 'c', fileName: 'src/foo.c', source: Buffer.from(text), directory: files.path, flags }
  }
  function compiled(outcome: Expected<CompiledObject>): CompiledObject {
    if (!outcome.ok) throw new Error(JSON.stringify(outcome.error))
    return outcome.value
  }
  function elf(outcome: Expected<CompiledObject>): ElfObject {
    const object = readElfObject(compiled(outcome).object)
    if (!object.ok) throw new Error(object.error.message)
    return object.value
  }

  for (const target of ['riscv64', 'riscv32'] as const)
    it(`${target} (no native clang): CompilerUnavailable says what is missing, and how to name one`, () => {
      const created = compilerFor({ target })
      expect(created.ok ? created.value : created.error).to.deep.equal({
        code: 'CompilerUnavailable',
        message: `target ${target} needs a native clang: the packaged one knows WebAssembly only. Name one (JITOptions.clang, --clang PATH)`,
      })
    })

  it('a native clang that is not there is CompilerUnavailable, as on WebAssembly', async () => {
    const created = compilerFor({ target: 'riscv64', clang: '/no/such/clang' })
    const outcome = created.ok ? await created.value.compile(request('int Foo;\n')) : created
    expect(outcome.ok ? outcome.value : outcome.error).to.include({ code: 'CompilerUnavailable' })
  })

  describe(`with ${clang}`, () => {
    before(function () {
      if (spawnSync(clang, ['--version']).status === 0) return
      process.stderr.write(`SKIPPED: ${clang} is not installed; compiling for RISC-V is not tested\n`)
      this.skip()
    })

    const compressed = 1
    const doubleFloats = 4
    const foo =
      '#include <stdint.h>\n#include <stddef.h>\n#include <stdatomic.h>\n#include <limits.h>\n' +
      '_Static_assert(sizeof(void *) * CHAR_BIT == __riscv_xlen && sizeof(uintptr_t) == sizeof(size_t), "");\n' +
      'double Foo(double x) { return x; }\n'

    for (const [target, elfClass] of [
      ['riscv64', 64],
      ['riscv32', 32],
    ] as const)
      it(`${target}: an object of its class for the ABI with doubles in registers, by clang's own headers, and cached`, async () => {
        const compiler = withClang(target)
        const object = elf(await compiler.compile(request(foo)))
        expect([object.elfClass, object.flags]).to.deep.equal([elfClass, compressed | doubleFloats])
        expect(object.symbols.find(({ name }) => name === 'Foo')).to.include({ binding: 'global', type: 'function' })
        expect(compiled(await compiler.compile(request(foo))).fromCache).to.equal(true)
      })

    it('the objects of one source for different targets lie apart in the cache', async () => {
      const source = 'int Apart;\n'
      for (const target of ['wasm', 'riscv64', 'riscv32'] as const)
        expect(compiled(await withClang(target).compile(request(source))).fromCache, target).to.equal(false)
    })

    it("the user's -march, -mabi, -D and -std mean what they mean", async () => {
      const compiler = withClang('riscv64')
      const source = '_Static_assert(__STDC_VERSION__ == 199901L && BAR == 3 && !defined_c, "");\nint Foo;\n'
      const soft = elf(
        await compiler.compile(
          request(
            `#ifdef __riscv_c\n#define defined_c 1\n#else\n#define defined_c 0\n#endif\n${source}`,
            '-march=rv64ima',
            '-DBAR=3',
            '-std=c99',
          ),
        ),
      )
      expect(soft.flags).to.equal(0)
      expect(elf(await compiler.compile(request('int Foo;\n', '-mabi=lp64'))).flags).to.equal(compressed)
    })

    it('no header but those of clang and of the directories that the user names', async () => {
      const compiler = withClang('riscv64')
      const source = '#include <stdint.h>\n#include <stdio.h>\nint Foo = WORDS + sizeof(int32_t);\n'
      const missing = await compiler.compile(request(source))
      expect(missing.ok ? '' : missing.error.message).to.include("'stdio.h' file not found")
      files.write('libc/stdio.h', '#define WORDS 7\n')
      files.write('libc/stdint.h', 'typedef int int32_t;\n')
      expect(compiled(await compiler.compile(request(source, '-isystem', 'libc'))).fromCache).to.equal(false)
      expect(compiled(await compiler.compile(request(source, '-isystem', 'libc'))).fromCache).to.equal(true)
      files.write('libc/stdint.h', 'typedef int int32_t; typedef int more;\n')
      expect(compiled(await compiler.compile(request(source, '-isystem', 'libc'))).fromCache).to.equal(false)
    })

    it('-g tells signatures, and lines of the file as the user named it', async () => {
      const object = elf(await withClang('riscv64').compile(request('\nlong Foo(char *bar) { return *bar; }\n', '-g')))
      expect(Object.fromEntries(readSignatures(object))).to.deep.equal({
        Foo: { parameters: ['pointer'], results: ['i64'] },
      })
      const text = object.sections.findIndex(({ name }) => name === '.text')
      expect(readLineTable(object).lookup(text, 0)).to.include({ file: join(files.path, 'src/foo.c'), line: 2 })
    })

    it('C++ has no exceptions, which nobody would unwind', async () => {
      const outcome = await withClang('riscv64').compile({ ...request('void f() { throw 1; }\n'), language: 'c++' })
      expect(outcome.ok ? '' : outcome.error.message).to.include("cannot use 'throw' with exceptions disabled")
    })

    it('a flag for another target is refused by name', async () => {
      const outcome = await withClang('riscv64').compile(request('int Foo;\n', '--target=riscv32'))
      expect(outcome.ok ? '' : outcome.error.message).to.equal(
        'flag "--target=riscv32" is refused: the target is the session\'s',
      )
    })
  })
})
