// What each defined symbol waits for: the external names that its block reaches, directly or through other blocks of the
// graph, so that the session is told once, for the whole unit, which symbols become ready together.
//
// Blocks that reach each other form one component and have one answer (Tarjan's algorithm, with an explicit stack because
// call chains in objects are long). Components come out callees first, so each answer is the union of answers that are
// already there; answers are bit sets over the externals, shared where a component adds nothing to the one it reaches.
//
// Source: ORC's SymbolDependenceGroup (Core.h); registerDependencies in llvm/lib/ExecutionEngine/Orc/ObjectLinkingLayer.cpp
import { isBlock } from './link-graph.js'
import type { Block, LinkGraph, Symbol } from './link-graph.js'

export interface SymbolDependenceGroup {
  readonly symbols: readonly string[]
  /** Names of externals, weak ones included: whoever resolved them knows which exist. */
  readonly dependencies: readonly string[]
}

type BitSet = Uint32Array

/** 64 MiB of bit sets: a graph that would need more (some ten thousand blocks and externals) is one group that waits for all. */
const maximumWords = 1 << 24

/** Each named, non-local definition of a pruned graph is in exactly one group. Groups and names are in the order of the graph. */
export function dependenceGroups(graph: LinkGraph): readonly SymbolDependenceGroup[] {
  const externals = graph.symbols.filter((symbol) => symbol.base.kind === 'external')
  if (graph.blockCount * wordsFor(externals.length) > maximumWords) return oneGroup(graph, externals)
  const reached = reachedExternals(graph, numberExternals(graph), externals.length)
  const groups = new Map<string, { symbols: string[]; dependencies: readonly string[] }>()
  const keys = new Map<BitSet, string>()
  for (const symbol of graph.symbols) {
    if (!isBlock(symbol.base) || !isOffered(symbol)) continue
    const set = reached[symbol.base.ordinal] ?? new Uint32Array(0)
    const key = keys.get(set) ?? set.join()
    keys.set(set, key)
    const group = groups.get(key)
    if (group !== undefined) group.symbols.push(symbol.name)
    else groups.set(key, { symbols: [symbol.name], dependencies: namesIn(set, externals) })
  }
  return [...groups.values()]
}

function isOffered({ name, base, scope }: Symbol): boolean {
  return isBlock(base) && scope !== 'local' && name !== ''
}

function oneGroup(graph: LinkGraph, externals: readonly Symbol[]): readonly SymbolDependenceGroup[] {
  const symbols = graph.symbols.filter(isOffered).map(({ name }) => name)
  return symbols.length === 0 ? [] : [{ symbols, dependencies: externals.map(({ name }) => name) }]
}

function wordsFor(bitCount: number): number {
  return (bitCount + 31) >>> 5
}

function namesIn(set: BitSet, externals: readonly Symbol[]): readonly string[] {
  return externals.filter((_, position) => contains(set, position)).map((symbol) => symbol.name)
}

/** By symbol ordinal: the external's position among the externals, or -1. */
function numberExternals(graph: LinkGraph): Int32Array {
  const positions = new Int32Array(graph.symbolCount).fill(-1)
  let next = 0
  for (const symbol of graph.symbols) if (symbol.base.kind === 'external') positions[symbol.ordinal] = next++
  return positions
}

/** By block ordinal. */
function reachedExternals(graph: LinkGraph, positions: Int32Array, externalCount: number): (BitSet | undefined)[] {
  const answers: (BitSet | undefined)[] = new Array<undefined>(graph.blockCount).fill(undefined)
  const wordCount = wordsFor(externalCount)
  for (const component of components(graph)) {
    const answer = union(component, answers, positions, wordCount)
    for (const block of component) answers[block.ordinal] = answer
  }
  return answers
}

function union(
  component: readonly Block[],
  answers: readonly (BitSet | undefined)[],
  positions: Int32Array,
  wordCount: number,
): BitSet {
  let shared: BitSet | undefined
  let own: BitSet | undefined
  for (const block of component) {
    for (const { target } of block.edges) {
      const position = positions[target.ordinal] ?? -1
      if (position >= 0) {
        own ??= shared?.slice() ?? new Uint32Array(wordCount)
        insert(own, position)
      } else if (isBlock(target.base)) {
        const callee = answers[target.base.ordinal]
        if (callee === undefined || callee === shared) continue
        if (own === undefined && shared === undefined) shared = callee
        else insertAll((own ??= shared?.slice() ?? new Uint32Array(wordCount)), callee)
      }
    }
  }
  return own ?? shared ?? new Uint32Array(wordCount)
}

function contains(set: BitSet, position: number): boolean {
  return (((set[position >>> 5] ?? 0) >>> (position & 31)) & 1) === 1
}

function insert(set: BitSet, position: number): void {
  set[position >>> 5] = (set[position >>> 5] ?? 0) | (1 << (position & 31))
}

function insertAll(set: BitSet, other: BitSet): void {
  for (let word = 0; word < set.length; word++) set[word] = (set[word] ?? 0) | (other[word] ?? 0)
}

/** A block on the path that is being walked, and the edge to look at next. */
interface Visit {
  readonly block: Block
  nextEdge: number
}

/** Strongly connected components, each after those it reaches. */
function* components(graph: LinkGraph): Generator<readonly Block[]> {
  const order = new Int32Array(graph.blockCount)
  const low = new Int32Array(graph.blockCount)
  const open: Block[] = []
  const isOpen = new Uint8Array(graph.blockCount)
  let lastOrder = 0

  function enter(block: Block): Visit {
    order[block.ordinal] = low[block.ordinal] = ++lastOrder
    isOpen[block.ordinal] = 1
    open.push(block)
    return { block, nextEdge: 0 }
  }

  function lower(block: Block, to: number | undefined): void {
    if (to !== undefined && to < (low[block.ordinal] ?? 0)) low[block.ordinal] = to
  }

  function close(block: Block): readonly Block[] {
    const component = open.splice(open.lastIndexOf(block))
    for (const member of component) isOpen[member.ordinal] = 0
    return component
  }

  for (const section of graph.sections) {
    for (const root of section.blocks) {
      if (order[root.ordinal] !== 0) continue
      const path = [enter(root)]
      for (let visit = path.at(-1); visit !== undefined; visit = path.at(-1)) {
        const { block } = visit
        const edge = block.edges[visit.nextEdge++]
        if (edge === undefined) {
          path.pop()
          const parent = path.at(-1)
          if (parent !== undefined) lower(parent.block, low[block.ordinal])
          if (low[block.ordinal] === order[block.ordinal]) yield close(block)
        } else if (isBlock(edge.target.base)) {
          const callee = edge.target.base
          if (order[callee.ordinal] === 0) path.push(enter(callee))
          else if (isOpen[callee.ordinal] === 1) lower(block, order[callee.ordinal])
        }
      }
    }
  }
}
