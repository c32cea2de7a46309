// The command: `npm run bench -- [AREA] [--rounds N] [--cycles N]`. Areas run one after the other, a line for each row as it is
// found; progress goes to a terminal only. Exits with 0 when everything was measured, whatever the aims say; with 1 when
// something broke, 2 for a command that means nothing, 128 and the signal when interrupted.
import { cpus } from 'node:os'
import { parseArgs } from 'node:util'
import type { Bench, BenchContext } from './bench.js'
import { arenaBench } from './arena.js'
import { callBench } from './call.js'
import { channelBench } from './channel.js'
import { defectsBench } from './defects.js'
import { linkBench } from './link.js'
import { lockBench } from './lock.js'
import { modulesBench } from './modules.js'
import { riscvBench } from './riscv.js'
import { rpcBench } from './rpc.js'
import { formatRow, isMissed } from './row.js'
import type { Row } from './row.js'
import { serviceBench } from './service.js'
import { sessionBench } from './session.js'
import { stopWhenInterrupted } from '../command/stop-when-interrupted.js'

/** Those that want a thread in which nobody else's messages were decoded come before those that run whole sessions in it. */
const areas: Readonly<Record<string, Bench>> = {
  call: callBench,
  link: linkBench,
  session: sessionBench,
  defects: defectsBench,
  lock: lockBench,
  arena: arenaBench,
  riscv: riscvBench,
  channel: channelBench,
  rpc: rpcBench,
  service: serviceBench,
  modules: modulesBench,
}

const usage = `npm run bench -- [AREA] [--rounds N] [--cycles N]

  AREA        ${Object.keys(areas).join(' | ')}; all of them by default
  --rounds N  how often each subject has its turn (default 7)
  --cycles N  how often a unit comes and goes in modules (default 2000)
`

const interrupted = new AbortController()
stopWhenInterrupted(interrupted)

await main(process.argv.slice(2))

async function main(args: string[]): Promise<void> {
  const asked = parse(args)
  if (asked === undefined) {
    process.stderr.write(usage)
    process.exitCode = 2
    return
  }
  const rows: Row[] = []
  const context: BenchContext = {
    ...asked,
    signal: interrupted.signal,
    row: (row) => {
      rows.push(row)
      line(formatRow(row))
    },
    note: (text) => line(`           ${text}`),
    progress: (text) => terminal(`\r\x1b[K${text}`),
  }
  line(
    `Node ${process.version}, ${cpus().length} x ${cpus()[0]?.model ?? 'unknown'}; medians of ${asked.rounds} rounds`,
  )
  for (const area of asked.areas) {
    line(`\n${area}`)
    try {
      await areas[area]?.(context)
    } catch (thrown) {
      if (interrupted.signal.aborted) return terminal('\r\x1b[K')
      line(`           ${area} broke: ${thrown instanceof Error ? (thrown.stack ?? thrown.message) : String(thrown)}`)
      process.exitCode = 1
    }
  }
  const aims = rows.filter(({ aim }) => aim !== undefined)
  if (aims.length > 0) line(`\n${aims.length - aims.filter(isMissed).length} of ${aims.length} aims reached`)
}

function parse(args: string[]): (Pick<BenchContext, 'rounds' | 'cycles'> & { areas: readonly string[] }) | undefined {
  try {
    const { values, positionals } = parseArgs({
      args,
      allowPositionals: true,
      options: { rounds: { type: 'string', default: '7' }, cycles: { type: 'string', default: '2000' } },
    })
    const [rounds, cycles] = [Number(values.rounds), Number(values.cycles)]
    const isCount = (value: number): boolean => Number.isInteger(value) && value > 0
    if (!isCount(rounds) || !isCount(cycles) || positionals.some((area) => !Object.hasOwn(areas, area)))
      return undefined
    return { rounds, cycles, areas: positionals.length === 0 ? Object.keys(areas) : positionals }
  } catch {
    return undefined
  }
}

function line(text: string): void {
  terminal('\r\x1b[K')
  process.stdout.write(`${text}\n`)
}

function terminal(text: string): void {
  if (process.stderr.isTTY) process.stderr.write(text)
}
