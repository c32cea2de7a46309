// Symbols that depend on one another, and the orders they may be emitted in: what others depend on first (good), last (bad), or
// shuffled. The same come out each time.
import { RandomSource } from '../orc/random-source.js'

export interface Emission {
  readonly symbol: number
  readonly dependences: readonly number[]
}

type Shape = 'chain' | 'DAG'
type EmissionOrder = 'good' | 'bad' | 'random'

/** How many earlier symbols each symbol of a DAG depends on, some of them perhaps twice. */
const dependencesInDag = 3

export function emissionsOf(shape: Shape, order: EmissionOrder, count: number): readonly Emission[] {
  const random = new RandomSource(1)
  const earlier = (symbol: number): readonly number[] => {
    if (symbol === 0) return []
    if (shape === 'chain') return [symbol - 1]
    return [...new Set(Array.from({ length: dependencesInDag }, () => random.below(symbol)))]
  }
  const emissions = Array.from({ length: count }, (_, symbol) => ({ symbol, dependences: earlier(symbol) }))
  if (order === 'good') return emissions
  return order === 'bad' ? emissions.toReversed() : random.some(emissions, count)
}
