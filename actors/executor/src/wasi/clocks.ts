/*
 * The four clocks of WASI. Each is a reading in nanoseconds; a caller may supply any of them, as a test or a replay
 * would. Sleeping is always by the host's monotonic clock.
 */
import { answering, refuse } from './errno.js'
import type { GuestMemory } from './guest-memory.js'
import type { WasiImports } from './wasi-imports.js'

/** Readings in nanoseconds. `realtime` counts from 1970-01-01T00:00:00Z, the others from any point. */
export interface Clocks {
  readonly realtime: () => bigint
  readonly monotonic: () => bigint
  readonly processCpu: () => bigint
  readonly threadCpu: () => bigint
}

interface Clock {
  readonly now: () => bigint
  readonly resolutionNs: bigint
}

/** The host's clocks. `replaced` ones are the caller's. */
export function hostClocks(replaced: Partial<Clocks>): Clocks {
  return {
    realtime: hostRealtime(),
    monotonic: () => process.hrtime.bigint(),
    processCpu: () => nanoseconds(process.cpuUsage()),
    threadCpu: hostThreadCpu,
    ...replaced,
  }
}

/** The clock of a `$clockid`; undefined when there is no such clock. */
export function clockOf(clocks: Clocks, clockId: number): Clock | undefined {
  const all: readonly Clock[] = [
    { now: clocks.realtime, resolutionNs: 1000n },
    { now: clocks.monotonic, resolutionNs: 1n },
    { now: clocks.processCpu, resolutionNs: 1000n },
    { now: clocks.threadCpu, resolutionNs: 1000n },
  ]
  return all[clockId]
}

export function clockCalls(memory: GuestMemory, clocks: Clocks): Pick<WasiImports, 'clock_res_get' | 'clock_time_get'> {
  return {
    clock_res_get: answering((clockId, resolution) => {
      const clock = clockOf(clocks, clockId) ?? refuse('EINVAL')
      memory.writeU64(resolution, clock.resolutionNs)
    }),
    clock_time_get: answering((clockId, _precision, time) => {
      const clock = clockOf(clocks, clockId) ?? refuse('EINVAL')
      memory.writeU64(time, BigInt.asUintN(64, clock.now()))
    }),
  }
}

/**
 * Date.now counts milliseconds, which is coarse for a C program: between its ticks the monotonic clock counts on, and
 * where the two part by more than a tick (someone set the clock) Date.now is believed.
 */
function hostRealtime(): () => bigint {
  const toleranceNs = 2_000_000n
  let aheadOfMonotonic = 0n
  return () => {
    const wall = BigInt(Date.now()) * 1_000_000n
    const monotonic = process.hrtime.bigint()
    const driftNs = wall - (monotonic + aheadOfMonotonic)
    if (driftNs > toleranceNs || driftNs < -toleranceNs) aheadOfMonotonic = wall - monotonic
    return monotonic + aheadOfMonotonic
  }
}

/** Node tells a thread's own processor time from 23.9 on; before that the process's, which is never less. */
function hostThreadCpu(): bigint {
  const { threadCpuUsage } = process as { readonly threadCpuUsage?: () => CpuUsage }
  return nanoseconds(threadCpuUsage === undefined ? process.cpuUsage() : threadCpuUsage())
}

interface CpuUsage {
  readonly user: number
  readonly system: number
}

function nanoseconds(usage: CpuUsage): bigint {
  return BigInt(usage.user + usage.system) * 1000n
}
