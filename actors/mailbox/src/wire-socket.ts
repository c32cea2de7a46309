// One socket under a channel: bytes that come are cut into batches, and a batch that begins must end within a time, so that nobody
// holds a place by saying next to nothing. Time counts only while this end reads.
import type { JITErrorData } from '@worc/protocol'
import { BatchStream, JITError, plainError } from '@worc/protocol'
import type { Duplex } from 'node:stream'
import type { Clock } from './clock.js'

interface WireSocketOptions {
  readonly peer: string
  readonly clock: Clock
  readonly partialBatchMs: number
  /** Throws JITError where the batch is not what it must be. */
  onBatch(batch: Uint8Array): void
  /** All batches of what came at once have been handled. */
  onQuiet(): void
  /** What was written has been taken. */
  onDrain(): void
  /** The other end said what it must not; nothing more of it is heard. */
  onFault(error: JITErrorData): void
  onGone(): void
}

/** What was said last has so long to leave. */
const lingerMs = 1000

export class WireSocket {
  readonly #socket: Duplex
  readonly #options: WireSocketOptions
  readonly #stream = new BatchStream()
  #isOver = false
  #cancelPartial: (() => void) | undefined

  constructor(socket: Duplex, options: WireSocketOptions) {
    this.#socket = socket
    this.#options = options
    socket.pause()
    socket.on('data', this.#onData)
    socket.on('drain', () => this.#isOver || options.onDrain())
    // Whatever it is, 'close' follows.
    socket.on('error', () => undefined)
    socket.on('end', this.#onGone)
    socket.on('close', this.#onGone)
  }

  /** Bytes that were written and not taken yet. */
  get unsentBytes(): number {
    return this.#socket.writableLength
  }

  /** What had come before this object had the socket. */
  begin(rest: Uint8Array | undefined): void {
    if (rest !== undefined && rest.length > 0) this.#onData(rest)
    else if (this.#socket.destroyed || this.#socket.readableEnded) this.#onGone()
  }

  write(bytes: Uint8Array): void {
    this.#socket.write(bytes)
  }

  /** Whether bytes are taken in. What has come with others that were is handled nevertheless. */
  read(isReading: boolean): void {
    if (isReading === !this.#socket.isPaused()) return
    if (isReading) this.#socket.resume()
    else this.#socket.pause()
    this.#watchPartial()
  }

  ref(isAlive: boolean): void {
    const socket: Duplex & { ref?: () => void; unref?: () => void } = this.#socket
    if (isAlive) socket.ref?.()
    else socket.unref?.()
  }

  /** At once; nothing more is heard of it. */
  destroy(): void {
    this.#leave()
    this.#socket.destroy()
  }

  /** As soon as what was written has been taken, or has not for too long. */
  end(): void {
    this.#leave()
    const socket = this.#socket
    // What still comes has no meaning any more, but it must be taken for the end to come through.
    socket.resume()
    socket.end()
    const cancel = this.#options.clock.startTimer(lingerMs, () => socket.destroy())
    socket.once('close', cancel)
  }

  #leave(): void {
    this.#isOver = true
    this.#socket.off('data', this.#onData)
    this.#cancelPartial?.()
  }

  readonly #onGone = (): void => {
    if (this.#isOver) return
    this.destroy()
    this.#options.onGone()
  }

  readonly #onData = (chunk: Uint8Array): void => {
    try {
      this.#stream.push(chunk, (batch) => {
        if (!this.#isOver) this.#options.onBatch(batch)
      })
    } catch (thrown) {
      if (!(thrown instanceof JITError)) throw thrown
      if (!this.#isOver) this.#options.onFault(thrown.data)
    }
    if (this.#isOver) return
    this.#watchPartial()
    this.#options.onQuiet()
  }

  #watchPartial(): void {
    if (!this.#stream.isPartial || this.#socket.isPaused()) {
      this.#cancelPartial?.()
      this.#cancelPartial = undefined
      return
    }
    const { clock, partialBatchMs, peer } = this.#options
    this.#cancelPartial ??= clock.startTimer(partialBatchMs, () => {
      this.#options.onFault(
        plainError('Timeout', `${peer} began a batch and has not ended it within ${partialBatchMs} ms`),
      )
    })
  }
}
