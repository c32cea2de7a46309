// Looks at a session from outside: a client without an executor, which asks for what the face does not show.
import type {
  HouseReplies,
  HouseRequest,
  JITDylibId,
  LinkStats,
  SessionReplies,
  SessionRequest,
  SessionStats,
} from '@worc/protocol'
import { JITError, defaultTrackerOf } from '@worc/protocol'
import { verifyArena } from '@worc/executor-memory'
import { Connection, PortChannel } from '@worc/mailbox'
import type { House } from 'worc/house'

/** Everything that comes and goes with what is defined, linked and held. */
export interface Holdings {
  readonly session: SessionStats
  readonly link: LinkStats
  /** Bytes, slots and bytes that are claimed, by state. */
  readonly arenas: readonly (readonly number[])[]
}

type Replies = SessionReplies & HouseReplies

export class Inspector {
  readonly #connection: Connection
  readonly #arenas: ReturnType<House['openArenas']>
  readonly #dylibs: readonly JITDylibId[]

  private constructor(connection: Connection, arenas: ReturnType<House['openArenas']>, dylibs: readonly JITDylibId[]) {
    this.#connection = connection
    this.#arenas = arenas
    this.#dylibs = dylibs
  }

  /** Makes the dylibs that it will look after. */
  static async enter(house: House, dylibs: readonly string[]): Promise<Inspector> {
    const connection = new Connection(new PortChannel(house.clientPort(), { peer: 'the session' }), {
      onTell: () => undefined,
      onAsk: () => undefined,
    })
    const inspector = new Inspector(connection, house.openArenas(), [])
    await inspector.ask({ type: 'join' })
    const ids = []
    for (const name of dylibs) ids.push(await inspector.ask({ type: 'createJITDylib', name, bare: true }))
    return new Inspector(connection, inspector.#arenas, ids)
  }

  async ask<T extends SessionRequest | HouseRequest>(message: T): Promise<Replies[T['type'] & keyof Replies]> {
    return (await this.#connection.ask(message)).value as Replies[T['type'] & keyof Replies]
  }

  /** Nothing is left in the dylibs but a default tracker each. The errors of managers that failed are answered, not thrown. */
  async empty(): Promise<readonly JITError[]> {
    const clearing = Promise.allSettled(this.#dylibs.map((dylib) => this.ask({ type: 'clear', dylib })))
    await Promise.all(this.#dylibs.map((dylib) => this.ask({ type: 'isDefunct', tracker: defaultTrackerOf(dylib) })))
    const cleared = await clearing
    return cleared.flatMap((result) => (result.status === 'rejected' ? [result.reason as JITError] : []))
  }

  async holdings(): Promise<Holdings> {
    const [session, link] = await Promise.all([this.ask({ type: 'sessionStats' }), this.ask({ type: 'linkStats' })])
    const { ranges, slots, tls } = this.#arenas
    const arenas = [ranges, slots, tls].map((arena) => {
      const { inFlight, ready, retired } = arena.stats()
      return [inFlight, ready, retired]
    })
    return { session, link, arenas }
  }

  /** What does not hold, in the session's words and in the arenas'. */
  async broken(): Promise<readonly string[]> {
    const session = await this.ask({ type: 'verify' }).then(
      () => [],
      (thrown: unknown) => [`verify: ${thrown instanceof JITError ? thrown.message : String(thrown)}`],
    )
    const { ranges, slots, tls } = this.#arenas
    const arenas = [ranges, slots, tls].flatMap((arena) => verifyArena(arena))
    const { totalBytes, freeBytes, inFlight, ready, retired } = ranges.stats()
    const sum = freeBytes + inFlight + ready + retired
    const lost = sum === totalBytes ? [] : [`executor memory has ${totalBytes} bytes, and accounts for ${sum}`]
    return [...session, ...arenas, ...lost]
  }

  dump(): Promise<string> {
    return this.ask({ type: 'dump' }).catch((thrown: unknown) => String(thrown))
  }

  leave(): void {
    this.#connection.close({ code: 'SessionClosed', message: 'the inspector has left' })
  }
}
