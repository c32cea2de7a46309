// The second half of a removal, after the turn that took the symbols: the resource managers retire what they hold under
// the key, then the queries that the removal detached fail, then those who wait are answered. Memory may come back
// later still, when no thread can be inside: managers say so by themselves. Source:
// ExecutionSession::removeResourceTracker (Core.cpp).
import type { Expected, JITErrorData, SessionAskReplies, SessionNotification } from '@worc/protocol'
import { failure, joinErrors, plainError, success } from '@worc/protocol'
import { settleAsk } from './asks.js'
import type { PendingAsk } from './asks.js'
import { partDone } from './gathering.js'
import type { Gathering } from './gathering.js'
import { startRemoval } from './key-operations.js'
import { askClient } from './outgoing-asks.js'
import { failQueries } from './queries.js'
import type { QueryFailure } from './queries.js'
import type { ResourceManager } from './resource-managers.js'
import type { ResourceTracker } from './resource-tracker.js'
import { actorDied } from './session-errors.js'
import type { Client, SessionState } from './session-state.js'

export interface Removal {
  readonly tracker: ResourceTracker
  /** In the order of the calls. */
  readonly calls: readonly ManagerCall[]
  unanswered: number
  unreclaimed: number
  readonly failures: readonly QueryFailure[]
  waiters: RemovalWaiter[]
}

interface ManagerCall {
  readonly manager: ResourceManager
  answered: boolean
  /** Whether nothing of it waits for other threads any more. */
  reclaimed: boolean
  error: JITErrorData | null
}

export type RemovalWaiter =
  | { readonly type: 'ask'; readonly ask: PendingAsk; readonly wait: 'retired' | 'reclaimed' }
  | { readonly type: 'part'; readonly gathering: Gathering; readonly index: number }

/** The tracker is defunct and owns nothing; `failures` are the queries that its symbols had. */
export function beginRemoval(
  state: SessionState,
  tracker: ResourceTracker,
  failures: readonly QueryFailure[],
  waiter: RemovalWaiter,
): void {
  if (state.managers.length === 0) {
    failQueries(state, failures)
    return settleWaiter(state, waiter, undefined)
  }
  const calls = state.managers.map(callOf).reverse()
  const removal: Removal = {
    tracker,
    calls,
    unanswered: calls.length,
    unreclaimed: calls.length,
    failures,
    waiters: [waiter],
  }
  state.removals.set(tracker.key, removal)
  startRemoval(state, tracker, removal)
}

function callOf(manager: ResourceManager): ManagerCall {
  return { manager, answered: false, reclaimed: false, error: null }
}

/** Another removal of a tracker that is being removed waits for the same answers. */
export function joinRemoval(state: SessionState, removal: Removal, waiter: RemovalWaiter): void {
  removal.waiters.push(waiter)
  if (removal.unanswered === 0) settleWaiters(state, removal)
}

/**
 * One that deregistered meanwhile is not asked; one that died without being asked counts as failed, a link actor apart.
 */
export function askToRemove(state: SessionState, removal: Removal, manager: ResourceManager): void {
  const { tracker } = removal
  if (manager.registered) {
    const outgoing = { type: 'handleRemoveResources', to: manager.client, removal, manager } as const
    return askClient(state, outgoing, {
      type: 'handleRemoveResources',
      manager: manager.id,
      dylib: tracker.dylib.id,
      key: tracker.key,
    })
  }
  const gone = plainError('ActorDied', `client ${manager.client.id}, a resource manager, is gone`)
  removalAnswered(state, removal, manager, manager.client.connected ? success(nothingHeld) : failure(gone))
}

const nothingHeld: SessionAskReplies['handleRemoveResources'] = { reclaimLater: false }

/**
 * A link actor that died has its resources adopted by a successor, which frees those of removed keys: nothing failed.
 */
export function removalAnswered(
  state: SessionState,
  removal: Removal,
  manager: ResourceManager,
  result: Expected<SessionAskReplies['handleRemoveResources']>,
): void {
  const call = removal.calls.find((candidate) => candidate.manager === manager)
  if (call === undefined || call.answered) return
  call.answered = true
  const isAdopted = manager.client.role === 'link' && !result.ok && result.error.code === 'ActorDied'
  if (!result.ok && !isAdopted) call.error = result.error
  if (!result.ok || !result.value.reclaimLater) reclaimed(removal, call)
  removal.unanswered--
  if (removal.unanswered === 0) retired(state, removal)
}

function reclaimed(removal: Removal, call: ManagerCall): void {
  if (call.reclaimed) return
  call.reclaimed = true
  removal.unreclaimed--
}

function retired(state: SessionState, removal: Removal): void {
  failQueries(state, removal.failures)
  settleWaiters(state, removal)
}

function settleWaiters(state: SessionState, removal: Removal): void {
  const isReclaimed = removal.unreclaimed === 0
  if (isReclaimed) state.removals.delete(removal.tracker.key)
  const error = removal.calls.some((call) => call.error !== null)
    ? joinErrors(removal.calls.flatMap((call) => call.error ?? []))
    : undefined
  const { waiters } = removal
  removal.waiters = []
  for (const waiter of waiters) {
    if (waiter.type === 'ask' && waiter.wait === 'reclaimed' && !isReclaimed) removal.waiters.push(waiter)
    else settleWaiter(state, waiter, error)
  }
}

function settleWaiter(state: SessionState, waiter: RemovalWaiter, error: JITErrorData | undefined): void {
  if (waiter.type === 'part') partDone(state, waiter.gathering, waiter.index, error)
  else settleAsk(state, waiter.ask, error === undefined ? success(null) : failure(error))
}

type Reclaimed = Extract<SessionNotification, { type: 'resourcesReclaimed' }>

export function resourcesReclaimed(state: SessionState, { manager: id, key }: Reclaimed, client: Client): void {
  const removal = state.removals.get(key)
  if (removal === undefined) return
  for (const call of removal.calls) {
    if (call.manager.id === id && call.manager.client === client) reclaimed(removal, call)
  }
  if (removal.unanswered === 0) settleWaiters(state, removal)
}

/** Nobody will say any more when a dead manager's memory came back; with its client, it is. */
export function forgetManager(state: SessionState, client: Client, error: JITErrorData): void {
  for (const removal of state.removals.values()) {
    for (const call of removal.calls) {
      const { manager } = call
      if (manager.client !== client) continue
      if (call.answered) reclaimed(removal, call)
      else removalAnswered(state, removal, manager, failure(actorDied(client, error)))
    }
    if (removal.unanswered === 0) settleWaiters(state, removal)
  }
}
