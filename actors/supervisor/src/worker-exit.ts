// How a worker ended, told once and in one line, from what Node scatters over events: an 'error' (an uncaught throw, a heap
// limit), an exit code, a terminate that somebody asked for.
import type { JITErrorData } from '@worc/protocol'
import { errorData, plainError } from '@worc/protocol'

export interface WorkerIdentity {
  readonly name: string
  /** As long as it lived; -1 where it never started. */
  readonly threadId: number
}

export interface WorkerExit extends WorkerIdentity {
  /** ActorDied, naming the worker, its thread and why. */
  readonly error: JITErrorData
  /** It was asked to stop. */
  readonly orderly: boolean
}

interface EndEvidence {
  /** Why it was terminated, where that was decided here. */
  readonly condemned: JITErrorData | undefined
  /** What the 'error' event brought. */
  readonly thrown: unknown
  readonly exitCode: number
}

export function describeEnd({ name, threadId }: WorkerIdentity, evidence: EndEvidence): JITErrorData {
  const { condemned, thrown, exitCode } = evidence
  const who = `worker "${name}" (thread ${threadId})`
  if (condemned !== undefined) return plainError('ActorDied', `${who} was terminated: ${condemned.message}`, condemned)
  if (thrown === undefined) return plainError('ActorDied', `${who} exited with code ${exitCode}`)
  if (codeOf(thrown) === 'ERR_WORKER_OUT_OF_MEMORY')
    return plainError('ActorDied', `${who} ran out of memory`, plainError('OutOfMemory', messageOf(thrown)))
  return plainError('ActorDied', `${who} died: ${messageOf(thrown)}`, withStack(thrown))
}

function codeOf(thrown: unknown): unknown {
  return thrown instanceof Error && 'code' in thrown ? thrown.code : undefined
}

function messageOf(thrown: unknown): string {
  return thrown instanceof Error ? `${thrown.name}: ${thrown.message}` : String(thrown)
}

function withStack(thrown: unknown): JITErrorData {
  return thrown instanceof Error && thrown.stack !== undefined
    ? plainError('UserError', thrown.stack)
    : errorData(thrown)
}
