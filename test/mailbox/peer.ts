// A worker of `peer-worker` and the connection to it.
import type { ConnectionHandler } from '@worc/mailbox'
import { Connection, PortChannel } from '@worc/mailbox'
import { MessageChannel, Worker } from 'node:worker_threads'
import { done } from './ends.js'

export interface Peer {
  readonly connection: Connection
  readonly worker: Worker
}

export function startPeer(handler: Partial<ConnectionHandler> = {}): Peer {
  const { port1, port2 } = new MessageChannel()
  const worker = new Worker(new URL('./peer-worker.js', import.meta.url), {
    workerData: { port: port2 },
    transferList: [port2],
    stderr: true,
  })
  worker.on('error', () => undefined)
  const connection = new Connection(new PortChannel(port1, { peer: 'Foo' }), {
    onTell: () => undefined,
    onAsk: () => undefined,
    ...handler,
  })
  return { connection, worker }
}

export async function stopPeer({ connection, worker }: Peer): Promise<void> {
  connection.close(done)
  if (worker.threadId === -1) return
  await worker.terminate()
}
