// What ends an ask before its answer: the asker's AbortSignal, or its patience.
import type { JITErrorData } from '@worc/protocol'
import { errorData, plainError } from '@worc/protocol'
import type { Clock } from './clock.js'

export interface AskLimits {
  readonly signal?: AbortSignal
  readonly timeoutMs?: number
}

/** Calls `giveUp` later, if at all; the result stops watching. */
export function watchLimits(
  what: string,
  { signal, timeoutMs }: AskLimits,
  clock: Clock,
  giveUp: (error: JITErrorData) => void,
): () => void {
  const onAbort = (): void => giveUp(aborted(what, signal))
  signal?.addEventListener('abort', onAbort, { once: true })
  const cancelTimer =
    timeoutMs === undefined ? undefined : clock.startTimer(timeoutMs, () => giveUp(timedOut(what, timeoutMs)))
  return () => {
    signal?.removeEventListener('abort', onAbort)
    cancelTimer?.()
  }
}

export function aborted(what: string, signal: AbortSignal | undefined): JITErrorData {
  return plainError('Aborted', `${what} was aborted`, errorData(signal?.reason))
}

export function timedOut(what: string, timeoutMs: number): JITErrorData {
  return plainError('Timeout', `${what} had no answer within ${timeoutMs} ms`)
}
