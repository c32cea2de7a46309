// What a PortChannel promises between real threads: order, attachments, waiting without an event loop, and a death that nobody
// waits through.
import type { ConnectionHandler } from '@worc/mailbox'
import type { JITErrorData } from '@worc/protocol'
import { plainError, success } from '@worc/protocol'
import { expect } from 'chai'
import { describe, it } from 'mocha'
import { MessageChannel, Worker } from 'node:worker_threads'
import { PortChannel } from '@worc/mailbox'
import { done, endOf, errorOf, thrownBy } from './ends.js'
import type { Wish } from './peer-worker.js'
import type { Peer } from './peer.js'
import { startPeer, stopPeer } from './peer.js'

async function withPeer(handler: Partial<ConnectionHandler>, body: (peer: Peer) => Promise<void>): Promise<void> {
  const peer = startPeer(handler)
  try {
    await body(peer)
  } finally {
    await stopPeer(peer)
  }
}

const wish = (wanted: Wish): Wish => wanted

describe('PortChannel between threads', () => {
  it('bursts both ways at once: every tell in order', async () => {
    const heard: unknown[] = []
    await withPeer({ onTell: (body) => heard.push(body) }, async ({ connection }) => {
      let sent = 0
      const answers: Promise<unknown>[] = []
      for (let burst = 0; burst < 20; burst++) {
        answers.push(connection.ask(wish({ type: 'burst', count: 500 })))
        for (let index = 0; index < 200; index++) connection.tell(sent++)
        if (burst % 3 === 0) await answers[burst]
      }
      const disorder = await Promise.all(answers)
      expect(disorder.map((reply) => (reply as { value: unknown }).value)).to.deep.equal(answers.map(() => []))
      expect(heard).to.deep.equal(Array.from({ length: 10_000 }, (_, index) => index % 500))
    })
  })

  it('100,000 asks, 1,000 in flight: each gets its own answer', async () => {
    await withPeer({}, async ({ connection }) => {
      let asked = 0
      let wrong = 0
      const lane = async (): Promise<void> => {
        while (asked < 100_000) {
          const value = asked++
          const reply = await connection.ask(wish({ type: 'echo', value }))
          if (reply.value !== value) wrong++
        }
      }
      await Promise.all(Array.from({ length: 1000 }, lane))
      expect({ asked, wrong }).to.deep.equal({ asked: 100_000, wrong: 0 })
    })
  })

  it('attachments go there and back with their frames: a Module, shared memory, a port that moves', async () => {
    await withPeer({}, async ({ connection }) => {
      const module = new WebAssembly.Module(new Uint8Array([0, 0x61, 0x73, 0x6d, 1, 0, 0, 0]))
      const memory = new SharedArrayBuffer(4)
      const { port1, port2 } = new MessageChannel()
      const echo = (value: number): Wish => ({ type: 'echo', value })
      const replies = await Promise.all([
        connection.ask(echo(0)),
        connection.ask(echo(1), { attachments: [module, memory] }),
        connection.ask(echo(2)),
        connection.ask(echo(3), { attachments: [port2], transfer: [port2] }),
      ])
      expect(replies.map(({ attachments }) => attachments.map(({ constructor }) => constructor.name))).to.deep.equal([
        [],
        ['Module', 'SharedArrayBuffer'],
        [],
        ['MessagePort'],
      ])
      new Int32Array(replies[1].attachments[1] as SharedArrayBuffer)[0] = 7
      expect(new Int32Array(memory)[0]).to.equal(7)
      port1.close()
    })
  })

  it('large batches move whole', async () => {
    await withPeer({}, async ({ connection }) => {
      const value = 'Foo'.repeat(500_000)
      expect((await connection.ask(wish({ type: 'echo', value }))).value).to.equal(value)
    })
  })

  describe('askSync', () => {
    it('answers while this thread blocks, 2,000 times', async () => {
      await withPeer({}, async ({ connection }) => {
        await connection.ask(wish({ type: 'echo', value: 0 }))
        for (let value = 0; value < 2000; value++) {
          const reply = connection.askSync(wish({ type: 'echo', value }), { timeoutMs: 5000 })
          expect(reply.value).to.equal(value)
        }
      })
    })

    it('from a worker that blocks, while this thread is evented', async () => {
      const answering = startPeer({
        onAsk: (body, ask) => answering.connection.reply(ask, success([body])),
      })
      const value = await answering.connection.ask(wish({ type: 'askBackSync', question: 'Foo' }))
      expect(value.value).to.deep.equal(['Foo'])
      await stopPeer(answering)
    })

    it('pumps its own port: what the answer depends on is served meanwhile, in order', async () => {
      const log: unknown[] = []
      const peer = startPeer({
        onTell: (body) => log.push(body),
        onAsk: (body, ask) => {
          log.push(body)
          peer.connection.reply(ask, success('yes'))
        },
      })
      void peer.connection.ask(wish({ type: 'burst', count: 3 })).then(() => log.push('too late'))
      const reply = peer.connection.askSync(wish({ type: 'askBack', question: 'may I?' }), { timeoutMs: 5000 })
      expect(reply.value).to.equal('yes')
      expect(log).to.deep.equal([0, 1, 2, 'may I?'])
      await stopPeer(peer)
    })

    it('both threads at once, each serving the other: no post is slept through', async () => {
      const peer = startPeer({ onAsk: (body, ask) => peer.connection.reply(ask, success(body)) })
      for (let index = 0; index < 500; index++) {
        const question = `question ${index}`
        const reply = peer.connection.askSync(wish({ type: 'askBackSync', question }), { timeoutMs: 5000 })
        expect(reply.value).to.equal(question)
      }
      await stopPeer(peer)
    })

    it('timeout: Timeout, and the connection goes on', async () => {
      await withPeer({}, async ({ connection }) => {
        const error = thrownBy(() => connection.askSync(wish({ type: 'never' }), { timeoutMs: 1 }))
        expect(error).to.deep.equal(plainError('Timeout', 'ask "never" of Foo had no answer within 1 ms'))
        expect((await connection.ask(wish({ type: 'echo', value: 1 }))).value).to.equal(1)
      })
    })

    it('the other thread ends meanwhile: ActorDied, not for ever', async () => {
      await withPeer({}, async ({ connection }) => {
        await connection.ask(wish({ type: 'echo', value: 1 }))
        const error = thrownBy(() => connection.askSync(wish({ type: 'exit', code: 3 })))
        expect(error).to.deep.equal(plainError('ActorDied', 'Foo is gone: its port closed without a goodbye'))
      })
    })
  })

  describe('death of the other thread', () => {
    const ways: Readonly<Record<string, (peer: Peer) => void>> = {
      'terminate()': ({ worker }) => void worker.terminate(),
      'process.exit': ({ connection }) => void connection.ask(wish({ type: 'exit', code: 0 })).catch(() => undefined),
      'an uncaught throw': ({ connection }) => void connection.ask(wish({ type: 'throw' })).catch(() => undefined),
    }

    for (const [way, kill] of Object.entries(ways)) {
      it(`${way}: every pending ask rejects at once, later ones too, and the handler hears of it once`, async () => {
        const closed: JITErrorData[] = []
        await withPeer({ onClose: (error) => closed.push(error) }, async (peer) => {
          await peer.connection.ask(wish({ type: 'echo', value: 1 }))
          const pending = Array.from({ length: 100 }, () => errorOf(peer.connection.ask(wish({ type: 'never' }))))
          const exited = new Promise((resolve) => peer.worker.once('exit', resolve))
          kill(peer)
          const gone = plainError('ActorDied', 'Foo is gone: its port closed without a goodbye')
          expect(await Promise.all(pending)).to.deep.equal(pending.map(() => gone))
          expect(await errorOf(peer.connection.ask(wish({ type: 'never' })))).to.deep.equal(gone)
          expect(closed).to.deep.equal([gone])
          await exited
        })
      })
    }
  })

  it('over a Worker itself: asks and death alike; what blocks is refused', async () => {
    const worker = new Worker(new URL('./peer-worker.js', import.meta.url), { workerData: { port: null } })
    const { connection, closed } = endOf(new PortChannel(worker, { peer: 'Foo' }))
    expect((await connection.ask(wish({ type: 'echo', value: 1 }))).value).to.equal(1)
    expect(thrownBy(() => connection.askSync(wish({ type: 'never' }))).code).to.equal('WouldDeadlock')
    const pending = errorOf(connection.ask(wish({ type: 'never' })))
    await worker.terminate()
    expect((await pending).code).to.equal('ActorDied')
    expect(closed.length).to.equal(1)
  })

  describe('what a port cannot carry', () => {
    it('in an ask: BadArgument for that one, the others of its batch arrive', async () => {
      await withPeer({}, async ({ connection }) => {
        const before = connection.ask(wish({ type: 'echo', value: 'before' }))
        const bad = errorOf(connection.ask(wish({ type: 'echo', value: 1 }), { attachments: [() => undefined] }))
        const { port1, port2 } = new MessageChannel()
        const moved = { attachments: [port2], transfer: [port2] }
        const after = connection.ask(wish({ type: 'echo', value: 'after' }), moved)
        expect((await bad).code).to.equal('BadArgument')
        expect((await bad).message).to.match(/^a message cannot be sent to Foo: DataCloneError/)
        expect((await Promise.all([before, after])).map(({ value }) => value)).to.deep.equal(['before', 'after'])
        expect((await after).attachments.length).to.equal(1)
        port1.close()
      })
    })

    it('in an answer: its asker gets BadArgument', async () => {
      await withPeer({}, async ({ connection }) => {
        const error = await errorOf(connection.ask(wish({ type: 'answerUnsendable' })))
        expect(error.code).to.equal('BadArgument')
      })
    })

    it('in a tell: throws at whoever flushes, the others of its batch arrive', async () => {
      const { port1, port2 } = new MessageChannel()
      const foo = endOf(new PortChannel(port1))
      const bar = endOf(new PortChannel(port2))
      foo.connection.tell('before')
      foo.connection.tell('bad', [() => undefined])
      foo.connection.tell('after')
      expect(() => foo.connection.flush()).to.throw('could not be cloned')
      bar.connection.drain()
      expect(bar.heard).to.deep.equal(['before', 'after'])
      foo.connection.close(done)
      bar.connection.close(done)
    })

    it('bytes that are no batch: Malformed, and the channel ends', async () => {
      const { port1, port2 } = new MessageChannel()
      const foo = endOf(new PortChannel(port1, { peer: 'Foo' }))
      const pending = errorOf(foo.connection.ask('Bar'))
      port2.postMessage(new Uint8Array([0xc1]))
      expect((await pending).code).to.equal('Malformed')
      expect(foo.closed.length).to.equal(1)
      port2.close()
    })
  })
})
