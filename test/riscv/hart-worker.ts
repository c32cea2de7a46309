// A thread with one hart of a memory that it shares: runs it until it traps, and says with which cause.
import { parentPort, workerData } from 'node:worker_threads'
import { hartState } from '@worc/riscv'
import { hartIn } from './hart.js'

export interface HartWork {
  readonly memory: WebAssembly.Memory
  readonly address: number
}

const { memory, address } = workerData as HartWork
const { view, run } = hartIn(memory, 64, address)
run(100_000_000n)
parentPort?.postMessage(view.getInt32(address + hartState.cause, true))
