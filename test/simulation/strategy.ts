// Who goes next. Each strategy sees the same choices, the lanes on which something could happen, and has its own idea: chance;
// priorities that change at a few points (PCT: Burckhardt et al., ASPLOS 2010); one kind of thread starved (rr's chaos mode);
// turns, with delays.
import type { RandomStream } from './random-stream.js'

export type StrategyOptions =
  | { readonly kind: 'random-walk' }
  | { readonly kind: 'pct'; readonly depth: number }
  /** By the beginning of the threads' names. */
  | { readonly kind: 'starve'; readonly threads: string }
  | { readonly kind: 'round-robin'; readonly delay: number }

/** One thing that could happen: the next of a channel, of a thread's stack, of time. */
export interface Lane {
  /** As plans name it. */
  readonly name: string
  /** The name of the thread in which it would happen. */
  readonly threadName: string
}

type Strategy = (lanes: readonly Lane[]) => number

/** Steps among which priorities change. */
const usualLength = 150

export function createStrategy(options: StrategyOptions, random: RandomStream): Strategy {
  switch (options.kind) {
    case 'random-walk':
      return (lanes) => random.below(lanes.length)
    case 'pct':
      return pct(options.depth, random)
    case 'starve':
      return starve(options.threads, random)
    case 'round-robin':
      return roundRobin(options.delay, random)
  }
}

function pct(depth: number, random: RandomStream): Strategy {
  const priorities = new Map<string, number>()
  const changes = new Set(Array.from({ length: depth - 1 }, () => random.below(usualLength)))
  let step = 0
  let lowest = 0
  const highest = (lanes: readonly Lane[]): number => {
    let best = 0
    let bestPriority = -Infinity
    for (let at = 0; at < lanes.length; at++) {
      const name = lanes[at]?.name ?? ''
      let priority = priorities.get(name)
      if (priority === undefined) priorities.set(name, (priority = random.next()))
      if (priority <= bestPriority) continue
      best = at
      bestPriority = priority
    }
    return best
  }
  return (lanes) => {
    const chosen = highest(lanes)
    if (!changes.has(step++)) return chosen
    priorities.set(lanes[chosen]?.name ?? '', --lowest)
    return highest(lanes)
  }
}

function starve(threads: string, random: RandomStream): Strategy {
  return (lanes) => {
    const fed = lanes.flatMap(({ threadName }, at) => (threadName.startsWith(threads) ? [] : [at]))
    const chosen = random.chance(0.02) ? undefined : random.pick(fed)
    return chosen ?? random.below(lanes.length)
  }
}

/** The lane that was served longest ago, unless it is delayed. */
function roundRobin(delay: number, random: RandomStream): Strategy {
  const served = new Map<string, number>()
  let turn = 0
  return (lanes) => {
    let oldest = 0
    let oldestTurn = Infinity
    for (let at = 0; at < lanes.length; at++) {
      const last = served.get(lanes[at]?.name ?? '') ?? 0
      if (last >= oldestTurn || random.chance(delay)) continue
      oldest = at
      oldestTurn = last
    }
    served.set(lanes[oldest]?.name ?? '', ++turn)
    return oldest
  }
}
