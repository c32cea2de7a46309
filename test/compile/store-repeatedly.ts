// A worker that stores one entry over and over: the other writer of a cache.
import { ObjectCache } from '@worc/compile'
import { parentPort, workerData } from 'node:worker_threads'

const { directory, limit, key, times } = workerData as { directory: string; limit: number; key: string; times: number }
const cache = new ObjectCache(directory, limit)
const entry = { diagnostics: Buffer.from('warning'), object: Buffer.alloc(1000, 7) }
parentPort?.postMessage('started')
let stored = 0
for (let time = 0; time < times; time++) if (cache.store(key, entry)) stored += 1
parentPort?.postMessage(stored)
