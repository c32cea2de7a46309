// An actor in a thread: one turn after the other, a clock that is not its own, and an end that its peers understand.
import { ActorHost, createLocalChannels } from '@worc/mailbox'
import type { Actor, Context, Incoming, JITErrorData, PeerId } from '@worc/protocol'
import { failure, plainError, success } from '@worc/protocol'
import { expect } from 'chai'
import { describe, it } from 'mocha'
import { setImmediate as turn } from 'node:timers/promises'
import { MessageChannel } from 'node:worker_threads'
import type { MessagePort } from 'node:worker_threads'
import type { End } from './ends.js'
import { done, endOf, errorOf } from './ends.js'
import { VirtualClock } from './virtual-clock.js'

type Behaviour = (ctx: Context, incoming: Incoming) => void

interface Stage {
  readonly host: ActorHost
  readonly clock: VirtualClock
  readonly log: unknown[]
  readonly crashes: JITErrorData[]
  /** A client of the actor, and what the actor knows it by. */
  join(): [End, PeerId]
}

function stage(behave: (log: unknown[]) => Behaviour): Stage {
  const log: unknown[] = []
  const on = behave(log)
  const clock = new VirtualClock()
  const crashes: JITErrorData[] = []
  const actor: Actor = {
    on: (ctx, incoming) => on(ctx, incoming),
    onPeerClosed: (_ctx, peer, error) => log.push(['closed', peer, error]),
    snapshot: () => log,
  }
  const host = new ActorHost(actor, {
    name: 'Baz',
    clock,
    random: () => 0.5,
    onCrash: (error) => crashes.push(error),
  })
  return {
    host,
    clock,
    log,
    crashes,
    join: () => {
      const [client, server] = createLocalChannels('Foo', 'Baz')
      return [endOf(client), host.connect(server)]
    },
  }
}

describe('ActorHost', () => {
  it('tells and asks are turns in the order sent, and answers find their asker', async () => {
    const { host, log, join } = stage((turns) => (ctx, { from, message, ask }) => {
      turns.push([from, message])
      if (ask !== undefined) ctx.reply(from, ask, success(`re ${String(message)}`))
    })
    const [foo, fooId] = join()
    const [bar, barId] = join()
    foo.connection.tell('one')
    const answers = [foo.connection.ask('two'), bar.connection.ask('three')]
    expect((await Promise.all(answers)).map(({ value }) => value)).to.deep.equal(['re two', 're three'])
    expect(log).to.deep.equal([
      [fooId, 'one'],
      [fooId, 'two'],
      [barId, 'three'],
    ])
    host.close(done)
  })

  it('what an actor says to itself waits for the end of the turn', async () => {
    let self = 0 as PeerId
    const { host, log } = stage((turns) => (ctx, { message }) => {
      turns.push(`begin ${String(message)}`)
      if (message === 'first') ctx.send(self, 'second' as unknown as object)
      ctx.flush(self)
      turns.push(`end ${String(message)}`)
    })
    const [mine, alsoMine] = createLocalChannels('Baz', 'Baz')
    host.connect(mine)
    self = host.connect(alsoMine)
    const [outside, inside] = createLocalChannels('Foo', 'Baz')
    host.connect(inside)
    endOf(outside).connection.tell('first')
    await turn()
    expect(log).to.deep.equal(['begin first', 'end first', 'begin second', 'end second'])
    host.close(done)
  })

  it('an answer is a turn in its place among the messages of its peer', async () => {
    const { host, log, join } = stage((turns) => (ctx, { from, message }) => {
      turns.push(message)
      if (message === 'go') ctx.ask(from, { type: 'question' }, (result) => turns.push(result.ok && result.value))
    })
    const [foo] = join()
    foo.connection.tell('go')
    await turn()
    foo.connection.tell('before')
    foo.connection.reply(foo.asks[0]?.ask ?? 0, success('answer'))
    foo.connection.tell('after')
    await turn()
    expect(log).to.deep.equal(['go', 'before', 'answer', 'after'])
    host.close(done)
  })

  it('a peer ends: its asks settle with the error, then onPeerClosed, then it is nobody', async () => {
    const late: unknown[] = []
    const { host, log, join } = stage((turns) => (ctx, { from, message }) => {
      if (message === 'ask') ctx.ask(from, { type: 'question' }, (result) => turns.push(result))
      if (message !== 'ask of Foo') return
      ctx.ask(1 as PeerId, { type: 'question' }, (result) => late.push(result))
      ctx.send(1 as PeerId, { type: 'tell' })
      late.push('still in the turn')
    })
    const [foo, fooId] = join()
    const [bar] = join()
    foo.connection.tell('ask')
    await turn()
    foo.connection.close(done)
    await turn()
    expect(log).to.deep.equal([failure(done), ['closed', fooId, done]])
    bar.connection.tell('ask of Foo')
    await turn()
    const gone = plainError('ActorDied', `Baz asked peer ${fooId}, which is gone`)
    expect(late).to.deep.equal(['still in the turn', failure(gone)])
    host.close(done)
  })

  it('a port that is said to a peer that is gone is closed', async () => {
    const { host, join } = stage(() => () => undefined)
    const [client, peer] = join()
    client.connection.close(done)
    await turn()
    for (const say of [
      (port: MessagePort) => host.send(peer, {}, [port], [port]),
      (port: MessagePort) => host.reply(peer, 1, success(1), [port], [port]),
    ]) {
      const { port1, port2 } = new MessageChannel()
      const closed = new Promise((resolve) => port2.once('close', resolve))
      say(port1)
      await closed
    }
  })

  it('time and chance are those it was given; a cancelled timer never runs', async () => {
    const { host, clock, log, join } = stage((turns) => (ctx) => {
      turns.push([ctx.now(), ctx.random()])
      ctx.timer(10, () => turns.push(['timer', ctx.now()]))
      ctx.cancel(ctx.timer(5, () => turns.push('cancelled')))
    })
    const [foo] = join()
    clock.advance(3)
    foo.connection.tell('go')
    await turn()
    clock.advance(20)
    expect(log).to.deep.equal([
      [3, 0.5],
      ['timer', 13],
    ])
    host.close(done)
  })

  it('close: what was said arrives, peers hear goodbye, timers and messages are over', async () => {
    const { host, clock, log, join } = stage((turns) => (ctx, { from }) => {
      turns.push('turn')
      ctx.send(from, 'last words' as unknown as object)
      ctx.timer(1, () => turns.push('timer'))
    })
    const [foo] = join()
    foo.connection.tell('go')
    await turn()
    host.close(done)
    foo.connection.tell('too late')
    await turn()
    expect(clock.timerCount).to.equal(0)
    expect(foo.heard).to.deep.equal(['last words'])
    expect(foo.closed).to.deep.equal([done])
    expect(log).to.deep.equal(['turn'])
  })

  it('a turn that throws: every peer and every ask gets ActorDied with the stack, the host is told, no turn follows', async () => {
    const { host, clock, log, crashes, join } = stage((turns) => (ctx, { message }) => {
      turns.push(message)
      ctx.timer(1, () => turns.push('timer'))
      if (message === 'crash') throw new TypeError('planted')
    })
    const [foo] = join()
    const [bar] = join()
    const pending = errorOf(bar.connection.ask('never answered'))
    await turn()
    foo.connection.tell('crash')
    foo.connection.tell('after')
    const error = await pending
    await turn()
    expect(error.code).to.equal('ActorDied')
    expect(error.message).to.equal('Baz crashed: TypeError: planted')
    expect(error.cause?.message).to.match(/TypeError: planted\n\s+at .*actor-host\.test/)
    expect(foo.closed).to.deep.equal([error])
    expect(crashes).to.deep.equal([error])
    bar.connection.tell('after')
    clock.advance(10)
    await turn()
    expect(log).to.deep.equal(['never answered', 'crash'])
    host.close(done)
  })
})
