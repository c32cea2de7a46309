/*
 * A program's output onto a descriptor of this process, all of it, in order, before the program goes on.
 */
import { writeSync } from 'node:fs'
import { RETRY_AFTER_NS, sleepNs } from './waiting.js'

/**
 * Thrown by a writer whose reader has gone (`program | head`), through the guest's frames: the program is to end
 * quietly, as SIGPIPE would end it. Not an Error: nothing failed, and no stack is worth keeping.
 */
export class ClosedPipe {
  /** The descriptor of this process that nobody reads any more. */
  readonly fd: number

  constructor(fd: number) {
    this.fd = fd
  }
}

/** A `stdout` or `stderr` for `createWasi` that writes to `fd`. Throws ClosedPipe; other errors are Node's own. */
export function fdWriter(fd: number): (bytes: Uint8Array) => void {
  return (bytes) => {
    let done = 0
    while (done < bytes.length) {
      try {
        done += writeSync(fd, bytes, done)
      } catch (error) {
        const code = error instanceof Error && 'code' in error ? error.code : undefined
        if (code === 'EPIPE') throw new ClosedPipe(fd)
        // The descriptor is nonblocking and its pipe full: its reader needs a moment.
        if (code !== 'EAGAIN') throw error
        sleepNs(RETRY_AFTER_NS)
      }
    }
  }
}
