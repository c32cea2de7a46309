// How much there is in a session.
import type { Expected, SessionStats } from '@worc/protocol'
import { success } from '@worc/protocol'
import type { SessionState } from './session-state.js'

/** Live trackers and default ones; queries that are waiting; units that own symbols or are being materialized. */
export function sessionStats(state: SessionState): Expected<SessionStats> {
  let trackers = 0
  for (const dylib of state.dylibs.values()) trackers += dylib.trackers.size
  return success({
    symbols: state.counts.symbols,
    units: state.counts.units,
    trackers,
    dylibs: state.dylibs.size,
    responsibilities: state.responsibilities.size,
    queries: state.counts.queries,
    clients: state.clients.size,
  })
}
