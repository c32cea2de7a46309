// Relocations become edges. Which kind of edge depends on the relocation's type and, for three of the types, on the opcode
// right before the field: a relocated field is its instruction's first immediate, except the table number of a call_indirect,
// which is the second and is taken together with the first.
//
// The reader of the object has checked each relocation: its field is a padded LEB inside a function body, or a word inside a
// segment; fields ascend and do not overlap; what it names exists and is of a kind that its type allows.
//
// Sources: tool-conventions Linking.md, "Relocation Sections"; WebAssembly core specification, chapter 5.4
import type { SignatureCode } from '@worc/protocol'
import { instructionCode, paddedLeb32Bytes, relocationTable } from '@worc/wasm'
import type { Relocation } from '@worc/wasm'
import { hexadecimal } from '../edge-kinds.js'
import type { EdgeKind } from '../edge-kinds.js'
import { absolute, addEdge, addSymbol } from '../link-graph.js'
import type { Block, Symbol } from '../link-graph.js'
import type { BlockTable, WasmLinkGraph } from './build-link-graph.js'
import { wasmEdge } from './edge-table.js'
import { existing } from './existing.js'

const functionIndexLEB = typeNamed('R_WASM_FUNCTION_INDEX_LEB')
const typeIndexLEB = typeNamed('R_WASM_TYPE_INDEX_LEB')
const globalIndexLEB = typeNamed('R_WASM_GLOBAL_INDEX_LEB')
const tableNumberLEB = typeNamed('R_WASM_TABLE_NUMBER_LEB')

/** By relocation type: those whose edge does not depend on the instruction. */
const codeKinds = kindsByType({
  R_WASM_TAG_INDEX_LEB: wasmEdge.tagIndex,
  R_WASM_TABLE_INDEX_SLEB: wasmEdge.tableIndexSLEB,
  R_WASM_TABLE_INDEX_REL_SLEB: wasmEdge.tableIndexRelSLEB,
  R_WASM_MEMORY_ADDR_LEB: wasmEdge.memoryAddrLEB,
  R_WASM_MEMORY_ADDR_SLEB: wasmEdge.memoryAddrSLEB,
  R_WASM_MEMORY_ADDR_REL_SLEB: wasmEdge.memoryAddrRelSLEB,
  R_WASM_MEMORY_ADDR_TLS_SLEB: wasmEdge.memoryAddrTLSSLEB,
})
const dataKinds = kindsByType({
  R_WASM_TABLE_INDEX_I32: wasmEdge.tableIndexI32,
  R_WASM_MEMORY_ADDR_I32: wasmEdge.memoryAddrI32,
  R_WASM_MEMORY_ADDR_LOCREL_I32: wasmEdge.memoryAddrLocRelI32,
})

const call = instructionCode('call')
const returnCall = instructionCode('return_call')
const callIndirect = instructionCode('call_indirect')
const returnCallIndirect = instructionCode('return_call_indirect')
const globalGet = instructionCode('global.get')
const globalSet = instructionCode('global.set')
const blockInstructions: ReadonlySet<number> = new Set(['block', 'loop', 'if', 'try', 'try_table'].map(instructionCode))

/** The one table that objects of C and C++ share; ours are private, so code may call through it and do nothing else with it. */
const indirectFunctionTable = '__indirect_function_table'

interface Edges {
  readonly graph: WasmLinkGraph
  readonly blocks: BlockTable
  readonly codes: readonly SignatureCode[]
  /** By type index, made when first needed. */
  readonly typeSymbols: (Symbol | undefined)[]
}

/** Says what is wrong with the first relocation that cannot be followed. */
export function addEdges(
  graph: WasmLinkGraph,
  blocks: BlockTable,
  codes: readonly SignatureCode[],
): string | undefined {
  const edges: Edges = { graph, blocks, codes, typeSymbols: [] }
  return addCodeEdges(edges) ?? addDataEdges(edges)
}

function addCodeEdges(edges: Edges): string | undefined {
  const { functions, codeRelocations } = edges.graph.object
  let next = 0
  for (const [position, { bodyOffset, body }] of functions.entries()) {
    const block = existing(edges.blocks.functions[position], `function ${position}`)
    const endOffset = bodyOffset + body.length
    for (let relocation = codeRelocations[next]; relocation !== undefined; relocation = codeRelocations[next]) {
      if (relocation.offset >= endOffset) break
      const at = relocation.offset - bodyOffset
      const result = addCodeEdge(edges, block, body, at, relocation, codeRelocations[next + 1])
      if (typeof result === 'string') return `${describe(relocation)} of the code section: ${result}`
      next += result
    }
  }
  return undefined
}

function addDataEdges(edges: Edges): string | undefined {
  const { segments, dataRelocations } = edges.graph.object
  let next = 0
  for (const [position, { name, contentOffset, content }] of segments.entries()) {
    const block = existing(edges.blocks.segments[position], name)
    const endOffset = contentOffset + content.length
    for (let relocation = dataRelocations[next]; relocation !== undefined; relocation = dataRelocations[next]) {
      if (relocation.offset >= endOffset) break
      const kind = dataKinds[relocation.type]
      if (kind === undefined) return `${describe(relocation)} of the data section: not supported`
      addSymbolEdge(edges, block, kind, relocation.offset - contentOffset, relocation)
      next++
    }
  }
  return undefined
}

/** How many relocations the edge stands for, or what is wrong. */
function addCodeEdge(
  edges: Edges,
  block: Block,
  body: Uint8Array,
  at: number,
  relocation: Relocation,
  following: Relocation | undefined,
): number | string {
  const before = body[at - 1] ?? 0
  const kind = codeKinds[relocation.type]
  if (kind !== undefined) return addSymbolEdge(edges, block, kind, at, relocation)
  switch (relocation.type) {
    case functionIndexLEB:
      if (before === call) return addSymbolEdge(edges, block, wasmEdge.call, at, relocation)
      if (before === returnCall) return addSymbolEdge(edges, block, wasmEdge.returnCall, at, relocation)
      return unexpected(before)
    case typeIndexLEB:
      if (blockInstructions.has(before)) return addTypeEdge(edges, block, wasmEdge.blockType, at, relocation)
      return addIndirectCall(edges, block, body, at, relocation, following)
    case globalIndexLEB:
      return addGlobalEdge(edges, block, before, at, relocation)
    case tableNumberLEB:
      return 'tables can be called through, not accessed'
    default:
      return 'not supported'
  }
}

/** call_indirect names its table in one byte (0, older objects) or in a padded LEB with a relocation of its own. */
function addIndirectCall(
  edges: Edges,
  block: Block,
  body: Uint8Array,
  at: number,
  relocation: Relocation,
  following: Relocation | undefined,
): number | string {
  const before = body[at - 1] ?? 0
  if (before !== callIndirect && before !== returnCallIndirect) return unexpected(before)
  const returns = before === returnCallIndirect
  if (following?.type === tableNumberLEB && following.offset === relocation.offset + paddedLeb32Bytes) {
    const table = edges.graph.symbols[following.index]?.name ?? ''
    if (table !== indirectFunctionTable) return `it calls through table "${table}"`
    addTypeEdge(edges, block, returns ? wasmEdge.returnCallIndirectWide : wasmEdge.callIndirectWide, at, relocation)
    return 2
  }
  if (body[at + paddedLeb32Bytes] !== 0) return 'it calls through a table other than 0'
  return addTypeEdge(edges, block, returns ? wasmEdge.returnCallIndirect : wasmEdge.callIndirect, at, relocation)
}

/** Position-independent code reads the addresses of functions and data from globals, "GOT entries". */
function addGlobalEdge(
  edges: Edges,
  block: Block,
  before: number,
  at: number,
  relocation: Relocation,
): number | string {
  if (before !== globalGet && before !== globalSet) return unexpected(before)
  const symbol = edges.graph.object.symbols[relocation.index]
  if (symbol?.kind !== 'global') {
    if (before === globalSet) return `it changes the address of "${symbol?.name ?? ''}"`
    return addSymbolEdge(edges, block, wasmEdge.gotGlobal, at, relocation)
  }
  const moves = before === globalSet && symbol.name === '__stack_pointer'
  return addSymbolEdge(edges, block, moves ? wasmEdge.stackPointerSet : wasmEdge.globalIndex, at, relocation)
}

function addSymbolEdge({ graph }: Edges, block: Block, kind: EdgeKind, at: number, relocation: Relocation): number {
  const target = existing(graph.symbols[relocation.index], `symbol ${relocation.index}`)
  addEdge(block, kind, at, target, relocation.addend)
  return 1
}

function addTypeEdge(edges: Edges, block: Block, kind: EdgeKind, at: number, relocation: Relocation): number {
  addEdge(block, kind, at, typeSymbol(edges, relocation.index), 0)
  return 1
}

function typeSymbol({ graph, codes, typeSymbols }: Edges, index: number): Symbol {
  const known = typeSymbols[index]
  if (known !== undefined) return known
  const signature = existing(codes[index], `type ${index}`)
  return (typeSymbols[index] = addSymbol(graph, signature, absolute(index), { scope: 'local', signature }))
}

function typeNamed(name: string): number {
  return relocationTable.findIndex((row) => row.name === name)
}

function kindsByType(kinds: Readonly<Record<string, EdgeKind>>): readonly (EdgeKind | undefined)[] {
  return relocationTable.map((row) => kinds[row.name])
}

function describe(relocation: Relocation): string {
  return `${relocationTable[relocation.type]?.name ?? relocation.type} at ${hexadecimal(relocation.offset)}`
}

function unexpected(before: number): string {
  return `opcode ${hexadecimal(before)} before the field is not supported`
}
