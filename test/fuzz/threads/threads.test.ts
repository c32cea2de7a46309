// A few rounds of the campaign, so that it is known to work when somebody wants a hundred thousand of them; and what it is made of.
import { expect } from 'chai'
import { describe, it } from 'mocha'
import type { Failure } from '../campaign.js'
import { historyProgram } from './history-program.js'
import { isAnswerOf } from './objects.js'
import { programOf } from './program.js'
import { planRound } from './round.js'
import { playRounds } from './stage-rounds.js'

describe('fuzz threads', () => {
  it('some rounds: every promise settles, what is checked holds, and the house is as it was', async () => {
    const failures: Failure[] = []
    const { rounds } = await playRounds({ firstSeed: 1, rounds: 100 }, AbortSignal.timeout(4000), {
      begun: () => undefined,
      found: (failure) => failures.push(failure),
    })
    expect(failures.map(({ seed, problems }) => `seed ${seed}: ${problems.join('\n')}`)).to.deep.equal([])
    expect(rounds).to.be.at.least(1)
  })

  it('a seed says what every client does', () => {
    const shape = { seed: 77, client: 1, clients: 3, steps: 20 }
    expect(programOf(shape)).to.deep.equal(programOf(shape))
    expect(programOf(shape)).not.to.deep.equal(programOf({ ...shape, client: 2 }))
    expect(historyProgram(shape)).to.deep.equal(historyProgram(shape))
    expect(planRound(77, 3)).to.deep.equal(planRound(77, 3))
  })

  it('an answer of a ring tells whose function was reached, after how many steps', () => {
    // f1 of version 7 itself; f2 of version 5 after one step, f3 of version 9 after two.
    for (const answer of [71, 52 + 1, 93 + 2]) expect(isAnswerOf(1, 2, answer)).to.equal(true)
    for (const answer of [70, 52, 93 + 1, 50]) expect(isAnswerOf(1, 2, answer)).to.equal(false)
  })
})
