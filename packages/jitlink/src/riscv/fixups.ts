// Values go into the bytes: for each edge its row's expression is computed, and the row writes it. Everything has its address.
//
// A lower half names the place of its upper half, not the target: both must add up to one distance, which is counted from the
// upper half. So those are found by place.
//
// Source: applyFixup in llvm/lib/ExecutionEngine/JITLink/ELF_riscv.cpp; RISC-V ELF psABI, "PC-Relative Symbol Addresses"
import { plainError } from '@worc/protocol'
import type { JITErrorData } from '@worc/protocol'
import { applyFixup, hexadecimal, keepAlive } from '../edge-kinds.js'
import { isBlock, isThreadLocal, symbolAddress } from '../link-graph.js'
import type { Block, Edge, Symbol } from '../link-graph.js'
import type { ElfLinkGraph } from './build-elf-graph.js'
import { riscvEdge, riscvRow } from './edge-table.js'
import type { RiscvEdgeRow } from './edge-table.js'
import { placesIn } from './elf-layout.js'
import type { ElfRegion } from './elf-layout.js'
import { writeDifferenceAsLeb } from './uleb128.js'

/** By block, by offset: the edges that lower halves may point at. */
type UpperHalves = ReadonlyMap<Block, ReadonlyMap<number, Edge>>

export function findUpperHalves(graph: ElfLinkGraph): UpperHalves {
  const found = new Map<Block, Map<number, Edge>>()
  for (const { blocks } of graph.sections) {
    for (const block of blocks) {
      for (const edge of block.edges) {
        if (edge.kind !== riscvEdge.pcrelHi20 && edge.kind !== riscvEdge.tlsdescHi20) continue
        const known = found.get(block)
        if (known === undefined) found.set(block, new Map([[edge.offset, edge]]))
        else known.set(edge.offset, edge)
      }
    }
  }
  return found
}

/** The first edge that cannot be followed ends it. */
export function fixRegion(graph: ElfLinkGraph, upperHalves: UpperHalves, region: ElfRegion): JITErrorData | undefined {
  for (const [block, offsetBytes] of placesIn(region)) {
    if (block.kind !== 'content') continue
    const bytes = region.content.subarray(offsetBytes, offsetBytes + block.sizeBytes)
    const problem = fixBlock(graph, upperHalves, block, bytes)
    if (problem !== undefined) return problem
  }
  return undefined
}

function fixBlock(
  graph: ElfLinkGraph,
  upperHalves: UpperHalves,
  block: Block,
  bytes: Uint8Array,
): JITErrorData | undefined {
  for (const [index, edge] of block.edges.entries()) {
    if (edge.kind === keepAlive) continue
    const row = riscvRow(graph.architecture, edge.kind)
    const fixupAddress = block.address + edge.offset
    const refuse = (problem: string): JITErrorData =>
      plainError('BadObject', `${graph.name}: ${row.name} at ${hexadecimal(fixupAddress)}: ${problem}`)
    const misuse = misuseOf(row, edge.target)
    if (misuse !== undefined) return refuse(misuse)
    if (edge.kind === riscvEdge.setUleb128) {
      const problem = writeDifferenceAsLeb(bytes, edge, block.edges[index + 1])
      if (problem !== undefined) return refuse(problem)
    }
    if (row.expression === 'none') continue
    const place = row.expression === 'H' ? upperHalfOf(upperHalves, edge) : { edge, address: fixupAddress }
    if (place === undefined) return refuse(`no upper half at "${edge.target.name}"`)
    const value = valueAt(place.edge, riscvRow(graph.architecture, place.edge.kind), place.address)
    const target = symbolAddress(edge.target) + edge.addend
    const applied = applyFixup(row, edge, bytes, edge.offset, value, fixupAddress, target)
    if (!applied.ok) return applied.error
  }
  return undefined
}

function misuseOf({ threadLocal, expression }: RiscvEdgeRow, { name, base }: Symbol): string | undefined {
  if (isThreadLocal(base) === threadLocal || (expression === 'none' && !threadLocal)) return undefined
  return threadLocal
    ? `"${name}" is used as thread-local but all threads share it`
    : `"${name}" is thread-local but is used as data that all threads share`
}

interface Place {
  readonly edge: Edge
  readonly address: number
}

/** That of a thread-local descriptor and of a distance must not be taken for each other. */
function upperHalfOf(upperHalves: UpperHalves, { kind, target }: Edge): Place | undefined {
  if (!isBlock(target.base)) return undefined
  const edge = upperHalves.get(target.base)?.get(target.offset)
  const isDistance = kind === riscvEdge.pcrelLo12I || kind === riscvEdge.pcrelLo12S
  if (edge === undefined || (edge.kind === riscvEdge.pcrelHi20) !== isDistance) return undefined
  return { edge, address: symbolAddress(target) }
}

function valueAt({ target, addend }: Edge, { expression }: RiscvEdgeRow, place: number): number {
  const value = symbolAddress(target) + addend
  switch (expression) {
    case 'S + A':
    case 'V + S + A':
    case 'V - S - A':
      return value
    case 'S + A - P':
      return value - place
    case 'P - S + A':
      return place - symbolAddress(target) + addend
    case 'S + A - 0x800':
      return value - 0x800
    case 'H':
    case 'none':
      throw new Error(`an edge to "${target.name}" has no value of its own`)
  }
}
