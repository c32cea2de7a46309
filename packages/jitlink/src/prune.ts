// Dead strip. Symbols marked live are the roots; what their blocks' edges reach, stays; every other block goes, and with it
// the symbols that pointed into it and the externals that nothing mentions any more.
//
// Source: prune and pruneAllExternals in llvm/lib/ExecutionEngine/JITLink/JITLinkGeneric.cpp
import { isBlock } from './link-graph.js'
import type { Addressable, Block, LinkGraph } from './link-graph.js'

/** Afterwards each symbol of the graph is live, and each block is reached by one of them. */
export function prune(graph: LinkGraph): void {
  const unvisited: Block[] = []
  for (const symbol of graph.symbols) if (symbol.live) reach(symbol.base, unvisited)
  for (let block = unvisited.pop(); block !== undefined; block = unvisited.pop()) {
    for (const edge of block.edges) {
      edge.target.live = true
      reach(edge.target.base, unvisited)
    }
  }
  for (const section of graph.sections) section.blocks = section.blocks.filter((block) => block.live)
  graph.sections = graph.sections.filter((section) => section.blocks.length > 0)
  graph.symbols = graph.symbols.filter((symbol) => symbol.live)
}

function reach(base: Addressable, unvisited: Block[]): void {
  if (!isBlock(base) || base.live) return
  base.live = true
  unvisited.push(base)
}
