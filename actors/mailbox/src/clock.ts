// Time as the actors' rooms need it, so that a test can own it: a monotonic clock and timers that are cancelled by calling
// what starting them gave.

export interface Clock {
  /** Milliseconds, monotonic. */
  now(): number
  /** Runs once after `milliseconds`; the result cancels it. */
  startTimer(milliseconds: number, run: () => void): () => void
  /** Runs once, when the event loop has had its turn. */
  soon(run: () => void): void
}

/** Its timers keep no process alive: whoever waits for something holds a port, a worker or a timer of its own. */
export const systemClock: Clock = {
  now: () => performance.now(),
  startTimer(milliseconds, run) {
    const timer = setTimeout(run, milliseconds)
    timer.unref()
    return () => clearTimeout(timer)
  },
  soon: (run) => void setImmediate(run),
}
