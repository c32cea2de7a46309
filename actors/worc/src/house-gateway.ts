// Gateways of a house: each a worker of its own, kept running as the others are.
import type { MessagePort } from 'node:worker_threads'
import { transfer } from 'comlink'
import type { JITErrorData } from '@worc/protocol'
import { JITError } from '@worc/protocol'
import type { SupervisedWorker, Supervisor, WorkerState } from '@worc/supervisor'
import type { GatewayConfig, GatewayControl } from './workers/gateway-worker.js'

/** A worker of the house, as whoever watches or breaks it sees it. */
export interface HouseWorker {
  readonly threadId: number
  readonly state: WorkerState
  /** Ends its thread in the middle of whatever it does. */
  kill(reason: JITErrorData): void
}

export type GatewaySettings = Omit<GatewayConfig, 'target' | 'roomBytes'>

export interface RunningGateway {
  readonly url: string
  /** Lets nobody in any more, drains, ends. */
  close(): Promise<void>
}

interface GatewaySite {
  readonly supervisor: Supervisor
  readonly workers: Map<string, HouseWorker>
  readonly url: URL
  readonly session: () => MessagePort
}

/** Beside the time to drain. */
const stopMs = 3000
let started = 0

/** What the bytes of one call's arguments may take of a stack. */
export function roomBytesOf(stackBytes: number): number {
  return Math.min(1 << 20, Math.floor(stackBytes / 64) * 16)
}

/** A successor listens where its predecessor did; the connections of a dead one are lost. */
export async function startGateway(site: GatewaySite, config: GatewayConfig): Promise<RunningGateway> {
  started += 1
  let settle: { readonly resolve: (url: string) => void; readonly reject: (error: Error) => void } | undefined
  const listening = new Promise<string>((resolve, reject) => (settle = { resolve, reject }))
  const gateway = site.supervisor.startWorker<GatewayControl>({
    name: `gateway ${started}`,
    url: site.url,
    stopTimeoutMs: config.drainMs + stopMs,
    onReady: (worker: SupervisedWorker<GatewayControl>) => {
      const port = site.session()
      void worker.control.start(config, transfer(port, [port])).then(settle?.resolve, settle?.reject)
    },
    onGiveUp: (error) => settle?.reject(new JITError(error)),
  })
  site.workers.set(gateway.name, gateway)
  const close = async (): Promise<void> => {
    await gateway.stop()
    site.workers.delete(gateway.name)
  }
  try {
    return { url: await listening, close }
  } catch (thrown) {
    await close()
    throw thrown
  }
}
