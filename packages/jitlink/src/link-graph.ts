// The linker's picture of one object, whatever format it came in: sections of blocks, symbols that point into blocks or
// away from the graph, and edges that say where a block's bytes depend on a symbol's address.
//
//   Section ──► Block ──► Edge { kind, offset, addend } ──► Symbol ──► Addressable (a block, something external, a number)
//
// A symbol's address is its base's plus its offset, so resolving an external and placing a block are the same act: setting
// `address`. Ordinals number symbols and blocks from 0 in the order they were added and are never reused, so that a pass can
// keep what it finds in typed arrays beside the graph. The graph belongs to one link and is changed by its passes.
//
// Source: llvm/include/llvm/ExecutionEngine/JITLink/JITLink.h
import type { SignatureCode } from '@worc/protocol'
import type { Architecture, EdgeKind } from './edge-kinds.js'

/** What is both written and executed is code that changes itself. */
export type Protection = 'read' | 'read-write' | 'read-execute' | 'read-write-execute'
/** 'standard' lives as long as the unit, 'finalize' until it is in place, 'no-alloc' is never given memory. Source: MemLifetime. */
export type Lifetime = 'standard' | 'finalize' | 'no-alloc'
export type Linkage = 'strong' | 'weak'
export type Scope = 'default' | 'hidden' | 'local'

export interface LinkGraph {
  readonly name: string
  readonly architecture: Architecture
  sections: Section[]
  symbols: Symbol[]
  /** How many ordinals were given out; pruning does not lower them. */
  blockCount: number
  symbolCount: number
}

export interface Section {
  readonly name: string
  readonly protection: Protection
  readonly lifetime: Lifetime
  /** Addresses of its blocks are offsets from the base of each thread's own copy. */
  readonly threadLocal: boolean
  blocks: Block[]
}

export type Addressable = Block | External | Absolute
export type Block = ContentBlock | ZeroFillBlock

interface BlockBase {
  readonly ordinal: number
  readonly section: Section
  readonly sizeBytes: number
  /** A power of two. */
  readonly alignmentBytes: number
  /** Sorted by offset. */
  readonly edges: Edge[]
  address: number
  live: boolean
}

/** The content is the object's own bytes: fixups are applied to a copy. */
export interface ContentBlock extends BlockBase {
  readonly kind: 'content'
  readonly content: Uint8Array
}

export interface ZeroFillBlock extends BlockBase {
  readonly kind: 'zero-fill'
}

/** Something that another unit, or the host, defines. The resolver sets both fields; a weak one that nobody defines stays 0. */
export interface External {
  readonly kind: 'external'
  address: number
  threadLocal: boolean
}

export interface Absolute {
  readonly kind: 'absolute'
  readonly address: number
}

export interface Symbol {
  readonly ordinal: number
  /** Empty for an anonymous symbol. */
  readonly name: string
  base: Addressable
  offset: number
  /** Changed only where the code in it is made shorter. */
  sizeBytes: number
  /** Of an external: 'weak' if it may stay undefined. */
  linkage: Linkage
  scope: Scope
  readonly callable: boolean
  /** Where the format has signatures: ELF carries none. */
  readonly signature: SignatureCode | undefined
  /** Must stay, and keeps what it reaches. */
  live: boolean
}

export interface Edge {
  readonly kind: EdgeKind
  /** Bytes from the start of the block to the first byte that the fixup writes. */
  readonly offset: number
  readonly target: Symbol
  readonly addend: number
}

/** What a new symbol may say; the rest is strong, default, not callable, not live. */
export type SymbolTraits = Partial<
  Pick<Symbol, 'sizeBytes' | 'linkage' | 'scope' | 'callable' | 'signature' | 'live'>
> & { readonly offset?: number }

export function isExecutable({ protection }: Section): boolean {
  return protection === 'read-execute' || protection === 'read-write-execute'
}

export function createLinkGraph(name: string, architecture: Architecture): LinkGraph {
  return { name, architecture, sections: [], symbols: [], blockCount: 0, symbolCount: 0 }
}

export function addSection(
  graph: LinkGraph,
  name: string,
  protection: Protection,
  threadLocal = false,
  lifetime: Lifetime = 'standard',
): Section {
  const section: Section = { name, protection, lifetime, threadLocal, blocks: [] }
  graph.sections.push(section)
  return section
}

export function addContentBlock(
  graph: LinkGraph,
  section: Section,
  content: Uint8Array,
  alignmentBytes: number,
): ContentBlock {
  const block: ContentBlock = {
    kind: 'content',
    ordinal: graph.blockCount++,
    section,
    sizeBytes: content.length,
    alignmentBytes,
    edges: [],
    address: 0,
    live: false,
    content,
  }
  section.blocks.push(block)
  return block
}

export function addZeroFillBlock(
  graph: LinkGraph,
  section: Section,
  sizeBytes: number,
  alignmentBytes: number,
): ZeroFillBlock {
  const block: ZeroFillBlock = {
    kind: 'zero-fill',
    ordinal: graph.blockCount++,
    section,
    sizeBytes,
    alignmentBytes,
    edges: [],
    address: 0,
    live: false,
  }
  section.blocks.push(block)
  return block
}

export function addSymbol(graph: LinkGraph, name: string, base: Addressable, traits: SymbolTraits): Symbol {
  const symbol: Symbol = {
    ordinal: graph.symbolCount++,
    name,
    base,
    offset: traits.offset ?? 0,
    sizeBytes: traits.sizeBytes ?? 0,
    linkage: traits.linkage ?? 'strong',
    scope: traits.scope ?? 'default',
    callable: traits.callable ?? false,
    signature: traits.signature,
    live: traits.live ?? false,
  }
  graph.symbols.push(symbol)
  return symbol
}

export function external(threadLocal = false): External {
  return { kind: 'external', address: 0, threadLocal }
}

export function absolute(address: number): Absolute {
  return { kind: 'absolute', address }
}

export function addEdge(block: Block, kind: EdgeKind, offset: number, target: Symbol, addend: number): void {
  block.edges.push({ kind, offset, target, addend })
}

export function isBlock(base: Addressable): base is Block {
  return base.kind === 'content' || base.kind === 'zero-fill'
}

export function isThreadLocal(base: Addressable): boolean {
  if (base.kind === 'absolute') return false
  return base.kind === 'external' ? base.threadLocal : base.section.threadLocal
}

export function symbolAddress(symbol: Symbol): number {
  return symbol.base.address + symbol.offset
}
