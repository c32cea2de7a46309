// The gateway: lets other processes in, each as a client of the session's on a port of its own, and out again. A connection outlives
// its socket for a while, so that a client whose socket broke goes on where it was; after that, or with its goodbye, everything
// that it held is given back.
import { randomBytes } from 'node:crypto'
import type { Socket } from 'node:net'
import type { GatewayStatus, Heard, Hello, JITErrorData, TargetName } from '@worc/protocol'
import { JITError, errorData, failure, plainError, success, wireVersion } from '@worc/protocol'
import { hearHello, sayWelcome } from '@worc/mailbox'
import type { Logger } from 'pino'
import { ExecutorPool } from './executor-pool.js'
import type { PoolOptions } from './executor-pool.js'
import type { GatewayServices } from './gateway-services.js'
import { Counters } from './gateway-services.js'
import { HouseLink } from './house-link.js'
import type { ListenAddress, Listener } from './listener.js'
import { isSameToken, listen } from './listener.js'
import { Peer } from './peer.js'
import type { GatewayLimits } from './quotas.js'
import { Account } from './quotas.js'
import { SharedDylibs } from './shared-dylibs.js'

export interface GatewayOptions {
  readonly address: ListenAddress
  readonly token: string
  readonly limits: GatewayLimits
  /** How long a connection waits for its next socket. */
  readonly graceMs: number
  readonly target: TargetName
  readonly log: Logger
  readonly pool: Pick<PoolOptions, 'executors'> & {
    readonly start: (
      slots: SharedArrayBuffer,
      session: ReturnType<HouseLink['clientPort']>,
    ) => ReturnType<PoolOptions['start']>
  }
  readonly runProgram: (
    start: Parameters<GatewayServices['runProgram']>[0],
    session: ReturnType<HouseLink['clientPort']>,
  ) => Promise<number>
  readonly describeObject: GatewayServices['describeObject']
  readonly bytesAt: GatewayServices['bytesAt']
}

interface Connected {
  readonly name: string
  readonly peer: Peer
  forget: NodeJS.Timeout | undefined
}

export class Gateway {
  readonly #options: GatewayOptions
  readonly #services: GatewayServices
  readonly #house: HouseLink
  readonly #pool: ExecutorPool
  readonly #connected = new Map<string, Connected>()
  /** Sockets that have not said who they are. */
  readonly #strangers = new Set<Socket>()
  readonly #started = performance.now()
  readonly #endings = new Set<Promise<void>>()
  #listener: Listener | undefined
  #closed: Promise<void> | undefined

  private constructor(options: GatewayOptions, house: HouseLink) {
    const { limits, pool } = options
    this.#options = options
    this.#house = house
    this.#pool = new ExecutorPool({
      executors: pool.executors,
      start: (slots) => pool.start(slots, house.clientPort()),
    })
    this.#services = {
      house,
      pool: this.#pool,
      dylibs: new SharedDylibs(),
      limits,
      account: Account.ofAll(limits, () => performance.now()),
      counters: new Counters(),
      runProgram: (start) => options.runProgram(start, house.clientPort()),
      describeObject: options.describeObject,
      bytesAt: options.bytesAt,
      status: () => this.status(),
    }
  }

  /** Rejects with JITError BadArgument where it cannot listen there. */
  static async start(port: Parameters<typeof HouseLink.join>[0], options: GatewayOptions): Promise<Gateway> {
    let gateway: Gateway | undefined
    const house = await HouseLink.join(port, () => void gateway?.close(0))
    gateway = new Gateway(options, house)
    try {
      const own = gateway
      gateway.#listener = await listen(options.address, (socket) => void own.#onSocket(socket))
    } catch (thrown) {
      await gateway.close(0)
      throw thrown
    }
    options.log.info({ executors: options.pool.executors }, 'listening')
    return gateway
  }

  get url(): string {
    return this.#listener?.url ?? ''
  }

  status(): GatewayStatus {
    const { counters, account } = this.#services
    const peers = [...this.#connected.values()].map(({ peer }) => peer)
    return {
      uptimeMs: performance.now() - this.#started,
      connections: peers.length,
      connected: counters.connected,
      asks: counters.asks,
      asksInFlight: peers.reduce((sum, { channel }) => sum + channel.asksInFlight, 0),
      blobBytes: account.used('blobBytes'),
      bufferBytes: account.used('bufferBytes'),
      functions: account.used('functions'),
      programs: account.used('programs'),
      workers: this.#pool.size,
      busyWorkers: this.#pool.busy,
      refusals: counters.errors,
    }
  }

  /** Lets nobody in, waits for what is being worked on until the deadline, says goodbye, gives everything back. */
  close(drainMs: number): Promise<void> {
    this.#closed ??= this.#close(drainMs)
    return this.#closed
  }

  async #close(drainMs: number): Promise<void> {
    const { log } = this.#options
    this.#listener?.close()
    for (const socket of this.#strangers) socket.destroy()
    log.info({ connections: this.#connected.size }, 'draining')
    await this.#drained(drainMs)
    const error = plainError('ConnectionLost', 'the server has ended')
    for (const { peer } of [...this.#connected.values()]) peer.close(error)
    await Promise.all(this.#endings)
    await this.#pool.close(1000)
    this.#house.close()
    log.info('ended')
  }

  async #drained(drainMs: number): Promise<void> {
    const deadline = performance.now() + drainMs
    const isBusy = (): boolean => [...this.#connected.values()].some(({ peer }) => peer.channel.asksInFlight > 0)
    while (isBusy() && performance.now() < deadline) await new Promise((resolve) => setTimeout(resolve, 5))
  }

  // ---- sockets

  async #onSocket(socket: Socket): Promise<void> {
    const { limits, log } = this.#options
    socket.on('error', () => undefined)
    if (this.#strangers.size + this.#connected.size >= limits.connections * 2) {
      log.warn('too many sockets')
      return void socket.destroy()
    }
    this.#strangers.add(socket)
    try {
      const { value, rest } = await hearHello(socket)
      await this.#welcome(socket, value, rest)
    } catch (thrown) {
      const error = errorData(thrown)
      this.#services.counters.count(error)
      log.warn({ code: error.code }, 'refused')
      sayWelcome(socket, failure(error))
    } finally {
      this.#strangers.delete(socket)
    }
  }

  async #welcome(socket: Socket, hello: Heard & Hello, rest: Uint8Array): Promise<void> {
    if (!isSameToken(hello.token, this.#options.token)) throw new JITError(plainError('AuthFailed', 'not let in'))
    if (this.#closed !== undefined) throw new JITError(plainError('ConnectionLost', 'the server is ending'))
    if (hello.resume !== null) return this.#resume(socket, hello, hello.resume, rest)
    const { connections } = this.#options.limits
    if (this.#connected.size >= connections)
      throw new JITError(
        plainError('QuotaExceeded', `connections: ${this.#connected.size} used, 1 more asked, limit ${connections}`),
      )
    await this.#admit(socket, hello, rest)
  }

  async #admit(socket: Socket, hello: Hello, rest: Uint8Array): Promise<void> {
    const name = randomBytes(16).toString('hex')
    const peer = await Peer.join(this.#services, hello.onDisconnect, this.#house.clientPort(), {
      onDetached: (detached, error) => this.#onDetached(connected, error, detached),
      onClose: (_, error) => this.#end(connected, error),
    })
    const connected: Connected = { name, peer, forget: undefined }
    this.#connected.set(name, connected)
    this.#services.counters.connected += 1
    this.#options.log.info({ client: peer.client, onDisconnect: hello.onDisconnect }, 'connected')
    this.#sayWelcome(socket, connected, false)
    peer.channel.attach(socket, 0, rest)
  }

  #resume(socket: Socket, { heard }: Heard & Hello, name: string, rest: Uint8Array): void {
    const connected = this.#connected.get(name)
    if (connected === undefined || connected.peer.channel.closed !== undefined)
      throw new JITError(plainError('ConnectionLost', 'there is no such connection, or it has ended'))
    clearTimeout(connected.forget)
    const { peer } = connected
    this.#options.log.info({ client: peer.client }, 'resumed')
    this.#sayWelcome(socket, connected, true)
    peer.channel.attach(socket, heard, rest)
  }

  #sayWelcome(socket: Socket, { name, peer }: Connected, resumed: boolean): void {
    const { target, limits } = this.#options
    const { client, main, config } = peer.joined
    if (main === null) throw new Error('a client connects before the house is furnished')
    const { heard } = peer.channel
    const { sessionName } = config
    const welcome = {
      connection: name,
      resumed,
      client,
      main,
      target,
      sessionName,
      limits: Object.entries(limits),
      heard,
    }
    sayWelcome(socket, success({ version: wireVersion, ...welcome }))
  }

  /** The client may come back. */
  #onDetached(connected: Connected, error: JITErrorData, peer: Peer): void {
    const { graceMs, log } = this.#options
    log.info({ client: peer.client }, 'detached')
    clearTimeout(connected.forget)
    connected.forget = setTimeout(() => this.#end(connected, error), graceMs)
  }

  #end(connected: Connected, error: JITErrorData): void {
    const { name, peer } = connected
    if (this.#connected.get(name) !== connected) return
    clearTimeout(connected.forget)
    this.#connected.delete(name)
    this.#options.log.info({ client: peer.client, code: error.code }, 'disconnected')
    const ending = peer.end(error).finally(() => this.#endings.delete(ending))
    this.#endings.add(ending)
  }
}
