// A thread that has a session's core and nothing else: each port of its worker data is a client. Turns are taken as messages are
// decoded, and their effects go out with what else is said in the same turn of the event loop.
import { Connection, PortChannel } from '@worc/mailbox'
import { createSessionState, turn } from '@worc/orc'
import type { SessionInput } from '@worc/orc'
import type { ClientId, SessionNotification, SessionRequest } from '@worc/protocol'
import type { MessagePort } from 'node:worker_threads'
import { parentPort, workerData } from 'node:worker_threads'

const { ports } = workerData as { readonly ports: readonly MessagePort[] }
const state = createSessionState()
const connections = new Map<ClientId, Connection>()

function take(input: SessionInput): void {
  for (const effect of turn(state, input)) {
    const connection = connections.get(effect.to)
    if (effect.type === 'reply') connection?.reply(effect.ask, effect.result)
    else if (effect.type === 'send') connection?.tell(effect.message)
  }
}

for (const [index, port] of ports.entries()) {
  const from = (index + 1) as ClientId
  take({ type: 'clientConnected', client: from, role: 'client' })
  const handler = {
    onTell: (body: unknown): void => take({ type: 'notification', from, message: body as SessionNotification }),
    onAsk: (body: unknown, ask: number): void =>
      take({ type: 'request', from, ask, message: body as SessionRequest, attachments: [] }),
  }
  connections.set(from, new Connection(new PortChannel(port), handler))
}
parentPort?.on('message', () => undefined)
parentPort?.postMessage('ready')
