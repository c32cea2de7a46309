// The functions of an object that others reach through stubs. What defines such a function here is called by a name of its own,
// the body's; the function's name stands for the stub, wherever that is. Calls within the object stay direct; an address is the
// stub's, so that a function has one, whoever takes it.
import type { EdgeKind } from './edge-kinds.js'
import { addSymbol, external, isBlock } from './link-graph.js'
import type { LinkGraph, Symbol } from './link-graph.js'
import { riscvEdge } from './riscv/edge-table.js'
import { wasmEdge } from './wasm/edge-table.js'

/** Kinds of edges to functions. Any other is about where the code lies, not about what the function's address is. */
const addressEdges: Readonly<Record<'wasm' | 'riscv', ReadonlySet<EdgeKind>>> = {
  wasm: new Set(Object.values(wasmEdge).filter((kind) => kind !== wasmEdge.call && kind !== wasmEdge.returnCall)),
  riscv: new Set([
    riscvEdge.absolute32,
    riscvEdge.absolute64,
    riscvEdge.hi20,
    riscvEdge.lo12I,
    riscvEdge.lo12S,
    riscvEdge.pcrelHi20,
    riscvEdge.pcrel32,
    riscvEdge.gotHi20,
    riscvEdge.gotPcrel32,
    riscvEdge.plt32,
    riscvEdge.rvcLui,
  ]),
}

/** `bodies` is by the function's name. Before `prune`. */
export function nameBodies(
  graph: LinkGraph,
  bodies: ReadonlyMap<string, string>,
  code: keyof typeof addressEdges,
): void {
  const outside = new Map<Symbol, Symbol>()
  const takesAddress = addressEdges[code]
  for (const symbol of graph.symbols.slice()) {
    const { name, base, offset, callable, signature, sizeBytes, scope } = symbol
    const body = bodies.get(name)
    if (body === undefined || !callable || scope === 'local' || !isBlock(base)) continue
    // It keeps its name for backtraces, and its callers here.
    symbol.scope = 'local'
    addSymbol(graph, body, base, { offset, callable, signature, sizeBytes, live: true })
    outside.set(symbol, addSymbol(graph, name, external(), { callable, signature }))
  }
  for (const section of graph.sections) {
    for (const { edges } of section.blocks) {
      for (const [position, edge] of edges.entries()) {
        const target = outside.get(edge.target)
        if (target !== undefined && takesAddress.has(edge.kind)) edges[position] = { ...edge, target }
      }
    }
  }
}
