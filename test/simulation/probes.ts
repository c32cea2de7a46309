// Sometimes-probes: rare situations that a campaign must come through, or it has tested less than it seems. Source: the code
// probes of FoundationDB.

export const probeNames = [
  'remove-while-in-flight',
  'removed-while-query-waits',
  'lease-held-at-remove',
  'remove-between-claim-and-resolved',
  'ready-part-of-query-removed',
  'transfer-of-in-flight',
  'transfer-to-unknown-key',
  'transfer-from-default',
  'drop-of-defunct',
  'drop-racing-remove',
  'clear-with-in-flight',
  'close-with-in-flight',
  'stream-parked',
  'client-died-holding',
  'query-failed-by-dependency',
  'out-of-memory',
  'manager-failed',
  'mailbox-backpressure',
  'code-running-at-retract',
  'zombie-freed-at-exit',
  'code-removed-in-call',
  'catch-up-inside-call',
  'crash-before-send',
  'crash-after-send',
  'crash-between-turns',
  'crash-before-link',
  'crash-after-link',
  'message-to-the-dead',
  'succession-adopts',
  'code-lost-with-its-linker',
  'hard-pressure',
  'hung-compile-killed',
  'cycle-ready-together',
  'dependence-removed-after-ready',
  'duplicate-in-progress',
  'duplicate-after-reply',
  'restart-intensity-exceeded',
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
