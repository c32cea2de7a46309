// The other end of the channel bench: a thread that answers one command over one transport, as fast as it can.
import { Connection, PortChannel, nodeEndpoint } from '@worc/mailbox'
import { success } from '@worc/protocol'
import { expose } from 'comlink'
import type { MessagePort } from 'node:worker_threads'
import { parentPort, workerData } from 'node:worker_threads'
import type { Answer, Command, TransportName } from './channel-transports.js'

const { name, port } = workerData as { readonly name: TransportName; readonly port: MessagePort }
const answer = (command: Command): Answer => ({ id: command.id, ok: true })

switch (name) {
  case 'postMessage':
    port.on('message', (command: Command) => port.postMessage(answer(command)))
    break
  case 'comlink':
    expose({ answer }, nodeEndpoint(port))
    break
  case 'PortChannel': {
    const connection: Connection = new Connection(new PortChannel(port), {
      onTell: () => undefined,
      // An id below zero is never answered: its asker waits for this thread's end.
      onAsk: (body, ask) => {
        if ((body as Command).id >= 0) connection.reply(ask, success(answer(body as Command)))
      },
    })
  }
}
parentPort?.on('message', () => undefined)
parentPort?.postMessage('ready')
