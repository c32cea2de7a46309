// Two connected ends for tests, over each kind of channel that one thread can hold both ends of.
import type { ConnectionHandler, ConnectionOptions } from '@worc/mailbox'
import { Connection, PortChannel, createLocalChannels } from '@worc/mailbox'
import type { AskId, Attachment, Channel, JITErrorData } from '@worc/protocol'
import { JITError, plainError } from '@worc/protocol'
import { setImmediate } from 'node:timers/promises'
import { MessageChannel } from 'node:worker_threads'

export const transports: Readonly<Record<string, () => readonly [Channel, Channel]>> = {
  LocalChannel: () => createLocalChannels('Foo', 'Bar'),
  PortChannel: () => {
    const { port1, port2 } = new MessageChannel()
    return [new PortChannel(port1, { peer: 'Bar' }), new PortChannel(port2, { peer: 'Foo' })]
  },
}

/** An end that writes down what it hears; questions are left to the test. */
export interface End {
  readonly connection: Connection
  readonly heard: unknown[]
  readonly asks: { readonly body: unknown; readonly ask: AskId; readonly attachments: readonly Attachment[] }[]
  readonly closed: JITErrorData[]
}

export function endOf(channel: Channel, handler: Partial<ConnectionHandler> = {}, options?: ConnectionOptions): End {
  const heard: unknown[] = []
  const asks: End['asks'] = []
  const closed: JITErrorData[] = []
  const connection: Connection = new Connection(
    channel,
    {
      onTell: (body, attachments) => (handler.onTell ? handler.onTell(body, attachments) : heard.push(body)),
      onAsk: (body, ask, attachments) =>
        handler.onAsk ? handler.onAsk(body, ask, attachments) : asks.push({ body, ask, attachments }),
      onClose: (error) => closed.push(error),
    },
    options,
  )
  return { connection, heard, asks, closed }
}

export const done: JITErrorData = plainError('SessionClosed', 'the test is over')

export async function errorOf(promise: Promise<unknown>): Promise<JITErrorData> {
  try {
    await promise
  } catch (thrown) {
    if (thrown instanceof JITError) return thrown.data
    throw thrown
  }
  throw new Error('it succeeded')
}

export function thrownBy(run: () => unknown): JITErrorData {
  try {
    run()
  } catch (thrown) {
    if (thrown instanceof JITError) return thrown.data
    throw thrown
  }
  throw new Error('it succeeded')
}

/** Lets what was sent arrive, until the condition holds. */
export async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await setImmediate()
}

export function pairOver(connect: () => readonly [Channel, Channel], options?: ConnectionOptions): [End, End] {
  const [foo, bar] = connect()
  return [endOf(foo, {}, options), endOf(bar, {}, options)]
}

export function close(...ends: readonly End[]): void {
  for (const { connection } of ends) connection.close(done)
}
