// What a linker owes to each instruction, said beside it: every source is assembled by our own assembler, linked, and its
// sentences are judged.
import { describe, it } from 'mocha'
import { expect } from 'chai'
import type { Xlen } from '@worc/riscv'
import { falseChecks } from './check.js'
import { assembled, linked } from './linked.js'
import type { LinkOptions } from './linked.js'

function judge(source: string, xlen: Xlen, options: LinkOptions = {}): void {
  expect(falseChecks(linked(assembled(`.option relax\n${source}`, xlen), options), source)).to.deep.equal([])
}

for (const xlen of [64, 32] as const) {
  describe(`linked instructions, riscv${xlen}`, () => {
    const word = xlen === 64 ? '.dword' : '.word'
    const wordBytes = xlen / 8

    it('an address in two halves, absolute and relative', () => {
      judge(
        `
        .globl Foo
      Foo:
        lui a0, %hi(Bar + 0x7fe)
        lw a1, %lo(Bar + 0x7fe)(a0)
        sw a1, %lo(Bar + 0x7fe)(a0)
      near:
        auipc a2, %pcrel_hi(Bar)
        lw a3, %pcrel_lo(near)(a2)
        sw a3, %pcrel_lo(near)(a2)
        ret
        .data
        .zero 0x7c4
      Bar:
        .word 1
        # check: decode_operand(Foo, 1) = (Bar + 0x7fe + 0x800)[31:12]
        # check: decode_operand(Foo + 4, 2)[11:0] = (Bar + 0x7fe)[11:0]
        # check: decode_operand(Foo + 8, 2)[11:0] = (Bar + 0x7fe)[11:0]
        # check: decode_operand(near, 1) = (Bar - near + 0x800)[31:12]
        # check: decode_operand(near + 4, 2)[11:0] = (Bar - near)[11:0]
        # check: decode_operand(near + 8, 2)[11:0] = (Bar - near)[11:0]
        `,
        xlen,
      )
    })

    it('a call that leaves the unit goes through a stub, a variable of another through its entry', () => {
      judge(
        `
        .globl Foo
      Foo:
        call other
        call other
      load:
        la a0, elsewhere
        ret
        .option pic
        .globl Bar
      Bar:
        la a0, elsewhere
        ret
        # check: decode_operand(Foo, 1) = (stub_addr(other) - Foo + 0x800)[31:12]
        # check: decode_operand(Foo + 4, 2)[11:0] = (stub_addr(other) - Foo)[11:0]
        # check: decode_operand(Foo + 8, 1) = (stub_addr(other) - Foo - 8 + 0x800)[31:12]
        # check: decode_operand(stub_addr(other), 1) = (got_addr(other) - stub_addr(other) + 0x800)[31:12]
        # check: decode_operand(stub_addr(other) + 4, 2)[11:0] = (got_addr(other) - stub_addr(other))[11:0]
        # check: decode_operand(stub_addr(other) + 8, 2) = 0
        # check: *{${wordBytes}}(got_addr(other)) = 0x1234560
        # check: decode_operand(Bar, 1) = (got_addr(elsewhere) - Bar + 0x800)[31:12]
        # check: decode_operand(Bar + 4, 2)[11:0] = (got_addr(elsewhere) - Bar)[11:0]
        # check: *{${wordBytes}}got_addr(elsewhere) = 0x7654320
        `,
        xlen,
        { externals: { other: 0x123_4560, elsewhere: 0x765_4320 } },
      )
    })

    it('a call within reach is one jump, and what comes after it moves up', () => {
      judge(
        `
        .globl Foo, after, end, last, distances
        .type Foo, @function
      Foo:
        call Bar
      after:
        beq a0, a1, end
        tail Foo
        .size Foo, .-Foo
      end:
        .zero 4096
      Bar:
        call Foo
        ret
      last:
        .data
      distances:
        ${word} after - Foo
        .word last - end
        # check: decode_operand(Foo, 1) = Bar - Foo
        # check: after - Foo = 4
        # check: decode_operand(after, 2) = end - after
        # check: decode_operand(after + 4, 0) = Foo - (after + 4)
        # check: end - after = 6
        # check: decode_operand(Bar, 1) = Foo - Bar
        # check: *{${wordBytes}}distances = 4
        # check: *{4}(distances + ${wordBytes}) = last - end
        # check: next_pc(after + 4) = end
        # check: section_addr(.text) = Foo
        `,
        xlen,
      )
    })

    it('a distance as a LEB is what is left of it', () => {
      judge(
        `
        .globl Foo, distances
      Foo:
        call Bar
        .p2align 4
      Bar:
        ret
      end:
        .data
      distances:
        .uleb128 Bar - Foo
        .uleb128 Bar - Foo + 300
        .uleb128 last - distances
      last:
        # check: *{1}distances = 16
        # check: *{2}(distances + 1) = 0x2bc
        # check: (*{4}(distances + 3))[6:0] = 7
        # check: *{4}(distances + 3) = 0x808087
        `,
        xlen,
      )
    })

    it('padding is no more than the alignment needs', () => {
      judge(
        `
        .globl Foo, Bar, Baz
      Foo:
        call Bar
        .p2align 4
      Bar:
        c.nop
        .p2align 3
      Baz:
        ret
        # check: Bar - Foo = 16
        # check: Baz - Bar = 8
        # check: Bar[3:0] = 0
        # check: *{4}(Foo + ${xlen === 64 ? 4 : 2}) = 0x13
        # check: *{2}(Bar + 2) = 0x13
        # check: *{2}(Bar + 6) = 1
        `,
        xlen,
      )
    })
  })
}

describe('falseChecks', () => {
  const unit = linked(assembled('.globl Foo\nFoo: nop\n ret\n'))

  it('says which sentences are false, and of what they speak', () => {
    const source = '# check: Foo = 0x10000\n# check: *{2}Foo = 0x14\n# jitlink-check: next_pc(Foo) = Foo + 4\n'
    expect(falseChecks(unit, source)).to.deep.equal([
      '*{2}Foo = 0x14: 0x1 is not 0x14',
      'next_pc(Foo) = Foo + 4: 0x10002 is not 0x10004',
    ])
  })

  it('a sentence that means nothing is false', () => {
    const problems = ['Foo', 'Bar = 1', 'Foo = 1 = 1', 'Foo ) = 1', 'decode_operand(Foo, 9) = 1', 'what(Foo) = 1']
    expect(falseChecks(unit, problems.map((problem) => `# check: ${problem}`).join('\n'))).to.have.length(
      problems.length,
    )
  })

  it('a source without sentences is not judged', () => {
    expect(falseChecks(unit, 'Foo: nop')).to.equal(undefined)
  })
})
