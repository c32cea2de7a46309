// The sending half of a bounded mailbox. Each tell and ask spends a credit, and the receiver gives credits back as it handles
// them, so at most `credits` of them lie unhandled at the other end; the rest wait here, in order, up to a limit. Replies and
// exempt frames cost nothing but keep their place behind what waits. Two full mailboxes cannot wait for each other: handling a
// frame never waits for room, so credit always comes.
import type { Attachment, Channel, Frame } from '@worc/protocol'

/** Credits come back in portions of this size, unless both ends agree on another: a window smaller than it would never reopen. */
export const usualCreditPortion = 64

export interface OutboxLimits {
  /** Tells and asks at the other end, not handled yet. */
  readonly credits: number
  /** So many credits come back at once. */
  readonly creditPortion: number
  /** Frames waiting here for credit. */
  readonly waiting: number
}

/** A frame that waits for credit. Its identity is how it is withdrawn. */
interface Waiting {
  readonly frame: Frame
  readonly attachments: readonly Attachment[]
  readonly transfer: readonly Attachment[]
}
export type Ticket = Waiting | undefined

export class Outbox {
  readonly #channel: Channel
  readonly #limits: OutboxLimits
  readonly #waiting = new Set<Waiting>()
  #credits: number

  constructor(channel: Channel, limits: OutboxLimits) {
    if (limits.credits < limits.creditPortion)
      throw new Error(`a window of ${limits.credits} credits is too small (at least ${limits.creditPortion})`)
    this.#channel = channel
    this.#limits = limits
    this.#credits = limits.credits
  }

  get isFull(): boolean {
    return this.#credits <= 0 && this.#waiting.size >= this.#limits.waiting
  }

  /** Undefined where the frame left at once. */
  send(frame: Frame, attachments: readonly Attachment[], transfer: readonly Attachment[]): Ticket {
    if (this.#waiting.size === 0 && this.#pay(frame)) {
      this.#channel.send(frame, attachments, transfer)
      return undefined
    }
    const waiting = { frame, attachments, transfer }
    this.#waiting.add(waiting)
    return waiting
  }

  /** Whether the frame had not left; then it never will. */
  withdraw(ticket: Ticket): boolean {
    return ticket !== undefined && this.#waiting.delete(ticket)
  }

  grant(count: number): void {
    this.#credits += count
    for (const waiting of this.#waiting) {
      if (!this.#pay(waiting.frame)) return
      this.#leave(waiting)
    }
  }

  /** Sends what waits, on credit: the window reopens when the receiver has caught up. */
  overdraw(): void {
    for (const waiting of this.#waiting) {
      if (isCounted(waiting.frame)) this.#credits--
      this.#leave(waiting)
    }
  }

  /** Nothing of what waits will leave; what would have left with it. */
  clear(): readonly Attachment[] {
    const left = [...this.#waiting].flatMap(({ attachments }) => attachments)
    this.#waiting.clear()
    return left
  }

  #pay(frame: Frame): boolean {
    if (!isCounted(frame)) return true
    if (this.#credits <= 0) return false
    this.#credits--
    return true
  }

  #leave(waiting: Waiting): void {
    this.#waiting.delete(waiting)
    this.#channel.send(waiting.frame, waiting.attachments, waiting.transfer)
  }
}

/** Whether a frame costs its sender a credit, and its handling gives one back. */
export function isCounted(frame: Frame): boolean {
  return (frame.kind === 'tell' || frame.kind === 'ask') && frame.exempt !== true
}
