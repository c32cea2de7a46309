// The statechart alone, on a virtual clock: which state follows which event, what is to be done then, and when.
import type { WorkerState } from '@worc/supervisor'
import { WorkerLife } from '@worc/supervisor'
import { expect } from 'chai'
import { describe, it } from 'mocha'
import { VirtualClock } from '../mailbox/virtual-clock.js'

const restart = { intensity: 3, periodMs: 1000, firstBackoffMs: 10, longestBackoffMs: 30 }

function live(): { life: WorkerLife; clock: VirtualClock; log: string[]; take(): string[] } {
  const clock = new VirtualClock()
  const log: string[] = []
  const effects = {
    startAgain: () => log.push('startAgain'),
    bootTimedOut: () => log.push('bootTimedOut'),
    askToStop: () => log.push('askToStop'),
    stopTimedOut: () => log.push('stopTimedOut'),
  }
  const life = new WorkerLife(
    effects,
    { restart, bootTimeoutMs: 100, stopTimeoutMs: 50, clock },
    (state: WorkerState) => log.push(`-> ${state}`),
  )
  return { life, clock, log, take: () => log.splice(0) }
}

const died = { type: 'died', onPurpose: false } as const
const diedOnPurpose = { type: 'died', onPurpose: true } as const

describe('WorkerLife', () => {
  it('starting -> ready, and the boot timeout is off', () => {
    const { life, clock, take } = live()
    expect(life.state).to.equal('starting')
    life.send({ type: 'ready' })
    clock.advance(1000)
    expect(take()).to.deep.equal(['-> ready'])
  })

  it('not ready in time: ended, then started again after a pause', () => {
    const { life, clock, take } = live()
    clock.advance(99)
    expect(take()).to.deep.equal([])
    clock.advance(1)
    expect(take()).to.deep.equal(['bootTimedOut', '-> dying'])
    life.send(died)
    expect(take()).to.deep.equal(['-> restarting'])
    clock.advance(10)
    expect(take()).to.deep.equal(['startAgain', '-> starting'])
  })

  it('each death in the period doubles the pause, up to the longest; one too many is the last', () => {
    const { life, clock, take } = live()
    for (const pauseMs of [10, 20, 30]) {
      life.send({ type: 'ready' })
      life.send(died)
      clock.advance(pauseMs - 1)
      expect(life.state).to.equal('restarting')
      clock.advance(1)
      expect(life.state).to.equal('starting')
    }
    take()
    life.send(died)
    expect(take()).to.deep.equal(['-> failed'])
    life.send({ type: 'stop' })
    clock.advance(10_000)
    expect(take()).to.deep.equal([])
    expect(clock.timerCount).to.equal(0)
  })

  it('deaths are forgotten after the period', () => {
    const { life, clock, take } = live()
    for (let death = 0; death < 20; death++) {
      life.send(died)
      clock.advance(10)
      expect(life.state).to.equal('starting')
      life.send({ type: 'ready' })
      clock.advance(990)
    }
    expect(take()).to.not.include('-> failed')
  })

  it('ended on purpose: the next starts at once, and it does not count', () => {
    const { life, take } = live()
    for (let death = 0; death < 20; death++) {
      life.send({ type: 'ready' })
      life.send({ type: 'condemned' })
      expect(take()).to.deep.equal(['-> ready', '-> dying'])
      life.send(diedOnPurpose)
      expect(take()).to.deep.equal(['startAgain', '-> starting'])
    }
  })

  describe('stop', () => {
    const before: Readonly<Record<string, (life: WorkerLife) => void>> = {
      starting: () => undefined,
      ready: (life) => life.send({ type: 'ready' }),
      dying: (life) => life.send({ type: 'condemned' }),
    }
    for (const [state, reach] of Object.entries(before)) {
      it(`while ${state}: it is asked once, and its death is the end`, () => {
        const { life, clock, take } = live()
        reach(life)
        take()
        life.send({ type: 'stop' })
        life.send({ type: 'stop' })
        expect(take()).to.deep.equal(['askToStop', '-> stopping'])
        life.send(died)
        clock.advance(1000)
        expect(take()).to.deep.equal(['-> stopped'])
      })
    }

    it('while restarting: the end at once', () => {
      const { life, clock, take } = live()
      life.send(died)
      life.send({ type: 'stop' })
      clock.advance(1000)
      expect(take()).to.deep.equal(['-> restarting', '-> stopped'])
    })

    it('that takes too long: it is ended', () => {
      const { life, clock, take } = live()
      life.send({ type: 'stop' })
      clock.advance(49)
      expect(take()).to.deep.equal(['askToStop', '-> stopping'])
      clock.advance(1)
      expect(take()).to.deep.equal(['stopTimedOut'])
      life.send(died)
      expect(take()).to.deep.equal(['-> stopped'])
    })
  })
})
