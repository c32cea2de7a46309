// A removal or a transfer of a tracker's key, on its way to the resource managers. Managers are told in reverse order
// of registration, each once. A manager waits while a client on another port holds a lease of the key; and nobody is
// told of an operation on a key while an earlier transfer, still held up, is to bring more under it. A tracker has at
// most one operation in its life, since either leaves it defunct.
import type { ResourceManager } from './resource-managers.js'
import type { ResourceTracker } from './resource-tracker.js'
import type { Removal } from './removal.js'
import { askToRemove } from './removal.js'
import type { SessionState } from './session-state.js'
import { send } from './session-state.js'

export interface KeyOperation {
  readonly kind: KeyOperationKind
  /** Who has not been told, in the order of telling. */
  untold: readonly ResourceManager[]
}

type KeyOperationKind =
  | { readonly type: 'remove'; readonly removal: Removal }
  | { readonly type: 'transfer'; readonly destination: ResourceTracker }

export function startRemoval(state: SessionState, tracker: ResourceTracker, removal: Removal): void {
  tracker.held = { kind: { type: 'remove', removal }, untold: removal.calls.map(({ manager }) => manager) }
  tellManagers(state, tracker)
}

export function startTransfer(state: SessionState, source: ResourceTracker, destination: ResourceTracker): void {
  const untold = state.managers.toReversed()
  if (untold.length === 0) return
  source.held = { kind: { type: 'transfer', destination }, untold }
  destination.heldInto++
  tellManagers(state, source)
}

/** Tells whoever may be told now. To be called when a lease of the tracker's key ended. */
export function tellManagers(state: SessionState, first: ResourceTracker): void {
  for (let tracker = first; ;) {
    const { held } = tracker
    if (held === null || tracker.heldInto > 0) return
    held.untold = tellSome(state, tracker, held)
    if (held.untold.length > 0) return
    tracker.held = null
    if (held.kind.type === 'remove') return
    tracker = held.kind.destination
    tracker.heldInto--
  }
}

function tellSome(state: SessionState, tracker: ResourceTracker, held: KeyOperation): ResourceManager[] {
  const waiting: ResourceManager[] = []
  for (const manager of held.untold) {
    if (isLeasedElsewhere(tracker, manager)) waiting.push(manager)
    else tell(state, tracker, held, manager)
  }
  return waiting
}

function isLeasedElsewhere({ leases }: ResourceTracker, manager: ResourceManager): boolean {
  if (leases === null) return false
  return leases.size > 1 || !leases.has(manager.client)
}

function tell(state: SessionState, tracker: ResourceTracker, { kind }: KeyOperation, manager: ResourceManager): void {
  if (kind.type === 'remove') return askToRemove(state, kind.removal, manager)
  if (!manager.registered) return
  send(state, manager.client, {
    type: 'handleTransferResources',
    manager: manager.id,
    dylib: tracker.dylib.id,
    destination: kind.destination.key,
    source: tracker.key,
  })
}
