// The ways to ask another process, each with both of its ends: the wire as clients of a gateway speak it, with the strict reader at
// both ends; gRPC over one bidirectional stream; JSON-RPC as language servers speak it; and a socket that gives back what it was
// given. All of them over a Unix socket, all of them with the same question: which symbols to remove, answered by nothing.
import type { ServerDuplexStream, ServiceDefinition } from '@grpc/grpc-js'
import { Client, Server, ServerCredentials, credentials } from '@grpc/grpc-js'
import { Connection, SocketChannel } from '@worc/mailbox'
import type { AskId } from '@worc/protocol'
import { RowWriter, packBatch, success, writeFrame } from '@worc/protocol'
import { once } from 'node:events'
import { connect, createServer } from 'node:net'
import {
  StreamMessageReader,
  StreamMessageWriter,
  createMessageConnection as createJSONRPCConnection,
} from 'vscode-jsonrpc/node'

interface Transport {
  /** Resolves when clients may come. */
  serve(path: string): Promise<void>
  /** How to ask. */
  connect(path: string): Promise<() => Promise<unknown>>
}

const question = { type: 'removeSymbols', dylib: 3, names: ['main'] } as const

const wire: Transport = {
  async serve(path) {
    const server = createServer((socket) => {
      const channel = new SocketChannel({ side: 'server' })
      const connection = new Connection(channel, {
        onTell: () => undefined,
        onAsk: (_body, ask) => connection.reply(ask, success(null)),
      })
      channel.attach(socket, 0)
    })
    await once(server.listen(path), 'listening')
  },
  async connect(path) {
    const socket = connect(path)
    await once(socket, 'connect')
    const channel = new SocketChannel({ side: 'client' })
    const connection = new Connection(channel, { onTell: () => undefined, onAsk: () => undefined })
    channel.attach(socket, 0)
    return () => connection.ask(question)
  },
}

interface Numbered {
  readonly id: number
}

/** Answers by the number of their question. */
function correlated(send: (message: Numbered & typeof question) => void): {
  readonly ask: () => Promise<unknown>
  readonly answer: (answer: Numbered) => void
} {
  const pending = new Map<number, (answer: unknown) => void>()
  let next = 1
  return {
    ask: () =>
      new Promise((resolve) => {
        const id = next++
        pending.set(id, resolve)
        send({ id, ...question })
      }),
    answer: (answer) => {
      pending.get(answer.id)?.(answer)
      pending.delete(answer.id)
    },
  }
}

const method = {
  path: '/session/ask',
  requestStream: true,
  responseStream: true,
  requestSerialize: toJSON,
  requestDeserialize: fromJSON,
  responseSerialize: toJSON,
  responseDeserialize: fromJSON,
} as const

const grpc: Transport = {
  async serve(path) {
    const server = new Server()
    server.addService({ ask: method } satisfies ServiceDefinition, {
      ask: (call: ServerDuplexStream<Numbered, object>) => {
        call.on('data', ({ id }: Numbered) => call.write({ id, value: null }))
      },
    })
    await new Promise<void>((resolve, reject) => {
      server.bindAsync(`unix:${path}`, ServerCredentials.createInsecure(), (error) =>
        error === null ? resolve() : reject(error),
      )
    })
  },
  connect(path) {
    const client = new Client(`unix:${path}`, credentials.createInsecure())
    const stream = client.makeBidiStreamRequest<object, Numbered>(method.path, toJSON, fromJSON)
    const { ask, answer } = correlated((message) => stream.write(message))
    stream.on('data', answer)
    return Promise.resolve(ask)
  },
}

const jsonrpc: Transport = {
  async serve(path) {
    const server = createServer((socket) => {
      const connection = createJSONRPCConnection(new StreamMessageReader(socket), new StreamMessageWriter(socket))
      connection.onRequest('ask', () => null)
      connection.listen()
    })
    await once(server.listen(path), 'listening')
  },
  async connect(path) {
    const socket = connect(path)
    await once(socket, 'connect')
    const connection = createJSONRPCConnection(new StreamMessageReader(socket), new StreamMessageWriter(socket))
    connection.listen()
    return () => connection.sendRequest('ask', question)
  },
}

const echo: Transport = {
  async serve(path) {
    const server = createServer((socket) => void socket.on('data', (bytes) => socket.write(bytes)))
    await once(server.listen(path), 'listening')
  },
  async connect(path) {
    const socket = connect(path)
    await once(socket, 'connect')
    const bytes = questionBytes()
    return () =>
      new Promise((resolve) => {
        let left = bytes.length
        const onData = (chunk: Uint8Array): void => {
          left -= chunk.length
          if (left > 0) return
          socket.off('data', onData)
          resolve(undefined)
        }
        socket.on('data', onData)
        socket.write(bytes)
      })
  },
}

/** The question as it is on the wire. */
function questionBytes(): Uint8Array {
  const ask: AskId = 1000
  const frame = { kind: 'ask', ask, body: question, attachments: 0 } as const
  return packBatch(1000, 1000, [writeFrame(frame, [], undefined, new RowWriter())])
}

function toJSON(message: object): Buffer {
  return Buffer.from(JSON.stringify(message))
}

function fromJSON(bytes: Buffer): Numbered {
  return JSON.parse(bytes.toString()) as Numbered
}

export const rpcTransports = { wire, grpc, jsonrpc, echo } satisfies Record<string, Transport>
export type RPCTransport = keyof typeof rpcTransports
