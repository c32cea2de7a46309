// The functions of an object that others reach through stubs. What defines such a function here is called by a name of its own,
// the body's; the function's name stands for the stub, wherever that is. Calls within the object stay direct; an address is the
// stub's, so that a function has one, whoever takes it.
import { keepAlive } from '../edge-kinds.js'
import type { EdgeKind } from '../edge-kinds.js'
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
        if (target !== undefined && takesAddress(edge.kind)) edges[position] = { ...edge, target }
      }
    }
  }
}

function takesAddress(kind: EdgeKind): boolean {
  return kind !== keepAlive && kind !== wasmEdge.call && kind !== wasmEdge.returnCall
}
