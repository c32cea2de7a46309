// When the session has nothing more to do by itself. What waits for a user, for an actor that nobody started, or for
// another turn of the asker is an outside event, and not waited for.
import type { Expected } from '@worc/protocol'
import { success } from '@worc/protocol'
import { settleAsk } from './asks.js'
import type { PendingAsk } from './asks.js'
import type { SessionState } from './session-state.js'

/** Settles when link and compile actors hold no responsibility, archives were asked, and managers have removed. */
export function drain(state: SessionState, ask: PendingAsk): Expected<null> | undefined {
  if (isQuiet(state)) return success(null)
  state.drains.push(ask)
  return undefined
}

export function settleDrains(state: SessionState): void {
  if (state.drains.length === 0 || !isQuiet(state)) return
  for (const ask of state.drains.splice(0)) settleAsk(state, ask, success(null))
}

function isQuiet({ counts, outgoing, removals }: SessionState): boolean {
  if (counts.atWork > 0) return false
  for (const { type, to } of outgoing.values())
    if (type === 'handleRemoveResources' || to.role !== 'client') return false
  for (const { unanswered } of removals.values()) if (unanswered > 0) return false
  return true
}
