// What a connection may hold or use at once, and all of them together. Each limit has a name, which refusals say with what is used
// and what the limit is; what was taken is given back by whoever took it, or with the account.
import type { JITErrorData } from '@worc/protocol'
import { plainError } from '@worc/protocol'

/** Per connection, beside `connections`; all together may have `overall` times as much. Bytes, milliseconds, or how many. */
export interface GatewayLimits {
  readonly connections: number
  /** Worked on at once; what comes beyond waits in the client's socket. */
  readonly asksInFlight: number
  readonly blobBytes: number
  readonly definedBytes: number
  readonly units: number
  readonly trackers: number
  readonly dylibs: number
  readonly functions: number
  readonly bufferBytes: number
  readonly programs: number
  /** Within a minute. */
  readonly compileMs: number
  /** Within a minute. */
  readonly executorMs: number
}

export type Quota = Exclude<keyof GatewayLimits, 'connections' | 'asksInFlight'>

export const defaultLimits: GatewayLimits = {
  connections: 64,
  asksInFlight: 256,
  blobBytes: 256 << 20,
  definedBytes: 256 << 20,
  units: 100_000,
  trackers: 100_000,
  dylibs: 256,
  functions: 100_000,
  bufferBytes: 256 << 20,
  programs: 16,
  compileMs: 240_000,
  executorMs: 240_000,
}

/** Of what one connection may have, so much for all: no more than this many can be at their limits at once. */
const overall = 8
const windowMs = 60_000
const perMinute: ReadonlySet<Quota> = new Set<Quota>(['compileMs', 'executorMs'])

export class Account {
  readonly #limits: Readonly<Record<Quota, number>>
  readonly #whose: string
  readonly #used = new Map<Quota, number>()
  readonly #all: Account | undefined
  readonly #now: () => number
  #windowBegan: number

  private constructor(
    limits: Readonly<Record<Quota, number>>,
    whose: string,
    all: Account | undefined,
    now: () => number,
  ) {
    this.#limits = limits
    this.#whose = whose
    this.#all = all
    this.#now = now
    this.#windowBegan = now()
  }

  /** Of all connections together. */
  static ofAll(limits: GatewayLimits, now: () => number): Account {
    const scaled = Object.entries(limits).map(([name, limit]) => [name, limit * overall])
    return new Account(Object.fromEntries(scaled) as Record<Quota, number>, 'all connections', undefined, now)
  }

  static ofOne(limits: GatewayLimits, all: Account): Account {
    return new Account(limits, 'the connection', all, all.#now)
  }

  used(quota: Quota): number {
    this.#begin()
    return this.#used.get(quota) ?? 0
  }

  /** Nothing is taken where this says why not. */
  take(quota: Quota, count = 1): JITErrorData | undefined {
    const refusal = this.#refusal(quota, count) ?? this.#all?.take(quota, count)
    if (refusal === undefined) this.#used.set(quota, this.used(quota) + count)
    return refusal
  }

  /** What has been used already, over the limit or not. */
  charge(quota: Quota, count: number): void {
    this.#used.set(quota, this.used(quota) + count)
    this.#all?.charge(quota, count)
  }

  give(quota: Quota, count = 1): void {
    this.#used.set(quota, Math.max(0, this.used(quota) - count))
    this.#all?.give(quota, count)
  }

  /** All that it holds, at the connection's end. */
  close(): void {
    for (const [quota, count] of this.#used) if (!perMinute.has(quota)) this.#all?.give(quota, count)
    this.#used.clear()
  }

  #refusal(quota: Quota, count: number): JITErrorData | undefined {
    const used = this.used(quota)
    const limit = this.#limits[quota]
    if (used + count <= limit) return undefined
    const what = perMinute.has(quota) ? `${quota} of this minute` : quota
    return plainError(
      'QuotaExceeded',
      `${what}, ${this.#whose}: ${Math.round(used)} used, ${count} more asked, limit ${limit}`,
    )
  }

  #begin(): void {
    const now = this.#now()
    if (now - this.#windowBegan < windowMs) return
    this.#windowBegan = now
    for (const quota of perMinute) this.#used.delete(quota)
  }
}
