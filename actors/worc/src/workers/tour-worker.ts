// A thread of the tour: told that there is a version of collatz, it calls it again and again until it is removed.
import { once } from 'node:events'
import type { MessagePort } from 'node:worker_threads'
import { parentPort, workerData } from 'node:worker_threads'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { JITError } from '@worc/protocol'
import type { JITFunction } from '@worc/executor'
import { attach } from '../jit.js'

export interface TourWorkerData {
  readonly port: MessagePort
  readonly counts: Int32Array
}

/** Sent after each burst of calls; with the error's code when there was one. */
export interface TourCount {
  readonly refused?: string
}

const { port, counts } = workerData as TourWorkerData
const callsPerBurst = 1000
/** Steps from 27 down to 1. */
const expected = 111

/** Next comes the number of the version that can be looked up from now on; 0 when there is none any more. */
const inbox = parentPort
if (inbox === null) throw new Error('the tour worker is started by the tour')
const jit = await attach(port)
for (
  let [version] = (await once(inbox, 'message')) as [number];
  version !== 0;
  [version] = (await once(inbox, 'message')) as [number]
) {
  inbox.postMessage({ refused: await callUntilRemoved(await jit.lookup('collatz'), version) } satisfies TourCount)
}

/** Calls in bursts, with a turn of the event loop in between; the code of the error that ends it. */
async function callUntilRemoved(collatz: JITFunction, version: number): Promise<string> {
  try {
    for (;;) {
      for (let i = 0; i < callsPerBurst; i += 1) Atomics.add(counts, collatz(27) === expected ? version : 0, 1)
      inbox?.postMessage({} satisfies TourCount)
      await nextTurn()
    }
  } catch (thrown) {
    if (thrown instanceof JITError) return thrown.code
    throw thrown
  }
}
