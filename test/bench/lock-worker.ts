// One of the two threads of the contended lock measurement: runs a batch of critical sections each time the bench says so.
import { parentPort, workerData } from 'node:worker_threads'
import { createAgent, Mutex, openRegistry } from 'sharedarraybuffer-lock'
import type { LockAddress } from 'sharedarraybuffer-lock'
import { nodePlatform } from '../sharedarraybuffer-lock/node-platform.js'

export interface LockBenchData {
  readonly buffer: SharedArrayBuffer
  readonly address: LockAddress
  /** Word 0: batch number to run; word 1: threads that have finished; word 2: the spin lock; words 3 to 6: protected. */
  readonly scratch: Int32Array<SharedArrayBuffer>
}

export type Contender = 'mutex' | 'spin'

export interface Batch {
  readonly contender: Contender
  readonly sections: number
}

function runSections(mutex: Mutex, scratch: Int32Array, batch: Batch): void {
  if (batch.contender === 'mutex') runUnderMutex(mutex, scratch, batch.sections)
  else runUnderSpin(scratch, batch.sections)
}

function runUnderMutex(mutex: Mutex, scratch: Int32Array, sections: number): void {
  const token = new Mutex.UnlockToken()
  for (let section = 0; section < sections; section++) {
    Mutex.lock(mutex, token)
    incrementFour(scratch)
    token.unlock()
  }
}

function runUnderSpin(scratch: Int32Array, sections: number): void {
  for (let section = 0; section < sections; section++) {
    while (Atomics.compareExchange(scratch, 2, 0, 1) !== 0);
    incrementFour(scratch)
    Atomics.store(scratch, 2, 0)
  }
}

function incrementFour(scratch: Int32Array): void {
  for (let word = 3; word < 7; word++) scratch[word] = (scratch[word] ?? 0) + 1
}

if (parentPort !== null) {
  const { buffer, address, scratch } = workerData as LockBenchData
  const mutex = new Mutex(createAgent(openRegistry(buffer), nodePlatform()), address)
  const port = parentPort
  port.on('message', (batch: Batch) => {
    Atomics.add(scratch, 0, 1)
    while (Atomics.load(scratch, 0) % 2 !== 0);
    runSections(mutex, scratch, batch)
    port.postMessage('done')
  })
}
