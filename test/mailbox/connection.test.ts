// What a Connection promises, over each channel that one thread can hold both ends of: order, turns, and one settlement for each
// ask, in its place among the messages.
import type { Settle } from '@worc/mailbox'
import { failure, plainError, success } from '@worc/protocol'
import { expect } from 'chai'
import { describe, it } from 'mocha'
import { setImmediate as turn } from 'node:timers/promises'
import { MessageChannel } from 'node:worker_threads'
import type { End } from './ends.js'
import { close, done, endOf, errorOf, pairOver, thrownBy, transports, until } from './ends.js'
import { VirtualClock } from './virtual-clock.js'

for (const [name, connect] of Object.entries(transports)) {
  describe(`Connection over ${name}`, () => {
    it('tells arrive in order, bursts of both sides interleaved', async () => {
      const [foo, bar] = pairOver(connect)
      for (let burst = 0; burst < 20; burst++) {
        for (let index = 0; index < 50; index++) {
          foo.connection.tell(burst * 50 + index)
          bar.connection.tell(burst * 50 + index)
        }
        await Promise.resolve()
      }
      await until(() => foo.heard.length === 1000 && bar.heard.length === 1000)
      const numbers = Array.from({ length: 1000 }, (_, index) => index)
      expect(foo.heard).to.deep.equal(numbers)
      expect(bar.heard).to.deep.equal(numbers)
      close(foo, bar)
    })

    it('nothing arrives inside the sending call', async () => {
      const [foo, bar] = pairOver(connect)
      foo.connection.tell('Foo')
      expect(bar.heard).to.deep.equal([])
      await until(() => bar.heard.length === 1)
      close(foo, bar)
    })

    it('an ask resolves with the answer, or rejects with its error, cause and all', async () => {
      const [foo, bar] = pairOver(connect)
      const good = foo.connection.ask({ type: 'lookup' })
      const bad = errorOf(foo.connection.ask({ type: 'lookup' }))
      await until(() => bar.asks.length === 2)
      const error = plainError('OutOfMemory', 'no room', plainError('QuotaExceeded', 'limit'))
      bar.connection.reply(bar.asks[1]?.ask ?? 0, failure(error))
      bar.connection.reply(bar.asks[0]?.ask ?? 0, success(42))
      expect(await good).to.deep.equal({ value: 42, attachments: [] })
      expect(await bad).to.deep.equal(error)
      close(foo, bar)
    })

    it('an ask or an answer that comes twice is heard once', async () => {
      const [fooChannel, barChannel] = connect()
      const foo = endOf(fooChannel)
      const bar = endOf(barChannel)
      const answer = foo.connection.ask('Foo')
      await until(() => bar.asks.length === 1)
      fooChannel.send({ kind: 'ask', ask: bar.asks[0]?.ask ?? 0, body: 'Foo', attachments: 0 })
      fooChannel.flush()
      bar.connection.reply(bar.asks[0]?.ask ?? 0, success(42))
      barChannel.send({ kind: 'reply', reply: bar.asks[0]?.ask ?? 0, result: success(43), attachments: 0 })
      expect((await answer).value).to.equal(42)
      const next = foo.connection.ask('Bar')
      await until(() => bar.asks.length > 1)
      expect(bar.asks.map(({ body }) => body)).to.deep.equal(['Foo', 'Bar'])
      bar.connection.reply(bar.asks[1]?.ask ?? 0, success(44))
      expect((await next).value).to.equal(44)
      close(foo, bar)
    })

    it('an ask that is answered after thousands that were asked later, and others that end with the channel', async () => {
      const [foo, bar] = pairOver(connect)
      const settled: number[] = []
      const ask = (number: number): number => foo.connection.askThen(number, () => settled.push(number))
      const late = [ask(0), ask(1), ask(2)]
      for (let next = 3; next < 3000; next += 300) {
        for (let number = next; number < next + 300; number++) ask(number)
        await until(() => bar.asks.length === next + 300)
        for (const { ask: number } of bar.asks.slice(next)) bar.connection.reply(number, success(null))
        await until(() => settled.length === next + 297)
      }
      bar.connection.reply(late[1] ?? 0, success(null))
      await until(() => settled.length === 3001)
      expect(settled.at(-1)).to.equal(1)
      expect(() => bar.connection.reply(late[1] ?? 0, success(null))).to.throw('answered already')
      ask(3003)
      foo.connection.close(done)
      expect(settled.slice(3001)).to.deep.equal([0, 2, 3003])
      bar.connection.close(done)
    })

    it('attachments come with their own frame, in order', async () => {
      const [fooChannel, barChannel] = connect()
      const got: unknown[] = []
      const foo = endOf(fooChannel)
      const bar = endOf(barChannel, { onTell: (body, attachments) => got.push([body, ...attachments]) })
      const memory = new SharedArrayBuffer(4)
      const { port1, port2 } = new MessageChannel()
      const module = new WebAssembly.Module(new Uint8Array([0, 0x61, 0x73, 0x6d, 1, 0, 0, 0]))
      foo.connection.tell('none')
      foo.connection.tell('two', [memory, module])
      foo.connection.tell('port', [port2], [port2])
      foo.connection.tell('none again')
      await until(() => got.length === 4)
      const shapes = (got as unknown[][]).map((entry) => entry.map((part) => (part as object).constructor.name))
      expect(shapes).to.deep.equal([
        ['String'],
        ['String', 'SharedArrayBuffer', 'Module'],
        ['String', 'MessagePort'],
        ['String'],
      ])
      new Int32Array((got[1] as [string, SharedArrayBuffer])[1])[0] = 7
      expect(new Int32Array(memory)[0]).to.equal(7)
      port1.close()
      close(foo, bar)
    })

    it('askThen settles before any later frame of the batch is handled', async () => {
      const [fooChannel, barChannel] = connect()
      const log: unknown[] = []
      const foo = endOf(fooChannel, { onTell: (body) => log.push(body) })
      const bar: End = endOf(barChannel, {
        onAsk: (_body, ask) => {
          bar.connection.tell('before')
          bar.connection.reply(ask, success('granted'))
          bar.connection.tell('removed')
        },
      })
      foo.connection.askThen('claim', (result) => {
        log.push(result.ok && result.value)
        void Promise.resolve().then(() => log.push('microtask'))
      })
      await until(() => log.length === 4)
      expect(log).to.deep.equal(['before', 'granted', 'removed', 'microtask'])
      close(foo, bar)
    })

    it('a handler that drains goes on with what came after its frame, and nothing is handled twice', async () => {
      const [fooChannel, barChannel] = connect()
      const log: unknown[] = []
      const foo = endOf(fooChannel)
      const bar: End = endOf(barChannel, {
        onTell: (body) => {
          log.push(`begin ${String(body)}`)
          if (body === 0) bar.connection.drain()
          log.push(`end ${String(body)}`)
        },
      })
      for (let index = 0; index < 3; index++) foo.connection.tell(index)
      await until(() => log.length === 6)
      await turn()
      expect(log).to.deep.equal(['begin 0', 'begin 1', 'end 1', 'begin 2', 'end 2', 'end 0'])
      close(foo, bar)
    })

    it('drain delivers what has arrived, without the event loop', () => {
      const [foo, bar] = pairOver(connect)
      foo.connection.tell('Foo')
      foo.connection.flush()
      expect(bar.connection.drain()).to.equal(true)
      expect(bar.heard).to.deep.equal(['Foo'])
      expect(bar.connection.drain()).to.equal(false)
      close(foo, bar)
    })

    it('a handler that throws loses no later frame', async () => {
      const [fooChannel, barChannel] = connect()
      const heard: unknown[] = []
      const foo = endOf(fooChannel)
      const bar = endOf(barChannel, {
        onTell: (body) => {
          heard.push(body)
          if (body === 1) throw new Error('planted')
        },
      })
      for (let index = 0; index < 4; index++) foo.connection.tell(index)
      foo.connection.flush()
      expect(() => bar.connection.drain()).to.throw('planted')
      await until(() => heard.length === 4)
      expect(heard).to.deep.equal([0, 1, 2, 3])
      close(foo, bar)
    })

    it('frames that follow each other for ever do not starve timers', async () => {
      const [fooChannel, barChannel] = connect()
      let over = false
      const foo: End = endOf(fooChannel, { onTell: () => over || foo.connection.tell('ping') })
      const bar: End = endOf(barChannel, { onTell: () => over || bar.connection.tell('pong') })
      foo.connection.tell('ping')
      await new Promise<void>((resolve) => setTimeout(resolve, 1))
      over = true
      close(foo, bar)
    })

    describe('cancellation', () => {
      it('abort: rejects at once with its reason, and the other end is told which ask', async () => {
        const [foo, bar] = pairOver(connect)
        const controller = new AbortController()
        let number: number | undefined
        const options = { signal: controller.signal, onAsk: (ask: number) => (number = ask) }
        const rejected = errorOf(foo.connection.ask({ type: 'lookup' }, options))
        await until(() => bar.asks.length === 1)
        controller.abort(new Error('changed my mind'))
        const error = await rejected
        expect(error.code).to.equal('Aborted')
        expect(error.message).to.equal('ask "lookup" of Bar was aborted')
        expect(error.cause?.message).to.equal('changed my mind')
        await until(() => bar.heard.length === 1)
        expect(bar.heard).to.deep.equal([{ type: 'cancelAsk', ask: number, error }])
        close(foo, bar)
      })

      it('aborted before: never sent', async () => {
        const [foo, bar] = pairOver(connect)
        const error = await errorOf(foo.connection.ask({ type: 'lookup' }, { signal: AbortSignal.abort() }))
        expect(error.code).to.equal('Aborted')
        foo.connection.tell('barrier')
        await until(() => bar.heard.length === 1)
        expect(bar.asks).to.deep.equal([])
        close(foo, bar)
      })

      it('timeout: after its time and not before; the clock is let go with the answer', async () => {
        const clock = new VirtualClock()
        const [foo, bar] = pairOver(connect, { clock })
        const rejected = errorOf(foo.connection.ask({ type: 'lookup' }, { timeoutMs: 50 }))
        const answered = foo.connection.ask({ type: 'lookup' }, { timeoutMs: 50 })
        await until(() => bar.asks.length === 2)
        clock.advance(49)
        bar.connection.reply(bar.asks[1]?.ask ?? 0, success(1))
        expect((await answered).value).to.equal(1)
        expect(clock.timerCount).to.equal(1)
        clock.advance(1)
        expect(await rejected).to.deep.equal(plainError('Timeout', 'ask "lookup" of Bar had no answer within 50 ms'))
        close(foo, bar)
      })

      it('a late answer is dropped, the ports in it closed', async () => {
        const [foo, bar] = pairOver(connect)
        const settled: unknown[] = []
        const settle: Settle = (result) => settled.push(result.ok)
        const ask = foo.connection.askThen('Foo', settle)
        await until(() => bar.asks.length === 1)
        foo.connection.cancel(ask, done)
        const { port1, port2 } = new MessageChannel()
        const closed = new Promise((resolve) => port1.once('close', resolve))
        bar.connection.reply(ask, success('late'), [port2], [port2])
        await closed
        expect(settled).to.deep.equal([false])
        close(foo, bar)
      })
    })
  })
}

describe('Connection over LocalChannel', () => {
  it('askSync is WouldDeadlock at once: the other end needs this thread', () => {
    const [foo, bar] = (transports['LocalChannel'] as () => ReturnType<(typeof transports)[string]>)()
    const asking = endOf(foo)
    endOf(bar)
    const error = thrownBy(() => asking.connection.askSync({ type: 'lookup' }))
    expect(error.code).to.equal('WouldDeadlock')
    asking.connection.close(done)
  })
})
