// What a pruned graph asks of the world before it can be linked: room for its data, slots for its function pointers, the
// addresses of what it does not define. Nothing has an address yet; the graph is not changed.
//
// Functions that others may reach get an index: the non-local ones, those whose address is taken, the initializers. A function
// has one index however many names it has. The PLT holds the external functions that are called; both lie in the unit's
// private table, PLT first.
import { failure, plainError, success } from '@worc/protocol'
import type { Expected, ExportedFunction, SignatureCode } from '@worc/protocol'
import { layoutBlocks } from '../block-layout.js'
import type { BlockLayout } from '../block-layout.js'
import { isBlock } from '../link-graph.js'
import type { Block, Section, Symbol } from '../link-graph.js'
import type { WasmLinkGraph } from './build-link-graph.js'
import { surveyUsage } from './usage.js'
import type { Usage } from './usage.js'

export interface LayoutRequest {
  readonly dataSizeBytes: number
  readonly dataAlignmentBytes: number
  readonly threadLocalSizeBytes: number
  readonly threadLocalAlignmentBytes: number
  /** By function index. The signature is the definition's: whoever binds a caller to it compares. */
  readonly functions: readonly ExportedFunction[]
  /** Indexes of the functions that need a slot because their address is taken. */
  readonly addressTaken: readonly number[]
  /** By slot of the private table. */
  readonly plt: readonly PLTRequest[]
  /** Each name once for each use that needs an address before the unit can be linked. */
  readonly externals: readonly ExternalRequest[]
  /** Signatures that the unit calls function pointers with: it imports the dispatcher of each. */
  readonly dispatchers: readonly SignatureCode[]
}

/** `signature` is what the callers here expect. A weak one may stay undefined: calling it fails then, linking does not. */
export interface PLTRequest {
  readonly name: string
  readonly signature: SignatureCode
  readonly weak: boolean
}

/** 'function' asks for the slot of a function whose address is taken here. */
export type ExternalRequest =
  | { readonly kind: 'data' | 'thread-local'; readonly name: string; readonly weak: boolean }
  | { readonly kind: 'function'; readonly name: string; readonly weak: boolean; readonly signature: SignatureCode }

/** The request, and what the later passes need to know of how it was made. Holds as long as the graph is not pruned again. */
export interface Layout extends LayoutRequest {
  readonly graph: WasmLinkGraph
  readonly usage: Usage
  readonly data: RegionLayout
  readonly threadLocal: RegionLayout
  /** Parallel to `functions`. */
  readonly functionBlocks: readonly Block[]
  /** By block ordinal: index among `functions`, or -1. */
  readonly functionIndexes: Int32Array
  /** Parallel to `externals`. */
  readonly externalSymbols: readonly Symbol[]
}

/** A run of blocks: those with content first, then those that are only zeros. */
export interface RegionLayout extends BlockLayout {
  readonly blocks: readonly Block[]
  readonly contentSizeBytes: number
}

const addressSpaceBytes = 0x1_0000_0000

/** OutOfMemory if the unit alone is larger than the address space. */
export function layout(graph: WasmLinkGraph): Expected<Layout> {
  const usage = surveyUsage(graph)
  const memory = graph.sections.filter((section) => section.protection !== 'read-execute')
  const data = layoutRegion(memory.filter((section) => !section.threadLocal))
  const threadLocal = layoutRegion(memory.filter((section) => section.threadLocal))
  const largest = Math.max(data.sizeBytes, threadLocal.sizeBytes)
  if (largest > addressSpaceBytes) {
    const message = `${graph.name}: its data takes ${largest} bytes, an address space has ${addressSpaceBytes}`
    return failure(plainError('OutOfMemory', message))
  }
  const { requests, symbols } = requestExternals(usage)
  return success({
    dataSizeBytes: data.sizeBytes,
    dataAlignmentBytes: data.alignmentBytes,
    threadLocalSizeBytes: threadLocal.sizeBytes,
    threadLocalAlignmentBytes: threadLocal.alignmentBytes,
    ...indexFunctions(graph, usage),
    plt: usage.called.map((symbol) => ({
      name: symbol.name,
      signature: signatureOf(symbol),
      weak: symbol.linkage === 'weak',
    })),
    externals: requests,
    dispatchers: usage.dispatched.map(signatureOf),
    graph,
    usage,
    data,
    threadLocal,
    externalSymbols: symbols,
  })
}

/** A section keeps its blocks together; one without any content goes behind those that have some. */
function layoutRegion(sections: readonly Section[]): RegionLayout {
  const hasContent = (section: Section): boolean => section.blocks.some((block) => block.kind === 'content')
  const content = sections.filter(hasContent).flatMap((section) => section.blocks)
  const zeros = sections.filter((section) => !hasContent(section)).flatMap((section) => section.blocks)
  const blocks = [...content, ...zeros]
  const region = layoutBlocks(blocks)
  return { ...region, blocks, contentSizeBytes: layoutBlocks(content).sizeBytes }
}

function requestExternals(usage: Usage): { requests: readonly ExternalRequest[]; symbols: readonly Symbol[] } {
  const functions = usage.addressTaken.filter((symbol) => symbol.base.kind === 'external')
  const requests: ExternalRequest[] = []
  const weak = (symbol: Symbol): boolean => symbol.linkage === 'weak'
  for (const symbol of usage.data) requests.push({ kind: 'data', name: symbol.name, weak: weak(symbol) })
  for (const symbol of usage.threadLocal) requests.push({ kind: 'thread-local', name: symbol.name, weak: weak(symbol) })
  for (const symbol of functions) {
    requests.push({ kind: 'function', name: symbol.name, weak: weak(symbol), signature: signatureOf(symbol) })
  }
  return { requests, symbols: [...usage.data, ...usage.threadLocal, ...functions] }
}

type FunctionIndexes = Pick<Layout, 'functions' | 'functionBlocks' | 'functionIndexes' | 'addressTaken'>

function indexFunctions(graph: WasmLinkGraph, usage: Usage): FunctionIndexes {
  const functions: ExportedFunction[] = []
  const functionBlocks: Block[] = []
  const functionIndexes = new Int32Array(graph.blockCount).fill(-1)

  function indexOf(symbol: Symbol, block: Block): number {
    const known = functionIndexes[block.ordinal] ?? -1
    if (known >= 0) return known
    functionBlocks.push(block)
    functions.push([symbol.name, signatureOf(symbol)])
    return (functionIndexes[block.ordinal] = functions.length - 1)
  }

  for (const symbol of graph.symbols) {
    if (symbol.callable && symbol.scope !== 'local' && isBlock(symbol.base)) indexOf(symbol, symbol.base)
  }
  const addressTaken = new Set<number>()
  for (const symbol of usage.addressTaken) if (isBlock(symbol.base)) addressTaken.add(indexOf(symbol, symbol.base))
  for (const { symbol } of graph.initializers) if (isBlock(symbol.base)) indexOf(symbol, symbol.base)
  return { functions, functionBlocks, functionIndexes, addressTaken: [...addressTaken] }
}

/** Functions and types have one in wasm: the graph builder gave it. */
export function signatureOf(symbol: Symbol): SignatureCode {
  if (symbol.signature === undefined) throw new Error(`"${symbol.name}" has no signature`)
  return symbol.signature
}
