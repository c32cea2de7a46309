// Shows how the driver's answer becomes a template, and a template one compile. The driver's text is what clang 22 prints.
import {
  cc1Arguments,
  classifyFlags,
  driverArguments,
  makeDependencies,
  missingHeader,
  parseDriverOutput,
} from '@worc/compilers'
import { expect } from 'chai'
import { describe, it } from 'mocha'

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
    expect(driverArguments('c', [], 22)).to.include('-wasm-use-legacy-eh=true')
    expect(driverArguments('c', [], 19)).not.to.include('-wasm-use-legacy-eh=true')
  })

  it('puts the flags of the user after -fno-exceptions, which only C++ gets', () => {
    const args = driverArguments('c++', ['-fexceptions'], 22)
    expect(args.indexOf('-fexceptions')).to.be.greaterThan(args.indexOf('-fno-exceptions'))
    expect(driverArguments('c', [], 22)).not.to.include('-fno-exceptions')
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
    const line = cc1Arguments(template, flags.value, names).join(' ')
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
