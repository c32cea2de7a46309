// How a connection ends, and what becomes of what was said and asked. Over each channel that one thread can hold both ends of.
import { success } from '@worc/protocol'
import { expect } from 'chai'
import { describe, it } from 'mocha'
import { MessageChannel } from 'node:worker_threads'
import type { MessagePort } from 'node:worker_threads'
import { close, done, endOf, errorOf, pairOver, transports, until } from './ends.js'

/** The next exception that reaches the event loop, in place of the test runner's listener. */
function uncaught(): Promise<string> {
  const listeners = process.listeners('uncaughtException')
  process.removeAllListeners('uncaughtException')
  return new Promise((resolve) =>
    process.once('uncaughtException', (error) => {
      for (const listener of listeners) process.on('uncaughtException', listener)
      resolve(error.message)
    }),
  )
}

for (const [name, connect] of Object.entries(transports)) {
  describe(`Connection end over ${name}`, () => {
    it('close: what was said before arrives, then goodbye with its error; pending asks of both ends settle with it', async () => {
      const [foo, bar] = pairOver(connect)
      const fooAsks = errorOf(foo.connection.ask('Foo'))
      const barAsks = errorOf(bar.connection.ask('Bar'))
      await until(() => bar.asks.length === 1)
      foo.connection.tell('last words')
      foo.connection.close(done)
      expect(await fooAsks).to.deep.equal(done)
      expect(await barAsks).to.deep.equal(done)
      expect(bar.heard).to.deep.equal(['last words'])
      expect(bar.closed).to.deep.equal([done])
      expect(foo.closed).to.deep.equal([])
    })

    it('close (while frames wait for credit, or for the event loop): they arrive before it', async () => {
      const [foo, bar] = pairOver(connect, { credits: 64 })
      for (let index = 0; index < 600; index++) foo.connection.tell(index)
      foo.connection.flush()
      bar.connection.drain()
      for (let index = 600; index < 1000; index++) foo.connection.tell(index)
      foo.connection.close(done)
      await until(() => bar.closed.length === 1)
      expect(bar.heard).to.deep.equal(Array.from({ length: 1000 }, (_, index) => index))
    })

    it('afterwards: asks reject at once, tells and replies are lost without a word', async () => {
      const [foo, bar] = pairOver(connect)
      void foo.connection.ask('Foo').catch(() => undefined)
      await until(() => bar.asks.length === 1)
      foo.connection.close(done)
      await until(() => bar.closed.length === 1)
      expect(bar.connection.closed).to.deep.equal(done)
      expect(await errorOf(bar.connection.ask('Bar'))).to.deep.equal(done)
      bar.connection.tell('Bar')
      bar.connection.reply(bar.asks[0]?.ask ?? 0, success(1))
      bar.connection.close(done)
    })

    it('a port that still waits for credit when the other end goes is closed', async () => {
      const [fooChannel, barChannel] = connect()
      const foo = endOf(fooChannel, {}, { credits: 1, creditPortion: 1 })
      const bar = endOf(barChannel, {}, { credits: 1, creditPortion: 1 })
      const { port1, port2 } = new MessageChannel()
      const closed = new Promise((resolve) => port2.once('close', resolve))
      foo.connection.tell('Foo')
      foo.connection.tell('Bar', [port1], [port1])
      barChannel.close(done)
      await until(() => foo.closed.length === 1)
      await closed
      bar.connection.close(done)
    })

    it('a port that is told to whoever is gone is closed', async () => {
      const [foo, bar] = pairOver(connect)
      void bar.connection.ask('Bar').catch(() => undefined)
      await until(() => foo.asks.length === 1)
      bar.connection.close(done)
      await until(() => foo.closed.length === 1)
      for (const say of [
        (port: MessagePort) => foo.connection.tell('Foo', [port], [port]),
        (port: MessagePort) => foo.connection.reply(foo.asks[0]?.ask ?? 0, success(1), [port], [port]),
      ]) {
        const { port1, port2 } = new MessageChannel()
        const closed = new Promise((resolve) => port2.once('close', resolve))
        say(port1)
        await closed
      }
    })

    it('one asker who throws does not keep the others from hearing of it', async () => {
      const [foo, bar] = pairOver(connect)
      const settled: string[] = []
      foo.connection.askThen('first', () => {
        settled.push('first')
        throw new Error('planted')
      })
      foo.connection.askThen('second', () => settled.push('second'))
      const thrown = uncaught()
      bar.connection.close(done)
      expect(await thrown).to.equal('planted')
      expect(settled).to.deep.equal(['first', 'second'])
    })

    it('a second answer to one ask is a program error', async () => {
      const [foo, bar] = pairOver(connect)
      void foo.connection.ask('Foo')
      await until(() => bar.asks.length === 1)
      const ask = bar.asks[0]?.ask ?? 0
      bar.connection.reply(ask, success(1))
      expect(() => bar.connection.reply(ask, success(2))).to.throw(`ask ${ask} of Foo is answered already`)
      close(foo, bar)
    })
  })
}
