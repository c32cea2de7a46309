// A thread of the session in `workerData`: calls `add`, as often as it is told, and ends.
import { workerData } from 'node:worker_threads'
import type { TestSession } from './test-linker.js'
import { TestThread } from './test-thread.js'

export interface CountingWork {
  readonly session: TestSession
  readonly threadId: number
  readonly calls: number
  /** Additions in each call. */
  readonly times: number
}

const { session, threadId, calls, times } = workerData as CountingWork
const thread = new TestThread(session, threadId)
for (let i = 0; i < calls; i++) thread.call('add', times)
