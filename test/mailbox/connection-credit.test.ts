// Bounded mailboxes: what may lie unhandled at the other end, what waits for room there, and what is refused. Over each channel
// that one thread can hold both ends of.
import type { Channel } from '@worc/protocol'
import { success } from '@worc/protocol'
import { expect } from 'chai'
import { describe, it } from 'mocha'
import { setImmediate as turn } from 'node:timers/promises'
import type { End } from './ends.js'
import { close, done, endOf, errorOf, pairOver, thrownBy, transports, until } from './ends.js'

/** The channel, and how many frames were sent on it. */
function counting(channel: Channel): [Channel, () => number] {
  let sent = 0
  const counted: Channel = {
    send: (...frame) => {
      sent++
      channel.send(...frame)
    },
    flush: () => channel.flush(),
    receive: (receiver) => channel.receive(receiver),
    drain: () => channel.drain(),
    ref: (alive) => channel.ref(alive),
    close: (error) => channel.close(error),
  }
  return [counted, () => sent]
}

for (const [name, connect] of Object.entries(transports)) {
  describe(`Connection credit over ${name}`, () => {
    it('a burst beyond the window arrives whole and in order', async () => {
      const [foo, bar] = pairOver(connect, { credits: 64, waiting: 10_000 })
      for (let index = 0; index < 5000; index++) foo.connection.tell(index)
      await until(() => bar.heard.length === 5000)
      expect(bar.heard).to.deep.equal(Array.from({ length: 5000 }, (_, index) => index))
      close(foo, bar)
    })

    it('window and queue full: asks reject, tells throw, both naming the limit; exempt ones pass', async () => {
      const [foo, bar] = pairOver(connect, { credits: 64, waiting: 10 })
      for (let index = 0; index < 74; index++) foo.connection.tell(index)
      const error = await errorOf(foo.connection.ask({ type: 'lookup' }))
      expect(error.code).to.equal('Overloaded')
      expect(error.message).to.equal('ask "lookup" is refused: 10 of 10 messages already wait for Bar')
      const [fresh] = pairOver(connect, { credits: 64, waiting: 0 })
      for (let index = 0; index < 64; index++) fresh.connection.tell(index)
      expect(thrownBy(() => fresh.connection.tell({ type: 'define' })).message).to.equal(
        'tell "define" is refused: 0 of 0 messages already wait for Bar',
      )
      fresh.connection.tell({ type: 'remove' }, [], [], true)
      await until(() => bar.heard.length === 74)
      close(foo, bar, fresh)
    })

    it('at most the window lies unhandled at the other end; an overdraft by flush is paid back first', async () => {
      const [fooChannel, barChannel] = connect()
      const [counted, sentCount] = counting(fooChannel)
      const foo = endOf(counted, {}, { credits: 100 })
      for (let index = 0; index < 200; index++) foo.connection.tell(index)
      expect(sentCount()).to.equal(100)
      foo.connection.flush()
      expect(sentCount()).to.equal(200)
      const bar = endOf(barChannel)
      await until(() => bar.heard.length === 200)
      await turn()
      // Of 200 handled, 192 came back as credit, in portions of 64.
      for (let index = 200; index < 1000; index++) foo.connection.tell(index)
      expect(sentCount()).to.equal(292)
      await until(() => bar.heard.length === 1000)
      fooChannel.close(done)
      close(bar)
    })

    it('replies keep their place behind what waits for credit', async () => {
      const [fooChannel, barChannel] = connect()
      const log: unknown[] = []
      const foo = endOf(fooChannel, { onTell: (body) => log.push(body) })
      const bar: End = endOf(
        barChannel,
        {
          onAsk: (_body, ask) => {
            for (let index = 0; index < 100; index++) bar.connection.tell(index)
            bar.connection.reply(ask, success('reply'))
          },
        },
        { credits: 64 },
      )
      foo.connection.askThen('Foo', () => log.push('reply'))
      await until(() => log.includes('reply'))
      expect(log).to.deep.equal([...Array.from({ length: 100 }, (_, index) => index), 'reply'])
      close(foo, bar)
    })

    it('flush sends what waits, credit or not; the window reopens later', async () => {
      const [foo, bar] = pairOver(connect, { credits: 64 })
      for (let index = 0; index < 300; index++) foo.connection.tell(index)
      foo.connection.flush()
      bar.connection.drain()
      expect(bar.heard.length).to.equal(300)
      for (let index = 300; index < 1000; index++) foo.connection.tell(index)
      await until(() => bar.heard.length === 1000)
      expect(bar.heard).to.deep.equal(Array.from({ length: 1000 }, (_, index) => index))
      close(foo, bar)
    })

    it('an ask that is cancelled while it waits for credit is never sent', async () => {
      const [foo, bar] = pairOver(connect, { credits: 64 })
      for (let index = 0; index < 64; index++) foo.connection.tell(index)
      const settled: boolean[] = []
      const ask = foo.connection.askThen('Foo', (result) => settled.push(result.ok))
      foo.connection.cancel(ask, done)
      foo.connection.tell('last')
      await until(() => bar.heard.includes('last'))
      expect(bar.asks).to.deep.equal([])
      expect(settled).to.deep.equal([false])
      close(foo, bar)
    })
  })
}
