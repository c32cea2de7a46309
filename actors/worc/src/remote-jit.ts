// The face of a session in another process: everything about symbols is as in a thread of its own, for another process is a client
// like any other; functions return promises, and are called by the server's executors.
import type { ExecutorAddr, GatewayStatus, Welcome } from '@worc/protocol'
import { plainError, signatureCode } from '@worc/protocol'
import type { LookupOptions } from './jit-base.js'
import { JITBase } from './jit-base.js'
import type { JITDylib } from './jit-dylib.js'
import { dylibIdIn } from './jit-dylib.js'
import type { JITStats } from '@worc/protocol'
import type { RemoteFunction } from './remote-function.js'
import { remoteFunction } from './remote-function.js'
import { RemotePrograms } from './remote-program.js'
import type { ConnectOptions, RemoteConnection } from './remote-socket.js'
import { openConnection } from './remote-socket.js'
import type { RunOptions } from './run-main.js'
import { SessionClient } from './session-client.js'
import type { SymbolName } from './symbol-records.js'

export class RemoteJIT extends JITBase implements AsyncDisposable {
  /** What the server holds this client to, by name. */
  readonly limits: ReadonlyMap<string, number>
  readonly #client: SessionClient
  readonly #connection: RemoteConnection
  readonly #programs: RemotePrograms

  private constructor(client: SessionClient, connection: RemoteConnection, welcome: Welcome) {
    super(client, client.dylib(welcome.main, 'main'), welcome.target)
    this.limits = new Map(welcome.limits)
    this.#client = client
    this.#connection = connection
    this.#programs = new RemotePrograms(client)
  }

  /** Rejects with AuthFailed, ConnectionLost, Timeout, or with what the server refuses this client with. */
  static async connect(address: string | URL, options: ConnectOptions = {}): Promise<RemoteJIT> {
    const connection = await openConnection(address, options)
    const { client } = await SessionClient.join(connection.channel)
    return new RemoteJIT(client, connection, connection.welcome)
  }

  /** Compiles and links what is needed, runs the dylib's pending initializers in an executor of the server's. */
  async lookup(name: SymbolName, options: Omit<LookupOptions, 'lazy'> = {}): Promise<RemoteFunction> {
    const dylib = this.dylibOf(options)
    const { signature, signal } = options
    const code = signature === undefined ? null : signatureCode(signature.parameters, signature.results)
    const opened = await this.#client.request(
      { type: 'openFunction', dylib: dylib.id, name, signature: code },
      signal === undefined ? {} : { signal },
    )
    return remoteFunction(this.#client, name, opened)
  }

  async initialize(dylib: JITDylib): Promise<void> {
    await this.#client.request({ type: 'initialize', dylib: dylibIdIn(this.session, dylib) })
  }

  async deinitialize(dylib: JITDylib): Promise<void> {
    await this.#client.request({ type: 'deinitialize', dylib: dylibIdIn(this.session, dylib) })
  }

  /** Runs main in an executor of its own in the server; resolves with its exit code. Streams are this process's, as in a thread's `run`. */
  run(options: RunOptions = {}): Promise<number> {
    return this.#programs.run(this.dylibOf(options), options)
  }

  /** Bytes in executor memory for as long as the body takes. */
  async withBuffer<T>(bytes: Uint8Array, body: (address: ExecutorAddr) => Promise<T>): Promise<T> {
    const address = await this.#client.request({ type: 'allocateBuffer', sizeBytes: Math.max(1, bytes.length), bytes })
    try {
      return await body(address)
    } finally {
      await this.#client.request({ type: 'freeBuffer', address })
    }
  }

  /** Of a buffer of `withBuffer`'s. */
  readBuffer(address: ExecutorAddr, sizeBytes: number, offsetBytes = 0): Promise<Uint8Array> {
    return this.#client.request({ type: 'readBuffer', address, offsetBytes, sizeBytes })
  }

  async writeBuffer(address: ExecutorAddr, bytes: Uint8Array, offsetBytes = 0): Promise<void> {
    await this.#client.request({ type: 'writeBuffer', address, offsetBytes, bytes })
  }

  /** Whoever has the token may use the dylib as its own. */
  shareDylib(dylib: JITDylib): Promise<string> {
    return this.#client.request({ type: 'shareDylib', dylib: dylibIdIn(this.session, dylib) })
  }

  /** `name` is what this client calls it. */
  async adoptDylib(token: string, name: string): Promise<JITDylib> {
    return this.#client.dylib(await this.#client.request({ type: 'adoptDylib', token }), name)
  }

  stats(): Promise<JITStats> {
    return this.#client.request({ type: 'stats' })
  }

  /** How the server goes: connections, asks, refusals. */
  status(): Promise<GatewayStatus> {
    return this.#client.request({ type: 'status' })
  }

  /** Says goodbye: what the client held is given back, its code transferred or removed as it chose. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#client.close(plainError('SessionClosed', 'this client has left the session'))
    await this.#connection.closed()
  }
}

/** A session that another process serves, at unix:///path, tcp://host:port, tls://host:port, or a socket's path. */
export function connect(address: string | URL, options: ConnectOptions = {}): Promise<RemoteJIT> {
  return RemoteJIT.connect(address, options)
}
