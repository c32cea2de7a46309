// One of several link actors that use the same arenas until they are terminated: allocates, writes its mark over what it got,
// commits, retires, and releases after checking that the mark is still its own everywhere. A mark of somebody else's means
// that a range or a slot was given out twice; it is posted, and the thread ends.
import { parentPort, threadId, workerData } from 'node:worker_threads'
import { createAgent, Mutex, openRegistry } from 'sharedarraybuffer-lock'
import type { LockAddress } from 'sharedarraybuffer-lock'
import { MutexLock, RangeArena, SlotArena } from '@worc/executor-memory'
import type { AllocatedRange, FunctionSlot } from '@worc/executor-memory'
import type { LinkerId } from '@worc/protocol'
import { nodePlatform } from '../sharedarraybuffer-lock/node-platform.js'
import { claim, key, seeded, valueOf } from './claims-under-test.js'

export interface ArenaWorkerData {
  readonly registry: SharedArrayBuffer
  /** One lock for both arenas. */
  readonly lock: LockAddress
  readonly ranges: SharedArrayBuffer
  readonly slots: SharedArrayBuffer
  /** A word for each granule of the addresses that the ranges arena gives out, then one for each slot. */
  readonly marks: Int32Array<SharedArrayBuffer>
  readonly seed: number
  /** Posts a message after so many steps, and goes on. */
  readonly steps: number
}

export const guestBytes = 65_536
const keyCount = 4

interface Holding {
  readonly words: readonly number[]
  ready(): void
  retired(): void
  released(): void
}

const data = workerData as ArenaWorkerData
if (parentPort !== null) run(data, (message) => parentPort?.postMessage(message))

function run(
  { registry, lock: address, ranges, slots, marks, seed, steps }: ArenaWorkerData,
  post: (message: string) => void,
): void {
  const mutex = new Mutex(createAgent(openRegistry(registry), nodePlatform()), address)
  const lock = new MutexLock(mutex)
  const arena = new RangeArena(ranges, lock)
  const slotArena = new SlotArena(slots, lock)
  const signature = valueOf(slotArena.intern('i:i'))
  const random = seeded(seed)
  const owner = threadId as LinkerId
  const held: Holding[] = []
  for (let step = 1; ; step++) {
    if (step === steps) post('busy')
    const choice = random(10)
    const oldest = held[0]
    if (choice === 0) arena.transfer(key(random(keyCount)), key(random(keyCount)))
    else if (choice < 6 && held.length < 40) {
      const allocated = arena.allocate(16 + random(300), 16 << random(4), claim(owner, random(keyCount)))
      if (allocated.ok) held.push(ofRange(arena, allocated.value))
      const slot = slotArena.allocate(signature, claim(owner, random(keyCount)))
      if (slot.ok) held.push(ofSlot(slotArena, slot.value))
      for (const holding of held.slice(-2)) for (const word of holding.words) Atomics.store(marks, word, threadId)
    } else if (oldest !== undefined) {
      const wrong = oldest.words.find((word) => Atomics.load(marks, word) !== threadId)
      if (wrong !== undefined)
        return post(`step ${step}: word ${wrong} is marked by thread ${Atomics.load(marks, wrong)}`)
      oldest.ready()
      oldest.retired()
      oldest.released()
      held.shift()
    }
  }
}

function ofRange(arena: RangeArena, { id, address, sizeBytes }: AllocatedRange): Holding {
  return {
    words: Array.from({ length: sizeBytes / 16 }, (_, n) => address / 16 + n),
    ready: () => arena.commit(id),
    retired: () => arena.retire(id, 1),
    released: () => arena.release(id),
  }
}

function ofSlot(arena: SlotArena, slot: FunctionSlot): Holding {
  return {
    words: [guestBytes / 16 + (slot & 0xf_ffff)],
    ready: () => arena.commit(slot),
    retired: () => arena.retire(slot, 1),
    released: () => arena.release(slot),
  }
}
