// The machine of a unit's life against the session: in every state, by every way into it, everything is tried. The session's
// phase of the unit is the state's tag; in which state of that phase it is, shows in what is refused, and with which error.
import { expect } from 'chai'
import { describe, it } from 'mocha'
import { imageOf } from './image.js'
import { describePath, pairsOf } from './pairs.js'
import type { Pair } from './pairs.js'
import { unitEvents, unitLife } from './unit-life.js'
import type { UnitEvent } from './unit-life.js'
import { UnitWorld } from './unit-world.js'

describe('the life of a unit', () => {
  const pairs = pairsOf(unitLife, unitEvents)

  it('has something to say of every event in every state', () => {
    for (const [name, { transitions }] of Object.entries(unitLife.states)) {
      expect([...transitions.keys()], name).to.have.members(unitEvents)
    }
  })

  for (const state of Object.keys(unitLife.states)) {
    it(`(${state}): is what the machine says after every event`, () => {
      const ofState = pairs.filter((pair) => pair.state === state)
      expect(ofState).to.not.be.empty
      for (const pair of ofState) check(new UnitWorld(), pair)
    })
  }
})

function check(world: UnitWorld, { path, event, next, refusal }: Pair<UnitEvent>): void {
  const about = `${describePath(path)}; then ${event}`
  for (const step of path) {
    expect(world.happens(step.event), about).to.equal('ok')
    expect(world.phase, about).to.equal(step.next.tag)
  }
  const before = imageOf(world.session.state)
  expect(world.happens(event), about).to.equal(refusal ?? 'ok')
  expect(world.phase, about).to.equal(next.tag)
  if (refusal !== undefined) expect(imageOf(world.session.state), about).to.equal(before)
}
