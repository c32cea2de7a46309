// A thread with a hart over a machine that it shares: calls functions, one after the other, and tells how each call ended.
import { parentPort, workerData } from 'node:worker_threads'
import type { Xlen } from '@worc/riscv'
import { openMachine } from './machine.js'
import type { SharedMachine } from './machine.js'

export interface CodeThreadWork {
  readonly shared: SharedMachine
  readonly xlen: Xlen
  readonly index: number
  readonly stackHigh: number
  readonly calls: readonly { readonly entry: number; readonly pointers: readonly number[] }[]
}

const { shared, xlen, index, stackHigh, calls } = workerData as CodeThreadWork
const hart = openMachine(shared).hart(xlen, index, { stackHigh })
const outcomes = calls.map(({ entry, pointers }) => {
  const parameters = pointers.map(() => 'pointer' as const)
  return hart.call(entry, { parameters, results: [] }, pointers)
})
parentPort?.postMessage(outcomes)
