// LLVM's session called from its own thread, and by two threads at once, beside Worc's behind ports, from a client in another thread
// and from two. Each client has 128 operations in flight, 32 of those with 100 symbols, so that messages leave in batches. Whole
// operations by their time on the wall, whoever's thread they kept busy.
import { once } from 'node:events'
import { MessageChannel, Worker } from 'node:worker_threads'
import type { BenchContext } from './bench.js'
import { interleave } from './interleave.js'
import { median, medianRatio } from './median.js'
import type { OrcPeer } from './orc-peer.js'
import { quantity } from './row.js'
import type { LaneOrder } from './session-client-thread.js'

const sizes = [
  { symbols: 1, count: 20_000 },
  { symbols: 10, count: 10_000 },
  { symbols: 100, count: 2000 },
] as const
const operations = ['defineAndRemove', 'materializeAndRemove'] as const

export async function sessionPortsBench(context: BenchContext, orc: OrcPeer | undefined): Promise<void> {
  await using session = await startSession()
  for (const threads of [1, 2] as const) {
    for (const operation of operations) {
      for (const { symbols, count } of sizes) {
        const order = { operation, symbols, count }
        const command = threads === 1 ? `repeat ${operation}` : `contend ${operation} ${threads}`
        const subjects = {
          ours: () => session.run(order, threads),
          theirs: async () => (await orc?.run(`${command} ${symbols} ${count}`))?.nanoseconds ?? NaN,
        }
        row(context, `${operation}, ${threads} client thread${threads > 1 ? 's' : ''}; symbols: ${symbols}`, {
          ...(await interleave(context, subjects)),
          aim: threads === 1 ? 2 : 1,
        })
      }
    }
  }
}

interface Times {
  readonly ours: readonly number[]
  readonly theirs: readonly number[]
  readonly aim: number
}

function row(context: BenchContext, what: string, { ours, theirs, aim }: Times): void {
  const [own, other] = [median(ours), median(theirs)]
  if (Number.isNaN(other)) return context.row({ value: own, unit: 'ns', heat: 'hot', what, figures: 'behind a port' })
  const figures = `${quantity(own, 'ns')} behind a port, ${quantity(other, 'ns')} ORC`
  context.row({ value: medianRatio(ours, theirs), unit: 'x', aim: { atMost: aim }, heat: 'hot', what, figures })
}

interface PortSession extends AsyncDisposable {
  /** Nanoseconds of one operation, of all that so many threads did at once. */
  run(order: LaneOrder, threads: number): Promise<number>
}

async function startSession(): Promise<PortSession> {
  const channels = [new MessageChannel(), new MessageChannel()]
  const ports = channels.map(({ port1 }) => port1)
  const session = new Worker(new URL('./session-thread.js', import.meta.url), {
    workerData: { ports },
    transferList: ports,
  })
  await once(session, 'message')
  const clients = channels.map(({ port2: port }, index) => {
    const workerData = { port, client: index + 1 }
    return new Worker(new URL('./session-client-thread.js', import.meta.url), { workerData, transferList: [port] })
  })
  return {
    run: async (order, threads) => {
      const start = performance.now()
      await Promise.all(
        clients.slice(0, threads).map(async (client) => {
          const done = once(client, 'message')
          client.postMessage(order)
          await done
        }),
      )
      return ((performance.now() - start) * 1e6) / (order.count * threads)
    },
    [Symbol.asyncDispose]: async () => {
      await Promise.all([session, ...clients].map((worker) => worker.terminate()))
    },
  }
}
