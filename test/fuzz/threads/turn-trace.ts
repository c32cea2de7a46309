// Numbers the session's turns. A watched session writes into shared memory, for each message of those that a history is made of,
// in which turn it was handled and in which it was answered. Messages of one port are handled in the order they were sent, so the
// nth record of a client is the nth message it sent: no message carries a number, and nothing is written unless a test asks for it.
// Drops are known by their trackers instead: garbage collectors send some of their own accord.
//
//   word 0  written by the reader: 1 while turns are to be recorded
//   word 1  written by the session: records so far; by the reader, 0 before it asks
//   then    records of 6 words, written by the session: peer, kind of message, turn handled, turn answered or 0, what it says
//           (of a mark the client; of a drop the tracker's id: its low half, then its high half)
import type { Actor, AskId, Context, Incoming, JITErrorData, PeerId } from '@worc/protocol'
import { getEnvironmentData, setEnvironmentData } from 'node:worker_threads'

/** A client's mark says which of the test's clients a peer is: `mark 3`. */
export const markPrefix = 'mark '
const mark = 'getJITDylibByName'
const drop = 'dropResourceTracker'
const kinds = [
  mark,
  'define',
  'lookup',
  'removeTracker',
  'transferTo',
  'removeSymbols',
  'clear',
  'isDefunct',
  'createResourceTracker',
  drop,
] as const
export type TracedKind = Exclude<(typeof kinds)[number], typeof mark>

interface TracedTurn {
  readonly kind: TracedKind
  readonly handled: number
  /** Undefined for what has no answer. */
  readonly answered: number | undefined
}

/** Of one client, by message. */
export type TracedTurns = ReadonlyMap<number, TracedTurn>

const dataKey = 'worc fuzz: turns'
const recordWords = 6
const halfWord = 0x1_0000_0000
const capacity = 4096
const word = { enabled: 0, count: 1, first: 2 } as const

export class TurnTrace {
  readonly #words: Int32Array

  private constructor(buffer: SharedArrayBuffer) {
    this.#words = new Int32Array(buffer)
  }

  /** Written by the session that is started next. */
  static share(): TurnTrace {
    const buffer = new SharedArrayBuffer(4 * (word.first + recordWords * capacity))
    setEnvironmentData(dataKey, buffer)
    return new TurnTrace(buffer)
  }

  static ofThisThread(): TurnTrace {
    return new TurnTrace(getEnvironmentData(dataKey) as SharedArrayBuffer)
  }

  start(): void {
    Atomics.store(this.#words, word.count, 0)
    Atomics.store(this.#words, word.enabled, 1)
  }

  /** What each marked client sent, as a history numbers it: drops by their trackers' ids, the others from 0. */
  stop(): ReadonlyMap<number, TracedTurns> {
    Atomics.store(this.#words, word.enabled, 0)
    const count = Atomics.load(this.#words, word.count)
    if (count > capacity) throw new Error(`${count} turns were to be traced, and there is room for ${capacity}`)
    const clients = new Map<number, number>()
    const turns = new Map<number, { numbered: number; byMessage: Map<number, TracedTurn> }>()
    for (let index = 0; index < count; index++) {
      const [peer = 0, kind = 0, handled = 0, answered = 0, low = 0, high = 0] = this.#record(index)
      const name = kinds[kind]
      const said = (low >>> 0) + high * halfWord
      if (name === mark) {
        clients.set(peer, said)
        turns.set(said, { numbered: 0, byMessage: new Map() })
      }
      const sent = turns.get(clients.get(peer) ?? -1)
      if (sent === undefined || name === undefined || name === mark) continue
      const message = name === drop ? said : sent.numbered++
      sent.byMessage.set(message, { kind: name, handled, answered: answered || undefined })
    }
    return new Map([...turns].map(([client, { byMessage }]) => [client, byMessage]))
  }

  get enabled(): boolean {
    return Atomics.load(this.#words, word.enabled) === 1
  }

  /** The record's number, by which it is answered; undefined where the message is not one of those. */
  handled(peer: PeerId, message: Traced, turn: number): number | undefined {
    const kind = kinds.findIndex((each) => each === message.type)
    if (kind < 0) return undefined
    const said = saidBy(message)
    if (said === undefined) return undefined
    const index = Atomics.add(this.#words, word.count, 1)
    if (index < capacity)
      this.#words.set([peer, kind, turn, 0, said, Math.floor(said / halfWord)], word.first + index * recordWords)
    return index
  }

  answered(index: number, turn: number): void {
    if (index < capacity) this.#words[word.first + index * recordWords + 3] = turn
  }

  #record(index: number): Int32Array {
    const start = word.first + index * recordWords
    return this.#words.subarray(start, start + recordWords)
  }
}

/** Of any message, what matters here. */
interface Traced {
  readonly type: string
  readonly name?: unknown
  readonly tracker?: unknown
}

/** Undefined for the question that a mark is in disguise, when it is really asked. */
function saidBy({ type, name, tracker }: Traced): number | undefined {
  if (type === drop) return Number(tracker)
  if (type !== mark) return 0
  return typeof name === 'string' && name.startsWith(markPrefix) ? Number(name.slice(markPrefix.length)) : undefined
}

/** The session's actor, watched. Every way into it is a turn. */
export class TracedSession implements Actor {
  readonly #session: Actor
  readonly #trace: TurnTrace
  readonly #asked = new Map<string, number>()
  #turn = 0

  constructor(session: Actor, trace: TurnTrace) {
    this.#session = session
    this.#trace = trace
  }

  on(ctx: Context, incoming: Incoming): void {
    this.#turn++
    if (this.#trace.enabled) {
      const record = this.#trace.handled(incoming.from, incoming.message as Traced, this.#turn)
      if (record !== undefined && incoming.ask !== undefined)
        this.#asked.set(`${incoming.from} ${incoming.ask}`, record)
    }
    this.#session.on(this.#watched(ctx), incoming)
  }

  onPeerClosed(ctx: Context, peer: PeerId, error: JITErrorData): void {
    this.#turn++
    this.#session.onPeerClosed(this.#watched(ctx), peer, error)
  }

  snapshot(): unknown {
    return this.#session.snapshot()
  }

  #watched(ctx: Context): Context {
    return {
      send: (...said) => ctx.send(...said),
      ask: (to, message, settle, ...rest) =>
        ctx.ask(
          to,
          message,
          (...answer) => {
            this.#turn++
            settle(...answer)
          },
          ...rest,
        ),
      reply: (to, ask, result, ...rest) => {
        this.#answered(to, ask)
        ctx.reply(to, ask, result, ...rest)
      },
      flush: (to) => ctx.flush(to),
      later: (run) =>
        ctx.later(() => {
          this.#turn++
          run()
        }),
      now: () => ctx.now(),
      timer: (milliseconds, run) =>
        ctx.timer(milliseconds, () => {
          this.#turn++
          run()
        }),
      cancel: (timer) => ctx.cancel(timer),
      random: () => ctx.random(),
    } satisfies Context
  }

  #answered(to: PeerId, ask: AskId): void {
    if (this.#asked.size === 0) return
    const key = `${to} ${ask}`
    const record = this.#asked.get(key)
    if (record === undefined) return
    this.#asked.delete(key)
    this.#trace.answered(record, this.#turn)
  }
}
