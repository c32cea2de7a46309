// The end: every dylib is removed, the last one first, and whatever anybody waits for is answered SessionClosed in the
// same turn. Requests after it are too, except another endSession, which waits for the same end. Source:
// ExecutionSession::endSession (Core.cpp).
import type { Expected } from '@worc/protocol'
import { success } from '@worc/protocol'
import { abandonAsk } from './asks.js'
import type { PendingAsk } from './asks.js'
import { addPart, openGathering } from './gathering.js'
import { joinRemoval } from './removal.js'
import { closeDylibs } from './remove-dylibs.js'
import { sessionClosed } from './session-errors.js'
import type { SessionState } from './session-state.js'

/** Settles when every resource manager has answered for every key, with their errors joined. */
export function endSession(state: SessionState, ask: PendingAsk): Expected<null> | undefined {
  if (state.phase === 'ended') return success(null)
  state.endings.push(ask)
  if (state.phase === 'ending') return undefined
  state.phase = 'ending'
  for (const client of state.clients.values()) {
    // Nobody waits for an announcement any more, and a lease that ends in a parked stream holds up what is removed here.
    if (client.parked !== null) state.awakened.push(client.parked.awaited)
    for (const outstanding of client.asks.values()) abandonAsk(state, outstanding, sessionClosed())
  }
  const dylibs = [...state.dylibs.values()].filter(({ phase }) => phase === 'open').reverse()
  const gathering = openGathering(null, dylibs)
  for (const removal of state.removals.values()) {
    if (removal.unanswered > 0) joinRemoval(state, removal, { type: 'part', gathering, index: addPart(gathering) })
  }
  closeDylibs(state, gathering)
  return undefined
}
