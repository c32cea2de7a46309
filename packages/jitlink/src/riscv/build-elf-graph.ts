// An ELF object as a LinkGraph: a block for each section that takes memory, a symbol for each entry of the symbol table that
// is in one of them or is to be found elsewhere. Dead strip is therefore as fine as the compiler's sections
// (`-ffunction-sections`), but for `.eh_frame`, which is cut into its records.
//
// Sources: System V gABI, chapter 4; llvm/lib/ExecutionEngine/JITLink/ELFLinkGraphBuilder.h
import { sectionFlag, sectionType } from '@worc/elf'
import type { ElfObject, ElfSection, ElfSymbol } from '@worc/elf'
import { failure, plainError, success } from '@worc/protocol'
import type { Expected } from '@worc/protocol'
import { hexadecimal } from '../edge-kinds.js'
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
import type { Addressable, Block, LinkGraph, Protection, Section, Symbol } from '../link-graph.js'
import { riscvArchitectures } from './edge-table.js'
import type { RiscvArchitecture } from './edge-table.js'
import { addElfEdges } from './edges-of-elf-relocations.js'
import { defineElfLinkerSymbols } from './elf-linker-symbols.js'
import { splitEhFrame } from './eh-frame.js'
import { collectRunAtEnds } from './run-at-ends.js'
import type { RunList } from './run-at-ends.js'

export interface ElfLinkGraph extends LinkGraph {
  readonly architecture: RiscvArchitecture
  /** Relaxation may make compressed instructions. */
  readonly compressed: boolean
  /** Which section of the object a block is. */
  readonly sectionOf: ReadonlyMap<Block, number>
  /** Arrays of functions to call before anything else of the unit is used, and when it goes away. In the order to call them. */
  readonly initializers: readonly RunList[]
  readonly finalizers: readonly RunList[]
}

export interface ElfBuildOptions {
  readonly name: string
  /** The non-local definitions that count; any other is taken from where it prevails, as an external. Default: all count. */
  readonly responsibleFor?: ReadonlySet<string>
}

/** What an object's own numbers stand for in the graph. */
export interface ElfParts {
  /** By section; undefined for those that take no memory. */
  readonly blocks: readonly (Block | undefined)[]
  /** By symbol; undefined for those that cannot be referred to. */
  readonly symbols: readonly (Symbol | undefined)[]
}

/** e_flags: the object has compressed instructions. */
const compressedFlag = 1
/** sh_flags: keep the section although nothing refers to it. */
const retainFlag = 0x20_0000

/** Error: BadObject, which names the section or the symbol. The object's bytes are referred to, not copied. */
export function buildElfGraph(object: ElfObject, options: ElfBuildOptions): Expected<ElfLinkGraph> {
  const architecture = riscvArchitectures[object.elfClass]
  const base = createLinkGraph(options.name, architecture)
  const refuse = (problem: string): Expected<never> => failure(plainError('BadObject', `${options.name}: ${problem}`))
  const blocks = addSections(base, object)
  if (typeof blocks === 'string') return refuse(blocks)
  const symbols = addSymbols(base, object, blocks, options)
  if (typeof symbols === 'string') return refuse(symbols)
  const parts: ElfParts = { blocks, symbols }
  const losing = losingBlocks(object, parts, options)
  markRetained(base, object, parts, losing)
  defineElfLinkerSymbols(base)
  const problem = addElfEdges(base, object, parts) ?? splitEhFrame(base)
  if (problem !== undefined) return refuse(problem)
  const lists = collectRunAtEnds(base, object, parts, losing)
  const sectionOf = new Map(
    blocks.flatMap((block, section) => (block === undefined ? [] : [[block, section] as const])),
  )
  return success(
    Object.assign(base, { architecture, sectionOf, compressed: (object.flags & compressedFlag) !== 0, ...lists }),
  )
}

function addSections(graph: LinkGraph, { sections }: ElfObject): (Block | undefined)[] | string {
  const named = new Map<string, Section>()
  const blocks: (Block | undefined)[] = []
  for (const section of sections) {
    const { name, flags, type, sizeBytes, alignmentBytes, content } = section
    if ((flags & sectionFlag.alloc) === 0) {
      blocks.push(undefined)
      continue
    }
    const protection = protectionOf(section)
    const threadLocal = (flags & sectionFlag.tls) !== 0
    const key = `${protection} ${String(threadLocal)} ${name}`
    const known = named.get(key)
    const target = known ?? addSection(graph, name, protection, threadLocal)
    if (known === undefined) named.set(key, target)
    blocks.push(
      type === sectionType.nobits
        ? addZeroFillBlock(graph, target, sizeBytes, alignmentBytes)
        : addContentBlock(graph, target, content, alignmentBytes),
    )
  }
  // JITLink's order, so that what is linked can be compared byte for byte.
  for (const section of graph.sections) section.blocks.sort((one, other) => one.sizeBytes - other.sizeBytes)
  return blocks
}

function protectionOf({ flags }: ElfSection): Protection {
  const [writable, executable] = [(flags & sectionFlag.write) !== 0, (flags & sectionFlag.execinstr) !== 0]
  if (executable) return writable ? 'read-write-execute' : 'read-execute'
  return writable ? 'read-write' : 'read'
}

function addSymbols(
  graph: LinkGraph,
  object: ElfObject,
  blocks: readonly (Block | undefined)[],
  options: ElfBuildOptions,
): (Symbol | undefined)[] | string {
  const commons: Block[] = []
  const symbols: (Symbol | undefined)[] = []
  for (const symbol of object.symbols) {
    const place = placeOf(graph, symbol, blocks, options, commons)
    if (typeof place === 'string') return `symbol "${symbol.name}" ${place}`
    symbols.push(place === undefined ? undefined : addElfSymbol(graph, symbol, place))
  }
  commons[0]?.section.blocks.sort((one, other) => one.sizeBytes - other.sizeBytes)
  return symbols
}

/** External: what the object does not define, and what it defines without being responsible for it. Undefined: nothing to refer to. */
function placeOf(
  graph: LinkGraph,
  symbol: ElfSymbol,
  blocks: readonly (Block | undefined)[],
  { responsibleFor }: ElfBuildOptions,
  commons: Block[],
): Addressable | undefined | string {
  const { name, binding, type, place, value, sizeBytes } = symbol
  if (type === 'file' || place.kind === 'skipped') return undefined
  if (place.kind === 'undefined') return binding === 'local' || name === '' ? undefined : external(type === 'tls')
  if (type === 'indirect function') return 'is resolved when the program starts, which is not supported'
  if (binding !== 'local' && responsibleFor?.has(name) === false) return external(type === 'tls')
  if (place.kind === 'absolute') return placeOfNumber(graph, symbol)
  if (place.kind === 'section') return blocks[place.section]
  if (!Number.isInteger(Math.log2(Math.max(value, 1)))) return `has alignment ${value}, which is no power of two`
  const section = commons[0]?.section ?? addSection(graph, 'COMMON', 'read-write')
  const block = addZeroFillBlock(graph, section, sizeBytes, Math.max(value, 1))
  commons.push(block)
  return block
}

const addressSpaceBytes = 0x1_0000_0000

/** What others see is an address for them; to the object itself it is a number. */
function placeOfNumber(graph: LinkGraph, { binding, value }: ElfSymbol): Addressable | string {
  const address = graph.architecture.pointerBytes === 4 ? value >>> 0 : value
  const isAddress = address >= 0 && address < addressSpaceBytes
  return isAddress || binding === 'local' ? absolute(address) : `is at ${hexadecimal(value)}, not below 2^32`
}

function addElfSymbol(graph: LinkGraph, symbol: ElfSymbol, base: Addressable): Symbol {
  const { name, binding, type, visibility, place, value, sizeBytes } = symbol
  const isWeak = binding === 'weak' || binding === 'unique' || place.kind === 'common'
  const isHidden = visibility === 'hidden' || visibility === 'internal'
  const isDefined = base.kind !== 'external'
  return addSymbol(graph, name, base, {
    offset: place.kind === 'section' && isDefined ? value : 0,
    sizeBytes,
    // A weak definition that loses to another leaves a reference that must be met.
    linkage: isWeak && isDefined === (place.kind !== 'undefined') ? 'weak' : 'strong',
    scope: binding === 'local' ? 'local' : isHidden && isDefined ? 'hidden' : 'default',
    callable: type === 'function',
    live: isDefined && binding !== 'local',
  })
}

/** Blocks of COMDAT groups that another unit's group prevails over: none of the group's symbols counts here. */
function losingBlocks(
  object: ElfObject,
  { blocks, symbols }: ElfParts,
  { responsibleFor }: ElfBuildOptions,
): ReadonlySet<Block> {
  const losing = new Set<Block>()
  if (responsibleFor === undefined) return losing
  const winning = new Set<Addressable>()
  for (const symbol of symbols) {
    if (symbol !== undefined && symbol.scope !== 'local' && isBlock(symbol.base)) winning.add(symbol.base)
  }
  for (const { isComdat, sections } of object.groups) {
    const members = sections.flatMap((section) => blocks[section] ?? [])
    if (!isComdat || members.some((block) => winning.has(block))) continue
    for (const block of members) losing.add(block)
  }
  return losing
}

function markRetained(graph: LinkGraph, object: ElfObject, { blocks }: ElfParts, losing: ReadonlySet<Block>): void {
  for (const [index, { flags }] of object.sections.entries()) {
    const block = blocks[index]
    const isRetained = block !== undefined && (flags & retainFlag) !== 0 && !losing.has(block)
    if (isRetained) addSymbol(graph, '', block, { scope: 'local', live: true })
  }
}
