// The test's side of an attached thread.
import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
import type { JIT } from 'worc'
import type { Order } from './attached-thread.js'

export interface OtherThread {
  /** What it answers; rejects with an Error whose message is the JITError's code. */
  tell(order: Order): Promise<unknown>
  /** The next thing it says. */
  next(): Promise<unknown>
  end(): Promise<void>
}

export async function startThread(jit: JIT): Promise<OtherThread> {
  const port = jit.port()
  const worker = new Worker(new URL('./attached-thread.js', import.meta.url), {
    workerData: port,
    transferList: [port],
  })
  const next = async (): Promise<unknown> => {
    const [answer] = (await once(worker, 'message')) as [{ value?: unknown; error?: string }]
    if (answer.error !== undefined) throw new Error(answer.error)
    return answer.value
  }
  await next()
  return {
    next,
    tell: (order) => {
      const answer = next()
      worker.postMessage(order)
      return answer
    },
    end: async () => {
      await worker.terminate()
    },
  }
}
