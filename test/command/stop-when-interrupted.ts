// How a long command ends early: by a signal, or because whoever read its output has seen enough. The exit code says which.
import { constants } from 'node:os'

export function stopWhenInterrupted(stop: AbortController): void {
  const endBy = (signal: 'SIGINT' | 'SIGTERM' | 'SIGHUP' | 'SIGPIPE'): void => {
    process.exitCode = 128 + constants.signals[signal]
    stop.abort()
  }
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => endBy(signal))
  process.stdout.on('error', () => endBy('SIGPIPE'))
}
