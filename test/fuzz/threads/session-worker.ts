// The house's session worker as it is, but for delays and for a trace of its turns.
import type { MessagePort } from 'node:worker_threads'
import type { PeerRole } from '@worc/protocol'
import { serveControl } from '@worc/supervisor'
import type { SessionWorkerSetup } from 'worc/session-host'
import { SessionHost } from 'worc/session-host'
import { delayPosts } from './delays.js'
import { TracedSession, TurnTrace } from './turn-trace.js'

delayPosts('session')
const trace = TurnTrace.ofThisThread()
let host: SessionHost | undefined

const control = {
  configure: (setup: SessionWorkerSetup) => {
    host = new SessionHost(
      setup,
      (error) => {
        throw new Error(error.message)
      },
      (session) => new TracedSession(session, trace),
    )
  },
  introduce: (port: MessagePort, role: PeerRole) => host?.introduce(port, role),
  stop: () => host?.close(),
}
serveControl(control)
