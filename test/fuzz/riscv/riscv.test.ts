// A few rounds of the campaign, so that it is known to work when somebody wants a hundred thousand of them.
import { expect } from 'chai'
import { describe, it } from 'mocha'
import type { Failure } from '../campaign.js'
import { randomProgram } from './random-program.js'
import { riscv } from './riscv.js'

describe('fuzz riscv', () => {
  it('some rounds: random code does nothing but trap, random programs are what qemu makes of them', async () => {
    const failures: Failure[] = []
    const { rounds } = await riscv({
      firstSeed: 1,
      rounds: 40,
      signal: AbortSignal.timeout(2500),
      progress: () => undefined,
      found: (failure) => failures.push(failure),
    })
    expect(failures.map(({ seed, problems }) => `seed ${seed}: ${problems.join('\n')}`)).to.deep.equal([])
    expect(rounds).to.be.at.least(1)
  })

  it('a seed says what the program is', () => {
    expect(randomProgram(7, 64)).to.equal(randomProgram(7, 64))
    expect(randomProgram(7, 64)).not.to.equal(randomProgram(8, 64))
  })
})
