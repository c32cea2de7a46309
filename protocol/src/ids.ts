// The numbers that name things across a port. Each is its own type, so that a tracker cannot be passed for a dylib; none is
// ever given twice in a session, so that a stale one can only miss, never hit something newer.

export type ClientId = number & { readonly clientId: unique symbol }
export type JITDylibId = number & { readonly jitDylibId: unique symbol }
/** Made by the client without a round trip: see `trackerId`. 0 is nobody's. */
export type TrackerId = number & { readonly trackerId: unique symbol }
/** What a resource manager files resources under. One tracker has one key in its whole life. Source: ORC's ResourceKey (Core.h). */
export type ResourceKey = number & { readonly resourceKey: unique symbol }
export type ResponsibilityId = number & { readonly responsibilityId: unique symbol }
/** A unit as its client knows it: (client, n) like a tracker. */
export type UnitId = number & { readonly unitId: unique symbol }
export type ManagerId = number & { readonly managerId: unique symbol }
export type GeneratorId = number & { readonly generatorId: unique symbol }
export type LeaseId = number & { readonly leaseId: unique symbol }
export type RunId = number & { readonly runId: unique symbol }
/** One module that a link actor emitted. */
export type LinkedUnitId = number & { readonly linkedUnitId: unique symbol }
export type LinkerId = number & { readonly linkerId: unique symbol }
export type ExecutorId = number & { readonly executorId: unique symbol }

const perClient = 0x1_0000_0000

/** The nth id that a client makes for itself: trackers, units, managers and generators each have a sequence of their own. */
export function clientScopedId(client: ClientId, n: number): number {
  if (n < 1 || n >= perClient) throw new Error(`id ${n} of client ${client} is out of range (1 to ${perClient - 1})`)
  return client * perClient + n
}

export function clientOf(id: number): ClientId {
  return Math.floor(id / perClient) as ClientId
}

/** A dylib's default tracker, symbolically: whichever it is in the turn that handles the message. Legal wherever a tracker is named. */
export function defaultTrackerOf(dylib: JITDylibId): TrackerId {
  return -dylib as TrackerId
}
