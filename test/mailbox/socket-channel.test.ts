// A connection between processes does what one between threads does: order, answers, attachments, an end that both hear of; and
// what is said here that another process cannot be told fails alone.
import { RemoteBlob, ledgerOf } from '@worc/mailbox'
import type { JITErrorData } from '@worc/protocol'
import { failure, plainError, success } from '@worc/protocol'
import { expect } from 'chai'
import { describe, it } from 'mocha'
import { close, done, errorOf, thrownBy, until } from './ends.js'
import { socketEnds } from './socket-ends.js'

const drop = (tracker: number): object => ({ type: 'dropResourceTracker', tracker })
const drain = { type: 'drain' }
const describeObject = { type: 'describeObject' }
const compile = {
  type: 'compile',
  language: 'c',
  name: 'foo.c',
  payload: { attachment: 0, offsetBytes: 0, sizeBytes: 3 },
  flags: [],
  directory: '',
}
const compiled = { sizeBytes: 3, symbols: [], hasInitializers: false, diagnostics: '', cached: false }

function sharedBytes(...bytes: number[]): SharedArrayBuffer {
  const shared = new SharedArrayBuffer(bytes.length)
  new Uint8Array(shared).set(bytes)
  return shared
}

function bytesIn(attachment: object | undefined): readonly number[] {
  return [...new Uint8Array(attachment as SharedArrayBuffer)]
}

describe('SocketChannel', () => {
  it('tells arrive in order, in however small pieces', async () => {
    const pass = (bytes: Uint8Array): Uint8Array[] => Array.from(bytes, (byte) => Uint8Array.of(byte))
    const { client, server } = socketEnds({}, { pass })
    const said = Array.from({ length: 300 }, (_, index) => drop(index))
    for (const message of said) client.connection.tell(message)
    await until(() => server.heard.length === said.length)
    expect(server.heard).to.deep.equal(said)
    close(client, server)
  })

  it('asks of both ends are answered, with a value or an error', async () => {
    const { client, server } = socketEnds()
    const good = client.connection.ask(drain)
    const bad = errorOf(client.connection.ask({ type: 'dump' }))
    const back = server.connection.ask({ type: 'filterReexports', generator: 1, dylib: 2, names: ['Foo', 'Bar'] })
    await until(() => server.asks.length === 2 && client.asks.length === 1)
    const error: JITErrorData = plainError('OutOfMemory', 'no room', plainError('QuotaExceeded', 'limit'))
    server.connection.reply(server.asks[1]?.ask ?? 0, failure(error))
    server.connection.reply(server.asks[0]?.ask ?? 0, success(null))
    client.connection.reply(client.asks[0]?.ask ?? 0, success(['Foo']))
    expect(await good).to.deep.equal({ value: null, attachments: [] })
    expect(await bad).to.deep.equal(error)
    expect(await back).to.deep.equal({ value: ['Foo'], attachments: [] })
    close(client, server)
  })

  it('more is said than credit and window hold: all of it arrives', async () => {
    const { client, server } = socketEnds()
    const bytes = new Uint8Array(300_000).fill(7)
    const count = 40
    for (let index = 0; index < count; index++) client.connection.tell({ type: 'runInput', run: 1, bytes })
    for (let index = 0; index < 3000; index++) client.connection.tell(drop(index))
    await until(() => server.heard.length === count + 3000)
    expect(server.heard[0]).to.deep.equal({ type: 'runInput', run: 1, bytes })
    expect(server.heard.at(-1)).to.deep.equal(drop(2999))
    close(client, server)
  })

  it('bytes beside a message: uploaded, in parts where they are large, and dropped behind it', async () => {
    let used = 0
    const whole = ledgerOf(0x100_0000)
    const blobs = {
      reserve: (sizeBytes: number): JITErrorData | undefined => {
        used += sizeBytes
        return whole.reserve(sizeBytes)
      },
      release: (sizeBytes: number): void => {
        used -= sizeBytes
      },
    }
    const { client, server } = socketEnds({ blobs })
    const large = new SharedArrayBuffer(1_000_000)
    new Uint8Array(large).fill(9)
    const asked = [
      client.connection.ask(describeObject, { attachments: [sharedBytes(1, 2, 3)] }),
      client.connection.ask(describeObject, { attachments: [large] }),
      client.connection.ask(describeObject, { attachments: [new SharedArrayBuffer(0)] }),
    ]
    await until(() => server.asks.length === 3)
    expect(bytesIn(server.asks[0]?.attachments[0])).to.deep.equal([1, 2, 3])
    expect(bytesIn(server.asks[1]?.attachments[0])).to.deep.equal(Array<number>(1_000_000).fill(9))
    expect(bytesIn(server.asks[2]?.attachments[0])).to.deep.equal([])
    for (const { ask } of server.asks) server.connection.reply(ask, success(compiled))
    await Promise.all(asked)
    expect(used).to.equal(0)
    close(client, server)
  })

  it('bytes beside an answer stay with the server: named again they are the same, dropped they are gone', async () => {
    const { client, server } = socketEnds()
    const object = sharedBytes(4, 5)
    const answer = client.connection.ask(compile, { attachments: [sharedBytes(1, 2, 3)] })
    await until(() => server.asks.length === 1)
    server.connection.reply(server.asks[0]?.ask ?? 0, success(compiled), [object])
    const { attachments } = await answer
    const [blob] = attachments
    expect(blob).to.be.instanceOf(RemoteBlob)
    const again = client.connection.ask(describeObject, { attachments })
    await until(() => server.asks.length === 2)
    expect(server.asks[1]?.attachments[0]).to.equal(object)
    server.connection.reply(server.asks[1]?.ask ?? 0, success(compiled))
    await again
    ;(blob as RemoteBlob).drop()
    expect(await errorOf(client.connection.ask(describeObject, { attachments }))).to.deep.include({
      code: 'BadArgument',
      message: 'blob 2 is not here: it was dropped, or never uploaded',
    })
    close(client, server)
  })

  it('more bytes than the quota: that ask is refused, the next one is not', async () => {
    const { client, server } = socketEnds({ blobs: ledgerOf(100) })
    const refused = await errorOf(client.connection.ask(describeObject, { attachments: [new SharedArrayBuffer(101)] }))
    expect(refused).to.deep.include({
      code: 'QuotaExceeded',
      message: 'a blob of 101 bytes: 0 of 100 bytes are in use',
    })
    const answer = client.connection.ask(describeObject, { attachments: [new SharedArrayBuffer(100)] })
    await until(() => server.asks.length === 1)
    server.connection.reply(server.asks[0]?.ask ?? 0, success(compiled))
    await answer
    close(client, server)
  })

  it('what cannot be sent to another process fails alone', async () => {
    const { client, server } = socketEnds()
    const errors = [
      await errorOf(client.connection.ask({ type: 'removeSymbols', dylib: 1, names: ['x'.repeat(0x1_0001)] })),
      await errorOf(client.connection.ask({ type: 'removeSymbols', dylib: 1, names: ['\ud800'] })),
      await errorOf(client.connection.ask({ type: 'removeSymbols', dylib: NaN, names: [] })),
      await errorOf(client.connection.ask({ type: 'attachExecutor' })),
      await errorOf(client.connection.ask(describeObject, { attachments: [new WebAssembly.Memory({ initial: 1 })] })),
    ]
    expect(errors.map(({ code }) => code)).to.deep.equal([
      'BadArgument',
      'BadArgument',
      'BadArgument',
      'Unsupported',
      'Unsupported',
    ])
    expect(thrownBy(() => client.connection.tell({ type: 'releaseLease', lease: -1 }))).to.deep.include({
      code: 'BadArgument',
      message:
        'releaseLease: -1 instead of an integer from 0 to 9007199254740991: it cannot be sent to another process',
    })
    client.connection.tell(drop(1))
    await until(() => server.heard.length === 1)
    close(client, server)
  })

  it('a goodbye: what was said before it is heard, and both ends end with its error', async () => {
    const { client, server } = socketEnds()
    const pending = errorOf(server.connection.ask({ type: 'filterReexports', generator: 1, dylib: 2, names: [] }))
    await until(() => client.asks.length === 1)
    client.connection.tell(drop(1))
    client.connection.close(done)
    await until(() => server.closed.length === 1)
    expect(server.heard).to.deep.equal([drop(1)])
    expect(server.closed).to.deep.equal([done])
    expect(await pending).to.deep.equal(done)
  })

  it('a socket that closes, and nobody who brings another: ConnectionLost', async () => {
    const { client, server, sockets, clock } = socketEnds()
    const pending = errorOf(client.connection.ask(drain))
    await until(() => server.asks.length === 1)
    sockets.cut()
    expect((await pending).code).to.equal('ConnectionLost')
    await until(() => server.closed.length === 1)
    expect(server.closed[0]?.code).to.equal('ConnectionLost')
    expect(clock.timerCount).to.equal(0)
  })
})
