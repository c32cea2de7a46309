// Programs that a connection runs: each in an executor of its own, its input and output cut into messages. What is on its way is
// bounded: the program waits until the client has taken its output, the client until the program has taken its input.
import type {
  Expected,
  GatewayEvent,
  GatewayNotification,
  GatewayRequest,
  JITErrorData,
  ProgramRunId,
} from '@worc/protocol'
import { errorData, failure, plainError, success } from '@worc/protocol'
import type { DylibPlace } from './executor-messages.js'
import type { Cancel } from './functions.js'
import type { Account } from './quotas.js'

export interface ProgramStart {
  readonly dylib: DylibPlace
  readonly program: string
  readonly args: readonly string[]
  readonly env: Readonly<Record<string, string>>
  readonly stdin: AsyncIterable<Uint8Array>
  /** Settles when the bytes were taken. */
  readonly onOutput: (stream: 'stdout' | 'stderr', bytes: Uint8Array) => Promise<void>
  readonly signal: AbortSignal
}

/** Resolves with the program's exit code. */
export type RunProgram = (start: ProgramStart) => Promise<number>

const partBytes = 1 << 16
/** Input that the program has not taken. */
const waitingBytes = 1 << 20

export class Programs {
  readonly #run: RunProgram
  readonly #account: Account
  readonly #send: (event: GatewayEvent) => void
  readonly #programs = new Map<ProgramRunId, Program>()

  constructor(run: RunProgram, account: Account, send: (event: GatewayEvent) => void) {
    this.#run = run
    this.#account = account
    this.#send = send
  }

  start(
    { run, program: name, args, env }: Extract<GatewayRequest, { type: 'run' }>,
    dylib: DylibPlace,
    answer: (result: Expected<number>) => void,
  ): Cancel {
    const refusal = this.#programs.has(run)
      ? plainError('BadArgument', `program ${run} runs already`)
      : this.#account.take('programs')
    if (refusal !== undefined) {
      answer(failure(refusal))
      return () => undefined
    }
    const program = new Program(run, this.#send)
    this.#programs.set(run, program)
    const ended = (result: Expected<number>): void => {
      this.#programs.delete(run)
      this.#account.give('programs')
      program.end()
      answer(result)
    }
    this.#run({
      dylib,
      program: name,
      args,
      env: Object.fromEntries(env),
      stdin: program.input(),
      onOutput: (stream, bytes) => program.write(stream, bytes),
      signal: program.signal,
    }).then(
      (code) => ended(success(code)),
      (thrown: unknown) => ended(failure(program.reason ?? errorData(thrown))),
    )
    return (error) => program.abort(error)
  }

  on(message: Extract<GatewayNotification, { run: ProgramRunId }>): void {
    const program = this.#programs.get(message.run)
    switch (message.type) {
      case 'runInput':
        return program?.feed(message.bytes)
      case 'runInputEnd':
        return program?.endInput()
      case 'runOutputConsumed':
        return program?.consumed(message.sizeBytes)
    }
  }

  abortAll(error: JITErrorData): void {
    for (const program of this.#programs.values()) program.abort(error)
  }
}

class Program {
  /** Why it was ended from outside. */
  reason: JITErrorData | undefined
  readonly #run: ProgramRunId
  readonly #send: (event: GatewayEvent) => void
  readonly #abort = new AbortController()
  #input: Uint8Array[] = []
  #inputBytes = 0
  #inputEnded = false
  #wakeReader: () => void = () => undefined
  #written = 0
  #consumed = 0
  #writers: { readonly upTo: number; readonly resume: () => void }[] = []

  constructor(run: ProgramRunId, send: (event: GatewayEvent) => void) {
    this.#run = run
    this.#send = send
  }

  get signal(): AbortSignal {
    return this.#abort.signal
  }

  abort(error: JITErrorData): void {
    this.reason ??= error
    this.#abort.abort()
  }

  feed(bytes: Uint8Array): void {
    this.#input.push(bytes)
    this.#inputBytes += bytes.length
    if (this.#inputBytes > waitingBytes)
      return this.abort(
        plainError(
          'QuotaExceeded',
          `input that a program has not taken: ${this.#inputBytes} used, limit ${waitingBytes}`,
        ),
      )
    this.#wakeReader()
  }

  endInput(): void {
    this.#inputEnded = true
    this.#wakeReader()
  }

  async *input(): AsyncGenerator<Uint8Array> {
    for (;;) {
      const bytes = this.#input.shift()
      if (bytes !== undefined) {
        yield bytes
        this.#inputBytes -= bytes.length
        this.#send({ type: 'runInputConsumed', run: this.#run, sizeBytes: bytes.length })
      } else if (this.#inputEnded) return
      else await new Promise<void>((resolve) => (this.#wakeReader = resolve))
    }
  }

  write(stream: 'stdout' | 'stderr', bytes: Uint8Array): Promise<void> {
    for (let at = 0; at < bytes.length; at += partBytes)
      this.#send({ type: 'runOutput', run: this.#run, stream, bytes: bytes.subarray(at, at + partBytes) })
    this.#written += bytes.length
    const upTo = this.#written
    return new Promise((resume) => this.#writers.push({ upTo, resume }))
  }

  consumed(sizeBytes: number): void {
    this.#consumed += sizeBytes
    this.#release()
  }

  /** Nobody waits for it any more. */
  end(): void {
    this.#consumed = Infinity
    this.#release()
    this.endInput()
  }

  #release(): void {
    for (const { upTo, resume } of this.#writers) if (upTo <= this.#consumed) resume()
    this.#writers = this.#writers.filter(({ upTo }) => upTo > this.#consumed)
  }
}
