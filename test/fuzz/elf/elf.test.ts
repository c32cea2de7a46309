// A few rounds of the campaign, so that it is known to work when somebody wants a hundred thousand of them.
import { expect } from 'chai'
import { describe, it } from 'mocha'
import type { Failure } from '../campaign.js'
import { elf } from './elf.js'
import { randomUnit } from './random-unit.js'

describe('fuzz elf', () => {
  it('some rounds: spoiled objects link or are refused, random units have the bytes that llvm-jitlink gives them', async () => {
    const failures: Failure[] = []
    const { rounds } = await elf({
      firstSeed: 1,
      rounds: 400,
      signal: AbortSignal.timeout(2500),
      progress: () => undefined,
      found: (failure) => failures.push(failure),
    })
    expect(failures.map(({ seed, problems }) => `seed ${seed}: ${problems.join('\n')}`)).to.deep.equal([])
    expect(rounds).to.be.at.least(1)
  })

  it('a seed says what the unit is', () => {
    expect(randomUnit(7, 64)).to.equal(randomUnit(7, 64))
    expect(randomUnit(7, 64)).not.to.equal(randomUnit(8, 64))
  })
})
