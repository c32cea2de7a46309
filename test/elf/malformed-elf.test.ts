// Hostile bytes: every answer is an object or BadObject with one line that names the thing, the value and the limit, soon.
import { expect } from 'chai'
import { describe, it } from 'mocha'
import { readElfObject, sectionType, writeElfObject } from '@worc/elf'
import { mutations, truncations } from '../wasm/mutations.js'
import { problemOf, section, smallObject, symbol } from './objects.js'

const small = smallObject(64)
const original = writeElfObject(small)
const view = new DataView(original.buffer)
const tableOffset = Number(view.getBigUint64(40, true))

/** The object with some bytes of it changed. */
function changed(change: (view: DataView) => void): Uint8Array {
  const bytes = original.slice()
  change(new DataView(bytes.buffer))
  return bytes
}

/** Where the header of the first section of a type begins. */
function headerOf(type: number): number {
  for (let at = tableOffset; at < original.length; at += 64) if (view.getUint32(at + 4, true) === type) return at
  throw new Error(`no section of type ${type}`)
}

function contentOf(type: number): number {
  return Number(view.getBigUint64(headerOf(type) + 24, true))
}

/** A section header with one field changed: its offset in the header. */
function withField(type: number, field: number, value: number): Uint8Array {
  return changed((bytes) => bytes.setUint32(headerOf(type) + field, value, true))
}

const { symtab, strtab, rela, group, nobits } = sectionType
const [flags, offset, size, link, info, alignment, entries] = [8, 24, 32, 40, 44, 48, 56] as const

describe('readElfObject (malformed)', () => {
  const cases: Readonly<Record<string, readonly [bytes: Uint8Array, message: string | RegExp]>> = {
    nothing: [new Uint8Array(), 'not an ELF file: it is empty'],
    wasm: [Uint8Array.of(0, 0x61, 0x73, 0x6d, 1, 0, 0, 0), 'not an ELF file: it looks like WebAssembly'],
    'other bytes': [Uint8Array.of(1, 2, 3), 'not an ELF file: it begins with 01 02 03, not 7f 45 4c 46'],
    'half a header': [original.subarray(0, 40), 'truncated: an ELF64 header needs 64 bytes, the file has 40'],
    'class 3': [changed((bytes) => bytes.setUint8(4, 3)), 'ELF class 3: 1 (32 bits) and 2 (64) are known'],
    'big endian': [changed((bytes) => bytes.setUint8(5, 2)), 'a big-endian ELF file, which is not supported'],
    'an executable': [changed((bytes) => bytes.setUint8(16, 2)), 'an executable, not a relocatable object'],
    'another machine': [
      changed((bytes) => bytes.setUint16(18, 62, true)),
      'an object for x86-64, not for RISC-V (243)',
    ],
    'no section headers': [changed((bytes) => bytes.setUint32(40, 0, true)), 'it has no section headers'],
    'section headers outside': [
      changed((bytes) => bytes.setUint32(40, original.length, true)),
      /^section headers: 64 bytes at 0x\w+ are outside the file of \d+ bytes$/,
    ],
    'section headers beyond 2^53': [changed((bytes) => bytes.setUint32(44, -1, true)), /^e_shoff at 0x28 is beyond/],
    'a compressed section in memory': [
      withField(nobits, flags, 0x802),
      /^section \d ".bss" is compressed, and yet in the program's memory$/,
    ],
    'too many sections': [
      changed((bytes) => bytes.setUint16(60, 0xfeff, true)),
      /^65279 section headers at 0x\w+ are outside the file/,
    ],
    'names in no string table': [
      changed((bytes) => bytes.setUint16(62, 1, true)),
      'e_shstrndx 1 is not the index of a string table',
    ],
    'a section outside': [withField(symtab, offset, 0x7fff_ffff), /^section 6: 168 bytes at 0x7fffffff are outside/],
    'a section whose end wraps around': [withField(symtab, size, 0xffff_ffff), /^section 6: 4294967295 bytes at /],
    'sections that overlap': [
      withField(rela, offset, contentOf(symtab)),
      /^section 6 "\.symtab" overlaps another section at 0x/,
    ],
    'an alignment of 3': [withField(nobits, alignment, 3), 'section 3: alignment 3 is no power of two up to 2^31'],
    'flags beyond 2^53': [withField(nobits, flags + 4, 0xffff_ffff), /^section 3: sh_flags at 0x\w+ is beyond/],
    'symbols of another size': [withField(symtab, entries, 16), 'section 6 ".symtab": sh_entsize is 16, not 24'],
    'half a symbol': [withField(symtab, size, 167), 'section 6 ".symtab": 167 bytes are no multiple of 24'],
    'a string table that is none': [withField(symtab, link, 2), 'symbol table: section 2 is no string table'],
    'a string table out of range': [
      withField(symtab, link, 99),
      'symbol table: string table: section 99 is out of range: there are 9 sections',
    ],
    'local symbols behind global ones': [
      withField(symtab, info, 5),
      'symbol 3 "Foo" is weak: the first 5 symbols are the local ones',
    ],
    'a name outside the names': [
      changed((bytes) => bytes.setUint32(contentOf(symtab) + 24, 9999, true)),
      /^symbol 1: its name is at 9999, the table of names has \d+ bytes$/,
    ],
    'names without an end': [withField(strtab, size, 4), 'symbol 2: its name at 1 has no end'],
    'a name that is not UTF-8': [
      changed((bytes) => bytes.setUint8(contentOf(strtab) + 1, 0xff)),
      'symbol 2: its name at 1 is not valid UTF-8',
    ],
    'an unknown binding': [
      changed((bytes) => bytes.setUint8(contentOf(symtab) + 24 + 4, 0x50)),
      'symbol 1 "": binding 5 is not known',
    ],
    'a reserved section': [
      changed((bytes) => bytes.setUint16(contentOf(symtab) + 24 + 6, 0xff05, true)),
      'symbol 1 "": section index 0xff05 is reserved',
    ],
    'an extended index without a table': [
      changed((bytes) => bytes.setUint16(contentOf(symtab) + 24 + 6, 0xffff, true)),
      'symbol 1 "": there is no table of extended section indexes',
    ],
    'relocations of what has no content': [
      withField(rela, info, 3),
      'section 5 ".rela.text.Foo": section 3 has no content that could be relocated',
    ],
    'relocations by another table': [
      withField(rela, link, 2),
      'section 5 ".rela.text.Foo": section 2 is not the symbol table',
    ],
    'relocations without addends': [
      changed((bytes) => bytes.setUint32(headerOf(rela) + 4, sectionType.rel, true)),
      'section 5 ".rela.text.Foo": relocations without addends, which RISC-V has not',
    ],
    'a relocation outside': [
      changed((bytes) => bytes.setUint32(contentOf(rela), 9, true)),
      'relocation 0 of section 2 ".text.Foo": offset 0x9 is outside its 8 bytes',
    ],
    'a relocation by no symbol of the table': [
      changed((bytes) => bytes.setUint32(contentOf(rela) + 12, 7, true)),
      'relocation 0 of section 2 ".text.Foo": symbol 7 is out of range: there are 7 symbols',
    ],
    'a group without flags': [withField(group, size, 0), 'section 1 ".group": a group without flags'],
    'a group by no symbol of the table': [
      withField(group, info, 7),
      'section 1 ".group": symbol 7 is out of range: there are 7 symbols',
    ],
    'a group of sections that are not there': [
      changed((bytes) => bytes.setUint32(contentOf(group) + 4, 99, true)),
      'section 1 ".group": section 99 is out of range: there are 9 sections',
    ],
    'a section twice in a group': [
      changed((bytes) => bytes.setUint32(contentOf(group) + 8, 2, true)),
      'section 1 ".group": section 2 is in group 1 already',
    ],
    'a symbol outside its section': [
      writeElfObject({
        ...small,
        symbols: [symbol('Foo', { value: 4, sizeBytes: 5 })],
        groups: [],
        sections: [section('.text')],
      }),
      'symbol 1 "Foo": 5 bytes at 0x4 are outside the 8 bytes of its section',
    ],
  }
  for (const [what, [bytes, message]] of Object.entries(cases))
    it(what, () => {
      if (typeof message === 'string') expect(problemOf(bytes)).to.equal(message)
      else expect(problemOf(bytes)).to.match(message)
    })

  it('names that all share the tail of one long name are refused, not copied out', () => {
    const count = 20_000
    const symbols = Array.from({ length: count }, () => symbol('x'.repeat(count)))
    const bytes = writeElfObject({ ...small, symbols, groups: [], sections: [section('.text')] })
    const headers = new DataView(bytes.buffer)
    const at = Number(headers.getBigUint64(Number(headers.getBigUint64(40, true)) + 64 * 2 + 24, true))
    for (let index = 0; index < count; index++) headers.setUint32(at + 24 * (index + 1), index + 1, true)
    expect(problemOf(bytes)).to.match(/^symbol \d+: its name shares bytes with too many others$/)
  })
})

describe('readElfObject (damaged)', () => {
  for (const elfClass of [32, 64] as const)
    it(`ELF${elfClass}: cut at every offset, every byte changed`, () => {
      const bytes = writeElfObject(smallObject(elfClass))
      expect(problemOf(bytes)).to.equal('read without a problem')
      for (const cut of truncations(bytes)) expect(readElfObject(cut).ok).to.equal(false)
      for (const { bytes: damaged, change } of mutations(bytes)) {
        const outcome = readElfObject(damaged)
        if (!outcome.ok) continue
        const { sections, symbols } = outcome.value
        for (const { content, sizeBytes, type, relocations } of sections) {
          if (type !== sectionType.nobits) expect(content.length, change).to.equal(sizeBytes)
          for (const each of relocations) expect(each.symbol ?? 0, change).to.be.below(symbols.length)
        }
      }
    })
})
