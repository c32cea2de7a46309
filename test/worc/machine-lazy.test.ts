// Functions of machine code that are linked when they are first called, from whichever thread: stubs ask the thread that runs into
// them. Bodies and stubs are their tracker's.
import { expect } from 'chai'
import { after, afterEach, before, describe, it } from 'mocha'
import { assemble, fullIsa } from '@worc/riscv'
import type { Xlen } from '@worc/riscv'
import { JIT, JITError, lazyReexports } from 'worc'
import type { AddOptions, JITDylib, MaterializationResponsibility, MaterializationUnit } from 'worc'
import { startThread } from './other-thread.js'
import type { OtherThread } from './other-thread.js'
import { rejection, rootCode, thrownBy } from './rejection.js'

const flags = { exported: true, callable: true }
const word = { parameters: [], results: ['i32'] } as const
const unary = { parameters: ['i32'], results: ['i32'] } as const
const toPointer = { parameters: [], results: ['pointer'] } as const
const stub = (aliasee: string) => ({ aliasee, flags, signature: unary })

for (const xlen of [64, 32] as const)
  describe(`lazy functions of RV${xlen}`, () => {
    let jit: JIT
    let threads: OtherThread[] = []
    let dylibs = 0
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

    async function start(count: number): Promise<OtherThread[]> {
      threads = await Promise.all(Array.from({ length: count }, () => startThread(jit)))
      return threads
    }

    async function source(): Promise<JITDylib> {
      dylibs += 1
      return jit.session.createJITDylib(`source ${dylibs}`)
    }

    function counted(name: string, text: string, runs: string[]): MaterializationUnit {
      const materialize = (responsibility: MaterializationResponsibility): Promise<void> => {
        runs.push(name)
        return jit.objects.emit(responsibility, assembled(text, xlen))
      }
      return { name: `unit of ${name}`, symbols: { [name]: flags }, materialize }
    }

    it('an object: its functions are stubs until one is called; a caller is linked without what it lacks', async () => {
      await add(
        `${functionOf('callee', `${push}\n call missing\n ${pop}`)}\n${functionOf('other', `${push}\n call callee\n ${pop}`)}`,
        { lazy: true },
      )
      await add(functionOf('caller', `beqz a0, 1f\n ${push}\n call other\n ${pop}\n 1:`))
      const caller = await jit.lookup('caller', { signature: unary })
      expect(caller(0)).to.equal(0)
      const error = thrownBy(() => caller(1))
      expect([error.code, rootCode(error)]).to.deep.equal(['FailedToMaterialize', 'SymbolsNotFound'])
      await add(functionOf('missing', 'addi a0, a0, 5'))
      await jit.main.reset()
      expect([caller(1), caller(2)]).to.deep.equal([6, 7])
      const callee = await jit.lookup('callee', { signature: unary })
      expect(callee(10)).to.equal(15)
    })

    it('a function has one address, whoever takes it, before and after its first call', async () => {
      await add(`${functionOf('twice', 'slli a0, a0, 1')}\n${functionOf('inside', 'la a0, twice')}`, { lazy: true })
      await add(`${functionOf('outside', 'la a0, twice')}\n${functionOf('through', 'la a1, twice\n jr a1')}`)
      const outside = await jit.lookup('outside', { signature: toPointer })
      const first = outside()
      expect((await jit.lookup('through', { signature: unary }))(21)).to.equal(42)
      expect((await jit.lookup('inside', { signature: toPointer }))()).to.equal(first)
      expect((await jit.lookup('twice', { signature: unary })).address()).to.equal(first)
    })

    it('all argument registers arrive, and a trap names the function', async () => {
      const sum = Array.from({ length: 7 }, (_, index) => `add a0, a0, a${index + 1}`).join('\n ')
      await add(functionOf('sum', `${sum}\n fcvt.w.d a1, fa0, rtz\n add a0, a0, a1`), { lazy: true })
      await add(functionOf('fall', 'lw a0, 0(zero)'), { lazy: true })
      const parameters = [...Array.from({ length: 8 }, () => 'i32' as const), 'f64' as const]
      const call = await jit.lookup('sum', { signature: { parameters, results: ['i32'] } })
      expect(call(1, 2, 3, 4, 5, 6, 7, 8, 9.5)).to.equal(45)
      const error = thrownBy(await jit.lookup('fall', { signature: word }))
      expect([error.trap?.symbol, error.backtrace?.[0]?.symbol]).to.deep.equal(['fall', 'fall'])
    })

    it('four threads and their starter call at once: it is linked once', async () => {
      const runs: string[] = []
      const from = await source()
      await from.define(counted('body', functionOf('body', 'addi a0, a0, 100'), runs))
      await jit.main.define(lazyReexports(from, { stub: stub('body') }))
      await add(functionOf('through', `${push}\n call stub\n ${pop}`))
      const all = await start(4)
      await Promise.all(all.map((thread) => thread.tell({ do: 'lookup', name: 'through', signature: unary })))
      const through = await jit.lookup('through', { signature: unary })
      expect(runs).to.deep.equal([])
      const answers = all.map((thread, n) => thread.tell({ do: 'call', name: 'through', args: [n] }))
      expect(through(4)).to.equal(104)
      expect(await Promise.all(answers)).to.deep.equal([100, 101, 102, 103])
      expect(runs).to.deep.equal(['body'])
    })

    it('an aliasee that is removed and defined anew is found by the next call; stubs for stubs; a ring', async () => {
      const from = await source()
      await jit.main.define(lazyReexports(from, { second: stub('body') }))
      await jit.main.define(lazyReexports(jit.main, { first: stub('second') }))
      const first = await jit.lookup('first', { signature: unary })
      expect(thrownBy(() => first(0)).code).to.equal('SymbolsNotFound')
      for (const version of [1, 2, 3]) {
        const tracker = from.createResourceTracker()
        await add(functionOf('body', `addi a0, a0, ${version}`), { dylib: from, tracker })
        expect([first(1), first(2)]).to.deep.equal([1 + version, 2 + version])
        await tracker.remove({ wait: 'reclaimed' })
      }
      expect(thrownBy(() => first(0)).code).to.equal('SymbolsNotFound')
      await jit.main.define(lazyReexports(jit.main, { here: stub('there'), there: stub('here') }))
      const ring = await jit.lookup('here', { signature: unary })
      expect(thrownBy(() => ring(0)).message).to.match(/leads back to itself/)
    })

    it('remove: before the first call, and while it waits, CodeRemoved; memory is as before', async () => {
      const all = await start(1)
      await add(functionOf('idle', ''))
      await jit.lookup('idle', { signature: unary })
      const before = await jit.stats()
      const tracker = jit.main.createResourceTracker()
      await add(functionOf('stub', 'li a0, 1'), { tracker, lazy: true })
      await add(functionOf('called', 'addi a0, a0, 1'), { tracker, lazy: true })
      const held = await jit.lookup('stub', { signature: unary })
      expect((await jit.lookup('called', { signature: unary }))(1)).to.equal(2)
      await tracker.remove({ wait: 'reclaimed' })
      expect(thrownBy(() => held(0)).code).to.equal('CodeRemoved')
      expect(await jit.stats()).to.deep.equal(before)
      const second = jit.main.createResourceTracker()
      const asked = once()
      await jit.main.define({ name: 'slow', symbols: { needed: flags }, materialize: () => asked.settle() })
      await add(functionOf('stub', `${push}\n call needed\n ${pop}`), { tracker: second, lazy: true })
      await all[0]?.tell({ do: 'lookup', name: 'stub', signature: unary })
      const call = all[0]?.tell({ do: 'call', name: 'stub', args: [0] }).catch((thrown: unknown) => codeOf(thrown))
      await asked.promise
      await second.remove()
      expect(await call).to.equal('CodeRemoved')
    })

    it('lookup({ lazy: false }) links the body; what is no function is refused', async () => {
      await add(functionOf('stub', 'li a0, 6'), { lazy: true })
      expect((await jit.lookup('stub', { signature: word, lazy: false }))()).to.equal(6)
      const from = await source()
      await add('.data\n.globl number\n.type number, @object\nnumber: .word 1', { dylib: from })
      await jit.main.define(lazyReexports(from, { wrong: { aliasee: 'number', flags } }))
      expect(rootCode(await rejection(jit.lookup('wrong', { signature: word })))).to.equal('NotAFunction')
    })
  })

const push = 'addi sp, sp, -16\n sw ra, 0(sp)'
const pop = 'lw ra, 0(sp)\n addi sp, sp, 16'

function functionOf(name: string, body: string): string {
  return `.text\n.globl ${name}\n.type ${name}, @function\n${name}:\n ${body}\n ret\n.size ${name}, . - ${name}`
}

function assembled(text: string, xlen: Xlen): Uint8Array {
  const object = assemble(text, 'test.s', { isa: fullIsa(xlen), floatAbi: 'double' })
  if (!object.ok) throw new Error(object.error.message)
  return object.value
}

/** Another thread tells the code alone. */
function codeOf(thrown: unknown): string {
  return thrown instanceof JITError ? thrown.code : (thrown as Error).message
}

function once(): { readonly promise: Promise<void>; readonly settle: () => void } {
  let settle = (): void => undefined
  const promise = new Promise<void>((resolve) => (settle = resolve))
  return { promise, settle }
}
