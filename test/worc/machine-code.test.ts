// Machine code through the face: objects for RISC-V, assembled here, executed by harts in this thread and others. Faults are errors
// that say where; removal stops even a loop that is running.
import { readFileSync } from 'node:fs'
import { spawnSync } from 'node:child_process'
import { expect } from 'chai'
import { after, afterEach, before, describe, it } from 'mocha'
import { readElfObject } from '@worc/elf'
import { assemble, fullIsa } from '@worc/riscv'
import type { Xlen } from '@worc/riscv'
import { JIT, absoluteSymbols, hostFunctions } from 'worc'
import type { AddOptions, ExecutorAddr } from 'worc'
import { startThread } from './other-thread.js'
import type { OtherThread } from './other-thread.js'
import { rejection, thrownBy } from './rejection.js'

const word = { parameters: [], results: ['i32'] } as const
const unary = { parameters: ['i32'], results: ['i32'] } as const
const binary = { parameters: ['i32', 'i32'], results: ['i32'] } as const
const atPointer = { parameters: ['pointer'], results: ['i32'] } as const

for (const xlen of [64, 32] as const) {
  describe(`machine code for RV${xlen}, through the face`, () => {
    let jit: JIT
    let threads: OtherThread[] = []
    before(async () => {
      jit = await JIT.start({ target: `riscv${xlen}`, compileThreads: 1 })
    })
    after(() => jit[Symbol.asyncDispose]())
    afterEach(async () => {
      await Promise.all(threads.map((thread) => thread.end()))
      threads = []
      await jit.main.clear()
      await jit.session.verify()
    })

    const add = (source: string, options: AddOptions = {}): Promise<void> =>
      jit.addObject(assembled(source, xlen), options)

    it('a function is called with its signature; without one it cannot be', async () => {
      await add(functionOf('add', 'add a0, a0, a1'))
      const sum = await jit.lookup('add', { signature: binary })
      expect(sum(2, 3)).to.equal(5)
      expect(await jit.lookup('add', { signature: binary })).to.equal(sum)
      const without = await rejection(jit.lookup('add'))
      expect([without.code, without.message]).to.deep.equal([
        'BadArgument',
        '"add" in main carries no signature: name one ({ signature }), or compile it with -g',
      ])
    })

    it('debug information says a function’s signature, which lookup compares, and the lines of a backtrace', async () => {
      const unused = { address: 0, flags: { exported: true } }
      await jit.main.define(absoluteSymbols({ Sink: unused, __addtf3: unused }))
      const fixture = xlen === 64 ? 'gcc64-dwarf5' : 'gcc32-dwarf4'
      await jit.addObject(readFileSync(new URL(`../../dwarf/fixtures/${fixture}.o`, import.meta.url)))
      const sum = await jit.lookup('add')
      expect(sum.signature).to.deep.equal(binary)
      expect(sum(40, 2)).to.equal(42)
      const error = await rejection(jit.lookup('add', { signature: unary }))
      expect([error.code, error.message]).to.deep.equal(['SignatureMismatch', '"add" in main is ii:i, not i:i'])
      const store = await jit.lookup('store')
      const [innermost] = thrownBy(store.bind(null, 0, 1)).backtrace ?? []
      const source = readFileSync(new URL('../../dwarf/fixtures/program.c', import.meta.url), 'utf8').split('\n')
      expect(innermost?.symbol).to.equal('store')
      expect(innermost?.file).to.match(/program\.c$/)
      expect(source[(innermost?.line ?? 0) - 1]).to.contain('store(')
    })

    it('units call each other and share data; a function’s address is a pointer that they can call', async () => {
      await add(`${functionOf('fetch', 'la a1, shared\n lw a0, 0(a1)')}\n.data\n.globl shared\nshared: .word 41`)
      await add(
        functionOf(
          'next',
          'addi sp, sp, -16\n sw ra, 0(sp)\n call fetch\n lw ra, 0(sp)\n addi sp, sp, 16\n addi a0, a0, 1',
        ),
      )
      await add(functionOf('through', 'addi sp, sp, -16\n sw ra, 0(sp)\n jalr a0\n lw ra, 0(sp)\n addi sp, sp, 16'))
      const next = await jit.lookup('next', { signature: word })
      expect(next()).to.equal(42)
      expect((await jit.lookup('through', { signature: atPointer }))(next.address())).to.equal(42)
    })

    it('JavaScript is called by name, in the thread that defined it', async () => {
      await jit.main.define(hostFunctions({ triple: { ...unary, call: (value) => Number(value) * 3 } }))
      await add(functionOf('call', 'addi sp, sp, -16\n sw ra, 0(sp)\n call triple\n lw ra, 0(sp)\n addi sp, sp, 16'))
      expect((await jit.lookup('call', { signature: unary }))(5)).to.equal(15)
    })

    it('code made by hand: written, made executable, called by a symbol, and given back', async () => {
      const object = readElfObject(assembled('li a0, 42\n ret', xlen))
      const text = object.ok ? object.value.sections.find(({ name }) => name === '.text')?.content : undefined
      const tracker = jit.main.createResourceTracker()
      const allocation = await jit.executorMemory.allocate(text?.length ?? 0, { executable: true })
      allocation.bytes.set(text ?? [])
      const made = await allocation.finalize()
      const definition = { address: made.address, flags: { exported: true, callable: true } }
      await jit.main.define(absoluteSymbols({ made: definition }), tracker)
      const call = await jit.lookup('made', { signature: word })
      expect(call()).to.equal(42)
      await tracker.remove()
      await made.deallocate()
      expect(thrownBy(call).trap?.cause).to.equal('fetchFault')
    })

    it('faults are traps with cause, address, registers and the function that it was in; the thread goes on', async () => {
      await add(functionOf('load', 'lw a0, 0(a0)'))
      await add(functionOf('poke', 'la a1, poke\n sw a0, 0(a1)'))
      await add(functionOf('jump', 'jr a0'))
      await add(functionOf('swap', 'addi a0, a0, 2\n amoswap.w a0, a0, (a0)'))
      await add(functionOf('nonsense', '.word 0'))
      const trapOf = async (name: string, argument: number): Promise<unknown[]> => {
        const error = thrownBy((await jit.lookup(name, { signature: atPointer })).bind(null, argument))
        const { trap, backtrace } = error
        return [error.code, trap?.cause, trap?.address, trap?.symbol, backtrace?.[0]?.symbol]
      }
      const { address } = await jit.lookupData('poke')
      expect(await trapOf('load', 8)).to.deep.equal(['Trap', 'loadFault', 8, 'load', 'load'])
      expect(await trapOf('poke', 0)).to.deep.equal(['Trap', 'storeFault', address, 'poke', 'poke'])
      expect(await trapOf('jump', 64)).to.deep.equal(['Trap', 'fetchFault', 64, null, '0x40'])
      expect(await trapOf('swap', 4096)).to.deep.equal(['Trap', 'storeMisaligned', 4098, 'swap', 'swap'])
      expect(await trapOf('nonsense', 0)).to.deep.equal(['Trap', 'illegalInstruction', 0, 'nonsense', 'nonsense'])
      const error = thrownBy((await jit.lookup('load', { signature: atPointer })).bind(null, 8))
      expect(error.trap?.registers.x[10]).to.equal(8n)
    })

    it('endless recursion: StackOverflow, which has overwritten nothing; the thread goes on', async () => {
      const push = 'addi sp, sp, -48\n sw ra, 0(sp)\n sw a0, 4(sp)'
      const kept = `.section .tbss,"awT",@nobits\n.globl kept\nkept: .zero 4`
      const setter = functionOf(
        'set',
        'lui a1, %tprel_hi(kept)\n add a1, a1, tp, %tprel_add(kept)\n sw a0, %tprel_lo(kept)(a1)',
      )
      const getter = functionOf(
        'get',
        'lui a1, %tprel_hi(kept)\n add a1, a1, tp, %tprel_add(kept)\n lw a0, %tprel_lo(kept)(a1)',
      )
      await add(`${functionOf('endless', `${push}\n call endless`)}\n${setter}\n${getter}\n${kept}`)
      const [set, get] = [await jit.lookup('set', { signature: unary }), await jit.lookup('get', { signature: word })]
      const endless = await jit.lookup('endless', { signature: unary })
      set(1234)
      for (let times = 0; times < 2; times++) {
        const error = thrownBy(() => endless(7))
        expect([error.trap?.cause, error.trap?.symbol]).to.deep.equal(['storeFault', 'endless'])
        expect([error.code, error.message]).to.satisfy(
          ([code, message]: readonly string[]) =>
            code === 'StackOverflow' && message?.startsWith("the thread's stack in guest memory is exhausted") === true,
        )
      }
      expect(get()).to.equal(1234)
    })

    it('remove: handles throw, what runs into it traps, memory and symbols are as before', async () => {
      await add(functionOf('caller', 'addi sp, sp, -16\n sw ra, 0(sp)\n jalr a0\n lw ra, 0(sp)\n addi sp, sp, 16'))
      const caller = await jit.lookup('caller', { signature: atPointer })
      const before = await jit.stats()
      for (let cycle = 0; cycle < 20; cycle += 1) {
        const tracker = jit.main.createResourceTracker()
        await add(functionOf('callee', `li a0, ${cycle}`), { tracker })
        const callee = await jit.lookup('callee', { signature: word })
        const pointer: ExecutorAddr = callee.address()
        expect([callee(), caller(pointer)]).to.deep.equal([cycle, cycle])
        await tracker.remove({ wait: 'reclaimed' })
        expect(thrownBy(callee).code).to.equal('CodeRemoved')
        const error = thrownBy(() => caller(pointer))
        expect([error.code, error.trap?.cause, error.trap?.symbol]).to.deep.equal([
          'CodeRemoved',
          'fetchFault',
          'callee',
        ])
        expect(error.message).to.contain('"callee"')
      }
      expect(await jit.stats()).to.deep.equal(before)
    })

    it('remove: a loop that another thread is in ends at its next instruction', async () => {
      const tracker = jit.main.createResourceTracker()
      await add(functionOf('spin', 'la a1, turns\n again: lw a0, 0(a1)\n addi a0, a0, 1\n sw a0, 0(a1)\n j again'), {
        tracker,
      })
      await add('.data\n.globl turns\nturns: .word 0')
      threads = [await startThread(jit)]
      const turns = new Int32Array(jit.memory.buffer, (await jit.lookupData('turns')).address, 1)
      await threads[0]?.tell({ do: 'lookup', name: 'spin', signature: word })
      const spinning = threads[0]?.tell({ do: 'call', name: 'spin', args: [] }).catch((error: unknown) => error)
      while (Atomics.load(turns, 0) < 1000) await new Promise((resolve) => setImmediate(resolve))
      await tracker.remove({ wait: 'reclaimed' })
      expect(((await spinning) as Error).message).to.equal('CodeRemoved')
      expect(await jit.stats()).to.have.property('retiredBytes', 0)
    })

    it('thread-local variables: each thread has its own, with its first value, also one that attached later', async () => {
      const bump =
        'lui a1, %tprel_hi(mine)\n add a1, a1, tp, %tprel_add(mine)\n lw a0, %tprel_lo(mine)(a1)\n addi a0, a0, 1\n sw a0, %tprel_lo(mine)(a1)'
      await add(
        `${functionOf('bump', bump)}\n.section .tdata,"awT",@progbits\n.globl mine\n.type mine, @object\nmine: .word 7`,
      )
      const own = await jit.lookup('bump', { signature: word })
      threads = [await startThread(jit)]
      await threads[0]?.tell({ do: 'lookup', name: 'bump', signature: word })
      expect([own(), own()]).to.deep.equal([8, 9])
      expect(await threads[0]?.tell({ do: 'call', name: 'bump', args: [] })).to.equal(8)
      expect(own()).to.equal(10)
    })

    it('deinitialize calls what units want called before they go, each once, in whichever thread', async () => {
      const list = `.section .fini_array,"aw",@fini_array\n.${xlen / 8}byte end`
      await add(
        `${functionOf('end', 'la a1, count\n lw a0, 0(a1)\n addi a0, a0, 1\n sw a0, 0(a1)')}\n.data\n.globl count\ncount: .word 0\n${list}`,
      )
      await jit.initialize(jit.main)
      const { address } = await jit.lookupData('count')
      const count = (): number | undefined => new Int32Array(jit.memory.buffer, address, 1)[0]
      expect(count()).to.equal(0)
      await jit.deinitialize(jit.main)
      expect(count()).to.equal(1)
      await jit.deinitialize(jit.main)
      expect(count()).to.equal(1)
    })

    it('a section that is written and executed: its code changes itself, even on the page that it stores from', async () => {
      // Each call adds 1 to the immediate of the instruction at `own`, then executes that.
      const body = `la a1, own\n lw a2, 0(a1)\n li a3, 0x100000\n add a2, a2, a3\n sw a2, 0(a1)\n fence.i\n .balign 4\n own: .word 0x00000513`
      const text = functionOf('count', body).replace('.text', '.section .both,"awx",@progbits')
      await add(text)
      await add(functionOf('poke', 'sw a1, 0(a0)\n fence.i\n jr a0'))
      await add(functionOf('swap', 'amoswap.w a0, a0, (a0)'))
      const count = await jit.lookup('count', { signature: word })
      expect([count(), count(), count()]).to.deep.equal([1, 2, 3])
      const poke = await jit.lookup('poke', { signature: { parameters: ['pointer', 'i32'], results: ['i32'] } })
      // c.li a0, 9; c.jr ra
      expect(poke(count.address(), 0x8082_4525 | 0)).to.equal(9)
      expect(count()).to.equal(9)
      const error = thrownBy((await jit.lookup('swap', { signature: atPointer })).bind(null, count.address()))
      expect(error.trap?.cause).to.equal('storeFault')
    })

    it('objects for other machines are BadObject', async () => {
      const wrong = await rejection(jit.addObject(assembled('ret', xlen === 64 ? 32 : 64), { name: 'wrong.o' }))
      expect(wrong.code).to.equal('BadObject')
    })

    it('a program’s main has the parameters that it declares, none, two or three', async function () {
      if (spawnSync('clang-19', ['--version']).status !== 0) this.skip()
      const own = await JIT.start({ target: `riscv${xlen}`, compileThreads: 1, clang: 'clang-19' })
      for (const parameters of ['void', 'int c, char **v', 'int c, char **v, char **e']) {
        await own.addC(`int main(${parameters}) { return 42; }`, { flags: ['-g'] })
        expect(await own.run(), parameters).to.equal(42)
        await own.main.clear()
      }
      await own[Symbol.asyncDispose]()
    })

    it('a source needs a compiler that is named', async () => {
      const error = await rejection(jit.addC('int f(void) { return 1; }'))
      expect([error.code, error.message]).to.deep.equal([
        'CompilerUnavailable',
        `target riscv${xlen} needs a native clang: the packaged one knows WebAssembly only. Name one (JITOptions.clang, --clang PATH)`,
      ])
    })
  })
}

function assembled(source: string, xlen: Xlen): Uint8Array {
  const object = assemble(source, 'test.s', { isa: fullIsa(xlen), floatAbi: 'double' })
  if (!object.ok) throw new Error(object.error.message)
  return object.value
}

function functionOf(name: string, body: string): string {
  return `.text\n.globl ${name}\n.type ${name}, @function\n${name}:\n ${body}\n ret\n.size ${name}, . - ${name}`
}
