// Where blocks go relative to each other, before anyone knows where they go in memory. Blocks keep the order they are given
// in; each is moved up to its own alignment.
import type { Block } from './link-graph.js'

export interface BlockLayout {
  readonly sizeBytes: number
  /** The greatest alignment of any block; 1 where there is none. A power of two. */
  readonly alignmentBytes: number
  /** Parallel to the blocks: bytes from the start. */
  readonly offsets: readonly number[]
}

/** Sizes are sums of plain numbers and may exceed an address space: whoever allocates checks. */
export function layoutBlocks(blocks: readonly Block[]): BlockLayout {
  const offsets: number[] = []
  let sizeBytes = 0
  let alignmentBytes = 1
  for (const block of blocks) {
    const offset = alignUp(sizeBytes, block.alignmentBytes)
    offsets.push(offset)
    sizeBytes = offset + block.sizeBytes
    if (block.alignmentBytes > alignmentBytes) alignmentBytes = block.alignmentBytes
  }
  return { sizeBytes, alignmentBytes, offsets }
}

/** Division, because sizes may be beyond what bit operations can hold. */
export function alignUp(offset: number, alignmentBytes: number): number {
  return Math.ceil(offset / alignmentBytes) * alignmentBytes
}
