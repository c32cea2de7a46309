// The worker's side of its control plane.
import { nodeEndpoint, carryJITErrors } from '@worc/mailbox'
import { expose } from 'comlink'
import { parentPort } from 'node:worker_threads'

/** What a supervisor can ask of every worker. */
export interface ControlApi {
  /** Finish or abandon what is going on, say goodbye to peers. The thread is ended when this has settled. */
  stop?(): void | Promise<void>
}

/** No comlink message: comlink passes it by. */
export const readySignal = 'worc: ready'

/** Call it once, when the worker can do its work. From then on the thread lives until it is ended from outside. */
export function serveControl(api: ControlApi): void {
  if (parentPort === null) throw new Error('serveControl is for worker threads')
  carryJITErrors()
  expose(api, nodeEndpoint(parentPort))
  parentPort.postMessage(readySignal)
}
