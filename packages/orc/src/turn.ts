// One turn: a message in, effects out, nothing half done between. This file only routes: each message has its own file,
// and what a turn leaves to be done at its end is done here, before its effects are handed out.
import type { Attachment, Expected, SessionNotification, SessionReplies, SessionRequest } from '@worc/protocol'
import { failure, plainError, success } from '@worc/protocol'
import { abandonAsk, openAsk, rememberAsk, settleAsk } from './asks.js'
import type { PendingAsk } from './asks.js'
import { clientClosed, clientConnected } from './clients.js'
import { currentKeys } from './current-keys.js'
import { define } from './define.js'
import { defineMaterializing, delegate, replace, requestedSymbols } from './divide-responsibility.js'
import { drain, settleDrains } from './drain.js'
import { dump } from './dump.js'
import type { Effect, SessionInput } from './effects.js'
import { endSession } from './end-session.js'
import { failMaterialization, responsibilityDropped } from './fail-materialization.js'
import { addGenerator, removeGeneratorByName } from './generators.js'
import { addReexportsGenerator } from './reexports.js'
import { advanceInitialization, beginInitialize, endInitialize, initSymbols } from './initializers.js'
import { createJITDylib, getJITDylibByName } from './jit-dylib.js'
import { claimResourceKey, claimTrackerKey, releaseLease } from './leases.js'
import {
  addToLinkOrder,
  dfsLinkOrder,
  linkOrder,
  removeFromLinkOrder,
  replaceInLinkOrder,
  setLinkOrder,
} from './link-order.js'
import { lookup, lookupFlags } from './lookup.js'
import { emit } from './materialize.js'
import { unitsHeld } from './lost-code.js'
import { notifyEmitted } from './notify-emitted.js'
import { notifyResolved } from './notify-resolved.js'
import { replied } from './outgoing-asks.js'
import { doOwnWork } from './own-work.js'
import { cancelParked, clientToAwait, park, resumeStream } from './parked-streams.js'
import type { StreamInput } from './parked-streams.js'
import { resourcesReclaimed } from './removal.js'
import { removeJITDylibs } from './remove-dylibs.js'
import { removeSymbols } from './remove-symbols.js'
import { clear, removeTracker } from './remove-tracker.js'
import { deregisterResourceManager, registerResourceManager } from './resource-managers.js'
import { createResourceTracker, isDefunct, keyUnsafe } from './resource-tracker.js'
import { resetSymbols } from './reset-symbols.js'
import { sessionClosed } from './session-errors.js'
import type { Client, SessionState } from './session-state.js'
import { sessionStats } from './session-stats.js'
import { adoptTracker, dropResourceTracker, retainTracker } from './tracker-handles.js'
import { transferTo } from './transfer.js'
import { verifySessionState } from './verify-session-state.js'

/** Undefined where the answer comes in a later turn, or has been given. */
type RequestHandler<T extends SessionRequest['type']> = (
  state: SessionState,
  message: Extract<SessionRequest, { type: T }>,
  ask: PendingAsk,
  attachments: readonly Attachment[],
) => Expected<SessionReplies[T]> | undefined

const requestHandlers = {
  createJITDylib,
  getJITDylibByName,
  removeJITDylibs,
  endSession: (state, _message, ask) => endSession(state, ask),
  define,
  removeSymbols,
  resetSymbols,
  clear,
  removeTracker,
  transferTo,
  isDefunct,
  keyUnsafe,
  currentKeys,
  adoptTracker,
  claimTrackerKey,
  setLinkOrder,
  addToLinkOrder,
  replaceInLinkOrder,
  removeFromLinkOrder,
  linkOrder,
  dfsLinkOrder,
  addGenerator,
  addReexportsGenerator,
  removeGenerator: removeGeneratorByName,
  lookup,
  lookupFlags,
  registerResourceManager,
  deregisterResourceManager,
  requestedSymbols,
  claimResourceKey,
  notifyResolved,
  notifyEmitted,
  defineMaterializing,
  delegate,
  replace,
  emit,
  failMaterialization,
  beginInitialize,
  initSymbols,
  drain: (state, _message, ask) => drain(state, ask),
  dump,
  verify: (state) => verify(state),
  sessionStats,
} satisfies { [T in SessionRequest['type']]: RequestHandler<T> }

type NotificationHandler<T extends SessionNotification['type']> = (
  state: SessionState,
  message: Extract<SessionNotification, { type: T }>,
  client: Client,
) => void

const notificationHandlers = {
  createResourceTracker,
  dropResourceTracker,
  retainTracker,
  releaseLease,
  endInitialize,
  resourcesReclaimed,
  unitsHeld,
  responsibilityDropped,
  cancelAsk,
} satisfies { [T in SessionNotification['type']]: NotificationHandler<T> }

/**
 * Effects are to be carried out in order, before those of the next turn. Throws where the input itself is impossible.
 */
export function turn(state: SessionState, input: SessionInput): readonly Effect[] {
  switch (input.type) {
    case 'request':
    case 'notification':
      fromStream(state, input)
      break
    case 'reply':
      replied(state, input)
      break
    case 'clientConnected':
      clientConnected(state, input)
      break
    case 'clientClosed':
      clientClosed(state, input)
      break
  }
  finishTurn(state)
  const { effects } = state
  state.effects = []
  return effects
}

/** A message of a client that is gone means nothing any more. */
function fromStream(state: SessionState, input: StreamInput): void {
  const client = state.clients.get(input.from)
  if (client === undefined) return
  if (input.message.type === 'cancelAsk') return cancelAsk(state, input.message, client)
  const awaited = client.parked?.awaited ?? clientToAwait(state, client, input.message)
  if (awaited === null || state.phase !== 'open') handle(state, client, input)
  else park(state, client, awaited, input)
}

function handle(state: SessionState, client: Client, input: StreamInput): void {
  if (input.type === 'request') handleRequest(state, client, input)
  else {
    const handler = notificationHandlers[input.message.type] as NotificationHandler<SessionNotification['type']>
    handler(state, input.message, client)
  }
  doOwnWork(state)
}

function handleRequest(state: SessionState, client: Client, input: Extract<StreamInput, { type: 'request' }>): void {
  const { message } = input
  const ask = openAsk(client, input.ask)
  if (state.phase !== 'open' && message.type !== 'endSession') {
    return settleAsk(state, ask, failure(sessionClosed()))
  }
  const handler = requestHandlers[message.type] as RequestHandler<SessionRequest['type']>
  const result = handler(state, message, ask, input.attachments)
  if (result !== undefined) settleAsk(state, ask, result)
  else if (ask.open) rememberAsk(ask)
}

/** Work that this turn made possible for others, until there is none. */
function finishTurn(state: SessionState): void {
  doOwnWork(state)
  for (let reached = state.awakened.pop(); reached !== undefined; reached = state.awakened.pop()) {
    for (const follower of [...reached.followers]) {
      resumeStream(state, follower, (input) => handle(state, follower, input))
    }
  }
  goOnInitializing(state)
  if (state.drains.length > 0) settleDrains(state)
}

function goOnInitializing(state: SessionState): void {
  while (state.initialization.changed) {
    advanceInitialization(state)
    doOwnWork(state)
  }
}

type Cancel = Extract<SessionNotification, { type: 'cancelAsk' }>

/** The ask is answered with the error; what it set in motion goes on, its query apart. It may be answered already. */
function cancelAsk(state: SessionState, { ask: id, error }: Cancel, client: Client): void {
  if (cancelParked(state, client, id, error)) return
  const ask = client.asks.get(id)
  if (ask === undefined) return
  abandonAsk(state, ask, error)
  state.initialization.changed = true
}

/** Also in the midst of a turn, among the messages of a stream that stood still: what is left for its end is done first. */
function verify(state: SessionState): Expected<null> {
  goOnInitializing(state)
  const violations = verifySessionState(state)
  return violations.length === 0 ? success(null) : failure(plainError('Malformed', violations.join('; ')))
}
