// A hart as its embedder sees it: functions called with values of JavaScript, from guest to host and back, traps that tell
// what happened, and calls that end early and leave the hart as it was.
import { beforeEach, describe, it } from 'mocha'
import { expect } from 'chai'
import { registerNumber } from '@worc/riscv'
import type { Hart, HartSignature, HartTrap, HartValue, HartValueType, RegisterFile } from '@worc/riscv'
import { openMachine, returned, toInteger, trapped } from './machine.js'
import type { Code, HartOptions, Machine } from './machine.js'

const { a0, a7, gp, sp, tp } = registerNumber

for (const xlen of [32, 64] as const)
  describe(`a hart of RV${xlen}`, () => {
    let machine: Machine
    beforeEach(() => {
      machine = openMachine()
    })

    const word = xlen === 64 ? 'd' : 'w'
    const wordBytes = xlen / 8

    function callOf(
      source: string,
      parameters: readonly HartValueType[],
      result: HartValueType,
      args: readonly HartValue[],
    ): HartValue | undefined {
      const code = machine.place(`${source}\nret`, xlen)
      return returned(machine.hart(xlen, 0).call(code.address, { parameters, results: [result] }, args))
    }

    describe('call', () => {
      it('i32: unsigned ones fill a register with their sign; the result has one', () => {
        expect(callOf('sub a0, a0, a1', ['i32', 'i32'], 'i32', [5, 7])).to.equal(-2)
        expect(callOf('slti a0, a0, 0', ['i32'], 'i32', [0xffff_fff0])).to.equal(1)
      })

      it('f32 and f64: in float registers, singles boxed; NaN, infinity and -0 too', () => {
        expect(callOf('fadd.d fa0, fa0, fa1', ['f64', 'f64'], 'f64', [0.5, 0.25])).to.equal(0.75)
        expect(callOf('fmul.s fa0, fa0, fa1', ['f32', 'f32'], 'f32', [1.5, -3])).to.equal(-4.5)
        for (const value of [NaN, Infinity, -0, 5e-324]) {
          expect(callOf('', ['f64'], 'f64', [value])).to.be.deep.equal(value)
          expect(callOf('', ['f32'], 'f32', [Math.fround(value)])).to.be.deep.equal(Math.fround(value))
        }
      })

      it('a float that is given back unboxed is a NaN', () => {
        expect(callOf('fmv.d fa0, fa1', ['f32', 'f64'], 'f32', [1, 1])).to.be.deep.equal(NaN)
      })

      it('pointers are numbers, not negative; nothing is undefined', () => {
        const high = xlen === 64 ? 2 ** 52 + 1 : 0xffff_fff1
        expect(callOf('', ['pointer'], 'pointer', [high])).to.equal(high)
        const code = machine.place('ret', xlen)
        expect(returned(machine.hart(xlen, 0).call(code.address, { parameters: [], results: [] }, []))).to.equal(
          undefined,
        )
      })

      it('i64 is a bigint with a sign, in one register or a pair', () => {
        const value = -0x0123_4567_89ab_cdefn
        expect(callOf('', ['i64'], 'i64', [value])).to.equal(value)
        const second = xlen === 64 ? 'mv a0, a1' : 'mv a0, a1\nmv a1, a2'
        expect(callOf(second, ['i32', 'i64'], 'i64', [1, value])).to.equal(value)
      })

      it('the ninth integer and the ninth float are elsewhere: on the stack, in integer registers', () => {
        const many = (type: HartValueType, count: number): HartValueType[] => Array.from({ length: count }, () => type)
        const numbers = Array.from({ length: 10 }, (_, index) => index + 1)
        const ninth = `l${word} a0, 0(sp)\nl${word} a1, ${wordBytes}(sp)\nslli a1, a1, 8\nor a0, a0, a1`
        expect(callOf(ninth, many('i32', 10), 'i32', numbers)).to.equal(9 | (10 << 8))
        const nine = numbers.slice(0, 9)
        expect(callOf('fmv.w.x fa0, a0', many('f32', 9), 'f32', nine)).to.equal(9)
        const moved = xlen === 64 ? 'fmv.d.x fa0, a1' : 'sw a1, -8(sp)\nsw a2, -4(sp)\nfld fa0, -8(sp)'
        expect(callOf(moved, ['i32', ...many('f64', 9)], 'f64', [1, ...nine])).to.equal(9)
        const stacked = [...many('i32', 8), ...many('f64', 9)] as const
        expect(callOf('fld fa0, 0(sp)', stacked, 'f64', [...numbers.slice(0, 8), ...nine])).to.equal(9)
      })

      it('the stack is aligned to 16 bytes, tp and ra are set; afterwards sp, gp and tp are as before', () => {
        const hart = machine.hart(xlen, 0)
        hart.registers.setX(tp, 0x1230n)
        hart.registers.setX(sp, hart.registers.x(sp) - 4n)
        hart.registers.setX(3, 99n)
        const before = kept(hart)
        const code = machine.place('andi a0, sp, 15\nadd a0, a0, tp\nli tp, 0\nli gp, 0\nret', xlen)
        expect(returned(hart.call(code.address, toInteger, []))).to.equal(0x1230)
        expect(kept(hart)).to.deep.equal(before)
      })

      it('(a stack that is not there): a store fault, and nothing was executed', () => {
        const hart = machine.hart(xlen, 0)
        hart.registers.setX(sp, 64n)
        const code = machine.place('ebreak', xlen)
        const parameters = Array.from({ length: 9 }, () => 'i32' as const)
        const trap = trapped(
          hart.call(
            code.address,
            { parameters, results: [] },
            parameters.map(() => 1),
          ),
        )
        expect([trap.cause, trap.address]).to.deep.equal(['storeFault', 48n])
        expect(hart.registers.retired).to.equal(0n)
      })

      if (xlen === 32)
        it('(RV32: an i64 where one register is left): its upper half is the first word on the stack', () => {
          const parameters = [...Array.from({ length: 7 }, () => 'i32' as const), 'i64', 'i32', 'i64'] as const
          const args = [1, 2, 3, 4, 5, 6, 7, 0x1111_2222_3333_4444n, 9, 0x5555_6666_7777_8888n]
          expect(callOf('mv a0, a7\nlw a1, 0(sp)', parameters, 'i64', args)).to.equal(0x1111_2222_3333_4444n)
          expect(callOf('lw a0, 8(sp)\nlw a1, 12(sp)', parameters, 'i64', args)).to.equal(0x5555_6666_7777_8888n)
        })
    })

    describe('ecall', () => {
      const binary: HartSignature = { parameters: ['i32', 'f64'], results: ['f64'] }

      it('resume: the handler reads arguments, sets a result, and the guest goes on behind it', () => {
        const seen: unknown[] = []
        const hart = machine.hart(xlen, 0, {
          environmentCall(on) {
            seen.push(on.registers.x(a7), on.arguments(binary))
            on.setResult(binary, 2.5)
            return 'resume'
          },
        })
        const code = machine.place('li a7, 42\necall\nfadd.d fa0, fa0, fa0\nret', xlen)
        expect(returned(hart.call(code.address, binary, [-3, 0.125]))).to.equal(5)
        expect(seen).to.deep.equal([42n, [-3, 0.125]])
      })

      it('halt: ends the call; the next one works', () => {
        const hart = machine.hart(xlen, 0)
        const code = machine.place('beqz a0, 1f\necall\n1: ret', xlen)
        const signature: HartSignature = { parameters: ['i32'], results: ['i32'] }
        expect(hart.call(code.address, signature, [1]).kind).to.equal('halted')
        expect(returned(hart.call(code.address, signature, [0]))).to.equal(0)
      })

      it('what the handler throws leaves the call, and the hart is as it was', () => {
        const hart = machine.hart(xlen, 0, {
          environmentCall: () => {
            throw new Error('Foo')
          },
        })
        const before = kept(hart)
        const code = machine.place('addi sp, sp, -16\necall', xlen)
        expect(() => hart.call(code.address, toInteger, [])).to.throw('Foo')
        expect(kept(hart)).to.deep.equal(before)
      })

      it('a call in a handler: all registers of the guest are as they were, whatever it does and however it ends', () => {
        let inner: Code | undefined
        const seen: RegisterFile[] = []
        const hart = machine.hart(xlen, 0, {
          environmentCall(on) {
            seen.push(on.registers.all())
            on.call(inner?.address ?? 0, toInteger, [])
            seen.push(on.registers.all())
            return 'resume'
          },
        })
        const fill = [3, 4, 5, 8, 10, 17, 28].map((number) => `li x${number}, ${number}`).join('\n')
        for (const ending of ['ret', 'ebreak']) {
          inner = machine.place(`${fill.replaceAll(', ', ', 1')}\nfcvt.d.w fa0, a0\nfcvt.d.w fs0, a0\n${ending}`, xlen)
          returned(hart.call(machine.place(`${fill}\necall\nret`, xlen).address, toInteger, []))
        }
        expect(seen).to.have.length(4)
        expect([seen[1], seen[3]]).to.deep.equal([seen[0], seen[2]])
      })

      it('a handler calls into the guest, which calls it again: factorial by turns, and a trap in the depth', () => {
        const unary: HartSignature = { parameters: ['i32'], results: ['i32'] }
        let code: Code | undefined
        const options: HartOptions = {
          environmentCall(on) {
            const number = on.registers.xWord(a0)
            const outcome = on.call(code?.address ?? 0, unary, [number])
            on.registers.setX(a0, outcome.kind === 'returned' ? BigInt(outcome.value ?? 0) : -1n)
            return 'resume'
          },
        }
        const hart = machine.hart(xlen, 0, options)
        const source = `
          li a1, 100
          beq a0, a1, 2f
          blez a0, 1f
          mv s0, a0
          mv s1, ra
          addi a0, a0, -1
          ecall
          mul a0, a0, s0
          mv ra, s1
          ret
        1: li a0, 1
          ret
        2: ebreak`
        code = machine.place(source, xlen)
        const before = kept(hart)
        expect(returned(hart.call(code.address, unary, [6]))).to.equal(720)
        expect(returned(hart.call(code.address, unary, [101]))).to.equal(-101)
        expect(kept(hart)).to.deep.equal(before)
      })
    })

    describe('trap', () => {
      const symbols = (code: Code, names: readonly string[]): HartOptions['functionAt'] => {
        const starts = names.map((symbol) => ({ symbol, start: code.at(symbol) })).toSorted((a, b) => b.start - a.start)
        return (address) => (address < code.address + 0x1000 ? starts.find(({ start }) => start <= address) : undefined)
      }

      function trapOf(source: string, names: readonly string[]): { readonly trap: HartTrap; readonly code: Code } {
        const code = machine.place(`.globl ${names.join(', ')}\n${source}`, xlen)
        const hart = machine.hart(xlen, 3, { functionAt: symbols(code, names) ?? (() => undefined) })
        return { trap: trapped(hart.call(code.at('main'), toInteger, [])), code }
      }

      it('tells hart, pc, cause, address, instruction and registers', () => {
        const { trap, code } = trapOf('main: li a1, 16\nli a2, 5\nfcvt.d.w fa1, a2\nsw a2, 4(a1)', ['main'])
        const at = BigInt(code.address + 8)
        expect([trap.hart, trap.pc, trap.cause, trap.address]).to.deep.equal([3, at, 'storeFault', 20n])
        expect(trap.instruction).to.equal(0xc1d0)
        expect([trap.registers.x[11], trap.registers.x[12], trap.registers.f[11]]).to.deep.equal([
          16n,
          5n,
          0x4014_0000_0000_0000n,
        ])
      })

      /** The second of two words below the frame pointer is the caller's. */
      const frame = `addi sp, sp, -16\ns${word} ra, ${16 - wordBytes}(sp)\ns${word} s0, ${16 - 2 * wordBytes}(sp)\naddi s0, sp, 16`

      it('the backtrace follows frame pointers, from a function that has one', () => {
        const source = `main: ${frame}\njal ra, 1f\nnop\nFoo: 1: ${frame}\njal ra, 2f\nnop\nBar: 2: ${frame}\nebreak`
        const { trap } = trapOf(source, ['main', 'Foo', 'Bar'])
        expect(trap.frames.map(({ symbol }) => symbol)).to.deep.equal(['Bar', 'Foo', 'main'])
      })

      it('the backtrace begins with ra in a leaf, and leaves out a return address of a call that came back', () => {
        const leaf = `main: ${frame}\njal ra, 1f\nnop\nFoo: 1: ebreak`
        expect(trapOf(leaf, ['main', 'Foo']).trap.frames.map(({ symbol }) => symbol)).to.deep.equal(['Foo', 'main'])
        const after = `main: ${frame}\njal ra, 1f\nnop\nFoo: 1: ${frame}\njal ra, 2f\nebreak\nBar: 2: ret`
        const names = ['main', 'Foo', 'Bar']
        expect(trapOf(after, names).trap.frames.map(({ symbol }) => symbol)).to.deep.equal(['Foo', 'main'])
      })

      it('the backtrace ends where registers hold anything else (random ones)', () => {
        const { trap } = trapOf('main: li s0, 0x12345670\nli ra, 0x777\nebreak', ['main'])
        expect(trap.frames.map(({ symbol }) => symbol)).to.deep.equal(['main'])
      })

      it('a jump to nowhere: fetch fault there, and ra tells who jumped', () => {
        const { trap } = trapOf(`main: ${frame}\nli t0, 0\njalr t0\nnop`, ['main'])
        expect([trap.cause, trap.pc, trap.instruction]).to.deep.equal(['fetchFault', 0n, undefined])
        expect(trap.frames.map(({ symbol }) => symbol)).to.deep.equal([undefined, 'main'])
      })

      it('a return with another stack than at the beginning is no return', () => {
        const { trap } = trapOf('main: addi sp, sp, -16\nret', ['main'])
        expect(trap.cause).to.equal('fetchFault')
      })
    })

    it('a call can be left between slices, and the hart lives on', () => {
      let slices = 0
      const hart = machine.hart(xlen, 0, {
        sliceFuel: 1000n,
        beforeSlice() {
          slices++
          if (slices === 5) throw new Error('Interrupted')
        },
      })
      const loop = machine.place('1: j 1b', xlen)
      expect(() => hart.call(loop.address, toInteger, [])).to.throw('Interrupted')
      expect(slices).to.equal(5)
      const code = machine.place('li a0, 7\nret', xlen)
      expect(returned(hart.call(code.address, toInteger, []))).to.equal(7)
    })

    it('run: an endless loop of ecalls ends with the fuel', () => {
      const hart = machine.hart(xlen, 0, { environmentCall: () => 'resume' })
      hart.registers.pc = BigInt(machine.place('1: ecall\nj 1b', xlen).address)
      expect(hart.run(1000n).kind).to.equal('out of fuel')
      expect(hart.registers.retired).to.equal(500n)
    })
  })

function kept({ registers }: Hart): readonly bigint[] {
  return [sp, gp, tp].map((number) => registers.x(number))
}
