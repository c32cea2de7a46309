/*
 * Standard input fed from another thread: a ring of bytes in shared memory. One thread writes (`writeStdin`, which
 * waits without blocking its event loop), guest threads read (blocking, inside fd_read).
 *
 *   byte 0   written    bytes ever written, modulo 2^32    stored by the writer after the bytes themselves
 *   byte 4   consumed   bytes ever consumed, modulo 2^32   moved by whichever reader wins the compare-exchange
 *   byte 8   state      open, ended, aborted or failed     stored by the writer after its last bytes; left open once
 *   byte 12  bell       changes with written and state     readers wait on it; the writer waits on `consumed`
 *   byte 16  the ring; its capacity is a power of two, so both counts wrap with it
 *
 * A reader that is terminated at any point leaves the pipe whole, since it holds nothing: it copies, then claims.
 */
import { refuse } from './errno.js'
import { scatter, totalSizeBytes } from './guest-memory.js'

const WRITTEN = 0
const CONSUMED = 1
const STATE = 2
const BELL = 3
const HEADER_BYTES = 16

const OPEN = 0
const ENDED = 1
const ABORTED = 2
const FAILED = 3
type FinalState = typeof ENDED | typeof ABORTED | typeof FAILED

/** Plain data: post it to the thread that reads. Any number of readers, one writer. */
export interface StdinPipe {
  readonly buffer: SharedArrayBuffer
}

/** A pipe that holds up to `capacityBytes`, a power of two, between its writer and its readers. */
export function createStdinPipe(capacityBytes = 65_536): StdinPipe {
  if (capacityBytes < 1 || capacityBytes > 2 ** 30 || Math.log2(capacityBytes) % 1 !== 0) {
    throw new RangeError(`stdin pipe capacity ${String(capacityBytes)} is not a power of two up to 2^30 bytes`)
  }
  return { buffer: new SharedArrayBuffer(HEADER_BYTES + capacityBytes) }
}

/** What a read of an input would find now: whether it would block, how many bytes, whether no more will follow. */
export interface InputReadiness {
  readonly ready: boolean
  readonly sizeBytes: number
  readonly ended: boolean
}

export function pipeReadiness(pipe: StdinPipe): InputReadiness {
  const { words } = viewsOf(pipe)
  // State first: bytes written before the end are then seen for certain.
  const ended = Atomics.load(words, STATE) !== OPEN
  const consumed = Atomics.load(words, CONSUMED)
  const sizeBytes = (Atomics.load(words, WRITTEN) - consumed) >>> 0
  return { ready: ended || sizeBytes > 0, sizeBytes, ended }
}

/**
 * Reads at least one byte into `buffers`, waiting for it unless `nonblocking`. 0 is the end of the input.
 * Refuses with EAGAIN (nothing yet, nonblocking), ECANCELED (aborted), EIO (the writer's source failed).
 */
export function readPipe(pipe: StdinPipe, buffers: readonly Uint8Array[], nonblocking: boolean): number {
  const { words, ring } = viewsOf(pipe)
  const wanted = totalSizeBytes(buffers)
  if (wanted === 0) return 0
  for (;;) {
    const bell = Atomics.load(words, BELL)
    const state = Atomics.load(words, STATE)
    if (state === ABORTED) refuse('ECANCELED')
    const consumed = Atomics.load(words, CONSUMED)
    const available = (Atomics.load(words, WRITTEN) - consumed) >>> 0
    if (available > 0) {
      const count = Math.min(available, wanted)
      scatter(unwrapped(ring, consumed, count), buffers)
      // The copy counts only if no other reader took these bytes meanwhile.
      if (Atomics.compareExchange(words, CONSUMED, consumed, (consumed + count) | 0) !== consumed) continue
      Atomics.notify(words, CONSUMED)
      return count
    }
    if (state === ENDED) return 0
    if (state === FAILED) refuse('EIO')
    if (nonblocking) refuse('EAGAIN')
    Atomics.wait(words, BELL, bell)
  }
}

/** Waits until a read would not block, at most `timeoutMs`. */
export function waitForPipe(pipe: StdinPipe, timeoutMs: number): void {
  const { words } = viewsOf(pipe)
  const bell = Atomics.load(words, BELL)
  if (!pipeReadiness(pipe).ready) Atomics.wait(words, BELL, bell, timeoutMs)
}

/**
 * Writes every chunk (text as UTF-8) and then the end, without ever blocking this thread. Resolves when the last byte
 * is in the pipe, read or not, and when `signal` aborts: readers then get ECANCELED, and what was unread is lost.
 * Rejects with the source's own error, after which readers get EIO. Whoever ends the readers aborts `signal`, or a
 * full pipe is waited for in vain. The wait itself does not keep the process alive; the reading worker does.
 */
export async function writeStdin(
  pipe: StdinPipe,
  source: AsyncIterable<Uint8Array | string>,
  signal?: AbortSignal,
): Promise<void> {
  const { words } = viewsOf(pipe)
  const iterator = source[Symbol.asyncIterator]()
  let stopWaiting: () => void = () => undefined
  const abort = (): void => {
    close(words, ABORTED)
    Atomics.notify(words, CONSUMED)
    stopWaiting()
  }
  if (signal?.aborted === true) abort()
  signal?.addEventListener('abort', abort, { once: true })
  try {
    while (signal?.aborted !== true) {
      const next = await new Promise<IteratorResult<Uint8Array | string> | undefined>((resolve, reject) => {
        stopWaiting = () => {
          resolve(undefined)
        }
        iterator.next().then(resolve, reject)
      })
      if (next === undefined || next.done === true) break
      await put(pipe, typeof next.value === 'string' ? Buffer.from(next.value) : next.value, signal)
    }
    close(words, ENDED)
  } catch (error) {
    close(words, FAILED)
    throw error
  } finally {
    signal?.removeEventListener('abort', abort)
    // Not awaited: a source in the middle of its own wait returns only after that, and nobody waits for its answer.
    if (signal?.aborted === true) iterator.return?.().catch(() => undefined)
  }
}

async function put(pipe: StdinPipe, bytes: Uint8Array, signal: AbortSignal | undefined): Promise<void> {
  const { words, ring } = viewsOf(pipe)
  let done = 0
  while (done < bytes.length && signal?.aborted !== true) {
    const consumed = Atomics.load(words, CONSUMED)
    const written = Atomics.load(words, WRITTEN)
    const room = ring.length - ((written - consumed) >>> 0)
    if (room === 0) {
      const consumption = Atomics.waitAsync(words, CONSUMED, consumed)
      if (consumption.async) await consumption.value
      continue
    }
    const part = bytes.subarray(done, done + room)
    const start = (written >>> 0) % ring.length
    const beforeWrap = part.subarray(0, ring.length - start)
    ring.set(beforeWrap, start)
    ring.set(part.subarray(beforeWrap.length), 0)
    Atomics.store(words, WRITTEN, (written + part.length) | 0)
    ringBell(words)
    done += part.length
  }
}

function close(words: Int32Array, state: FinalState): void {
  if (Atomics.compareExchange(words, STATE, OPEN, state) === OPEN) ringBell(words)
}

function ringBell(words: Int32Array): void {
  Atomics.add(words, BELL, 1)
  Atomics.notify(words, BELL)
}

/** A copy of `count` bytes of the ring from where `consumed` stands. */
function unwrapped(ring: Uint8Array, consumed: number, count: number): Uint8Array {
  const start = (consumed >>> 0) % ring.length
  const bytes = new Uint8Array(count)
  const beforeWrap = ring.subarray(start, start + count)
  bytes.set(beforeWrap)
  bytes.set(ring.subarray(0, count - beforeWrap.length), beforeWrap.length)
  return bytes
}

function viewsOf(pipe: StdinPipe): { words: Int32Array; ring: Uint8Array } {
  return {
    words: new Int32Array(pipe.buffer, 0, HEADER_BYTES / Int32Array.BYTES_PER_ELEMENT),
    ring: new Uint8Array(pipe.buffer, HEADER_BYTES),
  }
}
