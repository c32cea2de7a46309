// The machine of a symbol's life against the session: for every state, by every way into it, everything that can happen is made
// to happen. What the machine allows leads where it says; what it refuses is refused with its error, and nothing has changed.
import { expect } from 'chai'
import { describe, it } from 'mocha'
import { imageOf } from './image.js'
import { describePath, pairsOf } from './pairs.js'
import type { Pair } from './pairs.js'
import { symbolEvents, symbolLife } from './symbol-life.js'
import type { SymbolEvent, SymbolKind } from './symbol-life.js'
import { SymbolWorld } from './symbol-world.js'

const kinds: Readonly<Record<string, SymbolKind>> = {
  'a strong symbol': { weak: false, addressed: true, besideFailed: false },
  'a weak symbol': { weak: true, addressed: true, besideFailed: false },
  'a symbol without an address': { weak: false, addressed: false, besideFailed: false },
  'a symbol of a unit that fails in part': { weak: false, addressed: true, besideFailed: true },
}

describe('the life of a symbol', () => {
  it('has something to say of every event in every state', () => {
    for (const [name, { transitions }] of Object.entries(symbolLife.states)) {
      expect([...transitions.keys()], name).to.have.members(symbolEvents)
    }
  })

  for (const [name, kind] of Object.entries(kinds)) {
    const pairs = pairsOf(symbolLife, symbolEvents, kind)
    for (const state of new Set(pairs.map((pair) => pair.state))) {
      it(`${name} (${state}): is what the machine says after every event`, () => {
        for (const pair of pairs) if (pair.state === state) check(new SymbolWorld(kind), pair)
      })
    }
  }

  it('reaches every state', () => {
    const reached = Object.values(kinds).flatMap((kind) => pairsOf(symbolLife, symbolEvents, kind))
    expect([...new Set(reached.map(({ state }) => state))]).to.have.members(Object.keys(symbolLife.states))
  })
})

function check(world: SymbolWorld, { path, state, event, next, refusal }: Pair<SymbolEvent>): void {
  const about = `${describePath(path)}; then ${event}`
  for (const step of path) {
    expect(world.happens(step.event), about).to.equal('ok')
    expect(world.state, about).to.equal(step.next.tag)
  }
  const before = imageOf(world.session.state)
  const outcome = world.happens(event)
  // Another symbol of the name answers for itself.
  if (state !== 'superseded') expect(outcome, about).to.equal(refusal ?? 'ok')
  expect(world.state, about).to.equal(next.tag)
  if (refusal !== undefined) expect(imageOf(world.session.state), about).to.equal(before)
}
