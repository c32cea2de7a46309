// A conversation between two processes in which both ask, tell and hand over bytes, over a socket that may break at any byte, or say
// things twice: the client comes back with another socket and goes on. What each end was made to do is written down.
import { Connection, SocketChannel, hearHello, ledgerOf, sayHello, sayWelcome } from '@worc/mailbox'
import type { Attachment, ClientId, Heard, JITDylibId, Welcome } from '@worc/protocol'
import { success } from '@worc/protocol'
import type { Duplex } from 'node:stream'
import type { DuplexOptions } from './duplex-pair.js'
import { duplexPair } from './duplex-pair.js'
import { done } from './ends.js'
import { VirtualClock } from './virtual-clock.js'

export interface Conversation {
  /** What each end did, in order. */
  readonly byServer: readonly string[]
  readonly byClient: readonly string[]
  /** Sockets that the client needed. */
  readonly sockets: number
  /** Bytes of blobs that the server still has. */
  readonly blobBytes: number
}

/** `pass` sees what goes through each socket, and may cut it by throwing. */
export async function converse(pass: (socket: number) => DuplexOptions['pass']): Promise<Conversation> {
  const server = new Server()
  const client = new Client((socket) => {
    const options = pass(socket)
    const pair = duplexPair(options === undefined ? {} : { pass: cutting(options, () => pair.cut()) })
    void server.accept(pair.server)
    return pair.client
  })
  await client.talk()
  await client.close()
  return { byServer: server.done, byClient: client.done, sockets: client.sockets, blobBytes: server.blobBytes }
}

/** What `pass` throws ends the socket, with what it had let through before. */
function cutting(pass: NonNullable<DuplexOptions['pass']>, cut: () => void): NonNullable<DuplexOptions['pass']> {
  return (bytes, to) => {
    try {
      return pass(bytes, to)
    } catch (thrown) {
      if (!(thrown instanceof Cut)) throw thrown
      setImmediate(cut)
      return [thrown.last]
    }
  }
}

/** A socket ends here; `last` still arrives. */
export class Cut extends Error {
  readonly last: Uint8Array

  constructor(last: Uint8Array) {
    super('cut')
    this.last = last
  }
}

/** Has one connection, or, where its welcome was lost, another. */
class Server {
  readonly done: string[] = []
  readonly #clock = new VirtualClock()
  #channel: SocketChannel | undefined
  #connection: Connection | undefined
  #blobBytes = 0

  get blobBytes(): number {
    return this.#blobBytes
  }

  async accept(socket: Duplex): Promise<void> {
    try {
      const { value: hello, rest } = await hearHello(socket, { clock: this.#clock })
      if (hello.resume === null) this.#begin()
      const channel = this.#channel
      if (channel === undefined) return
      sayWelcome(socket, success(welcomeOf(channel)))
      channel.attach(socket, hello.heard, rest)
    } catch {
      socket.destroy()
    }
  }

  #begin(): void {
    const ledger = ledgerOf(1000)
    const blobs = {
      reserve: (sizeBytes: number) => {
        this.#blobBytes += sizeBytes
        return ledger.reserve(sizeBytes)
      },
      release: (sizeBytes: number) => {
        this.#blobBytes -= sizeBytes
        ledger.release(sizeBytes)
      },
    }
    const channel = new SocketChannel({ side: 'server', clock: this.#clock, blobs })
    channel.onDetached = () => undefined
    this.#channel = channel
    const connection = new Connection(channel, {
      onTell: (body) => this.done.push(JSON.stringify(body)),
      onAsk: (body, ask, attachments) => this.#onAsk(connection, body, ask, attachments),
    })
    this.#connection = connection
  }

  #onAsk(connection: Connection, body: unknown, ask: number, [attachment]: readonly Attachment[]): void {
    const bytes = attachment === undefined ? '' : ` ${[...new Uint8Array(attachment as SharedArrayBuffer)].join()}`
    this.done.push(JSON.stringify(body) + bytes)
    if ((body as { type: string }).type === 'createJITDylib') {
      // Answered only when the client has answered in turn.
      const generate = { type: 'filterReexports', generator: 1, dylib: 2, names: [`for ${ask}`] }
      void connection.ask(generate).then(({ value }) => {
        this.done.push(JSON.stringify(value))
        connection.reply(ask, success(ask))
      })
    } else connection.reply(ask, success(bytes === '' ? null : compiled))
    this.#connection?.tell({ type: 'destroyUnit', unit: ask })
  }
}

/** So that about 1,300 bytes go each way. */
const rounds = 6
const compiled = { sizeBytes: 3, symbols: [], hasInitializers: false, diagnostics: '', cached: false }

function welcomeOf({ heard }: SocketChannel): Welcome & Heard {
  return {
    version: 1,
    connection: 'Foo',
    resumed: heard > 0,
    client: 1 as ClientId,
    main: 1 as JITDylibId,
    target: 'wasm',
    sessionName: 'Foo',
    limits: [],
    heard,
  }
}

class Client {
  readonly done: string[] = []
  sockets = 0
  readonly #clock = new VirtualClock()
  readonly #channel: SocketChannel
  readonly #connection: Connection
  readonly #connect: (socket: number) => Duplex
  #name: string | null = null
  #closed = false

  constructor(connect: (socket: number) => Duplex) {
    this.#connect = connect
    this.#channel = new SocketChannel({ side: 'client', clock: this.#clock })
    this.#channel.onDetached = () => void this.#join()
    this.#connection = new Connection(this.#channel, {
      onTell: (body) => this.done.push(JSON.stringify(body)),
      onAsk: (body, ask) => {
        this.done.push(JSON.stringify(body))
        this.#connection.reply(ask, success(['Foo']))
      },
    })
  }

  async talk(): Promise<void> {
    await this.#join()
    const ask = async (body: object, attachments: readonly Attachment[] = []): Promise<void> => {
      const { value } = await this.#connection.ask(body, { attachments })
      this.done.push(`answer ${JSON.stringify(value)}`)
    }
    for (let tracker = 1; tracker <= rounds; tracker++) await this.#round(ask, tracker)
  }

  async #round(
    ask: (body: object, attachments?: readonly Attachment[]) => Promise<void>,
    tracker: number,
  ): Promise<void> {
    await ask({ type: 'drain' })
    this.#connection.tell({ type: 'createResourceTracker', tracker, dylib: 1 })
    const asks = [
      ask({ type: 'createJITDylib', name: 'Foo', bare: false }),
      ask({ type: 'describeObject' }, [Uint8Array.of(1, 2, 3)]),
    ]
    await Promise.resolve()
    asks.push(ask({ type: 'createJITDylib', name: 'Bar', bare: true }))
    await Promise.all(asks)
    this.#connection.tell({ type: 'dropResourceTracker', tracker })
    await ask({ type: 'drain' })
  }

  /** With a last question, whose answer means that the server has heard all. */
  async close(): Promise<void> {
    await this.#connection.ask({ type: 'verify' })
    this.#closed = true
    this.#connection.close(done)
  }

  async #join(): Promise<void> {
    while (!this.#closed) {
      const socket = this.#connect(this.sockets++)
      try {
        const hello = { token: '', onDisconnect: 'remove', resume: this.#name, heard: this.#channel.heard } as const
        const { value, rest } = await sayHello(socket, hello, { clock: this.#clock })
        this.#name = value.connection
        return this.#channel.attach(socket, value.heard, rest)
      } catch {
        socket.destroy()
      }
    }
  }
}
