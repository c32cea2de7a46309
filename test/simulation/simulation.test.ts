// The real actors under one seed: schedules of a whole house, each checked after every step, each coming to rest.
import { expect } from 'chai'
import { describe, it } from 'mocha'
import { readFileSync, readdirSync } from 'node:fs'
import { probeNames } from './probes.js'
import type { Plan } from './run-schedule.js'
import { replayPlan, runSchedule } from './run-schedule.js'
import { shrink } from './shrink.js'
import { Violation } from './violation.js'

/** Plans that made a real bug appear, made small. */
const scenarios = new URL('../../simulation/scenarios/', import.meta.url)

interface Scenario {
  readonly about: string
  readonly plan: Plan
}

describe('simulation', () => {
  it('4,000 schedules keep every promise, and come through most of what is rare', async function () {
    this.timeout(240_000)
    const seen = new Set<string>()
    for (let seed = 1; seed <= 4000; seed++) {
      const { failure, probes } = runSchedule(seed)
      expect(failure, `seed ${seed}`).to.equal(undefined)
      for (const probe of probes.keys()) seen.add(probe)
      if (seed % 25 === 0) await new Promise(setImmediate)
    }
    expect(probeNames.filter((probe) => !seen.has(probe))).to.have.length.below(4)
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

  it('a planted failure is found, and its plan made small', () => {
    const createObserver = (): { onTurn(input: { readonly type: string }): void } => ({
      onTurn: ({ type }) => {
        if (type === 'clientClosed') throw new Violation('I0', 'nobody leaves')
      },
    })
    const failing = Array.from({ length: 100 }, (_, seed) => runSchedule(seed, { createObserver }))
    const lost = failing.filter(({ failure }) => failure?.invariant === 'I0').slice(0, 6)
    const plans = lost.map((outcome) => shrink(outcome, { createObserver }).plan)
    // Who is to leave by an operation has to join first, which takes decisions; a death takes one.
    const [plan] = plans.sort((a, b) => a.decisions.length - b.decisions.length)
    if (plan === undefined) throw new Error('no schedule of a hundred loses anybody')
    expect(plan.decisions).to.have.length.below(6)
    expect(replayPlan(plan, { createObserver }).failure?.sentence).to.equal('I0 nobody leaves')
  })
})

describe('scenarios', () => {
  for (const file of readdirSync(scenarios)) {
    const { about, plan } = JSON.parse(readFileSync(new URL(file, scenarios), 'utf8')) as Scenario
    it(about, () => {
      const { failure, decisions } = replayPlan(plan)
      expect(failure).to.equal(undefined)
      expect(decisions).to.have.lengthOf(plan.decisions.length)
    })
  }
})
