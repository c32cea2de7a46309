// The target `riscv`: random bytes as code, and, where qemu and a linker are installed, every second round a program of random
// instructions that must write the same on both.
import type { Xlen } from '@worc/riscv'
import { missingTools, outputOfQemu } from '../../riscv/qemu.js'
import { runProgram } from '../../riscv/hart.js'
import type { Campaign, Failure, Summary } from '../campaign.js'
import { randomProgram } from './random-program.js'
import { runRandomCode } from './random-code.js'

export async function riscv({ firstSeed, rounds, signal, progress, found }: Campaign): Promise<Summary> {
  const missing = missingTools()
  let [failures, compared, played] = [0, 0, 0]
  const began = performance.now()
  for (; played < rounds && !signal.aborted; played++) {
    const seed = firstSeed + played
    const isComparison = seed % 2 === 1 && missing.length === 0
    const failure = isComparison ? compare(seed) : randomBytes(seed)
    if (isComparison) compared++
    if (failure !== undefined) {
      failures++
      found(failure)
    }
    const rate = Math.round((played + 1) / ((performance.now() - began) / 1000))
    if (played % 16 === 0) progress(`round ${played + 1} of ${rounds}, ${rate}/s, ${failures} failed`)
    // Whoever wants to stop has to be heard.
    await new Promise((resolve) => setImmediate(resolve))
  }
  const checked =
    missing.length === 0
      ? `${compared} programs compared with qemu`
      : `nothing was compared: ${missing.join(', ')} not installed`
  return { rounds: played, failures, checked, outcomes: [] }
}

function randomBytes(seed: number): Failure | undefined {
  try {
    const problems = runRandomCode(seed)
    return problems.length === 0 ? undefined : { target: 'riscv', seed, problems, circumstances: 'random bytes' }
  } catch (thrown) {
    const problems = [thrown instanceof Error ? (thrown.stack ?? thrown.message) : String(thrown)]
    return { target: 'riscv', seed, problems, circumstances: 'random bytes' }
  }
}

function compare(seed: number): Failure | undefined {
  const xlen: Xlen = seed % 4 === 1 ? 64 : 32
  const program = randomProgram(seed, xlen)
  const mine = runProgram(program, xlen)
  const theirs = outputOfQemu(program, xlen)
  if (mine.exitCode === 0 && mine.output.equals(theirs)) return undefined
  const at = mine.output.findIndex((byte, index) => byte !== theirs[index])
  const how = mine.exitCode === 0 ? `differs at byte ${at}` : `trap ${mine.cause} at 0x${mine.pc.toString(16)}`
  const problems = [`RV${xlen}: ${how}, ${mine.output.length} bytes written, qemu ${theirs.length}`]
  return { target: 'riscv', seed, problems, circumstances: { xlen, program } }
}
