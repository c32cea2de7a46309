// Everybody does anything at any time. After every turn all invariants hold, readiness is what a naive fixpoint says,
// and no ask is answered twice; at the end everything that was asked has been answered.
import { describe, it } from 'mocha'
import { expect } from 'chai'
import { RandomWalk } from './random-walk.js'

const seeds = 40
const turns = 400

describe('session (random walk)', () => {
  for (let seed = 1; seed <= seeds; seed++) {
    it(`keeps its invariants and answers everything, seed ${seed}`, () => {
      const walk = new RandomWalk(seed)
      walk.run(turns)
      walk.end()
      expect(walk.unanswered()).to.deep.equal([])
    })
  }

  it('does the same again for the same seed', () => {
    const [first, second] = [new RandomWalk(7), new RandomWalk(7)]
    first.run(turns)
    second.run(turns)
    expect(JSON.stringify(first.session.trace)).to.equal(JSON.stringify(second.session.trace))
  })

  it('has met every kind of outcome', () => {
    const met = new Set<string>()
    for (let seed = 100; seed < 180; seed++) {
      const walk = new RandomWalk(seed)
      walk.run(turns)
      for (const outcome of walk.outcomes) met.add(outcome)
    }
    expect([...met]).to.include.members(outcomes)
  })
})

const outcomes = [
  'lookup ok',
  'lookup SymbolsNotFound',
  'lookup FailedToMaterialize',
  'define ok',
  'define DuplicateDefinition',
  'define ResourceTrackerDefunct',
  'removeTracker ok',
  'removeTracker UserError',
  'transferTo ok',
  'transferTo ResourceTrackerDefunct',
  'notifyEmitted ok',
  'notifyEmitted ResourceTrackerDefunct',
  'notifyEmitted UnsatisfiedSymbolDependencies',
  'notifyResolved ok',
  'delegate ok',
  'replace ok',
  'emit ok',
  'defineMaterializing ok',
  'removeSymbols ok',
  'removeSymbols SymbolsCouldNotBeRemoved',
  'resetSymbols ok',
  'resetSymbols SymbolsNotFound',
  'resetSymbols SymbolsCouldNotBeRemoved',
  'addReexportsGenerator ok',
  'adoptTracker ok',
  'beginInitialize ok',
  'clear ok',
]
