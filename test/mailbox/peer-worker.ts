// The other thread of the port tests: does what it is asked to.
import type { Reply } from '@worc/mailbox'
import { Connection, PortChannel } from '@worc/mailbox'
import type { Attachment } from '@worc/protocol'
import { success } from '@worc/protocol'
import type { MessagePort } from 'node:worker_threads'
import { parentPort, workerData } from 'node:worker_threads'

export type Wish =
  /** Answered with the value and the attachments that came. */
  | { readonly type: 'echo'; readonly value: unknown }
  | { readonly type: 'never' }
  /** Tells 0 to count - 1, then answers with the tells that reached it out of order. */
  | { readonly type: 'burst'; readonly count: number }
  /** Asks back first, and answers with what it heard. */
  | { readonly type: 'askBack'; readonly question: unknown }
  /** Asks back and blocks its thread for the answer. */
  | { readonly type: 'askBackSync'; readonly question: unknown }
  | { readonly type: 'answerUnsendable' }
  | { readonly type: 'throw' }
  | { readonly type: 'exit'; readonly code: number }

const port = (workerData as { readonly port: MessagePort | null }).port ?? parentPort
if (port === null) throw new Error('the peer is a worker')
/** Tells that came out of order. */
const heard: unknown[] = []
let tells = 0

const connection: Connection = new Connection(new PortChannel(port, { peer: 'main' }), {
  onTell: (body) => {
    if (body !== tells++) heard.push(body)
  },
  onAsk: (body, ask, attachments) => {
    const answer = (value: unknown, sent: readonly Attachment[] = [], transfer: readonly Attachment[] = []): void =>
      connection.reply(ask, success(value), sent, transfer)
    perform(body as Wish, attachments, answer)
  },
})
// Alive until it is terminated; its ports alone would not keep it.
setInterval(() => undefined, 0x7fff_ffff)

function perform(
  wish: Wish,
  attachments: readonly Attachment[],
  answer: (value: unknown, attachments?: readonly Attachment[], transfer?: readonly Attachment[]) => void,
): void {
  switch (wish.type) {
    case 'echo': {
      const ports = attachments.filter((attachment) => attachment.constructor.name === 'MessagePort')
      return answer(wish.value, attachments, ports)
    }
    case 'never':
      return
    case 'burst':
      for (let index = 0; index < wish.count; index++) connection.tell(index)
      return answer(heard)
    case 'askBack':
      return void connection.ask(wish.question).then((reply: Reply) => answer(reply.value))
    case 'askBackSync':
      return answer(connection.askSync(wish.question, { timeoutMs: 5000 }).value)
    case 'answerUnsendable':
      return answer(() => undefined, [() => undefined])
    case 'throw':
      throw new Error('planted')
    case 'exit':
      process.exit(wish.code)
  }
}
