// Shows that readLineTable gives for every code offset what llvm-dwarfdump printed for it (recorded beside the
// fixture), in versions 4 and 5, and that damaged debug information costs lines, never an exception.
import type { SourceLocation } from '@worc/dwarf'
import { readLineTable, readObject, type ObjectFile } from '@worc/wasm'
import { expect } from 'chai'
import { describe, it } from 'mocha'
import { readFileSync } from 'node:fs'
import { fixture, fixtureText, valueOf } from './fixtures.js'
import { objectWith, custom } from './object-writer.js'

interface Row {
  readonly address: number
  readonly location: SourceLocation | undefined
  readonly isEnd: boolean
}

/** `directory N path`, `file N directory name`, then rows: address, line, column, file and flags. */
function recordedRows(name: string): readonly Row[] {
  const directories = new Map<string, string>()
  const files = new Map<string, string>()
  const rows: Row[] = []
  for (const line of fixtureText(`${name}.lines`).trim().split('\n')) {
    const [word = '', second = '', third = '', fourth = ''] = line.trim().split(/\s+/)
    if (word === 'directory') directories.set(second, third)
    else if (word === 'file') files.set(second, pathOf(directories, third, fourth))
    else {
      const location = second === '0' ? undefined : { file: files.get(fourth) ?? '', line: +second, column: +third }
      rows.push({ address: Number(word), location, isEnd: line.includes('end_sequence') })
    }
  }
  return rows
}

function pathOf(directories: ReadonlyMap<string, string>, index: string, file: string): string {
  const directory = directories.get(index) ?? ''
  const root = index === '0' ? '' : (directories.get('0') ?? '')
  return [root, directory, file].filter((part) => part !== '').join('/')
}

describe('readLineTable', () => {
  for (const name of ['lines4', 'lines5', 'clang22-lines5'])
    it(`${name}: every code offset has the line that llvm-dwarfdump gives`, () => {
      const table = readLineTable(fixture(name))
      const rows = recordedRows(name)
      expect(rows.length).to.be.greaterThan(10)
      const codeBytes = Math.max(...rows.map(({ address }) => address)) + 8
      for (let offset = 0; offset < codeBytes; offset++) {
        const row = rows.findLast(({ address }) => address <= offset)
        const expected = row === undefined || row.isEnd ? undefined : row.location
        expect(table.lookup(offset), `offset ${offset}`).to.deep.equal(expected)
      }
      expect(table.problem()).to.equal(undefined)
    })

  it('lines5: rows begin inside the functions they are of', () => {
    const object = fixture('lines5')
    const table = readLineTable(object)
    const firstLines = object.functions.map(({ bodyOffset, body }) => {
      const offsets = Array.from({ length: body.length }, (_, i) => bodyOffset + i)
      return offsets.map((offset) => table.lookup(offset)?.line).find((line) => line !== undefined)
    })
    expect(firstLines).to.deep.equal([6, 14])
  })

  it('an object whose bytes are a Buffer stays as it was', () => {
    const bytes = readFileSync(new URL('../../wasm/fixtures/lines5.o', import.meta.url))
    const object = valueOf(readObject(bytes))
    // What compilers leave there is what relocations would write.
    for (const { name, content, relocations } of object.customSections)
      if (name === '.debug_line') for (const { offset } of relocations) content.fill(0xaa, offset, offset + 4)
    const before = bytes.toString('hex')
    readLineTable(object).lookup(0)
    expect(bytes.toString('hex')).to.equal(before)
  })

  it('an object without debug information has no lines and no problem', () => {
    const table = readLineTable(fixture('basics'))
    expect(table.lookup(10)).to.equal(undefined)
    expect(table.problem()).to.equal(undefined)
  })

  const objectWithLines = (...bytes: readonly number[]): ObjectFile =>
    valueOf(readObject(objectWith({ rest: custom('.debug_line', bytes) })))

  it('each opcode of a line number program does what DWARF says', () => {
    // Version 2, line base -3, line range 12, opcode base 15, so that 13 and 14 are opcodes nobody knows: 13 has two operands.
    const operandCounts = [0, 1, 1, 1, 1, 0, 0, 0, 1, 0, 0, 1, 2, 0]
    const names = Array.from('dir\0\0a.c\0', (c) => c.charCodeAt(0)).concat(0, 0, 0)
    const inDirectory = Array.from('b.c\0', (c) => c.charCodeAt(0)).concat(1, 0, 0, 0)
    const header = [1, 1, 0xfd, 12, 15, ...operandCounts, ...names, ...inDirectory]
    const program = [
      ...[0, 5, 2, 0x10, 0, 0, 0], // set_address 0x10
      ...[3, 4, 5, 7, 1], // advance_line 4, set_column 7, copy: 0x10 is a.c:5:7
      ...[4, 2, 2, 0x81, 1, 6, 1], // set_file 2, advance_pc 0x81, negate_stmt, copy: 0x91 is b.c:5:7
      ...[8, 3, 0x7e, 1], // const_add_pc (255 - 15) / 12 = 20, advance_line -2, copy: 0xa5 is b.c:3
      ...[9, 0, 1, 13, 0x80, 1, 5, 1], // fixed_advance_pc 0x100, the unknown one, copy: 0x1a5
      ...[0, 2, 0x80, 9, 15 + 12 * 2 + 4], // an unknown extended opcode, special: address + 2, line + 1: 0x1a7 is b.c:4
      ...[2, 1, 0, 1, 1], // advance_pc 1, end_sequence: 0x1a8 is nowhere
    ]
    const length = 2 + 4 + header.length + program.length
    const table = readLineTable(objectWithLines(length, 0, 0, 0, 2, 0, header.length, 0, 0, 0, ...header, ...program))
    expect(table.problem()).to.equal(undefined)
    const lines = [0xf, 0x10, 0x90, 0x91, 0xa4, 0xa5, 0x1a4, 0x1a5, 0x1a6, 0x1a7, 0x1a8].map((offset) => {
      const location = table.lookup(offset)
      return location && `${location.file}:${location.line}:${location.column}`
    })
    expect(lines).to.deep.equal([
      undefined,
      ...['a.c:5:7', 'a.c:5:7', 'dir/b.c:5:7', 'dir/b.c:5:7', 'dir/b.c:3:7', 'dir/b.c:3:7', 'dir/b.c:3:7'],
      ...['dir/b.c:3:7', 'dir/b.c:4:7', undefined],
    ])
  })

  const malformed: readonly (readonly [what: string, bytes: readonly number[], message: string])[] = [
    ['half a length', [1, 0], 'truncated: unit length needs 4 bytes, 2 are left (.debug_line, offset 0x0)'],
    [
      'a unit too long',
      [9, 0, 0, 0, 4],
      'truncated: line table unit needs 9 bytes, 1 are left (.debug_line, offset 0x4)',
    ],
    ['64-bit DWARF', [0xff, 0xff, 0xff, 0xff, 0], '64-bit DWARF is not supported (.debug_line, offset 0x0)'],
    ['version 6', [2, 0, 0, 0, 6, 0], 'unsupported line table version 6: known are 2 to 5 (.debug_line, offset 0x4)'],
    [
      'a header too long',
      [6, 0, 0, 0, 4, 0, 9, 0, 0, 0],
      'truncated: the header says 9 bytes, 0 are left (.debug_line, offset 0xa)',
    ],
    [
      'files that take no bytes',
      [18, 0, 0, 0, 5, 0, 4, 0, 10, 0, 0, 0, 1, 1, 1, 0, 1, 1, 0, 0xff, 0xff, 0x7f],
      'directory count 2097151 is more than the 0 bytes left can hold (.debug_line, offset 0x13)',
    ],
    [
      'an opcode base of 0',
      [12, 0, 0, 0, 4, 0, 6, 0, 0, 0, 1, 1, 1, 0, 1, 0],
      'opcode base is 0: it must be at least 1 (.debug_line, offset 0x10)',
    ],
    [
      'a line range of 0',
      [15, 0, 0, 0, 4, 0, 8, 0, 0, 0, 1, 1, 1, 0, 0, 1, 0, 0, 20],
      'line range is 0: it must be at least 1 (.debug_line, offset 0x13)',
    ],
  ]
  for (const [what, bytes, message] of malformed)
    it(`${what} is a problem, not an exception`, () => {
      const table = readLineTable(objectWithLines(...bytes))
      expect(table.lookup(0)).to.equal(undefined)
      expect(table.problem()).to.deep.equal({ code: 'BadObject', message })
    })

  it('a unit after a malformed one is still read', () => {
    const good = fixture('lines4')
    const section = good.customSections.find(({ name }) => name === '.debug_line')
    const bad = [2, 0, 0, 0, 6, 0]
    const content = Uint8Array.from([...bad, ...(section?.content ?? [])])
    const relocations = (section?.relocations ?? []).map((r) => ({ ...r, offset: r.offset + bad.length }))
    const object = { ...good, customSections: [{ name: '.debug_line', sectionIndex: 0, content, relocations }] }
    const table = readLineTable(object)
    expect(table.lookup(0x13)).to.deep.equal(readLineTable(good).lookup(0x13))
    expect(table.problem()?.message).to.match(/^unsupported line table version 6/)
  })
})
