// Real link actors in real threads, under a real Mutex, terminated in full swing. After each death the supervisor recovers the
// lock, a successor verifies the arenas, frees what the dead had in flight and adopts the rest; the others never stop. At the
// end everything is given back, and not one byte or slot is missing.
import { describe, it } from 'mocha'
import { expect } from 'chai'
import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
import { allocate, createAgent, createRegistry, Mutex, recover } from 'sharedarraybuffer-lock'
import type { Registry } from 'sharedarraybuffer-lock'
import { MutexLock, RangeArena, SlotArena, unsharedLock, verifyArena } from '@worc/executor-memory'
import type { LinkerId } from '@worc/protocol'
import { nodePlatform } from '../sharedarraybuffer-lock/node-platform.js'
import { guestBytes } from './arena-worker.js'
import type { ArenaWorkerData } from './arena-worker.js'
import { seeded, valueOf } from './claims-under-test.js'

/** Deaths at the least; it goes on until so many of them were with the lock held. A third are. */
const leastDeaths = 6
const leastInside = 2
const slotCount = 256
const successor = 0 as LinkerId

describe('arenas (owners terminated at any instruction)', () => {
  it('every invariant holds, nothing is lost, nothing is given out twice', async () => {
    const random = seeded(20_260_729)
    const { registry, arena, slots, data } = stage()
    const spawn = (): Promise<LinkActor> => linkActor({ ...data, seed: random(1 << 30), steps: 100 + random(500) })
    const living = [await spawn(), await spawn()]
    let diedInside = 0
    try {
      for (let deaths = 0; deaths < leastDeaths || diedInside < leastInside; deaths++) {
        const [dead] = living.splice(random(2), 1) as [LinkActor]
        await end(dead)
        expect(dead.reports).to.deep.equal([])
        diedInside += recover(registry, dead.id).length
        expect(verifyArena(arena), 'ranges').to.deep.equal([])
        expect(verifyArena(slots), 'slots').to.deep.equal([])
        inherit(arena, slots, dead.id as LinkerId)
        living.push(await spawn())
      }
    } finally {
      for (const actor of living) {
        await end(actor)
        recover(registry, actor.id)
      }
    }
    for (const { id, reports } of living) {
      inherit(arena, slots, id as LinkerId)
      expect(reports).to.deep.equal([])
    }
    giveBackAll(arena, slots)
    expect([...verifyArena(arena), ...verifyArena(slots)]).to.deep.equal([])
    expect(arena.stats()).to.include({ freeBytes: guestBytes, largestFreeBytes: guestBytes, claimedRanges: 0 })
    expect(slots.stats()).to.include({ inFlight: 0, ready: 0, retired: 0 })
  })
})

interface LinkActor {
  readonly worker: Worker
  readonly id: number
  /** What it posted after it was busy: complaints only. */
  readonly reports: unknown[]
}

interface Stage {
  readonly registry: Registry
  readonly arena: RangeArena
  readonly slots: SlotArena
  readonly data: Omit<ArenaWorkerData, 'seed' | 'steps'>
}

function stage(): Stage {
  const registry = createRegistry()
  const agent = createAgent(registry, nodePlatform(), { allowBlockingMain: true })
  const mutex = new Mutex(agent, allocate(registry))
  const lock = new MutexLock(mutex)
  const ranges = RangeArena.createBuffer({ ranges: 4096, keys: 8 })
  const slots = SlotArena.createBuffer({ slots: slotCount, keys: 8, quarantine: 4 })
  valueOf(new RangeArena(ranges, unsharedLock).addSpan(0, guestBytes))
  const marks = new Int32Array(new SharedArrayBuffer((guestBytes / 16 + slotCount) * 4))
  return {
    registry,
    arena: new RangeArena(ranges, lock),
    slots: new SlotArena(slots, lock),
    data: { registry: registry.buffer, lock: mutex.address, ranges, slots, marks },
  }
}

/** Resolves when it is in full swing. */
async function linkActor(data: ArenaWorkerData): Promise<LinkActor> {
  const worker = new Worker(new URL('./arena-worker.js', import.meta.url), { workerData: data })
  const id = worker.threadId
  const [first] = (await once(worker, 'message')) as [unknown]
  expect(first).to.equal('busy')
  const reports: unknown[] = []
  worker.on('message', (report) => reports.push(report))
  return { worker, id, reports }
}

async function end({ worker }: LinkActor): Promise<void> {
  const exit = once(worker, 'exit')
  await worker.terminate()
  await exit
}

/** What a successor does: frees what was in flight, adopts what is ready or retired. */
function inherit(arena: RangeArena, slots: SlotArena, dead: LinkerId): void {
  for (const { id } of arena.rangesOf(dead, 'in-flight')) arena.release(id)
  for (const { slot } of slots.slotsOf(dead, 'in-flight')) slots.release(slot)
  arena.adopt(dead, successor)
  slots.adopt(dead, successor)
  expect(arena.rangesOf(dead)).to.deep.equal([])
  expect(slots.slotsOf(dead)).to.deep.equal([])
}

function giveBackAll(arena: RangeArena, slots: SlotArena): void {
  for (const { id } of arena.rangesOf(successor)) {
    arena.retire(id, 1)
    arena.release(id)
  }
  for (const { slot } of slots.slotsOf(successor)) {
    slots.retire(slot, 1)
    slots.release(slot)
  }
}
