// Every open ask waits for something that will settle it: it is found in one of the places where asks wait. An ask that
// is in none would never be answered.
import type { PendingAsk } from './asks.js'
import type { Query } from './queries.js'
import type { RemovalWaiter } from './removal.js'
import type { SessionState } from './session-state.js'

export function verifyAsks(state: SessionState, queries: ReadonlySet<Query>, violations: string[]): void {
  const waiting = waitingAsks(state, queries)
  for (const client of state.clients.values()) {
    if (client.asks.size === 0) continue
    for (const [id, ask] of client.asks.entries()) {
      if (!ask.open) violations.push(`ask ${id} of client ${client.id}, which is remembered, is open`)
      if (!waiting.has(ask)) violations.push(`ask ${id} of client ${client.id} waits for something`)
    }
  }
  for (const ask of waiting) {
    const isKnown = !ask.open || ask.client.asks.get(ask.ask) === ask
    if (!isKnown) violations.push(`ask ${ask.ask} of client ${ask.client.id}, which is open, is remembered`)
  }
}

function waitingAsks(state: SessionState, queries: ReadonlySet<Query>): Set<PendingAsk> {
  const asks = new Set<PendingAsk>()
  for (const ask of state.drains) asks.add(ask)
  for (const ask of state.endings) asks.add(ask)
  for (const query of queries) addWaiter(asks, query)
  for (const { failures, waiters } of state.removals.values()) {
    for (const { query } of failures) addWaiter(asks, query)
    for (const waiter of waiters) addRemovalWaiter(asks, waiter)
  }
  for (const { emitters } of state.responsibilities.values()) for (const ask of emitters) asks.add(ask)
  for (const { ask } of state.initialization.waiting) asks.add(ask)
  for (const dylib of state.dylibs.values()) {
    for (const { inside, queued } of dylib.generators) {
      for (const { goal } of inside) if (goal.waiter.kind === 'ask') asks.add(goal.waiter.ask)
      for (const { goal } of queued) if (goal.waiter.kind === 'ask') asks.add(goal.waiter.ask)
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
