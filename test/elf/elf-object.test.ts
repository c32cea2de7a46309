// What is read of clang's objects, that writing and reading are inverse, and that LLVM's readelf agrees with the writer.
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import { describe, it } from 'mocha'
import { readElfObject, sectionFlag, writeElfObject } from '@worc/elf'
import type { ElfObject, ElfSymbol } from '@worc/elf'
import { smallObject } from './objects.js'

const readelf = 'llvm-readelf-19'

function readFixture(name: string): ElfObject {
  return read(readFileSync(new URL(`../../elf/fixtures/${name}.o`, import.meta.url)))
}

function read(bytes: Uint8Array): ElfObject {
  const outcome = readElfObject(bytes)
  if (!outcome.ok) throw new Error(outcome.error.message)
  return outcome.value
}

describe('readElfObject', () => {
  const object = readFixture('program64')
  const sectionNamed = (name: string): ElfObject['sections'][number] => {
    const found = object.sections.find((section) => section.name === name)
    if (found === undefined) throw new Error(`no section ${name}`)
    return found
  }
  const symbolNamed = (name: string): ElfObject['symbols'][number] | undefined =>
    object.symbols.find((symbol) => symbol.name === name)

  it('keeps sections with their flags, sizes and alignments, and none of the plumbing', () => {
    expect(object.elfClass).to.equal(64)
    expect(object.flags & 1).to.equal(1)
    expect(object.sections.map(({ name }) => name).filter((name) => /^\.(rela|sym|str|shstr|group|riscv)/.test(name)))
      .to.be.empty
    const [text, bss, tdata, strings] = ['.text.run', '.bss', '.tdata', '.rodata.str1.1'].map(sectionNamed)
    expect(text).to.include({ sizeBytes: 98, alignmentBytes: 2, flags: sectionFlag.alloc | sectionFlag.execinstr })
    expect(bss).to.include({ sizeBytes: 256 }).and.to.have.property('content').with.length(0)
    expect(tdata?.flags).to.equal(sectionFlag.write | sectionFlag.alloc | sectionFlag.tls)
    expect(Buffer.from(strings?.content ?? []).toString()).to.equal('running\0')
  })

  it('gives relocations with their symbols and addends', () => {
    const { relocations } = sectionNamed('.text.run')
    expect(relocations).to.have.length(12)
    expect(relocations.map(({ symbol }) => object.symbols[symbol ?? -1]?.name).slice(2, 5)).to.deep.equal([
      'puts',
      'absent',
      '.Lpcrel_hi1',
    ])
    expect(relocations[2]).to.include({ offset: 0x10, type: 19, addend: 0 })
  })

  it('gives symbols with binding, type, visibility and place', () => {
    expect(symbolNamed('absent')).to.deep.include({ binding: 'weak', place: { kind: 'undefined' } })
    expect(symbolNamed('answer')).to.include({ visibility: 'hidden', type: 'object', value: 8, sizeBytes: 4 })
    expect(symbolNamed('counter')).to.include({ type: 'tls', sizeBytes: 4 })
    expect(symbolNamed('program.cpp')).to.deep.include({ type: 'file', place: { kind: 'absolute' } })
  })

  it('gives groups', () => {
    const [group] = object.groups
    expect(group?.isComdat).to.equal(true)
    expect(object.symbols[group?.signature ?? -1]?.name).to.equal('_ZTW7counter')
    expect(group?.sections.map((position) => object.sections[position]?.name)).to.deep.equal(['.text._ZTW7counter'])
  })

  it('reads the 32-bit class: RELAX has no symbol', () => {
    const { elfClass, sections, symbols } = readFixture('program32')
    expect(elfClass).to.equal(32)
    const run = sections.find(({ name }) => name === '.text.run')
    const [first, second] = run?.relocations ?? []
    expect(symbols[first?.symbol ?? -1]?.name).to.be.a('string')
    expect(second).to.deep.equal({ offset: first?.offset, type: 51, symbol: undefined, addend: 0 })
  })
})

describe('writeElfObject', () => {
  for (const elfClass of [32, 64] as const)
    it(`ELF${elfClass}: reads as what was written`, () => {
      expect(read(writeElfObject(smallObject(elfClass)))).to.deep.equal(smallObject(elfClass))
    })

  it('loses nothing as the file grows', () => {
    const small = smallObject(64)
    for (let count = 1; count < 120; count++) {
      const relocations = Array.from({ length: count }, () => ({ offset: 1, type: 0x1111, symbol: 0, addend: -1 }))
      const sections = small.sections.map((section, index) => (index === 0 ? { ...section, relocations } : section))
      expect(read(writeElfObject({ ...small, sections })).sections[0]?.relocations).to.deep.equal(relocations)
    }
  })

  it('keeps what clang wrote, but for symbols in sections that are not kept', () => {
    const object = readFixture('program32')
    expect(() => writeElfObject(object)).to.throw(/"\$d" is in a section that was not kept/)
    const isSkipped = object.symbols.findIndex(({ place }) => place.kind === 'skipped')
    const symbols = object.symbols.with(isSkipped, { ...smallObject(32).symbols[1], name: '$d' } as ElfSymbol)
    expect(read(writeElfObject({ ...object, symbols }))).to.deep.equal({ ...object, symbols })
  })

  it('writes what readelf reads', function () {
    if (spawnSync(readelf, ['--version']).status !== 0) {
      process.stderr.write(`SKIPPED: ${readelf} is not installed; it does not read what was written\n`)
      this.skip()
    }
    const folder = mkdtempSync(join(tmpdir(), 'worc-elf-'))
    try {
      for (const elfClass of [32, 64] as const) {
        const path = join(folder, 'foo.o')
        writeFileSync(path, writeElfObject(smallObject(elfClass)))
        const { stdout, stderr } = spawnSync(readelf, ['-W', '-h', '-S', '-s', '-r', '-g', path], { encoding: 'utf8' })
        expect(stderr).to.equal('')
        expect(stdout)
          .to.match(/R_RISCV_CALL_PLT .*Bär - 4/)
          .and.match(/R_RISCV_RELAX +0/)
          .and.match(/COMDAT group section \[ +1\] `\.group' \[Foo\] contains 2 sections/)
          .and.match(/24 OBJECT +GLOBAL DEFAULT +COM Baz/)
          .and.match(/f{8,16} +0 NOTYPE +LOCAL +DEFAULT +ABS limit/)
          .and.match(/\.bss +NOBITS +0+ \w+ 000040/)
      }
    } finally {
      rmSync(folder, { recursive: true })
    }
  })

  it('refuses local symbols behind global ones: the format cannot say that', () => {
    const object = smallObject(64)
    expect(() => writeElfObject({ ...object, symbols: object.symbols.toReversed() })).to.throw(/comes after a global/)
  })
})
