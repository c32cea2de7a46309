// Each way of being wrong gives one clear error, and the session lives on: after every case a function of another tracker
// still answers.
import { expect } from 'chai'
import { after, afterEach, before, describe, it } from 'mocha'
import { JIT, absoluteSymbols } from 'worc'
import type { JITFunction } from 'worc'
import { rejection, rootCode, thrownBy } from './rejection.js'

describe('JIT, given what it cannot use', () => {
  let jit: JIT
  let other: JIT
  let witness: JITFunction
  before(async () => {
    ;[jit, other] = await Promise.all([JIT.start({ compileThreads: 1 }), JIT.start({ inline: true })])
    await jit.addC('int witness(void) { return 1; }')
    witness = await jit.lookup('witness')
  })
  after(async () => {
    await jit[Symbol.asyncDispose]()
    await other[Symbol.asyncDispose]()
  })
  afterEach(async () => {
    expect(witness()).to.equal(1)
    expect(await jit.lookup('witness')).to.equal(witness)
    await jit.session.verify()
  })

  it('a C error: clang’s diagnostics, as clang prints them', async () => {
    const error = await rejection(jit.addC('int f( { return 1; }', { name: 'broken.c' }))
    expect(error.code).to.equal('CompileFailed')
    expect(error.diagnostics).to.match(/^broken\.c:1:8: error: expected parameter declarator/)
  })

  it('a missing symbol, looked up', async () => {
    const error = await rejection(jit.lookup('nowhere'))
    expect(error.code).to.equal('SymbolsNotFound')
    expect(error.message).to.contain('nowhere')
    expect(error.symbols?.get('main')).to.deep.equal(['nowhere'])
  })

  it('a missing symbol, referenced: the lookup fails and says which unit wanted what', async () => {
    const tracker = jit.main.createResourceTracker()
    await jit.addC('int absent(void); int wants(void) { return absent(); }', { tracker, name: 'wants.c' })
    const error = await rejection(jit.lookup('wants'))
    expect(error.code).to.equal('FailedToMaterialize')
    expect(rootCode(error)).to.equal('SymbolsNotFound')
    expect(String(error.cause)).to.contain('absent')
    await tracker.remove()
  })

  it('a duplicate definition', async () => {
    const error = await rejection(jit.addC('int witness(void) { return 2; }', { name: 'second.c' }))
    expect(error.code).to.equal('DuplicateDefinition')
    expect(error.message).to.contain('witness').and.contain('second.c')
  })

  it('a function called with another signature than it has', async () => {
    const tracker = jit.main.createResourceTracker()
    await jit.addC('int one(int a) { return a; }', { tracker })
    await jit.addC('int one(double a); int calls(void) { return one(1.5); }', { tracker })
    const error = thrownBy(await jit.lookup('calls'))
    expect(error.code).to.equal('SignatureMismatch')
    expect(error.message).to.contain('"one"')
    const mismatch = await rejection(jit.lookup('one', { signature: { parameters: ['f64'], results: ['i32'] } }))
    expect(mismatch.code).to.equal('SignatureMismatch')
    await tracker.remove()
  })

  for (const [what, bytes] of [
    ['an empty file', new Uint8Array()],
    ['text', new TextEncoder().encode('int main(void) { return 0; }')],
    ['an ELF file', new Uint8Array([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0])],
    ['a plain wasm module', new Uint8Array([0, 0x61, 0x73, 0x6d, 1, 0, 0, 0])],
    ['a truncated object', new Uint8Array([0, 0x61, 0x73, 0x6d, 1, 0, 0, 0, 1, 100])],
  ] as const) {
    it(`${what} as an object`, async () => {
      const error = await rejection(jit.addObject(bytes, { name: 'thing.o' }))
      expect(error.code).to.equal('BadObject')
      expect(error.message).to.contain('thing.o')
    })
  }

  it('an archive that is none', async () => {
    const dylib = await jit.session.createBareJITDylib('archive')
    const attempt = async (): Promise<void> => {
      await jit.addArchive(new TextEncoder().encode('!<thing>\n'), { dylib })
      await jit.lookup('anything', { dylib })
    }
    expect(rootCode(await rejection(attempt()))).to.equal('BadObject')
    await jit.session.removeJITDylibs([dylib])
  })

  it('a wrong count or type of arguments', async () => {
    const tracker = jit.main.createResourceTracker()
    await jit.addC('int add(int a, int b) { return a + b; } long long wide(long long a) { return a; }', { tracker })
    const add = await jit.lookup('add')
    const wide = await jit.lookup('wide')
    for (const call of [() => add(1), () => add(1, 2, 3), () => add(1, 2n), () => wide(1)])
      expect(thrownBy(call).code).to.equal('BadArgument')
    expect(thrownBy(() => add(1)).message).to.equal('"add" takes 2 arguments, got 1')
    await tracker.remove()
  })

  it('a tracker of another session, or of another dylib', async () => {
    const foreign = other.main.createResourceTracker()
    expect((await rejection(jit.main.createResourceTracker().transferTo(foreign))).code).to.equal('WrongOwner')
    expect((await rejection(jit.main.define(absoluteSymbols({}), foreign))).code).to.equal('WrongOwner')
    const dylib = await jit.session.createBareJITDylib('elsewhere')
    expect((await rejection(jit.main.createResourceTracker().transferTo(dylib.createResourceTracker()))).code).to.equal(
      'WrongOwner',
    )
    await jit.session.removeJITDylibs([dylib])
  })

  it('remove twice: the second is done already', async () => {
    const tracker = jit.main.createResourceTracker()
    await jit.addC('int twice(void) { return 1; }', { tracker })
    await Promise.all([tracker.remove(), tracker.remove()])
    await tracker.remove()
  })

  it('define under a removed tracker', async () => {
    const tracker = jit.main.createResourceTracker()
    await tracker.remove()
    expect((await rejection(jit.addC('int late(void) { return 1; }', { tracker }))).code).to.equal(
      'ResourceTrackerDefunct',
    )
  })

  it('a resource manager that throws, or rejects: joined into the removal’s error, which happened', async () => {
    const managers = [
      { handleRemoveResources: () => Promise.reject(new Error('rejected')), handleTransferResources: () => undefined },
      {
        handleRemoveResources: () => {
          throw new Error('thrown')
        },
        handleTransferResources: () => undefined,
      },
    ]
    for (const manager of managers) await jit.session.registerResourceManager(manager)
    const tracker = jit.main.createResourceTracker()
    await jit.addC('int managed(void) { return 1; }', { tracker })
    const error = await rejection(tracker.remove())
    expect(error.joined.map(({ message }) => message)).to.deep.equal(['thrown', 'rejected'])
    expect((await rejection(jit.lookup('managed'))).code).to.equal('SymbolsNotFound')
    for (const manager of managers) await jit.session.deregisterResourceManager(manager)
  })

  it('a unit whose materialize throws: the lookup fails with that as the cause', async () => {
    const tracker = jit.main.createResourceTracker()
    const unit = {
      name: 'throws',
      symbols: { thrower: { exported: true } },
      materialize: () => {
        throw new Error('not today')
      },
    }
    await jit.main.define(unit, tracker)
    const error = await rejection(jit.lookupData('thrower'))
    expect(error.code).to.equal('FailedToMaterialize')
    expect(String(error.cause)).to.contain('not today')
    await tracker.remove()
  })

  it('options that cannot be had', async () => {
    const target = 'sparc' as 'wasm'
    const unknown = await rejection(JIT.start({ target }))
    expect([unknown.code, unknown.message]).to.deep.equal([
      'BadArgument',
      'target sparc: expected wasm, riscv64, riscv32',
    ])
    expect((await rejection(JIT.start({ linkThreads: 2 }))).code).to.equal('Unsupported')
    expect((await rejection(JIT.start({ compileThreads: 0 }))).code).to.equal('BadArgument')
  })
})

describe('JIT, after its session has ended', () => {
  it('answers SessionClosed', async () => {
    const jit = await JIT.start({ inline: true })
    const tracker = jit.main.createResourceTracker()
    await jit.addC('int f(void) { return 1; }', { tracker })
    const f = await jit.lookup('f')
    await jit[Symbol.asyncDispose]()
    expect((await rejection(jit.lookup('f'))).code).to.equal('SessionClosed')
    expect((await rejection(jit.addC('int g;'))).code).to.equal('SessionClosed')
    expect((await rejection(tracker.remove())).code).to.equal('SessionClosed')
    expect(thrownBy(() => f()).code).to.equal('CodeRemoved')
    await jit[Symbol.asyncDispose]()
  })
})
