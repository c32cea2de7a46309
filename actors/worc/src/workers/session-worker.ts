// The thread of the session actor.
import type { MessagePort } from 'node:worker_threads'
import type { PeerRole } from '@worc/protocol'
import { serveControl } from '@worc/supervisor'
import type { SessionWorkerSetup } from '../session-host.js'
import { SessionHost } from '../session-host.js'

let host: SessionHost | undefined

export interface SessionControl {
  configure(setup: SessionWorkerSetup): void
  introduce(port: MessagePort, role: PeerRole): void
  stop(): void
}

const control: SessionControl = {
  configure: (setup) => {
    host = new SessionHost(setup, (error) => {
      throw new Error(error.message)
    })
  },
  introduce: (port, role) => host?.introduce(port, role),
  stop: () => host?.close(),
}
serveControl(control)
