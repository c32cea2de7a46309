// What a client does in a round whose history is checked: the operations of a dylib, on names and trackers that all clients share.
import { RandomSource } from '../../orc/random-source.js'
import type { DylibCall } from './dylib-model.js'
import { defaultTracker } from './dylib-model.js'
import type { ProgramShape } from './program.js'
import { dylibCount } from './program.js'

export interface PlannedCall {
  readonly dylib: number
  readonly call: DylibCall
  /** Of a definition: its client materializes it, a turn or two later. */
  readonly slow: boolean
  readonly awaited: boolean
}

const names = ['a', 'b', 'c', 'd']
const sharedPerClient = 2
const perClient = 1000

/** Trackers that a client makes before the round, and gives to all the others. */
export function sharedTrackers(client: number): readonly { readonly dylib: number; readonly tracker: number }[] {
  return Array.from({ length: dylibCount * sharedPerClient }, (_, n) => ({
    dylib: n % dylibCount,
    tracker: (client + 1) * perClient + n,
  }))
}

const weights = [
  ['define', 9],
  ['look up', 12],
  ['remove', 3],
  ['transfer', 4],
  ['remove names', 3],
  ['clear', 1],
  ['is defunct', 2],
  ['create', 3],
  ['drop', 1],
] as const
const total = weights.reduce((sum, [, weight]) => sum + weight, 0)

export function historyProgram({ seed, client, clients, steps }: ProgramShape): readonly PlannedCall[] {
  const random = new RandomSource(seed * 37 + client)
  const shared = Array.from({ length: clients }, (_, n) => sharedTrackers(n)).flat()
  /** Of this client alone, by dylib. */
  const own: number[][] = Array.from({ length: dylibCount }, () => [])
  let made = (client + 1) * perClient + sharedPerClient * dylibCount
  let address = (client + 1) * perClient * perClient
  const draw = (): (typeof weights)[number][0] => {
    let left = random.next() * total
    return weights.find(([, weight]) => (left -= weight) < 0)?.[0] ?? 'look up'
  }
  const callIn = (dylib: number): DylibCall => {
    const anyTracker = (): number => {
      const known = [
        ...shared.filter((each) => each.dylib === dylib).map(({ tracker }) => tracker),
        ...(own[dylib] ?? []),
      ]
      return random.chance(0.2) ? defaultTracker : (random.pick(known) ?? defaultTracker)
    }
    const kind = draw()
    switch (kind) {
      case 'define': {
        const defined = random.some(names, 1 + random.below(2))
        return {
          do: kind,
          tracker: anyTracker(),
          symbols: Object.fromEntries(defined.map((name) => [name, ++address])),
        }
      }
      case 'look up':
      case 'remove names':
        return { do: kind, names: random.some(names, 1 + random.below(2)) }
      case 'remove':
      case 'is defunct':
        return { do: kind, tracker: anyTracker() }
      case 'transfer':
        return { do: kind, source: anyTracker(), destination: anyTracker() }
      case 'clear':
        return { do: kind }
      case 'create': {
        own[dylib]?.push(++made)
        return { do: kind, tracker: made }
      }
      case 'drop': {
        const tracker = own[dylib]?.shift()
        return tracker === undefined ? { do: 'is defunct', tracker: anyTracker() } : { do: kind, tracker }
      }
    }
  }
  return Array.from({ length: steps }, () => {
    const dylib = random.below(dylibCount)
    return { dylib, call: callIn(dylib), slow: random.chance(0.5), awaited: random.chance(0.4) }
  })
}
