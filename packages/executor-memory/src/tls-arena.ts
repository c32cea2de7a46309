// Thread-local storage: every thread has a block of the same size, and a unit's TLS variables have the same offset in each. So
// offsets are ranges of [0, blockBytes), and the range arena does all the work. What a thread's block holds there is written
// by that thread, from the unit's template, before its first call into the unit: dirty and virgin mean nothing here.
import { unsharedLock } from './arena-lock.js'
import type { ArenaLock } from './arena-lock.js'
import { invariant } from './invariant.js'
import { RangeArena } from './range-arena.js'

/** A buffer whose arena gives out offsets. `blockBytes`: a multiple of 16. */
export function createTlsArenaBuffer(blockBytes: number): SharedArrayBuffer {
  const buffer = RangeArena.createBuffer({
    ranges: blockBytes / 16 + 1,
    keys: Math.min(blockBytes / 16, 0x4000),
    spans: 1,
  })
  const added = new RangeArena(buffer, unsharedLock).addSpan(0, blockBytes)
  invariant(added.ok, `a TLS block of ${blockBytes} bytes has no records`)
  return buffer
}

/** A range's `address` is the offset from the thread's TLS base. */
export function attachTlsArena(buffer: SharedArrayBuffer, lock: ArenaLock): RangeArena {
  return new RangeArena(buffer, lock, { name: 'the TLS block' })
}
