// How often a worker may die. As OTP's supervisors have it: more than `intensity` deaths within `periodMs` are not bad luck, and
// whoever stands above must decide. Until then each death in the period doubles the pause before the next start.

export interface RestartPolicy {
  /** Deaths within the period after which it is started again. 0: never. */
  readonly intensity: number
  readonly periodMs: number
  readonly firstBackoffMs: number
  readonly longestBackoffMs: number
}

export const defaultRestartPolicy: RestartPolicy = {
  intensity: 5,
  periodMs: 10_000,
  firstBackoffMs: 20,
  longestBackoffMs: 1000,
}

/** The deaths that still count at `now`, this one included. */
export function recentDeaths(policy: RestartPolicy, earlier: readonly number[], now: number): readonly number[] {
  return [...earlier, now].filter((at) => now - at < policy.periodMs)
}

/** `deaths` within the period, at least one. */
export function backoffMs(policy: RestartPolicy, deaths: number): number {
  return Math.min(policy.longestBackoffMs, policy.firstBackoffMs * 2 ** (deaths - 1))
}
