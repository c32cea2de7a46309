// The server's socket: a Unix socket, or TCP where it is asked for, with TLS from certificate files.
import { createHash, timingSafeEqual } from 'node:crypto'
import { readFileSync, rmSync } from 'node:fs'
import type { Server, Socket } from 'node:net'
import { createServer } from 'node:net'
import { createServer as createTLSServer } from 'node:tls'
import { JITError, plainError } from '@worc/protocol'
import { clearStaleSocket, prepareSocketPlace, restrictSocket } from './socket-place.js'

export type ListenAddress =
  | { readonly path: string }
  | {
      readonly host: string
      readonly port: number
      /** Files in PEM. */
      readonly tls: { readonly cert: string; readonly key: string } | null
    }

export interface Listener {
  readonly url: string
  /** Nobody is let in any more; who is in, stays. */
  close(): void
}

/** Rejects with JITError BadArgument where it cannot be had. */
export async function listen(address: ListenAddress, onSocket: (socket: Socket) => void): Promise<Listener> {
  if (!('path' in address)) return listenTCP(address, onSocket)
  const path = prepareSocketPlace(address.path)
  await clearStaleSocket(path)
  const server = createServer(onSocket)
  await listening(server, { path })
  restrictSocket(path)
  return {
    url: `unix://${path.split('/').map(encodeURIComponent).join('/')}`,
    close: () => {
      server.close()
      rmSync(path, { force: true })
    },
  }
}

async function listenTCP(
  { host, port, tls }: Extract<ListenAddress, { host: string }>,
  onSocket: (socket: Socket) => void,
): Promise<Listener> {
  const accept = (socket: Socket): void => {
    socket.setNoDelay(true)
    onSocket(socket)
  }
  const server =
    tls === null
      ? createServer(accept)
      : createTLSServer(
          { cert: pem(tls.cert, 'certificate'), key: pem(tls.key, 'key'), handshakeTimeout: 5000 },
          accept,
        )
  // What a stranger does before TLS is agreed on is nobody's error.
  server.on('tlsClientError', () => undefined)
  await listening(server, { host, port })
  const bound = server.address()
  const boundPort = typeof bound === 'object' && bound !== null ? bound.port : port
  const name = host.includes(':') ? `[${host}]` : host
  return { url: `${tls === null ? 'tcp' : 'tls'}://${name}:${boundPort}`, close: () => server.close() }
}

function listening(server: Server, options: { path: string } | { host: string; port: number }): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) =>
      reject(new JITError(plainError('BadArgument', `the gateway cannot listen: ${error.code ?? error.message}`))),
    )
    server.listen(options, () => {
      // One connection that cannot be accepted is not the end of the others.
      server.removeAllListeners('error').on('error', () => undefined)
      resolve()
    })
  })
}

function pem(path: string, what: string): Buffer {
  try {
    return readFileSync(path)
  } catch {
    throw new JITError(plainError('BadArgument', `the ${what}'s file cannot be read`))
  }
}

/** In the same time, whatever they are. */
export function isSameToken(given: string, expected: string): boolean {
  const digest = (token: string): Buffer => createHash('sha256').update(token).digest()
  return timingSafeEqual(digest(given), digest(expected))
}
