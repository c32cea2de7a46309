// What a link actor works on: the guest's memory and the arenas that account for it, all shared with the other threads of
// the house. Made once per session; each worker opens the same buffers.
import type { LinkerId } from '@worc/protocol'
import {
  EpochTable,
  RangeArena,
  unsharedLock,
  SlotArena,
  WasmMapper,
  attachTlsArena,
  createTlsArenaBuffer,
} from '@worc/executor-memory'
import type { ArenaLock, Mapper } from '@worc/executor-memory'

/** Guest addresses below this hold words of the house and no data of anybody's. */
export const reservedBytes = 1024
/** Guest address of the word that each publication increments; dispatchers compare it with what their thread has seen. */
export const publishedWord = 16
/** Guest address of the word that locks the packaged libc's heap. */
export const heapLockWord = 32

export interface ArenaBuffers {
  readonly memory: WebAssembly.Memory
  readonly ranges: SharedArrayBuffer
  readonly slots: SharedArrayBuffer
  readonly tls: SharedArrayBuffer
  readonly epochs: SharedArrayBuffer
  /** Word 0: the last linked unit's id. */
  readonly counters: SharedArrayBuffer
  readonly maximumBytes: number
  readonly stackBytes: number
  readonly tlsBlockBytes: number
  /** Guest address; see `publishedWord`. */
  readonly publishedWord: number
}

export interface LinkConfig {
  readonly linker: LinkerId
  /** The dead link actor whose units this one takes over. */
  readonly adopt: LinkerId | null
  readonly mayCollect: boolean
}

export interface Arenas {
  readonly buffers: ArenaBuffers
  readonly ranges: RangeArena
  readonly mapper: Mapper
  readonly slots: SlotArena
  readonly tls: RangeArena
  readonly epochs: EpochTable
}

const growthStepBytes = 4 << 20
const wasmPageBytes = 0x1_0000

export interface ArenaLocks {
  readonly ranges: ArenaLock
  readonly slots: ArenaLock
  readonly tls: ArenaLock
}

export function openArenas(buffers: ArenaBuffers, locks: ArenaLocks): Arenas {
  const { memory } = buffers
  const ranges = new RangeArena(buffers.ranges, locks.ranges, { name: 'executor memory' })
  const guest = {
    grow: (pages: number): number | undefined => {
      try {
        return memory.grow(pages)
      } catch {
        return undefined
      }
    },
    bytes: () => new Uint8Array(memory.buffer),
  }
  return {
    buffers,
    ranges,
    mapper: new WasmMapper(ranges, guest, { stepBytes: growthStepBytes, limitBytes: buffers.maximumBytes }),
    slots: new SlotArena(buffers.slots, locks.slots, { name: 'function slots' }),
    tls: attachTlsArena(buffers.tls, locks.tls),
    epochs: new EpochTable(buffers.epochs),
  }
}

/** As every module declares the memory it imports. */
export function memoryLimits({ maximumBytes }: ArenaBuffers): {
  readonly minimumPages: number
  readonly maximumPages: number
} {
  return { minimumPages: 1, maximumPages: maximumBytes / wasmPageBytes }
}

export interface ArenaSizes {
  readonly initialBytes: number
  readonly maximumBytes: number
  readonly stackBytes: number
  readonly tlsBlockBytes: number
  readonly functionSlots: number
}

/** The buffers of a new session; the memory's first pages are the arena's, past the house's own words. */
export function createArenaBuffers(sizes: ArenaSizes): ArenaBuffers {
  const initial = Math.max(1, Math.ceil(sizes.initialBytes / wasmPageBytes))
  const maximum = Math.ceil(sizes.maximumBytes / wasmPageBytes)
  const ranges = RangeArena.createBuffer()
  const added = new RangeArena(ranges, unsharedLock).addSpan(reservedBytes, initial * wasmPageBytes)
  if (!added.ok) throw new Error(added.error.message)
  return {
    memory: new WebAssembly.Memory({ initial, maximum, shared: true }),
    ranges,
    slots: SlotArena.createBuffer({ slots: sizes.functionSlots }),
    tls: createTlsArenaBuffer(sizes.tlsBlockBytes),
    epochs: EpochTable.createBuffer(),
    counters: new SharedArrayBuffer(64),
    maximumBytes: maximum * wasmPageBytes,
    stackBytes: sizes.stackBytes,
    tlsBlockBytes: sizes.tlsBlockBytes,
    publishedWord,
  }
}
