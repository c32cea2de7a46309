// What a client does in a round: a list of steps that follows from the round's seed and the client's number alone. When they
// happen, and what they meet, is the threads' business.
import { RandomSource } from '../../orc/random-source.js'
import { ringSize } from './objects.js'

/** Dylibs that all clients of a house share. */
export const dylibCount = 2
/** Trackers that a client holds of each dylib, by slot. */
export const trackerSlots = 3
/** The dylib's default tracker, in place of a slot. */
export const defaultSlot = -1

const unitModes = [
  'resolves at once',
  'resolves later',
  'waits long',
  'fails',
  'throws',
  'is dropped',
  'delegates',
  'replaces',
  'claims more',
  'depends',
  'emits an object',
  'removes itself',
] as const
export type UnitMode = (typeof unitModes)[number]

interface InDylib {
  readonly dylib: number
  readonly tracker: number
}

export type Step =
  | ({
      readonly do: 'add object'
      readonly n: number
      readonly version: number
      readonly dataBytes: number
      readonly isEnd: boolean
    } & InDylib)
  | ({ readonly do: 'define'; readonly names: readonly string[]; readonly mode: UnitMode } & InDylib)
  | ({ readonly do: 'define absolute'; readonly names: readonly string[] } & InDylib)
  /** A function of JavaScript in a ring function's place. */
  | ({ readonly do: 'define host'; readonly n: number; readonly version: number } & InDylib)
  | ({ readonly do: 'define aliases'; readonly aliases: Readonly<Record<string, string>> } & InDylib)
  /** Of the other dylib. */
  | ({ readonly do: 're-export'; readonly aliases: Readonly<Record<string, string>> } & InDylib)
  /** A stub in this dylib for a ring function of the other one. */
  | ({ readonly do: 're-export lazily'; readonly n: number } & InDylib)
  | {
      readonly do: 'look up'
      readonly dylib: number
      readonly n: number
      /** The stub for it, which looks the function up when it is called. */
      readonly lazily: boolean
      /** Rather what this client has defined last. */
      readonly recent: boolean
      readonly abort: boolean
    }
  | { readonly do: 'look up and wait'; readonly dylib: number; readonly name: string }
  | {
      readonly do: 'look up names'
      readonly names: readonly string[]
      readonly state: 'resolved' | 'emitted' | 'ready'
    }
  | { readonly do: 'look up flags'; readonly dylib: number; readonly names: readonly string[] }
  | { readonly do: 'call'; readonly handle: number; readonly steps: number }
  | ({ readonly do: 'remove'; readonly wait: 'retired' | 'reclaimed' } & InDylib)
  | ({ readonly do: 'transfer'; readonly destination: number } & InDylib)
  | { readonly do: 'remove names'; readonly dylib: number; readonly names: readonly string[] }
  | { readonly do: 'clear'; readonly dylib: number }
  | ({ readonly do: 'dispose' } & InDylib)
  | ({ readonly do: 'forget' } & InDylib)
  | ({ readonly do: 'give'; readonly to: number } & InDylib)
  | ({ readonly do: 'file under the key' } & InDylib)
  | { readonly do: 'set link order'; readonly dylib: number; readonly order: readonly number[] }
  | { readonly do: 'generate'; readonly dylib: number; readonly name: string }
  | { readonly do: 'pass a dylib by'; readonly name: string }
  | { readonly do: 'allocate'; readonly sizeBytes: number; readonly finalize: boolean }
  | { readonly do: 'compile' }
  | { readonly do: 'collect garbage' }
  | { readonly do: 'park' }
  | { readonly do: 'verify' }
  | { readonly do: 'register a manager' }
  | { readonly do: 'flood'; readonly dylib: number; readonly messages: number }

export interface PlannedStep {
  readonly step: Step
  /** Otherwise what follows is begun while it runs. */
  readonly awaited: boolean
  /** Before it begins. */
  readonly pauseMicros: number
}

/** How often each step is drawn. What costs milliseconds, or quiets a storm, is rare. */
const weights: Readonly<Record<Step['do'], number>> = {
  'add object': 8,
  define: 8,
  'define absolute': 8,
  'define host': 2,
  'define aliases': 2,
  're-export': 1,
  're-export lazily': 2,
  'look up': 6,
  'look up and wait': 5,
  'look up names': 8,
  'look up flags': 2,
  call: 8,
  remove: 6,
  transfer: 6,
  'remove names': 4,
  clear: 0.5,
  dispose: 3,
  forget: 0.1,
  give: 3,
  'file under the key': 6,
  'set link order': 1,
  generate: 1,
  'pass a dylib by': 1,
  allocate: 1,
  compile: 0.2,
  'collect garbage': 0.02,
  park: 1,
  verify: 1,
  'register a manager': 0.5,
  flood: 0.005,
}
const kindsOfStep = Object.keys(weights) as Step['do'][]

const objectNames = Array.from({ length: ringSize }, (_, n) => `f${n}`)
/** Of units that their clients materialize in turns of their event loops. */
const patientNames = ['u0', 'u1', 'u2', 'u3', 'u4']
/** Of units that are there at once, or in one turn of their client: nobody can wait for these for ever. */
const promptNames = ['s0', 's1', 's2']
const aliasNames = ['a0', 'a1']
const generatedNames = ['g0', 'g1']

export interface ProgramShape {
  readonly seed: number
  readonly client: number
  readonly clients: number
  readonly steps: number
}

export function programOf({ seed, client, clients, steps }: ProgramShape): readonly PlannedStep[] {
  // All clients of a round leave out the same kinds of step, as swarm testing has it.
  const swarm = new RandomSource(seed)
  const enabled = kindsOfStep.filter(() => swarm.chance(0.75))
  const total = enabled.reduce((sum, kind) => sum + weights[kind], 0)
  const random = new RandomSource(seed * 31 + client + 1)
  const draw = (): Step['do'] => {
    let left = random.next() * total
    return enabled.find((kind) => (left -= weights[kind]) < 0) ?? 'look up names'
  }
  return Array.from({ length: steps }, () => ({
    step: stepOf(draw(), random, client, clients),
    awaited: random.chance(0.3),
    pauseMicros: random.chance(0.2) ? random.below(300) : 0,
  }))
}

function stepOf(kind: Step['do'], random: RandomSource, client: number, clients: number): Step {
  const dylib = random.below(dylibCount)
  const tracker = random.below(trackerSlots + 1) - 1
  const oneOf = <T>(items: readonly T[]): T => items[random.below(items.length)] as T
  const anyName = (): string =>
    oneOf([...patientNames, ...promptNames, ...objectNames, ...generatedNames, ...aliasNames])
  const someOf = (names: readonly string[]): string[] => random.some(names, 1 + random.below(3))
  switch (kind) {
    case 'add object': {
      const dataBytes = random.chance(0.1) ? 20_000 : 64
      return {
        do: kind,
        dylib,
        tracker,
        n: random.below(ringSize),
        version: random.below(1000),
        dataBytes,
        isEnd: random.chance(0.5),
      }
    }
    case 'define': {
      const drawn = random.chance(0.3) ? 'resolves at once' : oneOf(unitModes)
      // Only a collection, which takes milliseconds, ends it.
      const mode = drawn === 'is dropped' && random.chance(0.9) ? 'waits long' : drawn
      if (mode === 'emits an object') return { do: kind, dylib, tracker, mode, names: [oneOf(objectNames)] }
      const prompt = mode === 'resolves at once' || mode === 'fails' || mode === 'throws'
      return { do: kind, dylib, tracker, mode, names: someOf(prompt ? promptNames : patientNames) }
    }
    case 'define absolute':
      return { do: kind, dylib, tracker, names: someOf([...promptNames, ...patientNames]) }
    case 'look up':
      return {
        do: kind,
        dylib,
        n: random.below(ringSize),
        lazily: random.chance(0.2),
        recent: random.chance(0.6),
        abort: random.chance(0.1),
      }
    case 'define host':
      return { do: kind, dylib, tracker, n: random.below(ringSize), version: random.below(1000) }
    case 'define aliases':
    case 're-export': {
      const aliases = random.some(aliasNames, 1 + random.below(2)).map((alias) => [alias, anyName()])
      return { do: kind, dylib, tracker, aliases: Object.fromEntries(aliases) as Record<string, string> }
    }
    case 're-export lazily':
      return { do: kind, dylib, tracker, n: random.below(ringSize) }
    case 'look up and wait':
      return { do: kind, dylib, name: oneOf(promptNames) }
    case 'look up names': {
      const names = random.some([anyName(), anyName(), anyName()], 1 + random.below(3))
      return { do: kind, names, state: oneOf(['resolved', 'emitted', 'ready', 'ready', 'ready']) }
    }
    case 'look up flags':
      return { do: kind, dylib, names: someOf([...patientNames, ...objectNames, ...generatedNames]) }
    case 'call':
      return { do: kind, handle: random.below(1000), steps: random.below(2 * ringSize) }
    case 'remove':
      return { do: kind, dylib, tracker, wait: random.chance(0.1) ? 'reclaimed' : 'retired' }
    case 'transfer':
      return { do: kind, dylib, tracker, destination: random.below(trackerSlots + 1) - 1 }
    case 'remove names':
      return { do: kind, dylib, names: random.some([anyName(), anyName()], 2) }
    case 'give':
      return { do: kind, dylib, tracker, to: (client + 1 + random.below(Math.max(1, clients - 1))) % clients }
    case 'set link order':
      return { do: kind, dylib, order: random.some([0, 1], 1 + random.below(2)) }
    case 'generate':
      return { do: kind, dylib, name: oneOf(generatedNames) }
    case 'pass a dylib by':
      return { do: kind, name: `of client ${client}, ${random.below(0x1_0000_0000)}` }
    case 'allocate':
      return { do: kind, sizeBytes: 1 + random.below(3000), finalize: random.chance(0.5) }
    case 'clear':
      return { do: kind, dylib }
    case 'flood':
      return { do: kind, dylib, messages: 6000 }
    case 'dispose':
    case 'forget':
    case 'file under the key':
      return { do: kind, dylib, tracker }
    case 'compile':
    case 'collect garbage':
    case 'park':
    case 'verify':
    case 'register a manager':
      return { do: kind }
  }
}
