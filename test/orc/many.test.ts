// Many of everything: tables that keep places for what went, and pages for what is numbered, lose nothing that is there.
import { expect } from 'chai'
import { describe, it } from 'mocha'
import { openSession } from './session-driver.js'

describe('a session with many names, trackers and asks', () => {
  it('keeps what is there while thousands of other names come and go', () => {
    const { session, client, main } = openSession()
    session.verifying = false
    client.define(main, ['Foo'])
    for (let n = 0; n < 40_000; n++) {
      const tracker = client.createTracker(main)
      client.define(main, [`Bar${n}`], tracker)
      void client.remove(tracker).value
      client.drop(tracker)
    }
    const names = [
      ['Foo', true],
      ['Bar17', false],
    ] as const
    const flags = client.request({ type: 'lookupFlags', kind: 'static', searchOrder: [[main, 'all']], symbols: names })
    expect(flags.value.map(([name]) => name)).to.deep.equal(['Foo'])
    expect(client.request({ type: 'verify' }).value).to.equal(null)
  })

  it('a name that was refused, removed and swept can be defined again', () => {
    const { session, client, main } = openSession()
    session.verifying = false
    client.define(main, ['Foo'])
    for (let n = 0; n < 35_000; n++) {
      expect(client.tryDefine(main, client.unit(['Foo', `Bar${n}`])).outcome).to.equal('DuplicateDefinition')
    }
    client.define(main, ['Bar0', 'Bar34999'])
    expect(client.request({ type: 'sessionStats' }).value.symbols).to.equal(3)
    expect(client.request({ type: 'verify' }).value).to.equal(null)
  })

  it('answers each of a thousand lookups once, in whatever order they end', () => {
    const { session, client, main } = openSession()
    session.verifying = false
    const names = Array.from({ length: 1000 }, (_, n) => `Foo${n}`)
    for (const name of names) client.define(main, [name])
    const answers = names.map((name) => client.lookup(main, [name]))
    const events = names.map(() => client.take('materialize'))
    const isLate = (n: number): boolean => n % 64 === 5
    for (const event of [...events.filter((_, n) => !isLate(n)), ...events.filter((_, n) => isLate(n)).reverse()]) {
      client.finish(event)
    }
    expect(answers.every(({ succeeded }) => succeeded)).to.equal(true)
    expect(client.request({ type: 'verify' }).value).to.equal(null)
    const { responsibilities, queries } = client.request({ type: 'sessionStats' }).value
    expect([responsibilities, queries]).to.deep.equal([0, 0])
  })
})
