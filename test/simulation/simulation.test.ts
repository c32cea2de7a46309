// The real actors under one seed: schedules of a whole house, each checked after every step, each coming to rest.
import { expect } from 'chai'
import { describe, it } from 'mocha'
import { probeNames } from './probes.js'
import { replayPlan, runSchedule } from './run-schedule.js'

describe('simulation', () => {
  it('150 schedules keep every promise, and come through most of what is rare', () => {
    const seen = new Set<string>()
    for (let seed = 1; seed <= 150; seed++) {
      const { failure, probes } = runSchedule(seed)
      expect(failure, `seed ${seed}`).to.equal(undefined)
      for (const probe of probes.keys()) seen.add(probe)
    }
    expect(probeNames.filter((probe) => seen.has(probe))).to.not.be.empty
  })

  it('a seed makes the same schedule each time', () => {
    for (let seed = 1; seed <= 20; seed++) {
      const [first, second] = [runSchedule(seed, { trace: true }), runSchedule(seed, { trace: true })]
      expect(first.traceHash).to.equal(second.traceHash)
    }
  })

  it('a plan makes the schedule again that it was made of', () => {
    for (let seed = 1; seed <= 20; seed++) {
      const played = runSchedule(seed, { trace: true })
      const replayed = replayPlan(played, { trace: true })
      expect(replayed.traceHash).to.equal(played.traceHash)
    }
  })

  it('an observer hears of every turn of the session, and of its rest', () => {
    let turns = 0
    let rests = 0
    const createObserver = (): { onTurn(): void; onRest(): void } => ({ onTurn: () => turns++, onRest: () => rests++ })
    runSchedule(1, { createObserver })
    expect(turns).to.be.greaterThan(10)
    expect(rests).to.equal(1)
  })
})
