// What kind of schedule a seed makes: sizes, which operations and faults there are at all, and who decides what happens next.
// Leaving things out is what lets others pile up (swarm testing, Groce et al., ISSTA 2012).
import type { Fault } from './decisions.js'
import type { Operation } from './operations.js'
import type { RandomStream } from './random-stream.js'
import type { HouseOptions } from './sim-house.js'
import type { StrategyOptions } from './strategy.js'

export type OperationType = Operation['type']
type FaultType = Fault['type']

export interface ScheduleOptions {
  readonly operations: number
  readonly house: HouseOptions
  readonly strategy: StrategyOptions
  /** Relative frequencies; 0 where the seed leaves the operation out. */
  readonly weights: ReadonlyMap<OperationType, number>
  /** `rate`: how likely one is at each step, as long as there are not too many. */
  readonly faults: { readonly most: number; readonly rate: number; readonly types: readonly FaultType[] }
  /** In [0, 1]: how often what a lookup finds is called at once. */
  readonly callsFound: number
  /** What may befall units. */
  readonly units: UnitOptions
}

export interface UnitOptions {
  readonly compileErrors: boolean
  readonly hangs: boolean
  readonly linkErrors: boolean
  readonly slow: boolean
  readonly largestData: number
  readonly kinds: readonly ('absolute' | 'object' | 'source' | 'user')[]
  readonly names: readonly string[]
  /** In [0, 1]: how often a unit calls others. */
  readonly coupling: number
}

const always: readonly (readonly [OperationType, number])[] = [
  ['create-tracker', 8],
  ['define', 22],
  ['lookup', 22],
]

const sometimes: readonly (readonly [OperationType, number])[] = [
  ['remove', 8],
  ['transfer', 5],
  ['drop', 4],
  ['hand-over', 3],
  ['clear', 1],
  ['remove-symbols', 2],
  ['register', 3],
  ['deregister', 2],
  ['claim', 4],
  ['current-keys', 2],
  ['squeeze', 1],
  ['add-generator', 3],
  ['remove-generator', 0.5],
  ['compile', 1],
  ['call', 20],
  ['address', 2],
  ['park', 2],
  ['initialize', 2],
  ['create-dylib', 0.5],
  ['remove-dylib', 0.5],
  ['link-order', 1],
  ['lookup-flags', 0.5],
  ['allocate', 0.5],
  ['cancel', 2],
  ['end-session', 0.3],
  ['drain', 0.5],
  ['burst', 0.05],
  ['leave', 0.5],
  ['come', 0.5],
]

const crashTypes: readonly FaultType[] = ['kill', 'die-in-turn', 'die-in-turn', 'pressure', 'end-house']

/**
 * Schedules have up to `operations` operations. Shorter ones are no bargain: what only few find, a link actor's death in the
 * middle of a removal or a transfer, they found for twice as many steps and more.
 */
export function optionsOf(random: RandomStream, operations: number): ScheduleOptions {
  const users = 1 + random.below(3)
  // Code that runs meets everything else, or it would be called in a few schedules and leave at once.
  const runs = random.chance(0.5)
  const weights = new Map<OperationType, number>(always)
  for (const [type, weight] of sometimes) weights.set(type, random.chance(0.6) ? weight * (0.5 + random.next()) : 0)
  const kinds = kindsOf(random)
  if (!kinds.includes('source')) weights.set('compile', 0)
  return {
    operations: random.chance(0.1) ? 3 + random.below(operations >> 1) : operations - random.below(operations >> 1),
    house: {
      users,
      executors: runs ? users : random.below(users + 1),
      compilers: kinds.includes('source') ? 1 + random.below(2) : 0,
      arenaBytes: random.chance(0.3) ? 512 + 16 * random.below(64) : 8192 + 16 * random.below(2048),
      restarts: random.chance(0.1) ? 0 : 3,
      restartMs: random.below(20),
      credits: random.chance(0.3) ? (random.pick([1, 2, 4, 16, 64]) ?? 64) : 1024,
    },
    strategy: strategyOf(random),
    weights,
    callsFound: runs ? 0.7 : 0,
    faults: faultsOf(random),
    units: {
      compileErrors: random.chance(0.4),
      hangs: random.chance(0.15),
      linkErrors: random.chance(0.4),
      slow: random.chance(0.5),
      largestData: random.pick([64, 128, 512]) ?? 64,
      kinds,
      names: names.slice(0, 3 + random.below(6)),
      coupling: random.chance(runs ? 0.6 : 0.3) ? 1 : random.next(),
    },
  }
}

const names = ['Foo', 'Bar', 'Baz', 'Qux', 'Quux', 'Corge', 'Grault', 'Garply']

/** Nothing breaks in most schedules; and where frames come twice there are enough of them to meet everything else. */
function faultsOf(random: RandomStream): ScheduleOptions['faults'] {
  const crashes = random.chance(0.4) ? 1 + random.below(3) : 0
  const types = crashTypes.filter(() => random.chance(0.6))
  const repeats = random.chance(0.25) ? 1 + random.below(6) : 0
  if (repeats === 0) return { most: crashes, rate: 0.05, types }
  return { most: crashes + repeats, rate: 0.1, types: [...(crashes > 0 ? types : []), 'repeat', 'repeat'] }
}

/** Mostly what link actors link. */
function kindsOf(random: RandomStream): UnitOptions['kinds'] {
  const more = (['absolute', 'source', 'user', 'user'] as const).filter(() => random.chance(0.5))
  return ['object', 'object', 'object', ...more]
}

function strategyOf(random: RandomStream): StrategyOptions {
  const at = random.below(100)
  if (at < 50) return { kind: 'random-walk' }
  if (at < 75) return { kind: 'pct', depth: 2 + random.below(3) }
  if (at < 90) return { kind: 'starve', threads: ['session', 'link', 'user', 'compile'][random.below(4)] ?? 'link' }
  return { kind: 'round-robin', delay: random.next() * 0.5 }
}
