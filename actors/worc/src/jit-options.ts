// How a session is started. Defaults are what a service on a few cores wants.
import type { TargetName } from '@worc/protocol'

export interface JITOptions {
  /** Default: wasm. The RISC-V targets link ELF objects into pages of memory, and every thread is a hart that executes them. */
  readonly target?: TargetName
  /** The session in this thread instead of a worker of its own: the lowest latency, at this thread's cost. */
  readonly inline?: boolean
  /** Default: as many as there are cores, at most 4. */
  readonly compileThreads?: number
  /** Only 1 is supported. */
  readonly linkThreads?: number
  /** Path of a native clang. Default: the packaged one. */
  readonly clang?: string
  readonly memory?: {
    readonly initialBytes?: number
    /** Default 4 GiB. */
    readonly maximumBytes?: number
    /** Of each thread. Default 8 MiB. */
    readonly stackBytes?: number
    /** Thread-local variables of all units together, for each thread. Default 64 KiB. */
    readonly tlsBytes?: number
  }
  /** How many functions can have their address taken at once. */
  readonly functionSlots?: number
  /** Where a collection may be forced to give modules back. Default: in the house's own workers. */
  readonly collect?: 'own-workers' | 'all-threads' | 'never'
  /** Where compiled objects are kept. Default: the user's cache directory; false: nowhere. */
  readonly cacheDirectory?: string | false
  readonly signal?: AbortSignal
}
