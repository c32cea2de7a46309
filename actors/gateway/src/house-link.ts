// The gateway's own port to the session: it introduces connections as clients, and asks what is nobody's in particular.
import type { MessagePort } from 'node:worker_threads'
import { MessageChannel } from 'node:worker_threads'
import type {
  Expected,
  HouseNotification,
  HouseReplies,
  HouseRequest,
  SessionReplies,
  SessionRequest,
} from '@worc/protocol'
import { JITError, plainError } from '@worc/protocol'
import { Connection, PortChannel } from '@worc/mailbox'

type LinkRequest = HouseRequest | Extract<SessionRequest, { type: 'sessionStats' }>
type LinkReplies = HouseReplies & Pick<SessionReplies, 'sessionStats'>

export class HouseLink {
  readonly welcome: HouseReplies['join']
  readonly #connection: Connection

  private constructor(connection: Connection, welcome: HouseReplies['join']) {
    this.#connection = connection
    this.welcome = welcome
  }

  static async join(port: MessagePort, onClose: () => void): Promise<HouseLink> {
    const connection = new Connection(new PortChannel(port, { peer: 'the session' }), {
      onTell: () => undefined,
      onAsk: () => {
        throw new Error('the session asks nothing of the gateway itself')
      },
      onClose,
    })
    const { value } = await connection.ask({ type: 'join' } satisfies HouseRequest)
    return new HouseLink(connection, value as HouseReplies['join'])
  }

  ask<T extends LinkRequest>(
    message: T,
    settle: (result: Expected<T['type'] extends keyof LinkReplies ? LinkReplies[T['type']] : never>) => void,
  ): void {
    this.#connection.askThen(message, (result) => settle(result as never), { exempt: true })
  }

  /** The end of a new port whose other end is a client of the session's. */
  clientPort(): MessagePort {
    const end = this.#connection.closed
    if (end !== undefined) throw new JITError(plainError('SessionClosed', 'the session has ended', end))
    const { port1, port2 } = new MessageChannel()
    this.#connection.tell({ type: 'introduceClient' } satisfies HouseNotification, [port2], [port2])
    return port1
  }

  close(): void {
    this.#connection.close(plainError('SessionClosed', 'the gateway has ended'))
  }
}
