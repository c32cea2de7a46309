// A socket between a client and a server that can be cut: both ends lose it at once, with whatever was on its way.
import type { Server as NetServer, Socket } from 'node:net'
import { connect, createServer } from 'node:net'
import { join } from 'node:path'
import type { Server } from './server.js'

interface CuttingProxy {
  readonly proxy: NetServer
  readonly url: string
  readonly cut: () => void
}

export async function cuttingProxy({ directory, listening }: Server): Promise<CuttingProxy> {
  const path = join(directory, 'proxy.sock')
  const open = new Set<Socket>()
  const proxy = createServer((socket) => {
    const onward = connect(decodeURIComponent(listening.url.pathname))
    for (const [from, to] of [
      [socket, onward],
      [onward, socket],
    ] as const) {
      open.add(from)
      from
        .on('error', () => undefined)
        .on('close', () => {
          open.delete(from)
          to.destroy()
        })
      from.pipe(to)
    }
  })
  await new Promise<void>((resolve) => proxy.listen(path, resolve))
  return { proxy, url: `unix://${path}`, cut: () => open.forEach((socket) => socket.destroy()) }
}
