// The last pass: the addresses of others go in, an image comes out.
//
//   object ─ buildElfGraph ─ prune ─ layoutElf ─►  request   ◄─ the mapper answers
//                                                     │
//   LinkedImage ◄─ linkElf ◄─ externals ◄─ lookups ◄─ allocateElf ─►  definitions
import { failure, formatNames, success, symbolError } from '@worc/protocol'
import type { Expected, JITErrorData } from '@worc/protocol'
import { isBlock, isExecutable, symbolAddress } from '../link-graph.js'
import type { Block } from '../link-graph.js'
import { ehFrameName } from './eh-frame.js'
import { placesIn } from './elf-layout.js'
import type { ElfLayout, ElfProtection } from './elf-layout.js'
import { findUpperHalves, fixRegion } from './fixups.js'
import { read32 } from './instruction-fields.js'
import { programSymbolAddress, programSymbols } from './program-symbols.js'
import type { Shortening } from './relax.js'
import type { RunList } from './run-at-ends.js'

export interface ElfExternalDefinition {
  /** Of a thread-local variable the offset in each thread's block. */
  readonly address: number
  readonly threadLocal: boolean
}

/** Plain data. Offsets are from the address that the image was allocated at. */
export interface LinkedImage {
  readonly segments: readonly ImageSegment[]
  /** The template is copied into every thread's block, at the offset. */
  readonly threadLocal: { readonly offsetBytes: number; readonly template: Uint8Array } | undefined
  /** Named ones, local ones too, by address. */
  readonly functions: readonly ImageFunction[]
  /** `.eh_frame`, which ends with a record of length 0: an unwinder wants to be told where it is. */
  readonly unwindTable: { readonly address: number; readonly sizeBytes: number } | undefined
  /** Where the object's code is, by address: for its debug information. */
  readonly code: readonly ImageCode[]
  /** Functions to call, in this order. */
  readonly initializers: readonly RunAtEnd[]
  readonly finalizers: readonly RunAtEnd[]
}

/** `content`, then zeros. */
export interface ImageSegment {
  readonly offsetBytes: number
  readonly prot: ElfProtection
  readonly content: Uint8Array
  readonly zeroFillBytes: number
}

export interface ImageFunction {
  readonly name: string
  readonly address: number
  /** 0 where the object does not say. */
  readonly sizeBytes: number
}

/** A section of the object in the image. */
export interface ImageCode {
  readonly address: number
  readonly sizeBytes: number
  readonly section: number
  readonly shortened: readonly Shortening[]
}

export interface RunAtEnd {
  readonly priority: number
  readonly address: number
  /** Where the pointer to it lies. */
  readonly pointerAddress: number
}

/** Once, after `allocateElf`. `externals`: by name, for the layout's request. Errors: SymbolsNotFound; BadObject, which names the fixup and its symbol. */
export function linkElf(
  layout: ElfLayout,
  externals: ReadonlyMap<string, ElfExternalDefinition>,
): Expected<LinkedImage> {
  const { graph, segments, threadLocal } = layout
  const problem = resolve(layout, externals) ?? fixAll(layout)
  if (problem !== undefined) return failure(problem)
  const template = new Uint8Array(threadLocal.sizeBytes)
  template.set(threadLocal.content)
  return success({
    segments: segments.map(({ offsetBytes, protection, content, sizeBytes }) => {
      return { offsetBytes, prot: protection, content, zeroFillBytes: sizeBytes - content.length }
    }),
    threadLocal: template.length > 0 ? { offsetBytes: threadLocal.blocks[0]?.address ?? 0, template } : undefined,
    functions: functionsOf(layout),
    code: codeOf(layout),
    unwindTable: unwindTableOf(layout),
    initializers: runAtEnds(layout, graph.initializers),
    finalizers: runAtEnds(layout, graph.finalizers),
  })
}

function resolve(layout: ElfLayout, definitions: ReadonlyMap<string, ElfExternalDefinition>): JITErrorData | undefined {
  const { graph, externals: symbols, request } = layout
  const missing = request.externals.filter(({ name, weak }) => !weak && !definitions.has(name)).map(({ name }) => name)
  if (missing.length > 0) {
    const message = `${graph.name}: symbols not found: ${formatNames(missing)}`
    return symbolError('SymbolsNotFound', message, [[graph.name, missing]])
  }
  for (const { name, base } of symbols) {
    const definition = definitions.get(name)
    if (base.kind !== 'external') continue
    if (definition !== undefined) Object.assign(base, definition)
    else if (programSymbols.has(name)) base.address = programSymbolAddress(name, placedSegments(layout))
  }
  return undefined
}

function placedSegments({ segments }: ElfLayout): Parameters<typeof programSymbolAddress>[1] {
  return segments.map(({ protection, blocks: [first], sizeBytes }) => {
    const start = first?.address ?? 0
    return { protection, start, end: start + sizeBytes }
  })
}

function fixAll({ graph, segments, threadLocal }: ElfLayout): JITErrorData | undefined {
  const upperHalves = findUpperHalves(graph)
  for (const region of [...segments, threadLocal]) {
    const problem = fixRegion(graph, upperHalves, region)
    if (problem !== undefined) return problem
  }
  return undefined
}

/** What is labelled as a function, and what others may call in code that has no such labels. */
function functionsOf({ graph }: ElfLayout): readonly ImageFunction[] {
  const functions = graph.symbols.flatMap((symbol): readonly ImageFunction[] => {
    const { name, base, callable, scope, sizeBytes } = symbol
    if (name === '' || !isBlock(base) || !isExecutable(base.section)) return []
    if (!callable && scope === 'local') return []
    return [{ name, address: symbolAddress(symbol), sizeBytes }]
  })
  // Of two names for one place the object's own comes last: it is the one that counts.
  return functions.reverse().sort((one, other) => one.address - other.address)
}

function unwindTableOf({ graph }: ElfLayout): LinkedImage['unwindTable'] {
  const blocks = graph.sections.find(({ name }) => name === ehFrameName)?.blocks ?? []
  const [first, last] = [blocks[0], blocks.at(-1)]
  if (first === undefined || last === undefined) return undefined
  return { address: first.address, sizeBytes: last.address + last.sizeBytes - first.address }
}

function codeOf({ graph, segments, shortened }: ElfLayout): readonly ImageCode[] {
  const blocks = segments.filter(({ protection }) => protection.endsWith('x')).flatMap((segment) => segment.blocks)
  return blocks.flatMap((block): readonly ImageCode[] => {
    const section = graph.sectionOf.get(block)
    if (section === undefined) return []
    return [{ address: block.address, sizeBytes: block.sizeBytes, section, shortened: shortened.get(block) ?? [] }]
  })
}

/** The place in the object that an address in the image was; undefined where it is none of the object's code. */
export function placeInObject(
  code: readonly ImageCode[],
  address: number,
): { readonly section: number; readonly offset: number } | undefined {
  const block = code.find((each) => address >= each.address && address < each.address + each.sizeBytes)
  if (block === undefined) return undefined
  const offset = address - block.address
  const last = block.shortened.findLast((shortening) => shortening.offset <= offset)
  return { section: block.section, offset: offset + (last?.removedBytes ?? 0) }
}

const unused = 0xffff_ffff

/** Entries of 0 are functions that nobody has defined; old tables have -1 at one end. */
function runAtEnds({ graph, segments }: ElfLayout, lists: readonly RunList[]): readonly RunAtEnd[] {
  if (lists.length === 0) return []
  const contents = new Map<Block, Uint8Array>()
  for (const segment of segments) {
    for (const [block, at] of placesIn(segment)) {
      if (block.kind === 'content') contents.set(block, segment.content.subarray(at, at + block.sizeBytes))
    }
  }
  return lists.flatMap(({ priority, block, backwards }) => {
    const { pointerBytes } = graph.architecture
    const entries = wordsOf(contents.get(block) ?? new Uint8Array(), pointerBytes)
      .map((address, index): RunAtEnd => ({ priority, address, pointerAddress: block.address + index * pointerBytes }))
      .filter(({ address }) => address !== 0 && address !== unused)
    return backwards ? entries.reverse() : entries
  })
}

/** Addresses are below 2^32. */
function wordsOf(bytes: Uint8Array, wordBytes: number): number[] {
  return Array.from(
    { length: Math.floor(bytes.length / wordBytes) },
    (_, index) => read32(bytes, index * wordBytes) >>> 0,
  )
}
