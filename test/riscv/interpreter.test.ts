// The generated interpreter: every instruction against what qemu made of the same program, and traps, which stop the hart at
// the instruction, before it has changed anything.
import { readFileSync } from 'node:fs'
import { expect } from 'chai'
import { before, describe, it } from 'mocha'
import { trapCause } from '@worc/riscv'
import { digestOf } from './digest.js'
import { codeStart, hartWith, runProgram, stackTop } from './hart.js'
import type { Ending } from './hart.js'
import { instructionCases, programOf } from './instruction-programs.js'
import { missingTools, outputOfQemu } from './qemu.js'

const fixtures = new URL('../../riscv/fixtures/', import.meta.url)

for (const xlen of [32, 64] as const)
  describe(`the interpreter of RV${xlen}`, () => {
    const instructions = instructionCases(xlen)
    const outputs = new Map<string, Buffer>()
    before(() => {
      for (const each of instructions) outputs.set(each.name, runProgram(programOf([each]), xlen).output)
    })

    it('gives the committed results of qemu, for every instruction', () => {
      const lines = [...outputs].map(([name, output]) => `${name} ${digestOf(output)}`)
      const expected = readFileSync(new URL(`results${xlen}.txt`, fixtures), 'utf8')
        .trimEnd()
        .split('\n')
      expect(lines).to.deep.equal(expected)
    })

    it('gives the results of qemu, byte for byte', function () {
      const missing = missingTools()
      if (missing.length > 0) {
        process.stderr.write(
          `SKIPPED: ${missing.join(', ')} not installed; results are compared with committed ones only\n`,
        )
        this.skip()
      }
      const theirs = outputOfQemu(programOf(instructions), xlen)
      let at = 0
      for (const [name, output] of outputs) {
        expect(output.toString('hex'), name).to.equal(theirs.toString('hex', at, at + output.length))
        at += output.length
      }
      expect(at).to.equal(theirs.length)
    })

    const outside = BigInt(stackTop)
    const cases: Readonly<
      Record<string, readonly [source: string, cause: keyof typeof trapCause, at: number, value: bigint]>
    > = {
      'a load outside': ['lw a0, 0(sp)', 'loadFault', 0, outside],
      'a load that ends outside': ['lw a0, -3(sp)', 'loadFault', 0, outside - 3n],
      'a load of page 0': ['nop\nlb a0, 8(zero)', 'loadFault', 2, 8n],
      'a store outside': ['sb a0, 0(sp)', 'storeFault', 0, outside],
      'a store into code': ['auipc a1, 0\nsw a0, 0(a1)', 'storeFault', 4, BigInt(codeStart)],
      'a store that ends in code': ['auipc a1, 0\nsh a0, -1(a1)', 'storeFault', 4, BigInt(codeStart - 1)],
      'a misaligned lr': ['addi a1, sp, -6\nlr.w a0, (a1)', 'loadMisaligned', 4, outside - 6n],
      'a misaligned amo': ['addi a1, sp, -6\namoadd.w a0, a0, (a1)', 'storeMisaligned', 4, outside - 6n],
      'a jump outside': ['li a1, 0x2000\njr a1', 'fetchFault', -1, 0x2000n],
      'running off the code': ['nop\nj .+0x3fffe', 'fetchFault', 0x40000, BigInt(codeStart + 0x4_0000)],
      'an illegal instruction': ['nop\n.word 0xffffffff', 'illegalInstruction', 2, 0xffff_ffffn],
      'sixteen zero bits': ['nop\n.half 0', 'illegalInstruction', 2, 0n],
      'a CSR that there is not': ['csrr a0, 0x300', 'illegalInstruction', 0, 0n],
      'a write to a counter': ['csrw cycle, a0', 'illegalInstruction', 0, 0n],
      'a reserved rounding mode': ['fsrmi 5\nfadd.s fa0, fa0, fa0', 'illegalInstruction', 4, 0n],
      ebreak: ['nop\nebreak', 'breakpoint', 2, BigInt(codeStart + 2)],
      ecall: ['nop\necall', 'environmentCall', 2, 0n],
    }
    for (const [what, [source, cause, at, value]] of Object.entries(cases))
      it(`${what}: a trap at the instruction`, () => {
        const ending = runProgram(source, xlen)
        expect(ending.cause).to.equal(trapCause[cause])
        expect(ending.pc).to.equal(at < 0 ? value : BigInt(codeStart + at))
        expect(ending.trapValue).to.equal(value)
        expect(ending.register(10)).to.equal(0n)
      })

    it('a trap is not retired, and what came before it is', () => {
      expect(runProgram('nop\nnop\nlw a0, 0(zero)', xlen).retired).to.equal(2n)
      expect(countOf(runProgram('nop\nrdinstret a0\nebreak', xlen))).to.equal(1n)
    })

    it('stops when the fuel is spent, and goes on as if nothing had been', () => {
      const { view, run } = hartWith('1: addi a0, a0, 1\nj 1b', xlen)
      expect([run(7n), run(0n), run(4n)]).to.deep.equal([0, 0, 0])
      expect(view.getUint32(0x400 + 80, true)).to.equal(6)
    })

    it('a store-conditional fails after another, and where nothing was reserved', () => {
      const source =
        'addi a1, sp, -8\nlr.w a2, (a1)\nsc.w a3, a1, (a1)\nsc.w a4, a1, (a1)\nlr.w a2, (a1)\nsw zero, 0(a1)\nsc.w a5, a1, (a1)\nebreak'
      const { register } = runProgram(source, xlen)
      expect([13, 14, 15].map(register)).to.deep.equal([0n, 1n, 1n])
    })

    it('x0 stays zero, whatever is written to it', () => {
      expect(runProgram('li a1, 5\nadd zero, a1, a1\nmv a0, zero\njalr zero, 4(a0)\n', xlen).register(0)).to.equal(0n)
    })
  })

describe('the interpreter', () => {
  it('counts the zeros of a word, of which 32 is the most', () => {
    expect(runProgram('li a1, -1 << 32\nctzw a0, a1\nebreak', 64).register(10)).to.equal(32n)
  })

  it('jalr to the register that it writes goes where that pointed before', () => {
    expect(runProgram('auipc ra, 0\njalr ra, 12(ra)\nli a0, 1\nebreak', 64).register(10)).to.equal(0n)
  })
})

function countOf({ register }: Ending): bigint {
  return register(10)
}
