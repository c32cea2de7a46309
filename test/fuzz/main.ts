// The command: `npm run fuzz -- TARGET [--rounds N] [--seed N] [--seconds N] [--outcomes]`. Progress goes to a terminal only;
// piped, it says what it found and one line at the end. Exits with 0 when nothing was found, 1 when something was, 2 for a
// command that means nothing, 128 and the signal when interrupted.
import { parseArgs } from 'node:util'
import type { Failure, Target } from './campaign.js'
import { keepFailure } from './campaign.js'
import { elf } from './elf/elf.js'
import { instructions } from './instructions/instructions.js'
import { riscv } from './riscv/riscv.js'
import { threads } from './threads/threads.js'
import { wire } from './wire/wire.js'
import { stopWhenInterrupted } from '../command/stop-when-interrupted.js'

const targets: Readonly<Record<string, Target>> = { elf, instructions, riscv, threads, wire }

const usage = `npm run fuzz -- TARGET [--rounds N] [--seed N] [--seconds N] [--outcomes]

  TARGET       ${Object.keys(targets).join(' | ')}
  --rounds N   how many rounds (default 100000)
  --seed N     of the first round; it says what is done, threads say when (default: drawn)
  --seconds N  stop after so long, whatever is left
  --outcomes   say at the end how often each step had which outcome
`

interface Asked {
  readonly target: Target
  readonly rounds: number
  readonly firstSeed: number
  readonly milliseconds: number | undefined
  readonly outcomes: boolean
}

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
  const { target, rounds, firstSeed, milliseconds, outcomes } = asked
  const timer = milliseconds === undefined ? undefined : setTimeout(() => stop.abort(), milliseconds)
  const began = performance.now()
  const summary = await target({
    firstSeed,
    rounds,
    signal: stop.signal,
    progress: (text) => terminal(`\r\x1b[K${text}`),
    found: report,
  })
  clearTimeout(timer)
  const seconds = (performance.now() - began) / 1000
  if (outcomes) for (const text of summary.outcomes) line(text)
  line(summary.checked)
  const what = `${summary.rounds} rounds from seed ${firstSeed} in ${seconds.toFixed(1)} s`
  line(`${what}, ${summary.failures} failed${boundOf(summary)}`)
  if (summary.failures > 0) process.exitCode ??= 1
}

/** What so many rounds without a failure mean: the rule of three. */
function boundOf({ rounds, failures }: { rounds: number; failures: number }): string {
  return failures > 0 || rounds < 3 ? '' : `: fewer than 1 in ${Math.floor(rounds / 3)} fail (95 %)`
}

function report(failure: Failure): void {
  line(`seed ${failure.seed}: ${failure.problems[0]?.split('\n')[0] ?? ''}`)
  line(`  ${failure.problems.length} problems in ${keepFailure(failure)}`)
}

function parse(args: string[]): Asked | undefined {
  try {
    const { values, positionals } = parseArgs({
      args,
      allowPositionals: true,
      options: {
        rounds: { type: 'string', default: '100000' },
        seed: { type: 'string', default: String(Math.floor(Math.random() * 0x4000_0000)) },
        seconds: { type: 'string' },
        outcomes: { type: 'boolean', default: false },
      },
    })
    const [rounds, firstSeed, seconds] = [Number(values.rounds), Number(values.seed), Number(values.seconds ?? 1)]
    const isCount = (value: number, least: number): boolean => Number.isSafeInteger(value) && value >= least
    const [name = '', ...rest] = positionals
    const target = Object.hasOwn(targets, name) ? targets[name] : undefined
    if (target === undefined || rest.length > 0) return undefined
    if (!isCount(rounds, 1) || !isCount(firstSeed, 0) || !(seconds > 0)) return undefined
    const milliseconds = values.seconds === undefined ? undefined : seconds * 1000
    return { target, rounds, firstSeed, milliseconds, outcomes: values.outcomes }
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
