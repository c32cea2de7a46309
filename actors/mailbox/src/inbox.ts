// Frames that have arrived and not been handled. Each is taken out before it is handled, so that a handler which drains its
// own port goes on with what came after its frame, and an outer loop finds nothing left. After a burst of frames the event loop
// has its turn, or timers and sockets would starve behind a busy port. A batch is never split for that: its answers would
// travel apart for ever after, and small batches are what makes a port slow. Credit bounds what one turn can bring.
import type { Delivery } from '@worc/protocol'

/** After this many frames the event loop has its turn. */
const burst = 512

export class Inbox {
  readonly #handle: (delivery: Delivery) => void
  readonly #soon: (run: () => void) => void
  #deliveries: Delivery[] = []
  #next = 0
  #handledInBurst = 0
  #resting = false

  /** `soon` lets the event loop have its turn first. */
  constructor(handle: (delivery: Delivery) => void, soon: (run: () => void) => void) {
    this.#handle = handle
    this.#soon = soon
  }

  accept(deliveries: readonly Delivery[]): void {
    if (this.#deliveries.length === 0) this.#deliveries = [...deliveries]
    else for (const delivery of deliveries) this.#deliveries.push(delivery)
  }

  /** Handles what is here, unless the event loop's turn is due; then what is here by then. */
  handleInTurn(): void {
    if (!this.#resting) this.handleAll()
  }

  /** Handles what is here, for a caller that waits. Whether there was anything. */
  handleAll(): boolean {
    let any = false
    try {
      for (let delivery = this.#take(); delivery !== undefined; delivery = this.#take()) {
        any = true
        this.#handle(delivery)
      }
    } finally {
      // The second condition: a handler threw with frames behind its own.
      if (this.#handledInBurst >= burst || this.#deliveries.length > 0) this.#rest()
    }
    return any
  }

  #take(): Delivery | undefined {
    const delivery = this.#deliveries[this.#next]
    if (delivery === undefined) return undefined
    this.#next++
    this.#handledInBurst++
    if (this.#next === this.#deliveries.length) this.#forget()
    return delivery
  }

  /** At once, for what a frame brought may be large, and live as long as it is referred to. */
  #forget(): void {
    this.#deliveries = []
    this.#next = 0
  }

  #rest(): void {
    if (this.#resting) return
    this.#resting = true
    this.#soon(() => {
      this.#resting = false
      this.#handledInBurst = 0
      this.handleAll()
    })
  }
}
