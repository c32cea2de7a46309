// Shows how the driver's answer becomes a template, and a template one compile. The driver's text is what clang 22 prints.
import {
  cc1Arguments,
  classifyFlags,
  compileTarget,
  driverArguments,
  makeDependencies,
  missingHeader,
  parseDriverOutput,
} from '@worc/compilers'
import { expect } from 'chai'
import { describe, it } from 'mocha'

const wasm = compileTarget('wasm')

const banner =
  'clang version 22.1.0 (https://example.org 9560ae0f)\nTarget: wasm32-unknown-wasip1\nThread model: posix\nInstalledDir: \n'
const job =
  ' "" "clang" "-cc1" "-main-file-name" "source" "-fdebug-compilation-dir=/" "-D" "Q=\\"a\\$b\\"" "-o" "source.o" "-x" "c" "source"\n'

describe('parseDriverOutput', () => {
  it('takes the words of the one job, unquoted', () => {
    const output = parseDriverOutput(`${banner}Build config: +assertions\n (in-process)\n${job}`)
    expect(output).to.deep.include({ ok: true, warnings: '' })
    expect(output.ok && output.template.slice(0, 6)).to.deep.equal([
      ...['-cc1', '-main-file-name', 'source', '-fdebug-compilation-dir=/', '-D', 'Q="a$b"'],
    ])
  })

  it('keeps warnings, and fails on an error even where a job follows', () => {
    const warning = "clang: warning: argument unused during compilation: '-mfoo' [-Wunused-command-line-argument]\n"
    expect(parseDriverOutput(banner + warning + job)).to.deep.include({ ok: true, warnings: warning })
    const error = "clang: error: unsupported option '-march=' for target 'wasm32-wasip1'\n"
    expect(parseDriverOutput(banner + error + job)).to.deep.equal({ ok: false, diagnostics: error })
  })

  it('fails when there is more than one job', () => {
    expect(parseDriverOutput(banner + job + job).ok).to.equal(false)
  })
})

describe('driverArguments', () => {
  it('says that exceptions are the legacy ones to clangs that can choose', () => {
    expect(driverArguments(wasm, 'c', [], 22)).to.include('-wasm-use-legacy-eh=true')
    expect(driverArguments(wasm, 'c', [], 19)).not.to.include('-wasm-use-legacy-eh=true')
  })

  it('puts the flags of the user after -fno-exceptions, which only C++ gets', () => {
    const args = driverArguments(wasm, 'c++', ['-fexceptions'], 22)
    expect(args.indexOf('-fexceptions')).to.be.greaterThan(args.indexOf('-fno-exceptions'))
    expect(driverArguments(wasm, 'c', [], 22)).not.to.include('-fno-exceptions')
  })
})

describe('driverArguments, for RISC-V', () => {
  const riscv64 = compileTarget('riscv64')

  it('names machine, ABI and code model, which those of the user come after', () => {
    expect(driverArguments(riscv64, 'c', ['-mcmodel=medlow', '-mabi=lp64'], 19).slice(0, -3)).to.deep.equal([
      ...['--target=riscv64-unknown-elf', '-c', '-march=rv64gc', '-mabi=lp64d', '-mcmodel=medany', '-nostdlibinc'],
      ...['-mcmodel=medlow', '-mabi=lp64'],
    ])
    const narrow = driverArguments(compileTarget('riscv32'), 'c', [], 19)
    expect(narrow).to.include.members(['--target=riscv32-unknown-elf', '-march=rv32gc', '-mabi=ilp32d'])
  })

  it('leaves the ABI to clang where the user names another machine', () => {
    for (const machine of ['-march=rv64imac', '-mcpu=sifive-s21'])
      expect(driverArguments(riscv64, 'c', [machine], 19).join(' ')).not.to.match(/-mabi|rv64gc/)
  })

  it('has nothing of WebAssembly in it', () => {
    expect(driverArguments(riscv64, 'c++', [], 22).join(' ')).not.to.match(/wasm|atomics|bulk/)
    expect(riscv64.macros).to.deep.equal([])
  })
})

describe('cc1Arguments', () => {
  it('fills in the names of the compile', () => {
    const template = [
      '-cc1',
      '-main-file-name',
      'source',
      '-fdebug-compilation-dir=/',
      '-o',
      'source.o',
      '-x',
      'c',
      'source',
    ]
    const flags = classifyFlags(['-DFoo', '-Iinc'], 'c')
    if (!flags.ok) throw new Error(flags.error.message)
    const names = { fileName: 'dir/foo.c', directory: '/home/u', object: '/out', overlay: '/overlay' }
    const line = cc1Arguments(wasm, template, flags.value, names).join(' ')
    expect(line).to.match(/^-cc1 -main-file-name foo.c -fdebug-compilation-dir=\/home\/u -x c -D _WASI/)
    expect(line).to.match(/ -D Foo -I inc -working-directory \/home\/u -ivfsoverlay \/overlay -o \/out dir\/foo.c$/)
  })
})

describe('makeDependencies', () => {
  it('reads continued lines and quoted characters', () => {
    const rule = 'object: dir/foo.c \\\n  inc/a\\ b.h C:/x.h \\\n  odd\\#$$.h\n'
    expect(makeDependencies(rule)).to.deep.equal(['dir/foo.c', 'inc/a b.h', 'C:/x.h', 'odd#$.h'])
  })

  it('reads nothing from an empty file', () => {
    expect(makeDependencies('')).to.deep.equal([])
  })
})

describe('missingHeader', () => {
  it('names the header that stopped the compile, and nothing else', () => {
    expect(missingHeader("foo.c:1:10: fatal error: 'a/b.h' file not found\n    1 | #include X\n")).to.equal('a/b.h')
    expect(missingHeader("foo.c:1:1: error: 'x' file not found is what I say\n")).to.equal(undefined)
  })
})
