/*
 * Blocking this thread without spinning: a wait on a private word that nobody ever notifies.
 */

const quiet = new Int32Array(new SharedArrayBuffer(4))

/** The longest single wait. A longer one is several: no duration overflows. */
const LONGEST_WAIT_MS = 0x7fff_ffff

/** Sleeps about `durationNs`, which may be cut short: every caller looks again whether what it waits for has come. */
export function sleepNs(durationNs: bigint): void {
  Atomics.wait(quiet, 0, 0, waitMs(durationNs))
}

/** A duration as Atomics.wait takes it, rounded up to a microsecond so that a wait never returns just too early. */
export function waitMs(durationNs: bigint): number {
  return Math.min(Number((durationNs + 999n) / 1000n) / 1000, LONGEST_WAIT_MS)
}

/** Gives the processor to another thread: the shortest wait there is. */
export function yieldThread(): void {
  Atomics.wait(quiet, 0, 0, 0.001)
}

/** How long to leave a descriptor alone that answered EAGAIN; long enough to be cheap, too short to be noticed. */
export const RETRY_AFTER_NS = 2_000_000n
