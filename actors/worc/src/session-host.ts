// Runs a session actor in this thread: a worker of its own, or the caller's thread where the session is inline.
import type { MessagePort } from 'node:worker_threads'
import { MessageChannel } from 'node:worker_threads'
import type { Actor, HouseConfig, JITErrorData, PeerRole } from '@worc/protocol'
import { plainError } from '@worc/protocol'
import { ActorHost, PortChannel } from '@worc/mailbox'
import { EpochTable } from '@worc/executor-memory'
import type { ExecutorBuffers } from '@worc/executor'
import { SessionActor } from '@worc/session'

export interface SessionWorkerSetup {
  readonly config: HouseConfig
  readonly buffers: ExecutorBuffers
}

export class SessionHost {
  readonly #actor: SessionActor
  readonly #host: ActorHost

  /** `watch` may put an actor of its own around the session's, to see its turns. */
  constructor(
    { config, buffers }: SessionWorkerSetup,
    onCrash: (error: JITErrorData) => void,
    watch: (session: Actor) => Actor = (session) => session,
  ) {
    this.#actor = new SessionActor(
      { config, executorBuffers: buffers, epochs: new EpochTable(buffers.epochs) },
      {
        connect: (port) => this.#host.connect(new PortChannel(port as MessagePort, { peer: 'a client' })),
        channel: () => {
          const { port1, port2 } = new MessageChannel()
          return [port1, port2]
        },
      },
    )
    this.#host = new ActorHost(watch(this.#actor), { name: 'the session', onCrash })
  }

  introduce(port: MessagePort, role: PeerRole): void {
    this.#actor.admit(this.#host.connect(new PortChannel(port, { peer: `a ${role}` })), role)
  }

  close(): void {
    this.#host.close(plainError('SessionClosed', 'the session has ended'))
  }
}
