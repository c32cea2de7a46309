// Objects from our own assembler, linked: what a unit asks for, what it offers, and where its references lead.
import { describe, it } from 'mocha'
import { expect } from 'chai'
import { symbolFlag } from '@worc/protocol'
import { readElfContents } from '@worc/jitlink'
import { errorOf, valueOf } from '../fixtures.js'
import type { Linked } from './linked.js'
import { assembled, defaultAddress, linked, tryLink, wordAt } from './linked.js'

const unit = `
  .text
  .globl Foo
  .type Foo, @function
Foo:
  call Bar
  la a0, Baz
  lw a1, 0(a0)
  ret
  .size Foo, .-Foo
  .section .rodata
  .globl table
table:
  .word 1, 2, 3
  .data
  .globl Baz
Baz:
  .dword Qux
  .bss
  .globl Qux
  .p2align 4
Qux:
  .zero 32
`

describe('linkElf', () => {
  it('an image is what is read, what is written and code, each on pages of its own', () => {
    const { layout, image, definitions } = linked(assembled(unit), { externals: { Bar: 0x7_0000 } })
    expect(layout.request).to.deep.include({ imageSizeBytes: 0x3000, imageAlignmentBytes: 0x1000 })
    expect(layout.request.externals).to.deep.equal([{ name: 'Bar', weak: false }])
    expect(image.segments.map(({ prot, offsetBytes }) => [prot, offsetBytes])).to.deep.equal([
      ['r', 0],
      ['rw', 0x1000],
      ['rx', 0x2000],
    ])
    expect(image.segments[1]?.zeroFillBytes).to.equal(8 + 32)
    expect(definitions).to.have.deep.members([
      { name: 'Foo', address: 0x1_2000, kind: 'code' },
      { name: 'table', address: 0x1_0000, kind: 'data' },
      { name: 'Baz', address: 0x1_1000, kind: 'data' },
      { name: 'Qux', address: 0x1_1010, kind: 'data' },
    ])
  })

  it('a word holds the address of what it names', () => {
    const result = linked(assembled(unit))
    expect(wordAt(result, result.addressOf('Baz'))).to.equal(result.addressOf('Qux'))
  })

  it('what a static linker says of a program is said of the unit, where nobody defines it', () => {
    const source = `
      .data
      .globl Foo
    Foo:
      .dword __global_pointer$, __bss_start, _end, __init_array_start, __init_array_end, _etext
      .bss
      .globl Bar
    Bar: .zero 16
      .text
      .globl Baz
    Baz: ret`
    const data = defaultAddress
    const wordsOf = (result: Linked): number[] => [0, 1, 2, 3, 4, 5].map((index) => wordAt(result, data + 8 * index))
    const names = ['__global_pointer$', '__bss_start', '_end', '__init_array_start', '__init_array_end', '_etext']
    const end = data + 6 * 8 + 16
    expect(wordsOf(linked(assembled(source), { without: names }))).to.deep.equal([
      data + 0x800,
      end,
      end,
      data,
      data,
      data + 0x1000 + 2,
    ])
    const others = linked(assembled(source), { without: names.slice(1), externals: { __global_pointer$: 0x7_0000 } })
    expect(wordsOf(others)[0]).to.equal(0x7_0000)
  })

  it('functions come with their names, addresses and sizes', () => {
    const { image } = linked(assembled(unit))
    const [only, ...others] = image.functions
    expect(others).to.deep.equal([])
    expect(only).to.deep.include({ name: 'Foo', address: 0x1_2000 })
    expect(only?.sizeBytes).to.be.within(18, 22)
  })

  it('what others define must be there, unless it is weak', () => {
    const source = (weak: string): Uint8Array => assembled(`${weak}\n.globl Foo\nFoo:\n  call Bar\n  ret\n`)
    const weak = linked(source('.weak Bar'), { without: ['Bar'] })
    expect(weak.layout.request.externals).to.deep.equal([{ name: 'Bar', weak: true }])
    const { code, message } = errorOf(tryLink(source(''), { without: ['Bar'] }))
    expect([code, message]).to.deep.equal(['SymbolsNotFound', 'Foo: symbols not found: Bar'])
  })

  it('a number that others see must be an address; inside, and where registers end at 2^32, it may be negative', () => {
    const source = (label: string): string =>
      `.globl Foo\n${label}\n.set limit, -1\nFoo: addi a0, zero, 0\n.data\n.word limit\n`
    expect(linked(assembled(source('.globl limit'), 32)).addressOf('limit')).to.equal(0xffff_ffff)
    expect(tryLink(assembled(source(''))).ok).to.equal(true)
    expect(errorOf(tryLink(assembled(source('.globl limit')))).message).to.equal(
      'Foo: symbol "limit" is at -0x1, not below 2^32',
    )
  })

  it('a unit that does not end within the address space is refused', () => {
    const { code, message } = errorOf(tryLink(assembled(unit), { address: 0x1_0000_0000 - 0x2000 }))
    expect(code).to.equal('OutOfMemory')
    expect(message).to.equal('Foo: its image of 12288 bytes at 0xffffe000 does not end below 2^32')
  })

  it('a definition that another unit prevails over is taken from there', () => {
    const { layout, addressOf, bytesAt } = linked(assembled(unit), {
      responsibleFor: new Set(['Foo', 'Baz']),
      externals: { Qux: 0x1234_5678 },
    })
    expect(layout.request.externals.map(({ name }) => name)).to.have.members(['Bar', 'Qux'])
    expect(new DataView(bytesAt(addressOf('Baz'), 4).slice().buffer).getUint32(0, true)).to.equal(0x1234_5678)
  })

  it('the placement may be anywhere', () => {
    const low = linked(assembled(unit))
    const high = linked(assembled(unit), { address: defaultAddress + 0x10_0000 })
    expect(high.addressOf('Foo') - low.addressOf('Foo')).to.equal(0x10_0000)
    expect(wordAt(high, high.addressOf('Baz'))).to.equal(high.addressOf('Qux'))
  })
})

describe('readElfContents', () => {
  it('says what an object offers, and how', () => {
    const source = `
      .globl Foo
      .type Foo, @function
    Foo: ret
      .weak Bar
    Bar: ret
      .globl Baz
      .hidden Baz
    Baz: ret
      .comm Qux, 8, 8
      .globl limit
      .set limit, 42
    local: call other
    `
    const { symbols, hasInitializers } = valueOf(readElfContents(assembled(source)))
    const { exported, weak, common, callable, absolute } = symbolFlag
    expect(symbols).to.have.deep.members([
      ['Foo', exported | callable],
      ['Bar', exported | weak],
      ['Baz', 0],
      ['Qux', exported | weak | common],
      ['limit', exported | absolute],
    ])
    expect(hasInitializers).to.equal(false)
  })

  it('says whether it wants to be called when it is there', () => {
    const source = '.section .init_array,"aw",@init_array\n  .dword 0\n'
    expect(valueOf(readElfContents(assembled(source))).hasInitializers).to.equal(true)
  })

  it('bytes of another kind are a bad object', () => {
    expect(errorOf(readElfContents(new Uint8Array(100))).code).to.equal('BadObject')
  })
})
