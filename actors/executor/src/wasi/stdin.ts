/*
 * Where a program's standard input comes from, and how each source is read: a descriptor of this process, bytes
 * given beforehand, or a pipe that another thread fills. All three answer the same three questions: read, is there
 * something, wait for something.
 */
import { readvSync } from 'node:fs'
import { scatter } from './guest-memory.js'
import { pipeReadiness, readPipe, waitForPipe } from './stdin-pipe.js'
import type { InputReadiness, StdinPipe } from './stdin-pipe.js'
import { RETRY_AFTER_NS, sleepNs } from './waiting.js'

/**
 * Plain data. `host` blocks its thread in a system call while it waits, and a worker in a system call cannot be
 * terminated before input comes: where that matters, feed a `pipe` instead.
 */
export type StdinSource =
  | { readonly type: 'host'; readonly fd: number }
  | { readonly type: 'bytes'; readonly bytes: Uint8Array }
  | { readonly type: 'pipe'; readonly pipe: StdinPipe }

/** An input as the descriptor table holds it. */
export interface InputStream {
  /** Reads what there is, waiting for at least one byte unless `nonblocking` (EAGAIN). 0 is the end. */
  readonly read: (buffers: readonly Uint8Array[], nonblocking: boolean) => number
  /** What a read would find now. */
  readonly readiness: () => InputReadiness
  /** Waits until a read would not block, at most `timeoutMs`. */
  readonly wait: (timeoutMs: number) => void
}

export function openStdin(source: StdinSource): InputStream {
  switch (source.type) {
    case 'host':
      return hostInput(source.fd)
    case 'bytes':
      return bytesInput(source.bytes)
    case 'pipe':
      return pipeInput(source.pipe)
  }
}

function hostInput(fd: number): InputStream {
  return {
    read: (buffers, nonblocking) => {
      if (buffers.length === 0) return 0
      for (;;) {
        try {
          return readvSync(fd, buffers)
        } catch (error) {
          const code = error instanceof Error && 'code' in error ? error.code : undefined
          if (code === 'EOF') return 0
          // Someone made the descriptor nonblocking, as Node does with pipes; the guest still expects to wait.
          if (code !== 'EAGAIN' || nonblocking) throw error
          sleepNs(RETRY_AFTER_NS)
        }
      }
    },
    // Node cannot ask a descriptor whether it has something: a guest that polls is told yes, and then waits in read.
    readiness: () => ({ ready: true, sizeBytes: 1, ended: false }),
    wait: () => undefined,
  }
}

function bytesInput(bytes: Uint8Array): InputStream {
  let at = 0
  return {
    read: (buffers) => {
      const count = scatter(bytes.subarray(at), buffers)
      at += count
      return count
    },
    readiness: () => ({ ready: true, sizeBytes: bytes.length - at, ended: true }),
    wait: () => undefined,
  }
}

function pipeInput(pipe: StdinPipe): InputStream {
  return {
    read: (buffers, nonblocking) => readPipe(pipe, buffers, nonblocking),
    readiness: () => pipeReadiness(pipe),
    wait: (timeoutMs) => {
      waitForPipe(pipe, timeoutMs)
    },
  }
}
