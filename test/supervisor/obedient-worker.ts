// A worker that starts, works, dies and stops as its workerData and its callers want.
import { serveControl } from '@worc/supervisor'
import { Mutex, createAgent, openRegistry } from 'sharedarraybuffer-lock'
import type { LockAddress } from 'sharedarraybuffer-lock'
import { workerData } from 'node:worker_threads'
import { nodePlatform } from '../sharedarraybuffer-lock/node-platform.js'

export interface Orders {
  readonly boot?: 'throw' | 'exit' | 'never'
  readonly stop?: 'never' | 'throw'
}

const { boot, stop } = workerData as Orders

const api = {
  echo: (value: unknown): unknown => value,
  never: (): Promise<never> => new Promise(() => undefined),
  exit: (code: number): void => process.exit(code),
  /** Outside of any call: nothing rejects, the thread dies. */
  throwLater: (): void => {
    setImmediate(() => {
      throw new TypeError('planted')
    })
  },
  eatMemory: (): void => {
    const eaten: number[][] = []
    for (;;) eaten.push(new Array<number>(10_000).fill(1.5))
  },
  lockForEver: (registry: SharedArrayBuffer, address: LockAddress): void => {
    Mutex.lock(new Mutex(createAgent(openRegistry(registry), nodePlatform()), address))
  },
  stop: (): void | Promise<void> => {
    if (stop === 'never') return new Promise(() => undefined)
    if (stop === 'throw') throw new Error('planted')
  },
}
export type Api = typeof api

if (boot === 'throw') throw new RangeError('planted at boot')
if (boot === 'exit') process.exit(4)
// Something of its own keeps a real worker alive, too.
if (boot === 'never') setInterval(() => undefined, 1000)
else serveControl(api)
