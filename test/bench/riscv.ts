// How fast the interpreter executes: millions of instructions in a second of CPU time, kernel by kernel, and beside it what
// qemu's user mode takes for the same program, where it and a linker are installed.
import type { Hart } from '@worc/riscv'
import { openMachine } from '../riscv/machine.js'
import { cpuMsOfQemu, missingTools } from '../riscv/qemu.js'
import type { BenchContext } from './bench.js'
import { interleave } from './interleave.js'
import { kernels } from './riscv-kernels.js'
import { median } from './median.js'
import { quantity } from './row.js'

const atLeast = 250
/** Kernels that are about instructions which cost more than they do, and about the exact flags of floats. */
const withoutAim: ReadonlySet<string> = new Set(['doubles, fused', 'atomic additions'])

/** So short that what V8 has optimized meanwhile is entered soon. */
const sliceFuel = 1_000_000n

export async function riscvBench(context: BenchContext): Promise<void> {
  const missing = missingTools()
  if (missing.length > 0) context.note(`not beside qemu: ${missing.join(', ')} not installed`)
  const rates = await interleave(
    context,
    Object.fromEntries(Object.entries(kernels).map(([name, source]) => [name, rateOf(source)])),
  )
  for (const [name, values] of Object.entries(rates)) {
    const value = median(values)
    const aim = withoutAim.has(name) ? {} : { aim: { atLeast } }
    const source = kernels[name] ?? ''
    const instructions = instructionsOf(source)
    const ms = instructions / value / 1000
    const figures = `${(instructions / 1e6).toFixed(1)} million in ${quantity(ms, 'ms')}${besideQemu(missing, source, ms)}`
    context.row({ value, unit: 'M/s', ...aim, heat: 'hot', what: `instructions: ${name}`, figures })
  }
}

function besideQemu(missing: readonly string[], source: string, ms: number): string {
  if (missing.length > 0) return ''
  // An empty program tells what qemu's own start takes.
  const qemu = cpuMsOfQemu(source, 64) - cpuMsOfQemu('.globl _start\n_start:\nli a0, 0\nli a7, 93\necall\n', 64)
  return `, qemu ${quantity(qemu, 'ms')}: ${quantity(ms / qemu, 'x')} its time`
}

/** Millions of instructions a second. */
function rateOf(source: string): () => number {
  const play = playerOf(source)
  return () => {
    const start = process.cpuUsage()
    const retired = play()
    const { user, system } = process.cpuUsage(start)
    return retired / (user + system)
  }
}

function instructionsOf(source: string): number {
  return playerOf(source)()
}

/** Plays a program to its end; how many instructions that was. */
function playerOf(source: string): () => number {
  const machine = openMachine()
  const hart = machine.hart(64, 0)
  const code = machine.place(source, 64)
  const stack = hart.registers.x(2)
  return () => {
    const before = hart.registers.retired
    hart.registers.setX(2, stack)
    hart.registers.pc = BigInt(code.address)
    playToEnd(hart)
    return Number(hart.registers.retired - before)
  }
}

function playToEnd(hart: Hart): void {
  for (;;) {
    const stop = hart.run(sliceFuel)
    if (stop.kind === 'halted') return
    if (stop.kind !== 'out of fuel') throw new Error(`a kernel ${stop.kind}`)
  }
}
