// Harts on pages: what may be touched is checked to the byte, and what is unmapped, mapped anew or written over is what the next
// instruction finds.
import { beforeEach, describe, it } from 'mocha'
import { expect } from 'chai'
import type { Hart, HartSignature, HartTrap } from '@worc/riscv'
import { valueOf } from '../executor-memory/claims-under-test.js'
import { newMachine, openMachine, returned, toInteger, trapped } from './machine.js'
import type { Code, Machine } from './machine.js'
import { onThreads } from './threads-of-harts.js'

const page = 0x1000
const onAddress: HartSignature = { parameters: ['i64'], results: ['i64'] }
const onPointer: HartSignature = { parameters: ['pointer'], results: ['pointer'] }

for (const xlen of [32, 64] as const)
  describe(`pages under a hart of RV${xlen}`, () => {
    let machine: Machine
    let hart: Hart

    beforeEach(() => {
      machine = openMachine()
      hart = machine.hart(xlen, 0)
    })

    function callAt(code: Code, address: number): ReturnType<Hart['call']> {
      return hart.call(code.address, onPointer, [address])
    }

    function about({ cause, pc, address }: HartTrap): readonly [string, number, number] {
      return [cause, Number(pc), Number(address)]
    }

    it('a load across two pages is the bytes of both, and a trap where one is not mapped', () => {
      const code = machine.place('lw a0, 0(a0)\nret', xlen)
      const data = machine.data(2 * page)
      machine.view().setUint32(data.address + page - 2, 0x0403_0201, true)
      expect(returned(callAt(code, data.address + page - 2))).to.equal(0x0403_0201)
      const first = data.address - 2
      expect(about(trapped(callAt(code, first)))).to.deep.equal(['loadFault', code.address, first])
      const last = data.address + 2 * page - 3
      expect(about(trapped(callAt(code, last)))).to.deep.equal(['loadFault', code.address, last])
      expect(returned(callAt(code, last - 1))).to.equal(0)
    })

    it('a store across two pages happens to both or to none', () => {
      const code = machine.place('li a1, -1\nsw a1, 0(a0)\nret', xlen)
      const data = machine.data(2 * page)
      const middle = data.address + page
      returned(callAt(code, middle - 1))
      expect(machine.view().getUint32(middle - 1, true)).to.equal(0xffff_ffff)
      valueOf(machine.mapper.protect(data.reservation, 2 * page, page, 'r'))
      machine.view().setUint32(middle - 4, 0, true)
      expect(about(trapped(callAt(code, middle - 3)))).to.deep.equal(['storeFault', code.address + 2, middle - 3])
      expect(machine.view().getUint32(middle - 4, true)).to.equal(0)
    })

    it('atomics need what they do: lr reads, all others write', () => {
      const data = machine.data(page)
      valueOf(machine.mapper.protect(data.reservation, page, page, 'r'))
      const reserve = machine.place('lr.w a0, (a0)\nret', xlen)
      expect(returned(callAt(reserve, data.address))).to.equal(0)
      for (const source of ['sc.w a0, a0, (a0)', 'amoadd.w a0, a0, (a0)', 'amomax.w a0, a0, (a0)']) {
        const code = machine.place(`${source}\nret`, xlen)
        expect(about(trapped(callAt(code, data.address)))).to.deep.equal(['storeFault', code.address, data.address])
      }
    })

    it('code can be read, and no data can be executed', () => {
      const code = machine.place('lhu a0, 0(a0)\nret', xlen)
      expect(returned(callAt(code, code.address + 4))).to.equal(0x8082)
      const data = machine.place('ret', xlen, 'rw')
      expect(about(trapped(callAt(data, 0)))).to.deep.equal(['fetchFault', data.address, data.address])
    })

    const fill = '.word 0x13\n'.repeat(page / 4 - 1)

    /** An instruction of four bytes that ends on the second page. */
    function crossing(value: number): string {
      return `${fill}c.nop\naddi a0, zero, ${value}\nret`
    }

    it('an instruction across the end of a page: is executed, and is a trap where its second half is gone', () => {
      const code = machine.place(crossing(1365), xlen)
      const entry = code.address + page - 2
      expect(returned(hart.call(entry, toInteger, []))).to.equal(1365)
      expect(returned(hart.call(code.address, toInteger, []))).to.equal(1365)
      valueOf(machine.mapper.protect(code.reservation, page, page, 'rw'))
      const trap = trapped(hart.call(entry, toInteger, []))
      expect(about(trap)).to.deep.equal(['fetchFault', entry, code.address + page])
    })

    it('an instruction across the end of a page: is the new one, when its second half is another', () => {
      const code = machine.place(crossing(1365), xlen)
      const entry = code.address + page - 2
      expect(returned(hart.call(entry, toInteger, []))).to.equal(1365)
      valueOf(machine.mapper.protect(code.reservation, page, page, 'rw'))
      machine.view().setUint16(code.address + page, 0x2aa0, true)
      valueOf(machine.mapper.protect(code.reservation, page, page, 'rx'))
      expect(returned(hart.call(entry, toInteger, []))).to.equal(682)
    })

    it('an instruction before the end of code: what is cut off is a trap at the instruction', () => {
      const code = machine.place(`${fill}c.nop\n.half 0x0013`, xlen)
      const trap = trapped(hart.call(code.address, toInteger, []))
      expect(about(trap)).to.deep.equal(['fetchFault', code.address + page - 2, code.address + page])
    })

    it('a loop that is unmapped while it runs traps at its next instruction; the hart lives on', () => {
      const code = machine.place('addi a0, a0, 1\nj .-2', xlen)
      hart.registers.pc = BigInt(code.address)
      expect(hart.run(1001n).kind).to.equal('out of fuel')
      machine.mapper.deinitialize(code.reservation, 1)
      const stop = hart.run(1001n)
      if (stop.kind !== 'trapped') throw new Error(stop.kind)
      expect(about(stop.trap)).to.deep.equal(['fetchFault', code.address + 2, code.address + 2])
      expect(hart.registers.x(10)).to.equal(501n)
      machine.mapper.release(code.reservation)
      const other = machine.place('li a0, 7\nret', xlen)
      expect(other.address, 'the same pages').to.equal(code.address)
      expect(returned(hart.call(other.address, toInteger, []))).to.equal(7)
    })

    it('placed, called and removed, again and again: each time the new code, and no more memory than at first', () => {
      const sizes = new Set<number>()
      for (let cycle = 0; cycle < 300; cycle++) {
        const code = machine.place(`li a0, ${cycle}\nret`, xlen)
        expect(returned(hart.call(code.address, toInteger, []))).to.equal(cycle)
        machine.remove(code.reservation)
        sizes.add(machine.memory.buffer.byteLength)
        expect(machine.pages.decodedPageCount).to.equal(0)
      }
      expect(sizes.size).to.equal(1)
    })

    it('released pages hold what is illegal by definition', () => {
      const code = machine.place('li a0, 1\nret', xlen)
      machine.remove(code.reservation)
      const zeroes = machine.place('', xlen)
      expect(zeroes.reservation.sizeBytes).to.equal(0)
      const again = machine.place('.zero 4', xlen)
      const trap = trapped(hart.call(again.address, toInteger, []))
      expect([trap.cause, trap.instruction]).to.deep.equal(['illegalInstruction', 0])
    })

    it('code that another thread patches is seen after fence.i; what it unmaps under a hart that runs there traps', async () => {
      const shared = newMachine()
      machine = openMachine(shared)
      const flags = machine.data(page)
      const source = `
        .globl Foo
        mv s0, a0
        li s1, 300000
      1: call_foo
        addi s1, s1, -1
        bnez s1, 1b
        sw a0, 0(s0)
      2: lw a1, 4(s0)
        beqz a1, 2b
        fence.i
        call_foo
        sw a0, 8(s0)
      3: j 3b
      Foo: 4: addi a0, zero, 100
        ret`
      const code = machine.place(source.replaceAll('call_foo', 'jal ra, 4f'), xlen)
      const words = new Int32Array(machine.memory.buffer)
      const at = (offset: number): number => (flags.address + offset) / 4
      const calls = [{ entry: code.address, pointers: [flags.address] }]
      const ended = onThreads(shared, [calls], xlen)
      await changed(words, at(0))
      const patched = code.at('Foo') - code.address
      machine.mapper.patch(code.reservation, patched, Uint8Array.of(0x13, 0x05, 0x90, 0x00))
      Atomics.store(words, at(4), 1)
      await changed(words, at(8))
      machine.mapper.deinitialize(code.reservation, 1)
      const trap = trapped((await ended)[0]?.[0] ?? { kind: 'halted' })
      expect([words[at(0)], words[at(8)]]).to.deep.equal([100, 9])
      expect([trap.hart, trap.cause]).to.deep.equal([0, 'fetchFault'])
      expect(trap.pc).to.equal(trap.address)
    })
  })

/** Until a hart on another thread has stored there. */
async function changed(words: Int32Array, index: number): Promise<void> {
  while (Atomics.load(words, index) === 0) await new Promise((resolve) => setImmediate(resolve))
}

describe('pages under a hart of RV64', () => {
  it('an address with high bits is none, though its lower half is', () => {
    const machine = openMachine()
    const hart = machine.hart(64, 0)
    const data = machine.data(page)
    const load = machine.place('lb a0, 0(a0)\nret', 64)
    const jump = machine.place('jr a0', 64)
    for (const high of [1n << 32n, 1n << 63n, 0x800_0000n]) {
      const bits = BigInt.asIntN(64, high + BigInt(data.address))
      expect(trapped(hart.call(load.address, onAddress, [bits])).cause).to.equal('loadFault')
      const target = BigInt.asIntN(64, high + BigInt(load.address))
      const trap = trapped(hart.call(jump.address, onAddress, [target]))
      expect([trap.cause, BigInt.asIntN(64, trap.pc)]).to.deep.equal(['fetchFault', target])
    }
    const last = machine.place('ld a0, -1(zero)\nret', 64)
    expect(trapped(hart.call(last.address, toInteger, [])).address).to.equal(2n ** 64n - 1n)
  })
})
