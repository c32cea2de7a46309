// A server's end of a socket whose other end is held by somebody who says what no honest client says, or takes its time, or takes
// nothing: it is told what is wrong and hung up on, and what it can make this end hold is bounded.
import { SocketChannel, hearHello, ledgerOf } from '@worc/mailbox'
import type { JITErrorData } from '@worc/protocol'
import { BatchStream, packHello, readBatch, success } from '@worc/protocol'
import { expect } from 'chai'
import { describe, it } from 'mocha'
import { setImmediate as turn } from 'node:timers/promises'
import { hostileBatches } from '../protocol/wire/hostile-batches.js'
import type { Packed } from '../protocol/wire/message-pack.js'
import { array, big, bin, text, uint } from '../protocol/wire/message-pack.js'
import { duplexPair } from './duplex-pair.js'
import type { End } from './ends.js'
import { close, endOf, errorOf, until } from './ends.js'
import { VirtualClock } from './virtual-clock.js'

interface Stranger {
  readonly server: End
  readonly channel: SocketChannel
  readonly clock: VirtualClock
  /** What the stranger was told in the end. */
  readonly goodbyes: JITErrorData[]
  readonly answers: unknown[]
  isHungUp(): boolean
  say(bytes: Packed): void
  /** Stops taking what the server says. */
  deaf(): void
}

function stranger(): Stranger {
  const clock = new VirtualClock()
  const channel = new SocketChannel({ side: 'server', clock, blobs: ledgerOf(1000) })
  const server = endOf(channel)
  const { client, server: socket } = duplexPair()
  channel.attach(socket, 0)
  const goodbyes: JITErrorData[] = []
  const answers: unknown[] = []
  let heard = 0
  const stream = new BatchStream()
  client.on('data', (chunk: Uint8Array) =>
    stream.push(chunk, (batch) => {
      const { frames, count } = readBatch(batch, { from: 'server', heard, takeAsked: () => 'drain' })
      heard += count
      for (const frame of frames)
        if (frame.kind === 'frame' && frame.frame.kind === 'goodbye') goodbyes.push(frame.frame.error)
        else if (frame.kind === 'frame' && frame.frame.kind === 'reply') answers.push(frame.frame.result)
    }),
  )
  return {
    server,
    channel,
    clock,
    goodbyes,
    answers,
    isHungUp: () => client.destroyed,
    say: (bytes) => void client.write(Uint8Array.from(bytes)),
    deaf: () => void client.pause(),
  }
}

function sized(bytes: Packed): Packed {
  return [...big(bytes.length, 4), ...bytes]
}

/** The server has hung up, and said why. */
async function refused(by: Stranger): Promise<JITErrorData> {
  await until(() => by.server.closed.length === 1 && by.isHungUp())
  expect(by.goodbyes).to.deep.equal(by.server.closed)
  expect(by.clock.timerCount).to.equal(0)
  const [error] = by.goodbyes
  if (error === undefined) throw new Error('no goodbye')
  return error
}

const drain = (ask: number): Packed => array(uint(1), uint(ask), text('drain'))

describe('a stranger at a socket', () => {
  it('every hostile batch: Malformed, said and hung up', async () => {
    for (const [what, [bytes, says]] of Object.entries(hostileBatches)) {
      const foo = stranger()
      foo.say(sized(bytes))
      const error = await refused(foo)
      expect(error.code, what).to.equal('Malformed')
      expect(error.message, what).to.include(says)
    }
  })

  it('a batch that is too large, by its length', async () => {
    const foo = stranger()
    foo.say([0, 0x10, 0, 1])
    expect((await refused(foo)).message).to.equal('a batch of 1048577 bytes, limit 1048576, at byte 0')
  })

  it('a batch a byte at a time: 5 s from its first byte, however it goes on', async () => {
    const foo = stranger()
    const whole = sized(array(uint(1), uint(0), drain(1)))
    for (const byte of whole.slice(0, 4)) {
      foo.say([byte])
      await turn()
      await turn()
      foo.clock.advance(1200)
    }
    expect(foo.server.closed).to.deep.equal([])
    foo.clock.advance(200)
    expect(await refused(foo)).to.deep.include({
      code: 'Timeout',
      message: 'the client began a batch and has not ended it within 5000 ms',
    })
  })

  it('batches that end in time: the next one has its own', async () => {
    const foo = stranger()
    for (let ask = 1; ask <= 5; ask++) {
      const whole = sized(array(uint(ask), uint(0), drain(ask)))
      foo.say(whole.slice(0, 3))
      await turn()
      await turn()
      foo.clock.advance(4000)
      foo.say(whole.slice(3))
      await until(() => foo.server.asks.length === ask)
    }
    close(foo.server)
  })

  it('no hello: 2 s', async () => {
    const clock = new VirtualClock()
    const { server, cut } = duplexPair()
    const hello = errorOf(hearHello(server, { clock }))
    clock.advance(2000)
    expect(await hello).to.deep.include({ code: 'Timeout', message: 'the client has said nothing within 2000 ms' })
    cut()
  })

  it('a hello that is none, or too long, or of another version', async () => {
    const helloOf = async (bytes: Uint8Array): Promise<JITErrorData> => {
      const { client, server, cut } = duplexPair()
      client.write(bytes)
      const error = await errorOf(hearHello(server, { clock: new VirtualClock() }))
      cut()
      return error
    }
    expect((await helloOf(Uint8Array.from(sized(array(uint(1), uint(0), drain(1)))))).code).to.equal('Malformed')
    expect((await helloOf(Uint8Array.of(0, 0, 0x10, 1))).message).to.include('limit 4096')
    const hello = { token: 'Foo', onDisconnect: 'remove', resume: null, heard: 0 } as const
    expect(await helloOf(packHello(hello, 2))).to.deep.include({
      code: 'Unsupported',
      message: 'version 2 of the wire protocol; this server has 1',
    })
    const longToken = array(text('x'.repeat(1025)), uint(0), [0xc0])
    const long = array(uint(0), uint(0), array(uint(1), uint(0), text('hello'), uint(1), longToken))
    expect((await helloOf(Uint8Array.from(sized(long)))).message).to.include('limit 1024')
  })

  it('an ask whose number goes back', async () => {
    const foo = stranger()
    foo.say(sized(array(uint(1), uint(0), drain(2), drain(1))))
    expect((await refused(foo)).message).to.equal('ask 1 comes after ask 2')
  })

  it('it has heard what was never said, or takes credit for more than it was told', async () => {
    const foo = stranger()
    foo.say(sized(array(uint(1), uint(7))))
    expect((await refused(foo)).message).to.equal('the client has heard frame 7, of 0 sent')
    const bar = stranger()
    bar.say(sized(array(uint(1), uint(0), array(uint(4), uint(1000)))))
    expect((await refused(bar)).message).to.equal('credit for 1000 messages, and 0 await it')
  })

  it('uploads out of order, of numbers that are not its own, or of more than it said', async () => {
    const part = (blob: number, offset: number, total: number, count: number): Packed =>
      array(uint(6), uint(blob), uint(offset), uint(total), bin(Array<number>(count).fill(1)))
    const cases: readonly (readonly [Packed[], string])[] = [
      [[part(2, 0, 4, 4)], "upload of blob 2: a client's blobs have odd numbers"],
      [[part(1, 1, 4, 2)], 'upload of blob 1: its first part is at 1'],
      [[part(1, 0, 4, 2), part(1, 3, 4, 1)], 'upload of blob 1: a part at 3 of 4, after 2 of 4 bytes'],
      [[part(1, 0, 4, 2), part(1, 2, 5, 1)], 'upload of blob 1: a part at 2 of 5, after 2 of 4 bytes'],
      [[part(1, 0, 4, 4), part(1, 4, 4, 0)], 'upload of blob 1: a part at 4 of 4, after 4 of 4 bytes'],
    ]
    for (const [parts, says] of cases) {
      const foo = stranger()
      foo.say(sized(array(uint(1), uint(0), ...parts)))
      expect(await refused(foo)).to.deep.include({ code: 'Malformed', message: says })
    }
  })

  it('an upload over the quota, and asks that name it: each is refused, and the connection goes on', async () => {
    const foo = stranger()
    const upload = array(uint(6), uint(1), uint(0), uint(2000), bin([1]))
    const naming = (ask: number): Packed => array(uint(1), uint(ask), text('describeObject'), array(uint(1)))
    foo.say(sized(array(uint(1), uint(0), upload, naming(1), naming(2), drain(3))))
    await until(() => foo.answers.length === 2 && foo.server.asks.length === 1)
    expect(foo.answers.map((answer) => (answer as { error: JITErrorData }).error.code)).to.deep.equal([
      'QuotaExceeded',
      'QuotaExceeded',
    ])
    close(foo.server)
  })

  it('thousands of asks at once: 256 are worked on, the rest wait, and then all are answered', async () => {
    const foo = stranger()
    const asks = Array.from({ length: 3000 }, (_, index) => drain(index + 1))
    foo.say(sized(array(uint(1), uint(0), ...asks)))
    await until(() => foo.server.asks.length > 0)
    await turn()
    expect(foo.server.asks.length).to.equal(256)
    expect(foo.channel.asksInFlight).to.equal(256)
    for (let next = 0; next < 3000; next++) {
      await until(() => foo.server.asks.length > next)
      foo.server.connection.reply(foo.server.asks[next]?.ask ?? 0, success(null))
      expect(foo.channel.asksInFlight).to.be.at.most(256)
    }
    await until(() => foo.answers.length === 3000)
    close(foo.server)
  })

  it('asks that nothing answers: more are let through for a while, then the rest are refused', async () => {
    const foo = stranger()
    const asks = Array.from({ length: 6000 }, (_, index) => drain(index + 1))
    foo.say(sized(array(uint(1), uint(0), ...asks)))
    await until(() => foo.server.asks.length === 256)
    foo.clock.advance(100)
    expect(foo.server.asks.length).to.equal(512)
    foo.clock.advance(2000)
    await until(() => foo.server.asks.length === 4096)
    await until(() => foo.answers.length === 6000 - 4096)
    expect(foo.answers[0]).to.deep.equal({
      ok: false,
      error: { code: 'Overloaded', message: '4096 asks are not answered yet, limit 4096' },
    })
    close(foo.server)
  })

  it('nobody takes the answers: no more asks are read, and what waits is bounded', async () => {
    const foo = stranger()
    foo.deaf()
    const text = 'x'.repeat(500_000)
    let said = 0
    const dumpAll = (): void => {
      for (const { ask, body } of foo.server.asks.splice(0))
        if ((body as { type: string }).type === 'dump') foo.server.connection.reply(ask, success(text))
    }
    for (; said < 200; said++) foo.say(sized(array(uint(said + 1), uint(0), dump(said + 1))))
    for (let turns = 0; turns < 2000; turns++) {
      dumpAll()
      await turn()
    }
    expect(foo.server.closed).to.deep.equal([])
    expect(foo.channel.unsentBytes).to.be.below(6_000_000)
    close(foo.server)
  })
})

function dump(ask: number): Packed {
  return array(uint(1), uint(ask), text('dump'))
}
