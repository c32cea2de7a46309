// The command: `npm run soak -- [TARGET] [--cycles N] [--threads N]`, and `npm run soak -- rpc …` for other processes. Progress goes to a terminal only; at the end it says what
// came back. Exits with 0 when that was everything, 1 when not, 2 for a command that means nothing, 128 and the signal when
// interrupted.
import { parseArgs } from 'node:util'
import { JITError } from 'worc'
import { stopWhenInterrupted } from '../command/stop-when-interrupted.js'
import type { SoakTarget } from './numbered-units.js'
import type { RPCSoak } from './rpc.js'
import { soakRPC } from './rpc.js'
import type { Soaked } from './soak.js'
import { soak } from './soak.js'

const targets: readonly SoakTarget[] = ['wasm', 'riscv64', 'riscv32']

const usage = `npm run soak -- [TARGET] [--cycles N] [--threads N]

  TARGET       ${targets.join(' | ')} (default wasm)
  --cycles N   how many units come and go (default 20000)
  --threads N  in how many threads at once (default 2)

npm run soak -- rpc [--clients N] [--seconds N] [--client-kills N] [--server-kills N]

  other processes: many clients at once, clients and servers that are killed, overload (default 64, 60, 1000, 100)
`

const stop = new AbortController()
stopWhenInterrupted(stop)

await main(process.argv.slice(2))

async function main(args: string[]): Promise<void> {
  if (args[0] === 'rpc') return mainRPC(args.slice(1))
  const asked = parse(args)
  if (asked === undefined) {
    process.stderr.write(usage)
    process.exitCode = 2
    return
  }
  try {
    const soaked = await soak({ ...asked, signal: stop.signal, progress: (text) => terminal(`\r\x1b[K${text}`) })
    terminal('\r\x1b[K')
    report(asked.target, soaked)
  } catch (thrown) {
    terminal('\r\x1b[K')
    const why = thrown instanceof JITError ? `${thrown.code}: ${thrown.message}` : (thrown as Error).stack
    process.stderr.write(`${why ?? String(thrown)}\n`)
    process.exitCode ??= 1
  }
}

async function mainRPC(args: string[]): Promise<void> {
  const asked = parseRPC(args)
  if (asked === undefined) {
    process.stderr.write(usage)
    process.exitCode = 2
    return
  }
  try {
    await soakRPC({
      ...asked,
      signal: stop.signal,
      progress: (text) => terminal(`\r\x1b[K${text}`),
      say: (line) => {
        terminal('\r\x1b[K')
        process.stdout.write(`${line}\n`)
      },
    })
  } catch (thrown) {
    process.stderr.write(`${(thrown as Error).stack ?? String(thrown)}\n`)
    process.exitCode ??= 1
  }
}

function parseRPC(args: string[]): Pick<RPCSoak, 'clients' | 'seconds' | 'clientKills' | 'serverKills'> | undefined {
  try {
    const { values } = parseArgs({
      args,
      options: {
        clients: { type: 'string', default: '64' },
        seconds: { type: 'string', default: '60' },
        'client-kills': { type: 'string', default: '1000' },
        'server-kills': { type: 'string', default: '100' },
      },
    })
    const numbers = [values.clients, values.seconds, values['client-kills'], values['server-kills']].map(Number)
    if (!numbers.every((value) => Number.isSafeInteger(value) && value >= 0)) return undefined
    const [clients = 0, seconds = 0, clientKills = 0, serverKills = 0] = numbers
    return { clients, seconds, clientKills, serverKills }
  } catch {
    return undefined
  }
}

function report(target: SoakTarget, { cycles, seconds, residentBytesPerCycle, before, after, clean }: Soaked): void {
  const rate = (cycles / seconds).toFixed(0)
  const growth = Number.isNaN(residentBytesPerCycle)
    ? ''
    : `; resident ${(residentBytesPerCycle / 1024).toFixed(1)} KiB a cycle`
  process.stdout.write(`${target}: ${cycles} cycles in ${seconds.toFixed(1)} s, ${rate} a second${growth}\n`)
  if (clean) return void process.stdout.write(`all came back: ${JSON.stringify(after)}\n`)
  process.stdout.write(`before: ${JSON.stringify(before)}\nafter:  ${JSON.stringify(after)}\n`)
  process.exitCode ??= 1
}

function parse(args: string[]): { target: SoakTarget; cycles: number; threads: number } | undefined {
  try {
    const { values, positionals } = parseArgs({
      args,
      allowPositionals: true,
      options: { cycles: { type: 'string', default: '20000' }, threads: { type: 'string', default: '2' } },
    })
    const [cycles, threads] = [Number(values.cycles), Number(values.threads)]
    const [name = 'wasm', ...rest] = positionals
    const target = targets.find((known) => known === name)
    const isCount = (value: number): boolean => Number.isSafeInteger(value) && value > 0
    if (target === undefined || rest.length > 0 || !isCount(cycles) || !isCount(threads)) return undefined
    return { target, cycles, threads }
  } catch {
    return undefined
  }
}

function terminal(text: string): void {
  if (process.stderr.isTTY) process.stderr.write(text)
}
