// A client's way to a server: an address, a socket, a handshake; and another socket for the same connection where one broke.
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { connect as connectNet } from 'node:net'
import type { Socket } from 'node:net'
import { connect as connectTLS } from 'node:tls'
import { setTimeout as delay } from 'node:timers/promises'
import type { JITErrorData, OnDisconnect, Welcome } from '@worc/protocol'
import { JITError, errorData, plainError } from '@worc/protocol'
import { SocketChannel, sayHello } from '@worc/mailbox'
import { tokenBeside } from './listen.js'

export interface ConnectOptions {
  /** Default: that beside the Unix socket. */
  readonly token?: string
  /**
   * What becomes of what this client defined when it is gone: its trackers' code goes to their dylibs' default trackers, or is
   * removed. Default: transfer. Dylibs that nobody has any more are removed either way.
   */
  readonly onDisconnect?: OnDisconnect
  /** How long a broken connection is tried again; 0: not at all. Default 5,000 ms. */
  readonly patienceMs?: number
  /** A file in PEM: who may sign the server's certificate. Default: those whom Node trusts. */
  readonly ca?: string
  readonly signal?: AbortSignal
}

type Address = { readonly path: string } | { readonly host: string; readonly port: number; readonly tls: boolean }

/** unix:///path, tcp://host:port, tls://host:port, or a socket's path. Throws JITError BadArgument. */
function addressOf(address: string | URL): Address {
  const text = String(address)
  if (!/^[a-z]+:/i.test(text)) return { path: text }
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (url?.protocol === 'unix:') return { path: decodeURIComponent(url.pathname) }
  const port = Number(url?.port)
  if (url === undefined || !(url.protocol === 'tcp:' || url.protocol === 'tls:') || url.hostname === '' || port === 0)
    throw new JITError(
      plainError('BadArgument', `address ${text}: expected unix:///path, tcp://host:port or tls://host:port`),
    )
  return { host: url.hostname.replace(/^\[|\]$/g, ''), port, tls: url.protocol === 'tls:' }
}

export interface RemoteConnection {
  readonly channel: SocketChannel
  readonly welcome: Welcome
  /** Resolves when the last socket is closed. */
  closed(): Promise<void>
}

/** Rejects with AuthFailed, ConnectionLost, Timeout, or whatever else the server refuses with. */
export async function openConnection(address: string | URL, options: ConnectOptions): Promise<RemoteConnection> {
  const where = addressOf(address)
  const token = options.token ?? ('path' in where ? tokenBeside(where.path) : undefined)
  if (token === undefined) throw new JITError(plainError('BadArgument', 'a token is needed for this address'))
  const hello = { token, onDisconnect: options.onDisconnect ?? 'transfer' } as const
  let socket = await openSocket(where, options)
  const { value: welcome, rest } = await sayHello(socket, { ...hello, resume: null, heard: 0 })
  const channel = new SocketChannel({ side: 'client', peer: 'the server' })

  const again = async (error: JITErrorData): Promise<void> => {
    const deadline = performance.now() + (options.patienceMs ?? 5000)
    for (
      let pauseMs = 10;
      performance.now() < deadline && channel.closed === undefined;
      pauseMs = Math.min(500, pauseMs * 2)
    ) {
      try {
        const next = await openSocket(where, { ...options, signal: undefined })
        const resumed = await sayHello(next, { ...hello, resume: welcome.connection, heard: channel.heard })
        socket = next
        return channel.attach(next, resumed.value.heard, resumed.rest)
      } catch (thrown) {
        if (isFinal(thrown, where)) break
        await delay(pauseMs)
      }
    }
    channel.end(plainError('ConnectionLost', 'the connection to the server is lost', error))
  }
  channel.onDetached = (error) => void again(error)
  channel.attach(socket, welcome.heard, rest)
  return {
    channel,
    welcome,
    closed: async () => {
      socket.ref()
      if (!socket.closed) await once(socket, 'close').catch(() => undefined)
    },
  }
}

/** The server has refused, or there is none any more: what it knew of the connection is gone. */
function isFinal(thrown: unknown, where: Address): boolean {
  const { code, message } = errorData(thrown)
  if ('path' in where && message.includes(nobodyServes)) return true
  return (
    code === 'AuthFailed' || (code === 'ConnectionLost' && !message.includes(nobodyServes)) || code === 'Unsupported'
  )
}

const nobodyServes = 'nobody serves'

async function openSocket(
  where: Address,
  { ca, signal }: Pick<ConnectOptions, 'ca'> & { readonly signal?: AbortSignal | undefined },
): Promise<Socket> {
  const tls = 'tls' in where && where.tls
  const socket = tls
    ? connectTLS({ host: where.host, port: where.port, ...(ca === undefined ? {} : { ca: readFileSync(ca) }) })
    : connectNet(where)
  socket.setNoDelay(true)
  try {
    await once(socket, tls ? 'secureConnect' : 'connect', signal === undefined ? {} : { signal })
    // Whatever happens to it later, its close tells.
    socket.on('error', () => undefined)
    return socket
  } catch (thrown) {
    socket.on('error', () => undefined)
    socket.destroy()
    if (signal?.aborted === true) throw new JITError(plainError('Aborted', 'connect was aborted'))
    const code = thrown instanceof Error && 'code' in thrown ? String(thrown.code) : String(thrown)
    throw new JITError(plainError('ConnectionLost', `${nobodyServes} there: ${code}`))
  }
}
