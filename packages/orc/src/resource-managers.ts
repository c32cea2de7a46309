// Who holds resources under trackers' keys: link actors, and users. Managers are asked in reverse order of registration
// to remove, and told to transfer. Source: ResourceManager, ExecutionSession::registerResourceManager (Core.h).
import type { Expected, ManagerId, SessionRequest } from '@worc/protocol'
import { failure, plainError, success } from '@worc/protocol'
import type { PendingAsk } from './asks.js'
import type { Client, SessionState } from './session-state.js'

export interface ResourceManager {
  readonly id: ManagerId
  readonly client: Client
  registered: boolean
}

type Register = Extract<SessionRequest, { type: 'registerResourceManager' }>
type Deregister = Extract<SessionRequest, { type: 'deregisterResourceManager' }>

export function registerResourceManager(
  state: SessionState,
  { manager: id }: Register,
  ask: PendingAsk,
): Expected<null> {
  if (state.managers.some((manager) => manager.id === id)) {
    return failure(plainError('BadArgument', `resource manager ${id} is registered already`))
  }
  state.managers = [...state.managers, { id, client: ask.client, registered: true }]
  return success(null)
}

/** It is asked nothing from now on, also where an operation that began before still has managers to tell. */
export function deregisterResourceManager(
  state: SessionState,
  { manager: id }: Deregister,
  ask: PendingAsk,
): Expected<null> {
  const manager = state.managers.find((candidate) => candidate.id === id && candidate.client === ask.client)
  if (manager === undefined) return failure(plainError('BadArgument', `resource manager ${id} is not registered`))
  deregister(state, manager)
  return success(null)
}

export function deregister(state: SessionState, manager: ResourceManager): void {
  manager.registered = false
  state.managers = state.managers.filter((other) => other !== manager)
}
