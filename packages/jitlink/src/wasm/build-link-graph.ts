// A wasm object as a LinkGraph: a block for each function (its locals and code) and each data segment, a symbol for each entry
// of the symbol table. What has no address of its own (globals, tags, types) becomes an absolute symbol whose number is its
// index in the object, so that an edge always has a symbol at its end.
//
// clang marks every global symbol for wasm32 hidden, because it expects a static link; here hidden symbols are seen by other
// units like any others.
//
// Sources: tool-conventions Linking.md; buildGraph in llvm/lib/ExecutionEngine/JITLink/ELFLinkGraphBuilder.h
import { failure, plainError, signatureCode, success } from '@worc/protocol'
import type { Expected, JITErrorData, SignatureCode } from '@worc/protocol'
import type { Import, ImportDescription, ObjectFile, ObjectSymbol } from '@worc/wasm'
import {
  absolute,
  addContentBlock,
  addSection,
  addSymbol,
  addZeroFillBlock,
  createLinkGraph,
  external,
  isBlock,
} from '../link-graph.js'
import type { Addressable, Block, LinkGraph, Section, Symbol } from '../link-graph.js'
import { addEdges } from './edges-of-relocations.js'
import { wasmArchitecture } from './edge-table.js'
import { existing } from './existing.js'
import { defineLinkerSymbols } from './linker-symbols.js'

export interface WasmLinkGraph extends LinkGraph {
  readonly object: ObjectFile
  /** Functions, one block each, in the object's order: prune may leave it empty. */
  readonly text: Section
  /** Functions that JavaScript provides under an explicit import module: blocks without bytes. */
  readonly hostImports: Section
  /** By block ordinal, for the blocks of `hostImports`. */
  readonly importOf: ReadonlyMap<number, Import>
  /** By block ordinal, for the blocks of `text` and `hostImports`. The object's functions have its first ordinals, in order. */
  readonly functionSignatures: SignatureCode[]
  readonly initializers: readonly { readonly priority: number; readonly symbol: Symbol }[]
}

export interface BuildOptions {
  readonly name?: string
  /** The non-local definitions that count; any other is taken from where it prevails, as an external. Default: all count. */
  readonly responsibleFor?: ReadonlySet<string>
}

/** The blocks of an object by the object's own numbers. */
export interface BlockTable {
  readonly functions: readonly Block[]
  readonly segments: readonly Block[]
}

/** BadObject if a relocation does not fit the instruction or the symbol it names. The object's bytes are referred to, not copied. */
export function buildLinkGraph(object: ObjectFile, options: BuildOptions = {}): Expected<WasmLinkGraph> {
  const codes = object.types.map((type) => signatureCode(type.parameters, type.results))
  const base = createLinkGraph(options.name ?? 'object', wasmArchitecture)
  const importOf = new Map<number, Import>()
  const initializers: WasmLinkGraph['initializers'][number][] = []
  const graph: WasmLinkGraph = Object.assign(base, {
    object,
    text: addSection(base, '.text', 'read-execute'),
    hostImports: addSection(base, 'host imports', 'read-execute', false, 'no-alloc'),
    importOf,
    functionSignatures: object.functions.map(({ typeIndex }) => existing(codes[typeIndex], `type ${typeIndex}`)),
    initializers,
  })
  const blocks: BlockTable = {
    functions: object.functions.map((body) => addContentBlock(graph, graph.text, body.body, 1)),
    segments: addSegments(graph, object),
  }
  const builder: Builder = { graph, object, blocks, importOf, codes, ...importsByKind(object), options }
  for (const symbol of object.symbols) addObjectSymbol(builder, symbol)
  const losing = losingBlocks(builder)
  markRetained(builder, losing)
  for (const initializer of findInitializers(builder, losing)) initializers.push(initializer)
  defineLinkerSymbols(graph)
  const problem = addEdges(graph, blocks, codes)
  return problem === undefined ? success(graph) : failure(inGraph(graph, problem))
}

function inGraph(graph: LinkGraph, problem: string): JITErrorData {
  return plainError('BadObject', `${graph.name}: ${problem}`)
}

interface Builder {
  readonly graph: WasmLinkGraph
  readonly object: ObjectFile
  readonly blocks: BlockTable
  readonly importOf: Map<number, Import>
  readonly codes: readonly SignatureCode[]
  readonly functionImports: readonly ImportOf<'function'>[]
  readonly tagImports: readonly ImportOf<'tag'>[]
  readonly options: BuildOptions
}

type ImportOf<Kind extends ImportDescription['kind']> = Import & {
  readonly description: ImportDescription & { readonly kind: Kind }
}

function importsByKind(object: ObjectFile): Pick<Builder, 'functionImports' | 'tagImports'> {
  return {
    functionImports: object.imports.filter((entry) => entry.description.kind === 'function') as ImportOf<'function'>[],
    tagImports: object.imports.filter((entry) => entry.description.kind === 'tag') as ImportOf<'tag'>[],
  }
}

/** Segments of one section stay in the object's order, so that `__start_` and `__stop_` of a named section enclose an array. */
function addSegments(graph: LinkGraph, object: ObjectFile): Block[] {
  const sections = new Map<string, Section>()
  return object.segments.map((segment) => {
    const threadLocal = segment.flags.threadLocal || /^\.t(data|bss)/.test(segment.name)
    const zeroFill = /^\.t?bss/.test(segment.name) && isZero(segment.content)
    const name = sectionName(segment.name, threadLocal, zeroFill)
    let section = sections.get(name)
    if (section === undefined) {
      section = addSection(graph, name, name === '.rodata' ? 'read' : 'read-write', threadLocal)
      sections.set(name, section)
    }
    const alignmentBytes = 2 ** segment.alignmentLog2
    if (zeroFill) return addZeroFillBlock(graph, section, segment.content.length, alignmentBytes)
    return addContentBlock(graph, section, segment.content, alignmentBytes)
  })
}

function sectionName(segment: string, threadLocal: boolean, zeroFill: boolean): string {
  if (threadLocal) return zeroFill ? '.tbss' : '.tdata'
  if (zeroFill) return '.bss'
  if (segment.startsWith('.rodata')) return '.rodata'
  return segment.startsWith('.') ? '.data' : segment
}

function isZero(content: Uint8Array): boolean {
  for (let at = 0; at < content.length; at++) if (content[at] !== 0) return false
  return true
}

function addObjectSymbol(builder: Builder, symbol: ObjectSymbol): Symbol {
  const { binding, undefined: isUndefined, noStrip, exported } = symbol.flags
  const { base, offset, sizeBytes } = placeOf(builder, symbol)
  const isExternal = base.kind === 'external'
  const isAddressable = symbol.kind === 'function' || symbol.kind === 'data'
  const isOffered = isAddressable && binding !== 'local' && isUndefined === isExternal
  return addSymbol(builder.graph, symbol.name, base, {
    offset,
    sizeBytes,
    // A weak definition that loses to another leaves a reference that must be met.
    linkage: binding === 'weak' && isUndefined === isExternal ? 'weak' : 'strong',
    scope: isOffered || isExternal ? 'default' : 'local',
    callable: symbol.kind === 'function',
    signature: signatureOf(builder, symbol),
    live: !isUndefined && !isExternal && (isOffered || (isAddressable && (noStrip || exported))),
  })
}

interface Place {
  readonly base: Addressable
  readonly offset: number
  readonly sizeBytes: number
}

/** External: what the object does not define, and what it defines without being responsible for it. */
function placeOf(builder: Builder, symbol: ObjectSymbol): Place {
  if (symbol.kind === 'function') return placeFunction(builder, symbol.index, symbol)
  if (symbol.kind !== 'data') return { base: absolute(indexOf(symbol)), offset: 0, sizeBytes: 0 }
  const { place, flags, name } = symbol
  if (place === undefined || !countsHere(builder, symbol)) return elsewhere(flags.threadLocal)
  if (flags.absolute) return { base: absolute(place.offset), offset: 0, sizeBytes: place.size }
  const block = existing(builder.blocks.segments[place.segment], name)
  return { base: block, offset: place.offset, sizeBytes: place.size }
}

function placeFunction(builder: Builder, index: number, symbol: ObjectSymbol): Place {
  const block = symbol.flags.undefined
    ? addHostImport(builder, index)
    : existing(builder.blocks.functions[index - builder.functionImports.length], symbol.name)
  if (block === undefined || !countsHere(builder, symbol)) return elsewhere(false)
  return { base: block, offset: 0, sizeBytes: block.sizeBytes }
}

function countsHere({ options }: Builder, { name, flags }: ObjectSymbol): boolean {
  if (options.responsibleFor === undefined || flags.undefined || flags.binding === 'local') return true
  return options.responsibleFor.has(name)
}

function elsewhere(threadLocal: boolean): Place {
  return { base: external(threadLocal), offset: 0, sizeBytes: 0 }
}

function indexOf(symbol: ObjectSymbol): number {
  if (symbol.kind === 'data') return 0
  return symbol.kind === 'section' ? symbol.section : symbol.index
}

function signatureOf(builder: Builder, symbol: ObjectSymbol): SignatureCode | undefined {
  if (symbol.kind !== 'function' && symbol.kind !== 'tag') return undefined
  const imports = symbol.kind === 'function' ? builder.functionImports : builder.tagImports
  const definitions = symbol.kind === 'function' ? builder.object.functions : builder.object.tags
  const typeIndex =
    imports[symbol.index]?.description.typeIndex ?? definitions[symbol.index - imports.length]?.typeIndex
  return builder.codes[typeIndex ?? -1]
}

/** Modules other than "env" are named by an attribute in the source, or by WASI: the function is JavaScript's, not another unit's. */
function addHostImport({ graph, importOf, functionImports, codes }: Builder, index: number): Block | undefined {
  const entry = functionImports[index]
  if (entry === undefined || entry.module === 'env') return undefined
  const block = addZeroFillBlock(graph, graph.hostImports, 0, 1)
  importOf.set(block.ordinal, entry)
  graph.functionSignatures[block.ordinal] = existing(codes[entry.description.typeIndex], `type of "${entry.field}"`)
  return block
}

/** Blocks of COMDAT groups that another unit's group prevails over: none of the group's symbols counts here. */
function losingBlocks({ graph, object, blocks, functionImports, options }: Builder): ReadonlySet<Block> {
  const losing = new Set<Block>()
  if (options.responsibleFor === undefined || object.comdats.length === 0) return losing
  const winning = new Set<Addressable>()
  for (const symbol of graph.symbols) if (symbol.scope !== 'local' && isBlock(symbol.base)) winning.add(symbol.base)
  for (const comdat of object.comdats) {
    const members = comdat.entries.flatMap(({ kind, index }) => {
      if (kind === 'section') return []
      return existing(
        kind === 'data' ? blocks.segments[index] : blocks.functions[index - functionImports.length],
        comdat.name,
      )
    })
    if (members.some((block) => winning.has(block))) continue
    for (const block of members) losing.add(block)
  }
  return losing
}

/** Segments that the source asks to keep although nothing refers to them. */
function markRetained({ graph, object, blocks }: Builder, losing: ReadonlySet<Block>): void {
  for (const [index, segment] of object.segments.entries()) {
    const block = existing(blocks.segments[index], segment.name)
    if (segment.flags.retain && !losing.has(block)) addSymbol(graph, '', block, { scope: 'local', live: true })
  }
}

/** In the order they run in: by priority, then as the object has them. Those of losing groups run where the group prevails. */
function findInitializers({ graph, object }: Builder, losing: ReadonlySet<Block>): WasmLinkGraph['initializers'] {
  const initializers = object.initFunctions.flatMap(({ priority, symbol: index }) => {
    const symbol = existing(graph.symbols[index], `init function ${index}`)
    if (!isBlock(symbol.base) || losing.has(symbol.base)) return []
    symbol.live = true
    return { priority, symbol }
  })
  return initializers.sort((one, other) => one.priority - other.priority)
}
