// What a unit asks of memory: one image of up to four segments, each with protections of its own and on pages of its own, and
// room in each thread's block of thread-local variables. In JITLink's order: what is only read, what is written, code; within
// a segment what has content, then what is only zeros, section by section.
//
// Source: BasicLayout in llvm/lib/ExecutionEngine/JITLink/JITLinkMemoryManager.cpp
import { failure, plainError, success } from '@worc/protocol'
import type { Expected } from '@worc/protocol'
import { alignUp, layoutBlocks } from '../block-layout.js'
import type { BlockLayout } from '../block-layout.js'
import type { Block, Protection, Section, Symbol } from '../link-graph.js'
import type { ElfLinkGraph } from './build-elf-graph.js'
import { addGotAndStubs } from './got-and-stubs.js'
import type { Shortening } from './relax.js'

export interface ElfLayoutRequest {
  readonly imageSizeBytes: number
  readonly imageAlignmentBytes: number
  readonly threadLocalSizeBytes: number
  readonly threadLocalAlignmentBytes: number
  /** A weak one may stay undefined: its address is 0 then. */
  readonly externals: readonly ElfExternalRequest[]
}

export interface ElfExternalRequest {
  readonly name: string
  readonly weak: boolean
}

/** What pages may be used for. */
export type ElfProtection = 'r' | 'rw' | 'rx' | 'rwx'

/** A run of blocks: those with content first, then those that are only zeros. */
export interface ElfRegion extends BlockLayout {
  readonly blocks: readonly Block[]
  /** The blocks' content is put here, relaxed and fixed up here. */
  readonly content: Uint8Array
}

interface ElfSegment extends ElfRegion {
  readonly protection: ElfProtection
  /** From the start of the image. */
  readonly offsetBytes: number
}

/** The request, and what the later passes need to know of how it was made. For one link: the graph must not be pruned again. */
export interface ElfLayout {
  readonly request: ElfLayoutRequest
  readonly graph: ElfLinkGraph
  readonly segments: readonly ElfSegment[]
  readonly threadLocal: ElfRegion
  /** Parallel to the request's. */
  readonly externals: readonly Symbol[]
  /** Blocks of code that relaxation has made shorter, once it has. */
  readonly shortened: Map<Block, readonly Shortening[]>
}

const addressSpaceBytes = 0x1_0000_0000
const largestAlignmentBytes = 0x1_0000
/** Contents are never more than the object; what lies between them, and in a thread's block, could be anything. */
const largestPaddingBytes = 1 << 26
const largestThreadLocalBytes = 1 << 26

const segmentOrder = [
  ['read', 'r'],
  ['read-write', 'rw'],
  ['read-execute', 'rx'],
  ['read-write-execute', 'rwx'],
] as const satisfies readonly (readonly [Protection, ElfProtection])[]

/** Adds the GOT and the stubs to a pruned graph. Errors: BadObject for an alignment, OutOfMemory for sizes that are beyond reason. */
export function layoutElf(
  graph: ElfLinkGraph,
  { pageSizeBytes }: { readonly pageSizeBytes: number },
): Expected<ElfLayout> {
  addGotAndStubs(graph)
  const problem = checkSizes(graph)
  if (problem !== undefined) return failure(problem)
  const segments: ElfSegment[] = []
  let imageSizeBytes = 0
  let imageAlignmentBytes = pageSizeBytes
  for (const [protection, pages] of segmentOrder) {
    const region = layoutRegion(
      graph.sections.filter((section) => !section.threadLocal && section.protection === protection),
    )
    if (region.blocks.length === 0) continue
    const alignmentBytes = Math.max(pageSizeBytes, region.alignmentBytes)
    const offsetBytes = alignUp(imageSizeBytes, alignmentBytes)
    segments.push({ ...region, protection: pages, offsetBytes })
    imageSizeBytes = alignUp(offsetBytes + region.sizeBytes, pageSizeBytes)
    imageAlignmentBytes = Math.max(imageAlignmentBytes, alignmentBytes)
  }
  const threadLocal = layoutRegion(graph.sections.filter((section) => section.threadLocal))
  const externals = graph.symbols.filter(({ base }) => base.kind === 'external')
  const request: ElfLayoutRequest = {
    imageSizeBytes,
    imageAlignmentBytes,
    threadLocalSizeBytes: threadLocal.sizeBytes,
    threadLocalAlignmentBytes: threadLocal.alignmentBytes,
    externals: externals.map(({ name, linkage }) => ({ name, weak: linkage === 'weak' })),
  }
  return success({ request, graph, segments, threadLocal, externals, shortened: new Map() })
}

function checkSizes({ name, sections }: ElfLinkGraph): ReturnType<typeof plainError> | undefined {
  let sizeBytes = 0
  let paddingBytes = 0
  let threadLocalBytes = 0
  for (const { blocks, threadLocal } of sections) {
    for (const block of blocks) {
      if (block.alignmentBytes > largestAlignmentBytes) {
        const limit = `the limit is ${largestAlignmentBytes}`
        return plainError(
          'BadObject',
          `${name}: section "${block.section.name}" is aligned to ${block.alignmentBytes}, ${limit}`,
        )
      }
      sizeBytes += block.sizeBytes + block.alignmentBytes - 1
      paddingBytes += block.alignmentBytes - 1
      if (threadLocal) threadLocalBytes += block.sizeBytes
    }
  }
  if (sizeBytes > addressSpaceBytes) {
    return plainError('OutOfMemory', `${name}: it takes ${sizeBytes} bytes, an address space has ${addressSpaceBytes}`)
  }
  if (paddingBytes > largestPaddingBytes) {
    return plainError(
      'BadObject',
      `${name}: its alignments may take ${paddingBytes} bytes, the limit is ${largestPaddingBytes}`,
    )
  }
  if (threadLocalBytes <= largestThreadLocalBytes) return undefined
  const limit = `the limit is ${largestThreadLocalBytes}`
  return plainError('OutOfMemory', `${name}: its thread-local data takes ${threadLocalBytes} bytes, ${limit}`)
}

function layoutRegion(sections: readonly Section[]): ElfRegion {
  const all = sections.flatMap((section) => section.blocks)
  const contents = all.filter(({ kind }) => kind === 'content')
  const blocks = [...contents, ...all.filter(({ kind }) => kind === 'zero-fill')]
  return { ...layoutBlocks(blocks), blocks, content: new Uint8Array(layoutBlocks(contents).sizeBytes) }
}

/** Each block with where it starts in the region, in order. */
export function* placesIn({ blocks, offsets }: ElfRegion): Generator<readonly [block: Block, offsetBytes: number]> {
  for (const [position, block] of blocks.entries()) yield [block, offsets[position] ?? 0]
}
