// One worker thread from its start to its end. It ends once, whatever the way: what Node tells in pieces becomes one error, and
// the calls in flight on its control plane are rejected with it in the same breath. The thread does not keep the process alive;
// starting it, stopping it and calling it do.
import { mortalEndpoint, nodeEndpoint } from '@worc/mailbox'
import type { JITErrorData } from '@worc/protocol'
import type { Endpoint, Remote } from 'comlink'
import { wrap } from 'comlink'
import type { WorkerOptions as NodeWorkerOptions } from 'node:worker_threads'
import { Worker } from 'node:worker_threads'
import { readySignal } from './serve-control.js'
import { describeEnd } from './worker-exit.js'

interface IncarnationEvents {
  onReady(): void
  onEnd(error: JITErrorData): void
}

export interface Incarnation<Api> {
  /** Absent where Node refused to start it; its end is reported like any other. */
  readonly worker: Worker | undefined
  /** As it was at the start: Node's own is -1 after the end. */
  readonly threadId: number
  readonly control: Remote<Api>
  /** Keeps the process alive until the result is called. */
  hold(): () => void
  /** Ends it for this reason, if it has not ended; the first reason counts. */
  condemn(reason: JITErrorData): void
}

export function startIncarnation<Api>(
  name: string,
  url: URL,
  options: NodeWorkerOptions,
  events: IncarnationEvents,
): Incarnation<Api> {
  let condemned: JITErrorData | undefined
  let thrown: unknown
  let worker: Worker | undefined
  let holds = 0
  try {
    worker = new Worker(url, { name, ...options })
  } catch (refusal) {
    thrown = refusal
  }
  const threadId = worker?.threadId ?? -1
  const hold = (): (() => void) => {
    if (++holds === 1) worker?.ref()
    return () => {
      if (--holds === 0) worker?.unref()
    }
  }
  let releaseCalls = (): void => undefined
  const endpoint = mortalEndpoint(worker === undefined ? deaf : nodeEndpoint(worker), (busy) => {
    if (busy) releaseCalls = hold()
    else releaseCalls()
  })
  const releaseBoot = hold()
  const end = (exitCode: number): void => {
    const error = describeEnd({ name, threadId }, { condemned, thrown, exitCode })
    endpoint.die(error)
    events.onEnd(error)
  }

  if (worker === undefined) queueMicrotask(() => end(1))
  worker?.on('message', (message: unknown) => {
    if (message !== readySignal) return
    releaseBoot()
    events.onReady()
  })
  worker?.on('error', (error: unknown) => (thrown = error))
  worker?.on('exit', end)

  return {
    worker,
    threadId,
    control: wrap<Api>(endpoint),
    hold,
    condemn: (reason) => {
      condemned ??= reason
      void worker?.terminate()
    },
  }
}

const deaf: Endpoint = {
  postMessage: () => undefined,
  addEventListener: () => undefined,
  removeEventListener: () => undefined,
}
