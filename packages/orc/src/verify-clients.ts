// What clients hold and what is held for them, counted from both ends.
import type { Client, SessionState } from './session-state.js'
import { layers } from './session-state.js'
import { handleOf } from './tracker-handles.js'
import { trackerName } from './tracker-name.js'
import type { Check } from './verify-session-state.js'

export function verifyClients(state: SessionState, check: Check): void {
  for (const client of state.clients.values()) verifyClient(state, client, check)
  for (const { id, client } of state.managers) {
    check(client.connected, () => `the client of resource manager ${id} is there`)
  }
  for (const tracker of state.trackers.values()) {
    let held = tracker.tokens.length
    for (const client of state.clients.values()) held += handleOf(client, tracker)?.count ?? 0
    check(
      held === tracker.handleCount,
      () => `${trackerName(tracker.id)} is held ${held} times, not ${tracker.handleCount}`,
    )
  }
  for (const [token, { to }] of state.outgoing.entries()) {
    check(to.connected, () => `ask ${token} was asked of a client that is there`)
  }
  for (const layer of layers(state)) {
    const isServed = layer.actors.length === 0 || (layer.waiting.size === 0 && layer.waitingGenerations.length === 0)
    check(isServed, () => 'nothing waits for a layer that has actors')
  }
  verifyRemovals(state, check)
  verifyInitialization(state, check)
}

function verifyClient(state: SessionState, client: Client, check: Check): void {
  const { id } = client
  check(client.connected, () => `client ${id} is connected`)
  const load =
    state.responsibilities.values().filter(({ holder }) => holder === client).length +
    state.outgoing.values().filter(({ to }) => to === client).length
  check(load === client.load, () => `client ${id} has ${load} things to do, not ${client.load}`)
  for (const { tracker, count } of client.handles) {
    check(
      count > 0 && handleOf(client, tracker)?.count === count,
      () => `${trackerName(tracker.id)} knows client ${id}`,
    )
  }
  for (const { id: lease, tracker } of client.leases.values()) {
    check((tracker.leases?.get(client) ?? 0) > 0, () => `lease ${lease} is counted by its tracker`)
  }
  const { parked } = client
  if (parked === null) return
  check(parked.awaited.connected, () => `client ${id} is parked for a client that is there`)
  check(parked.awaited.followers.has(client), () => `the client that ${id} is parked for knows it`)
  check(parked.inputs.length > 0, () => `client ${id} is parked with a message`)
}

function verifyRemovals(state: SessionState, check: Check): void {
  for (const [key, removal] of state.removals.entries()) {
    const { calls } = removal
    const unanswered = calls.filter(({ answered }) => !answered).length
    const unreclaimed = calls.filter((call) => !call.reclaimed).length
    check(removal.tracker.defunct, () => `key ${key}, which is being removed, is of a defunct tracker`)
    check(
      unanswered === removal.unanswered,
      () => `${unanswered} managers owe an answer for key ${key}, not ${removal.unanswered}`,
    )
    check(
      unreclaimed === removal.unreclaimed,
      () => `${unreclaimed} managers reclaim for key ${key}, not ${removal.unreclaimed}`,
    )
    check(unreclaimed > 0, () => `the removal of key ${key}, which is reclaimed, is forgotten`)
    const asked = state.outgoing
      .values()
      .filter((ask) => ask.type === 'handleRemoveResources' && ask.removal === removal).length
    const untold = removal.tracker.held?.untold.length ?? 0
    check(asked + untold >= unanswered, () => `whoever owes an answer for key ${key} was asked, or will be`)
  }
}

function verifyInitialization({ initialization, clients }: SessionState, check: Check): void {
  check(!initialization.changed, () => 'initialization has gone as far as it can')
  const runners = new Set(initialization.runs.map(({ client }) => client))
  check(runners.size <= 1, () => 'one client at a time runs initializers')
  for (const runner of runners) check(clients.has(runner), () => `client ${runner}, which runs initializers, is there`)
}
