// Shows that debug information made to mislead costs nothing but signatures: circles end, sharing is paid for once, and random
// damage is never an exception.
import { functionSignatures, type FunctionSignature } from '@worc/dwarf'
import { readLineTable, readSignatures, type ElfObject } from '@worc/elf'
import { expect } from 'chai'
import { describe, it } from 'mocha'
import * as dwarf from './debug-info.js'
import { fixture } from './objects.js'

const { abbreviationTable, debugSections, firstEntry, text, u32, unitOf } = dwarf

const [functionCode, parameterCode, typedefCode, intCode, pureCode] = [2, 3, 4, 5, 6]
/** A function Foo with an int for a result and children; a parameter; a typedef; a base type; a function without children. */
const table = abbreviationTable([
  {
    code: functionCode,
    tag: dwarf.subprogram,
    hasChildren: true,
    attributes: [
      [dwarf.nameOf, dwarf.string],
      [dwarf.lowPc, dwarf.address],
      [dwarf.external, dwarf.present],
      [dwarf.prototyped, dwarf.present],
      [dwarf.type, dwarf.reference],
    ],
  },
  { code: parameterCode, tag: dwarf.formalParameter, attributes: [[dwarf.type, dwarf.reference]] },
  { code: typedefCode, tag: dwarf.typedef, attributes: [[dwarf.type, dwarf.reference]] },
  {
    code: intCode,
    tag: dwarf.baseType,
    attributes: [
      [dwarf.byteSize, dwarf.data1],
      [dwarf.encoding, dwarf.data1],
    ],
  },
  {
    code: pureCode,
    tag: dwarf.subprogram,
    attributes: [
      [dwarf.lowPc, dwarf.address],
      [dwarf.abstractOrigin, dwarf.reference],
    ],
  },
])

const anInt = [intCode, 4, 5]
/** A function with a parameter of each type that is given by its offset. */
function functionEntry(name: string, result: number, parameters: readonly number[]): number[] {
  const children = parameters.flatMap((type) => [parameterCode, ...u32(type)])
  return [functionCode, ...text(name), ...u32(0), ...u32(result), ...children, 0]
}

function signatures(entries: readonly number[]): ReadonlyMap<string, FunctionSignature> {
  return functionSignatures(debugSections(unitOf(entries), table))
}

/** In CPU time, since other work may share the machine. */
function cpuMs(work: () => void): number {
  const before = process.cpuUsage()
  work()
  const { user, system } = process.cpuUsage(before)
  return (user + system) / 1000
}

describe('functionSignatures, of debug information made by hand', () => {
  const int = firstEntry

  it('is what it says', () => {
    const found = signatures([...anInt, ...functionEntry('Foo', int, [int, int])])
    expect(Object.fromEntries(found)).to.deep.equal({ Foo: { parameters: ['i32', 'i32'], results: ['i32'] } })
  })

  it('a type that is itself, or none: the function is left out, its neighbour is not', () => {
    const itself = firstEntry + anInt.length
    const types = [...anInt, typedefCode, ...u32(itself)]
    const found = signatures([
      ...types,
      ...functionEntry('Circle', int, [itself]),
      ...functionEntry('Beyond', int, [0x7fff_ffff]),
      ...functionEntry('Inside', int, [firstEntry + 1]),
      ...functionEntry('Foo', int, [int]),
    ])
    expect([...found.keys()]).to.deep.equal(['Foo'])
  })

  it('a function that is an instance of itself has no name, and ends', () => {
    const found = signatures([pureCode, ...u32(0), ...u32(firstEntry)])
    expect(found.size).to.equal(0)
  })

  it('two functions of one name: told if they agree, left out if not', () => {
    const agree = [...functionEntry('Foo', int, [int]), ...functionEntry('Foo', int, [int])]
    const differ = [
      ...functionEntry('Bar', int, [int]),
      ...functionEntry('Bar', int, []),
      ...functionEntry('Bar', int, [int]),
    ]
    expect([...signatures([...anInt, ...agree, ...differ]).keys()]).to.deep.equal(['Foo'])
  })

  it('127 parameters are told, 128 are left out', () => {
    const many = (count: number): number[] => functionEntry(`Foo${count}`, int, new Array<number>(count).fill(int))
    expect([...signatures([...anInt, ...many(127), ...many(128)]).keys()]).to.deep.equal(['Foo127'])
  })

  it('a unit that is malformed costs its own functions, also those before the damage', () => {
    const good = unitOf([...anInt, ...functionEntry('Foo', int, [int])])
    const unknown = 99
    const bad = unitOf([...anInt, ...functionEntry('Bar', good.length + int, []), unknown])
    const open = unitOf([...anInt, ...functionEntry('Baz', good.length + int, []).slice(0, -1)])
    const sections = debugSections([...bad, ...open, ...good], table)
    expect([...functionSignatures(sections).keys()]).to.deep.equal(['Foo'])
  })

  it('work is bounded by bytes: attributes without bytes in a hundred thousand entries of one byte', () => {
    const count = 100_000
    const flags = Array.from({ length: count }, () => [dwarf.external, dwarf.present] as const)
    const abbreviations = abbreviationTable([{ code: 2, tag: dwarf.subprogram, attributes: flags }])
    const sections = debugSections(unitOf(new Array<number>(count).fill(2)), abbreviations)
    expect(cpuMs(() => functionSignatures(sections))).to.be.lessThan(2000)
  })

  it('work is bounded by bytes: units that each begin their table a byte later', () => {
    const abbreviations = [...new Array<number>(60_000).fill(1), 0]
    const units = Array.from({ length: 20_000 }, (_, index) => unitOf([], index)).flat()
    expect(cpuMs(() => functionSignatures(debugSections(units, abbreviations)))).to.be.lessThan(2000)
  })

  it('work is bounded by bytes: functions whose names are tails of one another', () => {
    const abbreviations = abbreviationTable([
      {
        code: 2,
        tag: dwarf.subprogram,
        attributes: [
          [dwarf.nameOf, 0x0e],
          [dwarf.lowPc, 0x2a],
          [dwarf.external, dwarf.present],
        ],
      },
    ])
    const length = 60_000
    const info = unitOf(Array.from({ length }, (_, index) => [2, ...u32(index), 0, 0]).flat())
    const sections = { ...debugSections(info, abbreviations), '.debug_str': new Uint8Array(length).fill(65) }
    expect(cpuMs(() => functionSignatures(sections))).to.be.lessThan(2000)
  })

  it('a chain of typedefs longer than anybody writes is followed no further', () => {
    const chain = (length: number): number[] =>
      Array.from({ length }, (_, index) => [typedefCode, ...u32(index === 0 ? int : int + 3 + 5 * (index - 1))]).flat()
    const last = (length: number): number => int + 3 + 5 * (length - 1)
    const found = (length: number): number =>
      signatures([...anInt, ...chain(length), ...functionEntry('Foo', int, [last(length)])]).size
    expect([found(60), found(100_000)]).to.deep.equal([1, 0])
  })

  it('forms that stand before their values', () => {
    const abbreviations = abbreviationTable([
      {
        code: 2,
        tag: dwarf.subprogram,
        attributes: Array.from({ length: 4 }, (_, index) => [[3, 0x11, 0x3f, 0x27][index] ?? 0, 0x16] as const),
      },
    ])
    const foo = [2, dwarf.string, ...text('Foo'), dwarf.address, ...u32(0), dwarf.present, dwarf.data1, 1]
    expect(Object.fromEntries(functionSignatures(debugSections(unitOf(foo), abbreviations)))).to.deep.equal({
      Foo: { parameters: [], results: [] },
    })
    const deep = [2, ...new Array<number>(100_000).fill(0x16)]
    expect(functionSignatures(debugSections(unitOf(deep), abbreviations)).size).to.equal(0)
  })
})

describe('debug information damaged at random', () => {
  /** xorshift32: the same damage each time. */
  function* numbers(seed: number): Generator<number> {
    for (let x = seed; ;) {
      x ^= x << 13
      x ^= x >>> 17
      x ^= x << 5
      yield x >>> 0
    }
  }

  function damaged(object: ElfObject, random: () => number): ElfObject {
    const sections = object.sections.map((section) => {
      if (!section.name.startsWith('.debug') || section.content.length === 0) return section
      const content = section.content.slice()
      for (let count = random() % 8; count > 0; count--) content[random() % content.length] = random() & 0xff
      const relocations = section.relocations.map((relocation) =>
        random() % 50 === 0
          ? { ...relocation, offset: random() % (content.length + 1), type: random() % 64 }
          : relocation,
      )
      return { ...section, content, relocations }
    })
    return { ...object, sections }
  }

  for (const name of ['clang64-dwarf5', 'gcc64-cxx', 'gcc32-dwarf4'])
    it(`${name}: never an exception, from signatures or lines`, () => {
      const object = fixture(name)
      const stream = numbers(7)
      const random = (): number => stream.next().value as number
      const code = object.sections.flatMap(({ name: section }, index) => (section.startsWith('.text') ? [index] : []))
      for (let round = 0; round < 200; round++) {
        const victim = damaged(object, random)
        readSignatures(victim)
        const lines = readLineTable(victim)
        for (const section of code) for (let offset = 0; offset < 64; offset += 2) lines.lookup(section, offset)
      }
    })

  it('an object in shared memory tells the same', () => {
    const object = fixture('clang64-dwarf5')
    const sections = object.sections.map((section) => {
      const shared = new Uint8Array(new SharedArrayBuffer(section.content.length))
      shared.set(section.content)
      return { ...section, content: shared }
    })
    expect([...readSignatures({ ...object, sections })]).to.deep.equal([...readSignatures(object)])
  })
})
