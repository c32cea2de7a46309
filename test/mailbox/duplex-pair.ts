// Two ends of a socket in memory: what is written at one end comes out of the other in a later turn, in pieces that a test chooses,
// and either end can be cut at any byte.
import { Duplex } from 'node:stream'

export interface DuplexPair {
  readonly client: Duplex
  readonly server: Duplex
  /** Both ends are gone at once; what was on its way is lost. */
  cut(): void
}

export interface DuplexOptions {
  /** Called with what an end writes, by the name of the other end; what it returns arrives there, piece by piece. */
  readonly pass?: (bytes: Uint8Array, to: 'client' | 'server') => readonly Uint8Array[]
}

export function duplexPair({ pass = (bytes) => [bytes] }: DuplexOptions = {}): DuplexPair {
  const client: End = new End((bytes) => deliver(pass(bytes, 'server'), server))
  const server: End = new End((bytes) => deliver(pass(bytes, 'client'), client))
  const cut = (): void => {
    client.destroy()
    server.destroy()
  }
  client.other = server
  server.other = client
  return { client, server, cut }
}

function deliver(pieces: readonly Uint8Array[], to: End): void {
  for (const piece of pieces) if (!to.destroyed && piece.length > 0) to.push(piece)
}

class End extends Duplex {
  other: End | undefined
  readonly #write: (bytes: Uint8Array) => void
  #taken: (() => void) | undefined

  constructor(write: (bytes: Uint8Array) => void) {
    super({ allowHalfOpen: false })
    this.#write = write
  }

  override _write(bytes: Uint8Array, _encoding: BufferEncoding, done: () => void): void {
    setImmediate(() => {
      this.#write(Uint8Array.from(bytes))
      const { other } = this
      // Like a socket: what the other end does not read holds the writer back.
      if (other === undefined || other.destroyed || other.readableLength < other.readableHighWaterMark) done()
      else other.#taken = done
    })
  }

  override _read(): void {
    const taken = this.#taken
    this.#taken = undefined
    taken?.()
  }

  override _final(done: () => void): void {
    setImmediate(() => {
      if (this.other?.destroyed === false) this.other.push(null)
      done()
    })
  }

  override _destroy(_error: Error | null, done: () => void): void {
    const other = this.other
    setImmediate(() => other?.destroy())
    done()
  }
}
