// Letting other processes in: what a listener is asked for, filled in and checked, as a gateway of the house.
import { availableParallelism, tmpdir, userInfo } from 'node:os'
import { join, resolve } from 'node:path'
import { JITError, plainError } from '@worc/protocol'
import type { GatewayLimits, ListenAddress } from '@worc/gateway'
import { defaultLimits, newToken, prepareSocketPlace, readToken, tokenOf } from '@worc/gateway'
import type { House } from './house.js'

export interface ListenOptions {
  /** Of a Unix socket, in a directory that is its owner's alone; it is made where it is not there. Default: one in the user's runtime directory. */
  readonly path?: string
  /** TCP instead. Default with a port: 127.0.0.1. */
  readonly host?: string
  /** 0: any that is free. */
  readonly port?: number
  /** What a client has to know. Default: that of the token's file. */
  readonly token?: string
  /** Made, with a token in it, where it is not there. Default: beside the socket, its path with `.token` behind it; none for TCP. */
  readonly tokenFile?: string
  /** Files in PEM. */
  readonly tls?: { readonly cert: string; readonly key: string }
  /** How many threads call for clients. Default: as many as there are cores, at most 4. */
  readonly executors?: number
  /** What a client may hold or use; all together may have eight times as much. */
  readonly limits?: Partial<GatewayLimits>
  /** How long a connection waits for its client after its socket broke. Default 30,000 ms. */
  readonly graceMs?: number
  /** How long the end waits for what is being worked on. Default 5,000 ms. */
  readonly drainMs?: number
  /** Structured, to standard error. Default: silent. */
  readonly log?: 'silent' | 'error' | 'warn' | 'info' | 'debug'
}

export interface Listening extends AsyncDisposable {
  /** For `connect`: unix:, tcp: or tls:. */
  readonly url: URL
  readonly token: string
  /** Lets nobody in any more, drains, says goodbye. */
  close(): Promise<void>
}

/** Where `worc serve` listens, and clients look, if nobody says otherwise. */
export function defaultSocketPath(): string {
  const directory = process.env['XDG_RUNTIME_DIR']
  if (directory !== undefined && directory !== '') return join(directory, 'worc', 'worc.sock')
  return join(tmpdir(), `worc-${userInfo().username}`, 'worc.sock')
}

function tokenFileOf(socketPath: string): string {
  return `${socketPath}.token`
}

/** Rejects with JITError BadArgument where it cannot listen there. */
export async function listenIn(house: House, options: ListenOptions): Promise<Listening> {
  const address = addressOf(options)
  const limits = { ...defaultLimits, ...options.limits }
  for (const [name, limit] of Object.entries(limits)) wholeNumber(`limits.${name}`, limit, 0)
  const token = tokenFor(address, options)
  const gateway = await house.startGateway({
    address,
    token,
    limits,
    graceMs: wholeNumber('graceMs', options.graceMs ?? 30_000, 0),
    drainMs: wholeNumber('drainMs', options.drainMs ?? 5000, 0),
    executors: wholeNumber('executors', options.executors ?? Math.min(4, availableParallelism()), 1),
    log: options.log ?? 'silent',
  })
  const close = (): Promise<void> => gateway.close()
  return { url: new URL(gateway.url), token, close, [Symbol.asyncDispose]: close }
}

function addressOf({ path, host, port, tls }: ListenOptions): ListenAddress {
  if (host === undefined && port === undefined && tls === undefined)
    return { path: prepareSocketPlace(path ?? defaultSocketPath()) }
  if (path !== undefined) throw bad('a listener has a path, or a host and a port')
  return {
    host: host ?? '127.0.0.1',
    port: wholeNumber('port', port ?? 0, 0),
    tls: tls === undefined ? null : { cert: resolve(tls.cert), key: resolve(tls.key) },
  }
}

function tokenFor(address: ListenAddress, { token, tokenFile }: ListenOptions): string {
  if (token !== undefined) {
    if (token === '') throw bad('an empty token: expected at least 1 character')
    return token
  }
  if (tokenFile !== undefined) return tokenOf(tokenFile)
  if (!('path' in address)) return newToken()
  return tokenOf(tokenFileOf(address.path))
}

/** The token beside a socket. Throws JITError BadArgument. */
export function tokenBeside(socketPath: string): string {
  return readToken(tokenFileOf(socketPath))
}

function wholeNumber(name: string, value: number, least: number): number {
  if (Number.isSafeInteger(value) && value >= least) return value
  throw bad(`${name} ${value}: expected a whole number, at least ${least}`)
}

function bad(message: string): JITError {
  return new JITError(plainError('BadArgument', message))
}
