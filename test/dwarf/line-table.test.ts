// Shows that readLineTable gives for every code offset of an ELF object what llvm-dwarfdump printed for it (recorded beside the
// fixture), although most distances in its line table are left to the linker, and that damage costs lines, never an exception.
import { readLineTable, type ElfObject } from '@worc/elf'
import { expect } from 'chai'
import { describe, it } from 'mocha'
import { fixture, fixtureText } from './objects.js'

function sectionNamed(object: ElfObject, name: string): number {
  return object.sections.findIndex((section) => section.name === name)
}

/** The object with other bytes in one of its sections. */
function changed(object: ElfObject, name: string, change: (content: Uint8Array) => Uint8Array): ElfObject {
  const sections = object.sections.map((section) => {
    return section.name === name ? { ...section, content: change(section.content.slice()) } : section
  })
  return { ...object, sections }
}

const names = [
  ...['clang64-dwarf5', 'clang64-dwarf4-no-relax', 'clang32-dwarf4', 'clang64-lines-only'],
  ...['gcc64-dwarf5', 'gcc32-dwarf4', 'gcc64-lines-only', 'gcc64-assembly'],
]

describe('readLineTable, of ELF objects', () => {
  for (const name of names)
    it(`${name}: every code offset has the line that llvm-dwarfdump gives`, () => {
      const object = fixture(name)
      const rows = fixtureText(`${name}.lines`).trim().split('\n')
      const recorded = rows.map((row) => row.split(' '))
      const table = readLineTable(object)
      const text = sectionNamed(object, '.text')
      const sizeBytes = object.sections[text]?.content.length ?? 0
      expect(sizeBytes).to.be.greaterThan(0)
      for (let offset = 0; offset < sizeBytes; offset++) {
        const [, line, column, end] = recorded.findLast(([address]) => Number(address) <= offset) ?? []
        const expected = end === undefined && line !== '0' ? `${line}:${column}` : undefined
        const location = table.lookup(text, offset)
        expect(location && `${location.line}:${location.column}`, `offset ${offset}`).to.equal(expected)
      }
      expect(table.problem()).to.equal(undefined)
    })

  it('the file is absolute where the compiler recorded its directory', () => {
    for (const [name, file] of [
      ['clang64-dwarf5', '/source/program.c'],
      ['gcc64-dwarf5', '/source/program.c'],
      ['gcc64-assembly', '/source/assembly.s'],
    ] as const) {
      const object = fixture(name)
      expect(readLineTable(object).lookup(sectionNamed(object, '.text'), 0)?.file, name).to.equal(file)
    }
  })

  it('each section of code has lines of its own', () => {
    const object = fixture('clang32-sections')
    const table = readLineTable(object)
    const lines = Object.fromEntries(
      ['add', 'wide', 'skip', 'nothing', 'hidden', 'either'].map((name) => {
        return [name, table.lookup(sectionNamed(object, `.text.${name}`), 0)?.line]
      }),
    )
    const source = fixtureText('program.c').split('\n')
    for (const [name, line = 0] of Object.entries(lines))
      expect(source[line - 1], name).to.match(new RegExp(`\\b${name}\\(`))
  })

  it('no lines outside of code, beyond a section, or without debug information', () => {
    const object = fixture('clang32-sections')
    const table = readLineTable(object)
    const add = sectionNamed(object, '.text.add')
    const sizeBytes = object.sections[add]?.content.length ?? 0
    expect(table.lookup(add, sizeBytes - 1)).not.to.equal(undefined)
    expect(table.lookup(add, sizeBytes)).to.equal(undefined)
    expect(table.lookup(sectionNamed(object, '.debug_line'), 0)).to.equal(undefined)
    expect(table.lookup(object.sections.length, 0)).to.equal(undefined)
    const stripped = { ...object, sections: object.sections.filter(({ name }) => !name.startsWith('.debug')) }
    expect(readLineTable(stripped).lookup(add, 0)).to.equal(undefined)
    expect(readLineTable(stripped).problem()).to.equal(undefined)
  })

  it('an object cut anywhere in its line table has a problem or fewer lines, never others', () => {
    const object = fixture('gcc64-dwarf5')
    const text = sectionNamed(object, '.text')
    const whole = readLineTable(object)
    const length = object.sections[sectionNamed(object, '.debug_line')]?.content.length ?? 0
    for (let end = 0; end < length; end++) {
      const table = readLineTable(changed(object, '.debug_line', (content) => content.subarray(0, end)))
      expect([undefined, whole.lookup(text, 8)?.line], `${end} bytes`).to.include(table.lookup(text, 8)?.line)
    }
  })

  it('a relocation that reaches beyond its section changes nothing', () => {
    const object = fixture('clang64-dwarf5')
    const short = changed(object, '.debug_line', (content) => content.subarray(0, 40))
    expect(readLineTable(short).problem()?.message).to.match(/^truncated: /)
  })
})
