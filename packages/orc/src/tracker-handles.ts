// Who holds a tracker. Its maker holds one handle from the start. To hand it to another client, a holder retains it
// under a token, which the other adopts: the token becomes a handle. When nobody is left, whatever the tracker owns
// goes to its dylib's default tracker. A client that dies drops its handles, and its tokens die with it. Source:
// ResourceTracker's reference count.
import type { Expected, JITDylibId, SessionNotification, SessionRequest } from '@worc/protocol'
import { clientOf, failure, plainError, success } from '@worc/protocol'
import type { PendingAsk } from './asks.js'
import type { ChainItem } from './chain.js'
import { defaultTracker, findTracker, leaveDylib } from './resource-tracker.js'
import type { ResourceTracker } from './resource-tracker.js'
import type { Client, SessionState } from './session-state.js'
import { send } from './session-state.js'
import { trackerName } from './tracker-name.js'
import { transferUnits } from './transfer.js'

export interface RetainToken {
  readonly tracker: ResourceTracker
  readonly number: number
  readonly holder: Client
}

/** What one client holds of one tracker. */
export interface Handle extends ChainItem<Handle> {
  readonly client: Client
  readonly tracker: ResourceTracker
  count: number
  /** Another client's of the same tracker. */
  others: Handle | null
}

export function addHandle(client: Client, tracker: ResourceTracker): void {
  tracker.handleCount++
  const known = handleOf(client, tracker)
  if (known !== null) {
    known.count++
    return
  }
  tracker.handles = { client, tracker, count: 1, others: tracker.handles, previous: null, next: null }
  client.handles.append(tracker.handles)
}

export function handleOf(client: Client, tracker: ResourceTracker): Handle | null {
  let handle = tracker.handles
  while (handle !== null && handle.client !== client) handle = handle.others
  return handle
}

type Retain = Extract<SessionNotification, { type: 'retainTracker' }>

export function retainTracker(state: SessionState, message: Retain, client: Client): void {
  if (client.followers.size > 0) state.awakened.push(client)
  const found = findTracker(state, message.tracker)
  if (!found.ok) return send(state, client, { type: 'errorReported', error: found.error })
  const tracker = found.value
  if (message.tracker < 0) return
  const token: RetainToken = { tracker, number: message.token, holder: client }
  tracker.tokens = [...tracker.tokens, token]
  client.tokens.add(token)
  tracker.handleCount++
}

type Adopt = Extract<SessionRequest, { type: 'adoptTracker' }>

/**
 * A default tracker needs no handle. A defunct one can be adopted: its adopter learns what became of it when it uses
 * it.
 */
export function adoptTracker(state: SessionState, message: Adopt, ask: PendingAsk): Expected<JITDylibId> {
  const found = findTracker(state, message.tracker)
  if (!found.ok) return found
  const tracker = found.value
  if (message.tracker < 0) return success(tracker.dylib.id)
  const token = tokenOf(tracker, message.token)
  if (token === undefined) {
    const text = `${trackerName(message.tracker)} is not retained under token ${message.token}`
    return failure(plainError('WrongOwner', text))
  }
  forgetToken(token)
  addHandle(ask.client, tracker)
  tracker.handleCount--
  return success(tracker.dylib.id)
}

export function tokenOf(tracker: ResourceTracker, number: number): RetainToken | undefined {
  return tracker.tokens.find((token) => token.number === number)
}

/** Whose stream a token comes with: its number says, or else the tracker's maker is taken to have retained it. */
export function issuerOf(message: Adopt): number {
  const issuer = clientOf(message.token)
  return issuer > 0 ? issuer : clientOf(message.tracker)
}

function forgetToken(token: RetainToken): void {
  token.holder.tokens.delete(token)
  token.tracker.tokens = token.tracker.tokens.filter((other) => other !== token)
}

type Drop = Extract<SessionNotification, { type: 'dropResourceTracker' }>

/** A handle that the client does not hold is not dropped. */
export function dropResourceTracker(state: SessionState, message: Drop, client: Client): void {
  const tracker = state.trackers.get(message.tracker)
  const handle = tracker === undefined ? null : handleOf(client, tracker)
  if (handle === null) return
  handle.count--
  if (handle.count === 0) forgetHandle(handle)
  releaseHandles(state, handle.tracker, 1)
}

function forgetHandle(handle: Handle): void {
  const { client, tracker } = handle
  client.handles.unlink(handle)
  if (tracker.handles === handle) tracker.handles = handle.others
  for (let at = tracker.handles; at !== null; at = at.others) if (at.others === handle) at.others = handle.others
}

/** Everything a client held, in the order it came by it. */
export function dropAllHandles(state: SessionState, client: Client): void {
  for (const token of client.tokens) {
    forgetToken(token)
    releaseHandles(state, token.tracker, 1)
  }
  for (const handle of [...client.handles]) {
    forgetHandle(handle)
    releaseHandles(state, handle.tracker, handle.count)
  }
}

function releaseHandles(state: SessionState, tracker: ResourceTracker, count: number): void {
  tracker.handleCount -= count
  if (tracker.handleCount > 0) return
  state.trackers.delete(tracker.id)
  if (tracker.defunct) return
  if (tracker.used) transferUnits(state, tracker, defaultTracker(state, tracker.dylib))
  else leaveDylib(tracker)
}
