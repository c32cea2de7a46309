// A thread with a hart over a machine that it shares: calls one function, which has to trap, and tells the trap.
import { parentPort, workerData } from 'node:worker_threads'
import type { Xlen } from '@worc/riscv'
import { openMachine, trapped } from './machine.js'
import type { SharedMachine } from './machine.js'

export interface CodeThreadWork {
  readonly shared: SharedMachine
  readonly xlen: Xlen
  readonly index: number
  readonly entry: number
  readonly argument: number
}

const { shared, xlen, index, entry, argument } = workerData as CodeThreadWork
const hart = openMachine(shared).hart(xlen, index)
const outcome = hart.call(entry, { parameters: ['pointer'], results: [] }, [argument])
parentPort?.postMessage(trapped(outcome))
