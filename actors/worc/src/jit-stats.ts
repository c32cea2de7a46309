// What a session holds, in one record.
import type { SessionClient } from './session-client.js'

export interface JITStats {
  readonly symbols: number
  readonly units: number
  readonly trackers: number
  readonly executors: number
  readonly modules: number
  /** Held by linked code's data, and by threads' stacks and thread-local blocks. */
  readonly memoryBytes: number
  /** Waiting for threads that may still be inside. */
  readonly retiredBytes: number
  readonly functionSlots: number
  readonly tlsBytes: number
}

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
