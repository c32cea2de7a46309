// Every schedule of a few scripted operations that leaves a usual order once; `npm run simulate -- --explore N` has N departures.
import { expect } from 'chai'
import { describe, it } from 'mocha'
import type { SessionInput } from '@worc/orc'
import { explore } from './explore.js'
import { scripted } from './scripted.js'
import { Violation } from './violation.js'

describe('bounded search', () => {
  for (const one of scripted) {
    for (const order of ['acts-first', 'acts-last'] as const) {
      it(`${one.name} (${order})`, function () {
        this.timeout(120_000)
        const { schedules, failure } = explore(one, order, 1)
        expect(failure?.failure).to.equal(undefined)
        expect(schedules).to.be.greaterThan(5)
      })
    }
  }

  it('finds an order that breaks a planted promise, where the usual order keeps it', () => {
    const [one] = scripted
    if (one === undefined) throw new Error('nothing is scripted')
    const outcome = (departures: number): string | undefined =>
      explore(one, 'acts-first', departures, { createObserver: noTransferInFlight }).failure?.failure?.sentence
    expect(outcome(0)).to.equal(undefined)
    expect(outcome(2)).to.equal('I0 a transfer comes before what it transfers')
  })
})

/** A promise that nobody made: what is transferred was resolved before. */
function noTransferInFlight(): { onTurn(input: SessionInput): void } {
  let isResolved = false
  return {
    onTurn: (input) => {
      if (input.type !== 'request') return
      if (input.message.type === 'notifyResolved') isResolved = true
      if (input.message.type === 'transferTo' && !isResolved)
        throw new Violation('I0', 'a transfer comes before what it transfers')
    },
  }
}
