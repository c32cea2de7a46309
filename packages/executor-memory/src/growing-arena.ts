// An arena of guest memory that grows the memory when it is short, and only then.
import { failure, plainError } from '@worc/protocol'
import type { Expected } from '@worc/protocol'
import type { Claim } from './claims.js'
import { pagesToGrow, wasmPageBytes } from './guest-memory.js'
import type { GrowthPolicy, GuestMemory } from './guest-memory.js'
import type { AllocatedRange, RangeArena } from './range-arena.js'

/** A death between grow and addSpan loses those pages, nothing else. Errors: those of `RangeArena.allocate`. */
export function reserveGrowing(
  arena: RangeArena,
  memory: GuestMemory,
  policy: GrowthPolicy,
  sizeBytes: number,
  alignmentBytes: number,
  claim: Claim,
): Expected<AllocatedRange> {
  for (;;) {
    const allocated = arena.allocate(sizeBytes, alignmentBytes, claim)
    if (allocated.ok || allocated.error.code !== 'OutOfMemory') return allocated
    if (arena.stats().largestFreeBytes >= sizeBytes + alignmentBytes) return allocated
    const grown = grow(arena, memory, policy, sizeBytes)
    if (!grown.ok) return failure(plainError('OutOfMemory', grown.error.message, allocated.error))
  }
}

function grow(arena: RangeArena, memory: GuestMemory, policy: GrowthPolicy, sizeBytes: number): Expected<null> {
  const { totalBytes } = arena.stats()
  const pages = pagesToGrow(sizeBytes, totalBytes, policy)
  const fewest = Math.ceil(sizeBytes / wasmPageBytes)
  for (const count of pages > fewest ? [pages, fewest] : [pages]) {
    const before = count === 0 ? undefined : memory.grow(count)
    if (before !== undefined) return arena.addSpan(before * wasmPageBytes, (before + count) * wasmPageBytes)
  }
  const limit =
    pages === 0
      ? `its limit is ${policy.limitBytes} bytes`
      : `the memory cannot grow by ${fewest * wasmPageBytes} bytes`
  const has = `executor memory has ${totalBytes} bytes, too few for ${sizeBytes} more`
  return failure(plainError('OutOfMemory', `${has}: ${limit}`))
}
