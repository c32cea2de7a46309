// What an ask costs between two processes on a Unix socket: as a client of a gateway asks, with the strict reader at both ends, by a
// gRPC stream and by JSON-RPC, 256 in flight; and one at a time, beside a socket that only gives back what it was given. Each takes
// its turn within each round, in two fresh processes.
import type { BenchContext } from './bench.js'
import { inFreshProcess } from './fresh-process.js'
import { median, medianRatio } from './median.js'
import type { Row } from './row.js'
import { quantity } from './row.js'
import type { MeasuredRPC } from './rpc-run.js'
import type { RPCTransport } from './rpc-transports.js'
import { rpcTransports } from './rpc-transports.js'

type Values = Readonly<Record<RPCTransport, number[]>>

export async function rpcBench(context: BenchContext): Promise<void> {
  const rates: Values = { wire: [], grpc: [], jsonrpc: [], echo: [] }
  const latencies: Values = { wire: [], grpc: [], jsonrpc: [], echo: [] }
  const names = Object.keys(rpcTransports) as RPCTransport[]
  for (let round = 1; round <= context.rounds; round++)
    for (const name of round % 2 === 0 ? names : names.toReversed()) {
      context.progress(`round ${round} of ${context.rounds}: ${name}`)
      const script = new URL('./rpc-run.js', import.meta.url)
      const { asksPerSecond, askMicros } = (await inFreshProcess(script, [name], context.signal)) as MeasuredRPC
      rates[name].push(asksPerSecond / 1000)
      latencies[name].push(askMicros)
    }
  compareRates(context, rates, 'grpc', "a gRPC stream's", { atLeast: 12 })
  compareRates(context, rates, 'jsonrpc', "vscode-jsonrpc's", { atLeast: 15 })
  compareLatencies(context, latencies, 'echo', "a bare socket's echo", { atMost: 1.5 })
  compareLatencies(context, latencies, 'grpc', "a gRPC stream's")
}

function compareRates({ row }: BenchContext, rates: Values, name: RPCTransport, whose: string, aim: Row['aim']): void {
  const figures = `${quantity(median(rates.wire), 'k/s')}, ${quantity(median(rates[name]), 'k/s')} ${name}`
  const what = `rate of asks of another process, 256 in flight, of ${whose}`
  row({ value: medianRatio(rates.wire, rates[name]), unit: 'x', heat: 'hot', what, figures, ...(aim && { aim }) })
}

function compareLatencies(
  { row }: BenchContext,
  latencies: Values,
  name: RPCTransport,
  whose: string,
  aim?: Row['aim'],
): void {
  const figures = `${quantity(median(latencies.wire), 'us')}, ${quantity(median(latencies[name]), 'us')} ${name}`
  const what = `time of an ask of another process, of ${whose}`
  row({
    value: medianRatio(latencies.wire, latencies[name]),
    unit: 'x',
    heat: 'hot',
    what,
    figures,
    ...(aim && { aim }),
  })
}
