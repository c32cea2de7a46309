// A client may name a tracker that another client made, and whose announcement has not come: two ports have no common
// order. The whole stream of the one then stands still, so that its own order holds, until the other's has come that
// far or has ended, or the session ends. Only answers to the session's own asks, and cancellations, pass: others may be
// waiting for those.
import type { SessionNotification, SessionRequest, TrackerId } from '@worc/protocol'
import { clientOf, failure, plainError } from '@worc/protocol'
import type { ClientId, JITErrorData } from '@worc/protocol'
import type { NotificationInput, RequestInput } from './effects.js'
import type { Client, SessionState } from './session-state.js'
import { reply, send } from './session-state.js'
import { issuerOf, tokenOf } from './tracker-handles.js'
import { trackerNumber } from './tracker-name.js'

export type StreamInput = RequestInput | NotificationInput

export interface ParkedStream {
  readonly awaited: Client
  readonly inputs: StreamInput[]
}

/** Who must say more before the message can be handled; null where everything it names is known, or never will be. */
export function clientToAwait(
  state: SessionState,
  client: Client,
  message: SessionRequest | SessionNotification,
): Client | null {
  if (message.type === 'transferTo') {
    return makerToAwait(state, client, message.source) ?? makerToAwait(state, client, message.destination)
  }
  if (message.type === 'createResourceTracker' || !('tracker' in message) || message.tracker === null) return null
  const maker = makerToAwait(state, client, message.tracker)
  return maker === null && message.type === 'adoptTracker' ? issuerToAwait(state, client, message) : maker
}

function makerToAwait(state: SessionState, client: Client, tracker: TrackerId): Client | null {
  const maker = clientOf(tracker)
  if (maker === client.id || tracker < 0) return null
  const other = state.clients.get(maker)
  return other === undefined || trackerNumber(tracker) <= other.lastTracker ? null : other
}

function issuerToAwait(
  state: SessionState,
  client: Client,
  message: Extract<SessionRequest, { type: 'adoptTracker' }>,
): Client | null {
  const tracker = state.trackers.get(message.tracker)
  if (tracker === undefined || tokenOf(tracker, message.token) !== undefined) return null
  const issuer = issuerOf(message)
  return issuer === client.id ? null : (state.clients.get(issuer as ClientId) ?? null)
}

/** Puts a message behind those that wait, or begins to wait with it. */
export function park(state: SessionState, client: Client, awaited: Client, input: StreamInput): void {
  client.parked ??= { awaited, inputs: [] }
  const { inputs } = client.parked
  inputs.push(input)
  awaited.followers.add(client)
  if (inputs.length > state.maximumParkedMessages) refuseFirst(state, client, inputs)
}

/** A stream that never comes further must not fill the session: the message at its head is given up. */
function refuseFirst(state: SessionState, client: Client, inputs: StreamInput[]): void {
  const first = inputs.shift()
  if (first === undefined) return
  const waiting = `${state.maximumParkedMessages} messages wait behind it`
  const error = plainError('Overloaded', `${first.message.type} names a tracker nobody announced, and ${waiting}`)
  if (first.type === 'request') reply(state, client, first.ask, failure(error))
  else send(state, client, { type: 'errorReported', error })
  state.awakened.push(client.parked?.awaited ?? client)
}

/** Hands out, in order, what can be handled now; once the session ends, all of it. */
export function resumeStream(state: SessionState, client: Client, handle: (input: StreamInput) => void): void {
  const parked = client.parked
  if (parked === null) return
  parked.awaited.followers.delete(client)
  client.parked = null
  const { inputs } = parked
  for (let index = 0; index < inputs.length; index++) {
    const input = inputs[index]
    if (input === undefined) return
    const awaited = state.phase === 'open' ? clientToAwait(state, client, input.message) : null
    if (awaited !== null) {
      client.parked = { awaited, inputs: inputs.slice(index) }
      awaited.followers.add(client)
      return
    }
    handle(input)
  }
}

/** Answers a parked request without handling it; whether there was one. */
export function cancelParked(state: SessionState, client: Client, ask: number, error: JITErrorData): boolean {
  const parked = client.parked
  const index = parked?.inputs.findIndex((input) => input.type === 'request' && input.ask === ask) ?? -1
  if (parked === null || index < 0) return false
  parked.inputs.splice(index, 1)
  reply(state, client, ask, failure(error))
  state.awakened.push(parked.awaited)
  return true
}
