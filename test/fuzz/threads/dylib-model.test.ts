// The sequential model of a dylib on histories drawn by hand, judged by the search and by turns: each sentence is a thing that
// clients rely on, and the history beside it one in which it does not hold.
import { expect } from 'chai'
import { describe, it } from 'mocha'
import { RandomSource } from '../../orc/random-source.js'
import { checkLinearizability } from '../linearizability.js'
import type { DylibCall, DylibOperation, DylibResult } from './dylib-model.js'
import { defaultTracker, dylibModel, momentsOf } from './dylib-model.js'
import { spoil } from './history-round.js'
import type { TracedKind, TracedTurns } from './turn-trace.js'
import { contradictions } from './witness.js'

const [foo, bar] = [1, 2]
const model = dylibModel([foo, bar])
type Line = readonly [call: DylibCall, result: DylibResult, during?: readonly [number, number]]

/** One after the other, unless a line says from when to when. */
function history(...lines: readonly Line[]): readonly DylibOperation[] {
  return lines.map(([call, result, during], index) => {
    const [invoked, returned] = during ?? [10 * index, 10 * index + 5]
    return { client: index, message: 0, dylib: 0, call, result, invoked, returned }
  })
}

function outcome(...lines: readonly Line[]): string {
  return checkLinearizability(model, history(...lines).flatMap(momentsOf)).outcome
}

const kindOf: Readonly<Record<DylibCall['do'], TracedKind>> = {
  create: 'createResourceTracker',
  define: 'define',
  'look up': 'lookup',
  remove: 'removeTracker',
  transfer: 'transferTo',
  'remove names': 'removeSymbols',
  clear: 'clear',
  'is defunct': 'isDefunct',
  drop: 'dropResourceTracker',
}

/** Each operation in the turn that is given for it. */
function witnessed(operations: readonly DylibOperation[], turns: readonly number[]): readonly string[] {
  const traced = operations.map(({ client, message, call }, index): [number, TracedTurns] => [
    client,
    new Map([[message, { kind: kindOf[call.do], handled: turns[index] ?? 0, answered: turns[index] }]]),
  ])
  return contradictions([model], operations, new Map(traced))
}

const define = (tracker: number, name: string, address: number): DylibCall => ({
  do: 'define',
  tracker,
  symbols: { [name]: address },
})
const lookUp = (...names: string[]): DylibCall => ({ do: 'look up', names })
const remove = (tracker: number): DylibCall => ({ do: 'remove', tracker })

describe('dylibModel', () => {
  it('what is defined is found, what is removed is not', () => {
    expect(outcome([define(foo, 'a', 1), 'ok'], [lookUp('a'), { a: 1 }], [remove(foo), 'ok'])).to.equal('linearizable')
    expect(outcome([define(foo, 'a', 1), 'ok'], [lookUp('a'), 'SymbolsNotFound'])).to.equal('violation')
    expect(outcome([define(foo, 'a', 1), 'ok'], [remove(foo), 'ok'], [lookUp('a'), { a: 1 }])).to.equal('violation')
  })

  it('a definition is whole: of two names at once, a lookup finds both or none', () => {
    const both: DylibCall = { do: 'define', tracker: foo, symbols: { a: 1, b: 2 } }
    expect(outcome([both, 'ok', [0, 9]], [lookUp('a', 'b'), { a: 1, b: 2 }, [1, 8]])).to.equal('linearizable')
    expect(
      outcome([both, 'ok', [0, 9]], [lookUp('a'), { a: 1 }, [1, 3]], [lookUp('b'), 'SymbolsNotFound', [4, 8]]),
    ).to.equal('violation')
  })

  it('a removed or transferred tracker takes nothing any more; the default one always does', () => {
    expect(outcome([remove(foo), 'ok'], [define(foo, 'a', 1), 'ResourceTrackerDefunct'])).to.equal('linearizable')
    expect(outcome([remove(foo), 'ok'], [define(foo, 'a', 1), 'ok'])).to.equal('violation')
    expect(outcome([remove(defaultTracker), 'ok'], [define(defaultTracker, 'a', 1), 'ok'])).to.equal('linearizable')
    const moved: Line = [{ do: 'transfer', source: foo, destination: bar }, 'ok']
    expect(outcome(moved, [{ do: 'is defunct', tracker: foo }, true])).to.equal('linearizable')
    expect(outcome(moved, [define(foo, 'a', 1), 'ok'])).to.equal('violation')
  })

  it('a transfer moves what the source had, and leaves what the destination had', () => {
    const lines: readonly Line[] = [
      [define(foo, 'a', 1), 'ok'],
      [define(bar, 'b', 2), 'ok'],
      [{ do: 'transfer', source: foo, destination: bar }, 'ok'],
    ]
    expect(outcome(...lines, [remove(bar), 'ok'], [lookUp('a'), 'SymbolsNotFound'])).to.equal('linearizable')
    expect(outcome(...lines, [remove(bar), 'ok'], [lookUp('a'), { a: 1 }])).to.equal('violation')
    expect(outcome(...lines, [remove(bar), 'ok'], [lookUp('b'), { b: 2 }])).to.equal('violation')
  })

  it('a lookup fails only where what it waited for went', () => {
    const failed: Line = [lookUp('a'), 'FailedToMaterialize', [10, 40]]
    expect(outcome([define(foo, 'a', 1), 'ok'], failed, [remove(foo), 'ok', [20, 30]])).to.equal('linearizable')
    expect(outcome([define(foo, 'a', 1), 'ok'], failed)).to.equal('violation')
  })

  it('clear takes trackers that something was filed under, and leaves the others', () => {
    const cleared: readonly Line[] = [
      [define(foo, 'a', 1), 'ok'],
      [{ do: 'clear' }, 'ok'],
    ]
    expect(outcome(...cleared, [{ do: 'is defunct', tracker: foo }, true])).to.equal('linearizable')
    expect(outcome(...cleared, [{ do: 'is defunct', tracker: bar }, true])).to.equal('violation')
  })

  it('the last handle’s drop moves everything to the default tracker', () => {
    const dropped: readonly Line[] = [
      [define(foo, 'a', 1), 'ok'],
      [{ do: 'drop', tracker: foo }, 'ok'],
    ]
    expect(outcome(...dropped, [lookUp('a'), { a: 1 }])).to.equal('linearizable')
    expect(outcome(...dropped, [remove(defaultTracker), 'ok'], [lookUp('a'), { a: 1 }])).to.equal('violation')
  })
})

describe('contradictions', () => {
  const operations = history(
    [define(foo, 'a', 1), 'ok', [0, 9]],
    [lookUp('a'), { a: 1 }, [1, 8]],
    [remove(foo), 'ok', [2, 7]],
  )

  it('turns that explain the results: none', () => expect(witnessed(operations, [1, 2, 3])).to.deep.equal([]))

  it('results that the turns do not explain: the first that does not follow', () => {
    expect(witnessed(operations, [1, 3, 2])).to.have.length(1)
  })

  it('turns against the order of time: both operations', () => {
    const later = history([remove(foo), 'ok', [0, 1]], [remove(bar), 'ok', [2, 3]])
    expect(witnessed(later, [1, 2])).to.deep.equal([])
    expect(witnessed(later, [2, 1])).to.have.length(1)
  })

  it('a message that the session never handled is named', () => {
    expect(contradictions([model], operations, new Map())).to.have.length(3)
  })
})

describe('spoil', () => {
  it('changes one result and nothing else', () => {
    const operations = history([define(foo, 'a', 1), 'ok'], [lookUp('a'), { a: 1 }], [{ do: 'clear' }, 'ok'])
    for (let seed = 0; seed < 20; seed++) {
      const spoiled = spoil(operations, new RandomSource(seed)) ?? []
      expect(spoiled.filter((operation, index) => operation !== operations[index])).to.have.length(1)
    }
  })
})
