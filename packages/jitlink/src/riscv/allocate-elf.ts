// Addresses for the unit's own blocks, once there is memory as the layout asked for; then the code is made shorter where the
// distances now known allow it. From here on the unit's symbols can be announced, before it knows the addresses of anything
// else.
import { failure, plainError, success } from '@worc/protocol'
import type { Expected, JITErrorData } from '@worc/protocol'
import { hexadecimal } from '../edge-kinds.js'
import { isBlock, isExecutable, isThreadLocal, symbolAddress } from '../link-graph.js'
import type { Block, Symbol } from '../link-graph.js'
import { placesIn } from './elf-layout.js'
import type { ElfLayout, ElfRegion } from './elf-layout.js'
import { relax } from './relax.js'

/** Where the arenas have put it. What has size 0 takes any place. */
export interface ElfPlacement {
  readonly address: number
  /** From the base of every thread's block of thread-local variables. */
  readonly threadLocalOffsetBytes: number
}

/** What the unit offers under a name. `address`: of a thread-local variable the offset in each thread's block. */
export interface ElfDefinition {
  readonly name: string
  readonly address: number
  readonly kind: 'code' | 'data' | 'thread-local'
}

const addressSpaceBytes = 0x1_0000_0000

/**
 * One for each non-local symbol. Once per layout: code that has been made shorter does not grow again. Errors: OutOfMemory if
 * the unit does not end within the address space; BadObject for padding that cannot be made to fit.
 */
export function allocateElf(layout: ElfLayout, placement: ElfPlacement): Expected<readonly ElfDefinition[]> {
  const { graph, segments, threadLocal, request } = layout
  const { address, threadLocalOffsetBytes } = placement
  const problem =
    refusal(layout, 'its image', address, request.imageSizeBytes, request.imageAlignmentBytes) ??
    refusal(layout, 'its thread-local data', threadLocalOffsetBytes, threadLocal.sizeBytes, threadLocal.alignmentBytes)
  if (problem !== undefined) return failure(problem)
  const contents = new Map<Block, Uint8Array>()
  for (const segment of segments) place(segment, address + segment.offsetBytes, contents)
  place(threadLocal, threadLocalOffsetBytes, contents)
  const shortened = relax(graph, contents)
  if (typeof shortened === 'string') return failure(plainError('BadObject', `${graph.name}: ${shortened}`))
  for (const [block, shortenings] of shortened) layout.shortened.set(block, shortenings)
  return success(graph.symbols.flatMap(definitionOf))
}

function refusal(
  { graph }: ElfLayout,
  what: string,
  address: number,
  sizeBytes: number,
  alignmentBytes: number,
): JITErrorData | undefined {
  if (sizeBytes > 0 && address % alignmentBytes !== 0) {
    throw new Error(
      `${what} of ${graph.name} was placed at ${hexadecimal(address)}, not a multiple of ${alignmentBytes}`,
    )
  }
  if (address + sizeBytes <= addressSpaceBytes) return undefined
  const where = `at ${hexadecimal(address)} does not end below 2^32`
  return plainError('OutOfMemory', `${graph.name}: ${what} of ${sizeBytes} bytes ${where}`)
}

function place(region: ElfRegion, base: number, contents: Map<Block, Uint8Array>): void {
  for (const [block, offsetBytes] of placesIn(region)) {
    block.address = base + offsetBytes
    if (block.kind !== 'content') continue
    const bytes = region.content.subarray(offsetBytes, offsetBytes + block.sizeBytes)
    bytes.set(block.content)
    contents.set(block, bytes)
  }
}

function definitionOf(symbol: Symbol): readonly ElfDefinition[] {
  const { name, base, scope } = symbol
  if (name === '' || scope === 'local' || base.kind === 'external') return []
  const isCode = isBlock(base) && isExecutable(base.section)
  const kind = isThreadLocal(base) ? 'thread-local' : isCode ? 'code' : 'data'
  return [{ name, address: symbolAddress(symbol), kind }]
}
