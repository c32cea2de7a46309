// The process that does with LLVM's session what a bench does with Worc's: a command a line, an answer a line. It is ended by
// what it gave up, and started again for the next command.
import { spawn } from 'node:child_process'
import type { ChildProcessByStdio } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import type { Readable, Writable } from 'node:stream'
import { buildPeer, findLlvms } from './llvm.js'

export interface OrcPeer extends AsyncDisposable {
  readonly version: string
  /** Nanoseconds. What is stopped by the command's own limit is what an aim is compared with all the same. */
  run(command: string): Promise<PeerTime>
}

export interface PeerTime {
  readonly nanoseconds: number
  /** Steps it had done when its time was over; undefined where it came to the end. */
  readonly stoppedAfter: number | undefined
}

/** Of the newest LLVM; undefined without one. */
export async function startOrcPeer(signal: AbortSignal): Promise<OrcPeer | undefined> {
  const [llvm] = await findLlvms()
  if (llvm === undefined) return undefined
  const program = await buildPeer(llvm, 'session', signal)
  let running: RunningPeer | undefined
  return {
    version: llvm.version,
    run: async (command) => {
      running ??= new RunningPeer(program, signal)
      const time = await running.ask(command)
      if (time.stoppedAfter !== undefined) running = undefined
      return time
    },
    [Symbol.asyncDispose]: async () => running?.end(),
  }
}

class RunningPeer {
  readonly #process: ChildProcessByStdio<Writable, Readable, null>
  readonly #lines: AsyncIterator<string, undefined>

  constructor(program: string, signal: AbortSignal) {
    this.#process = spawn(program, { stdio: ['pipe', 'pipe', 'inherit'], signal })
    // An aborted process says so here; whoever waits for a line finds that there is none.
    this.#process.on('error', () => undefined)
    this.#lines = createInterface({ input: this.#process.stdout })[Symbol.asyncIterator]()
  }

  async ask(command: string): Promise<PeerTime> {
    this.#process.stdin.write(`${command}\n`)
    const line = await this.#lines.next()
    const [outcome, nanoseconds, steps] = line.done === true ? [] : line.value.split(' ')
    if (outcome === 'done') return { nanoseconds: Number(nanoseconds), stoppedAfter: undefined }
    if (outcome === 'stopped') return { nanoseconds: Number(nanoseconds), stoppedAfter: Number(steps) }
    throw new Error(`LLVM's side ended at "${command.slice(0, 60)}"`)
  }

  async end(): Promise<void> {
    if (this.#process.exitCode !== null || this.#process.signalCode !== null) return
    const exited = once(this.#process, 'exit')
    this.#process.stdin.end()
    await exited
  }
}
