/*
 * A guest in a worker that reads its standard input to the end, `chunkBytes` at a time, and posts what it got:
 * the text, and the error that ended it or SUCCESS at the end of input.
 */
import type { StdinPipe } from '@worc/executor'
import { parentPort, workerData } from 'node:worker_threads'
import { errno, Guest } from './guest.js'

export interface ReadingTask {
  readonly pipe: StdinPipe
  readonly chunkBytes: number
}

/** `reading` is posted right before the first read. */
export type ReadingReport =
  { readonly type: 'reading' } | { readonly type: 'done'; readonly text: string; readonly result: string }

const task = workerData as ReadingTask
const guest = Guest.reading({ type: 'pipe', pipe: task.pipe })
const buffer = guest.allocate(task.chunkBytes)
const nread = guest.allocate(4)
const iovecs = guest.iovecs([buffer, task.chunkBytes])
const post = (report: ReadingReport): void => parentPort?.postMessage(report)

const parts: Buffer[] = []
post({ type: 'reading' })
for (;;) {
  const result = guest.call.fd_read(0, ...iovecs, nread)
  if (result === 0 && guest.u32(nread) > 0) {
    parts.push(guest.bytes(buffer, guest.u32(nread)))
    continue
  }
  post({ type: 'done', text: Buffer.concat(parts).toString(), result: errno(result) })
  break
}
