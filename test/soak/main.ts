// The command: `npm run soak -- [TARGET] [--cycles N] [--threads N]`. Progress goes to a terminal only; at the end it says what
// came back. Exits with 0 when that was everything, 1 when not, 2 for a command that means nothing, 128 and the signal when
// interrupted.
import { parseArgs } from 'node:util'
import { JITError } from 'worc'
import { stopWhenInterrupted } from '../command/stop-when-interrupted.js'
import type { SoakTarget } from './numbered-units.js'
import type { Soaked } from './soak.js'
import { soak } from './soak.js'

const targets: readonly SoakTarget[] = ['wasm', 'riscv64', 'riscv32']

const usage = `npm run soak -- [TARGET] [--cycles N] [--threads N]

  TARGET       ${targets.join(' | ')} (default wasm)
  --cycles N   how many units come and go (default 20000)
  --threads N  in how many threads at once (default 2)
`

const stop = new AbortController()
stopWhenInterrupted(stop)

await main(process.argv.slice(2))

async function main(args: string[]): Promise<void> {
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
