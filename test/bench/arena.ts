// What the bookkeeping of executor memory costs: nanoseconds of CPU time for a pair of allocate and release, without a lock and
// with an uncontended Mutex, in an arena that is fragmented and in one that is not. Goal: well under 1,000 without the lock.
import { allocate, createAgent, createRegistry, Mutex } from 'sharedarraybuffer-lock'
import { MutexLock, RangeArena, SlotArena, unsharedLock } from '@worc/executor-memory'
import type { ArenaLock, Claim } from '@worc/executor-memory'
import type { Expected, LinkedUnitId, LinkerId, ResourceKey } from '@worc/protocol'
import { nodePlatform } from '../sharedarraybuffer-lock/node-platform.js'

const pairs = 100_000
const goalNs = 1000
const claim: Claim = { owner: 1 as LinkerId, key: 1 as ResourceKey, unit: 1 as LinkedUnitId }

export function arenaBench(print: (line: string) => void, options: { rounds: number }): void {
  const registry = createRegistry()
  const agent = createAgent(registry, nodePlatform(), { allowBlockingMain: true })
  const mutexLock = new MutexLock(new Mutex(agent, allocate(registry)))
  const measured = [
    { name: 'range, empty arena', run: rangePairs(unsharedLock, 0) },
    { name: 'range, 4,000 ranges with as many holes', run: rangePairs(unsharedLock, 8000) },
    { name: 'range, 4,000 ranges with as many holes, Mutex', run: rangePairs(mutexLock, 8000) },
    { name: 'function slot', run: slotPairs(unsharedLock) },
    { name: 'function slot, Mutex', run: slotPairs(mutexLock) },
  ].map((each) => ({ ...each, times: [] as number[] }))
  for (let round = -1; round < options.rounds; round++) {
    for (const { run, times } of measured) {
      const start = process.cpuUsage()
      run()
      const { user, system } = process.cpuUsage(start)
      // The first round warms up the compilers.
      if (round >= 0) times.push(((user + system) * 1000) / pairs)
    }
  }
  for (const { name, times } of measured) {
    times.sort((a, b) => a - b)
    const median = times[Math.floor(times.length / 2)] ?? NaN
    print(
      `${median.toFixed(0)} ns (least ${(times[0] ?? NaN).toFixed(0)}, goal ${goalNs})  allocate + release: ${name}`,
    )
  }
}

function rangePairs(lock: ArenaLock, prefilled: number): () => void {
  const arena = new RangeArena(RangeArena.createBuffer(), lock)
  valueOf(arena.addSpan(65_536, 64 * 1024 * 1024))
  const ids = Array.from({ length: prefilled }, (_, n) => valueOf(arena.allocate(32 + ((n * 37) % 500), 16, claim)).id)
  for (const [n, id] of ids.entries()) if (n % 2 === 1) arena.release(id)
  return () => {
    for (let n = 0; n < pairs; n++) arena.release(valueOf(arena.allocate(48 + ((n * 7) % 400), 16, claim)).id)
  }
}

function slotPairs(lock: ArenaLock): () => void {
  const arena = new SlotArena(SlotArena.createBuffer(), lock)
  const signature = valueOf(arena.intern('ii:i'))
  return () => {
    for (let n = 0; n < pairs; n++) arena.release(valueOf(arena.allocate(signature, claim)))
  }
}

function valueOf<T>(expected: Expected<T>): T {
  if (!expected.ok) throw new Error(expected.error.message)
  return expected.value
}
