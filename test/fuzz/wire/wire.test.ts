// A few rounds of the campaign, so that it is known to work when somebody wants a million of them.
import { expect } from 'chai'
import { describe, it } from 'mocha'
import { RandomSource } from '../../orc/random-source.js'
import type { Failure } from '../campaign.js'
import { spoiledBatch } from './spoil-batch.js'
import { wire } from './wire.js'

describe('fuzz wire', () => {
  it('some rounds: spoiled batches are read or refused, and what is read can be said again', async () => {
    const failures: Failure[] = []
    const { rounds, outcomes } = await wire({
      firstSeed: 1,
      rounds: 20_000,
      signal: AbortSignal.timeout(2500),
      progress: () => undefined,
      found: (failure) => failures.push(failure),
    })
    expect(failures.map(({ seed, problems }) => `seed ${seed}: ${problems.join('\n')}`)).to.deep.equal([])
    expect(rounds).to.be.at.least(1)
    expect(outcomes.some((line) => line.endsWith(' read'))).to.equal(true)
  })

  it('a seed says what the batch is', () => {
    expect(spoiledBatch(new RandomSource(7))).to.deep.equal(spoiledBatch(new RandomSource(7)))
    expect(spoiledBatch(new RandomSource(7))).not.to.deep.equal(spoiledBatch(new RandomSource(8)))
  })
})
