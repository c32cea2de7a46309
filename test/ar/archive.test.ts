// Shows that one reader takes every variant of ar archive and gives the same members and the same index for each, and
// that the packaged libc.a reads whole, every member an object.
import { buildSymbolIndex, memberContent, readArchive, type Archive } from '@worc/ar'
import { readObject, readObjectInterface } from '@worc/wasm'
import { expect } from 'chai'
import { describe, it } from 'mocha'
import { packagedFile, valueOf } from '../wasm/fixtures.js'
import {
  archive,
  bsdIndex,
  bsdMember,
  bytesOf,
  gnuIndex,
  headerBytes,
  magicBytes,
  member,
  type Entry,
} from './archive-writer.js'

function contents(read: Archive): readonly (readonly [name: string, text: string])[] {
  return read.members.map((each) => [each.name, String.fromCharCode(...memberContent(read, each))])
}

function symbols(read: Archive): Record<string, string> | undefined {
  return read.symbols && Object.fromEntries([...read.symbols].map(([symbol, { name }]) => [symbol, name]))
}

/** An archive whose index comes first: the offsets of the members behind it depend on its size, not on what it says. */
function indexed(
  indexName: string,
  index: (entries: readonly Entry[]) => Uint8Array,
  ...members: Uint8Array[]
): Uint8Array {
  const first = (entries: readonly Entry[]): Uint8Array =>
    indexName.startsWith('__') ? bsdMember(indexName, index(entries), 20) : member(indexName, index(entries))
  let at = magicBytes + first(['Foo', 'Bar', 'Baz'].map((symbol): Entry => [symbol, 0])).length
  const offsets = members.map(({ length }) => (at += length) - length)
  const [foo = 0, bar = 0] = offsets
  return archive(
    first([
      ['Foo', foo],
      ['Bar', bar],
      ['Baz', bar],
    ]),
    ...members,
  )
}

describe('readArchive', () => {
  const expectedSymbols = { Foo: 'foo.o', Bar: 'bar.o', Baz: 'bar.o' }
  const gnuMembers = [member('foo.o/', 'FOO'), member('bar.o/', 'BARS')]
  const bsdMembers = [bsdMember('foo.o', 'FOO', 8), member('bar.o', 'BARS')]
  const variants: Readonly<Record<string, Uint8Array>> = {
    'GNU, 32 bits': indexed('/', gnuIndex, ...gnuMembers),
    'GNU, 64 bits': indexed('/SYM64/', (entries) => gnuIndex(entries, 8), ...gnuMembers),
    BSD: indexed('__.SYMDEF', bsdIndex, ...bsdMembers),
    'Darwin, sorted': indexed('__.SYMDEF SORTED', bsdIndex, ...bsdMembers),
    'Darwin, 64 bits': indexed('__.SYMDEF_64', (entries) => bsdIndex(entries, 8), ...bsdMembers),
  }
  for (const [variant, bytes] of Object.entries(variants))
    it(`${variant}: members and index`, () => {
      const read = valueOf(readArchive(bytes))
      expect(contents(read)).to.deep.equal([
        ['foo.o', 'FOO'],
        ['bar.o', 'BARS'],
      ])
      expect(symbols(read)).to.deep.equal(expectedSymbols)
    })

  it('no members, no index', () => {
    const read = valueOf(readArchive(archive()))
    expect(read.members).to.deep.equal([])
    expect(read.symbols).to.equal(undefined)
  })

  it('an index of no symbols is an index', () => {
    expect(valueOf(readArchive(archive(member('/', gnuIndex([]))))).symbols).to.deep.equal(new Map())
  })

  it('GNU long names, shared and not, and UTF-8', () => {
    const names = bytesOf('a-rather-long-name.o/\n', [0xc3, 0xa9], '-another-long-name.o/\n')
    const read = valueOf(
      readArchive(
        archive(member('//', names), member('/0', 'A'), member('/22', 'B'), member('/0', 'C'), member('short.o/', 'D')),
      ),
    )
    expect(contents(read)).to.deep.equal([
      ['a-rather-long-name.o', 'A'],
      ['é-another-long-name.o', 'B'],
      ['a-rather-long-name.o', 'C'],
      ['short.o', 'D'],
    ])
  })

  it('two definitions of a symbol: the first member has it', () => {
    const members = [member('foo.o/', 'FOO'), member('bar.o/', 'BARS')]
    const at =
      magicBytes +
      headerBytes +
      gnuIndex([
        ['Foo', 0],
        ['Foo', 0],
      ]).length
    const second = at + (members[0]?.length ?? 0)
    const read = valueOf(
      readArchive(
        archive(
          member(
            '/',
            gnuIndex([
              ['Foo', at],
              ['Foo', second],
            ]),
          ),
          ...members,
        ),
      ),
    )
    expect(symbols(read)).to.deep.equal({ Foo: 'foo.o' })
  })

  it('the padding of the last member may be missing', () => {
    const bytes = archive(member('foo.o/', 'FOO'))
    expect(contents(valueOf(readArchive(bytes.subarray(0, -1))))).to.deep.equal([['foo.o', 'FOO']])
  })

  it('bytes in shared memory', () => {
    const bytes = variants['GNU, 32 bits'] ?? bytesOf()
    const shared = new Uint8Array(new SharedArrayBuffer(bytes.length))
    shared.set(bytes)
    expect(symbols(valueOf(readArchive(shared)))).to.deep.equal(expectedSymbols)
  })
})

describe('buildSymbolIndex', () => {
  const read = valueOf(readArchive(archive(member('foo.o/', 'Foo'), member('bar.o/', 'Bar'), member('baz.o/', 'Foo'))))

  it('asks for each member’s names; the first definition wins', () => {
    const index = valueOf(buildSymbolIndex(read, (content) => ({ ok: true, value: [String.fromCharCode(...content)] })))
    expect([...index].map(([symbol, { name }]) => [symbol, name])).to.deep.equal([
      ['Foo', 'foo.o'],
      ['Bar', 'bar.o'],
    ])
  })

  it('a member that cannot be read: its error, with its name', () => {
    const index = buildSymbolIndex(read, (_, { name }) =>
      name === 'bar.o'
        ? { ok: false, error: { code: 'BadObject', message: 'not a WebAssembly object' } }
        : { ok: true, value: [] },
    )
    expect(index).to.deep.equal({
      ok: false,
      error: { code: 'BadObject', message: 'bar.o: not a WebAssembly object' },
    })
  })
})

describe('readArchive (packaged libraries)', () => {
  const folder = 'lib/wasm32-wasip1'

  it('libc.a: 827 members, each an object', () => {
    const libc = valueOf(readArchive(packagedFile(`${folder}/libc.a`)))
    expect(libc.members).to.have.length(827)
    for (const each of libc.members) {
      const object = readObject(memberContent(libc, each))
      if (!object.ok) expect.fail(`${each.name}: ${object.error.message}`)
    }
  })

  for (const name of ['libc.a', 'libc++.a'])
    it(`${name}: the index built from the members is the index it came with`, () => {
      const library = valueOf(readArchive(packagedFile(`${folder}/${name}`)))
      const built = valueOf(
        buildSymbolIndex(library, (content) => {
          const contents = readObjectInterface(content)
          return contents.ok
            ? { ok: true, value: contents.value.definedSymbols.map((symbol) => symbol.name) }
            : contents
        }),
      )
      expect(library.symbols?.size).to.be.greaterThan(1000)
      expect(built.size).to.equal(library.symbols?.size)
      for (const [symbol, found] of library.symbols ?? []) expect(built.get(symbol), symbol).to.equal(found)
    })
})
