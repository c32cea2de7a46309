// How many asks of one client are worked on at once. What comes beyond that waits here, in order, and the socket is not read
// meanwhile: the client feels it, others do not. A client may be what its own asks wait for (it materializes units, it manages
// resources), and its answers would wait behind them; so where nothing is answered for a while, more asks are let through, and
// in the end the rest are refused, which is worse for that client than waiting and better than standing still.
import type { Delivery, JITErrorData } from '@worc/protocol'
import { plainError } from '@worc/protocol'
import type { Clock } from './clock.js'

interface AskGateOptions {
  readonly limit: number
  readonly clock: Clock
  deliver(deliveries: readonly Delivery[]): void
  refuse(delivery: Delivery, error: JITErrorData): void
}

/** Without an answer for so long, the gate opens further. */
const stallMs = 100
/** As often as this; then it refuses. */
const mostOpenings = 16

export class AskGate {
  readonly #options: AskGateOptions
  #held: Delivery[] = []
  #inFlight = 0
  #open: number
  #answered = 0
  #cancelTimer: (() => void) | undefined

  constructor(options: AskGateOptions) {
    this.#options = options
    this.#open = options.limit
  }

  /** Whether something waits: nothing more should be read. */
  get isHolding(): boolean {
    return this.#held.length > 0
  }

  get inFlight(): number {
    return this.#inFlight
  }

  accept(deliveries: readonly Delivery[]): void {
    if (this.#held.length > 0) this.#held.push(...deliveries)
    else this.#deliver(deliveries)
  }

  /** What may pass now does with `pass`, not from within the answer: the asks of a full gate would nest. */
  answered(): void {
    this.#inFlight--
    this.#answered++
    if (this.#held.length === 0 && this.#inFlight < this.#options.limit) this.#open = this.#options.limit
  }

  pass(): void {
    if (this.#held.length === 0 || this.#inFlight >= this.#open) return
    const held = this.#held
    this.#held = []
    this.#deliver(held)
  }

  close(): void {
    this.#held = []
    this.#cancelTimer?.()
  }

  #deliver(deliveries: readonly Delivery[]): void {
    let end = 0
    for (const { frame } of deliveries) {
      if (frame.kind === 'ask' && this.#inFlight >= this.#open) break
      if (frame.kind === 'ask') this.#inFlight++
      end++
    }
    if (end === deliveries.length) return this.#options.deliver(deliveries)
    this.#held = deliveries.slice(end)
    this.#watch()
    if (end > 0) this.#options.deliver(deliveries.slice(0, end))
  }

  #watch(): void {
    if (this.#cancelTimer !== undefined) return
    const answered = this.#answered
    this.#cancelTimer = this.#options.clock.startTimer(stallMs, () => {
      this.#cancelTimer = undefined
      if (this.#held.length === 0) return
      if (answered === this.#answered) this.#stalled()
      if (this.#held.length > 0) this.#watch()
    })
  }

  #stalled(): void {
    const { limit } = this.#options
    if (this.#open < limit * mostOpenings) {
      this.#open += limit
      return this.pass()
    }
    const held = this.#held
    this.#held = []
    const error = plainError('Overloaded', `${this.#inFlight} asks are not answered yet, limit ${this.#open}`)
    for (const delivery of held)
      if (delivery.frame.kind === 'ask') this.#options.refuse(delivery, error)
      else this.#options.deliver([delivery])
  }
}
