// Two ends of a connection between processes, over sockets in memory.
import type { SocketChannelOptions } from '@worc/mailbox'
import { SocketChannel } from '@worc/mailbox'
import type { DuplexOptions, DuplexPair } from './duplex-pair.js'
import { duplexPair } from './duplex-pair.js'
import type { End } from './ends.js'
import { endOf } from './ends.js'
import { VirtualClock } from './virtual-clock.js'

interface SocketEnds {
  readonly client: End
  readonly server: End
  readonly clientChannel: SocketChannel
  readonly serverChannel: SocketChannel
  readonly clock: VirtualClock
  readonly sockets: DuplexPair
  /** Both go on over new sockets. */
  reconnect(options?: DuplexOptions): DuplexPair
}

export function socketEnds(options: Partial<SocketChannelOptions> = {}, duplexOptions: DuplexOptions = {}): SocketEnds {
  const clock = new VirtualClock()
  const clientChannel = new SocketChannel({ side: 'client', clock, peer: 'Bar' })
  const serverChannel = new SocketChannel({ side: 'server', clock, peer: 'Foo', ...options })
  const client = endOf(clientChannel)
  const server = endOf(serverChannel)
  const reconnect = (next: DuplexOptions = {}): DuplexPair => {
    const pair = duplexPair(next)
    const { heard } = clientChannel
    clientChannel.attach(pair.client, serverChannel.heard)
    serverChannel.attach(pair.server, heard)
    return pair
  }
  const sockets = reconnect(duplexOptions)
  return { client, server, clientChannel, serverChannel, clock, sockets, reconnect }
}
