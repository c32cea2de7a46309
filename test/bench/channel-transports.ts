// One ask, three ways to make it: over a PortChannel, over comlink (its method cached, which flatters it), and with bare
// postMessage and a Map of promises. Each with a peer thread of its own.
import { Connection, PortChannel, nodeEndpoint } from '@worc/mailbox'
import { wrap } from 'comlink'
import { once } from 'node:events'
import type { MessagePort } from 'node:worker_threads'
import { MessageChannel, Worker } from 'node:worker_threads'

export interface Command {
  readonly op: 'define'
  readonly id: number
  readonly dylib: number
  readonly tracker: number
  readonly symbols: readonly string[]
}

export interface Answer {
  readonly id: number
  readonly ok: boolean
}

export const transportNames = ['PortChannel', 'comlink', 'postMessage'] as const
export type TransportName = (typeof transportNames)[number]

export interface Transport {
  readonly worker: Worker
  readonly ask: (command: Command) => Promise<unknown>
}

export function commandOf(id: number): Command {
  return { op: 'define', id, dylib: 3, tracker: 17, symbols: ['main'] }
}

/** Ends with its worker, which the caller terminates. */
export async function startTransport(name: TransportName): Promise<Transport> {
  const { port1, port2 } = new MessageChannel()
  const worker = new Worker(new URL('./channel-peer.js', import.meta.url), {
    workerData: { name, port: port2 },
    transferList: [port2],
  })
  await once(worker, 'message')
  return { worker, ask: askOver[name](port1) }
}

const askOver: Readonly<Record<TransportName, (port: MessagePort) => Transport['ask']>> = {
  PortChannel: (port) => {
    const connection = new Connection(new PortChannel(port), { onTell: () => undefined, onAsk: () => undefined })
    return (command) => connection.ask(command)
  },
  comlink: (port) => {
    const { answer } = wrap<{ answer(command: Command): Answer }>(nodeEndpoint(port))
    return (command) => answer(command)
  },
  postMessage: (port) => {
    const waiting = new Map<number, (answer: Answer) => void>()
    port.on('message', (answer: Answer) => {
      waiting.get(answer.id)?.(answer)
      waiting.delete(answer.id)
    })
    return (command) =>
      new Promise((resolve) => {
        waiting.set(command.id, resolve)
        port.postMessage(command)
      })
  },
}
