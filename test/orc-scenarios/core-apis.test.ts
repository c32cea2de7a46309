// The core of a session: definitions, aliases, generators, responsibilities, dylibs. The scenarios are those of LLVM's
// CoreAPIsTest.cpp that test/scenarios does not have in the same words; dependences are in dependence-graph.test.ts.
import { expect } from 'chai'
import { after, afterEach, before, describe, it } from 'mocha'
import type { JITDylib } from 'worc'
import { JIT, JITError, absoluteSymbols, reexports, reexportsGenerator, symbolAliases } from 'worc'
import { HeldUnit, finish } from '../scenarios/held-unit.js'
import { rejection } from '../worc/rejection.js'
import {
  barAddress,
  bazAddress,
  defined,
  definitionsOf,
  exported,
  fooAddress,
  quxAddress,
  watch,
  watchLookup,
  weak,
} from './core-session.js'

const hidden = {}

describe('core APIs, as LLVM tests them', () => {
  let jit: JIT
  let main: JITDylib
  let lib: JITDylib
  before(async () => {
    jit = await JIT.start({ compileThreads: 1, inline: true })
    main = jit.main
    lib = await jit.session.createBareJITDylib('JD2')
  })
  after(() => jit[Symbol.asyncDispose]())
  afterEach(async () => {
    await main.clear()
    await lib.clear()
    await jit.session.verify()
  })

  const addressesOf = async (names: readonly string[], dylibs: readonly JITDylib[] = [main]) => {
    const found = await jit.session.lookup({ searchOrder: dylibs, symbols: names })
    return names.map((name) => found.get(name)?.address)
  }

  describe('lookup', () => {
    it('is answered when the symbol is ready: not materialized, not resolved, but emitted', async () => {
      const unit = new HeldUnit(['Foo'])
      await main.define(unit)
      const lookup = watchLookup(jit.session, main, ['Foo'])
      const responsibility = await unit.responsibility()
      await responsibility.notifyResolved(definitionsOf(['Foo']))
      await jit.session.drain()
      expect(lookup.outcome).to.equal(undefined)
      await responsibility.notifyEmitted()
      expect((await lookup.promise).get('Foo')?.address).to.equal(fooAddress)
    })

    it('of no symbols is answered', async () => {
      expect((await jit.session.lookup({ searchOrder: [main], symbols: [] })).size).to.equal(0)
      expect((await jit.session.lookup({ searchOrder: [], symbols: [] })).size).to.equal(0)
    })

    it('of one symbol of a unit materializes the others too; the answer has the one', async () => {
      const unit = new HeldUnit(['Foo', 'Bar'])
      await main.define(unit)
      const lookup = watchLookup(jit.session, main, ['Foo'])
      await finish(await unit.responsibility())
      expect([...(await lookup.promise).keys()]).to.deep.equal(['Foo'])
      expect(await addressesOf(['Bar'])).to.deep.equal([0x110])
    })

    it('of what exists for its side effects waits until it is emitted, and has nothing to show', async () => {
      const unit = new HeldUnit({ Foo: { ...exported, sideEffectsOnly: true } })
      await main.define(unit)
      const lookup = watch(jit.session.lookup({ searchOrder: [main], symbols: [{ name: 'Foo', required: false }] }))
      const responsibility = await unit.responsibility()
      await jit.session.drain()
      expect(lookup.outcome).to.equal(undefined)
      await responsibility.notifyEmitted()
      expect((await lookup.promise).size).to.equal(0)
    })

    it('of what failed for its side effects fails again and again', async () => {
      let runs = 0
      await main.define({
        name: 'effect',
        symbols: { Foo: { ...exported, sideEffectsOnly: true } },
        materialize: async (responsibility) => {
          runs += 1
          await responsibility.failMaterialization(new Error('no effect'))
        },
      })
      const weakly = { searchOrder: [main], symbols: [{ name: 'Foo', required: false }] }
      for (let n = 0; n < 2; n += 1)
        expect((await rejection(jit.session.lookup(weakly))).code).to.equal('FailedToMaterialize')
      expect(runs).to.equal(1)
    })

    it('passes over what is hidden in one dylib for what the next one exports', async () => {
      await main.define(
        absoluteSymbols({ Foo: { address: fooAddress, flags: exported }, Bar: { address: barAddress, flags: hidden } }),
      )
      await lib.define(absoluteSymbols({ Bar: { address: quxAddress, flags: exported } }))
      expect(await addressesOf(['Foo', 'Bar'], [main, lib])).to.deep.equal([fooAddress, quxAddress])
      const all = await jit.session.lookup({ searchOrder: [{ dylib: main, match: 'all' }, lib], symbols: ['Bar'] })
      expect(all.get('Bar')?.address).to.equal(barAddress)
    })

    it('of two names, one of which fails, fails, though the other is there and asked for as resolved', async () => {
      await main.define(absoluteSymbols(definitionsOf(['Foo'])))
      const failing = new HeldUnit(['Bar'])
      await main.define(failing)
      const lookup = watchLookup(jit.session, main, ['Foo', 'Bar'], 'resolved')
      await (await failing.responsibility()).failMaterialization()
      expect((await rejection(lookup.promise)).code).to.equal('FailedToMaterialize')
    })
  })

  describe('lookupFlags', () => {
    it('tells flags as they were declared, weak ones too, and materializes nothing', async () => {
      const unit = new HeldUnit({ Bar: weak })
      await main.define(absoluteSymbols(definitionsOf(['Foo'])))
      await main.define(unit)
      const symbols = ['Foo', 'Bar', 'Baz'].map((name) => ({ name, required: false }))
      const flags = await jit.session.lookupFlags({ searchOrder: [main], symbols })
      expect([...flags]).to.deep.equal([
        ['Foo', { exported: true, absolute: true }],
        ['Bar', weak],
      ])
      expect(await jit.session.dump()).to.match(/"Bar": <not resolved> .* Never-Searched/)
    })
  })

  describe('define and remove', () => {
    it('remove(names): missing, materializing, never searched and ready ones; all of them or none', async () => {
      const [bar, baz] = [new HeldUnit(['Bar']), new HeldUnit(['Baz'])]
      await main.define(absoluteSymbols(definitionsOf(['Foo'])))
      await main.define(bar)
      await main.define(baz)
      const lookup = watchLookup(jit.session, main, ['Foo', 'Baz'])
      const responsibility = await baz.responsibility()
      const missing = await rejection(main.remove(['Foo', 'Bar', 'Baz', 'Qux']))
      expect([missing.code, missing.symbols?.get('main')]).to.deep.equal(['SymbolsNotFound', ['Qux']])
      const busy = await rejection(main.remove(['Foo', 'Bar', 'Baz']))
      expect([busy.code, busy.symbols?.get('main')]).to.deep.equal(['SymbolsCouldNotBeRemoved', ['Baz']])
      expect([bar.discarded, bar.disposed]).to.deep.equal([[], 0])
      await finish(responsibility)
      await lookup.promise
      await main.remove(['Foo', 'Bar', 'Baz'])
      expect([bar.discarded, bar.disposed, baz.discarded]).to.deep.equal([['Bar'], 1, []])
      expect(await defined(jit.session, main, ['Foo', 'Bar', 'Baz'])).to.deep.equal([])
    })

    it('an init symbol that a stronger definition takes is no init symbol of the unit any more', async () => {
      const unit = new HeldUnit({ Foo: weak, Bar: exported }, 'Foo')
      await main.define(unit)
      await main.define(absoluteSymbols(definitionsOf(['Foo'])))
      expect(unit.discarded).to.deep.equal(['Foo'])
      const lookup = watchLookup(jit.session, main, ['Bar'])
      const responsibility = await unit.responsibility()
      expect(responsibility.initSymbol).to.equal(undefined)
      expect([...responsibility.symbols.keys()]).to.deep.equal(['Bar'])
      await finish(responsibility)
      await lookup.promise
      expect((await jit.session.lookupInitSymbols([main])).get(main)).to.deep.equal([])
    })

    it('a unit is disposed of when the last of its weak names is taken, not with the first', async () => {
      const unit = new HeldUnit({ Foo: weak, Bar: weak })
      await main.define(unit)
      await main.define(absoluteSymbols(definitionsOf(['Foo'])))
      expect([unit.discarded, unit.disposed]).to.deep.equal([['Foo'], 0])
      await main.define(absoluteSymbols(definitionsOf(['Bar'])))
      expect([unit.discarded, unit.disposed]).to.deep.equal([['Foo', 'Bar'], 1])
    })

    it('a unit is told of a name that was taken before it is asked for the others', async () => {
      const heard: string[] = []
      await main.define({
        name: 'half weak',
        symbols: { Foo: exported, Bar: weak },
        discard: (_dylib, name) => void heard.push(`discard ${name}`),
        materialize: async (responsibility) => {
          heard.push(`materialize ${[...responsibility.symbols.keys()].join()}`)
          await responsibility.notifyResolved(definitionsOf(['Foo']))
          await responsibility.notifyEmitted()
        },
      })
      await main.define(absoluteSymbols({ Bar: { address: quxAddress, flags: exported } }))
      expect(await addressesOf(['Foo', 'Bar'])).to.deep.equal([fooAddress, quxAddress])
      expect(heard).to.deep.equal(['discard Bar', 'materialize Foo'])
    })

    it('of two weak definitions the first prevails; the second unit, left with nothing, is never asked', async () => {
      const [first, second] = [new HeldUnit({ Foo: exported, Bar: weak }), new HeldUnit({ Bar: weak })]
      await main.define(first)
      await main.define(second)
      expect([second.discarded, second.disposed]).to.deep.equal([['Bar'], 1])
      const lookup = watchLookup(jit.session, main, ['Bar'])
      await finish(await first.responsibility())
      expect((await lookup.promise).get('Bar')?.address).to.equal(0x110)
    })

    it('a weak definition that was looked up is bound: a strong one comes too late', async () => {
      await main.define(absoluteSymbols({ Foo: { address: fooAddress, flags: weak } }))
      await addressesOf(['Foo'])
      const error = await rejection(main.define(absoluteSymbols({ Foo: { address: barAddress, flags: exported } })))
      expect([error.code, error.symbols?.get('main')]).to.deep.equal(['DuplicateDefinition', ['Foo']])
      expect(await addressesOf(['Foo'])).to.deep.equal([fooAddress])
    })
  })

  describe('aliases and re-exports', () => {
    it('an alias has its aliasee’s address; a weak one gives way to a definition', async () => {
      await main.define(absoluteSymbols(definitionsOf(['Foo', 'Bar'])))
      await main.define(
        symbolAliases({ Baz: { aliasee: 'Foo', flags: exported }, Qux: { aliasee: 'Bar', flags: weak } }),
      )
      await main.define(absoluteSymbols(definitionsOf(['Qux'])))
      expect(await addressesOf(['Baz', 'Qux'])).to.deep.equal([fooAddress, quxAddress])
    })

    it('an alias of an alias that one unit defines with it', async () => {
      await main.define(absoluteSymbols(definitionsOf(['Foo'])))
      await main.define(
        symbolAliases({ Baz: { aliasee: 'Bar', flags: exported }, Bar: { aliasee: 'Foo', flags: exported } }),
      )
      expect(await addressesOf(['Bar', 'Baz'])).to.deep.equal([fooAddress, fooAddress])
    })

    it('a re-export that nobody looks up materializes nothing', async () => {
      const unwanted = new HeldUnit(['Bar'])
      await main.define(absoluteSymbols(definitionsOf(['Foo'])))
      await main.define(unwanted)
      await lib.define(
        reexports(main, { Baz: { aliasee: 'Foo', flags: exported }, Qux: { aliasee: 'Bar', flags: exported } }),
      )
      expect(await addressesOf(['Baz'], [lib])).to.deep.equal([fooAddress])
      expect(await jit.session.dump()).to.match(/"Bar": <not resolved> .* Never-Searched/)
    })

    it('a re-exports generator passes what its filter lets pass, with the flags that it has there', async () => {
      await lib.define(absoluteSymbols(definitionsOf(['Foo', 'Bar'])))
      const generator = reexportsGenerator(lib, { allow: (name) => name !== 'Bar' })
      await main.addGenerator(generator)
      expect(await defined(jit.session, main, ['Foo', 'Bar', 'Baz'])).to.deep.equal(['Foo'])
      expect(await addressesOf(['Foo'])).to.deep.equal([fooAddress])
      await main.removeGenerator(generator)
    })
  })

  describe('generators', () => {
    it('what a generator throws is the lookup’s error, and lookupFlags’s', async () => {
      const bad = {
        tryToGenerate: () => {
          throw new TypeError('bad generator')
        },
      }
      await main.addGenerator(bad)
      const request = { searchOrder: [main], symbols: ['Foo'] }
      for (const asked of [jit.session.lookupFlags(request), jit.session.lookup(request)])
        expect((await rejection(asked)).message).to.include('bad generator')
      await main.removeGenerator(bad)
      expect((await rejection(jit.session.lookup(request))).code).to.equal('SymbolsNotFound')
    })

    it('is asked for what is missing: not for what is there, and not for what is hidden', async () => {
      await main.define(
        absoluteSymbols({ Foo: { address: fooAddress, flags: exported }, Baz: { address: bazAddress, flags: hidden } }),
      )
      const asked: string[] = []
      const generator = {
        tryToGenerate: async ({ names, dylib }: { names: ReadonlyMap<string, unknown>; dylib: JITDylib }) => {
          asked.push(...names.keys())
          await dylib.define(absoluteSymbols(definitionsOf(['Bar'])))
        },
      }
      await main.addGenerator(generator)
      const found = await jit.session.lookup({
        searchOrder: [main],
        symbols: ['Foo', 'Bar', { name: 'Baz', required: false }],
      })
      expect([...found.keys()]).to.deep.equal(['Foo', 'Bar'])
      expect(asked).to.deep.equal(['Bar'])
      await main.removeGenerator(generator)
    })

    it('an error given to the first of two suspended lookups is not the second’s', async () => {
      const inside: ((error?: Error) => void)[] = []
      const generator = {
        tryToGenerate: (state: { suspend(): (error?: Error) => void }) => void inside.push(state.suspend()),
      }
      await main.addGenerator(generator)
      const [first, second] = [watchLookup(jit.session, main, ['Foo']), watchLookup(jit.session, main, ['Foo'])]
      while (inside.length === 0) await jit.session.drain()
      expect([first.outcome, second.outcome, inside.length]).to.deep.equal([undefined, undefined, 1])
      inside.shift()?.(new Error('boom'))
      expect((await rejection(first.promise)).message).to.include('boom')
      while (inside.length === 0) await new Promise((resolve) => setImmediate(resolve))
      expect(second.outcome).to.equal(undefined)
      inside.shift()?.(new Error('bang'))
      expect((await rejection(second.promise)).message).to.include('bang')
      await main.removeGenerator(generator)
    })

    it('four lookups at one generator: captured, passed through, answered by what another was given, captured', async () => {
      const captured: (readonly [names: readonly string[], resume: () => void])[] = []
      let passBar = false
      const generator = {
        tryToGenerate: ({ names, dylib, suspend }: import('worc').LookupState): void | Promise<void> => {
          if (passBar && names.has('Bar')) return dylib.define(absoluteSymbols(definitionsOf(['Bar'])))
          captured.push([[...names.keys()], suspend()])
        },
      }
      const capturedOne = async () => {
        while (captured.length === 0) await new Promise((resolve) => setImmediate(resolve))
        return captured.shift() as (typeof captured)[number]
      }
      await main.addGenerator(generator)
      const first = watchLookup(jit.session, main, ['Foo'])
      const [names, resume] = await capturedOne()
      expect(names).to.deep.equal(['Foo'])
      passBar = true
      const [second, third, fourth] = ['Bar', 'Bar', 'Baz'].map((name) => watchLookup(jit.session, main, [name])) as [
        typeof first,
        typeof first,
        typeof first,
      ]
      await main.define(absoluteSymbols(definitionsOf(['Foo'])))
      expect([first, second, third, fourth].map(({ outcome }) => outcome)).to.deep.equal(Array(4).fill(undefined))
      resume()
      await Promise.all([first.promise, second.promise, third.promise])
      const [last, resumeLast] = await capturedOne()
      expect([last, fourth.outcome]).to.deep.equal([['Baz'], undefined])
      await main.define(absoluteSymbols(definitionsOf(['Baz'])))
      resumeLast()
      expect((await fourth.promise).get('Baz')?.address).to.equal(bazAddress)
      await main.removeGenerator(generator)
    })
  })

  describe('failure', () => {
    it('of a unit is that of all its names, also of those that nobody had asked for', async () => {
      let runs = 0
      await main.define({
        name: 'failing',
        symbols: { Foo: exported, Bar: exported },
        materialize: async (responsibility) => {
          runs += 1
          await responsibility.failMaterialization()
        },
      })
      for (const names of [['Foo'], ['Foo'], ['Bar'], ['Foo', 'Bar']]) {
        const error = await rejection(addressesOf(names))
        expect(error.code).to.equal('FailedToMaterialize')
        expect(error.symbols?.get('main')).to.deep.equal(names)
      }
      expect(runs).to.equal(1)
    })

    it('after resolution, set off by another lookup, is told to whoever waits for it to be ready', async () => {
      await main.define(absoluteSymbols(definitionsOf(['Baz'])))
      await main.define({
        name: 'turns back',
        symbols: { Foo: exported, Bar: exported },
        materialize: async (responsibility) => {
          await responsibility.notifyResolved(definitionsOf(['Foo', 'Bar']))
          await jit.session.lookup({ searchOrder: [main], symbols: ['Baz'], requiredState: 'resolved' })
          await responsibility.failMaterialization(new Error('turned back'))
        },
      })
      const resolved = watchLookup(jit.session, main, ['Foo'], 'resolved')
      const error = await rejection(addressesOf(['Foo', 'Bar']))
      expect((error.cause as Error).message).to.equal('turned back')
      expect((await resolved.promise).get('Foo')?.address).to.equal(fooAddress)
    })

    it('that nobody waits for is heard by onError', async () => {
      const heard: JITError[] = []
      const before = jit.session.onError
      jit.session.onError = (error) => void heard.push(error)
      await main.define({
        name: 'late',
        symbols: { Foo: exported },
        materialize: async (responsibility) => {
          await responsibility.notifyResolved(definitionsOf(['Foo']))
          await responsibility.notifyEmitted()
          throw new Error('too late to fail')
        },
      })
      expect(await addressesOf(['Foo'])).to.deep.equal([fooAddress])
      while (heard.length === 0) await new Promise((resolve) => setImmediate(resolve))
      expect(heard[0]?.message).to.include('too late to fail')
      jit.session.onError = before
    })

    it('is still legible when the session is gone', async () => {
      const other = await JIT.start({ compileThreads: 1, inline: true })
      await other.main.define({
        name: 'failing',
        symbols: { Foo: exported },
        materialize: (responsibility) => responsibility.failMaterialization(new Error('the reason')),
      })
      const error = await rejection(other.lookupData('Foo'))
      await other[Symbol.asyncDispose]()
      expect(error).to.be.instanceOf(JITError)
      expect([error.code, [...(error.symbols ?? [])]]).to.deep.equal(['FailedToMaterialize', [['main', ['Foo']]]])
      expect(String(error)).to.include('Foo')
      expect((error.cause as Error).message).to.equal('the reason')
      expect((await rejection(other.lookupData('Foo'))).code).to.equal('SessionClosed')
    })
  })

  describe('MaterializationResponsibility', () => {
    it('what it claims is ready with it, and is not materialized again', async () => {
      let runs = 0
      await main.define({
        name: 'claims',
        symbols: { Foo: exported },
        materialize: async (responsibility) => {
          runs += 1
          await responsibility.defineMaterializing({ Bar: exported })
          await responsibility.notifyResolved(definitionsOf(['Foo', 'Bar']))
          await responsibility.notifyEmitted()
        },
      })
      expect(await addressesOf(['Foo'])).to.deep.equal([fooAddress])
      expect(await addressesOf(['Bar'])).to.deep.equal([barAddress])
      expect(runs).to.equal(1)
    })

    it('defineMaterializing of nothing, too, tells that the tracker is gone', async () => {
      const tracker = main.createResourceTracker()
      const unit = new HeldUnit(['Foo'])
      await main.define(unit, tracker)
      const lookup = watchLookup(jit.session, main, ['Foo'])
      const responsibility = await unit.responsibility()
      await tracker.remove()
      expect((await rejection(responsibility.defineMaterializing({}))).code).to.equal('ResourceTrackerDefunct')
      await responsibility.failMaterialization()
      expect((await rejection(lookup.promise)).code).to.equal('FailedToMaterialize')
    })

    it('requestedSymbols and replace: what nobody asked for is given back, and materialized when somebody does', async () => {
      const ran: string[] = []
      const finishing = (name: string) => ({
        name: `unit of ${name}`,
        symbols: { [name]: exported },
        materialize: async (responsibility: import('worc').MaterializationResponsibility) => {
          ran.push(name)
          await responsibility.notifyResolved(definitionsOf([name]))
          await responsibility.notifyEmitted()
        },
      })
      await main.define({
        ...finishing('Foo'),
        symbols: { Foo: exported, Bar: exported },
        materialize: async (responsibility) => {
          expect([...(await responsibility.requestedSymbols())]).to.deep.equal(['Foo'])
          await responsibility.replace(finishing('Bar'))
          await finishing('Foo').materialize(responsibility)
        },
      })
      expect(await addressesOf(['Foo'])).to.deep.equal([fooAddress])
      expect(ran).to.deep.equal(['Foo'])
      expect(await addressesOf(['Bar'])).to.deep.equal([barAddress])
      expect(ran).to.deep.equal(['Foo', 'Bar'])
    })

    it('delegate: one lookup over both halves is answered by the later', async () => {
      const unit = new HeldUnit(['Foo', 'Bar'])
      await main.define(unit)
      const lookup = watchLookup(jit.session, main, ['Foo', 'Bar'])
      const responsibility = await unit.responsibility()
      const half = await responsibility.delegate(['Bar'])
      await finish(responsibility)
      await jit.session.drain()
      expect(lookup.outcome).to.equal(undefined)
      await finish(half, 0x200)
      expect([...(await lookup.promise)].map(([name, { address }]) => [name, address])).to.deep.equal([
        ['Foo', 0x100],
        ['Bar', 0x200],
      ])
    })
  })

  describe('JITDylib', () => {
    it('addToLinkOrder adds what is not there yet, one or a list', async () => {
      const [first, second, third] = (await Promise.all(
        ['first', 'second', 'third'].map((name) => jit.session.createBareJITDylib(name)),
      )) as [JITDylib, JITDylib, JITDylib]
      const order = async () => (await first.linkOrder()).map(({ dylib }) => dylib)
      await first.addToLinkOrder(second)
      expect(await order()).to.deep.equal([first, second])
      await first.addToLinkOrder([second, third])
      expect(await order()).to.deep.equal([first, second, third])
      await jit.session.removeJITDylibs([first, second, third])
    })

    /** Bare dylibs by name, and what each links against. */
    async function dylibsOf(links: Readonly<Record<string, string>>): Promise<(names: string) => JITDylib[]> {
      const dylibs = new Map<string, JITDylib>()
      for (const name of Object.keys(links)) dylibs.set(name, await jit.session.createBareJITDylib(name))
      const byName = (names: string) => Array.from(names, (name) => dylibs.get(name) as JITDylib)
      for (const [name, against] of Object.entries(links)) {
        const [dylib] = byName(name)
        await dylib?.setLinkOrder(byName(against), { selfFirst: false })
      }
      return byName
    }

    it('DFS link order of a tree, from one root or several, in the order in which they are given', async () => {
      const some = await dylibsOf({ A: 'BC', B: 'DE', C: 'F', D: '', E: '', F: '' })
      for (const [roots, expected] of [
        ['B', 'BDE'],
        ['A', 'ABDECF'],
        ['AB', 'ABDECF'],
        ['BA', 'BDEACF'],
      ] as const)
        expect(await jit.session.getDFSLinkOrder(some(roots))).to.deep.equal(some(expected))
      await jit.session.removeJITDylibs(some('ABCDEF'))
    })

    it('DFS link order of a diamond and of a ring has each once', async () => {
      const diamond = await dylibsOf({ A: 'BC', B: 'D', C: 'D', D: '' })
      expect(await jit.session.getDFSLinkOrder(diamond('A'))).to.deep.equal(diamond('ABDC'))
      await jit.session.removeJITDylibs(diamond('ABCD'))
      const ring = await dylibsOf({ A: 'B', B: 'C', C: 'A' })
      for (const [root, expected] of [
        ['A', 'ABC'],
        ['B', 'BCA'],
        ['C', 'CAB'],
      ] as const)
        expect(await jit.session.getDFSLinkOrder(ring(root))).to.deep.equal(ring(expected))
      await jit.session.removeJITDylibs(ring('ABC'))
    })

    it('removed: what is ready goes, what was never asked for is disposed of, what is in flight fails', async () => {
      const dylib = await jit.session.createBareJITDylib('short-lived')
      const [bar, baz] = [new HeldUnit(['Bar']), new HeldUnit(['Baz'])]
      await dylib.define(absoluteSymbols(definitionsOf(['Foo'])))
      await dylib.define(bar)
      await dylib.define(baz)
      await addressesOf(['Foo'], [dylib])
      const lookup = watchLookup(jit.session, dylib, ['Baz'])
      const responsibility = await baz.responsibility()
      await jit.session.removeJITDylibs([dylib])
      expect([bar.disposed, bar.discarded]).to.deep.equal([1, []])
      expect((await rejection(lookup.promise)).code).to.equal('FailedToMaterialize')
      expect((await rejection(responsibility.notifyResolved(definitionsOf(['Baz'])))).code).to.equal('JITDylibDefunct')
      expect((await rejection(dylib.getDFSLinkOrder())).code).to.equal('JITDylibDefunct')
      expect((await rejection(dylib.createResourceTracker().keyUnsafe())).code).to.equal('ResourceTrackerDefunct')
      await responsibility.failMaterialization()
      expect(await jit.session.getJITDylibByName('short-lived')).to.equal(undefined)
    })

    it('a name can be taken once, and again when it is free', async () => {
      const first = await jit.session.createBareJITDylib('named')
      const error = await rejection(jit.session.createBareJITDylib('named'))
      expect(error.message).to.include('named')
      await jit.session.removeJITDylibs([first])
      const second = await jit.session.createBareJITDylib('named')
      expect(second).not.to.equal(first)
      await jit.session.removeJITDylibs([second])
    })
  })
})
