// A million symbols in one session, in a process of its own, and prints as JSON what they cost: units of ten, each under a
// tracker of its own, defined, looked up and removed in a thousand steps each.
import { BareSession, unitOf } from './bare-session.js'

export interface SizeMeasured {
  readonly bytesPerSymbol: number
  /** Nanoseconds of a symbol, and the slowest of the steps by the median one. */
  readonly phases: Readonly<Record<'define' | 'look up' | 'remove', { readonly ns: number; readonly worst: number }>>
  /** Left when all were removed. */
  readonly bytesLeft: number
}

declare const gc: () => void

const [steps, unitsInStep, symbolsInUnit] = [1000, 100, 10]
const session = new BareSession()
const units = Array.from({ length: steps * unitsInStep }, (_, n) => unitOf(`unit${n}_`, symbolsInUnit))
const before = heapBytes()
const define = phase((unit) => session.define(unit))
const held = heapBytes() - before
const lookUp = phase((unit) => {
  const [responsibility] = session.lookup(unit.wanted)
  if (responsibility === undefined) throw new Error('nobody was told to materialize')
  session.resolve(responsibility, unit.definitions)
  session.emit(responsibility, [])
})
const remove = phase((_, n) => session.remove(define.results[n] as ReturnType<BareSession['define']>))
const left = heapBytes() - before
const measured: SizeMeasured = {
  bytesPerSymbol: held / (units.length * symbolsInUnit),
  phases: { define: define.took, 'look up': lookUp.took, remove: remove.took },
  bytesLeft: left,
}
console.log(JSON.stringify(measured))

function heapBytes(): number {
  gc()
  return process.memoryUsage().heapUsed
}

function phase<T>(act: (unit: (typeof units)[number], n: number) => T): {
  results: readonly T[]
  took: { ns: number; worst: number }
} {
  const results: T[] = []
  const times: number[] = []
  for (let step = 0; step < steps; step++) {
    const start = performance.now()
    for (let n = step * unitsInStep; n < (step + 1) * unitsInStep; n++) {
      const unit = units[n]
      if (unit !== undefined) results.push(act(unit, n))
    }
    times.push(performance.now() - start)
  }
  const sorted = times.toSorted((a, b) => a - b)
  const total = times.reduce((sum, time) => sum + time, 0)
  return {
    results,
    took: {
      ns: (total * 1e6) / (units.length * symbolsInUnit),
      worst: (sorted.at(-1) ?? NaN) / (sorted[steps >> 1] ?? NaN),
    },
  }
}
