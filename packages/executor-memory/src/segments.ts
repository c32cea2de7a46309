// The contents of a reservation, as every mapper writes them: segments where they belong, zeroes everywhere else.
import type { ExecutorAddr } from '@worc/protocol'
import type { Segment } from './mapper.js'

export function sizeOfSegment(segment: Segment): number {
  return segment.content.length + segment.zeroFillBytes
}

/** What is wrong with the first of the segments, which are in the order of their offsets, that does not fit; or undefined. */
export function outside(ordered: readonly Segment[], sizeBytes: number): string | undefined {
  let end = 0
  for (const segment of ordered) {
    const { offsetBytes } = segment
    if (offsetBytes < end) return `a segment at offset ${offsetBytes} overlaps the one that ends at ${end}`
    end = offsetBytes + sizeOfSegment(segment)
    if (end > sizeBytes)
      return `a segment at offset ${offsetBytes} ends at ${end}, beyond the ${sizeBytes} bytes reserved`
  }
  return undefined
}

/**
 * Segments that fit, in the order of their offsets. Contents that were made in `prepare`'s view are in place already. Zeroes
 * are written only where memory may not be zero: below `dirtyBytes`.
 */
export function writeSegments(
  bytes: Uint8Array,
  address: ExecutorAddr,
  ordered: readonly Segment[],
  dirtyBytes: number,
): void {
  let written = 0
  for (const { offsetBytes, content } of ordered) {
    zero(bytes, address, written, Math.min(offsetBytes, dirtyBytes))
    if (content.length > 0) bytes.set(content, address + offsetBytes)
    written = offsetBytes + content.length
  }
  zero(bytes, address, written, dirtyBytes)
}

function zero(bytes: Uint8Array, address: ExecutorAddr, fromOffset: number, toOffset: number): void {
  if (toOffset > fromOffset) bytes.fill(0, address + fromOffset, address + toOffset)
}
