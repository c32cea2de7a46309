// What clients hold and what is held for them, counted from both ends.
import type { Client, SessionState } from './session-state.js'
import { layers } from './session-state.js'
import { handleOf } from './tracker-handles.js'
import { trackerName } from './tracker-name.js'

export function verifyClients(state: SessionState, violations: string[]): void {
  const loads = loadsOf(state)
  for (const client of state.clients.values()) verifyClient(client, loads.get(client) ?? 0, violations)
  for (const { id, client } of state.managers) {
    if (!client.connected) violations.push(`the client of resource manager ${id} is there`)
  }
  for (const tracker of state.trackers.values()) {
    let held = tracker.tokens.length
    for (let handle = tracker.handles; handle !== null; handle = handle.others) {
      if (state.clients.get(handle.client.id) === handle.client) held += handle.count
    }
    if (held !== tracker.handleCount)
      violations.push(`${trackerName(tracker.id)} is held ${held} times, not ${tracker.handleCount}`)
  }
  for (const [token, { to }] of state.outgoing.entries()) {
    if (!to.connected) violations.push(`ask ${token} was asked of a client that is there`)
  }
  for (const layer of layers(state)) {
    const isServed = layer.actors.length === 0 || (layer.waiting.size === 0 && layer.waitingGenerations.length === 0)
    if (!isServed) violations.push('nothing waits for a layer that has actors')
  }
  verifyRemovals(state, violations)
  verifyInitialization(state, violations)
}

/** How much each client has to do. */
function loadsOf({ responsibilities, outgoing }: SessionState): ReadonlyMap<Client, number> {
  const loads = new Map<Client, number>()
  if (responsibilities.size > 0)
    for (const { holder } of responsibilities.values())
      if (holder !== null) loads.set(holder, (loads.get(holder) ?? 0) + 1)
  if (outgoing.size > 0) for (const { to } of outgoing.values()) loads.set(to, (loads.get(to) ?? 0) + 1)
  return loads
}

function verifyClient(client: Client, load: number, violations: string[]): void {
  const { id } = client
  if (!client.connected) violations.push(`client ${id} is connected`)
  if (load !== client.load) violations.push(`client ${id} has ${load} things to do, not ${client.load}`)
  for (let handle = client.handles.first; handle !== null; handle = handle.next) {
    const { tracker, count } = handle
    if (count <= 0 || handleOf(client, tracker)?.count !== count)
      violations.push(`${trackerName(tracker.id)} knows client ${id}`)
  }
  if (client.leases.size > 0)
    for (const { id: lease, tracker } of client.leases.values()) {
      if (!((tracker.leases?.get(client) ?? 0) > 0)) violations.push(`lease ${lease} is counted by its tracker`)
    }
  const { parked } = client
  if (parked === null) return
  if (!parked.awaited.connected) violations.push(`client ${id} is parked for a client that is there`)
  if (!parked.awaited.followers.has(client)) violations.push(`the client that ${id} is parked for knows it`)
  if (parked.inputs.length <= 0) violations.push(`client ${id} is parked with a message`)
}

function verifyRemovals(state: SessionState, violations: string[]): void {
  if (state.removals.size === 0) return
  for (const [key, removal] of state.removals.entries()) {
    const { calls } = removal
    const unanswered = calls.filter(({ answered }) => !answered).length
    const unreclaimed = calls.filter((call) => !call.reclaimed).length
    if (!removal.tracker.defunct) violations.push(`key ${key}, which is being removed, is of a defunct tracker`)
    if (unanswered !== removal.unanswered)
      violations.push(`${unanswered} managers owe an answer for key ${key}, not ${removal.unanswered}`)
    if (unreclaimed !== removal.unreclaimed)
      violations.push(`${unreclaimed} managers reclaim for key ${key}, not ${removal.unreclaimed}`)
    if (unreclaimed <= 0) violations.push(`the removal of key ${key}, which is reclaimed, is forgotten`)
    const asked = state.outgoing
      .values()
      .filter((ask) => ask.type === 'handleRemoveResources' && ask.removal === removal).length
    const untold = removal.tracker.held?.untold.length ?? 0
    if (asked + untold < unanswered) violations.push(`whoever owes an answer for key ${key} was asked, or will be`)
  }
}

function verifyInitialization({ initialization, clients }: SessionState, violations: string[]): void {
  if (initialization.changed) violations.push('initialization has gone as far as it can')
  if (initialization.runs.length === 0) return
  const runners = new Set(initialization.runs.map(({ client }) => client))
  if (runners.size > 1) violations.push('one client at a time runs initializers')
  for (const runner of runners)
    if (!clients.has(runner)) violations.push(`client ${runner}, which runs initializers, is there`)
}
