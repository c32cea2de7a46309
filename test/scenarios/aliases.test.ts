// Other names through the face: aliases, re-exports and generators of both, on linked C code.
import { expect } from 'chai'
import { after, afterEach, before, describe, it } from 'mocha'
import type { JITDylib } from 'worc'
import { JIT, absoluteSymbols, reexports, reexportsGenerator, symbolAliases } from 'worc'
import { rejection, rootCode } from '../worc/rejection.js'

const exported = { exported: true, callable: true }

describe('aliases, through the face', () => {
  let jit: JIT
  let lib: JITDylib
  before(async () => {
    jit = await JIT.start({ compileThreads: 1 })
    lib = await jit.session.createJITDylib('lib')
  })
  after(() => jit[Symbol.asyncDispose]())
  afterEach(async () => {
    await jit.main.clear()
    await lib.clear()
    await jit.session.verify()
  })

  it('symbolAliases: C code calls a function by its other name, and is ready with it', async () => {
    const tracker = jit.main.createResourceTracker()
    await jit.addC('int one(void) { return 1; } _Thread_local int t = 4;')
    await jit.main.define(
      symbolAliases({
        uno: { aliasee: 'one', flags: exported },
        eins: { aliasee: 'uno', flags: exported },
        u: { aliasee: 't', flags: exported },
      }),
      tracker,
    )
    await jit.addC('int eins(void); extern _Thread_local int u; int twice(void) { return eins() + eins() + u; }')
    expect((await jit.lookup('twice'))()).to.equal(6)
    expect((await jit.lookup('uno'))()).to.equal(1)
    await tracker.remove()
    expect((await rejection(jit.lookup('uno'))).code).to.equal('SymbolsNotFound')
    expect((await jit.lookup('one'))()).to.equal(1)
  })

  it('symbolAliases: a ring is an error with the reason [P33] [S31]', async () => {
    await jit.main.define(symbolAliases({ a: { aliasee: 'b', flags: exported }, b: { aliasee: 'a', flags: exported } }))
    const error = await rejection(jit.lookup('a'))
    expect(error.code).to.equal('FailedToMaterialize')
    expect(rootCode(error)).to.equal('WouldDeadlock')
  })

  it('reexports: of what the other dylib exports, or all of it', async () => {
    await jit.addC('int shown(void) { return 2; }', { dylib: lib })
    await lib.define(absoluteSymbols({ unshown: { address: 32, flags: {} } }))
    const aliases = { seen: { aliasee: 'shown', flags: exported } }
    await jit.main.define(reexports(lib, aliases))
    await jit.main.define(reexports(lib, { unseen: { aliasee: 'unshown', flags: exported } }))
    await jit.main.define(reexports(lib, new Map([['all', { aliasee: 'unshown', flags: exported }]]), 'all'))
    expect((await jit.lookup('seen'))()).to.equal(2)
    expect((await jit.lookupData('all')).address).to.equal(32)
    expect(rootCode(await rejection(jit.lookupData('unseen')))).to.equal('SymbolsNotFound')
  })

  it('reexportsGenerator: whatever the source has, as far as it is allowed to pass', async () => {
    await jit.addC('int open(void) { return 7; } int closed(void) { return 8; }', { dylib: lib })
    const asked: string[] = []
    const generator = reexportsGenerator(lib, {
      allow: (name) => {
        asked.push(name)
        return name !== 'closed'
      },
    })
    await jit.main.addGenerator(generator)
    expect((await jit.lookup('open'))()).to.equal(7)
    expect((await rejection(jit.lookup('closed'))).code).to.equal('SymbolsNotFound')
    expect((await rejection(jit.lookup('nowhere'))).code).to.equal('SymbolsNotFound')
    expect(asked).to.deep.equal(['open', 'closed'])
    await jit.main.removeGenerator(generator)
    await jit.main.clear()
    expect((await rejection(jit.lookup('open'))).code).to.equal('SymbolsNotFound')
  })

  it('reexportsGenerator: goes with its tracker, and what it generated too; a filter that throws fails the lookup', async () => {
    await lib.define(absoluteSymbols({ data: { address: 64, flags: { exported: true } } }))
    const tracker = jit.main.createResourceTracker()
    await jit.main.addGenerator(reexportsGenerator(lib, { match: 'all' }), tracker)
    expect((await jit.lookupData('data')).address).to.equal(64)
    await tracker.remove()
    expect((await rejection(jit.lookupData('data'))).code).to.equal('SymbolsNotFound')
    const throwing = reexportsGenerator(lib, {
      allow: () => {
        throw new Error('not now')
      },
    })
    await jit.main.addGenerator(throwing)
    const error = await rejection(jit.lookupData('data'))
    expect([error.code, error.message]).to.deep.equal(['UserError', 'not now'])
    await jit.main.removeGenerator(throwing)
  })
})
