// The functions of an object that others reach through stubs. What defines such a function here is called by a name of its own,
// the body's; the function's name stands for the stub, wherever that is. So a function has one address, whoever takes it, and a
// weak one is whichever prevails.
//
//   within the object       call of a strong one     → the body, directly
//                           call of a weak one       → the name: the stub, or another unit's definition
//                           address                  → the name
import { keepAlive } from '../edge-kinds.js'
import { addSymbol, external, isBlock } from '../link-graph.js'
import type { Symbol } from '../link-graph.js'
import type { WasmLinkGraph } from './build-link-graph.js'
import { wasmEdge } from './edge-table.js'

/** `bodies` is by the function's name. Before `prune`. */
export function nameBodies(graph: WasmLinkGraph, bodies: ReadonlyMap<string, string>): void {
  const outside = new Map<Symbol, Symbol>()
  for (const symbol of graph.symbols.slice()) {
    const { name, base, callable, signature, sizeBytes, scope } = symbol
    const body = bodies.get(name)
    if (body === undefined || !callable || scope === 'local' || !isBlock(base)) continue
    // It keeps its name for backtraces, and its callers here.
    symbol.scope = 'local'
    addSymbol(graph, body, base, { callable, signature, sizeBytes, live: true })
    outside.set(symbol, addSymbol(graph, name, external(), { callable, signature }))
  }
  for (const section of graph.sections) {
    for (const { edges } of section.blocks) {
      for (const [position, edge] of edges.entries()) {
        const target = outside.get(edge.target)
        if (target !== undefined && leadsOutside(edge.kind, edge.target)) edges[position] = { ...edge, target }
      }
    }
  }
}

function leadsOutside(kind: number, { linkage }: Symbol): boolean {
  switch (kind) {
    case keepAlive:
      return false
    case wasmEdge.call:
    case wasmEdge.returnCall:
      return linkage === 'weak'
    default:
      return true
  }
}
