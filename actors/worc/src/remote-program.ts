// A program that runs in another process: its input is sent as it takes it, its output handed on as it comes, and neither end holds
// more of it than a bound.
import type { GatewayEvent, ProgramRunId } from '@worc/protocol'
import { JITError, errorData, plainError } from '@worc/protocol'
import type { ProgramDylib, RunOptions } from './run-main.js'
import { restStdin } from './run-main.js'
import type { SessionClient } from './session-client.js'

const partBytes = 1 << 16
/** Sent, and not taken by the program. */
const windowBytes = 1 << 18

export class RemotePrograms {
  readonly #client: SessionClient
  readonly #programs = new Map<ProgramRunId, RemoteProgram>()
  #next = 1

  constructor(client: SessionClient) {
    this.#client = client
    client.onGatewayEvent = (event) => this.#programs.get(event.run)?.on(event)
  }

  /** Resolves with the exit code of its main. Rejects with Unsupported for what a program of another process cannot have. */
  async run(dylib: ProgramDylib, options: RunOptions): Promise<number> {
    if (options.directories !== undefined || options.trace === true)
      throw new JITError(plainError('Unsupported', 'a program in another process has no directories and no trace'))
    const run = this.#next++ as ProgramRunId
    const program = new RemoteProgram(this.#client, run, options)
    this.#programs.set(run, program)
    const signal = options.signal === undefined ? {} : { signal: options.signal }
    const ended = this.#client.request(
      {
        type: 'run',
        run,
        dylib: dylib.id,
        program: options.program ?? dylib.name,
        args: options.args ?? [],
        env: Object.entries(options.env ?? (process.env as Readonly<Record<string, string>>)),
      },
      signal,
    )
    program.feed(options.stdin)
    try {
      return await ended
    } catch (thrown) {
      if (options.signal?.aborted !== true) throw thrown
      throw new JITError(plainError('Interrupted', 'the program was interrupted', errorData(thrown)))
    } finally {
      this.#programs.delete(run)
      program.end()
      if (options.stdin === undefined) restStdin()
    }
  }
}

class RemoteProgram {
  readonly #client: SessionClient
  readonly #run: ProgramRunId
  readonly #options: RunOptions
  #isOver = false
  #sent = 0
  #taken = 0
  #wake: () => void = () => undefined

  constructor(client: SessionClient, run: ProgramRunId, options: RunOptions) {
    this.#client = client
    this.#run = run
    this.#options = options
  }

  on(event: GatewayEvent): void {
    if (event.type === 'runInputConsumed') {
      this.#taken += event.sizeBytes
      return this.#wake()
    }
    const { stream, bytes } = event
    const listener = this.#options[stream] ?? ((output: Uint8Array) => written(process[stream], output))
    const consumed = (): void =>
      this.#client.tellIfOpen({ type: 'runOutputConsumed', run: this.#run, sizeBytes: bytes.length })
    const pending = listener(bytes)
    if (pending instanceof Promise) pending.then(consumed, consumed)
    else consumed()
  }

  feed(stdin: RunOptions['stdin']): void {
    const source = stdin instanceof Uint8Array ? [stdin] : (stdin ?? process.stdin)
    this.#send(source).catch(() => this.#client.tellIfOpen({ type: 'runInputEnd', run: this.#run }))
  }

  end(): void {
    this.#isOver = true
    this.#wake()
  }

  async #send(source: Iterable<Uint8Array> | AsyncIterable<Uint8Array | string>): Promise<void> {
    for await (const chunk of source) {
      const bytes = typeof chunk === 'string' ? new TextEncoder().encode(chunk) : chunk
      for (let at = 0; at < bytes.length; at += partBytes) {
        const part = bytes.subarray(at, at + partBytes)
        while (!this.#isOver && this.#sent - this.#taken > windowBytes)
          await new Promise<void>((resolve) => (this.#wake = resolve))
        if (this.#isOver) return
        this.#sent += part.length
        this.#client.tellIfOpen({ type: 'runInput', run: this.#run, bytes: part })
      }
    }
    if (!this.#isOver) this.#client.tellIfOpen({ type: 'runInputEnd', run: this.#run })
  }
}

/** Resolves when the stream has taken the bytes; its errors are for whoever listens to it. */
function written(stream: NodeJS.WriteStream, bytes: Uint8Array): Promise<void> {
  return new Promise((resolve) => void stream.write(bytes, () => resolve()))
}
