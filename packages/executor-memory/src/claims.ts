// Who holds a range or a slot, and how far it has come. The words are the same in every arena, so that a successor of a dead
// link actor finds with one rule what to free (in flight) and what to adopt (ready, retired).
import type { LinkedUnitId, LinkerId, ResourceKey } from '@worc/protocol'

/**
 * in-flight: allocated, its unit not emitted. ready: in use. retired: unreachable for new calls, but a thread may still be
 * inside; `epoch` says what must be acknowledged before it is released.
 */
export type ClaimState = 'in-flight' | 'ready' | 'retired'

export interface Claim {
  /** The link actor that allocated it, or adopted it. Below 2^32. */
  readonly owner: LinkerId
  /** The tracker's key: accounts and transfers go by it. A safe integer, not negative. */
  readonly key: ResourceKey
  /** The linked unit. Below 2^32. */
  readonly unit: LinkedUnitId
}

/** Amounts by state: bytes in a range arena, slots in a slot arena. */
export interface Usage {
  readonly inFlight: number
  readonly ready: number
  readonly retired: number
}
