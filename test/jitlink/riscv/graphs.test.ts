// What an object becomes before it is linked: which blocks stay, what runs when, what stands for what another unit defines.
import { describe, it } from 'mocha'
import { expect } from 'chai'
import { sectionFlag, sectionType, writeElfObject } from '@worc/elf'
import type { ElfObject, ElfRelocation } from '@worc/elf'
import { relocationType } from '@worc/riscv'
import { section, symbol } from '../../elf/objects.js'
import { errorOf } from '../fixtures.js'
import { assembled, linked, tryLink, wordAt } from './linked.js'

const code = sectionFlag.alloc | sectionFlag.execinstr

/** nop; nop; nop; nop */
const nops = (count: number): Uint8Array => Uint8Array.from(Array.from({ length: count }, () => [0x13, 0, 0, 0]).flat())

function codeWith(relocations: readonly ElfRelocation[], content = nops(8)): Uint8Array<ArrayBuffer> {
  const object: ElfObject = {
    elfClass: 64,
    flags: 1,
    sections: [section('.text', { flags: code, content, relocations })],
    symbols: [symbol('Foo', { type: 'function' }), symbol('Bar', { place: { kind: 'undefined' } })],
    groups: [],
  }
  return writeElfObject(object)
}

describe('initializers and finalizers', () => {
  const source = `
    .globl Foo
  Foo: ret
  Bar: ret
  Baz: ret
  Qux: ret
    .section .init_array,"aw",@init_array
    .dword Foo, 0, Bar
    .section .init_array.00200,"aw",@init_array
    .dword Baz
    .section .preinit_array,"aw",@preinit_array
    .dword Qux
    .section .ctors,"aw"
    .dword -1, Foo, Bar, 0
    .section .fini_array,"aw",@fini_array
    .dword Foo, Bar
    .section .fini_array.00200,"aw",@fini_array
    .dword Baz
  `
  const { image, addressOf } = linked(assembled(source))
  const foo = addressOf('Foo')
  const names = new Map([
    [foo, 'Foo'],
    [foo + 2, 'Bar'],
    [foo + 4, 'Baz'],
    [foo + 6, 'Qux'],
  ])

  it('come by priority, then as the object has them; old tables are walked backwards; empty entries are left out', () => {
    const calls = image.initializers.map(({ priority, address }) => [priority, names.get(address)])
    expect(calls).to.deep.equal([
      [-1, 'Qux'],
      [200, 'Baz'],
      [65536, 'Foo'],
      [65536, 'Bar'],
      [65536, 'Bar'],
      [65536, 'Foo'],
    ])
  })

  it('the last to be initialized is the first to go', () => {
    const calls = image.finalizers.map(({ priority, address }) => [priority, names.get(address)])
    expect(calls).to.deep.equal([
      [65536, 'Bar'],
      [65536, 'Foo'],
      [200, 'Baz'],
    ])
  })
})

describe('what stays of an object', () => {
  it('sections that nothing reaches go, and what only they needed', () => {
    const source = `
      .globl Foo
    Foo: lla a0, kept
      ret
      .section .text.unused,"ax"
    unused: call Elsewhere
      .section .rodata.kept,"a"
    kept: .word 7
      .section .rodata.unused,"a"
      .word 8
    `
    const { layout } = linked(assembled(source))
    expect(layout.graph.sections.map(({ name }) => name)).to.deep.equal(['.text', '.rodata.kept'])
    expect(layout.request.externals).to.deep.equal([])
  })

  it('a section that the source asks to keep stays', () => {
    const kept = section('.data.kept', { flags: sectionFlag.alloc | sectionFlag.write | 0x20_0000 })
    const object: ElfObject = { elfClass: 64, flags: 0, sections: [kept], symbols: [], groups: [] }
    expect(linked(writeElfObject(object)).layout.graph.sections.map(({ name }) => name)).to.deep.equal(['.data.kept'])
  })

  it('of a COMDAT group that another unit prevails over nothing stays, its initializers neither', () => {
    const grouped = code | sectionFlag.group
    const object: ElfObject = {
      elfClass: 64,
      flags: 0,
      sections: [
        section('.text.Foo', { flags: grouped }),
        section('.init_array', {
          type: sectionType.initArray,
          flags: sectionFlag.alloc | sectionFlag.write | sectionFlag.group,
          relocations: [{ offset: 0, type: relocationType.R_RISCV_64, symbol: 0, addend: 0 }],
        }),
        section('.text', { flags: code }),
      ],
      symbols: [
        symbol('Foo', { binding: 'weak', type: 'function' }),
        symbol('Bar', { place: { kind: 'section', section: 2 }, type: 'function' }),
      ],
      groups: [{ signature: 0, isComdat: true, sections: [0, 1] }],
    }
    const bytes = writeElfObject(object)
    const wins = linked(bytes, { responsibleFor: new Set(['Foo', 'Bar']) })
    expect(wins.image.initializers).to.have.length(1)
    const loses = linked(bytes, { responsibleFor: new Set(['Bar']) })
    expect(loses.image.initializers).to.deep.equal([])
    expect(loses.definitions.map(({ name }) => name)).to.deep.equal(['Bar'])
  })

  it('an array that the linker encloses stays whole', () => {
    const source = `
      .globl Foo
    Foo: lla a0, __start_items
      lla a1, __stop_items
      ret
      .data
      .globl ends
    ends: .dword __start_items, __stop_items
      .section items,"aw"
      .dword 1, 2, 3
    `
    const unit = linked(assembled(source))
    const [start, stop] = [wordAt(unit, unit.addressOf('ends')), wordAt(unit, unit.addressOf('ends') + 8)]
    expect(stop - start).to.equal(24)
    expect(wordAt(unit, start + 16)).to.equal(3)
  })

  it('each unit has a handle of its own', () => {
    const unit = linked(assembled('.data\n.globl Foo\nFoo: .dword __dso_handle\n'))
    expect(unit.layout.request.externals).to.deep.equal([])
    expect(wordAt(unit, unit.addressOf('Foo'))).to.be.greaterThan(unit.addressOf('Foo'))
  })
})

describe('relocations', () => {
  const { R_RISCV_CALL_PLT, R_RISCV_RELAX, R_RISCV_ALIGN, R_RISCV_32, R_RISCV_LO12_I, R_RISCV_PCREL_LO12_I } =
    relocationType
  const relaxed = { type: R_RISCV_RELAX, symbol: undefined, addend: 0 }

  it('out of order they mean the same', () => {
    const ordered = [
      { offset: 0, type: R_RISCV_CALL_PLT, symbol: 0, addend: 0 },
      { offset: 0, ...relaxed },
      { offset: 16, type: R_RISCV_CALL_PLT, symbol: 0, addend: 0 },
      { offset: 16, ...relaxed },
    ]
    const [first, second, third, fourth] = ordered
    const shuffled = [third, fourth, first, second].flatMap((each) => each ?? [])
    expect(linked(codeWith(shuffled)).image).to.deep.equal(linked(codeWith(ordered)).image)
  })

  it('a call that something else is about too stays as long as it was', () => {
    const both = [
      { offset: 0, type: R_RISCV_CALL_PLT, symbol: 0, addend: 0 },
      { offset: 0, ...relaxed },
      { offset: 4, type: R_RISCV_LO12_I, symbol: 0, addend: 0 },
    ]
    const [alone] = linked(codeWith(both.slice(0, 2))).image.functions
    const [shared] = linked(codeWith(both)).image.functions
    expect(alone?.address).to.equal(shared?.address)
    expect(linked(codeWith(both)).bytesAt(0x1_0008, 4)).to.deep.equal(nops(1))
  })

  it('words may lead to an entry of the GOT or to a stub, and a relocation of no kind keeps what it names', () => {
    const { R_RISCV_GOT32_PCREL, R_RISCV_PLT32, R_RISCV_NONE } = relocationType
    const object: ElfObject = {
      elfClass: 64,
      flags: 0,
      sections: [
        section('.data', {
          flags: sectionFlag.alloc | sectionFlag.write,
          content: new Uint8Array(12),
          relocations: [
            { offset: 0, type: R_RISCV_GOT32_PCREL, symbol: 2, addend: 0 },
            { offset: 4, type: R_RISCV_PLT32, symbol: 2, addend: 0 },
            { offset: 8, type: R_RISCV_PLT32, symbol: 1, addend: 2 },
            { offset: 12, type: R_RISCV_NONE, symbol: 0, addend: 0 },
          ],
        }),
        section('.rodata', { content: Uint8Array.of(1, 2, 3, 4) }),
      ],
      symbols: [
        symbol('kept', { binding: 'local', place: { kind: 'section', section: 1 } }),
        symbol('Foo', { type: 'object' }),
        symbol('elsewhere', { place: { kind: 'undefined' } }),
      ],
      groups: [],
    }
    const unit = linked(writeElfObject(object), { externals: { elsewhere: 0x12_3456 } })
    const foo = unit.addressOf('Foo')
    const to = (offset: number): number => (foo + offset + wordAt(unit, foo + offset)) % 2 ** 32
    expect(wordAt(unit, to(0))).to.equal(0x12_3456)
    const stubs = unit.layout.graph.sections.find(({ name }) => name === '$__STUBS')?.blocks
    expect(stubs?.map(({ address }) => address)).to.deep.equal([to(4)])
    expect(to(8)).to.equal(foo + 2)
    expect(unit.layout.graph.sections.map(({ name }) => name)).to.include('.rodata')
  })

  it('an upper half of 0 in a compressed instruction is loaded by another one', () => {
    const { R_RISCV_RVC_LUI } = relocationType
    const content = Uint8Array.of(0x05, 0x65, 0x05, 0x65)
    const relocations = [
      { offset: 0, type: R_RISCV_RVC_LUI, symbol: 1, addend: 0x7ff },
      { offset: 2, type: R_RISCV_RVC_LUI, symbol: 1, addend: 0x1_e800 },
    ]
    const { bytesAt, addressOf } = linked(codeWith(relocations, content))
    // c.li a0, 0; c.lui a0, 0x1f
    expect([...bytesAt(addressOf('Foo'), 4)]).to.deep.equal([0x01, 0x45, 0x7d, 0x65])
  })

  it('two calls that fit only by turns stay as they were', () => {
    // The first jumps over the second; where it is short, the second is too far from what padding holds in place, and grows,
    // so that the first does not reach any more.
    const [before, between] = [8, 2038]
    const target = before + 4 + between + 0xf_fffe
    const content = new Uint8Array(target + 8 + 16)
    const view = new DataView(content.buffer)
    const second = before + 8 + between
    const paddingAt = target - 4
    view.setUint32(before + 4, 0x0000_0067, true)
    view.setUint32(second + 4, 0x0000_80e7, true)
    const padding = { offset: paddingAt, type: R_RISCV_ALIGN, symbol: undefined, addend: 14 }
    const object: ElfObject = {
      elfClass: 64,
      flags: 1,
      sections: [
        section('.text', {
          flags: code,
          alignmentBytes: 16,
          content,
          relocations: [
            { offset: before, type: R_RISCV_CALL_PLT, symbol: 1, addend: 0 },
            { offset: before, ...relaxed },
            { offset: second, type: R_RISCV_CALL_PLT, symbol: 2, addend: 0 },
            { offset: second, ...relaxed },
            padding,
          ],
        }),
      ],
      symbols: [
        symbol('Foo', { type: 'function' }),
        symbol('near', { value: second + 8 }),
        symbol('far', { value: paddingAt + 14 }),
      ],
      groups: [],
    }
    const unit = linked(writeElfObject(object))
    expect(unit.addressOf('near') - unit.addressOf('Foo')).to.equal(second + 8)
    expect(unit.addressOf('far') % 16).to.equal(0)
  })

  const refusals: Readonly<Record<string, readonly [readonly ElfRelocation[], string]>> = {
    'a type that nobody knows': [
      [{ offset: 4, type: 200, symbol: 0, addend: 0 }],
      'R_RISCV_200 at 0x4 of section ".text": not supported',
    ],
    'a field that ends outside': [
      [{ offset: 30, type: R_RISCV_32, symbol: 0, addend: 0 }],
      'R_RISCV_32 at 0x1e of section ".text": its 4 bytes end outside the section of 32',
    ],
    'padding that is not there': [
      [{ offset: 28, type: R_RISCV_ALIGN, symbol: undefined, addend: 6 }],
      'R_RISCV_ALIGN at 0x1c of section ".text": 6 bytes of padding are not in the section of 32',
    ],
    'padding that cannot reach its alignment': [
      [{ offset: 2, type: R_RISCV_ALIGN, symbol: undefined, addend: 4 }],
      'the padding of 4 bytes at 2 of section ".text" is too short for its alignment',
    ],
    'padding inside of padding': [
      [
        { offset: 0, type: R_RISCV_ALIGN, symbol: undefined, addend: 14 },
        { offset: 4, type: R_RISCV_ALIGN, symbol: undefined, addend: 6 },
      ],
      'section ".text": the padding at 0 has relocations inside',
    ],
    'a lower half without an upper one': [
      [{ offset: 4, type: R_RISCV_PCREL_LO12_I, symbol: 0, addend: 0 }],
      'R_RISCV_PCREL_LO12_I at 0x10004: no upper half at "Foo"',
    ],
  }
  for (const [what, [relocations, problem]] of Object.entries(refusals)) {
    it(`${what}: a bad object`, () => {
      const { code: errorCode, message } = errorOf(tryLink(codeWith(relocations)))
      expect([errorCode, message.replace('Foo: ', '')]).to.deep.equal(['BadObject', problem])
    })
  }
})
