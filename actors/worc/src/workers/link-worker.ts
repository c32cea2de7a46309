// The thread of a link actor.
import type { MessagePort } from 'node:worker_threads'
import { plainError } from '@worc/protocol'
import { LinkActor, ModuleBudget, linkTarget, openArenas } from '@worc/link'
import type { LinkConfig } from '@worc/link'
import { ActorHost, PortChannel } from '@worc/mailbox'
import { serveControl } from '@worc/supervisor'
import type { SessionMemory } from '../arena-setup.js'
import { openLocks } from '../arena-setup.js'
import { forceCollection } from '../forced-collection.js'

export interface LinkControl {
  /** `session` is this actor's port to the session. */
  start(config: LinkConfig, memory: SessionMemory, session: MessagePort): void
  stop(): void
}

let host: ActorHost | undefined

const control: LinkControl = {
  start: (config, memory, session) => {
    const arenas = openArenas(memory.arenas, openLocks(memory))
    const actor: LinkActor = new LinkActor(config, arenas, {
      connect: (port) => started.connect(new PortChannel(port as MessagePort, { peer: 'an executor' })),
      refuse: (port, error) => {
        const channel = new PortChannel(port as MessagePort, { peer: 'an executor' })
        channel.close(error)
      },
      budget: new ModuleBudget(config.mayCollect ? forceCollection : undefined),
      target: linkTarget(memory.target, memory.arenas),
    })
    const started: ActorHost = new ActorHost(actor, {
      name: 'the link actor',
      onCrash: (error) => {
        throw new Error(error.message)
      },
    })
    host = started
    actor.join(started, started.connect(new PortChannel(session, { peer: 'the session' })))
  },
  stop: () => host?.close(plainError('SessionClosed', 'the session has ended')),
}
serveControl(control)
