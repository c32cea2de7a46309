// The reference model doubts: a session that does a short story right is believed, and one of whose turns something is
// left out, changed or put in another order is not. (That a session does right whatever anybody does is what
// `test/orc/random-walk.test.ts` shows: it asks the model after every turn.)
import { describe, it } from 'mocha'
import { expect } from 'chai'
import { defaultTrackerOf } from '@worc/protocol'
import type { Effect } from '@worc/orc'
import { SessionDriver } from '../orc/session-driver.js'
import { weakly } from '../orc/unit-fixtures.js'
import { ModelObserver } from './model-observer.js'

type Tamper = (effects: readonly Effect[]) => readonly Effect[]

/** Two trackers, two managers, a weak definition that loses, a lookup that succeeds and one that a removal fails. */
function story(tamper: Tamper = (effects) => effects): string[] {
  const session = new SessionDriver()
  const model = new ModelObserver()
  const wrong: string[] = []
  session.observer = (input, effects) => {
    wrong.push(...model.observe(input, tamper(effects), session.state))
    return []
  }
  const client = session.connect()
  const main = client.createJITDylib('main')
  for (let n = 0; n < 2; n++) client.register()
  const tracker = client.createTracker(main)
  client.define(main, { Foo: weakly })
  client.define(main, ['Foo', 'Bar'], tracker)
  client.define(main, ['Baz'], tracker)
  client.lookup(main, ['Foo', 'Bar'])
  client.lookup(main, ['Baz'])
  const [foo] = client.takeAll('materialize')
  if (foo !== undefined) client.finish(foo)
  client.transfer(tracker, defaultTrackerOf(main))
  const removed = client.removeDefault(main)
  for (let n = 0; n < 2; n++) client.removed()
  void removed.value
  return wrong
}

const doubts: readonly (readonly [what: string, tamper: Tamper, said: string])[] = [
  ['an answer that is left out', without(({ type }) => type === 'reply'), 'is not answered'],
  ['a unit that is given to nobody', without((effect) => isSend(effect, 'materialize')), 'is given to nobody'],
  ['a manager that is told in its wrong turn', (effects) => [...effects].reverse(), 'managers hear'],
  ['a transfer that is not told', without((effect) => isSend(effect, 'handleTransferResources')), 'moves them to'],
  ['a discarded name that its unit keeps', without((effect) => isSend(effect, 'discard')), 'discarded: nothing'],
  ['an address that is another', changed(/"address":\d+/, '"address":1'), 'lookup'],
  ['an error of another kind', changed(/"code":"FailedToMaterialize"/, '"code":"ActorDied"'), 'ActorDied'],
  ['an error that names another symbol', changed(/\["Baz"\]/, '["Qux"]'), 'is about Qux'],
  ['queries that fail after the removal was answered', (effects) => [...effects].reverse(), 'answered before'],
]

describe('reference model', () => {
  it('believes a session that does right', () => expect(story()).to.deep.equal([]))

  for (const [what, tamper, said] of doubts) {
    it(`does not believe ${what}`, () => expect(story(tamper).join('\n')).to.include(said))
  }
})

function without(isLeftOut: (effect: Effect) => boolean): Tamper {
  return (effects) => effects.filter((effect) => !isLeftOut(effect))
}

function changed(from: RegExp, to: string): Tamper {
  return (effects) => JSON.parse(JSON.stringify(effects).replace(from, to)) as Effect[]
}

function isSend(effect: Effect, type: string): boolean {
  return effect.type === 'send' && effect.message.type === type
}
