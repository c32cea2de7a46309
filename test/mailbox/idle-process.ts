// A process with connections of every kind and nothing to do: it must end by itself. With an argument, it first awaits an
// answer that a worker gives late: it must not end before that.
import { ActorHost, Connection, PortChannel, createLocalChannels, toComlinkEndpoint } from '@worc/mailbox'
import { wrap } from 'comlink'
import { MessageChannel, Worker } from 'node:worker_threads'
import { endOf } from './ends.js'

const [near, far] = createLocalChannels('Foo', 'Bar')
endOf(near)
endOf(far)
const { port1, port2 } = new MessageChannel()
const foo = endOf(new PortChannel(port1))
const bar = endOf(new PortChannel(port2), {
  onAsk: (body, ask) => bar.connection.reply(ask, { ok: true, value: body }),
})
await foo.connection.ask('Bar')

const idle = { on: () => undefined, onPeerClosed: () => undefined, snapshot: () => null }
const host = new ActorHost(idle, { name: 'Baz', onCrash: () => undefined })
const another = new MessageChannel()
host.connect(new PortChannel(another.port1))
host.timer(1_000_000, () => undefined)
wrap(toComlinkEndpoint(new PortChannel(another.port2)))

const { port1: mine, port2: theirs } = new MessageChannel()
const worker = new Worker(new URL('./peer-worker.js', import.meta.url), {
  workerData: { port: theirs },
  transferList: [theirs],
})
worker.unref()
const connection = new Connection(new PortChannel(mine), { onTell: () => undefined, onAsk: () => undefined })
if (process.argv[2] === 'asking') {
  const { value } = await connection.ask({ type: 'echo', value: 'answered' })
  console.log(value)
}
