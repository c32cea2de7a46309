// The executor memory of a simulated session: the real arenas over small buffers, which the schedules of a thread use one after
// the other. Contents of guest memory are written as in life; nobody's code runs on them.
import type { Arenas } from '@worc/link'
import { heapLockWord, publishedWord, reservedBytes } from '@worc/link'
import {
  EpochTable,
  RangeArena,
  SlotArena,
  WasmMapper,
  createTlsArenaBuffer,
  unsharedLock,
} from '@worc/executor-memory'
import { WatchedWords } from './watched-words.js'

const stackBytes = 32
const tlsBlockBytes = 256
const largestBytes = 0x1_0000
const capacity = { ranges: 192, keys: 96, spans: 2 }
const slotCapacity = { slots: 96, keys: 96, signatureWords: 16, quarantine: 4 }

const words = {
  ranges: new WatchedWords(RangeArena.createBuffer(capacity)),
  slots: new WatchedWords(SlotArena.createBuffer(slotCapacity)),
  tls: new WatchedWords(createTlsArenaBuffer(tlsBlockBytes)),
}
const arenas = {
  ranges: new RangeArena(words.ranges.buffer, unsharedLock, { name: 'executor memory', store: words.ranges }),
  slots: new SlotArena(words.slots.buffer, unsharedLock, { store: words.slots }),
  tls: new RangeArena(words.tls.buffer, unsharedLock, { name: 'the TLS block', store: words.tls }),
}
const epochBuffer = EpochTable.createBuffer({ executors: 16, linkers: 1 })
const epochWords = new Int32Array(epochBuffer)
const initialEpochs = Int32Array.from(epochWords)
const counters = new SharedArrayBuffer(64)
const memory = new SharedArrayBuffer(largestBytes)
const bytes = new Uint8Array(memory)
const counterWords = new Int32Array(counters)
const guest = { grow: () => undefined, bytes: () => bytes }

/** How often the arenas' words were written: as long as it stays the same, so do they. */
export function memoryChanges(): number {
  return words.ranges.changes + words.slots.changes + words.tls.changes
}

/** Of a new session. The memory of the thread's session before is this one's now. */
export function createSimMemory(arenaBytes: number): Arenas {
  for (const each of [words.ranges, words.slots, words.tls]) each.reset()
  epochWords.set(initialEpochs)
  counterWords.fill(0)
  bytes.fill(0, 0, reservedBytes)
  const added = arenas.ranges.addSpan(reservedBytes, reservedBytes + arenaBytes)
  if (!added.ok) throw new Error(added.error.message)
  return {
    buffers: {
      memory: { buffer: memory } as unknown as WebAssembly.Memory,
      ranges: words.ranges.buffer,
      slots: words.slots.buffer,
      tls: words.tls.buffer,
      epochs: epochBuffer,
      counters,
      maximumBytes: arenaBytes,
      stackBytes,
      tlsBlockBytes,
      publishedWord,
      pages: null,
    },
    ...arenas,
    mapper: new WasmMapper(arenas.ranges, guest, { stepBytes: 1, limitBytes: arenaBytes }),
    epochs: new EpochTable(epochBuffer),
  }
}

export { heapLockWord, publishedWord }
