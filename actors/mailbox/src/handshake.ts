// The first words on a socket between processes: a client says who it is, a server who it is, or why not; then a SocketChannel has
// the socket. Neither waits long for the other, and a stranger is given no more than a hello's room.
import type { Expected, Heard, Hello, JITErrorData, Welcome } from '@worc/protocol'
import {
  BatchStream,
  JITError,
  errorData,
  packHello,
  packWelcome,
  plainError,
  readHello,
  readWelcome,
  wireLimits,
  wireVersion,
} from '@worc/protocol'
import type { Duplex } from 'node:stream'
import type { Clock } from './clock.js'
import { systemClock } from './clock.js'

export interface HandshakeOptions {
  readonly clock?: Clock
  /** For the other end's first batch (2,000 ms for a hello, 10,000 ms for a welcome). */
  readonly timeoutMs?: number
}

/** A socket whose handshake is done: `rest` had come behind it. */
interface Greeted<T> {
  readonly value: T
  readonly rest: Uint8Array
}

const helloBytes = 4096
const lingerMs = 1000

/** A client's part. Rejects with the server's refusal, or with JITError Timeout, Malformed, ConnectionLost; the socket is destroyed then. */
export async function sayHello(
  socket: Duplex,
  hello: Hello & Heard,
  { clock = systemClock, timeoutMs = 10_000 }: HandshakeOptions = {},
): Promise<Greeted<Welcome & Heard>> {
  const answer = firstBatch(socket, { clock, timeoutMs, limitBytes: wireLimits.batchBytes, who: 'the server' })
  socket.write(packHello(hello))
  try {
    const { value, rest } = await answer
    const welcome = readWelcome(value)
    if (!welcome.ok) throw new JITError(welcome.error)
    return { value: welcome.value, rest }
  } catch (thrown) {
    socket.destroy()
    throw thrown
  }
}

/** A server's part: what the client said. Rejects with JITError Timeout, Malformed, ConnectionLost, or Unsupported for another version. */
export async function hearHello(
  socket: Duplex,
  { clock = systemClock, timeoutMs = 2000 }: HandshakeOptions = {},
): Promise<Greeted<Hello & Heard>> {
  const { value, rest } = await firstBatch(socket, { clock, timeoutMs, limitBytes: helloBytes, who: 'the client' })
  const { version, hello } = readHello(value)
  if (hello !== undefined) return { value: hello, rest }
  throw new JITError(
    plainError('Unsupported', `version ${version} of the wire protocol; this server has ${wireVersion}`),
  )
}

/** A server's answer. After a refusal the socket is ended. */
export function sayWelcome(
  socket: Duplex,
  result: Expected<Welcome & Heard>,
  { clock = systemClock }: Pick<HandshakeOptions, 'clock'> = {},
): void {
  if (socket.destroyed) return
  socket.write(packWelcome(result))
  if (result.ok) return
  socket.resume()
  socket.end()
  const cancel = clock.startTimer(lingerMs, () => socket.destroy())
  socket.once('close', cancel)
}

interface FirstBatchOptions {
  readonly clock: Clock
  readonly timeoutMs: number
  readonly limitBytes: number
  readonly who: string
}

/** Leaves the socket paused, without listeners but for errors. */
function firstBatch(
  socket: Duplex,
  { clock, timeoutMs, limitBytes, who }: FirstBatchOptions,
): Promise<Greeted<Uint8Array>> {
  return new Promise((resolve, reject) => {
    const stream = new BatchStream(limitBytes)
    const leave = (): void => {
      cancel()
      socket.pause()
      socket.off('data', onData)
      socket.off('end', onGone)
      socket.off('close', onGone)
    }
    const fail = (error: JITErrorData): void => {
      leave()
      reject(new JITError(error))
    }
    const onGone = (): void => fail(plainError('ConnectionLost', `${who} hung up before a word`))
    const onData = (chunk: Uint8Array): void => {
      try {
        const taken = stream.pushFirst(chunk)
        if (taken === undefined) return
        leave()
        resolve({ value: taken.batch, rest: taken.rest })
      } catch (thrown) {
        fail(errorData(thrown))
      }
    }
    const cancel = clock.startTimer(timeoutMs, () =>
      fail(plainError('Timeout', `${who} has said nothing within ${timeoutMs} ms`)),
    )
    // Whatever it is, 'close' follows.
    socket.on('error', () => undefined)
    socket.on('data', onData)
    socket.on('end', onGone)
    socket.on('close', onGone)
    socket.resume()
  })
}
