// Shows that a stub hands its arguments on, through whatever its slot holds; and that an object whose functions have stubs is
// reached through them by address, and directly by its own calls.
import { expect } from 'chai'
import { describe, it } from 'mocha'
import { buildLinkGraph, emitHostUnit, emitStubUnit, layout, nameBodies, prune } from '@worc/jitlink'
import type { Layout } from '@worc/jitlink'
import { fixture, valueOf } from './fixtures.js'

describe('a unit of stubs', () => {
  const functions = [
    { name: 'mix', signature: 'ilfd:l' },
    { name: 'none', signature: ':' },
  ]

  function instantiate(): { table: WebAssembly.Table; unbind: (slot: number) => void; misses: number[] } {
    const type = { parameters: ['i32', 'i64', 'f32', 'f64'], results: ['i64'] } as const
    const host = emitHostUnit([
      { module: 'host', field: 'mix', type },
      { module: 'host', field: 'none', type: { parameters: [], results: [] } },
    ])
    const bodies = new WebAssembly.Instance(new WebAssembly.Module(host), {
      host: {
        mix: (i: number, l: bigint, f: number, d: number) => BigInt(i) + 10n * l + BigInt(100 * f + 1000 * d),
        none: () => undefined,
      },
    }).exports['t'] as WebAssembly.Table
    const misses: number[] = []
    const module = new WebAssembly.Module(emitStubUnit(functions, 'u1'))
    expect(WebAssembly.Module.imports(module).map(({ kind }) => kind)).to.deep.equal(['function'])
    const { exports } = new WebAssembly.Instance(module, {
      worc: {
        miss: (slot: number) => {
          misses.push(slot)
          table.set(slot, bodies.get(slot))
        },
      },
    })
    const table = exports['t'] as WebAssembly.Table
    return { table, unbind: exports['unbind'] as (slot: number) => void, misses }
  }

  it('misses at its first call, and again after unbind; every argument arrives each time', () => {
    const { table, unbind, misses } = instantiate()
    const mix = table.get(functions.length) as (...values: unknown[]) => bigint
    expect(mix(1, 2n, 3, 4)).to.equal(4321n)
    expect(mix(2, 2n, 3, 4)).to.equal(4322n)
    expect(misses).to.deep.equal([0])
    unbind(0)
    expect(mix(3, 2n, 3, 4)).to.equal(4323n)
    ;(table.get(functions.length + 1) as () => void)()
    expect(misses).to.deep.equal([0, 0, 1])
  })

  it('shows by the function’s name while it misses', () => {
    const bytes = emitStubUnit([{ name: 'named', signature: ':' }], 'u1')
    const miss = (): never => {
      throw new Error('missed')
    }
    const { exports } = new WebAssembly.Instance(new WebAssembly.Module(bytes), { worc: { miss } })
    expect((exports['t'] as WebAssembly.Table).get(1)).to.throw('missed')
  })
})

describe('nameBodies', () => {
  function laidOut(bodies: readonly (readonly [string, string])[]): Layout {
    const graph = valueOf(buildLinkGraph(fixture('pointers'), { name: 'pointers' }))
    nameBodies(graph, new Map(bodies), 'wasm')
    prune(graph)
    return valueOf(layout(graph))
  }

  it('a function has its body’s name, and its own is external where its address is taken', () => {
    const { functions, externals, addressTaken } = laidOut([['descending', 'descending$body']])
    const names = functions.map(([name]) => name)
    expect(names).to.include('descending$body')
    expect(names).not.to.include('descending')
    expect(externals.filter(({ kind }) => kind === 'function').map(({ name }) => name)).to.include('descending')
    expect(addressTaken.map((index) => names[index])).not.to.include('descending$body')
  })

  it('a function whose address nobody takes asks for nothing; local functions are left alone', () => {
    const plain = laidOut([])
    const { externals, functions } = laidOut([
      ['operate', 'operate$body'],
      ['ascending', 'ascending$body'],
    ])
    expect(externals).to.deep.equal(plain.externals)
    expect(functions.map(([name]) => name.replace('operate$body', 'operate')).sort()).to.deep.equal(
      plain.functions.map(([name]) => name).sort(),
    )
  })
})
