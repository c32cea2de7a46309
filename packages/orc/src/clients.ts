// Clients come and go. A client's end is handled as if it had let go of everything, in an order that keeps promises to
// the others: what it owed is answered for it, what it worked on fails, what it held is handed over.
import { plainError } from '@worc/protocol'
import { abandonAsk } from './asks.js'
import { Chain } from './chain.js'
import type { ClientClosedInput, ClientConnectedInput } from './effects.js'
import { askWaitingGenerations, isRunByClient, removeGenerator } from './generators.js'
import { abandonRuns } from './initializers.js'
import { endAllLeases } from './leases.js'
import { dispatchWaiting, failResponsibility } from './materialize.js'
import { NumberedTable } from './numbered-table.js'
import { failAsks } from './outgoing-asks.js'
import { forgetManager } from './removal.js'
import { deregister } from './resource-managers.js'
import { actorDied } from './session-errors.js'
import type { Client, SessionState } from './session-state.js'
import { dropAllHandles } from './tracker-handles.js'

export function clientConnected(state: SessionState, { client: id, role }: ClientConnectedInput): void {
  if (state.clients.has(id)) throw new Error(`client ${id} is connected already`)
  const client: Client = {
    id,
    role,
    connected: true,
    lastTracker: 0,
    handles: new Chain(),
    tokens: new Set(),
    leases: new NumberedTable(),
    asks: new NumberedTable(),
    load: 0,
    refused: new Map(),
    generators: new Set(),
    parked: null,
    followers: new Set(),
  }
  state.clients.set(id, client)
  if (role === 'client') return
  const layer = state.layers[role]
  layer.actors.push(client)
  dispatchWaiting(state, layer)
  askWaitingGenerations(state, layer)
}

/**
 * After this nothing names the client: its asks are dropped, its leases have ended, its managers and user generators
 * are gone, its responsibilities have failed with ActorDied, its handles and tokens are dropped, and streams that
 * waited for it go on.
 */
export function clientClosed(state: SessionState, { client: id, error }: ClientClosedInput): void {
  const client = state.clients.get(id)
  if (client === undefined) return
  client.connected = false
  state.clients.delete(id)
  leaveLayer(state, client)
  dropRequests(state, client)
  for (const manager of state.managers) if (manager.client === client) deregister(state, manager)
  for (const generator of [...client.generators]) {
    if (isRunByClient(generator)) removeGenerator(state, generator, actorDied(client, error))
  }
  failAsks(state, client, actorDied(client, error))
  forgetManager(state, client, error)
  endAllLeases(state, client)
  for (const responsibility of state.responsibilities.values()) {
    if (responsibility.holder === client) failResponsibility(state, responsibility, actorDied(client, error))
  }
  abandonRuns(state, client, error)
  dropAllHandles(state, client)
  state.awakened.push(client)
}

function leaveLayer(state: SessionState, client: Client): void {
  if (client.role === 'client') return
  const { actors } = state.layers[client.role]
  actors.splice(actors.indexOf(client), 1)
}

function dropRequests(state: SessionState, client: Client): void {
  client.parked?.awaited.followers.delete(client)
  client.parked = null
  for (const ask of client.asks.values()) abandonAsk(state, ask, plainError('ActorDied', 'the asker is gone'))
  state.initialization.changed = true
}
