// A responsibility ends without success: its holder says so, or let go of it. Source: MaterializationResponsibility's
// failMaterialization and destructor (Core.cpp); ORC strands the queries of one that is dropped.
import type { Expected, SessionNotification, SessionRequest } from '@worc/protocol'
import { plainError, success } from '@worc/protocol'
import type { PendingAsk } from './asks.js'
import { failResponsibility } from './materialize.js'
import { findResponsibility } from './responsibility.js'
import type { Client, SessionState } from './session-state.js'

type FailMaterialization = Extract<SessionRequest, { type: 'failMaterialization' }>

/** Always legal for the holder: where the responsibility is over, by removal or otherwise, nothing happens. */
export function failMaterialization(
  state: SessionState,
  message: FailMaterialization,
  ask: PendingAsk,
): Expected<null> {
  const { client } = ask
  client.refused.delete(message.responsibility)
  const found = findResponsibility(state, client, message.responsibility)
  if (found.ok) failResponsibility(state, found.value, message.cause)
  return found.ok || found.error.code !== 'WrongOwner' ? success(null) : found
}

type Dropped = Extract<SessionNotification, { type: 'responsibilityDropped' }>

/** What it still answered for fails; one that had nothing left just ends. */
export function responsibilityDropped(state: SessionState, message: Dropped, client: Client): void {
  client.refused.delete(message.responsibility)
  const found = findResponsibility(state, client, message.responsibility)
  if (!found.ok) return
  const { id, unit } = found.value
  const dropped = plainError('Aborted', `responsibility ${id} for unit ${unit.name} was dropped unfinished`)
  failResponsibility(state, found.value, message.cause ?? dropped)
}
