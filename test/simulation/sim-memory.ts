// The executor memory of a simulated session: the real arenas over small buffers, which the schedules of a thread use one after
// the other. Contents of guest memory are written as in life; nobody's code runs on them.
import type { Arenas } from '@worc/link'
import { heapLockWord, publishedWord, reservedBytes } from '@worc/link'
import {
  EpochTable,
  RangeArena,
  SlotArena,
  WasmMapper,
  attachTlsArena,
  createTlsArenaBuffer,
  unsharedLock,
} from '@worc/executor-memory'

const stackBytes = 32
const tlsBlockBytes = 256
const largestBytes = 0x1_0000
const capacity = { ranges: 192, keys: 96, spans: 2 }
const slotCapacity = { slots: 96, keys: 96, signatureWords: 16, quarantine: 4 }

/** Buffers, and what they hold when a session begins. */
class ReusedBuffer {
  readonly buffer: SharedArrayBuffer
  readonly #words: Int32Array
  readonly #initial: Int32Array

  constructor(buffer: SharedArrayBuffer) {
    this.buffer = buffer
    this.#words = new Int32Array(buffer)
    this.#initial = Int32Array.from(this.#words)
  }

  reset(): SharedArrayBuffer {
    this.#words.set(this.#initial)
    return this.buffer
  }
}

const ranges = new ReusedBuffer(RangeArena.createBuffer(capacity))
const slots = new ReusedBuffer(SlotArena.createBuffer(slotCapacity))
const tls = new ReusedBuffer(createTlsArenaBuffer(tlsBlockBytes))
const epochs = new ReusedBuffer(EpochTable.createBuffer({ executors: 16, linkers: 1 }))
const counters = new SharedArrayBuffer(64)
const memory = new SharedArrayBuffer(largestBytes)

/** Of a new session. The memory of the thread's session before is this one's now. */
export function createSimMemory(arenaBytes: number): Arenas {
  new Int32Array(counters).fill(0)
  new Uint8Array(memory).fill(0, 0, reservedBytes)
  const arena = new RangeArena(ranges.reset(), unsharedLock, { name: 'executor memory' })
  const added = arena.addSpan(reservedBytes, reservedBytes + arenaBytes)
  if (!added.ok) throw new Error(added.error.message)
  const guest = { grow: () => undefined, bytes: () => new Uint8Array(memory) }
  return {
    buffers: {
      memory: { buffer: memory } as unknown as WebAssembly.Memory,
      ranges: ranges.buffer,
      slots: slots.reset(),
      tls: tls.reset(),
      epochs: epochs.reset(),
      counters,
      maximumBytes: arenaBytes,
      stackBytes,
      tlsBlockBytes,
      publishedWord,
    },
    ranges: arena,
    mapper: new WasmMapper(arena, guest, { stepBytes: 1, limitBytes: arenaBytes }),
    slots: new SlotArena(slots.buffer, unsharedLock),
    tls: attachTlsArena(tls.buffer, unsharedLock),
    epochs: new EpochTable(epochs.buffer),
  }
}

export { heapLockWord, publishedWord }
