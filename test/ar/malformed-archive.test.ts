// Shows that a bad archive becomes one line that says what is wrong and where; that damage by chance never throws and
// never makes the reader's work grow faster than the file.
import { memberContent, readArchive } from '@worc/ar'
import { expect } from 'chai'
import { describe, it } from 'mocha'
import { mutations, truncations } from '../wasm/mutations.js'
import { archive, bsdIndex, bsdMember, bytesOf, gnuIndex, member, word } from './archive-writer.js'

function problemOf(bytes: Uint8Array): string {
  const outcome = readArchive(bytes)
  if (outcome.ok) return 'read without a problem'
  expect(outcome.error.code).to.equal('BadObject')
  return outcome.error.message
}

const foo = member('foo.o/', 'FOO!')

describe('readArchive (malformed)', () => {
  const cases: Readonly<Record<string, readonly [bytes: Uint8Array, message: string]>> = {
    nothing: [bytesOf(), 'not an archive: it is empty'],
    'other bytes': [
      bytesOf('\0asm\u0001\0\0\0'),
      'not an archive: it begins with "\\u0000asm\\u0001\\u0000\\u0000\\u0000", not "!<arch>\\n"',
    ],
    'half of the magic': [bytesOf('!<ar'), 'not an archive: it begins with "!<ar", not "!<arch>\\n"'],
    thin: [
      bytesOf('!<thin>\n', foo),
      'a thin archive: it only names its members, whose files are not here; make it without --thin',
    ],
    AIX: [bytesOf('<bigaf>\n'), 'an AIX big archive, which is not supported'],
    'half a header': [
      archive(foo.subarray(0, 30)),
      'truncated: a member header needs 60 bytes, 30 are left (archive, offset 0x8)',
    ],
    'half a member': [
      archive(foo).subarray(0, -2),
      'truncated: member "foo.o/" says 4 bytes, 2 are left (archive, offset 0x8)',
    ],
    'no header': [
      archive(foo, bytesOf('x'.repeat(60))),
      'no member header here: it does not end in "`\\n" (archive, offset 0x48)',
    ],
    'a size that is no number': [
      archive(member('foo.o/', '', '12x')),
      'bad size field "12x": it must be a decimal number (archive, offset 0x8)',
    ],
    'a negative size': [
      archive(member('foo.o/', '', '-1')),
      'bad size field "-1": it must be a decimal number (archive, offset 0x8)',
    ],
    'no size': [
      archive(member('foo.o/', '', '')),
      'bad size field "": it must be a decimal number (archive, offset 0x8)',
    ],
    'the largest size': [
      archive(member('foo.o/', '', '9999999999')),
      'truncated: member "foo.o/" says 9999999999 bytes, 0 are left (archive, offset 0x8)',
    ],
    'a name that is not UTF-8': [
      archive(member('f\u00ff/', '')),
      'member header: name is not valid UTF-8 (archive, offset 0x8)',
    ],
    'a long name without a table': [
      archive(member('/0', '')),
      'member "/0": the archive has no table of long names before it (archive, offset 0x8)',
    ],
    'a long name outside the table': [
      archive(member('//', 'a/\n'), member('/3', '')),
      'member "/3": name at 3 is outside the 3 bytes of names (archive, offset 0x48)',
    ],
    'long names that overlap': [
      archive(member('//', 'abcdefgh'), member('/0', ''), member('/1', '')),
      'member "/1": name at 1 overlaps another name (archive, offset 0x88)',
    ],
    'a BSD name longer than its member': [
      archive(member('#1/9', 'foo.o')),
      'member "#1/9": its name is longer than its 5 bytes (archive, offset 0x8)',
    ],
    'a BSD name of no length': [
      archive(member('#1/x', 'foo.o')),
      'bad length of a long name "x": it must be a decimal number (archive, offset 0x8)',
    ],
    'an index without a count': [
      archive(member('/', [0, 0])),
      'symbol index: truncated: symbol count needs 4 bytes, 2 are left (archive, offset 0x44)',
    ],
    'an index with too many symbols': [
      archive(member('/', word(0xffff_ffff, 'big'))),
      'symbol index: symbol count 4294967295 is more than the 0 bytes left can hold (archive, offset 0x48)',
    ],
    'a 64-bit index with too many symbols': [
      archive(member('/SYM64/', word(2 ** 52, 'big', 8))),
      'symbol index: symbol count 4503599627370496 is more than the 0 bytes left can hold (archive, offset 0x4c)',
    ],
    'fewer names than symbols': [
      archive(member('/', bytesOf(word(2, 'big'), word(0x56, 'big'), word(0x56, 'big'), 'Foo\0AA')), foo),
      'symbol index: truncated: it lists 2 symbols, fewer have names (archive, offset 0x50)',
    ],
    'a name that ends outside the index': [
      archive(member('/', bytesOf(word(1, 'big'), word(0x50, 'big'), 'Foo!')), member('foo.o/', [0, 0])),
      'symbol index: truncated: it lists 1 symbols, fewer have names (archive, offset 0x4c)',
    ],
    'a symbol of no member': [
      archive(member('/', gnuIndex([['Foo', 9]])), foo),
      'symbol index: symbol "Foo" is at offset 9, where no member begins (archive, offset 0x4c)',
    ],
    'a symbol of the index itself': [
      archive(member('/', gnuIndex([['Foo', 8]])), foo),
      'symbol index: symbol "Foo" is at offset 8, where no member begins (archive, offset 0x4c)',
    ],
    'BSD entries beyond the index': [
      archive(bsdMember('__.SYMDEF', word(16, 'little'))),
      'symbol index: 16 bytes of entries: 0 are left and an entry has 8 (archive, offset 0x51)',
    ],
    'half a BSD entry': [
      archive(bsdMember('__.SYMDEF', bytesOf(word(4, 'little'), word(0, 'little'), word(0, 'little')))),
      'symbol index: 4 bytes of entries: 8 are left and an entry has 8 (archive, offset 0x51)',
    ],
    'BSD names beyond the index': [
      archive(bsdMember('__.SYMDEF', bytesOf(word(0, 'little'), word(5, 'little'), 'Foo\0'))),
      'symbol index: truncated: it says 5 bytes of names, 4 are left (archive, offset 0x55)',
    ],
    'a BSD name outside the names': [
      archive(
        bsdMember(
          '__.SYMDEF',
          bytesOf(word(8, 'little'), word(4, 'little'), word(0, 'little'), word(4, 'little'), 'Foo\0'),
        ),
      ),
      'symbol index: name at 4 is outside the 4 bytes of names (archive, offset 0x5d)',
    ],
  }
  for (const [what, [bytes, message]] of Object.entries(cases))
    it(what, () => {
      expect(problemOf(bytes)).to.equal(message)
    })

  it('entries that all share the tail of one long name are refused, not copied out', () => {
    const count = 20_000
    const names = 'x'.repeat(count)
    const first = 8 + 60 + '__.SYMDEF!'.length + 4 + 8 * count + 4 + count
    const pairs = Array.from({ length: count }, (_, i) => [...word(i, 'little'), ...word(first, 'little')]).flat()
    const index = bytesOf(word(pairs.length, 'little'), pairs, word(names.length, 'little'), names)
    const bytes = archive(bsdMember('__.SYMDEF', index, '__.SYMDEF!'.length), foo)
    expect(problemOf(bytes)).to.match(/^symbol index: name at 1 overlaps another name /)
  })
})

describe('readArchive (damaged)', () => {
  const at = (index: Uint8Array): number => 8 + 60 + index.length + (index.length % 2)
  const gnu = gnuIndex([['Foo', at(gnuIndex([['Foo', 0]]))]])
  const bsd = bsdIndex([['Foo', 0]])
  const archives: Readonly<Record<string, Uint8Array>> = {
    GNU: archive(member('/', gnu), foo, member('//', 'a-rather-long-name.o/\n'), member('/0', 'BAR')),
    BSD: archive(
      bsdMember('__.SYMDEF', bsdIndex([['Foo', 8 + 60 + 9 + bsd.length + ((9 + bsd.length) % 2)]])),
      bsdMember('foo.o', 'FOO', 8),
      member('bar.o', 'BAR'),
    ),
  }
  for (const [variant, original] of Object.entries(archives))
    it(`${variant}: cut at every offset, every byte changed`, () => {
      expect(problemOf(original)).to.equal('read without a problem')
      for (const bytes of truncations(original)) readArchive(bytes)
      for (const { bytes, change } of mutations(original)) {
        const outcome = readArchive(bytes)
        if (!outcome.ok) continue
        for (const each of outcome.value.members)
          expect(memberContent(outcome.value, each).length, change).to.equal(each.size)
      }
    })
})
