// Every open ask waits for something that will settle it: it is found in one of the places where asks wait. An ask that
// is in none would never be answered.
import type { PendingAsk } from './asks.js'
import type { Query } from './queries.js'
import type { RemovalWaiter } from './removal.js'
import type { SessionState } from './session-state.js'
import type { Check } from './verify-session-state.js'
import { attachedQueries } from './verify-queries.js'

export function verifyAsks(state: SessionState, check: Check): void {
  const waiting = waitingAsks(state)
  for (const client of state.clients.values()) {
    for (const [id, ask] of client.asks.entries()) {
      check(ask.open, () => `ask ${id} of client ${client.id}, which is remembered, is open`)
      check(waiting.has(ask), () => `ask ${id} of client ${client.id} waits for something`)
    }
  }
  for (const ask of waiting) {
    const isKnown = !ask.open || ask.client.asks.get(ask.ask) === ask
    check(isKnown, () => `ask ${ask.ask} of client ${ask.client.id}, which is open, is remembered`)
  }
}

function waitingAsks(state: SessionState): Set<PendingAsk> {
  const asks = new Set<PendingAsk>([...state.drains, ...state.endings])
  for (const query of attachedQueries(state)) addWaiter(asks, query)
  for (const { failures, waiters } of state.removals.values()) {
    for (const { query } of failures) addWaiter(asks, query)
    for (const waiter of waiters) addRemovalWaiter(asks, waiter)
  }
  for (const { emitters } of state.responsibilities.values()) for (const ask of emitters) asks.add(ask)
  for (const { ask } of state.initialization.waiting) asks.add(ask)
  for (const dylib of state.dylibs.values()) {
    for (const { inside, queued } of dylib.generators) {
      for (const { goal } of [...inside, ...queued]) if (goal.waiter.kind === 'ask') asks.add(goal.waiter.ask)
    }
  }
  return asks
}

function addWaiter(asks: Set<PendingAsk>, { waiter }: Query): void {
  if (waiter.kind === 'ask') asks.add(waiter.ask)
  else if (waiter.kind === 'initialization') asks.add(waiter.request.ask)
}

function addRemovalWaiter(asks: Set<PendingAsk>, waiter: RemovalWaiter): void {
  const ask = waiter.type === 'ask' ? waiter.ask : waiter.gathering.ask
  if (ask !== null) asks.add(ask)
}
