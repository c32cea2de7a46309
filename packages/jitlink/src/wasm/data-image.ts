// What the unit's data will be: bytes at addresses, ranges of zeros, and the initial bytes of its thread-local variables.
import { failure, success } from '@worc/protocol'
import type { Expected, JITErrorData } from '@worc/protocol'
import { applyFixup, keepAlive } from '../edge-kinds.js'
import { isThreadLocal, symbolAddress } from '../link-graph.js'
import type { Block } from '../link-graph.js'
import { threadLocalAsShared } from './code-fixups.js'
import { rowOf, wasmEdge } from './edge-table.js'
import type { Layout, RegionLayout } from './layout.js'

export interface DataWrite {
  readonly address: number
  readonly bytes: Uint8Array
}

export interface ZeroRange {
  readonly address: number
  readonly sizeBytes: number
}

/** The template is copied into every thread's block, at the offset, before the unit is instantiated there. */
export interface ThreadLocalImage {
  readonly offsetBytes: number
  readonly template: Uint8Array
}

export interface DataImage {
  readonly writes: readonly DataWrite[]
  /** Must be zero before code runs; fresh memory is. */
  readonly zeroRanges: readonly ZeroRange[]
  readonly threadLocal: ThreadLocalImage | undefined
}

/** The blocks have their addresses, and so have the symbols that their edges lead to. */
export function imageData({ data, threadLocal }: Layout): Expected<DataImage> {
  const content = new Uint8Array(data.contentSizeBytes)
  const template = new Uint8Array(threadLocal.sizeBytes)
  const problem = fill(content, data) ?? fill(template, threadLocal)
  if (problem !== undefined) return failure(problem)
  const base = baseOf(data)
  const zeroBytes = data.sizeBytes - data.contentSizeBytes
  return success({
    writes: content.length > 0 ? [{ address: base, bytes: content }] : [],
    zeroRanges: zeroBytes > 0 ? [{ address: base + data.contentSizeBytes, sizeBytes: zeroBytes }] : [],
    threadLocal: template.length > 0 ? { offsetBytes: baseOf(threadLocal), template } : undefined,
  })
}

/** The first block of a region is at its start. */
function baseOf({ blocks }: RegionLayout): number {
  return blocks[0]?.address ?? 0
}

function fill(bytes: Uint8Array, region: RegionLayout): JITErrorData | undefined {
  for (const [position, block] of region.blocks.entries()) {
    const start = region.offsets[position] ?? 0
    if (block.kind === 'content') bytes.set(block.content, start)
    const problem = fixData(block, bytes, start)
    if (problem !== undefined) return problem
  }
  return undefined
}

function fixData(block: Block, bytes: Uint8Array, start: number): JITErrorData | undefined {
  for (const edge of block.edges) {
    if (edge.kind === keepAlive) continue
    if (isThreadLocal(edge.target.base)) return threadLocalAsShared(edge)
    const fixupAddress = block.address + edge.offset
    const origin = edge.kind === wasmEdge.memoryAddrLocRelI32 ? fixupAddress : 0
    const value = symbolAddress(edge.target) + edge.addend - origin
    const applied = applyFixup(rowOf(edge.kind), edge, bytes, start + edge.offset, value, fixupAddress)
    if (!applied.ok) return applied.error
  }
  return undefined
}
