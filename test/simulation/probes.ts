// Sometimes-probes: rare situations that a campaign must come through, or it has tested less than it seems. Source: the code
// probes of FoundationDB.

export const probeNames = [
  'remove-while-in-flight',
  'remove-before-claim',
  'transfer-of-in-flight',
  'transfer-to-unused',
  'transfer-from-default',
  'drop-of-defunct',
  'drop-racing-remove',
  'clear-with-in-flight',
  'close-with-in-flight',
  'lease-held-at-remove',
  'code-running-at-retract',
  'freed-after-exit',
  'code-removed-in-call',
  'query-failed-by-dependency',
  'dependency-removed-after-ready',
  'cycle-ready-together',
  'crash-before-send',
  'crash-after-send',
  'crash-between-turns',
  'succession-adopts',
  'out-of-memory',
  'hard-pressure',
  'restart-intensity-exceeded',
  'mailbox-backpressure',
  'late-answer-of-the-dead',
  'removed-while-query-waits',
  'manager-failed',
  'stream-parked',
  'client-died-holding',
  'hung-compile-killed',
  'catch-up-inside-call',
  'parked-at-retract',
  'code-lost-with-its-linker',
] as const

export type Probe = (typeof probeNames)[number]

export class Probes {
  readonly counts = new Map<Probe, number>()

  hit(probe: Probe): void {
    this.counts.set(probe, (this.counts.get(probe) ?? 0) + 1)
  }

  add(other: ReadonlyMap<Probe, number>): void {
    for (const [probe, count] of other) this.counts.set(probe, (this.counts.get(probe) ?? 0) + count)
  }
}
