// Shows what signatures are told of C and C++ functions by clang and GCC, on both widths and in DWARF 4 and 5; that those which
// numbers cannot say are left out; and that debug information which lies, circles or is cut short is only absent.
import { readSignatures, type ElfObject } from '@worc/elf'
import { expect } from 'chai'
import { describe, it } from 'mocha'
import { fixture } from './objects.js'

/** `name(parameters)result`, in the order of names. */
function told(object: ElfObject): readonly string[] {
  return Array.from(readSignatures(object), ([name, { parameters, results }]) => {
    return `${name}(${parameters.join(' ')})${results.join()}`
  }).sort()
}

/** Of program.c; `l` stands for a long. Left out: promoted, variadic, aggregate, either, quad, complex. */
const functionsOfC = [
  'Renamed(f32)f32',
  'add(i32 i32)i32',
  'alias(i32 i32)i32',
  'call(pointer pointer pointer)f64',
  'hides(i32)i32',
  'inlined(i32)i32',
  'mixed(f32 f64 i32)i32',
  'narrow(i32 i32 i32 i32 i32)i32',
  'nothing()',
  'oldStyle()i32',
  'skip(pointer l)pointer',
  'store(pointer i32)',
  'wide(i64 i32)i64',
  'word(pointer l)l',
]
/** Of program.cpp, without constructors and destructors. Left out: shared, byAddress, isNull, throughMethod, variadic. */
const functionsOfCxx = [
  '_Z11byReferenceRi(pointer)',
  '_Z5twiceIdET_S0_(f64)f64',
  '_Z5twiceIiET_S0_(i32)i32',
  '_ZN5space4wideENS_4WideENS_5SmallEDsw(i64 i32 i32 i32)i64',
  '_ZN7Derived10overriddenEi(pointer i32)i32',
  '_ZNK5space5Thing6methodEl(pointer l)i32',
  'nothing()',
  'plain(i32)i32',
]

function onWidth(lines: readonly string[], { elfClass }: ElfObject): readonly string[] {
  return lines.map((line) => line.replaceAll(/\bl\b/g, elfClass === 64 ? 'i64' : 'i32'))
}

describe('readSignatures', () => {
  for (const name of [
    ...['clang64-dwarf5', 'clang64-dwarf4-no-relax', 'clang32-dwarf4', 'clang32-sections'],
    ...['gcc64-dwarf5', 'gcc32-dwarf4'],
  ])
    it(`${name}: every function that numbers can say, and no other`, () => {
      const object = fixture(name)
      expect(told(object)).to.deep.equal(onWidth(functionsOfC, object))
    })

  for (const name of ['clang64-cxx', 'gcc64-cxx', 'gcc32-cxx'])
    it(`${name}: the names that linkers know, parameters with \`this\``, () => {
      const object = fixture(name)
      const [constructors, others] = [/5ThingC/, /5Thing[CD]/].map((pattern, index) =>
        told(object).filter((line) => pattern.test(line) === (index === 0)),
      )
      expect(others).to.deep.equal(onWidth(functionsOfCxx, object))
      expect(constructors).to.include.members(
        onWidth(['_ZN5space5ThingC1Ei(pointer i32)', '_ZN5space5ThingC2Ei(pointer i32)'], object),
      )
    })

  it('debug information without types tells nothing: it would look as if functions had no parameters', () => {
    for (const name of ['clang64-lines-only', 'gcc64-lines-only', 'gcc64-assembly'])
      expect(told(fixture(name)), name).to.deep.equal([])
  })

  it('an object without debug information tells nothing', () => {
    const object = fixture('clang64-dwarf5')
    const sections = object.sections.filter(({ name }) => !name.startsWith('.debug'))
    expect(told({ ...object, sections })).to.deep.equal([])
  })

  it('compressed debug information tells nothing', () => {
    const object = fixture('clang64-compressed')
    expect(object.sections.filter(({ name }) => name.startsWith('.debug_'))).to.have.length.below(4)
    expect(told(object)).to.deep.equal([])
  })

  for (const name of ['clang64-dwarf5', 'gcc32-cxx'])
    it(`${name}, cut at any byte of any debug section: fewer functions, never others`, () => {
      const object = fixture(name)
      const whole = told(object)
      for (const [position, { name: cut, content }] of object.sections.entries()) {
        if (!/^\.debug_(info|abbrev|str_offsets)$/.test(cut)) continue
        for (let end = 0; end < content.length; end += 3) {
          const shorter = { ...object.sections[position], content: content.subarray(0, end) }
          const sections = object.sections.with(position, shorter as ElfObject['sections'][number])
          expect(whole, `${cut}, ${end} bytes`).to.include.members([...told({ ...object, sections })])
        }
      }
    })
})
