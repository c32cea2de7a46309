// Gathers what a session holds from those who hold it.
import type { JITStats } from '@worc/protocol'
import type { SessionClient } from './session-client.js'

export async function gatherStats(client: SessionClient): Promise<JITStats> {
  const [session, link] = await Promise.all([
    client.request({ type: 'sessionStats' }),
    client.request({ type: 'linkStats' }),
  ])
  return {
    symbols: session.symbols,
    units: session.units,
    trackers: session.trackers,
    executors: link.executors,
    modules: link.modules,
    memoryBytes: link.memoryBytes,
    retiredBytes: link.retiredBytes,
    functionSlots: link.functionSlots,
    tlsBytes: link.tlsBytes,
  }
}
