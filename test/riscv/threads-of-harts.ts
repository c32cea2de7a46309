// Harts on threads of their own over one machine: the lists of calls, how they ended.
import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
import type { CallOutcome, Xlen } from '@worc/riscv'
import type { CodeThreadWork } from './code-thread.js'
import { openMachine } from './machine.js'
import type { SharedMachine } from './machine.js'

const stackBytes = 0x4000

export async function onThreads(
  shared: SharedMachine,
  callsOfEach: readonly CodeThreadWork['calls'][],
  xlen: Xlen,
): Promise<readonly (readonly CallOutcome[])[]> {
  const machine = openMachine(shared)
  return await Promise.all(
    callsOfEach.map(async (calls, index) => {
      const stackHigh = machine.data(stackBytes).address + stackBytes
      const workerData: CodeThreadWork = { shared, xlen, index, stackHigh, calls }
      const worker = new Worker(new URL('./code-thread.js', import.meta.url), { workerData })
      const [message] = await Promise.all([once(worker, 'message'), once(worker, 'exit')])
      return message[0] as readonly CallOutcome[]
    }),
  )
}
