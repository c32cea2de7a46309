// withResourceKeyDo without a lock. A claim grants a tracker's key in one turn, as a lease: until it ends, managers on
// other ports than the claimer's are not told of a removal or transfer of that key, so that whatever the claimer files
// under it comes before. On the claimer's own port the order of messages does the same. A lease ends when its claimer
// says so, or dies.
import type { Expected, LeaseId, SessionNotification, SessionReplies, SessionRequest } from '@worc/protocol'
import { success } from '@worc/protocol'
import type { PendingAsk } from './asks.js'
import { tellManagers } from './key-operations.js'
import { findLiveTracker } from './resource-tracker.js'
import type { ResourceTracker } from './resource-tracker.js'
import { findResponsibility } from './responsibility.js'
import type { Client, SessionState } from './session-state.js'

export interface Lease {
  readonly id: LeaseId
  /** Whose key was granted; after a transfer, still the source. */
  readonly tracker: ResourceTracker
}

type Request<T extends SessionRequest['type']> = Extract<SessionRequest, { type: T }>

export function claimTrackerKey(
  state: SessionState,
  message: Request<'claimTrackerKey'>,
  ask: PendingAsk,
): Expected<SessionReplies['claimTrackerKey']> {
  const found = findLiveTracker(state, message.tracker)
  if (!found.ok) return found
  return success({ key: found.value.key, lease: grant(state, ask.client, found.value) })
}

/**
 * A claim that counts as recorded in this turn opens no lease: its manager files before it handles what comes after.
 */
export function claimResourceKey(
  state: SessionState,
  message: Request<'claimResourceKey'>,
  ask: PendingAsk,
): Expected<SessionReplies['claimResourceKey']> {
  const found = findResponsibility(state, ask.client, message.responsibility)
  if (!found.ok) return found
  const { tracker } = found.value.unit
  return success({ key: tracker.key, lease: message.recorded ? null : grant(state, ask.client, tracker) })
}

function grant(state: SessionState, client: Client, tracker: ResourceTracker): LeaseId {
  const lease: Lease = { id: ++state.last.lease as LeaseId, tracker }
  tracker.used = true
  tracker.leases ??= new Map()
  tracker.leases.set(client, (tracker.leases.get(client) ?? 0) + 1)
  client.leases.set(lease.id, lease)
  return lease.id
}

type Release = Extract<SessionNotification, { type: 'releaseLease' }>

export function releaseLease(state: SessionState, message: Release, client: Client): void {
  const lease = client.leases.get(message.lease)
  if (lease !== undefined) endLease(state, client, lease)
}

export function endAllLeases(state: SessionState, client: Client): void {
  for (const lease of client.leases.values()) endLease(state, client, lease)
}

function endLease(state: SessionState, client: Client, { id, tracker }: Lease): void {
  client.leases.delete(id)
  const count = (tracker.leases?.get(client) ?? 0) - 1
  if (count > 0) tracker.leases?.set(client, count)
  else tracker.leases?.delete(client)
  if (tracker.leases?.size === 0) tracker.leases = null
  tellManagers(state, tracker)
}
