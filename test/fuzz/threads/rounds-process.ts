// A process of its own that plays rounds, seen from the campaign. Whatever brings it down costs one round, which is a finding;
// another process plays the rest.
import { fork } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import type { Failure } from '../campaign.js'
import type { Block, RoundsWatcher, Tally } from './stage-rounds.js'
import { fatalFailure } from './stage-rounds.js'

export type ToRounds = { readonly type: 'play'; readonly block: Block } | { readonly type: 'stop' }

export type FromRounds =
  | { readonly type: 'begun'; readonly seed: number }
  | { readonly type: 'found'; readonly failure: Failure }
  | { readonly type: 'played'; readonly tally: Tally }

export class RoundsProcess {
  readonly #signal: AbortSignal
  readonly #watcher: RoundsWatcher
  #child: ChildProcess | undefined

  constructor(signal: AbortSignal, watcher: RoundsWatcher) {
    this.#signal = signal
    this.#watcher = watcher
  }

  /** Ends soon where the campaign is stopped. */
  async play(block: Block): Promise<readonly Tally[]> {
    const tallies: Tally[] = []
    const end = block.firstSeed + block.rounds
    let { firstSeed } = block
    while (firstSeed < end && !this.#signal.aborted) {
      const ended = await this.#playUntilItEnds({ firstSeed, rounds: end - firstSeed })
      if ('tally' in ended) return [...tallies, ended.tally]
      this.#watcher.found(fatalFailure(ended.seed, ended.problem))
      firstSeed = ended.seed + 1
    }
    return tallies
  }

  close(): void {
    this.#child?.disconnect()
    this.#child = undefined
  }

  #playUntilItEnds(block: Block): Promise<{ tally: Tally } | { seed: number; problem: string }> {
    const child = (this.#child ??= fork(new URL('./rounds-worker.js', import.meta.url), {
      serialization: 'advanced',
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    }))
    const stop = (): void => say(child, { type: 'stop' })
    this.#signal.addEventListener('abort', stop)
    say(child, { type: 'play', block })
    let seed = block.firstSeed
    return new Promise((resolve) => {
      const settle = (ended: { tally: Tally } | { seed: number; problem: string }): void => {
        this.#signal.removeEventListener('abort', stop)
        child.off('message', hear)
        child.off('exit', die)
        resolve(ended)
      }
      const hear = (message: FromRounds): void => {
        if (message.type === 'played') return settle({ tally: message.tally })
        if (message.type === 'found') return this.#watcher.found(message.failure)
        seed = message.seed
        this.#watcher.begun(seed)
      }
      const die = (code: number | null, signal: string | null): void => {
        this.#child = undefined
        settle({ seed, problem: `the process ended with ${signal ?? `exit code ${code}`}` })
      }
      child.on('message', hear)
      child.on('exit', die)
    })
  }
}

function say(child: ChildProcess, message: ToRounds): void {
  if (child.connected) child.send(message)
}
