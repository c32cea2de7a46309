// Generators through the face: lookups that are suspended inside one, queue on it, or lose it.
import { expect } from 'chai'
import { after, afterEach, before, beforeEach, describe, it } from 'mocha'
import type { DefinitionGenerator, JITDylib, JITError, LookupState } from 'worc'
import { JIT, absoluteSymbols } from 'worc'
import { rejection } from '../worc/rejection.js'
import { exported } from './held-unit.js'

type Resume = (error?: Error) => void

/** Suspends every lookup until the test says what becomes of it. */
class HeldGenerator implements DefinitionGenerator {
  readonly #inside: (readonly [LookupState, Resume])[] = []
  #wake: () => void = () => undefined

  tryToGenerate(lookup: LookupState): void {
    this.#inside.push([lookup, lookup.suspend()])
    this.#wake()
  }

  get count(): number {
    return this.#inside.length
  }

  async next(): Promise<readonly [LookupState, Resume]> {
    for (;;) {
      const next = this.#inside.shift()
      if (next !== undefined) return next
      await new Promise<void>((resolve) => (this.#wake = resolve))
    }
  }
}

describe('generators, through the face', () => {
  let jit: JIT
  let lib: JITDylib
  let generator: HeldGenerator
  before(async () => {
    jit = await JIT.start({ compileThreads: 1, inline: true })
  })
  after(() => jit[Symbol.asyncDispose]())
  beforeEach(async () => {
    lib = await jit.session.createBareJITDylib('lib')
    generator = new HeldGenerator()
    await lib.addGenerator(generator)
  })
  afterEach(async () => {
    await jit.session.removeJITDylibs([lib]).catch(() => undefined)
    await jit.session.verify()
  })

  const lookUp = (name: string) => jit.session.lookup({ searchOrder: [{ dylib: lib, match: 'all' }], symbols: [name] })
  const define = (name: string, address: number) =>
    lib.define(absoluteSymbols({ [name]: { address, flags: exported } }))

  it('a suspended lookup goes on when it is told to, with what was defined meanwhile', async () => {
    const lookup = lookUp('Foo')
    const [state, resume] = await generator.next()
    expect(state.dylib).to.equal(lib)
    expect([state.kind, [...state.names]]).to.deep.equal(['static', [['Foo', { required: true }]]])
    await define('Foo', 5)
    resume()
    expect((await lookup).get('Foo')?.address).to.equal(5)
  })

  it('a suspended lookup fails with the error it is given; what is said after that means nothing', async () => {
    const lookup = rejection(lookUp('Foo'))
    const [, resume] = await generator.next()
    resume(new Error('no such thing'))
    resume()
    resume(new Error('twice'))
    expect((await lookup).message).to.equal('no such thing')
  })

  it('lookups queue on a busy generator, and each looks anew before it asks', async () => {
    const first = lookUp('Foo')
    const [, resume] = await generator.next()
    const [same, other] = [lookUp('Foo'), rejection(lookUp('Bar'))]
    await define('Foo', 6)
    expect(generator.count).to.equal(0)
    resume()
    expect((await first).get('Foo')?.address).to.equal(6)
    expect((await same).get('Foo')?.address).to.equal(6)
    const [bar, resumeBar] = await generator.next()
    expect([...bar.names.keys()]).to.deep.equal(['Bar'])
    resumeBar()
    expect((await other).code).to.equal('SymbolsNotFound')
  })

  it('removed, fails the lookup inside and those queued; the next lookup does without it [P34]', async () => {
    const inside = rejection(lookUp('Foo'))
    const [, resume] = await generator.next()
    const queued = rejection(lookUp('Bar'))
    await lib.removeGenerator(generator)
    expect([(await inside).code, (await queued).code]).to.deep.equal(['Aborted', 'Aborted'])
    resume()
    expect((await rejection(lookUp('Foo'))).code).to.equal('SymbolsNotFound')
    await lib.addGenerator(generator)
    const again = lookUp('Foo')
    await define('Foo', 7)
    const [, resumeAgain] = await generator.next()
    resumeAgain()
    expect((await again).get('Foo')?.address).to.equal(7)
  })

  it('its dylib removed, its lookups hear that; nobody waits for its answer [S03]', async () => {
    const inside = rejection(lookUp('Foo'))
    const [, resume] = await generator.next()
    await jit.session.removeJITDylibs([lib])
    expect((await inside).code).to.equal('JITDylibDefunct')
    resume()
    await jit.session.drain()
  })

  it('a lookup that is aborted while it is suspended leaves the generator to the next', async () => {
    const aborting = new AbortController()
    const lookup = rejection(jit.session.lookup({ searchOrder: [lib], symbols: ['Foo'], signal: aborting.signal }))
    const [, resume] = await generator.next()
    aborting.abort()
    expect((await lookup).code).to.equal('Aborted')
    const next = rejection(lookUp('Bar'))
    resume()
    const [bar, resumeBar] = await generator.next()
    expect([...bar.names.keys()]).to.deep.equal(['Bar'])
    resumeBar()
    expect((await next).code).to.equal('SymbolsNotFound')
  })

  it('lookupFlags runs generators too, and materializes nothing', async () => {
    const flags = jit.session.lookupFlags({ searchOrder: [lib], symbols: ['Foo', { name: 'Bar', required: false }] })
    const [, resume] = await generator.next()
    await define('Foo', 1)
    resume()
    expect([...(await flags).keys()]).to.deep.equal(['Foo'])
    expect(await jit.session.dump()).to.match(/"Foo": <not resolved> .* Never-Searched/)
  })

  it('a name that is removed while a generator is asked strands nobody [P09] [S32]', async () => {
    await define('There', 1)
    const lookup = rejection(
      jit.session.lookup({ searchOrder: [lib], symbols: ['There', { name: 'Foo', required: false }] }),
    )
    const [, resume] = await generator.next()
    await lib.remove(['There'])
    resume()
    expect((await lookup).code).to.equal('SymbolsNotFound')
  })

  it('what a generator looks up on its own behalf, and only it could answer, is refused', async () => {
    const lookup = rejection(lookUp('Foo'))
    const [state, resume] = await generator.next()
    const own = jit.session.lookup({ searchOrder: [lib], symbols: ['Bar'], onBehalfOf: state })
    expect((await rejection(own)).code).to.equal('WouldDeadlock')
    resume()
    expect((await lookup).code).to.equal('SymbolsNotFound')
  })

  it('so is what it looks up without saying so, also after an await; not what it only sets going, nor what comes after its answer', async () => {
    await lib.removeGenerator(generator)
    const codes: string[] = []
    const attempt = async (lookup: Promise<unknown>): Promise<void> =>
      lookup.then(
        () => void codes.push('ok'),
        (error: unknown) => void codes.push((error as JITError).code),
      )
    const request = { searchOrder: [lib], symbols: ['Bar'] }
    let [setGoing, afterwards] = [Promise.resolve(), Promise.resolve()]
    const asking: DefinitionGenerator = {
      tryToGenerate: async ({ names }) => {
        if (!names.has('Foo')) return
        await attempt(jit.session.lookup(request))
        await new Promise((resolve) => setImmediate(resolve))
        await attempt(jit.session.lookupFlags(request))
        await attempt(jit.lookupData('Bar', { dylib: lib }))
        setGoing = attempt(jit.session.lookup({ ...request, onBehalfOf: null }))
        afterwards = new Promise((resolve) => setImmediate(resolve)).then(() => attempt(jit.session.lookup(request)))
      },
    }
    await lib.addGenerator(asking)
    expect((await rejection(lookUp('Foo'))).code).to.equal('SymbolsNotFound')
    await setGoing
    await afterwards
    const refused = 'WouldDeadlock'
    expect(codes).to.deep.equal([refused, refused, refused, 'SymbolsNotFound', 'SymbolsNotFound'])
  })

  it('generators of a dylib are asked in the order they were added, as long as something is missing', async () => {
    const second = new HeldGenerator()
    await lib.addGenerator(second)
    const lookup = jit.session.lookup({ searchOrder: [lib], symbols: ['Foo', 'Bar'] })
    const [first, resume] = await generator.next()
    expect([...first.names.keys()]).to.deep.equal(['Foo', 'Bar'])
    await define('Foo', 1)
    resume()
    const [rest, resumeRest] = await second.next()
    expect([...rest.names.keys()]).to.deep.equal(['Bar'])
    await define('Bar', 2)
    resumeRest()
    expect((await lookup).size).to.equal(2)
  })
})
