// The other thread of the comlink test: takes handles and uses them as its own.
import * as Comlink from 'comlink'
import { parentPort, workerData } from 'node:worker_threads'
import type { MessagePort } from 'node:worker_threads'
import type { JITDylib, JITFunction, ResourceTracker } from 'worc'
import { attach, installTransferHandlers } from 'worc'
import { nodeEndpoint } from '@worc/mailbox'

installTransferHandlers(Comlink.transferHandlers)
const jit = await attach(workerData as MessagePort)
const receiver = {
  call: (handle: JITFunction, ...args: number[]) => handle(...args),
  add: (dylib: JITDylib, tracker: ResourceTracker, source: string) => jit.addC(source, { dylib, tracker }),
  remove: (tracker: ResourceTracker) => tracker.remove({ wait: 'reclaimed' }),
  lookup: (name: string) => jit.lookup(name),
}
export type Receiver = typeof receiver
if (parentPort === null) throw new Error('handle-receiver is a worker')
Comlink.expose(receiver, nodeEndpoint(parentPort))
