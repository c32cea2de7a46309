// Shows which external names each definition waits for. Graphs are written as `a -> b c`; capitals are external, names that
// begin with an underscore are local.
import { describe, it } from 'mocha'
import { expect } from 'chai'
import {
  addContentBlock,
  addEdge,
  addSection,
  addSymbol,
  createLinkGraph,
  dependenceGroups,
  external,
  isBlock,
  wasmArchitecture,
  type LinkGraph,
  type Symbol,
} from '@worc/jitlink'

function graphOf(lines: readonly string[]): LinkGraph {
  const graph = createLinkGraph('Foo', wasmArchitecture)
  const section = addSection(graph, '.data', 'read-write')
  const symbols = new Map<string, Symbol>()
  const symbolOf = (name: string): Symbol => {
    const known = symbols.get(name)
    if (known !== undefined) return known
    const isExternal = name.toUpperCase() === name
    const base = isExternal ? external() : addContentBlock(graph, section, new Uint8Array(4), 4)
    const symbol = addSymbol(graph, name, base, { scope: name.startsWith('_') ? 'local' : 'default' })
    symbols.set(name, symbol)
    return symbol
  }
  for (const line of lines) {
    const [from = '', to = ''] = line.split('->').map((side) => side.trim())
    const source = symbolOf(from)
    for (const name of to.split(' ').filter((word) => word !== '')) {
      if (isBlock(source.base)) addEdge(source.base, 1, 0, symbolOf(name), 0)
    }
  }
  return graph
}

function groupsOf(...lines: readonly string[]): readonly string[] {
  return dependenceGroups(graphOf(lines)).map(
    ({ symbols, dependencies }) => `${symbols.join(' ')} -> ${[...dependencies].sort().join(' ')}`,
  )
}

describe('dependenceGroups', () => {
  it('what reaches nothing outside is one group without dependencies', () => {
    expect(groupsOf('a -> b', 'b ->', 'c -> c')).to.deep.equal(['a b c -> '])
  })

  it('through local blocks, but a local name is in no group', () => {
    expect(groupsOf('a -> _b', '_b -> _c', '_c -> X')).to.deep.equal(['a -> X'])
  })

  it('a diamond: each side its own, the top both', () => {
    expect(groupsOf('a -> b c', 'b -> X d', 'c -> Y d', 'd -> Z')).to.deep.equal([
      'a -> X Y Z',
      'b -> X Z',
      'c -> Y Z',
      'd -> Z',
    ])
  })

  it('a cycle waits as one', () => {
    expect(groupsOf('a -> b', 'b -> c X', 'c -> a Y', 'd -> c')).to.deep.equal(['a b c d -> X Y'])
  })

  it('two cycles, one behind the other', () => {
    expect(groupsOf('a -> b', 'b -> a c X', 'c -> d', 'd -> c Y')).to.deep.equal(['a b -> X Y', 'c d -> Y'])
  })

  it('equal sets are one group, whichever way they came about', () => {
    expect(groupsOf('a -> X Y', 'b -> Y X', 'c -> d Y', 'd -> X', 'e ->')).to.deep.equal([
      'a b c -> X Y',
      'd -> X',
      'e -> ',
    ])
  })

  it('beyond 32 externals', () => {
    const names = Array.from({ length: 70 }, (_, n) => `X${n}`)
    const [group] = dependenceGroups(
      graphOf([`a -> b ${names.slice(0, 35).join(' ')}`, `b -> ${names.slice(35).join(' ')}`]),
    )
    expect([...(group?.dependencies ?? [])].sort()).to.deep.equal([...names].sort())
  })

  it('a chain of a hundred thousand blocks needs no stack', () => {
    const lines = Array.from({ length: 100_000 }, (_, n) => `_b${n} -> ${n === 99_999 ? 'X' : `_b${n + 1}`}`)
    expect(dependenceGroups(graphOf(['a -> _b0', ...lines]))).to.deep.equal([{ symbols: ['a'], dependencies: ['X'] }])
  })

  it('a graph that would take too much memory is one group that waits for everything', () => {
    const lines = Array.from({ length: 25_000 }, (_, n) => `a${n} -> X${n}`)
    const groups = dependenceGroups(graphOf(lines))
    expect(groups.map(({ symbols, dependencies }) => [symbols.length, dependencies.length])).to.deep.equal([
      [25_000, 25_000],
    ])
  })

  it('agrees with a plain walk on random graphs', () => {
    let seed = 12345
    const next = (below: number): number => {
      seed = (Math.imul(seed, 1103515245) + 12345) >>> 0
      return (seed >>> 8) % below
    }
    for (let round = 0; round < 200; round++) {
      const count = 1 + next(12)
      const nameOf = (n: number): string => (n < count ? `${n % 3 === 0 ? '_' : ''}b${n}` : `X${n - count}`)
      const lines = Array.from({ length: count }, (_, n) => {
        const targets = Array.from({ length: next(4) }, () => nameOf(next(count + 4)))
        return `${nameOf(n)} -> ${targets.join(' ')}`
      })
      expect(
        groupsOf(...lines)
          .slice()
          .sort(),
        lines.join('; '),
      ).to.deep.equal(plainWalk(lines))
    }
  })
})

function plainWalk(lines: readonly string[]): readonly string[] {
  const targets = new Map(lines.map((line) => [line.split(' ')[0] ?? '', line.split(' ').slice(2)]))
  const groups = new Map<string, string[]>()
  // In the order of the graph, which is the order of first mention.
  const mentioned = [...new Set(lines.flatMap((line) => line.split(' ').filter((word) => /^_?b/.test(word))))]
  for (const name of mentioned.filter((word) => !word.startsWith('_'))) {
    const seen = new Set([name])
    for (const at of seen) for (const target of targets.get(at) ?? []) if (target !== '') seen.add(target)
    const key = [...seen]
      .filter((word) => word.startsWith('X'))
      .sort()
      .join(' ')
    groups.set(key, [...(groups.get(key) ?? []), name])
  }
  return [...groups]
    .map(([key, names]) => `${names.join(' ')} -> ${key}`)
    .slice()
    .sort()
}
