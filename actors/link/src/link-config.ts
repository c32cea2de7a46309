// What a link actor works on: the guest's memory and the arenas that account for it, all shared with the other threads of
// the house. Made once per session; each worker opens the same buffers.
import type { LinkerId } from '@worc/protocol'
import {
  EpochTable,
  PageMapper,
  PageTable,
  RangeArena,
  unsharedLock,
  SlotArena,
  WasmMapper,
  attachTlsArena,
  createTlsArenaBuffer,
  pageBytes,
  pageTableBytes,
} from '@worc/executor-memory'
import type { ArenaLock, GuestMemory, Mapper, PageTablePlace, RecordLayout } from '@worc/executor-memory'

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
  /** Where memory has pages with protections. */
  readonly pages: PagedMemory | null
}

/** What the house keeps in the same memory, where no page of the guest's is. */
interface PagedMemory {
  readonly table: PageTablePlace
  readonly records: RecordLayout
  /** What a thread's code keeps of the thread, by the index of its executor. */
  readonly threads: { readonly address: number; readonly sizeBytes: number }
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
/** Threads of one session that execute, at one time. */
const executorLimit = 256

export interface ArenaLocks {
  readonly ranges: ArenaLock
  readonly slots: ArenaLock
  readonly tls: ArenaLock
}

export function openArenas(buffers: ArenaBuffers, locks: ArenaLocks): Arenas {
  const ranges = new RangeArena(buffers.ranges, locks.ranges, { name: 'executor memory' })
  return {
    buffers,
    ranges,
    mapper: openMapper(buffers, ranges),
    slots: new SlotArena(buffers.slots, locks.slots, { name: 'function slots' }),
    tls: attachTlsArena(buffers.tls, locks.tls),
    epochs: new EpochTable(buffers.epochs),
  }
}

function openMapper({ memory, maximumBytes, pages }: ArenaBuffers, ranges: RangeArena): Mapper {
  const guest: GuestMemory = {
    grow: (count) => {
      try {
        return memory.grow(count)
      } catch {
        return undefined
      }
    },
    bytes: () => new Uint8Array(memory.buffer),
  }
  const policy = { stepBytes: growthStepBytes, limitBytes: maximumBytes }
  if (pages === null) return new WasmMapper(ranges, guest, policy)
  return new PageMapper(ranges, guest, new PageTable(guest, pages.table, pages.records), policy)
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
  /** Where memory is to have pages: what is decoded of one, and what each thread's code keeps of its thread. */
  readonly pages?: { readonly records: RecordLayout; readonly threadBytes: number }
}

/** The buffers of a new session; the memory's first pages are the arena's, past what is the house's own. */
export function createArenaBuffers(sizes: ArenaSizes): ArenaBuffers {
  const maximum = Math.ceil(sizes.maximumBytes / wasmPageBytes)
  const pages = sizes.pages === undefined ? null : layOutPages(sizes.pages, maximum * wasmPageBytes)
  const houseBytes = pages === null ? reservedBytes : pages.threads.address + pages.threads.sizeBytes * executorLimit
  const arenaStart = pages === null ? houseBytes : roundUp(houseBytes, pageBytes)
  const initial = Math.max(1, Math.ceil(Math.max(sizes.initialBytes, arenaStart + pageBytes) / wasmPageBytes))
  const ranges = RangeArena.createBuffer()
  const added = new RangeArena(ranges, unsharedLock).addSpan(arenaStart, initial * wasmPageBytes)
  if (!added.ok) throw new Error(added.error.message)
  return {
    memory: new WebAssembly.Memory({ initial, maximum, shared: true }),
    ranges,
    slots: SlotArena.createBuffer({ slots: sizes.functionSlots }),
    tls: createTlsArenaBuffer(sizes.tlsBlockBytes),
    epochs: EpochTable.createBuffer({ executors: executorLimit }),
    counters: new SharedArrayBuffer(64),
    maximumBytes: maximum * wasmPageBytes,
    stackBytes: sizes.stackBytes,
    tlsBlockBytes: sizes.tlsBlockBytes,
    publishedWord,
    pages,
  }
}

function layOutPages({ records, threadBytes }: NonNullable<ArenaSizes['pages']>, limit: number): PagedMemory {
  const table = { address: pageBytes, limitBytes: 2 ** Math.ceil(Math.log2(limit)) }
  return {
    table,
    records,
    threads: { address: table.address + pageTableBytes(table.limitBytes), sizeBytes: threadBytes },
  }
}

function roundUp(value: number, to: number): number {
  return Math.ceil(value / to) * to
}
