// When is a symbol ready? What LLVM's WaitingOnGraphTest.cpp and the dependence scenarios of CoreAPIsTest.cpp say, seen from
// outside: symbols are resolved at once, and emitted by notifyEmitted with groups that say what they wait for. (0,1) is the symbol
// "1" of dylib "0".
import { expect } from 'chai'
import { after, afterEach, before, beforeEach, describe, it } from 'mocha'
import type { JITDylib, MaterializationResponsibility, SymbolDependenceGroup } from 'worc'
import { JIT } from 'worc'
import { HeldUnit, resolve } from '../scenarios/held-unit.js'
import { rejection } from '../worc/rejection.js'
import type { Watched } from './core-session.js'
import { watchLookup } from './core-session.js'

const dylibCount = 6

/** "0.1 0.2": symbols by dylib and name. */
type Elements = string

describe('dependences, as LLVM tests them', () => {
  let jit: JIT
  const dylibs: JITDylib[] = []
  let lookups: Map<string, Watched<unknown>>
  let responsibilities: Map<string, MaterializationResponsibility>
  before(async () => {
    jit = await JIT.start({ compileThreads: 1, inline: true })
    for (let n = 0; n < dylibCount; n += 1) dylibs.push(await jit.session.createBareJITDylib(String(n)))
  })
  after(() => jit[Symbol.asyncDispose]())
  beforeEach(() => {
    lookups = new Map()
    responsibilities = new Map()
  })
  afterEach(async () => {
    for (const dylib of dylibs) await dylib.clear()
    await jit.session.verify()
  })

  function each(elements: Elements): (readonly [element: string, dylib: JITDylib, name: string])[] {
    return elements
      .split(' ')
      .filter((element) => element !== '')
      .map((element) => {
        const [dylib = '', name = ''] = element.split('.')
        return [element, dylibs[Number(dylib)] as JITDylib, name]
      })
  }

  /** A unit for these symbols of one dylib, looked up, given to the test, and resolved. */
  async function materializing(elements: Elements): Promise<MaterializationResponsibility> {
    const all = each(elements)
    const dylib = all[0]?.[1]
    if (dylib === undefined) throw new Error('no elements')
    const unit = new HeldUnit(all.map(([, , name]) => name))
    await dylib.define(unit)
    for (const [element, , name] of all) lookups.set(element, watchLookup(jit.session, dylib, [name]))
    const responsibility = await unit.responsibility()
    await resolve(responsibility)
    for (const [element] of all) responsibilities.set(element, responsibility)
    return responsibility
  }

  function dependencies(elements: Elements): ReadonlyMap<JITDylib, readonly string[]> {
    const byDylib = new Map<JITDylib, string[]>()
    for (const [, dylib, name] of each(elements)) byDylib.set(dylib, [...(byDylib.get(dylib) ?? []), name])
    return byDylib
  }

  function group(elements: Elements, on: Elements): SymbolDependenceGroup {
    return { symbols: each(elements).map(([, , name]) => name), dependencies: dependencies(on) }
  }

  /** Emits symbols of one responsibility that wait for others. */
  async function emit(elements: Elements, on: Elements = ''): Promise<void> {
    const first = responsibilities.get(elements.split(' ')[0] ?? '') ?? (await materializing(elements))
    await first.notifyEmitted(on === '' ? [] : [group(elements, on)])
  }

  /** What has become of all lookups so far, those that wait apart. */
  async function settled(): Promise<string> {
    await jit.session.drain()
    return [...lookups]
      .flatMap(([element, { outcome }]) => (outcome === undefined ? [] : `${element} ${outcome}`))
      .join(', ')
  }

  async function unready(...elements: Elements[]): Promise<void> {
    for (const element of elements) await materializing(element)
  }

  it('nothing emitted: a responsibility without symbols ends well', async () => {
    const responsibility = await materializing('0.0')
    const part = await responsibility.delegate(['0'])
    await responsibility.notifyEmitted([])
    expect(await settled()).to.equal('')
    await part.notifyEmitted([])
    expect(await settled()).to.equal('0.0 ok')
  })

  it('a group of no symbols means nothing, whatever it depends on', async () => {
    await unready('1.0')
    const responsibility = await materializing('0.0')
    await responsibility.notifyEmitted([group('', '1.0'), group('0.0', '')])
    expect(await settled()).to.equal('0.0 ok')
  })

  it('(0,0): ready', async () => {
    await emit('0.0')
    expect(await settled()).to.equal('0.0 ok')
  })

  it('(0,0), then (0,1) -> (0,0): each ready as it is emitted', async () => {
    await emit('0.0')
    expect(await settled()).to.equal('0.0 ok')
    await emit('0.1', '0.0')
    expect(await settled()).to.equal('0.0 ok, 0.1 ok')
  })

  it('(0,0) -> (0,1), then (0,1): both ready with the second', async () => {
    await unready('0.0', '0.1')
    await emit('0.0', '0.1')
    expect(await settled()).to.equal('')
    await emit('0.1')
    expect(await settled()).to.equal('0.0 ok, 0.1 ok')
  })

  it('(0,{0,1,2}) -> (1,{3,4,5}): ready with the last of them, and not before', async () => {
    await unready('1.3', '1.4', '1.5')
    await emit('0.0 0.1 0.2', '1.3 1.4 1.5')
    for (const [element, expected] of [
      ['1.4', '1.4 ok'],
      ['1.3', '1.3 ok, 1.4 ok'],
    ] as const) {
      await emit(element)
      expect(await settled()).to.equal(expected)
    }
    await emit('1.5')
    expect(await settled()).to.equal('1.3 ok, 1.4 ok, 1.5 ok, 0.0 ok, 0.1 ok, 0.2 ok')
  })

  it('(0,{0,1}) -> (0,1): what a group says of itself is no dependence', async () => {
    await emit('0.0 0.1', '0.1')
    expect(await settled()).to.equal('0.0 ok, 0.1 ok')
  })

  it('two groups in turn over two sets of dependences: each set frees its own', async () => {
    await unready('2.0', '3.0', '4.0', '5.0')
    const [a, b] = [await materializing('0.0 0.1'), await materializing('1.0 1.1')]
    await a.notifyEmitted([group('0.0', '2.0 3.0'), group('0.1', '2.0 3.0')])
    await b.notifyEmitted([group('1.0', '4.0 5.0'), group('1.1', '4.0 5.0')])
    await emit('4.0')
    await emit('2.0')
    expect(await settled()).to.equal('2.0 ok, 4.0 ok')
    await emit('3.0')
    expect(await settled()).to.equal('2.0 ok, 3.0 ok, 4.0 ok, 0.0 ok, 0.1 ok')
    await emit('5.0')
    expect(await settled()).to.equal('2.0 ok, 3.0 ok, 4.0 ok, 5.0 ok, 0.0 ok, 0.1 ok, 1.0 ok, 1.1 ok')
  })

  it('(0,0) -> (1,0) and (0,1) -> (1,0), emitted apart: both ready with it', async () => {
    await unready('1.0')
    await emit('0.0', '1.0')
    await emit('0.1', '1.0')
    expect(await settled()).to.equal('')
    await emit('1.0')
    expect(await settled()).to.equal('1.0 ok, 0.0 ok, 0.1 ok')
  })

  it('(0,0) <-> (0,1) in one emission: ready at once', async () => {
    const responsibility = await materializing('0.0 0.1')
    await responsibility.notifyEmitted([group('0.0', '0.1'), group('0.1', '0.0')])
    expect(await settled()).to.equal('0.0 ok, 0.1 ok')
  })

  it('a ring of ten in one emission, and of ten emissions: ready together, and with the last', async () => {
    const ring = Array.from({ length: 10 }, (_, n) => `0.${n}`)
    const next = (n: number) => ring[(n + 1) % ring.length] ?? ''
    const responsibility = await materializing(ring.join(' '))
    await responsibility.notifyEmitted(ring.map((element, n) => group(element, next(n))))
    const all = ring.map((element) => `${element} ok`).join(', ')
    expect(await settled()).to.equal(all)
    await dylibs[0]?.clear()
    lookups.clear()
    responsibilities.clear()
    await unready(...ring)
    for (const [n, element] of ring.entries()) {
      expect(await settled()).to.equal('')
      await emit(element, next(n))
    }
    expect(await settled()).to.equal(all)
  })

  it('(0,0) -> (0,{1,2}), (0,1) -> (0,3), in one emission: the first waits for what the second waits for', async () => {
    await unready('0.2', '0.3')
    const responsibility = await materializing('0.0 0.1')
    await responsibility.notifyEmitted([group('0.0', '0.1 0.2'), group('0.1', '0.3')])
    await emit('0.2')
    expect(await settled()).to.equal('0.2 ok')
    await emit('0.3')
    expect(await settled()).to.equal('0.2 ok, 0.3 ok, 0.0 ok, 0.1 ok')
  })

  it('zigzag: (0,0) -> (0,1), (0,2) -> (0,3), (0,1) -> (0,2), (0,3): all four ready with the last', async () => {
    await unready('0.0', '0.1', '0.2', '0.3')
    await emit('0.0', '0.1')
    await emit('0.2', '0.3')
    await emit('0.1', '0.2')
    expect(await settled()).to.equal('')
    await emit('0.3')
    expect(await settled()).to.equal('0.0 ok, 0.1 ok, 0.2 ok, 0.3 ok')
  })

  it('Foo -> Bar -> Baz -> Foo, each naming itself too: nothing is ready before all are, though all are resolved', async () => {
    await unready('0.Foo', '0.Bar', '0.Baz')
    const resolved = watchLookup(jit.session, dylibs[0] as JITDylib, ['Foo', 'Bar', 'Baz'], 'resolved')
    await resolved.promise
    await emit('0.Foo', '0.Foo 0.Bar')
    await emit('0.Bar', '0.Bar 0.Baz')
    expect(await settled()).to.equal('')
    await emit('0.Baz', '0.Baz 0.Foo')
    expect(await settled()).to.equal('0.Foo ok, 0.Bar ok, 0.Baz ok')
  })

  it('a lookup reports what it found short of ready, resolved or not, and leaves out what is ready', async () => {
    await emit('0.Foo')
    await unready('0.Bar')
    await dylibs[0]?.define(new HeldUnit(['Baz']))
    const heard: (readonly string[])[] = []
    const lookup = jit.session.lookup({
      searchOrder: [dylibs[0] as JITDylib],
      symbols: ['Foo', 'Bar', 'Baz'],
      requiredState: 'resolved',
      onDependenciesRegistered: (pending) => void heard.push([...(pending.get(dylibs[0] as JITDylib) ?? [])]),
    })
    lookup.catch(() => undefined)
    await jit.session.drain()
    expect(heard).to.deep.equal([['Bar', 'Baz']])
  })

  describe('failure', () => {
    const fail = async (element: Elements) => {
      const responsibility = responsibilities.get(element) ?? (await materializing(element))
      await responsibility.failMaterialization(new Error(`${element} fell`))
    }

    it('(0,0), that nobody waits for: alone', async () => {
      await unready('0.1')
      await fail('0.0')
      expect(await settled()).to.equal('0.0 FailedToMaterialize')
    })

    it('(0,1) -> (0,0), emitted after (0,0) failed: fails, whoever asks, now and later', async () => {
      await fail('0.0')
      const responsibility = await materializing('0.1')
      expect(await settled()).to.equal('0.0 FailedToMaterialize')
      expect((await rejection(responsibility.notifyEmitted([group('0.1', '0.0')]))).code).to.equal(
        'UnsatisfiedSymbolDependencies',
      )
      expect(await settled()).to.equal('0.0 FailedToMaterialize, 0.1 FailedToMaterialize')
      await responsibility.failMaterialization()
      for (const name of ['0', '1'])
        expect(
          (await rejection(jit.session.lookup({ searchOrder: [dylibs[0] as JITDylib], symbols: [name] }))).code,
        ).to.equal('FailedToMaterialize')
    })

    it('(0,1) -> (0,0), emitted before (0,0) fails: fails with it', async () => {
      await unready('0.0')
      await emit('0.1', '0.0')
      expect(await settled()).to.equal('')
      await fail('0.0')
      expect(await settled()).to.equal('0.0 FailedToMaterialize, 0.1 FailedToMaterialize')
    })

    it('Bar fails, and Foo, which says nothing of Bar yet, goes on as it likes', async () => {
      await unready('0.Foo', '0.Bar')
      await fail('0.Bar')
      expect(await settled()).to.equal('0.Bar FailedToMaterialize')
      await fail('0.Foo')
      expect(await settled()).to.equal('0.Foo FailedToMaterialize, 0.Bar FailedToMaterialize')
    })

    it('zigzag: (0,0) -> (0,1), (0,2) failed, (0,1) -> (0,2): takes (0,0) along', async () => {
      await unready('0.0', '0.1')
      await emit('0.0', '0.1')
      await fail('0.2')
      expect(await settled()).to.equal('0.2 FailedToMaterialize')
      await rejection(emit('0.1', '0.2'))
      expect(await settled()).to.equal('0.0 FailedToMaterialize, 0.1 FailedToMaterialize, 0.2 FailedToMaterialize')
    })

    it('of one of a ring, in several dylibs, is the failure of all, and of what waits for the ring', async () => {
      await unready('0.0', '1.0', '2.0', '3.0')
      await emit('3.0', '1.0')
      await emit('0.0', '1.0')
      await emit('1.0', '2.0')
      expect(await settled()).to.equal('')
      await fail('2.0')
      expect(await settled()).to.equal(
        '0.0 FailedToMaterialize, 1.0 FailedToMaterialize, 2.0 FailedToMaterialize, 3.0 FailedToMaterialize',
      )
    })
  })
})
