// What the bookkeeping of executor memory costs: nanoseconds of CPU time for a pair of allocate and release, without a lock and
// with an uncontended Mutex, in an arena that is fragmented and in one that is not.
import { allocate, createAgent, createRegistry, Mutex } from 'sharedarraybuffer-lock'
import { MutexLock, RangeArena, SlotArena, unsharedLock } from '@worc/executor-memory'
import type { ArenaLock, Claim } from '@worc/executor-memory'
import type { LinkedUnitId, LinkerId, ResourceKey } from '@worc/protocol'
import { valueOf } from '@worc/protocol'
import { nodePlatform } from '../sharedarraybuffer-lock/node-platform.js'
import type { BenchContext } from './bench.js'
import { interleave } from './interleave.js'
import { median } from './median.js'
import { quantity } from './row.js'

const pairs = 100_000
const atMost = 1000
const claim: Claim = { owner: 1 as LinkerId, key: 1 as ResourceKey, unit: 1 as LinkedUnitId }

export async function arenaBench(context: BenchContext): Promise<void> {
  const registry = createRegistry()
  const agent = createAgent(registry, nodePlatform(), { allowBlockingMain: true })
  const mutexLock = new MutexLock(new Mutex(agent, allocate(registry)))
  const times = await interleave(context, {
    'range, empty arena': rangePairs(unsharedLock, 0),
    'range, 4,000 taken, 4,000 holes': rangePairs(unsharedLock, 8000),
    'range, 4,000 taken, 4,000 holes, Mutex': rangePairs(mutexLock, 8000),
    'function slot': slotPairs(unsharedLock),
    'function slot, Mutex': slotPairs(mutexLock),
  })
  for (const [name, values] of Object.entries(times)) {
    const figures = `least ${quantity(Math.min(...values), 'ns')}`
    const what = `allocate, release: ${name}`
    context.row({ value: median(values), unit: 'ns', aim: { atMost }, heat: 'hot', what, figures })
  }
}

function rangePairs(lock: ArenaLock, prefilled: number): () => number {
  const arena = new RangeArena(RangeArena.createBuffer(), lock)
  valueOf(arena.addSpan(65_536, 64 * 1024 * 1024))
  const ids = Array.from({ length: prefilled }, (_, n) => valueOf(arena.allocate(32 + ((n * 37) % 500), 16, claim)).id)
  for (const [n, id] of ids.entries()) if (n % 2 === 1) arena.release(id)
  return cpuNanosecondsEach((n) => arena.release(valueOf(arena.allocate(48 + ((n * 7) % 400), 16, claim)).id))
}

function slotPairs(lock: ArenaLock): () => number {
  const arena = new SlotArena(SlotArena.createBuffer(), lock)
  const signature = valueOf(arena.intern('ii:i'))
  return cpuNanosecondsEach(() => arena.release(valueOf(arena.allocate(signature, claim))))
}

function cpuNanosecondsEach(pair: (n: number) => void): () => number {
  return () => {
    const start = process.cpuUsage()
    for (let n = 0; n < pairs; n++) pair(n)
    const { user, system } = process.cpuUsage(start)
    return ((user + system) * 1000) / pairs
  }
}
