// Requests that a turn could not answer. Whatever they wait for holds the PendingAsk and settles it, once; one that was
// cancelled, or whose client is gone, is closed, and settling it does nothing.
import type { AskId, Expected, JITErrorData } from '@worc/protocol'
import { failure } from '@worc/protocol'
import { detachQuery } from './queries.js'
import type { Query } from './queries.js'
import type { Client, SessionState } from './session-state.js'
import { reply } from './session-state.js'

export interface PendingAsk {
  readonly client: Client
  readonly ask: AskId
  open: boolean
  /** Among its client's, since the turn that it came with is over. */
  remembered: boolean
  /** What a lookup waits for, once its symbols are found. */
  query: Query | null
}

export function openAsk(client: Client, ask: AskId): PendingAsk {
  return { client, ask, open: true, remembered: false, query: null }
}

/** Its answer comes in a later turn. */
export function rememberAsk(ask: PendingAsk): void {
  ask.remembered = true
  ask.client.asks.set(ask.ask, ask)
}

export function settleAsk(state: SessionState, ask: PendingAsk, result: Expected<unknown>): void {
  if (!ask.open) return
  ask.open = false
  if (ask.remembered) ask.client.asks.delete(ask.ask)
  reply(state, ask.client, ask.ask, result)
}

/** Its query lets go of the symbols; whatever else it had begun goes on without it. */
export function abandonAsk(state: SessionState, ask: PendingAsk, error: JITErrorData): void {
  if (ask.query !== null) detachQuery(state, ask.query)
  settleAsk(state, ask, failure(error))
}
