// Input written by one thread and read by guests in others: order and completeness through a ring that is smaller than
// the input, and each way it can stop: the end, an abort while either side waits, a source that fails.
import { createStdinPipe, writeStdin, type StdinPipe } from '@worc/executor'
import { expect } from 'chai'
import { describe, it } from 'mocha'
import { Worker } from 'node:worker_threads'
import { errno, Guest } from './guest.js'
import type { ReadingReport, ReadingTask } from './reading-worker.js'

const NONBLOCK = 4

interface Reader {
  /** The guest is about to read. */
  readonly reading: Promise<void>
  readonly done: Promise<{ readonly text: string; readonly result: string }>
}

/** A guest in a worker of its own, which has exited when `done` resolves. */
function startReader(pipe: StdinPipe, chunkBytes: number): Reader {
  const workerData: ReadingTask = { pipe, chunkBytes }
  const worker = new Worker(new URL('./reading-worker.js', import.meta.url), { workerData })
  const report = async <T extends ReadingReport['type']>(type: T): Promise<Extract<ReadingReport, { type: T }>> =>
    new Promise((resolve, reject) => {
      worker.once('error', reject)
      worker.on('message', (message: ReadingReport) => {
        if (message.type === type) resolve(message as Extract<ReadingReport, { type: T }>)
      })
    })
  const exited = new Promise((resolve) => worker.once('exit', resolve))
  const done = report('done').then(async ({ text, result }) => {
    await exited
    return { text, result }
  })
  return { reading: report('reading').then(() => undefined), done }
}

/** An input that goes on for ever, and knows whether it was told to stop. */
class Endless implements AsyncIterable<string> {
  returned = false
  readonly #step: () => Promise<string>

  constructor(step: () => Promise<string>) {
    this.#step = step
  }

  [Symbol.asyncIterator](): AsyncIterator<string> {
    return {
      next: async () => ({ done: false, value: await this.#step() }),
      return: async () => {
        this.returned = true
        return Promise.resolve({ done: true, value: undefined })
      },
    }
  }
}

async function* chunks(...values: readonly (Uint8Array | string)[]): AsyncGenerator<Uint8Array | string> {
  yield* values
}

const never = async (): Promise<string> => new Promise(() => undefined)

describe('StdinPipe', () => {
  it('100 kB through a ring of 64 bytes arrive whole and in order', async () => {
    const pipe = createStdinPipe(64)
    const lines = Array.from({ length: 10_000 }, (_, index) => `line ${String(index)}\n`)
    const reader = startReader(pipe, 37)
    await writeStdin(pipe, chunks(...lines))
    const { text, result } = await reader.done
    expect(result).to.equal('SUCCESS')
    expect(text === lines.join('')).to.equal(true)
  })

  it('a reader that is there first waits for the bytes; text is UTF-8', async () => {
    const pipe = createStdinPipe()
    const reader = startReader(pipe, 16)
    await reader.reading
    await writeStdin(pipe, chunks('grün ', Uint8Array.of(0x21)))
    expect(await reader.done).to.deep.equal({ text: 'grün !', result: 'SUCCESS' })
  })

  it('two readers share it: each byte goes to one of them', async () => {
    const pipe = createStdinPipe(16)
    const readers = [startReader(pipe, 3), startReader(pipe, 5)]
    await writeStdin(pipe, chunks('a'.repeat(2000), 'b'.repeat(1000)))
    const texts = await Promise.all(readers.map(async ({ done }) => (await done).text))
    const counted = (letter: string): number => texts.join('').split(letter).length - 1
    expect([counted('a'), counted('b'), texts.join('').length]).to.deep.equal([2000, 1000, 3000])
  })

  it('abort (while the reader waits and the source too): ECANCELED, and the source is told', async () => {
    const pipe = createStdinPipe()
    const reader = startReader(pipe, 16)
    const abort = new AbortController()
    const source = new Endless(never)
    const written = writeStdin(pipe, source, abort.signal)
    await reader.reading
    abort.abort()
    await written
    expect((await reader.done).result).to.equal('CANCELED')
    expect(source.returned).to.equal(true)
  })

  it('abort (while the writer waits for room): the writer returns', async () => {
    const pipe = createStdinPipe(4)
    const abort = new AbortController()
    const source = new Endless(async () => Promise.resolve('more than fits'))
    const written = writeStdin(pipe, source, abort.signal)
    await new Promise((resolve) => setImmediate(resolve))
    abort.abort()
    await written
    expect(source.returned).to.equal(true)
    expect(Guest.reading({ type: 'pipe', pipe }).tryRead(0)).to.equal('CANCELED')
  })

  it('abort (before it began): the source is not read', async () => {
    const pipe = createStdinPipe()
    await writeStdin(pipe, new Endless(never), AbortSignal.abort())
    expect(Guest.reading({ type: 'pipe', pipe }).tryRead(0)).to.equal('CANCELED')
  })

  it('a source that fails: the writer rejects; the reader gets what came before, then EIO', async () => {
    const pipe = createStdinPipe()
    async function* failing(): AsyncGenerator<string> {
      yield 'before'
      await Promise.reject(new Error('the source broke'))
    }
    const outcome = await writeStdin(pipe, failing()).catch((error: unknown) => error)
    expect(outcome).to.be.instanceOf(Error).with.property('message', 'the source broke')
    const guest = Guest.reading({ type: 'pipe', pipe })
    expect(guest.read(0, 16)).to.equal('before')
    expect(guest.tryRead(0)).to.equal('IO')
  })

  it('a nonblocking reader gets EAGAIN while there is nothing, and 0 at the end', async () => {
    const pipe = createStdinPipe()
    const guest = Guest.reading({ type: 'pipe', pipe })
    expect(errno(guest.call.fd_fdstat_set_flags(0, NONBLOCK))).to.equal('SUCCESS')
    expect(guest.tryRead(0)).to.equal('AGAIN')
    await writeStdin(pipe, chunks('x'))
    expect(guest.read(0, 16)).to.equal('x')
    expect(guest.read(0, 16)).to.equal('')
  })

  it('a capacity that is no power of two is refused', () => {
    expect(() => createStdinPipe(100)).to.throw('stdin pipe capacity 100 is not a power of two')
    expect(() => createStdinPipe(0)).to.throw('capacity 0')
  })
})
