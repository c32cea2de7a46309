// Shows that a malformed object becomes one line that says what is wrong and where. Each case changes one section of a valid
// object; the line is compared whole.
import { readObject } from '@worc/wasm'
import { expect } from 'chai'
import { describe, it } from 'mocha'
import {
  bytesOf,
  chunk,
  custom,
  dataSymbol,
  flag,
  fooAddressOffset,
  fooBody,
  fooCallOffset,
  indexedSymbol,
  linking,
  linkingSubsection,
  objectWith,
  padded,
  position,
  section,
  sectionSymbol,
  symbols,
  symbolTable,
  type SectionOverrides,
} from './object-writer.js'

function problemOf(bytes: Uint8Array): string {
  const outcome = readObject(bytes)
  if (outcome.ok) return 'read without a problem'
  expect(outcome.error.code).to.equal('BadObject')
  return outcome.error.message
}

/** Relocations for the code section, in place of the two of the valid object. */
function relocations(...entries: readonly (readonly number[])[]): SectionOverrides {
  return { relocCode: custom('reloc.CODE', position.code, entries.length, ...entries.flat()) }
}

function linkingWith(...subsections: readonly Uint8Array[]): SectionOverrides {
  return { linking: linking(symbolTable(symbols.Foo, symbols.Bar, symbols.Baz), ...subsections) }
}

function symbolsOf(...table: readonly Uint8Array[]): SectionOverrides {
  return { linking: linking(symbolTable(...table)) }
}

function comdat(...parts: readonly (number | string | number[])[]): SectionOverrides {
  return linkingWith(chunk(linkingSubsection.comdat, ...parts))
}

describe('readObject (malformed)', () => {
  it('the object the cases below start from is fine', () => {
    expect(problemOf(objectWith())).to.equal('read without a problem')
  })

  const tooLong = [0x80, 0x80, 0x80, 0x80, 0x80, 0]
  const tooLarge = [0xff, 0xff, 0xff, 0xff, 0x7f]
  const cases: Readonly<Record<string, readonly [overrides: SectionOverrides, message: string]>> = {
    'unknown section': [
      { rest: chunk(14) },
      'unknown section id 14: the highest known is 13 (section headers, offset 0x79)',
    ],
    'section too long': [
      { rest: Uint8Array.of(0, 100, 0) },
      'truncated: the custom section says 100 bytes, 1 are left (section headers, offset 0x79)',
    ],
    'section repeated': [
      { table: section('function', 0) },
      'the function section is repeated or out of order (section headers, offset 0x23)',
    ],
    'LEB of six bytes': [
      { function: section('function', tooLong) },
      'function count: LEB128 is longer than 5 bytes (function section, offset 0x21)',
    ],
    'LEB beyond 32 bits': [
      { function: section('function', tooLarge) },
      'function count: LEB128 does not fit 32 bits (function section, offset 0x21)',
    ],
    'count beyond the bytes': [
      { function: section('function', 1_000_000, 0) },
      'function count 1000000 is more than the 1 bytes left can hold (function section, offset 0x21)',
    ],
    'bytes after the last entry': [
      { function: section('function', 1, 0, 0) },
      '1 bytes are left over after the last entry (function section, offset 0x23)',
    ],
    'function of no type': [
      { function: section('function', 1, 2) },
      'type index 2 is out of range: there are 2 types (function section, offset 0x22)',
    ],
    'no body': [
      { code: section('code', 0), relocCode: bytesOf() },
      'the function section declares 1 functions, the code section holds 0',
    ],
    'type form': [
      { type: section('type', 1, [0x5f], 0, 0) },
      'unsupported type form 0x5f: only function types, 0x60, are known (type section, offset 0xb)',
    ],
    'value type': [
      { type: section('type', 1, [0x60], 1, [0x69], 0) },
      'unsupported value type 0x69 (type section, offset 0xd)',
    ],
    'import kind': [
      { import: section('import', 1, 'env', 'Bar', [9], 0) },
      'unknown import kind 9: the highest is 4 (import section, offset 0x1d)',
    ],
    'import of no type': [
      { import: section('import', 1, 'env', 'Bar', [0], 7) },
      'type index 7 is out of range: there are 2 types (import section, offset 0x1e)',
    ],
    'name that is not UTF-8': [
      { import: section('import', 1, 'env', 2, [0xc0, 0x80], [0], 0) },
      'import field is not valid UTF-8 (import section, offset 0x19)',
    ],
    'name beyond its section': [
      { import: section('import', 1, 'env', 200, [0x41, 0x42, 0x43, 0x44]) },
      'truncated: import field needs 200 bytes, 4 are left (import section, offset 0x1b)',
    ],
    limits: [
      { import: section('import', 1, 'env', 'm', [2, 1], 5, 4) },
      'maximum size 4 is below the minimum size 5 (import section, offset 0x1c)',
    ],
    'start section': [{ start: section('start', 0) }, 'a start section: objects have init functions instead'],
    'data count': [
      { dataCount: section('dataCount', 3) },
      'data count 3, but the data section has 1 segments (dataCount section, offset 0x26)',
    ],
    'segment form': [
      { data: section('data', 1, 3, 0) },
      'unknown segment form 3: the highest is 2 (data section, offset 0x39)',
    ],
    'segment offset that calls': [
      { data: section('data', 1, 0, [0x10, 0, 0x0b], 0) },
      'opcode 0x10 is not allowed in a constant expression (data section, offset 0x3a)',
    ],
    'linking version': [
      { linking: custom('linking', 1) },
      'unsupported linking section version 1: the only one known is 2 (section "linking", offset 0x4c)',
    ],
    'linking twice': [{ rest: linking() }, '2 linking sections: an object file has one'],
    'subsection twice': [
      linkingWith(symbolTable()),
      'the symbolTable subsection is repeated (section "linking", offset 0x63)',
    ],
    'more symbols than bytes': [
      { linking: linking(chunk(linkingSubsection.symbolTable, 500)) },
      'symbol count 500 is more than the 0 bytes left can hold (section "linking", offset 0x4f)',
    ],
    'symbol kind': [
      symbolsOf(Uint8Array.of(6, 0, 0)),
      'unknown symbol kind 6: the highest is 5 (section "linking", offset 0x50)',
    ],
    'symbol flags': [
      symbolsOf(indexedSymbol('function', 0x400, 1, 'Foo')),
      'unknown symbol flags 0x400: known are 0x3f7 (section "linking", offset 0x51)',
    ],
    'weak and local': [
      symbolsOf(indexedSymbol('function', flag.weak | flag.local, 1, 'Foo')),
      'symbol flags 0x3 say both weak and local (section "linking", offset 0x51)',
    ],
    'function symbol out of range': [
      symbolsOf(indexedSymbol('function', 0, 2, 'Foo')),
      'function index 2 is out of range: there are 2 functions (section "linking", offset 0x52)',
    ],
    'global symbol out of range': [
      symbolsOf(indexedSymbol('global', 0, 0, 'Foo')),
      'global index 0 is out of range: there are 0 globals (section "linking", offset 0x52)',
    ],
    'undefined symbol of a definition': [
      symbolsOf(indexedSymbol('function', flag.undefined, 1)),
      'an undefined symbol names a defined function, index 1 of 1 imported and 1 defined (section "linking", offset 0x52)',
    ],
    'defined symbol of an import': [
      symbolsOf(indexedSymbol('function', 0, 0, 'Foo')),
      'a defined symbol names an imported function, index 0 of 1 imported and 1 defined (section "linking", offset 0x52)',
    ],
    'symbol twice': [
      symbolsOf(symbols.Foo, symbols.Foo),
      'symbol "Foo" is listed twice (section "linking", offset 0x57)',
    ],
    'data symbol in no segment': [
      symbolsOf(dataSymbol('Baz', 0, 1, 0, 4)),
      'segment index of symbol "Baz" 1 is out of range: there are 1 segments (section "linking", offset 0x56)',
    ],
    'data symbol beyond its segment': [
      symbolsOf(dataSymbol('Baz', 0, 0, 2, 4)),
      'symbol "Baz" covers 2..6 of segment 0, which has 4 bytes (section "linking", offset 0x56)',
    ],
    'symbol of no section': [
      symbolsOf(sectionSymbol(flag.local, 6 + 1)),
      'section index 7 is out of range: there are 7 sections (section "linking", offset 0x52)',
    ],
    'section symbol that is not local': [
      symbolsOf(sectionSymbol(0, position.linking)),
      'the symbol of section 5 is not local (section "linking", offset 0x52)',
    ],
    'segment info for too many': [
      linkingWith(chunk(linkingSubsection.segmentInfo, 2, 'a', 0, 0, 'b', 0, 0)),
      'segment info for 2 segments, the data section has 1 (section "linking", offset 0x65)',
    ],
    alignment: [
      linkingWith(chunk(linkingSubsection.segmentInfo, 1, '.data.Baz', 63, 0)),
      'alignment 2^63 of segment ".data.Baz" is above 2^31 (section "linking", offset 0x70)',
    ],
    'segment flags': [
      linkingWith(chunk(linkingSubsection.segmentInfo, 1, '.data.Baz', 0, 8)),
      'unknown segment flags 0x8: known are 0x7 (section "linking", offset 0x71)',
    ],
    'init function that is undefined': [
      linkingWith(chunk(linkingSubsection.initFunctions, 1, 0, 1)),
      'init function 0 names symbol 1, which is not a defined function (section "linking", offset 0x67)',
    ],
    'init function that is data': [
      linkingWith(chunk(linkingSubsection.initFunctions, 1, 0, 2)),
      'init function 0 names symbol 2, which is not a defined function (section "linking", offset 0x67)',
    ],
    'init function out of range': [
      linkingWith(chunk(linkingSubsection.initFunctions, 1, 0, 3)),
      'symbol index 3 is out of range: there are 3 symbols (section "linking", offset 0x67)',
    ],
    'init function with a parameter': [
      { ...linkingWith(chunk(linkingSubsection.initFunctions, 1, 0, 0)), function: section('function', 1, 1) },
      'init function "Foo" takes 1 parameters: it must take none',
    ],
    'COMDAT of no function': [
      comdat(1, 'Foo', 0, 1, [1], 0),
      'COMDAT "Foo" names function 0, which is not there (section "linking", offset 0x6c)',
    ],
    'COMDAT of no segment': [
      comdat(1, 'Foo', 0, 1, [0], 1),
      'COMDAT "Foo" names data 1, which is not there (section "linking", offset 0x6c)',
    ],
    'COMDAT of a section that is not custom': [
      comdat(1, 'Foo', 0, 1, [5], position.code),
      'COMDAT "Foo" names section 3, which is not there (section "linking", offset 0x6c)',
    ],
    'COMDAT kind': [comdat(1, 'Foo', 0, 1, [9], 0), 'unknown kind 9 in COMDAT "Foo" (section "linking", offset 0x6c)'],
    'COMDAT flags': [comdat(1, 'Foo', 1, 0), 'unknown flags 0x1 of COMDAT "Foo" (section "linking", offset 0x66)'],
    'COMDAT twice': [
      comdat(2, 'Foo', 0, 0, 'Foo', 0, 0),
      'COMDAT "Foo" is listed twice (section "linking", offset 0x6c)',
    ],
    'function in two COMDATs': [
      comdat(2, 'Foo', 0, 1, [1], 1, 'Bar', 0, 1, [1], 1),
      'function 1 is in two COMDATs, the second is "Bar" (section "linking", offset 0x74)',
    ],
    'relocation type': [
      relocations([27, fooCallOffset, 1]),
      'unknown relocation type 27: the highest is 26 (section "reloc.CODE", offset 0x72)',
    ],
    'relocation of no symbol': [
      relocations([0, fooCallOffset, 3]),
      'symbol index of R_WASM_FUNCTION_INDEX_LEB 3 is out of range: there are 3 symbols (section "reloc.CODE", offset 0x72)',
    ],
    'relocation of the wrong kind of symbol': [
      relocations([0, fooCallOffset, 2]),
      'R_WASM_FUNCTION_INDEX_LEB names symbol 2, a data symbol: it needs a function symbol (section "reloc.CODE", offset 0x72)',
    ],
    'relocation of no type': [
      relocations([6, fooCallOffset, 2]),
      'type index of R_WASM_TYPE_INDEX_LEB 2 is out of range: there are 2 types (section "reloc.CODE", offset 0x72)',
    ],
    'relocation outside its section': [
      relocations([0, 13, 1]),
      'R_WASM_FUNCTION_INDEX_LEB at 0xd with 5 bytes is outside the code section, which has 0x11 bytes (section "reloc.CODE", offset 0x72)',
    ],
    'relocations out of order': [
      relocations([3, fooAddressOffset, 2, 0], [0, fooCallOffset, 1]),
      'R_WASM_FUNCTION_INDEX_LEB at 0x4 overlaps or precedes the one before it, which ends at 0xf (section "reloc.CODE", offset 0x76)',
    ],
    'relocations that overlap': [
      relocations([0, fooCallOffset, 1], [0, fooCallOffset + 4, 1]),
      'R_WASM_FUNCTION_INDEX_LEB at 0x8 overlaps or precedes the one before it, which ends at 0x9 (section "reloc.CODE", offset 0x75)',
    ],
    'relocation of a field that is not padded': [
      {
        ...relocations([0, fooCallOffset, 1]),
        code: section('code', 1, 13, [0, 0x10, 0, 0x41, 0, 0x41, 0, 0x41, 0, 0x1a, 0x1a, 0x1a, 0x0b]),
      },
      'the field of R_WASM_FUNCTION_INDEX_LEB at 0x4 is not an LEB128 padded to 5 bytes (section "reloc.CODE", offset 0x70)',
    ],
    'relocation inside an instruction': [
      relocations([0, fooCallOffset + 1, 1]),
      'the field of R_WASM_FUNCTION_INDEX_LEB at 0x5 is not an LEB128 padded to 5 bytes (section "reloc.CODE", offset 0x72)',
    ],
    'word in code': [
      relocations([5, fooCallOffset, 2, 0]),
      'R_WASM_MEMORY_ADDR_I32 cannot stand in the code section (section "reloc.CODE", offset 0x72)',
    ],
    'LEB in data': [
      { relocData: custom('reloc.DATA', position.data, 1, [0], 0, 1) },
      'R_WASM_FUNCTION_INDEX_LEB cannot stand in the data section (section "reloc.DATA", offset 0x88)',
    ],
    'data relocation over a segment’s header': [
      { relocData: custom('reloc.DATA', position.data, 1, [5], 2, 2, 0) },
      'R_WASM_MEMORY_ADDR_I32 at 0x2 is not inside a data segment',
    ],
    'data relocation that begins in one segment and ends in the next': [
      {
        data: section('data', 2, 0, [0x41, 0, 0x0b], 4, [0, 0, 0, 0], 0, [0x41, 0, 0x0b], 4, [0, 0, 0, 0]),
        relocData: custom('reloc.DATA', position.data, 1, [5], 8, 2, 0),
      },
      'R_WASM_MEMORY_ADDR_I32 at 0x8 is not inside a data segment',
    ],
    'code relocation between bodies': [
      { ...relocations([0, 1, 1]), code: section('code', 1, [0x8f, 0x80, 0x80, 0x80, 0], fooBody) },
      'R_WASM_FUNCTION_INDEX_LEB at 0x1 is not inside a function body',
    ],
    'relocations of a section without any': [
      { rest: custom('reloc.TYPE', position.type, 0) },
      'relocations for section 0, a type section, which cannot have any (section "reloc.TYPE", offset 0x86)',
    ],
    'relocations of no section': [
      { rest: custom('reloc.TYPE', 20, 0) },
      'section index 20 is out of range: there are 8 sections (section "reloc.TYPE", offset 0x86)',
    ],
    'relocations twice': [
      { rest: custom('reloc.CODE', position.code, 0) },
      'a second list of relocations for section 3 (section "reloc.CODE", offset 0x86)',
    ],
    'addend beyond 32 bits': [
      { relocCode: custom('reloc.CODE', position.code, 1, 3, fooAddressOffset, 2, [0xff, 0xff, 0xff, 0xff, 0x3f]) },
      'relocation addend: LEB128 does not fit 32 bits (section "reloc.CODE", offset 0x75)',
    ],
    'feature prefix': [
      { rest: custom('target_features', 1, [0x3d], 'simd128') },
      'unknown feature prefix "=": known are + and - (section "target_features", offset 0x8c)',
    ],
    'name with a line break': [
      symbolsOf(indexedSymbol('function', 0, 1, 'a\nb'), indexedSymbol('function', 0, 1, 'a\nb')),
      'symbol "a\\nb" is listed twice (section "linking", offset 0x57)',
    ],
  }
  for (const [what, [overrides, message]] of Object.entries(cases))
    it(what, () => {
      expect(problemOf(objectWith(overrides))).to.equal(message)
    })

  it('64-bit addends: exact to 2^53, refused beyond', () => {
    const object = (addend: readonly number[]): Uint8Array =>
      objectWith({
        relocCode: custom('reloc.CODE', position.code, 1, 14, 4, 2, addend),
        code: section('code', 1, 14, [0, 0x42, ...padded.leb64, 0x1a, 0x0b]),
      })
    const addendOf = (bytes: Uint8Array): number | string => {
      const outcome = readObject(bytes)
      return outcome.ok ? (outcome.value.codeRelocations[0]?.addend ?? 'none') : outcome.error.message
    }
    const ff = (count: number): number[] => new Array<number>(count).fill(0xff)
    expect(addendOf(object([0x7f]))).to.equal(-1)
    expect(addendOf(object([...ff(9), 0x7f]))).to.equal(-1)
    expect(addendOf(object([...ff(7), 0x0f]))).to.equal(2 ** 53 - 1)
    expect(addendOf(object([...ff(8), 0x00]))).to.match(/^relocation addend is beyond ±2\^53 /)
    expect(addendOf(object([...ff(9), 0x01]))).to.match(/^relocation addend: LEB128 does not fit 64 bits /)
    expect(addendOf(object([...ff(10), 0x00]))).to.match(/^relocation addend: LEB128 is longer than 10 bytes /)
  })
})
